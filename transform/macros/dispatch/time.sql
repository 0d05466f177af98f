{# An instant as whole milliseconds since 1970, which read the same in every time zone of a database session. #}
{% macro epoch_milliseconds(instant) -%}
  {{ return(adapter.dispatch('epoch_milliseconds', 'switchboard')(instant)) }}
{%- endmacro %}

{% macro duckdb__epoch_milliseconds(instant) -%}
  epoch_ms({{ instant }})
{%- endmacro %}


{# Milliseconds from one instant to another. #}
{% macro milliseconds_between(earlier, later) -%}
  {{ return(adapter.dispatch('milliseconds_between', 'switchboard')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__milliseconds_between(earlier, later) -%}
  (epoch_ms({{ later }}) - epoch_ms({{ earlier }}))
{%- endmacro %}


{# `instant` plus a number of milliseconds. #}
{% macro plus_milliseconds(instant, count) -%}
  {{ return(adapter.dispatch('plus_milliseconds', 'switchboard')(instant, count)) }}
{%- endmacro %}

{% macro duckdb__plus_milliseconds(instant, count) -%}
  ({{ instant }} + to_microseconds(cast(1000 as bigint) * ({{ count }})))
{%- endmacro %}


{# A sum of milliseconds as seconds: an exact decimal, so that parts add up to their whole. #}
{% macro seconds_of_milliseconds(count) -%}
  {{ return(adapter.dispatch('seconds_of_milliseconds', 'switchboard')(count)) }}
{%- endmacro %}

{% macro duckdb__seconds_of_milliseconds(count) -%}
  cast(cast({{ count }} as bigint) * 0.001 as decimal(18, 3))
{%- endmacro %}


{# The local day of an instant. #}
{% macro local_day(instant, zone) -%}
  {{ return(adapter.dispatch('local_day', 'switchboard')(instant, zone)) }}
{%- endmacro %}

{% macro duckdb__local_day(instant, zone) -%}
  cast(timezone('{{ zone }}', {{ instant }}) as date)
{%- endmacro %}


{# The instant at which a local day begins. Days on which clocks change are 23 or 25 hours long. #}
{% macro day_start(day, zone) -%}
  {{ return(adapter.dispatch('day_start', 'switchboard')(day, zone)) }}
{%- endmacro %}

{% macro duckdb__day_start(day, zone) -%}
  timezone('{{ zone }}', cast({{ day }} as timestamp))
{%- endmacro %}


{# The list of days from one to another, both included. #}
{% macro days_between(first_day, last_day) -%}
  {{ return(adapter.dispatch('days_between', 'switchboard')(first_day, last_day)) }}
{%- endmacro %}

{% macro duckdb__days_between(first_day, last_day) -%}
  generate_series(cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp), interval 1 day)
{%- endmacro %}


{# The day after a day. #}
{% macro next_day(day) -%}
  {{ return(adapter.dispatch('next_day', 'switchboard')(day)) }}
{%- endmacro %}

{% macro duckdb__next_day(day) -%}
  (cast({{ day }} as date) + 1)
{%- endmacro %}


{# A whole division: how often `width` fits into `number`. #}
{% macro times_within(number, width) -%}
  {{ return(adapter.dispatch('times_within', 'switchboard')(number, width)) }}
{%- endmacro %}

{% macro duckdb__times_within(number, width) -%}
  (({{ number }}) // ({{ width }}))
{%- endmacro %}
