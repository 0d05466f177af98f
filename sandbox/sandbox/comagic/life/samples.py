"""The vendor's documented example rows as happenings, moved by whole days to where the data is."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

from sandbox.comagic.fields import example_rows, examples, fields_of
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import Chat
from sandbox.comagic.life.contact import Contact
from sandbox.comagic.life.form import Form, Goal
from sandbox.comagic.life.person import person
from sandbox.comagic.life.zone import DAY_MS, SECOND_MS, Zone, day_start, wall_day
from sandbox.dice import throw

Row = dict[str, t.Any]
CALLS: t.Final = "get.calls_report"
TIME_LENGTH: t.Final = 19


def wall_of_text(text: str) -> int:
    """The wall time of ``YYYY-MM-DD hh:mm:ss``."""
    moment = dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC)
    return int(moment.timestamp()) * SECOND_MS


def documented_day() -> dt.date:
    """The day of all examples."""
    return wall_day(wall_of_text(example_rows(CALLS)[0]["start_time"]))


def sample_contacts(date: dt.date, seed: int, zone: Zone) -> list[Contact]:
    """The documented call, chat, offline message and goal on a day."""
    row = example_rows(CALLS)[0]
    wall = day_start(date) + wall_of_text(row["start_time"]) % DAY_MS
    common: dict[str, t.Any] = {
        "wall": wall,
        "utc": zone.instant(wall),
        "person": person(seed, -1),
        "campaign": 0,
        "employee": 0,
        "ordinal": 1,
        "dice": (0,) * len(throw("sample")),
        "sample": True,
    }
    call = Call(
        **common,
        number=row["id"],
        inbound=True,
        answered=True,
        wait=row["wait_duration"],
        talk=row["talk_duration"],
        hold=row["talk_duration"] - row["clean_talk_duration"],
        second=None,
    )
    chat_row = example_rows("get.chats_report")[0]
    chat = Chat(
        **common,
        number=chat_row["id"],
        channel=1,
        answered=True,
        answer=chat_row["answer_time"],
        beats=(0,),
        length=int(chat_row["duration"]),
    )
    goal = Goal(**common, number=example_rows("get.goals_report")[0]["communication_id"], event=0)
    return [call, chat, Form(**common, number=example_rows("get.offline_messages_report")[0]["id"]), goal]


@functools.lru_cache(maxsize=256)
def sample_row(method: str, date: dt.date) -> Row:
    """The documented row of a report with every field of the method, as it would be on a day."""
    filled = examples()[method].get("default_fields_response_example")
    defaults = filled["body"]["result"]["data"][0] if filled else {}
    row = {**dict.fromkeys(fields_of(method)), **defaults, **example_rows(method)[0]}
    return t.cast("Row", _moved(row, date - documented_day()))


def _moved(value: t.Any, by: dt.timedelta) -> t.Any:
    """The same with every time in it moved, at any depth."""
    if isinstance(value, dict):
        return {key: _moved(member, by) for key, member in value.items()}
    if isinstance(value, list):
        return [_moved(member, by) for member in value]
    if isinstance(value, str) and len(value) == TIME_LENGTH and value[4] == value[7] == "-":
        return str(dt.datetime.fromisoformat(value) + by)
    return value
