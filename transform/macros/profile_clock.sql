{# The instant that this run's marks start from: above every mark that the table holds, even if the clock was set back. #}
{% macro profile_clock() -%}
  {%- if is_incremental() -%}
    greatest({{ run_instant() }}, (select max(profile_updated_at) from {{ this }}))
  {%- else -%}
    {{ run_instant() }}
  {%- endif -%}
{%- endmacro %}
