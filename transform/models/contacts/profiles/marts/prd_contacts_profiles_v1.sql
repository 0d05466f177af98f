{#
  Grain: one row a person (user_id).

  `profile_updated_at` is the high-water mark for reverse syncs. It moves when, and only when, the profile's content changes:
  the content is hashed, and a profile with the hash it had is not touched, however often its contacts were read again.
  Marks are all different and each run's lie above all earlier ones (one microsecond apart, from the start of the run or the
  greatest mark so far, whichever is later), so a reader that asks for `>= bookmark` gets the one row it has seen last and
  what changed since: nothing is lost when the clock is set back, and no crowd of equal marks is read again each time.

  A person whose contacts all moved to another one (the vendor merges persons) or vanished stays, with its counts at zero:
  otherwise the profile that was already sent would keep its old numbers for ever. A full refresh drops such rows and
  marks every profile as changed.
#}
{% set content = [
  'account_id', 'person_id', 'first_contact_at', 'first_contact_type', 'last_contact_at', 'last_contact_type', 'contacts_count',
  'calls_count', 'chats_count', 'offline_messages_count', 'lost_calls_count', 'talk_seconds_total', 'first_campaign_id',
  'first_campaign_name', 'last_campaign_id', 'last_campaign_name', 'city', 'device', 'tag_names',
] %}
{{
  config(
    schema='marts',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='user_id',
    post_hook="{{ log_calls_without_person(ref('prd_comagic_calls_v1')) }}",
  )
}}
-- depends_on: {{ ref('prd_comagic_calls_v1') }}

with profiles as (

    select * from {{ ref('stg_contacts_profiles_v1') }}

    {% if is_incremental() %}
    union all

    select
        user_id,
        source,
        account_id,
        person_id,
        first_contact_at,
        first_contact_type,
        last_contact_at,
        last_contact_type,
        0 as contacts_count,
        0 as calls_count,
        0 as chats_count,
        0 as offline_messages_count,
        0 as lost_calls_count,
        0 as talk_seconds_total,
        first_campaign_id,
        first_campaign_name,
        last_campaign_id,
        last_campaign_name,
        city,
        device,
        tag_names
    from {{ this }}
    where user_id not in (select user_id from {{ ref('stg_contacts_profiles_v1') }})
    {% endif %}

),

hashed as (

    select
        *,
        {{ content_hash(content) }} as content_hash
    from profiles

),

changed as (

    select hashed.*
    from hashed
    {% if is_incremental() %}
    left join {{ this }} as known using (user_id)
    where known.user_id is null or known.content_hash is distinct from hashed.content_hash
    {% endif %}

)

select
    *,
    {{ plus_microseconds(profile_clock(), 'row_number() over (order by last_contact_at, user_id)') }} as profile_updated_at
from changed
