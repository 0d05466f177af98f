{#
  The rows of a relation that no row with the same key outdates: one row a key, the one with the greatest version.
  Two rows of one key with the very same version both stay, for a `unique` test to find.

  relation: what to read.  key: list of columns.  version: list of columns, compared in this order.
#}
{% macro latest_versions(relation, key, version) -%}
  {{ return(adapter.dispatch('latest_versions', 'switchboard')(relation, key, version)) }}
{%- endmacro %}

{# An anti-join needs these few columns of all rows; a window over whole rows would hold every column of them in memory
   (three times as much on a million calls). The versions are compared as rows: spelled out with OR they make DuckDB give
   up its hash join. #}
{% macro duckdb__latest_versions(relation, key, version) -%}
  select present.*
  from {{ relation }} as present
  anti join {{ relation }} as newer
    on
    {%- for column in key %}
    newer.{{ column }} = present.{{ column }} and
    {%- endfor %}
    row({% for column in version %}newer.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %})
    > row({% for column in version %}present.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %})
{%- endmacro %}


{# Behind `as` of a common table expression: each place that reads it takes only the columns that it needs. DuckDB would hold
   one that is read twice in memory, with every column. #}
{% macro inlined() -%}
  {{ return(adapter.dispatch('inlined', 'switchboard')()) }}
{%- endmacro %}

{% macro duckdb__inlined() -%}
  not materialized
{%- endmacro %}
