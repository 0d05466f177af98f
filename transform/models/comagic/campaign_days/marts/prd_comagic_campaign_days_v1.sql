{# Grain: one row a day, site and campaign (campaign_day_key), compared by content because the vendor corrects past days. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='campaign_day_key',
    post_hook="{{ delete_absent(this, ref('stg_comagic_campaign_days_v1'), 'campaign_day_key') }}",
  )
}}

{{ changed_rows(ref('stg_comagic_campaign_days_v1'), 'campaign_day_key') }}
