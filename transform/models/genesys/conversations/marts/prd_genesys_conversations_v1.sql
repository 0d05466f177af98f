{# Grain: one row a conversation (conversation_key). Late changes come in whatever their age, also those of names, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='conversation_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_conversation_facts_v1'), 'conversation_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_conversation_facts_v1'), 'conversation_key') }}
