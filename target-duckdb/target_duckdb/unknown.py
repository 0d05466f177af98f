"""What records hold and their SCHEMA does not: there is no column for it, so it is named once and counted always."""

from __future__ import annotations

import collections
import logging
from collections.abc import Mapping

logger = logging.getLogger(__name__)

MOST_NAMES = 200
OTHERS = "(others)"
"""Under this name stands what came after `MOST_NAMES` different ones: records that are maps have no end of them."""


class UnknownFields:
    """The fields of one stream that were left out.

    Args:
        stream: The stream's name.

    Attributes:
        counts: How often each was left out; members of nested values by their path, `[]` for any place of a list.
    """

    def __init__(self, stream: str) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self._stream = stream

    def add(self, found: Mapping[str, int]) -> None:
        """Count what a load left out; a name that is new is logged."""
        new: list[str] = []
        for name, number in sorted(found.items()):
            if name not in self.counts and len(self.counts) >= MOST_NAMES:
                name = OTHERS  # noqa: PLW2901 - counted under this name from here on
            if name not in self.counts:
                new.append(name)
            self.counts[name] += number
        if new:
            advice = " ('nested: json' keeps all members of nested values)" if any("." in name for name in new) else ""
            logger.warning(
                "Stream '%s': fields that its SCHEMA lacks are left out: %s%s", self._stream, ", ".join(new), advice
            )
