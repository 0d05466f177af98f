{#
  Grain: one row a metric of a session (metric_key). Names that begin with `n` are counts, with `t` milliseconds, with `o`
  observations. A name repeats in a session (one `tAcw` for each wrap-up) and may do so at one instant, so the key is the
  session, the name, the instant, and an ordinal that breaks the tie.
#}
{{ genesys_parts_config() }}

with {{ genesys_sessions({'varchar': 'sessionId mediaType', 'json': 'metrics'}) }},

keyed as {{ inlined() }} (

    select
        *,
        {{ genesys_session_key() }} as session_key
    from sessions

),

metrics as {{ inlined() }} (

    {{ unfolded('keyed', 'metrics', {
        'varchar': 'name',
        'timestamp with time zone': 'emitDate',
        'bigint': 'value',
    }, [
        'session_key', 'conversation_key', 'account_id', 'conversation_id', 'participantId', 'purpose', 'userId', 'sessionId',
        'mediaType', 'loaded_at',
    ]) | indent(4) }}

),

numbered as (

    select
        *,
        row_number() over (partition by session_key, name, emitDate order by position) as ordinal
    from metrics

)

select
    {{ merge_key(['session_key', 'name', epoch_milliseconds('emitDate'), 'ordinal']) }} as metric_key,
    session_key,
    conversation_key,
    account_id,
    conversation_id,
    participantId as participant_id,
    purpose,
    userId as user_id,
    sessionId as session_id,
    mediaType as media_type,
    name as metric_name,
    emitDate as emitted_at,
    ordinal,
    value as metric_value,
    loaded_at
from numbered
