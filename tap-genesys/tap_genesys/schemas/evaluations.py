"""Quality evaluations as the listing gives them.

Fields: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (QualityApi, Evaluation).
"""

from __future__ import annotations

from tap_genesys.schemas.parts import (
    Schema,
    group,
    groups,
    number,
    open_group,
    open_groups,
    record,
    reference,
    references,
    text,
    texts,
    time,
    truth,
    whole,
)

_OPTION_SCORE: dict[str, Schema] = {
    "questionId": text("id of the question, or of the option of a multiple-select question"),
    "answerId": text("id of the answer; empty for a multiple-select question, whose ticks stand in its options"),
    "score": whole("points of the answer"),
    "markedNA": truth("whether the evaluator marked it as not applicable"),
    "systemMarkedNA": truth("whether the system did"),
    "assistedAnswerId": text("id of the answer that evaluation assistance proposed"),
    "failedKillQuestion": truth("whether the answer fails the whole form"),
    "comments": text("the evaluator's comment on the question"),
    "aiAnswer": group(
        "the answer that the vendor's AI proposed",
        {
            "answerId": text("id of the proposed answer"),
            "explanation": text("why it was proposed"),
            "failureType": text("why there is none"),
            "markedNotApplicable": truth("whether it was proposed as not applicable"),
        },
    ),
}

_QUESTION_SCORE: dict[str, Schema] = {
    **_OPTION_SCORE,
    "multipleSelectQuestionOptionScores": groups("one entry per option of a multiple-select question", _OPTION_SCORE),
}

_QUESTION_GROUP_SCORE: dict[str, Schema] = {
    "questionGroupId": text("id of the question group"),
    "totalScore": number("score of the group, weighted"),
    "maxTotalScore": number("most that could be reached, weighted"),
    "markedNA": truth("whether the evaluator marked the group as not applicable"),
    "systemMarkedNA": truth("whether the system did"),
    "totalCriticalScore": number("score of its critical questions, weighted"),
    "maxTotalCriticalScore": number("most that could be reached in them, weighted"),
    "totalNonCriticalScore": number("score of its other questions, weighted"),
    "maxTotalNonCriticalScore": number("most that could be reached in them, weighted"),
    "totalScoreUnweighted": number("points of the group"),
    "maxTotalScoreUnweighted": number("most points that could be reached"),
    "totalCriticalScoreUnweighted": number("points of its critical questions"),
    "maxTotalCriticalScoreUnweighted": number("most points that could be reached in them"),
    "totalNonCriticalScoreUnweighted": number("points of its other questions"),
    "maxTotalNonCriticalScoreUnweighted": number("most points that could be reached in them"),
    "questionScores": groups("one entry per question", _QUESTION_SCORE),
}

_ANSWERS: dict[str, Schema] = {
    "totalScore": number("score of the evaluation, per cent"),
    "totalCriticalScore": number("score of the critical questions, per cent"),
    "totalNonCriticalScore": number("score of the other questions, per cent"),
    "maxTotalRawScore": number("most points that could be reached"),
    "maxTotalRawCriticalScore": number("most points that could be reached in critical questions"),
    "questionGroupScores": groups("one entry per question group", _QUESTION_GROUP_SCORE),
    "anyFailedKillQuestions": truth("whether a question failed the whole form"),
    "comments": text("the evaluator's comment for all to see"),
    "privateComments": text("the evaluator's comment that the agent does not see"),
    "agentComments": text("the agent's comment"),
    "transcriptTopics": groups(
        "topics found in the transcript",
        {
            "id": text("topic id"),
            "name": text("topic name"),
            "topicPhrase": text("phrase that defines the topic"),
            "transcriptPhrase": text("phrase that was said"),
            "confidence": whole("how sure the recognition is, per cent"),
            "startTimeMilliseconds": whole("ms from the beginning of the recording"),
            "duration": open_group("how long it lasts"),
            "offset": open_group("where it begins"),
            "recordingLocation": whole("ms into the recording"),
        },
    ),
}

_STATUS_TEXT = "PENDING, INPROGRESS, FINISHED, INREVIEW, RETRACTED"

EVALUATION = record(
    ["id"],
    {
        "id": text("evaluation id; each version of a rescored evaluation has its own"),
        "name": text("name"),
        "conversation": reference("the evaluated conversation"),
        "evaluationForm": reference(
            "the form's version that was used",
            contextId=text("id that all versions of the form share"),
            published=truth("whether the version is published"),
            modifiedDate=time("when the version was made"),
        ),
        "evaluator": reference("who evaluates"),
        "agent": reference("who is evaluated"),
        "assignee": reference("to whom the evaluation is assigned"),
        "assigneeApplicable": truth("whether it can have an assignee"),
        "assigned": truth("whether it was assigned"),
        "status": text(_STATUS_TEXT),
        "answers": group("scores and comments", _ANSWERS),
        "agentHasRead": truth("whether the agent has read it"),
        "assignedDate": time("when it was assigned; the date by which evaluations are asked for"),
        "createdDate": time("when it was made"),
        "changedDate": time("when it was last changed"),
        "submittedDate": time("when it was submitted"),
        "releaseDate": time("when the agent may see it"),
        "revisionCreatedDate": time("when this version was made"),
        "dateAssigneeChanged": time("when the assignee last changed"),
        "conversationDate": time("beginning of the conversation"),
        "conversationEndDate": time("end of the conversation; absent if it was evaluated before"),
        "neverRelease": truth("whether the agent never sees it"),
        "queue": reference("queue of the conversation"),
        "mediaType": texts("media of the conversation: CALL, EMAIL, MESSAGE, …"),
        "divisionIds": texts("ids of the divisions it belongs to"),
        "rescore": truth("whether it was scored again"),
        "resourceId": text("id of the evaluated part of the conversation"),
        "resourceType": text("kind of that part: EMAIL"),
        "redacted": truth("whether this caller sees only little of it"),
        "agentTeam": reference("the agent's team"),
        "isScoringIndex": truth("whether it is the yardstick of a calibration"),
        "authorizedActions": texts("what this caller may do with it"),
        "hasAssistanceFailed": truth("whether evaluation assistance failed"),
        "evaluationSource": reference("what made it", type=text("Policy, User, Program, Unknown")),
        "disputeCount": whole("how often the agent disputed it"),
        "version": whole("version of the evaluation"),
        "versionHistory": group(
            "its versions",
            {
                "total": whole("how many there are"),
                "entities": references("the versions"),
                "selfUri": text("path of the list in the API"),
            },
        ),
        "declinedReview": truth("whether a review was declined"),
        "evaluationContextId": text("id that all versions of the evaluation share"),
        "retractedEvaluation": reference("the version that this one replaces"),
        "systemSubmitted": truth("whether the system submitted it"),
        "aiScoring": group(
            "scoring by the vendor's AI",
            {
                "failureType": text("why it failed"),
                "pending": truth("whether it is still to come"),
                "dateLastChanged": time("when it last changed"),
            },
        ),
        "calibration": reference(
            "the calibration it belongs to",
            calibrator=reference("who calibrates"),
            agent=reference("who is evaluated"),
            conversation=reference("the conversation"),
            evaluationForm=reference("the form's version"),
            contextId=text("id that all versions of the form share"),
            averageScore=whole("average score, per cent"),
            highScore=whole("highest score, per cent"),
            lowScore=whole("lowest score, per cent"),
            createdDate=time("when it was made"),
            evaluations=open_groups("its evaluations"),
            evaluators=references("its evaluators"),
            scoringIndex=open_group("the evaluation that is its yardstick"),
            expertEvaluator=reference("the expert among the evaluators"),
        ),
        "selfUri": text("path of the evaluation in the API"),
    },
)
