-- Which campaigns bring calls, how many of these are lost, and what are the deals worth?
select
    campaign_id,
    max(campaign_name) as campaign_name,
    count(*) as calls,
    count(distinct person_id) as persons,
    count(*) filter (where is_lost) as lost_calls,
    count(sale_amount) as deals,
    sum(sale_amount) as sale_amount
from {{ ref('prd_comagic_calls_v1') }}
where campaign_id is not null
group by campaign_id
order by calls desc, campaign_id
