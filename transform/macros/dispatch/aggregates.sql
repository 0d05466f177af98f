{# The value at the least or greatest of `order_by` (a list of columns) among the rows where `present` is not null. #}
{% macro value_at_first(value, order_by, present) -%}
  {{ return(adapter.dispatch('value_at_first', 'switchboard')(value, order_by, present)) }}
{%- endmacro %}

{% macro duckdb__value_at_first(value, order_by, present) -%}
  first({{ value }} order by {% for column in order_by %}{{ column }} asc{% if not loop.last %}, {% endif %}{% endfor %})
    filter (where {{ present }} is not null)
{%- endmacro %}

{% macro value_at_last(value, order_by, present) -%}
  {{ return(adapter.dispatch('value_at_last', 'switchboard')(value, order_by, present)) }}
{%- endmacro %}

{% macro duckdb__value_at_last(value, order_by, present) -%}
  first({{ value }} order by {% for column in order_by %}{{ column }} desc{% if not loop.last %}, {% endif %}{% endfor %})
    filter (where {{ present }} is not null)
{%- endmacro %}


{# Every distinct member of a list column over the group's rows, sorted; an empty list when there is none. #}
{% macro distinct_members(column) -%}
  {{ return(adapter.dispatch('distinct_members', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__distinct_members(column) -%}
  list_sort(list_distinct(flatten(list({{ column }}))))
{%- endmacro %}


{# A hash of the columns' values, null told apart from empty text; equal content gives equal text on every run. #}
{% macro content_hash(columns) -%}
  {{ return(adapter.dispatch('content_hash', 'switchboard')(columns)) }}
{%- endmacro %}

{% macro duckdb__content_hash(columns) -%}
  md5(cast(to_json([{% for column in columns %}to_json({{ column }}){% if not loop.last %}, {% endif %}{% endfor %}]) as varchar))
{%- endmacro %}


{# `instant` plus a number of microseconds. #}
{% macro plus_microseconds(instant, count) -%}
  {{ return(adapter.dispatch('plus_microseconds', 'switchboard')(instant, count)) }}
{%- endmacro %}

{% macro duckdb__plus_microseconds(instant, count) -%}
  {{ instant }} + to_microseconds({{ count }})
{%- endmacro %}
