{#
  Grain: one row a missed call (call_key): an incoming call that ended without an answer. Beside it stand the first call
  afterwards in which somebody of the account talked with that person (the call-back), and the first outgoing call
  afterwards, answered or not (the attempt).

  "That person" is whoever has the same person id or the same telephone number in the same account. The call-back may have
  either direction: a person who calls again and is answered needs no call any more; `callback_direction` tells them apart.
  "Afterwards" goes by the start of both calls, and within one second, which is as exact as the vendor is, a missed call is
  taken to be the earlier one: somebody who was missed on one line and answered on another was answered. A call that
  started before the missed one is none, even if it went on longer: the person was already talking then. A call that goes on
  is none yet.
  One call-back answers every missed call before it. Seconds are counted from the end of the missed call, when it was known
  to be missed, to the start of the other; 0 where they overlap.
#}

with calls as {{ inlined() }} (

    select
        *,
        coalesce(direction = 'in' and is_lost, false) as is_missed,
        coalesce(not is_lost, false) as is_answered,
        coalesce(direction = 'out', false) as is_attempt,
        {{ phone_digits('contact_phone_number') }} as phone_digits
    from {{ ref('prd_comagic_calls_v1') }}

),

identified as (

    select
        call_key, account_id, call_id, started_at, is_missed, is_answered, is_attempt,
        'person' as identified_by,
        cast(person_id as varchar) as identity
    from calls
    where person_id is not null

    union all

    select call_key, account_id, call_id, started_at, is_missed, is_answered, is_attempt, 'number', phone_digits
    from calls
    where phone_digits is not null

),

followed as (

    {%- set line = ['account_id', 'identified_by', 'identity'] %}
    {%- set in_time = ['started_at', 'case when is_missed then 0 else 1 end', 'call_id'] %}
    select
        call_key,
        is_missed,
        {{ first_after('call_key', 'is_answered', line, in_time) }} as callback_call_key,
        {{ first_after('call_key', 'is_attempt', line, in_time) }} as attempt_call_key
    from identified

),

answers as (

    select
        followed.call_key,
        {{ value_at_first('calls.call_key', ['calls.started_at', 'calls.call_id'], 'calls.call_key') }} as callback_call_key
    from followed
    join calls on calls.call_key = followed.callback_call_key
    where followed.is_missed
    group by followed.call_key

),

attempts as (

    select
        followed.call_key,
        {{ value_at_first('calls.call_key', ['calls.started_at', 'calls.call_id'], 'calls.call_key') }} as attempt_call_key
    from followed
    join calls on calls.call_key = followed.attempt_call_key
    where followed.is_missed
    group by followed.call_key

)

select
    missed.call_key,
    missed.account_id,
    missed.call_id,
    missed.partition_date,
    missed.started_at as missed_at,
    missed.finished_at as given_up_at,
    missed.total_seconds as waited_seconds,
    missed.contact_phone_number,
    missed.contact_full_name,
    missed.person_id,
    missed.virtual_phone_number,
    missed.scenario_name,
    missed.rung_employee_names,
    missed.site_id,
    missed.site_domain,
    missed.campaign_id,
    missed.campaign_name,
    missed.channel,

    attempt.call_key as first_attempt_call_key,
    attempt.started_at as first_attempt_at,
    {{ seconds_until('missed.finished_at', 'attempt.started_at') }} as first_attempt_seconds,

    callback.call_key is not null as is_called_back,
    callback.call_key as callback_call_key,
    callback.started_at as called_back_at,
    {{ seconds_until('missed.finished_at', 'callback.started_at') }} as callback_seconds,
    callback.direction as callback_direction,
    {%- for part in ['id', 'name'] %}
    case
        when callback.first_talked_employee_id is not null then callback.first_talked_employee_{{ part }}
        when callback.first_answered_employee_id is not null then callback.first_answered_employee_{{ part }}
        else {{ first_member('callback.talked_employee_' ~ part ~ 's') }}
    end as callback_employee_{{ part }},
    {%- endfor %}
    missed.callback_after_seconds as vendor_callback_seconds
from calls as missed
left join attempts on attempts.call_key = missed.call_key
left join calls as attempt on attempt.call_key = attempts.attempt_call_key
left join answers on answers.call_key = missed.call_key
left join calls as callback on callback.call_key = answers.callback_call_key
where missed.is_missed
