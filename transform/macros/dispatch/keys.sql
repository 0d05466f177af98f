{#
  One text column that identifies a row by several: what `unique_key` merges on and what `unique` tests.
  Parts are joined with "/", so at most the first part may contain one. A null part gives a null key, which not_null finds.
#}
{% macro merge_key(parts) -%}
  {{ return(adapter.dispatch('merge_key', 'switchboard')(parts)) }}
{%- endmacro %}

{% macro duckdb__merge_key(parts) -%}
  {%- for part in parts -%}
    cast({{ part }} as varchar){% if not loop.last %} || '/' || {% endif %}
  {%- endfor -%}
{%- endmacro %}
