{#
  Grain: one row a question of a form's version (form_question_key), the options of a multiple-select question included, as in
  stg_genesys_evaluation_questions_v1. `most_points` is the most that its answers can give; for a multiple-select question, all
  options together.
#}
{%- set members = {
  'varchar': 'id contextId text helpText type',
  'boolean': 'naEnabled commentsRequired isKill isCritical',
  'json': 'answerOptions',
} -%}
{%- set keep = ['form_key', 'account_id', 'form_id', 'loaded_at'] -%}
{%- set keep_group = keep + ['question_group_id', 'question_group_name', 'question_group_weight', 'group_number'] -%}

with forms as (select * from {{ ref('stg_genesys_evaluation_forms_v1') }}),

question_groups as (

    {{ unfolded('forms', 'question_groups', {'varchar': 'id name', 'double': 'weight', 'json': 'questions'}, keep) | indent(4) }}

),

named_groups as (

    select
        {{ keep | join(', ') }},
        id as question_group_id,
        name as question_group_name,
        weight as question_group_weight,
        position as group_number,
        questions
    from question_groups

),

{{ genesys_questions('named_groups', 'questions', 'multipleSelectOptionQuestions', 'id', members, keep_group) }},

answers as (

    {{ unfolded('every', 'answerOptions', {'bigint': 'value'}, ['form_key', 'id', 'parent_question_id']) | indent(4) }}

),

-- The most points of each question that has answers, then of each that has options.
own_points as (

    select
        form_key,
        id,
        parent_question_id,
        max(value) as most_points
    from answers
    group by form_key, id, parent_question_id

),

most_points as (

    select form_key, id, most_points
    from own_points
    union all
    select form_key, parent_question_id as id, cast(sum(most_points) as bigint) as most_points
    from own_points
    where parent_question_id is not null
    group by form_key, parent_question_id

)

select
    {{ merge_key(['every.form_key', 'every.id']) }} as form_question_key,
    every.form_key,
    every.account_id,
    every.form_id,
    every.question_group_id,
    every.question_group_name,
    every.question_group_weight,
    every.group_number,
    every.id as question_id,
    every.contextId as question_context_id,
    every.parent_question_id,
    every.question_number,
    every.option_number,
    every.text as question_text,
    every.helpText as help_text,
    every.type as question_type,
    every.naEnabled as is_na_allowed,
    every.commentsRequired as is_comment_required,
    every.isKill as is_kill,
    every.isCritical as is_critical,
    most_points.most_points,
    every.answerOptions as answer_options,
    every.loaded_at
from every
left join most_points on most_points.form_key = every.form_key and most_points.id = every.id
