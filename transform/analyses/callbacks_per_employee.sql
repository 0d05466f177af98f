-- Who calls missed callers back, and how fast? How many were never reached? (The row without a name: nobody talked with them.)
select
    callback_employee_name,
    count(*) as missed_calls,
    count(callback_seconds) as called_back,
    avg(callback_seconds) as callback_seconds_avg,
    count(case when callback_seconds <= 900 then 1 end) as called_back_within_15_minutes,
    count(case when not is_called_back and first_attempt_at is null then 1 end) as nobody_tried
from {{ ref('prd_comagic_missed_calls_v1') }}
group by callback_employee_name
order by missed_calls desc, callback_employee_name
