"""The answers of an evaluation and what they score.

Structure: EvaluationScoringSet of https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/.
"""

from __future__ import annotations

import typing as t

from sandbox.dice import below, chance, pick, throw
from sandbox.genesys.examples import Row


def answers(groups: t.Sequence[Row], name: tuple[t.Any, ...]) -> Row:
    """The whole scoring set, its answers left to chance by a name."""
    scored = [_group(group, name) for group in groups]
    most = sum(group["maxTotalScore"] for group in scored) or 1
    critical = sum(group["maxTotalCriticalScore"] for group in scored) or 1
    other = sum(group["maxTotalNonCriticalScore"] for group in scored) or 1
    killed = any(score.get("failedKillQuestion") for group in scored for score in group["questionScores"])
    total = 0.0 if killed else _share(sum(group["totalScore"] for group in scored), most)
    return {
        "totalScore": total,
        "totalCriticalScore": _share(sum(group["totalCriticalScore"] for group in scored), critical),
        "totalNonCriticalScore": _share(sum(group["totalNonCriticalScore"] for group in scored), other),
        "questionGroupScores": scored,
        "anyFailedKillQuestions": killed,
        "comments": f"Overall comment {below(throw('comment', *name)[0], 1000)}",
    }


def _share(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)


def _group(group: Row, name: tuple[t.Any, ...]) -> Row:
    scores = [_question(question, name) for question in group["questions"]]
    flags = [bool(question.get("isCritical")) for question in group["questions"]]
    most = [
        0 if score["markedNA"] else _most(question) for score, question in zip(scores, group["questions"], strict=True)
    ]
    got = [score.get("score", 0) for score in scores]
    row: Row = {"questionGroupId": group["id"], "markedNA": False, "systemMarkedNA": False}
    for suffix, wanted in (("", {True, False}), ("Critical", {True}), ("NonCritical", {False})):
        part = sum(value for value, flag in zip(got, flags, strict=True) if flag in wanted)
        whole = sum(value for value, flag in zip(most, flags, strict=True) if flag in wanted)
        weight = group["weight"] * whole / (sum(most) or 1)
        row |= {
            f"total{suffix}Score": round(weight * part / (whole or 1), 2),
            f"maxTotal{suffix}Score": round(weight, 2),
            f"total{suffix}ScoreUnweighted": float(part),
            f"maxTotal{suffix}ScoreUnweighted": float(whole),
        }
    return row | {"questionScores": scores}


def _most(question: Row) -> int:
    best: int = max((option["value"] for option in question.get("answerOptions", ())), default=0)
    return best + sum(_most(tick) for tick in question.get("multipleSelectOptionQuestions", ()))


def _question(question: Row, name: tuple[t.Any, ...]) -> Row:
    dice = throw("answer", question["id"], *name)
    row: Row = {"questionId": question["id"], "markedNA": False, "systemMarkedNA": False}
    if question["type"] == "freeTextQuestion":
        return row | {"answerId": "", "comments": f"Free text {below(dice[0], 1000)}"}
    if question["type"] == "multipleSelectQuestion":
        ticks = [_question(tick, name) for tick in question["multipleSelectOptionQuestions"]]
        score = sum(tick["score"] for tick in ticks)
        return row | {"answerId": "", "score": score, "multipleSelectQuestionOptionScores": ticks}
    if question.get("naEnabled") and chance(dice[1], 10):
        return row | {"markedNA": True}
    options = question["answerOptions"]
    option = options[0] if chance(dice[2], 60) else pick(dice[3], options)
    row |= {"answerId": option["id"], "score": option["value"]}
    if question.get("isKill"):
        row["failedKillQuestion"] = option["value"] == 0
    if chance(dice[4], 25):
        row["comments"] = f"Comment {below(dice[5], 1000)}"
    return row
