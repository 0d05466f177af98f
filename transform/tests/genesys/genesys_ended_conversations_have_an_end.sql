{#
  The end of a conversation must be there when the conversation is over, and only then: it is absent while a conversation goes
  on, for days with e-mails and messages, so `not_null` on the column would fail every day for good rows. Over is a conversation
  of which every segment has ended, the last of them more than a day before the newest in the table. The day is for what is
  under way: between a customer's leaving and a late wrap-up there may be no open segment either.
-#}
{{ config(tags=['genesys']) }}

select conversation_key, last_activity_at
from {{ ref('prd_genesys_conversations_v1') }}
where
    ended_at is null
    and open_segments_count = 0
    and {{ milliseconds_between('last_activity_at', '(select max(last_activity_at) from ' ~ ref('prd_genesys_conversations_v1') ~ ')') }} > 86400000
