"""Evaluation forms: published versions with their questions.

Fields: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (QualityApi, EvaluationFormResponse).
"""

from __future__ import annotations

import typing as t

from tap_genesys.schemas.parts import (
    Schema,
    group,
    groups,
    number,
    open_group,
    record,
    reference,
    text,
    texts,
    time,
    truth,
    whole,
)

_VISIBILITY = group(
    "when the part is shown",
    {
        "combiningOperation": text("AND or OR"),
        "predicates": texts("answers it depends on, such as /form/questionGroup/0/question/1/answer/0, from zero"),
    },
)

_ANSWER_OPTION: dict[str, Schema] = {
    "id": text("answer id; new in each version"),
    "contextId": text("id that all versions of the answer share"),
    "builtInType": text("Selected or Unselected, for options of multiple-select questions"),
    "text": text("the answer"),
    "value": whole("points of the answer"),
    "assistanceConditions": groups(
        "when evaluation assistance proposes it",
        {"operator": text("EXISTS or NOTEXISTS"), "topicIds": texts("ids of the topics")},
    ),
}


def _question(**more: Schema) -> dict[str, Schema]:
    return {
        "id": text("question id; new in each version"),
        "contextId": text("id that all versions of the question share"),
        "text": text("the question"),
        "helpText": text("help for the evaluator"),
        "type": text("multipleChoiceQuestion, multipleSelectQuestion, freeTextQuestion, npsQuestion, …"),
        "naEnabled": truth("whether it may be marked as not applicable"),
        "commentsRequired": truth("whether a comment is required"),
        "visibilityCondition": _VISIBILITY,
        "answerOptions": groups("possible answers", _ANSWER_OPTION),
        "defaultAnswer": group(
            "the answer that is set from the beginning",
            {"id": text("id of the answer"), "notApplicable": truth("whether it is: not applicable")},
        ),
        "automatedScoringFocus": text("FullInteraction or EvaluatedAgent"),
        "isKill": truth("whether a wrong answer fails the whole form"),
        "isCritical": truth("whether the question is critical"),
        **more,
    }


_QUESTION_GROUP: dict[str, Schema] = {
    "id": text("question group id; new in each version"),
    "contextId": text("id that all versions of the group share"),
    "name": text("title of the group"),
    "type": text("kind of the group"),
    "defaultAnswersToHighest": truth("whether answers begin at the highest score"),
    "defaultAnswersToNA": truth("whether answers begin as not applicable"),
    "defaultAnswersTo": group(
        "how answers begin",
        {
            "highestScore": truth("at the highest score"),
            "lowestScore": truth("at the lowest score"),
            "notApplicable": truth("as not applicable"),
            "userDefined": truth("as each question says"),
        },
    ),
    "naEnabled": truth("whether the group may be marked as not applicable"),
    "weight": number("weight of the group, per cent"),
    "manualWeight": truth("whether the weight was set by hand"),
    "questions": groups(
        "the questions",
        _question(multipleSelectOptionQuestions=groups("options of a multiple-select question", _question())),
    ),
    "visibilityCondition": _VISIBILITY,
}

_FIELDS: t.Mapping[str, Schema] = {
    "id": text("id of the form's version"),
    "name": text("title"),
    "division": reference("division of the form"),
    "modifiedDate": time("when the version was made"),
    "published": truth("true for every record of this stream"),
    "contextId": text("id that all versions of the form share"),
    "questionGroups": groups("groups of questions", _QUESTION_GROUP),
    "weightMode": text("SCALED or OFF"),
    "evaluationSettings": group(
        "how evaluations with this form go",
        {
            "revisionsEnabled": truth("whether rescoring makes a new version of an evaluation"),
            "disputesEnabled": truth("whether agents may dispute"),
            "disputesAllowedPerEvaluation": whole("how often"),
            "disputesAssignees": groups(
                "who handles disputes",
                {"type": text("kind of the assignee"), "user": reference("the user, where one is named")},
            ),
        },
    ),
    "latestVersionFormName": text("title of the newest version"),
    "aiScoring": open_group("settings of scoring by the vendor's AI"),
    "dialect": text("language of the form"),
    "selfUri": text("path of the form in the API"),
}

EVALUATION_FORM = record(["id"], _FIELDS)
