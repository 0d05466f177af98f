{#
  Grain: one row a segment (segment_key): a stretch of a session in one state. The key is the session, the type and the beginning;
  the end is absent while the segment runs, so it cannot be part of it.
#}
{{ genesys_parts_config() }}

with {{ genesys_sessions({'varchar': 'sessionId mediaType', 'json': 'segments'}) }},

keyed as {{ inlined() }} (

    select
        *,
        {{ genesys_session_key() }} as session_key
    from sessions

),

segments as {{ inlined() }} (

    {{ unfolded('keyed', 'segments', {
        'varchar': 'segmentType queueId disconnectType errorCode groupId requestedLanguageId subject wrapUpCode wrapUpNote
          sourceConversationId sourceSessionId destinationConversationId destinationSessionId',
        'timestamp with time zone': 'segmentStart segmentEnd',
        'boolean': 'conference audioMuted videoMuted',
        'json': 'requestedRoutingSkillIds requestedRoutingUserIds wrapUpTags sipResponseCodes q850ResponseCodes scoredAgents properties',
    }, [
        'session_key', 'conversation_key', 'account_id', 'conversation_id', 'participantId', 'purpose', 'userId', 'sessionId',
        'mediaType', 'loaded_at',
    ]) | indent(4) }}

)

select
    {{ merge_key(['session_key', 'segmentType', epoch_milliseconds('segmentStart')]) }} as segment_key,
    session_key,
    conversation_key,
    account_id,
    conversation_id,
    participantId as participant_id,
    purpose,
    userId as user_id,
    sessionId as session_id,
    mediaType as media_type,
    position as segment_number,
    segmentType as segment_type,
    segmentStart as started_at,
    segmentEnd as ended_at,
    {{ seconds_of_milliseconds(milliseconds_between('segmentStart', 'segmentEnd')) }} as total_seconds,
    queueId as queue_id,
    conference as is_conference,
    disconnectType as disconnect_type,
    wrapUpCode as wrapup_code,
    wrapUpNote as wrapup_note,
    {{ json_text_list('wrapUpTags') }} as wrapup_tags,
    subject,
    groupId as group_id,
    requestedLanguageId as requested_language_id,
    {{ json_text_list('requestedRoutingSkillIds') }} as requested_skill_ids,
    {{ json_text_list('requestedRoutingUserIds') }} as requested_user_ids,
    scoredAgents as scored_agents,
    audioMuted as is_audio_muted,
    videoMuted as is_video_muted,
    errorCode as error_code,
    {{ json_text_list('sipResponseCodes') }} as sip_response_codes,
    {{ json_text_list('q850ResponseCodes') }} as q850_response_codes,
    sourceConversationId as source_conversation_id,
    sourceSessionId as source_session_id,
    destinationConversationId as destination_conversation_id,
    destinationSessionId as destination_session_id,
    properties,
    loaded_at
from segments
