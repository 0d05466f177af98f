{# After an incremental run: rows whose key the source relation no longer has are removed. A no-op on a full build. #}
{% macro delete_absent(target_relation, source_relation, key) -%}
  {%- if is_incremental() -%}
    delete from {{ target_relation }}
    where {{ key }} not in (select {{ key }} from {{ source_relation }} where {{ key }} is not null)
  {%- endif -%}
{%- endmacro %}
