{# Grain: one row a missed call (call_key). A new call may answer any earlier one, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='call_key',
    post_hook="{{ delete_absent(this, ref('stg_comagic_missed_calls_v1'), 'call_key') }}",
  )
}}

{{ changed_rows(ref('stg_comagic_missed_calls_v1'), 'call_key') }}
