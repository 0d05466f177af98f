{#
  Reading raw tables that may not be there. Streams are selected one by one, and fields too, so an absent table or column is
  the normal case and no mistake: a staging model then reads nulls, and the models above it are empty or say less.
#}

{# Whether a raw table exists. Anything but a plain table (the rows a unit test gives, a subquery) is taken to be there. #}
{% macro is_landed(relation) -%}
  {%- if not execute or relation is string or relation.is_cte -%}
    {{ return(true) }}
  {%- endif -%}
  {{ return(adapter.get_relation(relation.database, relation.schema, relation.identifier) is not none) }}
{%- endmacro %}


{#
  Whether a relation is a raw table, which may lack columns. A model has those that it selects, so tests of models need not ask
  the warehouse for them, which takes it as long as many a test.
#}
{% macro is_raw(relation) -%}
  {%- if not execute or relation is string or relation.is_cte -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(relation.schema in graph.sources.values() | map(attribute='schema')) }}
{%- endmacro %}


{# Those of the names that are columns of the relation. #}
{% macro landed_columns(relation, names) -%}
  {%- if not names or not is_raw(relation) -%}
    {{ return(names) }}
  {%- endif -%}
  {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if is_landed(relation) else [] -%}
  {{ return(names | select('in', there) | list) }}
{%- endmacro %}


{# type -> names, separated by white space, as name -> type; with `account_label`'s columns and the metadata that tells the
   versions of a row apart. #}
{% macro landed_types(columns) -%}
  {%- set types = {} -%}
  {%- set added = {
    'varchar': 'account_id', 'bigint': 'user_id _sdc_sequence', 'timestamp with time zone': '_sdc_received_at _sdc_deleted_at',
  } -%}
  {%- for group in [columns, added] -%}
    {%- for type, names in group.items() -%}
      {%- for name in names.split() -%}
        {%- do types.update({name: type}) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(types) }}
{%- endmacro %}


{#
  A query for columns of a raw table, in this order and with these types, whatever the loader made of them (nested values as
  JSON or as structs, a phone number as number or as text). One that was not landed is null; without a table there are no rows.

  types: name -> type.
  there: those of the names that are landed.
#}
{% macro landed(relation, types, there) -%}
  {{ return(adapter.dispatch('landed', 'switchboard')(relation, types, there)) }}
{%- endmacro %}

{% macro duckdb__landed(relation, types, there) -%}
  select
      {{ account_label(label_columns() | select('in', there) | list) }} as account_label,
  {%- for name, type in types.items() %}
      cast({{ name if name in there else 'null' }} as {{ type }}) as {{ name }}
      {%- if not loop.last %},{% endif %}
  {%- endfor %}
  {%- if relation.is_cte %}
  {#- The rows that a unit test gives need no more columns than the test is about. #}
  from (
      select {% for name, type in types.items() %}cast(null as {{ type }}) as {{ name }}{% if not loop.last %}, {% endif %}{% endfor %}
      where false
      union all by name
      select * from {{ relation }}
  )
  {%- elif is_landed(relation) %}
  from {{ relation }}
  {%- else %}
  where false
  {%- endif %}
{%- endmacro %}


{#
  What keeps several accounts apart in one warehouse: the tap's `account_id`, and `user_id` where one run reads several client
  accounts of an agency. The tap puts these columns into every record and every key, or leaves them out.
#}
{% macro label_columns() -%}
  {{ return(['account_id', 'user_id']) }}
{%- endmacro %}


{# The label as text, made of those of its columns that are landed; `default` where there is none. #}
{% macro account_label(columns) -%}
  {{ return(adapter.dispatch('account_label', 'switchboard')(columns)) }}
{%- endmacro %}

{% macro duckdb__account_label(columns) -%}
  {%- if columns -%} coalesce(nullif(concat_ws('-', {{ columns | join(', ') }}), ''), 'default') {%- else -%} 'default' {%- endif -%}
{%- endmacro %}


{#
  The staging models' start: every row of a raw table in the version that was loaded last, without those that are marked as
  deleted there. So it also holds on loaders that only append.

  key: columns that identify a row within its account.
  columns: type -> names, separated by white space.
#}
{% macro landed_rows(relation, key, columns) -%}
  {%- set types = landed_types(columns) -%}
  {%- set there = landed_columns(relation, types.keys() | list) -%}
  {%- set labels = label_columns() | select('in', there) | list -%}
  landed as {{ inlined() }} (

    {{ landed(relation, types, there) | indent(4) }}

),

latest as (

    {{ latest_versions(
        'landed',
        key=(['account_label'] if labels else []) + key,
        version=['_sdc_received_at', '_sdc_sequence'],
    ) | indent(4) }}

)
{%- endmacro %}


{# For on-run-start: names, once a run, the streams that models read and that have no table. #}
{% macro log_absent_streams(source_name) -%}
  {%- if execute and flags.WHICH in ('run', 'build', 'test') -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
    {%- set read = models | map(attribute='depends_on') | map(attribute='nodes') | sum(start=[]) -%}
    {%- set absent = [] -%}
    {%- for node in graph.sources.values() if node.source_name == source_name and node.unique_id in read -%}
      {%- if adapter.get_relation(node.database, node.schema, node.identifier) is none -%}
        {%- do absent.append(node.name) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if absent -%}
      {{- log('Not landed in ' ~ source_name ~ ', so without rows in the models: ' ~ absent | sort | join(', ') ~ '.', info=true) -}}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}


{# `dbt source freshness` on a stream that is not loaded: there is nothing that could be old. #}
{% macro duckdb__collect_freshness(source, loaded_at_field, filter) -%}
  {%- if is_landed(source) -%}
    {{ return(dbt.default__collect_freshness(source, loaded_at_field, filter)) }}
  {%- endif -%}
  {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
    select {{ current_timestamp() }} as max_loaded_at, {{ current_timestamp() }} as snapshotted_at
  {%- endcall -%}
  {{ return(load_result('collect_freshness')) }}
{%- endmacro %}
