{# On which questions are points lost most often? A question counts over all versions of its form. #}
select
    question_context_id,
    max(question_text) as question_text,
    count(*) as times_asked,
    round(avg(points / nullif(most_points, 0)), 3) as share_of_points,
    count(case when is_failed_kill_question then 1 end) as forms_failed
from {{ ref('prd_genesys_evaluation_answers_v1') }}
where parent_question_id is null and points is not null
group by question_context_id
order by share_of_points, question_context_id
