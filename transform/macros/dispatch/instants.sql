{# Times that come as text, inside nested values. #}

{#
  The instant that a text names, with `T` or a blank between day and time; it must say its offset (or `Z`). A text that does
  not is null: read as the session's zone, a local time would pass for an instant hours away from the true one.
#}
{% macro instant_of_text(text) -%}
  {{ return(adapter.dispatch('instant_of_text', 'switchboard')(text)) }}
{%- endmacro %}

{% macro duckdb__instant_of_text(text) -%}
  case when regexp_matches({{ text }}, ':\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)$') then try_cast({{ text }} as timestamp with time zone) end
{%- endmacro %}


{# A local time, which has no offset, with `T` or a blank between day and time: a timestamp without time zone. #}
{% macro local_time_of_text(text) -%}
  {{ return(adapter.dispatch('local_time_of_text', 'switchboard')(text)) }}
{%- endmacro %}

{% macro duckdb__local_time_of_text(text) -%}
  try_cast({{ text }} as timestamp)
{%- endmacro %}


{# The seconds of a length of time that is written `HH:MM:SS`; null where it is not. #}
{% macro seconds_of_clock(text) -%}
  {{ return(adapter.dispatch('seconds_of_clock', 'switchboard')(text)) }}
{%- endmacro %}

{% macro duckdb__seconds_of_clock(text) -%}
  case
    when regexp_matches({{ text }}, '^\d+:\d\d:\d\d$')
    then cast(split_part({{ text }}, ':', 1) as bigint) * 3600
      + cast(split_part({{ text }}, ':', 2) as bigint) * 60
      + cast(split_part({{ text }}, ':', 3) as bigint)
  end
{%- endmacro %}
