{# A custom schema is used as given (`marts`, not `main_marts`): names in the warehouse are a contract with people and reverse syncs. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%}
    {{ target.schema }}
  {%- else -%}
    {{ custom_schema_name | trim }}
  {%- endif -%}
{%- endmacro %}
