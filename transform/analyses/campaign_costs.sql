-- What does a contact cost, by campaign, over all days that are loaded?
select
    site_domain,
    campaign_id,
    max(campaign_name) as campaign_name,
    currency,
    sum(spend) as spend,
    sum(visits_count) as visits,
    sum(contacts_count) as contacts,
    {{ as_amount('sum(spend) / nullif(sum(contacts_count), 0)') }} as cost_per_contact
from {{ ref('prd_comagic_campaign_days_v1') }}
where spend is not null
group by site_domain, campaign_id, currency
order by spend desc, campaign_id
