-- Who called, was lost every time, and should be called back?
select
    user_id,
    person_id,
    calls_count,
    first_contact_at,
    last_contact_at,
    last_campaign_name
from {{ ref('prd_contacts_profiles_v1') }}
where calls_count > 0 and lost_calls_count = calls_count
order by last_contact_at desc, user_id
