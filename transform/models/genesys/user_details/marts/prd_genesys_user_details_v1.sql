{# Grain: one row a status of a person (user_detail_key). A status that ran when it was read gets its end later, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='user_detail_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_user_details_v1'), 'user_detail_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_user_details_v1'), 'user_detail_key') }}
