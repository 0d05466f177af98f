{#
  Grain: one row a version of an evaluation (evaluation_key). With revisions of a form on, rescoring makes a new evaluation and retracts the
  former one: versions share evaluation_context_id, and each is a row here.
#}
{%- set people = ['evaluator', 'agent', 'assignee'] -%}
with {{ landed_rows(source('raw_genesys', 'evaluations'), ['id'], {
  'varchar': 'id name status resourceId resourceType evaluationContextId',
  'timestamp with time zone': 'assignedDate createdDate changedDate submittedDate releaseDate revisionCreatedDate
    dateAssigneeChanged conversationDate conversationEndDate',
  'boolean': 'assigned assigneeApplicable agentHasRead neverRelease rescore redacted isScoringIndex hasAssistanceFailed
    declinedReview systemSubmitted',
  'bigint': 'version disputeCount',
  'json': 'conversation evaluationForm evaluator agent assignee queue agentTeam mediaType divisionIds answers evaluationSource
    retractedEvaluation calibration',
}) }}

select
    {{ merge_key(['account_label', 'id']) }} as evaluation_key,
    account_label as account_id,
    id as evaluation_id,
    evaluationContextId as evaluation_context_id,
    version as evaluation_version,
    name as evaluation_name,
    status as evaluation_status,
    {{ json_member('retractedEvaluation', 'id') }} as retracted_evaluation_id,
    {{ json_member('conversation', 'id') }} as conversation_id,
    conversationDate as conversation_started_at,
    conversationEndDate as conversation_ended_at,
    {{ json_text_list('mediaType') }} as media_types,
    {{ json_member('evaluationForm', 'id') }} as form_id,
    {{ json_member('evaluationForm', 'name') }} as form_name,
    {%- for person in people %}
    {{ json_member(person, 'id') }} as {{ person }}_id,
    {%- endfor %}
    {{ json_member('queue', 'id') }} as queue_id,
    {{ json_member('agentTeam', 'id') }} as agent_team_id,
    {{ json_text_list('divisionIds') }} as division_ids,

    assignedDate as assigned_at,
    createdDate as created_at,
    changedDate as changed_at,
    submittedDate as submitted_at,
    releaseDate as released_at,
    revisionCreatedDate as revision_created_at,
    dateAssigneeChanged as assignee_changed_at,
    assigned as is_assigned,
    assigneeApplicable as is_assignee_applicable,
    neverRelease as is_never_released,
    agentHasRead as is_read_by_agent,
    rescore as is_rescored,
    redacted as is_redacted,
    declinedReview as is_review_declined,
    systemSubmitted as is_submitted_by_system,
    isScoringIndex as is_scoring_index,
    hasAssistanceFailed as has_assistance_failed,
    disputeCount as disputes_count,
    {{ json_member('calibration', 'id') }} as calibration_id,
    {{ json_member('evaluationSource', 'type') }} as source_type,
    {{ json_member('evaluationSource', 'name') }} as source_name,
    resourceId as resource_id,
    resourceType as resource_type,

    {%- for column, member in {
        'total_score': 'totalScore',
        'total_critical_score': 'totalCriticalScore',
        'total_non_critical_score': 'totalNonCriticalScore',
        'max_raw_score': 'maxTotalRawScore',
        'max_raw_critical_score': 'maxTotalRawCriticalScore',
    }.items() %}
    cast({{ json_member('answers', member) }} as double) as {{ column }},
    {%- endfor %}
    cast({{ json_member('answers', 'anyFailedKillQuestions') }} as boolean) as has_failed_kill_question,
    {{ json_member('answers', 'comments') }} as comments,
    {{ json_member('answers', 'privateComments') }} as private_comments,
    {{ json_member('answers', 'agentComments') }} as agent_comments,
    {{ json_part('answers', 'questionGroupScores') }} as question_group_scores,
    _sdc_received_at as loaded_at
from latest
where _sdc_deleted_at is null
