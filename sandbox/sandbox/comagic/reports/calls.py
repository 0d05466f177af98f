"""A call session as the row that the vendor would show at a given instant."""

# the vendor's own words, and the account's, are Russian
from __future__ import annotations

import functools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.contact import MINUTE_MS
from sandbox.comagic.life.zone import SECOND_MS, wall_text
from sandbox.comagic.reports.blocks import Moment, contact_blocks, documented
from sandbox.dice import below, between, chance, pick

Row = dict[str, t.Any]

METHOD: t.Final = "get.calls_report"
MEDIA: t.Final = "https://media.example.test"
LOST_REASONS: t.Final = ("operator_not_responsible", "subscriber_disconnects", "timeout", "no_success_operator_call")
END_REASONS: t.Final = ("subscriber_disconnects", "operator_disconnects", "success_finish")


def call_row(call: Call, moment: Moment) -> Row:
    """All documented fields of a call, those that are not known yet as null or empty."""
    if call.sample:
        return documented(METHOD, call.wall)
    return {
        **contact_blocks(call, moment),
        **call.person.region,
        **call.person.contact,
        **_session(call, moment),
        **_ways(call),
        **_people(call),
        **_recordings(call, moment),
        **_processing(call, moment),
    }


def _session(call: Call, moment: Moment) -> Row:
    over = moment.has_come(call.finish)
    lost = not call.answered
    return {
        "id": call.number,
        "communication_id": call.number,
        "communication_type": "call",
        "start_time": wall_text(call.wall),
        "finish_time": moment.text(call.finish),
        "finish_reason": finish_reason(call) if over else None,
        "direction": "in" if call.inbound else "out",
        "is_lost": lost if over else False,
        "is_transfer": call.second is not None,
        "virtual_phone_number": virtual_number(call),
        "wait_duration": call.wait if over else None,
        "total_wait_duration": call.wait + call.hold if over else None,
        "talk_duration": call.talk if over else None,
        "clean_talk_duration": call.talk - call.hold if over else None,
        "total_duration": call.total if over else None,
        "postprocess_duration": below(call.dice[2], 40) if over and call.answered else 0,
        "source": source(call),
    }


def finish_reason(call: Call) -> str:
    """Why it ended."""
    return pick(call.dice[1], END_REASONS if call.answered else LOST_REASONS)


def virtual_number(call: Call) -> str:
    """The account's number that was called or shown."""
    return catalog.virtual_number(call.campaign or 0)


def source(call: Call) -> str:
    """Where it came from."""
    if not call.inbound:
        return "callapi" if chance(call.dice[3], 30) else "va"
    if call.campaign is None:
        return "va"
    return "sitephone" if chance(call.dice[4], 8) else pick(call.dice[5], ("dynamic_call_tracking", "call_tracking"))


def _ways(call: Call) -> Row:
    dice = call.dice
    scenario = pick(dice[6], catalog.SCENARIOS)
    api = not call.inbound and chance(dice[3], 30)
    return {
        "scenario_id": scenario[0] if call.inbound else None,
        "scenario_name": scenario[1] if call.inbound else None,
        "scenario_operations": [{"name": "Распределение", "id": 51001}] if call.inbound else [],
        "auto_call_campaign_name": "Обзвон базы" if not call.inbound and chance(dice[9], 20) else None,
        "call_api_request_id": 640_000_000 + dice[10] % 1_000_000 if api else None,
        "call_api_external_id": f"crm-{dice[11]:08x}" if api else None,
        "ext_id": f"ext-{dice[12]}" if chance(dice[13], 3) else None,
        "properties": "Перезвоните, пожалуйста" if chance(dice[14], 4) else None,
    }


def _people(call: Call) -> Row:
    first = call.employee if call.answered else None
    last = call.second if call.second is not None else first
    rung = [call.employee] if call.second is None else [call.employee, call.second]
    row: Row = {
        "employees": [_participant(index, call.answered) for index in rung],
        "operator_phone_number": catalog.employee_phone(last) if last is not None else None,
        "last_answered_employee_rating": rating(call),
    }
    for role, index in (("first", first), ("last", last)):
        for verb in ("answered", "talked"):
            row[f"{role}_{verb}_employee_id"] = None if index is None else catalog.employee_id(index)
            row[f"{role}_{verb}_employee_full_name"] = None if index is None else catalog.employee_name(index)
    return row


@functools.cache
def _participant(index: int, answered: bool) -> Row:
    return {
        "employee_id": catalog.employee_id(index),
        "employee_full_name": catalog.employee_name(index),
        "is_answered": answered,
        "is_talked": answered,
    }


def rating(call: Call) -> int | None:
    """The subscriber's mark for the employee."""
    return between(call.dice[15], 1, 5) if call.answered and chance(call.dice[14], 90) else None


def _recordings(call: Call, moment: Moment) -> Row:
    ready = moment.has_come(call.recorded_at)
    legs = (1 if call.second is None else 2) if ready else 0
    mail = not call.answered and moment.has_come(call.finish + MINUTE_MS) and chance(call.dice[13], 15)
    records = [record(call, talk) for talk in range(legs)]
    return {
        "call_records": records,
        "wav_call_records": [record(call, talk + 2) for talk in range(legs)],
        "full_record_file_link": f"{MEDIA}/{call.number}/{records[0]}" if records else None,
        "voice_mail_records": [record(call, 4)] if mail else [],
    }


def record(call: Call, number: int) -> str:
    """The id of one of its recordings: talks as MP3, the same as WAV two further on, voice mail as the fifth."""
    dice = call.dice
    return f"{dice[0]:08x}{dice[1]:08x}{dice[2]:08x}{(dice[3] + number) % (1 << 32):08x}"


def _processing(call: Call, moment: Moment) -> Row:
    """How long a lost call waited for a successful one."""
    made_good = call.processed if moment.has_come(call.processed) else None
    return {"lost_call_processing_duration": None if made_good is None else (made_good - call.utc) // SECOND_MS}
