{#
  Grain: one row a question of an evaluation (evaluation_question_key), the options of a multiple-select question included: each of
  them is a question of its own to the vendor, named by parent_question_id, while the question that holds them has no answer.
#}
{%- set members = {
  'varchar': 'questionId answerId comments assistedAnswerId',
  'bigint': 'score',
  'boolean': 'markedNA systemMarkedNA failedKillQuestion',
} -%}
{%- set keep = ['evaluation_key', 'account_id', 'evaluation_id', 'form_id', 'question_group_id', 'group_number', 'loaded_at'] -%}

with question_groups as (select * from {{ ref('stg_genesys_evaluation_question_groups_v1') }}),

{{ genesys_questions(
    'question_groups', 'question_scores', 'multipleSelectQuestionOptionScores', 'questionId', members, keep,
) }}

select
    {{ merge_key(['evaluation_key', 'questionId']) }} as evaluation_question_key,
    evaluation_key,
    account_id,
    evaluation_id,
    form_id,
    question_group_id,
    group_number,
    questionId as question_id,
    parent_question_id,
    question_number,
    option_number,
    nullif(answerId, '') as answer_id,
    score as points,
    markedNA as is_marked_na,
    systemMarkedNA as is_marked_na_by_system,
    failedKillQuestion as is_failed_kill_question,
    nullif(assistedAnswerId, '') as assisted_answer_id,
    comments,
    loaded_at
from every
