{# Grain: one row a question answered in an evaluation (evaluation_answer_key). A rescored evaluation changes its answers, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='evaluation_answer_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_evaluation_answers_v1'), 'evaluation_answer_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_evaluation_answers_v1'), 'evaluation_answer_key') }}
