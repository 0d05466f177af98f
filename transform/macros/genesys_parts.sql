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
