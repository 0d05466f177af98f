{#
  Reading JSON columns. Each macro dispatches on the adapter; an adapter without an implementation fails at compile time
  with dbt's own message, which is better than SQL that was never run.
#}

{# A JSON array of scalars -> a list of text. Null, JSON null and anything that is no array -> an empty list. #}
{% macro json_text_list(column) -%}
  {{ return(adapter.dispatch('json_text_list', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__json_text_list(column) -%}
  coalesce(from_json({{ column }}, '["VARCHAR"]'), cast([] as varchar[]))
{%- endmacro %}


{# A JSON array of objects -> the list of one member as text, in the array's order; null where an object lacks it.
   Null, JSON null and anything that is no array -> an empty list. #}
{% macro json_pluck(column, key) -%}
  {{ return(adapter.dispatch('json_pluck', 'switchboard')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_pluck(column, key) -%}
  coalesce(
    list_transform(from_json({{ column }}, '["JSON"]'), lambda item: item ->> '{{ key }}'),
    cast([] as varchar[])
  )
{%- endmacro %}


{# One member of a JSON object as text; null where the object, or the member, is missing. #}
{% macro json_member(column, key) -%}
  {{ return(adapter.dispatch('json_member', 'switchboard')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_member(column, key) -%}
  ({{ column }} ->> '{{ key }}')
{%- endmacro %}


{# A JSON array of objects -> a list of JSON objects, to be unnested. Null and anything that is no array -> an empty list. #}
{% macro json_objects(column) -%}
  {{ return(adapter.dispatch('json_objects', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__json_objects(column) -%}
  coalesce(from_json({{ column }}, '["JSON"]'), cast([] as json[]))
{%- endmacro %}


{#
  A JSON array of objects -> a list of structs with these members, to be unnested: every member is read in one pass, where
  json_member would read the whole text for each. A member that an object lacks, or that does not fit its type, is null.
  Null and anything that is no array -> an empty list.

  columns: type -> names, separated by white space.
#}
{% macro json_structs(column, columns) -%}
  {{ return(adapter.dispatch('json_structs', 'switchboard')(column, columns)) }}
{%- endmacro %}

{% macro duckdb__json_structs(column, columns) -%}
  {%- set members = [] -%}
  {%- for type, names in columns.items() -%}
    {%- for name in names.split() -%}
      {%- do members.append('"' ~ name ~ '":"' ~ type ~ '"') -%}
    {%- endfor -%}
  {%- endfor -%}
  coalesce(from_json({{ column }}, '[{{ '{' ~ members | join(',') ~ '}' }}]'), [])
{%- endmacro %}


{# What lies at a path of members in a JSON object, as text; null where anything on the way is missing. #}
{% macro json_path(column, members) -%}
  {{ return(adapter.dispatch('json_path', 'switchboard')(column, members)) }}
{%- endmacro %}

{% macro duckdb__json_path(column, members) -%}
  ({{ column }} ->> '$.{{ members | join(".") }}')
{%- endmacro %}


{# One member of a JSON object as JSON, to be read further; null where the object, or the member, is missing. #}
{% macro json_part(column, key) -%}
  {{ return(adapter.dispatch('json_part', 'switchboard')(column, key)) }}
{%- endmacro %}

{% macro duckdb__json_part(column, key) -%}
  ({{ column }} -> '{{ key }}')
{%- endmacro %}
