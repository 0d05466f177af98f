"""Bookmarks in the Singer SDK's own shape, moved by slices instead of by records."""

from __future__ import annotations

import datetime as dt
import typing as t

from singer_slices.errors import ConfigurationError
from singer_slices.times import SourceZone, rfc3339

_VALUE = "replication_key_value"
_KEY = "replication_key"


class Bookmark:
    """The bookmark of one stream or partition.

    Args:
        stream: its name, for messages.
        state: the SDK's writable state of the stream or partition; written in place.
        replication_key: the field whose time the bookmark counts.
        zone: for values without an offset, and for writing.
    """

    def __init__(self, stream: str, state: dict[str, t.Any], replication_key: str, zone: SourceZone) -> None:
        self._state = state
        self._key = replication_key
        self._zone = zone
        self.value = self._read(stream)
        self._held = False

    def _read(self, stream: str) -> dt.datetime | None:
        value = self._state.get(_VALUE)
        if value is None:
            return None
        known = self._state.get(_KEY, self._key)
        if known != self._key:
            raise ConfigurationError(
                f"state: the bookmark of {stream} counts {known!r}, but this version counts {self._key!r}; "
                "remove the bookmark to read from start_date"
            )
        try:
            return self._zone.parse(value)
        except (TypeError, ValueError):
            raise ConfigurationError(
                f"state: the bookmark of {stream} is {value!r}, which is no time; "
                "write it like '2026-03-01T00:00:00+03:00' or remove it"
            ) from None

    def advance(self, moment: dt.datetime) -> bool:
        """Move to `moment`, never backwards and not once held.

        Returns:
            Whether the bookmark moved.
        """
        if self._held or (self.value is not None and moment <= self.value):
            return False
        self.value = moment
        self._state[_KEY] = self._key
        self._state[_VALUE] = rfc3339(moment, self._zone)
        return True

    def hold(self) -> None:
        """Stay where it is for the rest of the run: something before the next moment is missing."""
        self._held = True

    def text(self) -> str | None:
        """The value as it stands in the state."""
        value = self._state.get(_VALUE)
        return None if value is None else str(value)


def check_state(state: t.Mapping[str, t.Any]) -> None:
    """Refuse what is no state of a Singer tap.

    Raises:
        ConfigurationError: with what is wrong.
    """
    if not state:
        return
    bookmarks = state.get("bookmarks")
    if not isinstance(bookmarks, dict):
        raise ConfigurationError(
            "state: there is no object 'bookmarks' in it; give the value of the last STATE message, or {} to begin anew"
        )
    for stream, known in bookmarks.items():
        if not isinstance(known, dict):
            raise ConfigurationError(f"state: the entry of {stream} is no object; correct or remove it")
        partitions = known.get("partitions", [])
        if not isinstance(partitions, list) or not all(_is_partition(part) for part in partitions):
            raise ConfigurationError(
                f"state: the partitions of {stream} are no list of objects with a context; correct or remove them"
            )


def _is_partition(part: t.Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("context"), dict)
