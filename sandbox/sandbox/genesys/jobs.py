"""Asynchronous queries: their life from submission to expiry, and their results page by page."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from sandbox.faults import Rule
from sandbox.genesys.call import Call, Reply
from sandbox.genesys.errors import ApiError, bad_request, not_found
from sandbox.genesys.fields import whole
from sandbox.genesys.lake import Kind, shown_watermark
from sandbox.genesys.names import SECOND_MS, iso, uuid
from sandbox.genesys.pages import cut, make_cursor, read_cursor

State = t.Literal["QUEUED", "PENDING", "FULFILLED", "FAILED", "CANCELLED", "EXPIRED"]
DEFAULT_PAGE: t.Final = 1000
SHORTER: t.Final = 3
Rows = t.Sequence[t.Any]
Encode = t.Callable[[Rows], bytes]


@dataclasses.dataclass
class Job:
    """One asynchronous query.

    Attributes:
        id: its id.
        kind: conversations or users.
        submitted: the sandbox's present at submission, in milliseconds.
        starts: when it begins to run, on the machine's steady clock, in seconds.
        ends: when it has run.
        lifetime: seconds its results are kept, on the sandbox's clock.
        available: the watermark as its answers tell it.
        find: finds its rows.
        forced: a state that a fault has put it in, instead of FULFILLED.
        message: what goes with FAILED.
    """

    id: str
    kind: Kind
    submitted: int
    starts: float
    ends: float
    lifetime: int
    available: dict[str, str]
    find: t.Callable[[], Rows]
    began: float
    forced: State | None = None
    message: str | None = None
    at_once: bool = False
    cursors: tuple[str | None, ...] = (None,)
    _rows: Rows | None = None

    def state(self, now: int) -> State:
        """Where it stands."""
        steady = time.monotonic()
        if self.forced and (self.at_once or steady >= self.ends):
            return self.forced
        if steady < self.starts:
            return "QUEUED"
        if steady < self.ends:
            return "PENDING"
        return "EXPIRED" if now >= self.expires else "FULFILLED"

    @property
    def completed(self) -> int:
        """When it has run, on the sandbox's clock."""
        return self.submitted + int((self.ends - self.began) * SECOND_MS)

    @property
    def expires(self) -> int:
        """When its results go, on the sandbox's clock."""
        return self.completed + self.lifetime * SECOND_MS

    def rows(self) -> Rows:
        """Its results, found once."""
        if self._rows is None:
            self._rows = self.find()
        return self._rows


class Jobs:
    """All jobs of the organisation."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def submit(self, call: Call, kind: Kind, find: t.Callable[[], Rows]) -> Job:
        """Takes a job in; it waits while as many as may run at once are running.

        Raises:
            ApiError: 429: too many unfinished jobs.
        """
        settings, steady = call.settings, time.monotonic()
        unfinished = sorted(job.ends for job in self._jobs.values() if job.ends > steady)
        if len(unfinished) >= settings.open_jobs:
            raise ApiError(429, "too.many.requests", "Too many unfinished jobs.", headers={"Retry-After": "5"})
        starts = steady + settings.job_queued_seconds
        if len(unfinished) >= settings.running_jobs:
            starts = max(starts, unfinished[len(unfinished) - settings.running_jobs])
        self._count += 1
        job = Job(
            id=uuid("job", self._count, call.now),
            kind=kind,
            submitted=call.now,
            starts=starts,
            ends=starts + settings.job_pending_seconds,
            lifetime=settings.job_lifetime_seconds,
            available=shown_watermark(call, kind),
            find=find,
            began=steady,
        )
        force(job, call.rule, at_once=False)
        self._jobs[job.id] = job
        return job

    def get(self, call: Call, kind: Kind) -> Job:
        """The job of a request.

        Raises:
            ApiError: 404: unknown, removed, or of the other kind.
        """
        job = self._jobs.get(call.params["jobId"])
        if job is None or job.kind != kind:
            raise not_found("job", call.params["jobId"])
        force(job, call.rule, at_once=True)
        return job

    def remove(self, job: Job) -> None:
        """Forgets a job."""
        del self._jobs[job.id]


def force(job: Job, rule: Rule | None, *, at_once: bool) -> None:
    """Lets a fault decide what becomes of a job."""
    if rule and rule.kind == "genesys_job":
        job.forced, job.at_once = rule.state, at_once
        job.message = rule.message or "The query could not be executed."


def submission(kind: Kind, read: t.Callable[[Call], t.Callable[[], Rows]]) -> t.Callable[[Call], Reply]:
    """Answers ``POST …/jobs``."""
    return lambda call: Reply({"jobId": call.org.jobs.submit(call, kind, read(call)).id}, status=202)


def status(kind: Kind) -> t.Callable[[Call], Reply]:
    """Answers ``GET …/jobs/{jobId}``: 202 while it is on its way, 200 then."""

    def answer(call: Call) -> Reply:
        job = call.org.jobs.get(call, kind)
        state = job.state(call.now)
        body = {"state": state, "submissionDate": iso(job.submitted)}
        if state in {"QUEUED", "PENDING"}:
            return Reply(body, status=202)
        body["completionDate"] = iso(job.completed)
        if state == "FAILED":
            body["errorMessage"] = job.message or ""
        elif state == "FULFILLED":
            body["expirationDate"] = iso(job.expires)
        return Reply(body)

    return answer


def removal(kind: Kind) -> t.Callable[[Call], Reply]:
    """Answers ``DELETE …/jobs/{jobId}``."""

    def answer(call: Call) -> Reply:
        call.org.jobs.remove(call.org.jobs.get(call, kind))
        return Reply(status=204)

    return answer


def results(kind: Kind, member: str, encode: Encode) -> t.Callable[[Call], Reply]:
    """Answers ``GET …/jobs/{jobId}/results``.

    A cursor leads forward only: the one given out last and the one it was given out for are good. A page may hold fewer
    rows than asked for; only a missing cursor is the end.
    """

    def answer(call: Call) -> Reply:
        job = call.org.jobs.get(call, kind)
        size = whole(call.one("pageSize") or DEFAULT_PAGE, "pageSize", 1, call.settings.job_page_size)
        _refuse_unready(job, call)
        offset = _offset(job, call)
        if offset + size > call.settings.job_depth and len(job.rows()) > call.settings.job_depth:
            raise bad_request(
                f"pagination may not exceed {call.settings.job_depth} results. Tip: use smaller intervals."
            )
        shorter = offset // size % SHORTER if call.settings.short_pages and size > SHORTER else 0
        upto = offset + size - shorter
        page = cut(job.rows(), offset, size - shorter, call.rule)
        parts = [b'"%b":%b' % (member.encode(), encode(page))] if page else []
        parts += [b'"%b":"%b"' % (name.encode(), value.encode()) for name, value in job.available.items()]
        following = make_cursor(job.id, upto) if upto < len(job.rows()) else None
        if following:
            parts.append(b'"cursor":"%b"' % following.encode())
        job.cursors = (None, call.one("cursor"), following)
        return Reply(b"{%b}" % b",".join(parts), rows=len(page))

    return answer


def _refuse_unready(job: Job, call: Call) -> None:
    state = job.state(call.now)
    if state == "EXPIRED":
        raise not_found("job", job.id)
    if state != "FULFILLED":
        raise bad_request(f"The results of job {job.id} are not available: its state is {state}.")


def _offset(job: Job, call: Call) -> int:
    cursor = call.one("cursor")
    if cursor is None:
        return 0
    if cursor not in job.cursors:
        raise bad_request("Invalid cursor.", "invalid.value")
    return read_cursor(cursor, job.id)
