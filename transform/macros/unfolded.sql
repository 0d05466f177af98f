{#
  A query with one row for each object of a JSON array: the columns of the relation that are to be kept, the object's members
  by these names and types, and its position in the array, from 1.

  columns: type -> names, separated by white space.
#}
{% macro unfolded(relation, json_column, columns, keep) -%}
  select
      {{ keep | join(',\n      ') }},
      position,
      {%- for names in columns.values() %}
      {%- set last_group = loop.last %}
      {%- for name in names.split() %}
      member.{{ name }} as {{ name }}{% if not (last_group and loop.last) %},{% endif %}
      {%- endfor %}
      {%- endfor %}
  from ({{ members_of(relation, json_structs(json_column, columns), keep) }}) as members
{%- endmacro %}
