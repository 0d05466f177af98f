{# Keys of a raw table that are not keys: with a null part, or on several rows of one account. Nothing without a table. #}
{% test is_key(model, columns) %}
{%- set key = landed_columns(model, label_columns() + columns) if is_raw(model) else columns -%}
{%- if not is_landed(model) -%}
select 'not landed' as problem where false
{%- else -%}
select
    {{ key | join(', ') }},
    count(*) as times
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1 or {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{%- endif -%}
{% endtest %}
