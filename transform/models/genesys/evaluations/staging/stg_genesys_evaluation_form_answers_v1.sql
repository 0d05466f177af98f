{#
  Grain: one row a possible answer to a question of a form (form_answer_key). The two answers of an option of a
  multiple-select question have no text; `Selected` and `Unselected` stand for it.
#}
with questions as (select * from {{ ref('stg_genesys_evaluation_form_questions_v1') }}),

answers as (

    {{ unfolded('questions', 'answer_options', {'varchar': 'id contextId text builtInType', 'bigint': 'value'}, [
        'form_key', 'account_id', 'form_id', 'question_id', 'loaded_at',
    ]) | indent(4) }}

)

select
    {{ merge_key(['form_key', 'question_id', 'id']) }} as form_answer_key,
    form_key,
    account_id,
    form_id,
    question_id,
    id as answer_id,
    contextId as answer_context_id,
    position as answer_number,
    coalesce(text, builtInType) as answer_text,
    value as points,
    loaded_at
from answers
