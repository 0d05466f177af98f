{# Grain: one row a group of questions in an evaluation (evaluation_group_key), with its scores. #}
{%- set scores = {
    'total_score': 'totalScore',
    'max_score': 'maxTotalScore',
    'total_critical_score': 'totalCriticalScore',
    'max_critical_score': 'maxTotalCriticalScore',
    'total_non_critical_score': 'totalNonCriticalScore',
    'max_non_critical_score': 'maxTotalNonCriticalScore',
    'total_points': 'totalScoreUnweighted',
    'max_points': 'maxTotalScoreUnweighted',
} -%}
with evaluations as (select * from {{ ref('stg_genesys_evaluations_v1') }}),

question_groups as (

    {{ unfolded('evaluations', 'question_group_scores', {
        'varchar': 'questionGroupId',
        'boolean': 'markedNA systemMarkedNA',
        'double': scores.values() | join(' '),
        'json': 'questionScores',
    }, ['evaluation_key', 'account_id', 'evaluation_id', 'form_id', 'loaded_at']) | indent(4) }}

)

select
    {{ merge_key(['evaluation_key', 'questionGroupId']) }} as evaluation_group_key,
    evaluation_key,
    account_id,
    evaluation_id,
    form_id,
    questionGroupId as question_group_id,
    position as group_number,
    markedNA as is_marked_na,
    systemMarkedNA as is_marked_na_by_system,
    {%- for column, member in scores.items() %}
    {{ member }} as {{ column }},
    {%- endfor %}
    questionScores as question_scores,
    loaded_at
from question_groups
