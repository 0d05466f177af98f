"""The engine's hand on a stream's state: complete slices move the bookmark, records do not."""

from __future__ import annotations

import typing as t

from singer_sdk import Stream
from singer_sdk.helpers.types import Context

from singer_slices.records import Row

if t.TYPE_CHECKING:
    from singer_slices.tap import SlicedTap


class SliceStateStream(Stream):
    """A stream whose state the engine writes."""

    engine_tap: SlicedTap
    #: Whether records are written as they come; the SDK gathers them for BATCH messages otherwise.
    _writes_records = True

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Records do not move the bookmark; complete slices do."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Planning reads the bookmark itself; nothing is noted in the state."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """No signpost: the bookmark is the end of a slice and never lies ahead of what was read."""

    def _write_state_message(self) -> None:
        if not self.engine_tap.backfill:
            super()._write_state_message()

    def write_state(self) -> None:
        """Write a STATE message: everything written before it is complete.

        Where the SDK gathers records for a BATCH message they are not written yet; it writes the state itself after
        the message that names their file.
        """
        self.state_manager.is_flushed = False
        if self._writes_records:
            self._write_state_message()

    def finalize_state_progress_markers(self, state: dict[str, t.Any] | None = None) -> None:
        """Write the last state. There are no progress markers, and partitions are asked for but once."""
        del state
        if self.selected:
            self.state_manager.is_flushed = False
            self._write_state_message()

    @property
    def emit_activate_version_messages(self) -> bool:
        """The SDK would announce a version before the first row; a full list does so after its last."""
        return False
