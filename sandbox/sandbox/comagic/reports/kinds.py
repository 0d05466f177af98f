"""The reports of happenings: what each lists, and how a row of it looks."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import messages_of
from sandbox.comagic.life.day import Day, all_calls, contacts_of
from sandbox.comagic.life.leg import charges_of, legs_of
from sandbox.comagic.life.shelf import ListShelf
from sandbox.comagic.life.visit import visits_of
from sandbox.comagic.life.world import Kind
from sandbox.comagic.life.zone import Zone
from sandbox.comagic.reports import calls, contacts, legs, visits
from sandbox.comagic.reports.blocks import Moment

Row = dict[str, t.Any]
Options = t.Mapping[str, t.Any]
Admits = t.Callable[[t.Any, Options, int], bool]


def _everything(item: t.Any, options: Options, now: int) -> bool:
    del item, options, now
    return True


@dataclasses.dataclass(frozen=True)
class Report:
    """A report of happenings.

    Attributes:
        kind: what it lists.
        render: the row of one.
        time: the field that holds its time, if one may sort by it.
        admits: whether the request's own options let one through.
    """

    kind: Kind
    render: t.Callable[[t.Any, Moment], Row]
    time: str | None = None
    admits: Admits = _everything


def _legs(day: Day, zone: Zone) -> ListShelf[t.Any]:
    return ListShelf(day.date, itertools.chain.from_iterable(legs_of(call, zone) for call in all_calls(day)))


def _charges(day: Day, zone: Zone) -> ListShelf[t.Any]:
    charges = (charges_of(legs_of(call, zone)) for call in all_calls(day))
    return ListShelf(day.date, itertools.chain.from_iterable(charges))


def _messages(day: Day, zone: Zone) -> ListShelf[t.Any]:
    return ListShelf(day.date, itertools.chain.from_iterable(messages_of(chat, zone) for chat in day.chats.items))


def _visits(day: Day, zone: Zone) -> ListShelf[t.Any]:
    return ListShelf(day.date, [*visits_of(contacts_of(day), zone), *day.idle_visits()])


def _over_or_asked_for(call: Call, options: Options, now: int) -> bool:
    return bool(options.get("include_ongoing_calls")) or call.finish <= now


def _common_or_asked_for(form: t.Any, options: Options, now: int) -> bool:
    del now
    return bool(options.get("include_tech_offline_messages")) or not form.technical


def _of_the_chats_asked_for(message: t.Any, options: Options, now: int) -> bool:
    del now
    wanted = options.get("chats")
    return wanted is None or message.chat.number in wanted


VISITS: t.Final = Kind("visits", _visits)
CALLS: t.Final = Kind("calls", lambda day, _zone: day.calls)

REPORTS: t.Final = {
    calls.METHOD: Report(CALLS, calls.call_row, "start_time", _over_or_asked_for),
    legs.LEGS: Report(Kind("legs", _legs, spills=True), legs.leg_row, "start_time"),
    legs.CHARGES: Report(Kind("charges", _charges, spills=True), legs.charge_row, "start_time"),
    "get.communications_report": Report(
        Kind("communications", lambda day, _zone: ListShelf(day.date, contacts_of(day))),
        contacts.communication_row,
        "date_time",
    ),
    contacts.CHATS: Report(Kind("chats", lambda day, _zone: day.chats), contacts.chat_row, "date_time"),
    contacts.MESSAGES: Report(
        Kind("messages", _messages, spills=True), contacts.message_row, "date_time", _of_the_chats_asked_for
    ),
    contacts.FORMS: Report(Kind("forms", lambda day, _zone: day.forms), contacts.form_row, admits=_common_or_asked_for),
    contacts.GOALS: Report(Kind("goals", lambda day, _zone: day.goals), contacts.goal_row),
    visits.VISITS: Report(VISITS, visits.visit_row),
}
