{#
  Grain: one row a question answered in an evaluation (evaluation_answer_key), with the words of the form's version that it was
  made on. Where that version is not loaded, the words are null and the ids and points stay.
#}
select
    questions.evaluation_question_key as evaluation_answer_key,
    questions.evaluation_key,
    questions.account_id,
    questions.evaluation_id,
    evaluations.conversation_id,
    evaluations.agent_id,
    evaluations.submitted_at,
    questions.form_id,
    questions.question_group_id,
    form_questions.question_group_name,
    questions.question_id,
    form_questions.question_context_id,
    questions.parent_question_id,
    questions.group_number,
    questions.question_number,
    questions.option_number,
    form_questions.question_text,
    form_questions.question_type,
    form_questions.is_kill,
    form_questions.is_critical,
    questions.answer_id,
    form_answers.answer_text,
    questions.points,
    form_questions.most_points,
    questions.is_marked_na,
    questions.is_failed_kill_question,
    questions.comments
from {{ ref('stg_genesys_evaluation_questions_v1') }} as questions
join {{ ref('stg_genesys_evaluations_v1') }} as evaluations on evaluations.evaluation_key = questions.evaluation_key
left join {{ ref('stg_genesys_evaluation_form_questions_v1') }} as form_questions
    on form_questions.account_id = questions.account_id
    and form_questions.form_id = questions.form_id
    and form_questions.question_id = questions.question_id
left join {{ ref('stg_genesys_evaluation_form_answers_v1') }} as form_answers
    on form_answers.account_id = questions.account_id
    and form_answers.form_id = questions.form_id
    and form_answers.question_id = questions.question_id
    and form_answers.answer_id = questions.answer_id
