"""How far the data lake behind the jobs has come, per kind of data."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import typing as t

from singer_slices import RunControl, StreamRefusedError

from tap_genesys.client import GenesysClient

logger = logging.getLogger(__name__)

#: A watermark that the vendor does not tell is taken to lie so far back.
_USUAL_LAG = dt.timedelta(hours=24)


class Watermarks:
    """The watermarks of one run, each asked for once. Conversations and users have one each.

    Args:
        client: for the request.
        control: for the present.
    """

    def __init__(self, client: GenesysClient, control: RunControl) -> None:
        self._client = client
        self._control = control
        self._known: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def of(self, entity: str) -> dt.datetime:
        """The moment before which jobs of `conversations` or `users` have everything.

        Raises:
            EngineError: it cannot be asked for.
        """
        with self._lock:
            if entity not in self._known:
                self._known[entity] = self._asked(entity)
            return self._known[entity]

    def hear(self, entity: str, text: t.Any) -> None:
        """Take in what a page of results says: a watermark that moved back makes its window incomplete."""
        told = _moment(text)
        with self._lock:
            known = self._known.get(entity)
            if told is None or known is None or told >= known:
                return
            self._known[entity] = told
        logger.warning(
            "The watermark of %s moved back from %s to %s; the bookmark stays before it", entity, known, told
        )

    def _asked(self, entity: str) -> dt.datetime:
        """GET /analytics/{entity}/details/jobs/availability."""
        doing = f"asking how far jobs over {entity} reach"
        try:
            answer = self._client.get(f"/analytics/{entity}/details/jobs/availability", doing=doing)
        except StreamRefusedError as error:
            # A role may allow jobs and not this call (analytics:agentConversationDetail:view).
            logger.warning("%s", error)
            answer = {}
        told = _moment(answer.get("dataAvailabilityDate"))
        if told is None:
            logger.warning("%s: no date came; taking it that jobs reach up to 24 hours ago", doing)
            told = self._control.now() - _USUAL_LAG
        return told.replace(microsecond=0)


def _moment(text: t.Any) -> dt.datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
