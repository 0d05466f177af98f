{# Who was on queue for how long, and which share of that with a contact? #}
select
    user_name,
    count(*) as days_count,
    round(sum(presence_on_queue_seconds) / 3600, 1) as on_queue_hours,
    round(
        sum(routing_interacting_seconds + routing_communicating_seconds)
        / nullif(sum(routing_idle_seconds + routing_interacting_seconds + routing_communicating_seconds + routing_not_responding_seconds), 0),
        3
    ) as occupancy
from {{ ref('prd_genesys_agent_days_v1') }}
where presence_on_queue_seconds > 0
group by user_name
order by occupancy desc, user_name
