{#
  Rows are counted at both ends. The tap and the loader each write a summary of their last run; for every stream the tap
  sent, the loader must have received as many records, and the table must hold the rows that the loader says it left there.
  A green exit code, an advanced bookmark and passing unique tests have all been seen together with lost rows.

  Without summaries (a warehouse filled some other way) nothing can be checked: the test passes and says so in the log.
-#}
{%- set tap_path = summary_path(var('tap_summary_path')) -%}
{%- set target_path = summary_path(var('target_summary_path')) -%}
{%- set missing = missing_files([tap_path, target_path]) -%}

{%- if missing -%}
{{- log('Row counts were not checked against the run summary: no file ' ~ missing | join(', ') ~ '.', info=true) -}}
select cast(null as varchar) as stream where false
{%- else -%}

with sent as ({{ summary_streams(tap_path) }}),

received as ({{ summary_streams(target_path) }}),

stored as ({{ raw_row_counts('raw_comagic') }}),

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
