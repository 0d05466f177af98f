{#
  Grain: one row a status of a person (user_detail_key): presences and routing statuses below each other, with names. A person is
  in one presence and one routing status at any time, so the two kinds must not be added up.

  `counted_until` is the end, or, for a status that still runs, what is known of it: up to the next entry of the same kind, else
  up to the newest change of anybody that was read. Not up to the present: the vendor's data trails behind it.
#}
with entries as (

    select
        user_presence_key as entry_key,
        account_id,
        user_id,
        'presence' as kind,
        system_presence as status,
        organization_presence_id,
        started_at,
        ended_at
    from {{ ref('stg_genesys_user_presence_v1') }}

    union all

    select
        user_routing_status_key as entry_key,
        account_id,
        user_id,
        'routing_status' as kind,
        routing_status as status,
        cast(null as varchar) as organization_presence_id,
        started_at,
        ended_at
    from {{ ref('stg_genesys_user_routing_status_v1') }}

),

placed as (

    select
        *,
        lead(started_at) over (partition by account_id, user_id, kind order by started_at) as next_started_at,
        max(coalesce(ended_at, started_at)) over (partition by account_id) as known_until
    from entries

),

counted as (

    select
        *,
        coalesce(ended_at, next_started_at, known_until) as counted_until
    from placed

)

select
    {{ merge_key(['counted.account_id', 'kind', 'counted.user_id', epoch_milliseconds('started_at')]) }} as user_detail_key,
    counted.account_id,
    counted.user_id,
    users.user_name,
    users.user_state,
    users.department,
    counted.kind,
    counted.status,
    counted.organization_presence_id,
    presences.presence_name as organization_presence_name,
    counted.started_at,
    counted.ended_at,
    counted.ended_at is null as is_running,
    counted.counted_until,
    {{ seconds_of_milliseconds(milliseconds_between('counted.started_at', 'counted.counted_until')) }} as total_seconds
from counted
left join {{ ref('stg_genesys_users_v1') }} as users
    on users.account_id = counted.account_id and users.user_id = counted.user_id
left join {{ ref('stg_genesys_presence_definitions_v1') }} as presences
    on presences.account_id = counted.account_id and presences.presence_definition_id = counted.organization_presence_id
