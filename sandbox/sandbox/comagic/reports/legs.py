"""Legs of call sessions, and what they cost."""

# the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.leg import Charge, Leg
from sandbox.comagic.life.zone import SECOND_MS, wall_text
from sandbox.comagic.reports.blocks import Moment, documented, employee, group
from sandbox.comagic.reports.calls import finish_reason, rating, record, source, virtual_number
from sandbox.dice import chance, pick

Row = dict[str, t.Any]

LEGS: t.Final = "get.call_legs_report"
CHARGES: t.Final = "get.financial_call_legs_report"
DESCRIPTIONS: t.Final = {
    "operator_not_responsible": "Оператор не ответил",
    "subscriber_disconnects": "Абонент разорвал соединение",
    "timeout": "Истекло время ожидания",
    "operator_disconnects": "Оператор разорвал соединение",
}
# reasons that only a session knows, and what its legs have instead
OF_SESSIONS: t.Final = {
    "no_success_operator_call": "operator_not_responsible",
    "success_finish": "operator_disconnects",
}
SECONDS_CHARGED_AT_ONCE: t.Final = 60
# kind of connection -> price of a minute
PRICES: t.Final = {"mobile": 1.5, "local": 0.6, "national": 2.4}
# the reports of charges know fewer origins than the reports of calls
CHARGED_SOURCES: t.Final = frozenset({"callapi", "call_tracking", "dynamic_call_tracking", "va", "sip", "sitephone"})


def leg_row(leg: Leg, moment: Moment) -> Row:
    """All documented fields of a leg."""
    call = leg.call
    if call.sample:
        return documented(LEGS, leg.wall)
    connected = leg.duration > 0
    reason = OF_SESSIONS.get(finish_reason(call), finish_reason(call))
    return {
        "id": leg.number,
        "call_session_id": call.number,
        **_recordings(leg, moment),
        "start_time": wall_text(leg.wall),
        "connect_time": moment.text(leg.utc + leg.wait * SECOND_MS) if connected else None,
        "duration": leg.duration,
        "total_duration": leg.wait + leg.duration,
        "finish_reason": reason,
        "finish_reason_description": DESCRIPTIONS[reason],
        **_numbers(leg),
        "is_transfered": leg.transferred,
        "is_operator": leg.operator,
        "is_coach": False,
        "is_failed": not connected,
        "is_talked": leg.talk is not None,
        **_people(leg),
        "release_cause_code": 16 if connected else 19,
        "release_cause_description": "Normal call clearing" if connected else "No answer from user",
        **call.person.contact,
    }


def _recordings(leg: Leg, moment: Moment) -> Row:
    ready = leg.talk is not None and moment.has_come(leg.call.recorded_at)
    return {
        "call_records": [record(leg.call, leg.talk or 0)] if ready else [],
        "wav_call_records": [record(leg.call, (leg.talk or 0) + 2)] if ready else [],
    }


def _numbers(leg: Leg) -> Row:
    """Who rang whom: a leg to the account's side goes out from the platform, whatever the session's direction."""
    call, virtual = leg.call, virtual_number(leg.call)
    theirs = call.person.phone
    ours = catalog.employee_phone(leg.employee) if leg.employee is not None else None
    incoming = call.inbound and not leg.operator
    return {
        "virtual_phone_number": virtual,
        "calling_phone_number": theirs if call.inbound else virtual,
        "called_phone_number": virtual if incoming else ours if leg.operator else theirs,
        "direction": "in" if incoming else "out",
    }


def _people(leg: Leg) -> Row:
    call = leg.call
    scenario = pick(call.dice[6], catalog.SCENARIOS) if call.inbound else (None, None)
    forwarded = leg.operator and call.inbound
    return {
        **employee(leg.employee),
        "employee_phone_number": catalog.employee_phone(leg.employee) if leg.employee is not None else None,
        "employee_rating": rating(call) if leg.employee is not None and leg.talk is not None else None,
        "scenario_id": scenario[0],
        "scenario_name": scenario[1],
        "action_id": 267_001 + leg.index if forwarded else None,
        "action_name": f"Переадресация {leg.index}" if forwarded else None,
        **group(leg.call.employee if forwarded else None),
    }


def charge_row(charge: Charge, moment: Moment) -> Row:
    """All documented fields of a charge."""
    del moment
    leg, call = charge.leg, charge.leg.call
    if call.sample:
        return documented(CHARGES, leg.wall)
    minutes = -(-leg.duration // SECONDS_CHARGED_AT_ONCE)
    kind = _connection(call)
    total = round(minutes * PRICES[kind], 2)
    origin = source(call)
    return {
        **{name: value for name, value in _numbers(leg).items() if name != "virtual_phone_number"},
        "start_time": wall_text(leg.wall),
        "source": origin if origin in CHARGED_SOURCES else "va",
        "call_session_id": call.number,
        "leg_id": leg.number,
        "duration": leg.duration,
        "chargeable_duration": minutes * SECONDS_CHARGED_AT_ONCE,
        "direction_type": kind,
        "cost_per_minute": PRICES[kind],
        "total_charge": total,
        "bonuses_charge": round(total / 10, 2) if chance(call.dice[11], 15) else 0,
    }


def _connection(call: Call) -> str:
    return pick(call.dice[9], ("mobile", "mobile", "local", "national"))
