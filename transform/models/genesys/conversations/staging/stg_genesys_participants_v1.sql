{#
  Grain: one row a participant of a conversation (participant_key): whoever or whatever took part in it, a customer, an agent, a
  queue (`acd`), a flow. `attributes` come from the vendor's jobs only; a conversation that was read by a query has none until
  the next job settles it.
#}
{{ genesys_parts_config() }}

with {{ genesys_participants({
  'varchar': 'participantId purpose userId participantName externalContactId externalOrganizationId teamId flaggedReason',
  'boolean': 'screenRecording',
  'json': 'attributes',
}) }}

select
    {{ merge_key(['conversation_key', 'participantId']) }} as participant_key,
    conversation_key,
    account_id,
    conversation_id,
    participantId as participant_id,
    position as participant_number,
    purpose,
    userId as user_id,
    participantName as participant_name,
    externalContactId as external_contact_id,
    externalOrganizationId as external_organization_id,
    teamId as team_id,
    flaggedReason as flagged_reason,
    screenRecording as has_screen_recording,
    attributes,
    loaded_at
from participants
