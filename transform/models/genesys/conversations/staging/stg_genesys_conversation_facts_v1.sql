{#
  Grain: one row a conversation (conversation_key): what its parts say of it, with names for ids. Names are those of today, so a
  queue that is renamed is renamed in history as well.

  Counts and times are sums of the vendor's own metrics over all sessions. They are final only when the conversation is:
  `handle_seconds` comes with the end of the after-call work.
#}
{%- set counted = {
    'offered_count': ('sum', 'nOffered'),
    'answered_count': ('count', 'tAnswered'),
    'abandoned_count': ('count', 'tAbandon'),
    'transfers_count': ('sum', 'nTransferred'),
    'not_responding_count': ('count', 'tNotResponding'),
} %}
{%- set timed = {
    'ivr_seconds': 'tIvr',
    'wait_seconds': 'tAcd',
    'talk_seconds': 'tTalk',
    'hold_seconds': 'tHeld',
    'acw_seconds': 'tAcw',
    'handle_seconds': 'tHandle',
} %}

with sums as (

    select
        conversation_key,
        {%- for column, how in counted.items() %}
        cast(coalesce({{ how[0] }}(case when metric_name = '{{ how[1] }}' then metric_value end), 0) as bigint) as {{ column }},
        {%- endfor %}
        {%- for column, name in timed.items() %}
        {{ seconds_of_milliseconds("coalesce(sum(case when metric_name = '" ~ name ~ "' then metric_value end), 0)") }} as {{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('stg_genesys_metrics_v1') }}
    group by conversation_key

),

segments as (

    select
        conversation_key,
        count(*) - count(ended_at) as open_segments_count,
        max(coalesce(ended_at, started_at)) as last_activity_at
    from {{ ref('stg_genesys_segments_v1') }}
    group by conversation_key

),

-- Who is outside: the customer, or whom an agent called.
outside as (

    select
        conversation_key,
        {%- for column in ['media_type', 'message_type', 'provider', 'ani', 'dnis', 'address_from', 'address_to'] %}
        {{ value_at_first(column, ['started_at', 'session_key'], column) }} as {{ column }},
        {%- endfor %}
        {{ value_at_last('disconnect_type', ['started_at', 'session_key'], 'disconnect_type') }} as disconnect_type
    from {{ ref('stg_genesys_sessions_v1') }}
    where purpose in ('customer', 'external')
    group by conversation_key

),

contacts as (

    select
        conversation_key,
        {{ value_at_first('participant_name', ['participant_number'], 'participant_name') }} as customer_name,
        {{ value_at_first('external_contact_id', ['participant_number'], 'external_contact_id') }} as external_contact_id
    from {{ ref('stg_genesys_participants_v1') }}
    where purpose in ('customer', 'external')
    group by conversation_key

),

media as (

    select
        conversation_key,
        {{ distinct_values('media_type', 'media_type is not null') }} as media_types,
        {{ distinct_values('flow_name', 'flow_name is not null') }} as flow_names
    from {{ ref('stg_genesys_sessions_v1') }}
    group by conversation_key

),

queue_visits as (

    select
        conversation_key,
        account_id,
        queue_id,
        min(started_at) as first_at,
        max(started_at) as last_at
    from {{ ref('stg_genesys_sessions_v1') }}
    where queue_id is not null
    group by conversation_key, account_id, queue_id

),

queues as (

    select
        visits.conversation_key,
        {{ listed('visits.queue_id', ['visits.first_at', 'visits.queue_id'], 'true') }} as queue_ids,
        {{ listed('coalesce(known.queue_name, visits.queue_id)', ['visits.first_at', 'visits.queue_id'], 'true') }} as queue_names
    from queue_visits as visits
    left join {{ ref('stg_genesys_queues_v1') }} as known
        on known.account_id = visits.account_id and known.queue_id = visits.queue_id
    group by visits.conversation_key

),

agent_visits as (

    -- Whoever only was alerted did not take part.
    select
        conversation_key,
        account_id,
        user_id,
        min(started_at) as first_at
    from {{ ref('stg_genesys_segments_v1') }}
    where user_id is not null and purpose in ('agent', 'user') and segment_type in ('interact', 'hold', 'wrapup')
    group by conversation_key, account_id, user_id

),

agents as (

    select
        visits.conversation_key,
        {{ listed('visits.user_id', ['visits.first_at', 'visits.user_id'], 'true') }} as agent_ids,
        {{ listed('coalesce(known.user_name, visits.user_id)', ['visits.first_at', 'visits.user_id'], 'true') }} as agent_names
    from agent_visits as visits
    left join {{ ref('stg_genesys_users_v1') }} as known
        on known.account_id = visits.account_id and known.user_id = visits.user_id
    group by visits.conversation_key

),

wrapups as (

    select
        segments.conversation_key,
        {{ listed('segments.wrapup_code', ['segments.started_at', 'segments.segment_key'], 'true') }} as wrapup_codes,
        {{ listed('coalesce(known.wrapup_name, segments.wrapup_code)', ['segments.started_at', 'segments.segment_key'], 'true') }}
            as wrapup_names
    from {{ ref('stg_genesys_segments_v1') }} as segments
    left join {{ ref('stg_genesys_wrapup_codes_v1') }} as known
        on known.account_id = segments.account_id and known.wrapup_code_id = segments.wrapup_code
    where segments.wrapup_code is not null
    group by segments.conversation_key

)

select
    conversations.conversation_key,
    conversations.account_id,
    conversations.conversation_id,
    conversations.started_at,
    conversations.ended_at,
    conversations.is_ongoing,
    {{ seconds_of_milliseconds(milliseconds_between('conversations.started_at', 'conversations.ended_at')) }} as total_seconds,
    segments.last_activity_at,
    coalesce(segments.open_segments_count, 0) as open_segments_count,

    conversations.originating_direction,
    outside.media_type,
    {{ or_empty_list('media.media_types') }} as media_types,
    outside.message_type,
    outside.provider,
    outside.disconnect_type,
    contacts.customer_name,
    contacts.external_contact_id,
    outside.ani,
    outside.dnis,
    outside.address_from,
    outside.address_to,
    conversations.initiator,
    conversations.external_tag,
    conversations.division_ids,
    conversations.min_mos,

    {{ first_member('queues.queue_ids') }} as first_queue_id,
    {{ first_member('queues.queue_names') }} as first_queue_name,
    {{ or_empty_list('queues.queue_ids') }} as queue_ids,
    {{ or_empty_list('queues.queue_names') }} as queue_names,
    {{ first_member('agents.agent_ids') }} as first_agent_id,
    {{ first_member('agents.agent_names') }} as first_agent_name,
    {{ or_empty_list('agents.agent_ids') }} as agent_ids,
    {{ or_empty_list('agents.agent_names') }} as agent_names,
    {{ or_empty_list('media.flow_names') }} as flow_names,
    {{ or_empty_list('wrapups.wrapup_codes') }} as wrapup_codes,
    {{ or_empty_list('wrapups.wrapup_names') }} as wrapup_names,

    {%- for column in counted %}
    coalesce(sums.{{ column }}, 0) as {{ column }},
    {%- endfor %}
    coalesce(sums.abandoned_count > 0 and sums.answered_count = 0, false) as is_abandoned,
    {%- for column in timed %}
    coalesce(sums.{{ column }}, 0) as {{ column }},
    {%- endfor %}

    {{ json_pluck('conversations.evaluations', 'evaluationId') }} as evaluation_ids,
    {{ json_pluck('conversations.surveys', 'surveyId') }} as survey_ids,
    cast({{ first_member(json_pluck('conversations.surveys', 'oSurveyTotalScore')) }} as bigint) as survey_score,
    cast({{ first_member(json_pluck('conversations.surveys', 'surveyPromoterScore')) }} as bigint) as survey_promoter_score
from {{ ref('stg_genesys_conversations_v1') }} as conversations
{%- for part in ['sums', 'segments', 'outside', 'contacts', 'media', 'queues', 'agents', 'wrapups'] %}
left join {{ part }} on {{ part }}.conversation_key = conversations.conversation_key
{%- endfor %}
