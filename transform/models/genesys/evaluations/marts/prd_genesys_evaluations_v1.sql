{# Grain: one row a version of an evaluation (evaluation_key). Scores, releases and names change late, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='evaluation_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_evaluation_facts_v1'), 'evaluation_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_evaluation_facts_v1'), 'evaluation_key') }}
