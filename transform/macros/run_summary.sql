{#
  Reading the run summaries (JSON) that every tap and target writes:
  {"program": …, "streams": [{"stream": "calls", "partition": null, "records": 12, "rows": 340, …}, …], …}
#}

{# A relative path starts at the Meltano project, which is the folder above this dbt project unless the environment says otherwise. #}
{% macro summary_path(path) -%}
  {{ return(path if path.startswith('/') else env_var('MELTANO_PROJECT_ROOT', '..') ~ '/' ~ path) }}
{%- endmacro %}


{# Those of the paths that do not exist. #}
{% macro missing_files(paths) -%}
  {{ return(adapter.dispatch('missing_files', 'switchboard')(paths)) }}
{%- endmacro %}

{% macro duckdb__missing_files(paths) -%}
  {%- set missing = [] -%}
  {%- if execute -%}
    {%- for path in paths -%}
      {%- if run_query("select count(*) as files from glob(" ~ dbt.string_literal(path) ~ ")").rows[0]['files'] == 0 -%}
        {%- do missing.append(path) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(missing) }}
{%- endmacro %}


{# Columns stream, records, rows (null where the program does not count them); partitions of a stream are added up. #}
{% macro summary_streams(path) -%}
  {{ return(adapter.dispatch('summary_streams', 'switchboard')(path)) }}
{%- endmacro %}

{% macro duckdb__summary_streams(path) -%}
  select
      entry.stream as stream,
      sum(entry.records) as records,
      max(entry."rows") as "rows"
  from (
      select unnest(streams) as entry
      from read_json(
          {{ dbt.string_literal(path) }},
          columns = {'streams': 'STRUCT(stream VARCHAR, records BIGINT, "rows" BIGINT)[]'}
      )
  )
  group by entry.stream
{%- endmacro %}


{# Columns stream, row_count: the tables of a dbt source that exist in the warehouse, counted. #}
{% macro raw_row_counts(source_name) -%}
  {%- set counts = [] -%}
  {%- if execute -%}
    {%- for node in graph.sources.values() if node.source_name == source_name -%}
      {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
      {%- if relation is not none -%}
        {%- do counts.append("select '" ~ node.name ~ "' as stream, count(*) as row_count from " ~ relation) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ counts | join(' union all ') if counts else "select cast(null as varchar) as stream, cast(null as bigint) as row_count where false" }}
{%- endmacro %}


{# Whether a loader's summary tells of tables, and none of them lies in this schema: its last run was of another source. #}
{% macro loaded_elsewhere(path, schema) -%}
  {{ return(adapter.dispatch('loaded_elsewhere', 'switchboard')(path, schema)) }}
{%- endmacro %}

{% macro duckdb__loaded_elsewhere(path, schema) -%}
  {%- set counts = run_query(
    "select count(*) as tables, count(*) filter (where starts_with(entry.\"table\", '" ~ schema ~ ".')) as ours from ("
    ~ "select unnest(streams) as entry from read_json(" ~ dbt.string_literal(path)
    ~ ", columns = {'streams': 'STRUCT(\"table\" VARCHAR)[]'})) where entry.\"table\" is not null"
  ).rows[0] -%}
  {{ return(counts['tables'] > 0 and counts['ours'] == 0) }}
{%- endmacro %}
