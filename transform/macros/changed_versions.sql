{#
  For tables that hold the parts of another relation's rows, several to one of them: the rows of which this table holds no
  part, or parts of another version. Together with delete_outdated the table equals a full rebuild after every run.

  key: what identifies a row there, and is on each of its parts here.  version: a column that both have.
#}
{% macro changed_versions(relation, key, version) -%}
  select present.*
  from {{ relation }} as present
  {%- if is_incremental() %}
  where not exists (
      select 1
      from {{ this }} as known
      where known.{{ key }} = present.{{ key }} and known.{{ version }} is not distinct from present.{{ version }}
  )
  {%- endif %}
{%- endmacro %}


{# After an incremental run: parts of rows that are gone, or that have none in their present version, are removed. #}
{% macro delete_outdated(target_relation, source_relation, key, version) -%}
  {%- if is_incremental() -%}
    delete from {{ target_relation }} as known
    where not exists (
        select 1
        from {{ source_relation }} as present
        where present.{{ key }} = known.{{ key }} and present.{{ version }} is not distinct from known.{{ version }}
    )
  {%- endif -%}
{%- endmacro %}
