{#
  Grain: one row a session (session_key): a participant on one medium. Beginning, end and queue are those of its segments,
  because a session has none of its own.
#}
{{ genesys_parts_config() }}

with {{ genesys_sessions({
  'varchar': 'sessionId mediaType direction provider messageType ani dnis sessionDnis remote addressFrom addressTo addressSelf
    addressOther peerId usedRouting selectedAgentId routingRule routingRuleType scriptId outboundCampaignId outboundContactId
    outboundContactListId dispositionName dispositionAnalyzer deliveryStatus engagementSource callbackUserName edgeId
    protocolCallId roomId agentAssistantId errorCodeDescription flowInType flowOutType monitoredParticipantId
    coachedParticipantId bargedParticipantId',
  'timestamp with time zone': 'callbackScheduledTime deliveryStatusChangeDate',
  'bigint': 'agentBullseyeRing routingRing selectedAgentRank timeoutSeconds mediaCount',
  'boolean': 'recording acwSkipped agentOwned authenticated skipEnabled',
  'json': 'segments flow requestedRoutings activeSkillIds callbackNumbers destinationAddresses mediaEndpointStats',
}) }},

keyed as {{ inlined() }} (

    select
        *,
        {{ genesys_session_key() }} as session_key
    from sessions

),

segments as (

    {{ unfolded('keyed', 'segments', {
        'varchar': 'queueId disconnectType',
        'timestamp with time zone': 'segmentStart segmentEnd',
    }, ['session_key']) | indent(4) }}

),

spans as (

    select
        session_key,
        min(segmentStart) as started_at,
        case when count(*) = count(segmentEnd) then max(segmentEnd) end as ended_at,
        count(*) as segments_count,
        {{ value_at_first('queueId', ['segmentStart', 'position'], 'queueId') }} as queue_id,
        {{ value_at_last('disconnectType', ['segmentStart', 'position'], 'disconnectType') }} as disconnect_type
    from segments
    group by session_key

)

select
    keyed.session_key,
    {{ merge_key(['conversation_key', 'participantId']) }} as participant_key,
    conversation_key,
    account_id,
    conversation_id,
    participantId as participant_id,
    purpose,
    userId as user_id,
    sessionId as session_id,
    position as session_number,
    mediaType as media_type,
    direction,
    provider,
    messageType as message_type,

    spans.started_at,
    spans.ended_at,
    coalesce(spans.segments_count, 0) as segments_count,
    spans.queue_id,
    spans.disconnect_type,

    ani,
    dnis,
    sessionDnis as session_dnis,
    remote,
    addressFrom as address_from,
    addressTo as address_to,
    addressSelf as address_self,
    addressOther as address_other,
    peerId as peer_session_id,
    {{ json_text_list('destinationAddresses') }} as destination_addresses,

    {{ json_text_list('requestedRoutings') }} as requested_routings,
    usedRouting as used_routing,
    routingRule as routing_rule,
    routingRuleType as routing_rule_type,
    routingRing as routing_ring,
    agentBullseyeRing as bullseye_ring,
    selectedAgentId as selected_agent_id,
    selectedAgentRank as selected_agent_rank,
    agentOwned as is_agent_owned,
    {{ json_text_list('activeSkillIds') }} as active_skill_ids,

    {{ json_member('flow', 'flowId') }} as flow_id,
    {{ json_member('flow', 'flowName') }} as flow_name,
    {{ json_member('flow', 'flowVersion') }} as flow_version,
    {{ json_member('flow', 'flowType') }} as flow_type,
    {{ json_member('flow', 'entryReason') }} as flow_entry_reason,
    {{ json_member('flow', 'exitReason') }} as flow_exit_reason,
    {{ json_member('flow', 'transferType') }} as flow_transfer_type,
    {{ json_member('flow', 'transferTargetName') }} as flow_transfer_target,
    {{ json_part('flow', 'outcomes') }} as flow_outcomes,
    flowInType as flow_in_type,
    flowOutType as flow_out_type,

    scriptId as script_id,
    outboundCampaignId as outbound_campaign_id,
    outboundContactId as outbound_contact_id,
    outboundContactListId as outbound_contact_list_id,
    dispositionName as disposition_name,
    dispositionAnalyzer as disposition_analyzer,

    {{ json_text_list('callbackNumbers') }} as callback_numbers,
    callbackUserName as callback_user_name,
    callbackScheduledTime as callback_scheduled_at,
    deliveryStatus as delivery_status,
    deliveryStatusChangeDate as delivery_status_changed_at,
    engagementSource as engagement_source,
    mediaCount as media_count,
    authenticated as is_authenticated,

    recording as is_recorded,
    acwSkipped as is_acw_skipped,
    skipEnabled as is_skip_enabled,
    timeoutSeconds as timeout_seconds,
    edgeId as edge_id,
    protocolCallId as protocol_call_id,
    roomId as room_id,
    agentAssistantId as agent_assistant_id,
    errorCodeDescription as error_code_description,
    monitoredParticipantId as monitored_participant_id,
    coachedParticipantId as coached_participant_id,
    bargedParticipantId as barged_participant_id,
    mediaEndpointStats as media_endpoint_stats,
    loaded_at
from keyed
left join spans on spans.session_key = keyed.session_key
