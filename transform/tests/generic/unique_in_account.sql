{# Values that stand on several rows of one account. With a single account this is dbt's `unique`. #}
{% test unique_in_account(model, column_name) %}
select
    {{ account_label() }} as account,
    {{ column_name }},
    count(*) as times
from {{ model }}
where {{ column_name }} is not null
group by 1, 2
having count(*) > 1
{% endtest %}
