{#
  Grain: one row a version of an evaluation (evaluation_key), with names for ids: of the form's very version, and of people whether they are
  still there or not. A name that no list knows is null, its id stays.
#}
{%- set people = ['evaluator', 'agent', 'assignee'] -%}
with questions as (

    -- A multiple-select question counts once, not its options.
    select
        evaluation_key,
        count(*) as questions_count,
        count(case when is_marked_na then 1 end) as na_questions_count
    from {{ ref('stg_genesys_evaluation_questions_v1') }}
    where parent_question_id is null
    group by evaluation_key

)

select
    evaluations.evaluation_key,
    evaluations.account_id,
    evaluations.evaluation_id,
    evaluations.evaluation_context_id,
    evaluations.evaluation_version,
    evaluations.evaluation_status,
    upper(evaluations.evaluation_status) <> 'RETRACTED' as is_current,
    evaluations.retracted_evaluation_id,
    evaluations.conversation_id,
    evaluations.conversation_started_at,
    evaluations.conversation_ended_at,
    evaluations.media_types,
    evaluations.form_id,
    coalesce(forms.form_name, evaluations.form_name) as form_name,
    forms.form_context_id,
    forms.modified_at as form_modified_at,
    {%- for person in people %}
    evaluations.{{ person }}_id,
    {{ person }}s.user_name as {{ person }}_name,
    {%- endfor %}
    agents.user_state as agent_state,
    evaluations.queue_id,
    queues.queue_name,
    evaluations.assigned_at,
    evaluations.created_at,
    evaluations.changed_at,
    evaluations.submitted_at,
    evaluations.released_at,
    evaluations.is_never_released,
    evaluations.is_read_by_agent,
    evaluations.is_rescored,
    evaluations.is_redacted,
    evaluations.total_score,
    evaluations.total_critical_score,
    evaluations.total_non_critical_score,
    evaluations.has_failed_kill_question,
    coalesce(questions.questions_count, 0) as questions_count,
    coalesce(questions.na_questions_count, 0) as na_questions_count,
    evaluations.comments,
    evaluations.private_comments,
    evaluations.agent_comments,
    evaluations.disputes_count,
    evaluations.calibration_id,
    evaluations.source_type
from {{ ref('stg_genesys_evaluations_v1') }} as evaluations
left join questions on questions.evaluation_key = evaluations.evaluation_key
left join {{ ref('stg_genesys_evaluation_forms_v1') }} as forms
    on forms.account_id = evaluations.account_id and forms.form_id = evaluations.form_id
left join {{ ref('stg_genesys_queues_v1') }} as queues
    on queues.account_id = evaluations.account_id and queues.queue_id = evaluations.queue_id
{%- for person in people %}
left join {{ ref('stg_genesys_users_v1') }} as {{ person }}s
    on {{ person }}s.account_id = evaluations.account_id and {{ person }}s.user_id = evaluations.{{ person }}_id
{%- endfor %}
