"""Delivery: one sender works through its share of updates until each has a fate."""

from __future__ import annotations

import collections
import dataclasses
import logging
from collections.abc import Iterable, Sequence

from singer_spool import ConfigurationError, LoadError

from target_amplitude.answers import (
    Accepted,
    Answer,
    Forbidden,
    Listed,
    ProjectLimit,
    Refused,
    Stop,
    TooLarge,
    Unclear,
    Verdict,
    read_answer,
)
from target_amplitude.client import Transport
from target_amplitude.endpoints import Endpoint
from target_amplitude.lanes import halve
from target_amplitude.ledger import Ledger
from target_amplitude.pace import SHORTEST_PAUSE, Clock, Gate, backoff, check_wait
from target_amplitude.updates import Rejection, Update

logger = logging.getLogger(__name__)

_ABOUT_THE_USER = frozenset({"silenced", "daily_quota", "invalid_id_length"})
"""Reasons that hold for every update of the user, so that taking a collapsed one apart would change nothing."""
_SMALLEST_SHARE = 10
"""So many updates of one user, below the lowest documented rate (30 a second), are never too many for one request."""


class Halted(Exception):  # noqa: N818 - not a failure of this sender
    """Another sender failed; this one gave up between two requests."""


@dataclasses.dataclass(slots=True, eq=False)
class Split:
    """Two halves of a request that the firewall refused.

    Attributes:
        waiting: The first half, if it was refused again and the second has not been tried yet.
    """

    waiting: list[Update] | None = None


@dataclasses.dataclass(slots=True, eq=False)
class Parcel:
    """Updates that go into one request.

    Attributes:
        updates: At least one.
        split: Set on the halves of a refused request.
        trusted: Requests are known to pass the firewall, so a refusal is about a value in this parcel.
    """

    updates: list[Update]
    split: Split | None = None
    trusted: bool = False


@dataclasses.dataclass(slots=True)
class Hold:
    """A lane that has to wait: its updates in order, and since when it was patient."""

    until: float
    updates: list[Update] = dataclasses.field(default_factory=list)


class Courier:
    """Delivers a share of updates. Each ends accepted or rejected in the ledger, exactly once.

    Updates of one lane are delivered in order: while one is held back or sent again, those behind it wait.

    Args:
        endpoint: Where to.
        transport: What sends.
        ledger: Where fates are written down.
        gate: The pause shared with other couriers.
        clock: The run's clock.
        max_retries: How often the same bytes are sent again after an unclear outcome.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        ledger: Ledger,
        gate: Gate,
        clock: Clock,
        *,
        max_retries: int,
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._ledger = ledger
        self._gate = gate
        self._clock = clock
        self._max_retries = max_retries
        self._source: collections.deque[Update] = collections.deque()
        self._parcels: collections.deque[Parcel] = collections.deque()
        self._holds: dict[int, Hold] = {}
        self._patience: collections.Counter[int] = collections.Counter()
        self._shares: dict[int, int] = {}
        self._room = endpoint.room()

    def deliver(self, updates: Iterable[Update]) -> None:
        """Work until every update has a fate.

        Raises:
            ConfigurationError: No request can succeed before a person changes something.
            QuotaSpent: Waiting would take too long.
            LoadError: Amplitude cannot be reached.
            Halted: Another courier failed.
        """
        self._source.extend(updates)
        while self._parcels or self._source or self._holds:
            parcel = self._next_parcel()
            if parcel is not None:
                self._settle(parcel, self._send(parcel))
            elif self._holds:
                self._wait_for_hold()

    # Choosing what goes next

    def _next_parcel(self) -> Parcel | None:
        self._release_holds()
        while self._parcels or self._source:
            parcel = self._screened(self._parcels.popleft()) if self._parcels else Parcel(self._pack())
            if parcel.updates:
                return parcel
        return None

    def _screened(self, parcel: Parcel) -> Parcel:
        waiting = collections.deque(parcel.updates)
        parcel.updates = self._take(waiting, self._endpoint.room())
        # More than one request takes: parts of collapsed updates, or what piled up behind a throttled user.
        self._put_first(list(waiting), trusted=parcel.trusted)
        if not parcel.updates:
            self._resume_first_half(parcel, trusted=False)
        return parcel

    def _pack(self) -> list[Update]:
        """The next updates that fit into one request."""
        return self._take(self._source, self._room)

    def _take(self, waiting: collections.deque[Update], room: int) -> list[Update]:
        """Take as many updates from the front as one request holds, without those that cannot be sent now."""
        taken: list[Update] = []
        behind: list[Update] = []
        lanes: collections.Counter[int] = collections.Counter()
        while waiting and max(len(taken), len(behind)) < self._endpoint.max_items:
            update = waiting.popleft()
            if self._set_aside(update):
                continue
            size = self._endpoint.size(update)
            if lanes[update.lane] >= self._shares.get(update.lane, self._endpoint.max_items):
                behind.append(update)
            elif size > self._endpoint.room():
                # In the place of the whole: what follows of the same user must not overtake the parts.
                waiting.extendleft(reversed(self._apart(update)))
            elif taken and size > room:
                waiting.appendleft(update)
                break
            else:
                taken.append(update)
                lanes[update.lane] += 1
                room -= size
        waiting.extendleft(reversed(behind))
        return taken

    def _set_aside(self, update: Update) -> bool:
        """Whether the update cannot be sent now: its lane is held, or its fate is known without asking."""
        if hold := self._holds.get(update.lane):
            hold.updates.append(update)
            return True
        rejection = self._ledger.quota_spent(update)
        if rejection is None and self._endpoint.size(update) > self._endpoint.room() and not update.parts:
            detail = f"the update takes more than the {self._endpoint.max_bytes} bytes of a request"
            rejection = Rejection("payload_too_large", detail)
        if rejection is not None:
            self._ledger.rejected(update, rejection)
        return rejection is not None

    # Sending

    def _send(self, parcel: Parcel) -> Verdict:
        """Send until the outcome is clear: always the same bytes."""
        body = self._endpoint.body(parcel.updates)
        failures = 0
        while True:
            verdict = self._try(parcel, body)
            if isinstance(verdict, ProjectLimit):
                pause = max(SHORTEST_PAUSE, verdict.pause)
                logger.info("Amplitude's limit for the project is reached: waiting %.0f s", pause)
                self._gate.close_for(pause)
            elif isinstance(verdict, Unclear):
                failures += 1
                self._back_off(failures, verdict)
            else:
                return verdict

    def _try(self, parcel: Parcel, body: bytes) -> Verdict:
        self._gate.wait()
        if self._clock.stopped:
            raise Halted
        for update in parcel.updates:
            update.attempts += 1
        self._ledger.sent(len(body))
        answer: Answer = self._transport.post(self._endpoint.url, body, self._endpoint.content_type)
        return read_answer(answer, parcel.updates, answers_json=self._endpoint.answers_json)

    def _back_off(self, failures: int, verdict: Unclear) -> None:
        if failures > self._max_retries:
            msg = (
                f"Sending to Amplitude: {verdict.problem}, {failures} times in a row. What was not covered by STATE is "
                "sent again by the next run; check the network and 'api_url', or raise 'max_retries'."
            )
            raise LoadError(msg)
        pause = backoff(failures) if verdict.retry_after is None else max(SHORTEST_PAUSE, verdict.retry_after)
        check_wait(pause, self._gate.max_wait_seconds, "before trying again")
        logger.info("Amplitude: %s; trying again in %.1f s", verdict.problem, pause)
        self._clock.sleep(pause)

    # Drawing conclusions

    def _settle(self, parcel: Parcel, verdict: Verdict) -> None:
        if not isinstance(verdict, Forbidden):
            # Requests do pass: so the half that was refused has a value in it that is to blame.
            self._resume_first_half(parcel, trusted=True)
        if isinstance(verdict, Accepted):
            self._accepted(parcel, verdict)
        elif isinstance(verdict, Listed):
            self._listed(parcel, verdict)
        elif isinstance(verdict, Refused):
            self._narrow_down(parcel, verdict.rejection)
        elif isinstance(verdict, TooLarge):
            self._too_large(parcel, verdict.rejection)
        elif isinstance(verdict, Forbidden):
            self._forbidden(parcel, verdict.rejection)
        elif isinstance(verdict, Stop):
            raise verdict.error

    def _accepted(self, parcel: Parcel, verdict: Accepted) -> None:
        if verdict.ingested is not None and verdict.ingested != len(parcel.updates):
            logger.info("Amplitude counted %d events of %d sent", verdict.ingested, len(parcel.updates))
        self._gate.accepted()
        for lane in {update.lane for update in parcel.updates}:
            self._patience.pop(lane, None)
            if lane in self._shares:
                self._shares[lane] += _SMALLEST_SHARE
        self._ledger.accepted(parcel.updates)

    def _listed(self, parcel: Parcel, verdict: Listed) -> None:
        rest: list[Update] = []
        for index, update in enumerate(parcel.updates):
            rejection = verdict.rejected.get(index)
            if rejection is None:
                rest.append(update)
            elif update.parts and rejection.reason not in _ABOUT_THE_USER:
                rest += self._apart(update)
            else:
                self._ledger.rejected(update, rejection)
        together = collections.Counter(update.lane for update in parcel.updates)
        for lane in {parcel.updates[index].lane: None for index in sorted(verdict.throttled)}:
            self._lower_share(lane, together[lane])
            self._hold(lane, max(SHORTEST_PAUSE, verdict.pause))
        self._put_first(rest, trusted=parcel.trusted)

    def _narrow_down(self, parcel: Parcel, rejection: Rejection) -> None:
        """Halve until the update that is to blame stands alone."""
        if len(parcel.updates) > 1:
            for half in reversed(halve(parcel.updates)):
                self._put_first(half, trusted=parcel.trusted)
        elif parcel.updates[0].parts:
            self._put_first(self._apart(parcel.updates[0]), trusted=parcel.trusted)
        else:
            self._ledger.rejected(parcel.updates[0], rejection)

    def _too_large(self, parcel: Parcel, rejection: Rejection) -> None:
        if len(parcel.updates) > 1:
            size = sum(self._endpoint.size(update) for update in parcel.updates)
            self._room = min(self._room, max(1, size // 2))
            logger.info("Amplitude found %d updates too large: smaller requests from here on", len(parcel.updates))
        self._narrow_down(parcel, rejection)

    def _apart(self, update: Update) -> list[Update]:
        """The updates that a collapsed one was made of: one bad record must not take the others along."""
        for part in update.parts:
            part.attempts = update.attempts
            part.encoded = part.encoded or self._endpoint.encode(part)
        return list(update.parts)

    def _put_first(self, updates: Sequence[Update], *, trusted: bool = False) -> None:
        if updates:
            self._parcels.appendleft(Parcel(list(updates), trusted=trusted))

    # Throttled users

    def _lower_share(self, lane: int, together: int) -> None:
        """Put fewer updates of the lane into one request: so many at once might be over its rate for ever.

        Halved by refusals in a row, and growing again slowly, because a rate may have had other reasons.
        """
        if lane not in self._shares or lane in self._patience:
            self._shares[lane] = max(_SMALLEST_SHARE, together // 2)

    def _hold(self, lane: int, pause: float) -> None:
        if lane in self._holds:
            return
        self._patience[lane] += round(pause)
        check_wait(self._patience[lane], self._gate.max_wait_seconds, "for a user's or device's rate limit")
        self._holds[lane] = Hold(self._clock.now() + pause)

    def _release_holds(self) -> None:
        """Put lanes whose pause is over in front of everything, so that they stay ahead of their later updates."""
        due = [lane for lane, hold in self._holds.items() if hold.until <= self._clock.now()]
        # Together: many throttled users must not become as many requests.
        self._put_first([update for lane in due for update in self._holds.pop(lane).updates])

    def _wait_for_hold(self) -> None:
        if self._clock.stopped:
            raise Halted
        left = min(hold.until for hold in self._holds.values()) - self._clock.now()
        logger.info("%d users or devices are over their rate: waiting %.0f s", len(self._holds), left)
        self._clock.sleep(left)

    # The firewall

    def _resume_first_half(self, parcel: Parcel, *, trusted: bool) -> None:
        """Take the first half up again that waited for this second half's outcome, if one did."""
        if parcel.split is not None and parcel.split.waiting is not None:
            self._put_first(parcel.split.waiting, trusted=trusted)
            parcel.split.waiting = None
        parcel.split = None

    def _forbidden(self, parcel: Parcel, rejection: Rejection) -> None:
        if parcel.trusted:
            self._narrow_down(parcel, rejection)
        elif parcel.split is not None:
            self._half_forbidden(parcel, parcel.split, rejection)
        elif len({update.lane for update in parcel.updates}) == 1:
            # Halves of one lane cannot be compared: the second must not overtake the first.
            if not self._ledger.anything_accepted:
                raise _blocked(rejection)
            self._narrow_down(Parcel(parcel.updates, trusted=True), rejection)
        else:
            split = Split()
            for half in reversed(halve(parcel.updates)):
                self._parcels.appendleft(Parcel(half, split=split))

    def _half_forbidden(self, parcel: Parcel, split: Split, rejection: Rejection) -> None:
        sibling_follows = bool(self._parcels) and self._parcels[0].split is split
        if split.waiting is not None:
            raise _blocked(rejection)
        if sibling_follows:
            split.waiting = parcel.updates
        else:
            self._narrow_down(Parcel(parcel.updates, trusted=True), rejection)


def _blocked(rejection: Rejection) -> ConfigurationError:
    return ConfigurationError(
        f"{rejection.detail}. The firewall in front of Amplitude refused the request and both halves of it: check that "
        "requests from this network and region are allowed. Nothing more was sent.",
    )
