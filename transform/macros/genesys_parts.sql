{#
  The levels of a conversation, each as the common table expressions that a model starts with: conversations (changed ones
  only), participants, sessions. Every level is unfolded from the conversation itself, so no table keeps the JSON of another.
#}
{% macro genesys_participants(columns) -%}
  conversations as {{ inlined() }} (

    {{ changed_versions(ref('stg_genesys_conversations_v1'), 'conversation_key', 'loaded_at') | indent(4) }}

),

participants as {{ inlined() }} (

    {{ unfolded('conversations', 'participants', columns, ['conversation_key', 'account_id', 'conversation_id', 'loaded_at']) | indent(4) }}

)
{%- endmacro %}


{% macro genesys_sessions(columns) -%}
  {{ genesys_participants({'varchar': 'participantId purpose userId', 'json': 'sessions'}) }},

sessions as {{ inlined() }} (

    {{ unfolded('participants', 'sessions', columns, [
        'conversation_key', 'account_id', 'conversation_id', 'participantId', 'purpose', 'userId', 'loaded_at',
    ]) | indent(4) }}

)
{%- endmacro %}


{# The key of a session: ids of sessions are unique within their conversation's participant, and promised nowhere else. #}
{% macro genesys_session_key() -%}
  {{ merge_key(['conversation_key', 'participantId', 'sessionId']) }}
{%- endmacro %}


{# The table keeps the parts of a conversation, and is brought up to date conversation by conversation. #}
{% macro genesys_parts_config() -%}
  {{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='conversation_key',
    post_hook="{{ delete_outdated(this, ref('stg_genesys_conversations_v1'), 'conversation_key', 'loaded_at') }}",
  ) }}
{%- endmacro %}


{#
  The questions of a form or of an evaluation as common table expressions, the last of them `every`: one row a question, and
  one for each option of a multiple-select question, which is a question of its own to the vendor and follows its
  `parent_question_id` with an `option_number`.

  relation: what holds the questions; `keep` names those of its columns that are kept.
  questions: its JSON column with an array of them.
  options: the member of a question that holds its options.
  id: the member that identifies a question.
  members: type -> names of other members, separated by white space.
#}
{% macro genesys_questions(relation, questions, options, id, members, keep) -%}
  {%- set with_options = dict(members, json=(members.get('json', '') ~ ' ' ~ options)) -%}
  questions as (

    {{ unfolded(relation, questions, with_options, keep) | indent(4) }}

),

named as (

    select
        *,
        {{ id }} as parent_question_id,
        position as question_number
    from questions

),

options as (

    {{ unfolded('named', options, members, keep + ['parent_question_id', 'question_number']) | indent(4) }}

),

every as (

    {%- for relation in ['questions', 'options'] %}
    {%- set is_option = relation == 'options' %}
    select
        {{ keep | join(', ') }},
        {{ 'parent_question_id' if is_option else 'cast(null as varchar)' }} as parent_question_id,
        {{ 'question_number' if is_option else 'position' }} as question_number,
        {{ 'position' if is_option else 'cast(null as bigint)' }} as option_number,
        {%- for names in members.values() %}
        {{ names.split() | join(', ') }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ relation }}
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

)
{%- endmacro %}
