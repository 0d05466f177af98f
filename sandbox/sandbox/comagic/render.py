"""A call session as the row that the vendor would show at a given instant."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import datetime as dt
import functools
import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.call import MINUTE_MS, Call, Tagging
from sandbox.comagic.dice import below, between, chance, pick
from sandbox.comagic.fields import example_rows, examples, fields_of
from sandbox.comagic.person import FIRST_SESSION_ID
from sandbox.comagic.world import wall_of_text
from sandbox.comagic.zone import DAY_MS, SECOND_MS, Zone, wall_text

Row = dict[str, t.Any]

METHOD: t.Final = "get.calls_report"
EXTRA: t.Final = "hold_duration"
MEDIA: t.Final = "https://media.example.test"
ARRAYS: t.Final = tuple(field.name for field in fields_of(METHOD).values() if field.type == "array")
LOST_REASONS: t.Final = ("operator_not_responsible", "subscriber_disconnects", "timeout", "no_success_operator_call")
END_REASONS: t.Final = ("subscriber_disconnects", "operator_disconnects", "success_finish")


def render(call: Call, now: int, zone: Zone) -> Row:
    """All documented fields of a call, those that are not known yet as null or empty."""
    if call.sample:
        return _sample(call)
    return {
        **(catalog.no_traffic() if call.campaign is None else catalog.traffic(call.campaign)),
        **call.person.visitor,
        **call.person.region,
        **call.person.contact,
        **_session(call, now, zone),
        **_contact(call),
        **_people(call),
        **_recordings(call, now),
        **_known_later(call, now, zone),
    }


def _session(call: Call, now: int, zone: Zone) -> Row:
    over = now >= call.finish
    lost = not call.answered
    return {
        "id": call.number,
        "communication_id": call.number,
        "communication_type": "call",
        "start_time": wall_text(call.wall),
        "finish_time": wall_text(zone.wall(call.finish)) if over else None,
        "finish_reason": pick(call.dice[1], LOST_REASONS if lost else END_REASONS) if over else None,
        "direction": "in" if call.inbound else "out",
        "is_lost": lost if over else False,
        "is_transfer": call.second is not None,
        "virtual_phone_number": f"70000000{101 + (call.campaign or 0)}",
        "wait_duration": call.wait if over else None,
        "total_wait_duration": call.wait + call.hold if over else None,
        "talk_duration": call.talk if over else None,
        "clean_talk_duration": call.talk - call.hold if over else None,
        "total_duration": call.total if over else None,
        "postprocess_duration": below(call.dice[2], 40) if over and call.answered else 0,
        "source": _source(call),
    }


def _source(call: Call) -> str:
    if not call.inbound:
        return "callapi" if chance(call.dice[3], 30) else "va"
    if call.campaign is None:
        return "va"
    return "sitephone" if chance(call.dice[4], 8) else pick(call.dice[5], ("dynamic_call_tracking", "call_tracking"))


def _contact(call: Call) -> Row:
    tracked, dice = call.campaign is not None, call.dice
    scenario = pick(dice[6], catalog.SCENARIOS)
    api = not call.inbound and chance(dice[3], 30)
    domain = catalog.campaign_site(call.campaign)[1] if call.campaign is not None else None
    visits = call.ordinal + below(dice[7], 3)
    return {
        "communication_number": call.ordinal if tracked else None,
        "communication_page_url": f"https://{domain}/contacts" if tracked else None,
        "visit_other_campaign": tracked and call.campaign != call.person.campaign,
        "visitor_type": _visitor_type(call) if tracked else "Не заполнен",
        "visitor_session_id": FIRST_SESSION_ID + 1 + dice[8] if tracked else None,
        "visits_count": visits if tracked else None,
        "scenario_id": scenario[0] if call.inbound else None,
        "scenario_name": scenario[1] if call.inbound else None,
        "scenario_operations": [{"name": "Распределение", "id": 51001}] if call.inbound else [],
        "auto_call_campaign_name": "Обзвон базы" if not call.inbound and chance(dice[9], 20) else None,
        "call_api_request_id": 640_000_000 + dice[10] % 1_000_000 if api else None,
        "call_api_external_id": f"crm-{dice[11]:08x}" if api else None,
        "attributes": _attributes(call),
        "ext_id": f"ext-{dice[12]}" if chance(dice[13], 3) else None,
        "properties": "Перезвоните, пожалуйста" if chance(dice[14], 4) else None,
    }


def _visitor_type(call: Call) -> str:
    return "Новый" if call.ordinal == 1 else "Вернувшийся"


def _attributes(call: Call) -> list[str]:
    if call.campaign is None:
        return []
    found = ["primary" if call.ordinal == 1 else "secondary"]
    if not call.answered:
        return [*found, "lost"]
    return [*found, "target", "quality"] if call.talk > 60 else [*found, "off-target"]  # noqa: PLR2004  # seconds


def _people(call: Call) -> Row:
    first = call.employee if call.answered else None
    last = call.second if call.second is not None else first
    rung = [call.employee] if call.second is None else [call.employee, call.second]
    rating = between(call.dice[15], 1, 5) if first is not None and chance(call.dice[14], 90) else None
    row: Row = {
        "employees": [_participant(index, call.answered) for index in rung],
        "operator_phone_number": catalog.employee_phone(last) if last is not None else None,
        "last_answered_employee_rating": rating,
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


def _recordings(call: Call, now: int) -> Row:
    ready = call.recorded_at is not None and now >= call.recorded_at
    legs = (1 if call.second is None else 2) if ready else 0
    mail = not call.answered and now >= call.finish + MINUTE_MS and chance(call.dice[13], 15)
    records = [_record(call, leg) for leg in range(legs)]
    return {
        "call_records": records,
        "wav_call_records": [_record(call, leg + 2) for leg in range(legs)],
        "full_record_file_link": f"{MEDIA}/{call.number}/{records[0]}" if records else None,
        "voice_mail_records": [_record(call, 4)] if mail else [],
    }


def _record(call: Call, number: int) -> str:
    dice = call.dice
    return f"{dice[0]:08x}{dice[1]:08x}{dice[2]:08x}{(dice[3] + number) % (1 << 32):08x}"


def _known_later(call: Call, now: int, zone: Zone) -> Row:
    sold = call.sold_at is not None and now >= call.sold_at
    processed = call.processed is not None and now >= call.processed
    return {
        "tags": [_tag(tagging, call, zone) for tagging in call.taggings() if now >= tagging.at],
        "sale_date": wall_text(zone.wall(t.cast("int", call.sold_at))) if sold else None,
        "sale_cost": between(call.dice[5], 1500, 90_000) + (call.dice[6] % 2) / 2 if sold else None,
        "lost_call_processing_duration": (t.cast("int", call.processed) - call.utc) // SECOND_MS if processed else None,
    }


def _tag(tagging: Tagging, call: Call, zone: Zone) -> Row:
    number, name, _ = catalog.TAGS[tagging.tag]
    manual = tagging.employee is not None
    # nested times come in either form, as seen live
    separator = "T" if call.dice[12] & 1 else " "
    return {
        "tag_id": number,
        "tag_name": name,
        "tag_type": "manual" if manual else "auto",
        "tag_change_time": wall_text(zone.wall(tagging.at), separator),
        "tag_user_id": 2870 if manual else None,
        "tag_user_login": "user@example.test" if manual else None,
        "tag_employee_id": catalog.employee_id(tagging.employee) if tagging.employee is not None else None,
        "tag_employee_full_name": catalog.employee_name(tagging.employee) if tagging.employee is not None else None,
    }


def _sample(call: Call) -> Row:
    """The documented example, moved by whole days to where the data is."""
    documented = example_rows(METHOD)[0]
    defaults = examples()[METHOD]["default_fields_response_example"]["body"]["result"]["data"][0]
    row = {**dict.fromkeys(fields_of(METHOD)), **defaults, **documented}
    days = (call.wall - wall_of_text(row["start_time"])) // DAY_MS
    row["tags"] = [{**tag, "tag_change_time": _moved(tag["tag_change_time"], days)} for tag in row["tags"]]
    return {**row, "start_time": _moved(row["start_time"], days), "finish_time": _moved(row["finish_time"], days)}


def _moved(text: str, days: int) -> str:
    return str(dt.datetime.fromisoformat(text) + dt.timedelta(days=days))


def finishing_touches(row: Row, call: Call, *, nulls: bool, extras: bool) -> Row:
    """What differs from row to row for no documented reason: null for an empty array, a field nobody asked for."""
    if call.sample:
        return row
    if nulls or call.dice[10] % 5 == 0:
        row.update({name: None for name in ARRAYS if not row[name]})
    if extras and call.dice[11] % 7 == 0:
        row[EXTRA] = call.hold
    return row
