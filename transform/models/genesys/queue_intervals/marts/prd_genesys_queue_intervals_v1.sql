{# Grain: one row a queue, medium and interval (queue_interval_key). Conversations change late, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='queue_interval_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_queue_intervals_v1'), 'queue_interval_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_queue_intervals_v1'), 'queue_interval_key') }}
