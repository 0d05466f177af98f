{# Rows for which a condition is false. A condition that is null (an operand is unknown) passes. #}
{% test holds(model, condition, column_name=none) %}
select *
from {{ model }}
where not ({{ condition }})
{% endtest %}
