{# Rows whose column lies outside [min_value, max_value]; either bound may be left out. Null passes, and so does a column that is not landed. #}
{% test accepted_range(model, column_name, min_value=none, max_value=none) %}
{%- if landed_columns(model, [column_name]) -%}
select {{ column_name }}
from {{ model }}
where
    false
    {% if min_value is not none %} or {{ column_name }} < {{ min_value }} {% endif %}
    {% if max_value is not none %} or {{ column_name }} > {{ max_value }} {% endif %}
{%- else -%}
select 'not landed' as problem where false
{%- endif -%}
{% endtest %}
