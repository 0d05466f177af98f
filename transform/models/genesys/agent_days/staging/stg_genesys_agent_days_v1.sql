{#
  Grain: one row a person and local day (agent_day_key): the seconds spent in each presence and in each routing status, of the
  statuses cut at midnight in the zone `genesys_timezone`. Seconds of all presences add up to what is known of the day, at most
  24 hours (23 or 25 where clocks change), and so do those of all routing statuses.

  The vendor's lists of statuses grow: what is not known here is in `…_other_seconds`.
#}
{%- set zone = var('genesys_timezone') -%}
{%- set statuses = {
    'presence': ['available', 'on_queue', 'busy', 'meeting', 'training', 'meal', 'break', 'away', 'idle', 'offline'],
    'routing_status': ['off_queue', 'idle', 'interacting', 'not_responding', 'communicating'],
} -%}
with days as (

    select
        account_id,
        user_id,
        user_name,
        kind,
        lower(status) as status,
        started_at,
        counted_until,
        {{ days_between(local_day('started_at', zone), local_day('counted_until', zone)) }} as local_days
    from {{ ref('stg_genesys_user_details_v1') }}
    where counted_until > started_at

),

pieces as (

    select
        account_id,
        user_id,
        user_name,
        kind,
        status,
        cast(member as date) as local_date,
        greatest(started_at, {{ day_start('cast(member as date)', zone) }}) as piece_start,
        least(counted_until, {{ day_start(next_day('member'), zone) }}) as piece_end
    from ({{ members_of('days', 'local_days', [
        'account_id', 'user_id', 'user_name', 'kind', 'status', 'started_at', 'counted_until',
    ]) }}) as unnested

),

timed as (

    select
        *,
        {{ milliseconds_between('piece_start', 'piece_end') }} as milliseconds
    from pieces
    where piece_end > piece_start

)

select
    {{ merge_key(['account_id', 'user_id', 'local_date']) }} as agent_day_key,
    account_id,
    user_id,
    max(user_name) as user_name,
    local_date,
    min(case when kind = 'presence' and status <> 'offline' then piece_start end) as first_online_at,
    max(case when kind = 'presence' and status <> 'offline' then piece_end end) as last_online_at
    {%- for kind, names in statuses.items() %}
    {%- for name in names %},
    {{ seconds_of_milliseconds("coalesce(sum(case when kind = '" ~ kind ~ "' and status = '" ~ name ~ "' then milliseconds end), 0)") }}
        as {{ kind.split('_')[0] }}_{{ name }}_seconds
    {%- endfor %},
    {{ seconds_of_milliseconds(
        "coalesce(sum(case when kind = '" ~ kind ~ "' and status not in ('" ~ names | join("', '") ~ "') then milliseconds end), 0)"
    ) }} as {{ kind.split('_')[0] }}_other_seconds
    {%- endfor %}
from timed
group by account_id, user_id, local_date
