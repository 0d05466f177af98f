{#
  The id under which a person is known to product analytics: `comagic-person-<person_id>`. The prefix keeps ids of different
  sources apart and every id at the five characters that Amplitude asks for at least. With account labels it is
  `comagic-<account>-person-<person_id>`, because a person id belongs to its account.
#}
{% macro person_user_id() -%}
  'comagic-' || case when account_id = 'default' then '' else account_id || '-' end || 'person-' || cast(person_id as varchar)
{%- endmacro %}
