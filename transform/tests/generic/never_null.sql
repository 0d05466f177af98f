{# Rows where any of these columns is null. Nothing without a table. #}
{% test never_null(model, columns) %}
select {{ columns | join(', ') if is_landed(model) else '1 as nothing' }}
{%- if is_landed(model) %}
from {{ model }}
where {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{%- else %}
where false
{%- endif %}
{% endtest %}
