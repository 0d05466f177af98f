{#
  Grain: one row a call (call_key) with what its legs say of it; day-partitioned by partition_date where the warehouse knows
  partitions.

  Incremental by version, not by time: a call is written again when the version that was loaded (loaded_at) or those of its
  legs (legs_version) are not the ones that this table holds. The tap reads the last days again and again because calls
  change late (tags, sales, recordings), and a call of last month may come back in a backfill; a high-water mark on the
  call's time would miss it, one on the loading time would miss a row that another load committed later than its stamp.
  Comparing versions misses neither, and costs one anti-join on narrow columns. Calls that left the source leave this
  table too. So at any time the table equals a full rebuild (tested).
#}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='call_key',
    post_hook="{{ delete_absent(this, ref('stg_comagic_calls_v1'), 'call_key') }}",
  )
}}
{%- set media = var('comagic_media_url') %}
{%- set recordings = {'recording_urls': 'talk', 'wav_recording_urls': 'wav'} %}
{%- set ids = {'recording_urls': 'recording_ids', 'wav_recording_urls': 'wav_recording_ids'} %}

with versions as (

    select
        call_key,
        count(*) as legs_count,
        {{ group_fingerprint(['leg_key', 'loaded_at']) }} as legs_version
    from {{ ref('stg_comagic_call_legs_v1') }}
    group by call_key

),

-- Only keys: whole rows are read once, at the end.
changed as (

    select
        calls.call_key,
        coalesce(versions.legs_count, 0) as legs_count,
        versions.legs_version
    from {{ ref('stg_comagic_calls_v1') }} as calls
    left join versions on versions.call_key = calls.call_key
    {% if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as known
        where
            known.call_key = calls.call_key
            and known.loaded_at is not distinct from calls.loaded_at
            and known.legs_version is not distinct from versions.legs_version
    )
    {% endif %}

),

calls as {{ inlined() }} (

    select
        calls.*,
        changed.legs_count,
        changed.legs_version
    from {{ ref('stg_comagic_calls_v1') }} as calls
    join changed on changed.call_key = calls.call_key

),

legs as {{ inlined() }} (

    select *
    from {{ ref('stg_comagic_call_legs_v1') }}
    where call_key in (select call_key from changed)

),

employee_legs as (

    -- Legs without an employee are steps of a scenario, or rings in a queue that nobody took.
    select
        call_key,
        employee_id,
        min(started_at) as joined_at,
        min(leg_id) as first_leg_id,
        {{ value_at_last('employee_name', ['started_at', 'leg_id'], 'employee_name') }} as employee_name,
        {{ holds_for_any('is_talked') }} as has_talked,
        cast(coalesce(sum(case when is_talked then seconds_from_pick_up end), 0) as bigint) as talk_seconds
    from legs
    where employee_id is not null
    group by call_key, employee_id

),

participants as (

    select
        call_key,
        {%- for who, condition in [('rung', 'true'), ('talked', 'has_talked')] %}
        {{ listed('employee_id', ['joined_at', 'first_leg_id'], condition) }} as {{ who }}_employee_ids,
        {{ listed('employee_name', ['joined_at', 'first_leg_id'], condition) }} as {{ who }}_employee_names,
        {%- endfor %}
        {{ listed('talk_seconds', ['joined_at', 'first_leg_id'], 'has_talked') }} as talked_employee_seconds
    from employee_legs
    group by call_key

),

{% for column, kind in recordings.items() %}
-- The recordings that the call names, then those that only its legs name, in the order of the legs.
{{ kind }}_of_calls as (

    select call_key, communication_id as address, member as recording_id, started_at, call_id as leg_id, position
    from ({{ members_of('calls', ids[column], ['call_key', 'communication_id', 'started_at', 'call_id']) }}) as own
    where member is not null

),

{{ kind }}_of_legs as (

    select call_key, call_id as address, member as recording_id, started_at, leg_id, position
    from ({{ members_of('legs', ids[column], ['call_key', 'call_id', 'started_at', 'leg_id']) }}) as unnested
    where
        member is not null
        and not exists (
            select 1
            from {{ kind }}_of_calls as own
            where own.call_key = unnested.call_key and own.recording_id = unnested.member
        )

),

{{ kind }}_once as (

    {% for place in ['calls', 'legs'] %}
    select
        call_key,
        '{{ media }}/{{ kind }}/' || cast(min(address) as varchar) || '/' || recording_id || '/' as recording_url,
        {{ loop.index }} as place,
        min(started_at) as started_at,
        min(leg_id) as leg_id,
        min(position) as position
    from {{ kind }}_of_{{ place }}
    group by call_key, recording_id
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

{{ kind }}_urls as (

    select
        call_key,
        {{ listed('recording_url', ['place', 'started_at', 'leg_id', 'position'], 'true') }} as {{ column }}
    from {{ kind }}_once
    group by call_key

){% if not loop.last %},{% endif %}

{% endfor %}

select
    calls.*,
    {%- for column in [
        'rung_employee_ids', 'rung_employee_names', 'talked_employee_ids', 'talked_employee_names', 'talked_employee_seconds',
    ] %}
    {{ or_empty_list('participants.' ~ column) }} as {{ column }},
    {%- endfor %}
    {%- for column, kind in recordings.items() %}
    {{ or_empty_list(kind ~ '_urls.' ~ column) }} as {{ column }},
    {%- endfor %}
    {{ members_within(
        'calls.voice_mail_ids', "'" ~ media ~ "/voice_mail/' || cast(calls.communication_id as varchar) || '/'", "'/'"
    ) }} as voice_mail_urls
from calls
left join participants on participants.call_key = calls.call_key
{%- for kind in recordings.values() %}
left join {{ kind }}_urls on {{ kind }}_urls.call_key = calls.call_key
{%- endfor %}
