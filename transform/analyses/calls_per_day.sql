-- How many calls a day, how many of them lost, and how long people waited?
select
    partition_date,
    count(*) as calls,
    count(*) filter (where is_lost) as lost_calls,
    round(avg(wait_seconds), 1) as wait_seconds_avg,
    sum(talk_seconds) as talk_seconds
from {{ ref('prd_comagic_calls_v1') }}
group by partition_date
order by partition_date
