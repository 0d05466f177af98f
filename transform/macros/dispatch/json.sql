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
