{#
  Rows are counted at both ends. The tap and the loader each write a summary of their last run; for every stream the tap
  sent, the loader must have received as many records, and the table must hold the rows that the loader says it left there.
  A green exit code, an advanced bookmark and passing unique tests have all been seen together with lost rows.

  Without summaries (a warehouse filled some other way), or when the loader's last run was of another source, nothing can be
  checked: the query gives no rows, and the log says so.
#}
{% macro rows_match_run_summary(source_name, tap_path, target_path) -%}
  {%- set missing = missing_files([tap_path, target_path]) -%}
  {%- set schema = graph.sources.values() | selectattr('source_name', 'equalto', source_name) | map(attribute='schema') | first
        if execute else source_name -%}
  {%- set unchecked = 'Row counts of ' ~ source_name ~ ' were not checked against the run summary: ' -%}
  {%- if missing -%}
    {{- log(unchecked ~ 'no file ' ~ missing | join(', ') ~ '.', info=true) -}}
    select cast(null as varchar) as stream where false
  {%- elif execute and loaded_elsewhere(target_path, schema) -%}
    {{- log(unchecked ~ target_path ~ ' tells of another source.', info=true) -}}
    select cast(null as varchar) as stream where false
  {%- else -%}

with sent as ({{ summary_streams(tap_path) }}),

received as ({{ summary_streams(target_path) }}),

stored as ({{ raw_row_counts(source_name) }}),

compared as (

    select
        sent.stream,
        sent.records as tap_records,
        coalesce(received.records, 0) as target_records,
        received."rows" as target_rows,
        stored.row_count as table_rows
    from sent
    left join received using (stream)
    left join stored using (stream)

)

select *
from compared
where
    tap_records <> target_records
    or (target_rows is not null and target_rows is distinct from table_rows)
  {%- endif -%}
{%- endmacro %}
