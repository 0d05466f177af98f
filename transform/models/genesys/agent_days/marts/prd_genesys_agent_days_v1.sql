{# Grain: one row a person and local day (agent_day_key). A status that ends late adds to days before, so rows are compared by content. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='agent_day_key',
    post_hook="{{ delete_absent(this, ref('stg_genesys_agent_days_v1'), 'agent_day_key') }}",
  )
}}

{{ changed_rows(ref('stg_genesys_agent_days_v1'), 'agent_day_key') }}
