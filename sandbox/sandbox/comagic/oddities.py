"""How answers differ from the documented tables of fields, as live answers and the printed samples do.

Filters, sorting and ``/_sandbox/truth/…?plain=true`` know the plain rows; what is sent has gone through here.
"""

from __future__ import annotations

import typing as t

from sandbox.comagic.fields import fields_of
from sandbox.comagic.life.samples import wall_of_text
from sandbox.comagic.life.zone import Zone, wall_text
from sandbox.settings import Settings

Row = dict[str, t.Any]

EXTRA: t.Final = "hold_duration"
WITH_EXTRA: t.Final = "get.calls_report"
# one in so many rows has null for its empty arrays, text for its numbers, the undocumented field
NULLS_EVERY: t.Final = 5
TEXTS_EVERY: t.Final = 3
EXTRA_EVERY: t.Final = 7

# fields that some rows have as text though the tables say number; the documented rows stay as printed
SOMETIMES_TEXT: t.Final = {
    "get.financial_call_legs_report": ("call_session_id",),
    "get.offline_messages_report": ("visitor_phone_number",),
}
# and those that all rows have so, as the samples and clients in use agree
ALWAYS_TEXT: t.Final = {"get.chats_report": ("visitor_phone_number",)}
# the other way round: text in the tables, a number in the structure of the page
SOMETIMES_NUMBER: t.Final = {"get.goals_report": ("ext_id",)}

# top-level names that a page's structure prints instead of those of its table; requests use the table's
PRINTED_NAMES: t.Final[dict[str, dict[str, str]]] = {
    "get.group_employees": {"phone_numbers": "phone_number"},
    "get.segments": {"segments_conditions": "segment_conditions"},
    "get.campaign_daily_stat": {
        "campaign_id": "campain_id",
        "current_banner_id": "banner_id",
        "current_banner_name": "banner_name",
    },
}
# the same within containers: container -> names
PRINTED_INSIDE: t.Final[dict[str, dict[str, dict[str, str]]]] = {
    "get.communications_report": {"tags": {"tag_employee_full_name": "tag_employee_full"}},
    "get.group_contacts": {"members": {"contact_id": "contacts_id"}},
    "get.visitor_sessions_report": {"integrated_campaign_data": {"current_banner_id": "banner_id"}},
}
# containers whose members hold times, or such containers
NESTED: t.Final = frozenset({"tags", "communications"})
NESTED_TIMES: t.Final = frozenset({"tag_change_time", "communication_date_time"})


def printed_names(method: str, settings: Settings) -> t.Mapping[str, str]:
    """The names under which some fields of a method come back."""
    return PRINTED_NAMES.get(method, {}) if method in settings.sample_shapes else {}


class Oddities:
    """What is done to the rows of one method.

    Args:
        method: its name.
        settings: the switches in force.
        zone: the account's zone, for times with an offset.
        mixed: rows differ from each other, as those of reports do.
    """

    def __init__(self, method: str, settings: Settings, zone: Zone, *, mixed: bool) -> None:
        self._method = method
        self._settings = settings
        self._zone = zone
        self._mixed = mixed and settings.mixed_forms
        self._arrays = [field.name for field in fields_of(method).values() if field.type == "array"]
        self._as_sample = method in settings.sample_shapes
        self.extras: tuple[str, ...] = (EXTRA,) if settings.undocumented_extras and method == WITH_EXTRA else ()

    def spoil(self, row: Row, number: int, *, documented: bool = False) -> Row:
        """The row as it is sent; ``number`` decides about everything that not all rows have."""
        row = dict(row)
        for name in ALWAYS_TEXT.get(self._method, ()):
            row[name] = _text(row[name])
        if not documented:
            if self._mixed:
                self._mix(row, number)
            if self._settings.nulls_for_arrays or (self._mixed and number % NULLS_EVERY == 0):
                row.update({name: None for name in self._arrays if row.get(name) == []})
            if self.extras and number % EXTRA_EVERY == 0 and row["talk_duration"] is not None:
                row[EXTRA] = row["talk_duration"] - row["clean_talk_duration"]
        if self._as_sample:
            self._reshape(row)
        return row

    def _mix(self, row: Row, number: int) -> None:
        if number % TEXTS_EVERY == 0:
            for name in SOMETIMES_TEXT.get(self._method, ()):
                row[name] = _text(row[name])
            for name in SOMETIMES_NUMBER.get(self._method, ()):
                row[name] = int(row[name]) if (row[name] or "").isdigit() else row[name]
        self._mix_times(row, number)

    def _mix_times(self, row: Row, number: int) -> None:
        for container in NESTED & row.keys():
            if row[container]:
                row[container] = [self._member(member, number + index) for index, member in enumerate(row[container])]

    def _member(self, member: Row, number: int) -> Row:
        mixed = {name: self._time(value, number) if name in NESTED_TIMES else value for name, value in member.items()}
        self._mix_times(mixed, number)
        return mixed

    def _time(self, text: str, number: int) -> str:
        """A nested time in one of the three forms that were seen."""
        form = number // NULLS_EVERY % 4
        if form == 0:
            return text.replace(" ", "T")
        if form == 1:
            wall = wall_of_text(text)
            minutes = (wall - self._zone.instant(wall)) // 60_000
            sign = "-" if minutes < 0 else "+"
            return f"{wall_text(wall, 'T')}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        return text

    def _reshape(self, row: Row) -> None:
        for container, names in PRINTED_INSIDE.get(self._method, {}).items():
            if row.get(container):
                row[container] = _renamed(row[container], names)
        if "hits" in row:
            row["duration"] = str(row["duration"])
            if row["hits"] and len(row["hits"]) == 1:
                row["hits"] = row["hits"][0]


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def _renamed(value: t.Any, names: t.Mapping[str, str]) -> t.Any:
    if isinstance(value, list):
        return [_renamed(member, names) for member in value]
    return {names.get(name, name): member for name, member in value.items()}
