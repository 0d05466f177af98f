-- Which channel brought people first, and through which did those who made contact come last?
select
    first_channel,
    last_channel,
    count(*) as persons,
    count(first_contact_at) as persons_who_made_contact,
    sum(calls_count + chats_count + offline_messages_count) as contacts
from {{ ref('prd_comagic_person_sources_v1') }}
where first_touch_at is not null
group by first_channel, last_channel
order by persons desc, first_channel, last_channel
