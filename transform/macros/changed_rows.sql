{#
  The rows of a staging model that an incremental mart does not hold as they are, with the hash that tells: for marts whose
  rows are made of many (a missed call and all later ones), where no row of the source has a version that could be compared.
  Together with delete_absent the mart equals a full rebuild after every run.
#}
{% macro changed_rows(relation, key) -%}
  with hashed as {{ inlined() }} (

      select
          fresh.*,
          {{ row_hash('fresh') }} as content_hash
      from {{ relation }} as fresh

  )

  select hashed.*
  from hashed
  {%- if is_incremental() %}
  where not exists (
      select 1
      from {{ this }} as known
      where known.{{ key }} = hashed.{{ key }} and known.content_hash = hashed.content_hash
  )
  {%- endif %}
{%- endmacro %}
