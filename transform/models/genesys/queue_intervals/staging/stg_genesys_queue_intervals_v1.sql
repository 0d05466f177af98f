{#
  Grain: one row a queue, medium and interval (queue_interval_key): what happened in the queue, by the vendor's own metrics. Each
  counts in the interval in which it was emitted: an offer when the contact came into the queue, an answer or an abandonment when
  it left it, handling when the after-call work was done. So one contact may count in several intervals, and offered is not the
  sum of answered and abandoned in each.

  Intervals are `genesys_interval_minutes` long, from midnight in the zone `genesys_timezone`; those in which nothing happened
  have no row. Answered in time is what was answered within `genesys_service_level_seconds`; where that is none, within what the
  queue itself promises for the medium, which differs by far between a call and an e-mail; else within 20 seconds.
  The service level is the share of that in all that was answered or abandoned.
#}
{%- set zone = var('genesys_timezone') -%}
{%- set minutes = var('genesys_interval_minutes') | int -%}
{%- if minutes < 1 or 1440 % minutes -%}
  {{ exceptions.raise_compiler_error(
    'genesys_interval_minutes is ' ~ var('genesys_interval_minutes') ~ ', which does not divide a day: set it to 15, 30, 60 or another divisor of 1440'
  ) }}
{%- endif -%}
{%- set promised = var('genesys_service_level_seconds') -%}
{%- set media = {'voice': 'call', 'callback': 'callback', 'chat': 'chat', 'email': 'email', 'message': 'message'} -%}
{%- set counted = {
    'offered_count': ('sum', 'nOffered'),
    'answered_count': ('count', 'tAnswered'),
    'abandoned_count': ('count', 'tAbandon'),
    'handled_count': ('count', 'tHandle'),
    'transferred_count': ('sum', 'nTransferred'),
    'not_responding_count': ('count', 'tNotResponding'),
} -%}
{%- set timed = {
    'wait_seconds': 'tAcd',
    'answered_wait_seconds': 'tAnswered',
    'abandoned_wait_seconds': 'tAbandon',
    'talk_seconds': 'tTalk',
    'hold_seconds': 'tHeld',
    'acw_seconds': 'tAcw',
    'handle_seconds': 'tHandle',
} -%}
with metrics as (

    select
        metrics.account_id,
        sessions.queue_id,
        queues.queue_name,
        metrics.media_type,
        metrics.metric_name,
        metrics.metric_value,
        metrics.emitted_at,
        {{ day_start(local_day('metrics.emitted_at', zone), zone) }} as midnight,
        {%- if promised is none %}
        coalesce(
            case metrics.media_type
                {%- for medium, setting in media.items() %}
                when '{{ medium }}' then queues.{{ setting }}_service_level_ms
                {%- endfor %}
            end,
            20000
        ) as threshold_ms
        {%- else %}
        cast({{ promised }} * 1000 as bigint) as threshold_ms
        {%- endif %}
    from {{ ref('stg_genesys_metrics_v1') }} as metrics
    join {{ ref('stg_genesys_sessions_v1') }} as sessions on sessions.session_key = metrics.session_key
    left join {{ ref('stg_genesys_queues_v1') }} as queues
        on queues.account_id = sessions.account_id and queues.queue_id = sessions.queue_id
    where
        sessions.queue_id is not null
        and metrics.metric_name in (
            {%- for how in counted.values() %}'{{ how[1] }}', {% endfor %}
            {%- for name in ['tAcd', 'tTalk', 'tHeld', 'tAcw'] %}'{{ name }}'{% if not loop.last %}, {% endif %}{% endfor -%}
        )

),

placed as (

    select
        *,
        {{ plus_milliseconds(
            'midnight', minutes * 60000 ~ ' * ' ~ times_within(milliseconds_between('midnight', 'emitted_at'), minutes * 60000)
        ) }} as interval_start
    from metrics

),

sums as (

    select
        account_id,
        queue_id,
        max(queue_name) as queue_name,
        media_type,
        interval_start,
        max(threshold_ms) as threshold_ms,
        {%- for column, how in counted.items() %}
        cast(coalesce({{ how[0] }}(case when metric_name = '{{ how[1] }}' then metric_value end), 0) as bigint) as {{ column }},
        {%- endfor %}
        count(case when metric_name = 'tAnswered' and metric_value <= threshold_ms then 1 end) as answered_in_time_count,
        {%- for column, name in timed.items() %}
        {{ seconds_of_milliseconds("coalesce(sum(case when metric_name = '" ~ name ~ "' then metric_value end), 0)") }} as {{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from placed
    group by account_id, queue_id, media_type, interval_start

)

select
    {{ merge_key(['account_id', 'queue_id', 'media_type', epoch_milliseconds('interval_start')]) }} as queue_interval_key,
    account_id,
    queue_id,
    queue_name,
    media_type,
    interval_start,
    {{ plus_milliseconds('interval_start', minutes * 60000) }} as interval_end,
    {{ local_day('interval_start', zone) }} as local_date,
    {%- for column in counted %}
    {{ column }},
    {%- endfor %}
    answered_in_time_count,
    {{ seconds_of_milliseconds('threshold_ms') }} as threshold_seconds,
    cast(answered_in_time_count as double) / nullif(answered_count + abandoned_count, 0) as service_level,
    {%- for column in timed %}
    {{ column }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from sums
