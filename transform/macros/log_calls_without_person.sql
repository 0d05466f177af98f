{# Says how many calls are in no profile. Not a test: plain PBX calls without a person are ordinary, silence about them is not. #}
{% macro log_calls_without_person(calls) -%}
  {%- if execute and flags.WHICH in ('run', 'build') -%}
    {%- set counts = run_query(
      "select count(*) as calls, count(*) filter (where person_id is null) as orphans from " ~ calls
    ).rows[0] -%}
    {{- log(counts['orphans'] ~ ' of ' ~ counts['calls'] ~ ' calls have no person and are in no profile.', info=true) -}}
  {%- endif -%}
{%- endmacro %}
