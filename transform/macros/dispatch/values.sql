{# A number that the vendor sends as text -> an exact decimal, spaces and a decimal comma allowed. Null for text that is no
   number; where that must not pass unseen, the test `readable_amount` finds it. #}
{% macro amount_of_text(column) -%}
  {{ return(adapter.dispatch('amount_of_text', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__amount_of_text(column) -%}
  try_cast(replace(regexp_replace({{ column }}, '\s', '', 'g'), ',', '.') as decimal(18, 6))
{%- endmacro %}


{# Whole seconds from one instant to another; 0 where that one is earlier, null where either is unknown. #}
{% macro seconds_until(earlier, later) -%}
  {{ return(adapter.dispatch('seconds_until', 'switchboard')(earlier, later)) }}
{%- endmacro %}

{# Not greatest(…, 0): that would make 0 of null. #}
{% macro duckdb__seconds_until(earlier, later) -%}
  case when {{ later }} < {{ earlier }} then 0 else date_diff('second', {{ earlier }}, {{ later }}) end
{%- endmacro %}


{# Every value of a group in a list, ordered; an empty list where there is none. #}
{% macro listed(value, order_by, condition) -%}
  {{ return(adapter.dispatch('listed', 'switchboard')(value, order_by, condition)) }}
{%- endmacro %}

{% macro duckdb__listed(value, order_by, condition) -%}
  coalesce(list({{ value }} order by {{ order_by | join(', ') }}) filter (where {{ condition }}), [])
{%- endmacro %}


{# One row for each member of a list column, beside the other columns: member, and position from 1. #}
{% macro members_of(relation, list_column, keep) -%}
  {{ return(adapter.dispatch('members_of', 'switchboard')(relation, list_column, keep)) }}
{%- endmacro %}

{% macro duckdb__members_of(relation, list_column, keep) -%}
  select
      {{ keep | join(', ') }},
      unnest({{ list_column }}) as member,
      generate_subscripts({{ list_column }}, 1) as position
  from {{ relation }}
{%- endmacro %}


{# A list column, empty where it is null. #}
{% macro or_empty_list(column) -%}
  {{ return(adapter.dispatch('or_empty_list', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__or_empty_list(column) -%}
  coalesce({{ column }}, [])
{%- endmacro %}


{#
  A telephone number as digits alone, so that two spellings of one number are equal; null where there are none (hidden
  numbers). Russian numbers are written with 7 or, as they are dialled within the country, with 8 before ten digits.
#}
{% macro phone_digits(column) -%}
  {{ return(adapter.dispatch('phone_digits', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__phone_digits(column) -%}
  nullif(regexp_replace(regexp_replace({{ column }}, '\D', '', 'g'), '^8(\d{10})$', '7\1'), '')
{%- endmacro %}


{# The first member of a list column; null where the list is empty. #}
{% macro first_member(column) -%}
  {{ return(adapter.dispatch('first_member', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__first_member(column) -%}
  {{ column }}[1]
{%- endmacro %}


{# How many members a list column has. #}
{% macro list_length(column) -%}
  {{ return(adapter.dispatch('list_length', 'switchboard')(column)) }}
{%- endmacro %}

{% macro duckdb__list_length(column) -%}
  len({{ column }})
{%- endmacro %}


{# A number as an amount of money: an exact decimal, rounded to six places. #}
{% macro as_amount(number) -%}
  {{ return(adapter.dispatch('as_amount', 'switchboard')(number)) }}
{%- endmacro %}

{% macro duckdb__as_amount(number) -%}
  cast({{ number }} as decimal(18, 6))
{%- endmacro %}


{# A list column with a text before and a text after each of its members; both may be expressions. #}
{% macro members_within(column, before, after) -%}
  {{ return(adapter.dispatch('members_within', 'switchboard')(column, before, after)) }}
{%- endmacro %}

{% macro duckdb__members_within(column, before, after) -%}
  list_transform({{ column }}, lambda member: {{ before }} || member || {{ after }})
{%- endmacro %}
