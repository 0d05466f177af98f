{# How well do queues keep what they promise, day by day? Days are those of the zone `genesys_timezone`. #}
select
    local_date,
    queue_name,
    media_type,
    sum(offered_count) as offered,
    sum(answered_count) as answered,
    sum(abandoned_count) as abandoned,
    round(sum(answered_in_time_count) / nullif(sum(answered_count) + sum(abandoned_count), 0), 3) as service_level,
    round(sum(answered_wait_seconds) / nullif(sum(answered_count), 0), 1) as average_wait_seconds,
    round(sum(handle_seconds) / nullif(sum(handled_count), 0), 1) as average_handle_seconds
from {{ ref('prd_genesys_queue_intervals_v1') }}
group by local_date, queue_name, media_type
order by local_date, queue_name, media_type
