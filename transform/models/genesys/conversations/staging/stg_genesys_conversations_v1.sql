{#
  Grain: one row a conversation (conversation_key). Renamed and typed; its nested parts stand here as they came, and unfolded in
  models of their own. A conversation is taken in the version that was loaded last: it ends, is wrapped up, evaluated and
  rebuilt by the vendor after it was read first.
#}
with {{ landed_rows(source('raw_genesys', 'conversations'), ['conversationId'], {
  'varchar': 'conversationId associatedConversationId conversationInitiator externalTag originatingDirection',
  'timestamp with time zone': 'conversationStart conversationEnd conferenceStart inactivityTimeout',
  'boolean': 'customerParticipation originatingSocialMediaPublic selfServed',
  'double': 'mediaStatsMinConversationMos mediaStatsMinConversationRFactor',
  'json': 'consultationConversationIds divisionIds knowledgeBaseIds participants evaluations surveys resolutions',
}) }}

select
    {{ merge_key(['account_label', 'conversationId']) }} as conversation_key,
    account_label as account_id,
    conversationId as conversation_id,
    conversationStart as started_at,
    conversationEnd as ended_at,
    conversationEnd is null as is_ongoing,
    conferenceStart as conference_started_at,
    inactivityTimeout as inactivity_timeout_at,
    originatingDirection as originating_direction,
    conversationInitiator as initiator,
    customerParticipation as has_customer,
    selfServed as is_self_served,
    originatingSocialMediaPublic as is_public_social_media,
    associatedConversationId as associated_conversation_id,
    externalTag as external_tag,
    mediaStatsMinConversationMos as min_mos,
    mediaStatsMinConversationRFactor as min_r_factor,
    {{ json_text_list('consultationConversationIds') }} as consultation_conversation_ids,
    {{ json_text_list('divisionIds') }} as division_ids,
    {{ json_text_list('knowledgeBaseIds') }} as knowledge_base_ids,
    participants,
    evaluations,
    surveys,
    resolutions,
    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
