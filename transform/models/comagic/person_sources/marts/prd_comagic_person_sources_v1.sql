{# Grain: one row a person (person_key), compared by content because an old visit may come late. #}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='person_key',
    post_hook="{{ delete_absent(this, ref('stg_comagic_person_sources_v1'), 'person_key') }}",
  )
}}

{{ changed_rows(ref('stg_comagic_person_sources_v1'), 'person_key') }}
