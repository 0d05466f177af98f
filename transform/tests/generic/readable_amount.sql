{# Texts that should be a number and are none: as null they would vanish from every sum without a sign. #}
{% test readable_amount(model, column_name) %}
{%- if landed_columns(model, [column_name]) -%}
select {{ column_name }}
from {{ model }}
where trim(cast({{ column_name }} as varchar)) <> '' and {{ amount_of_text('cast(' ~ column_name ~ ' as varchar)') }} is null
{%- else -%}
select 'not landed' as problem where false
{%- endif -%}
{% endtest %}
