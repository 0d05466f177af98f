{# When this dbt run began. A macro of its own so that unit tests can set the clock. #}
{% macro run_instant() -%}
  cast('{{ run_started_at.strftime("%Y-%m-%dT%H:%M:%S.%f") }}Z' as timestamp with time zone)
{%- endmacro %}
