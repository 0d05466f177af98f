{# Grain: one row a contact (contact_key), compared by content because contacts of three reports change late. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='contact_key',
    post_hook="{{ delete_absent(this, ref('stg_contacts_timeline_v1'), 'contact_key') }}",
  )
}}

{{ changed_rows(ref('stg_contacts_timeline_v1'), 'contact_key') }}
