{#
  Grain: one row a contact and tag (contact_tag_key): who tagged a call, chat, offline message or goal with what, and when.
  Times inside nested values come with `T` and offset. A tag that a contact bears twice is taken as it was set last; one
  without an id is no tag.
#}
{%- set reports = [
  ('call', 'calls', 'id'), ('chat', 'chats', 'id'), ('offline_message', 'offline_messages', 'id'), ('goal', 'goals', 'communication_id'),
] %}

with contacts as (

    {% for kind, stream, key in reports %}
    select * from (

        with {{ landed_rows(source('raw_comagic', stream), [key], {
          'bigint': key, 'date': 'partition_date', 'json': 'tags',
        }) | indent(8) }}

        select
            account_label as account_id,
            '{{ kind }}' as contact_type,
            {{ key }} as contact_id,
            partition_date,
            tags,
            _sdc_received_at as loaded_at
        from latest
        where _sdc_deleted_at is null

    ) as {{ stream }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

members as (

    {{ members_of('contacts', json_objects('tags'), ['account_id', 'contact_type', 'contact_id', 'partition_date', 'loaded_at']) | indent(4) }}

),

tags as (

    select
        account_id,
        contact_type,
        contact_id,
        partition_date,
        loaded_at,
        position,
        cast({{ json_member('member', 'tag_id') }} as bigint) as tag_id,
        {{ json_member('member', 'tag_name') }} as tag_name,
        {{ json_member('member', 'tag_type') }} as tag_type,
        {{ instant_of_text(json_member('member', 'tag_change_time')) }} as tagged_at,
        cast({{ json_member('member', 'tag_user_id') }} as bigint) as user_id,
        {{ json_member('member', 'tag_user_login') }} as user_login,
        cast({{ json_member('member', 'tag_employee_id') }} as bigint) as employee_id,
        {{ json_member('member', 'tag_employee_full_name') }} as employee_name
    from members

)

{%- set in_order = ["case when tagged_at is null then 0 else 1 end", 'tagged_at', 'position'] %}

select
    {{ merge_key(['account_id', 'contact_type', 'contact_id', 'tag_id']) }} as contact_tag_key,
    account_id,
    contact_type,
    contact_id,
    partition_date,
    tag_id,
    {%- for column in ['tag_name', 'tag_type', 'tagged_at', 'user_id', 'user_login', 'employee_id', 'employee_name'] %}
    {{ value_at_last(column, in_order, 'tag_id') }} as {{ column }},
    {%- endfor %}
    loaded_at
from tags
where tag_id is not null
group by account_id, contact_type, contact_id, partition_date, tag_id, loaded_at
