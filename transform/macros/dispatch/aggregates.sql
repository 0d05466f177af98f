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


{# Every distinct value of a column among the group's rows that meet the condition, sorted; an empty list where there is none. #}
{% macro distinct_values(column, condition) -%}
  {{ return(adapter.dispatch('distinct_values', 'switchboard')(column, condition)) }}
{%- endmacro %}

{% macro duckdb__distinct_values(column, condition) -%}
  coalesce(list_sort(list(distinct {{ column }}) filter (where {{ condition }})), [])
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


{# A hash of a whole row, given by its alias: like content_hash, for rows of which every column is content. #}
{% macro row_hash(alias) -%}
  {{ return(adapter.dispatch('row_hash', 'switchboard')(alias)) }}
{%- endmacro %}

{% macro duckdb__row_hash(alias) -%}
  md5(cast(to_json({{ alias }}) as varchar))
{%- endmacro %}


{# One text for all rows of a group, whatever their order; other rows, or other values in these columns, give another text. #}
{% macro group_fingerprint(columns) -%}
  {{ return(adapter.dispatch('group_fingerprint', 'switchboard')(columns)) }}
{%- endmacro %}

{% macro duckdb__group_fingerprint(columns) -%}
  cast(bit_xor(hash({{ columns | join(', ') }})) as varchar)
{%- endmacro %}


{# Whether a condition holds on any row of the group; false where it is unknown on all of them. #}
{% macro holds_for_any(condition) -%}
  {{ return(adapter.dispatch('holds_for_any', 'switchboard')(condition)) }}
{%- endmacro %}

{% macro duckdb__holds_for_any(condition) -%}
  coalesce(bool_or({{ condition }}), false)
{%- endmacro %}


{# In a window: the value of the first row after this one for which the condition holds; null where there is none. #}
{% macro first_after(value, condition, partition_by, order_by) -%}
  {{ return(adapter.dispatch('first_after', 'switchboard')(value, condition, partition_by, order_by)) }}
{%- endmacro %}

{% macro duckdb__first_after(value, condition, partition_by, order_by) -%}
  first_value(case when {{ condition }} then {{ value }} end ignore nulls) over (
      partition by {{ partition_by | join(', ') }}
      order by {{ order_by | join(', ') }}
      rows between 1 following and unbounded following
  )
{%- endmacro %}
