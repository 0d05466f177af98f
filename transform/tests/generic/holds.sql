{#
  Rows for which a condition is false. A condition that is null (an operand is unknown) passes. On a raw table that may lack
  columns, `needs` names those that the condition reads; where one of them is not landed, there is nothing to test.
#}
{% test holds(model, condition, needs=[], column_name=none) %}
{%- if is_landed(model) and landed_columns(model, needs) | length == needs | length -%}
select *
from {{ model }}
where not ({{ condition }})
{%- else -%}
select 'not landed' as problem where false
{%- endif -%}
{% endtest %}
