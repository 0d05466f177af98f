{# Values that no row of another table has. Null passes; so does everything while the column or the other table is not landed. #}
{% test refers_to(model, column_name, to, field) %}
{%- if landed_columns(model, [column_name]) and is_landed(to) -%}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is not null and {{ column_name }} not in (select {{ field }} from {{ to }} where {{ field }} is not null)
{%- else -%}
select 'not landed' as problem where false
{%- endif -%}
{% endtest %}
