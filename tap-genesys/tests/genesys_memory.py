"""A whole tap over a vendor in memory: answers by route, everything that was asked, the messages that came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import typing as t
import urllib.parse

from singer_slices import Answer
from tap_genesys.tap import TapGenesys

Row = dict[str, t.Any]
#: Makes the answer to one request: a JSON body, or a whole answer.
Route = t.Callable[["Asked"], t.Any]

CONFIG: Row = {
    "client_id": "the-client-id",
    "client_secret": "the-client-secret",
    "region": "mypurecloud.de",
    "start_date": "2026-03-08",
}
API = "https://api.mypurecloud.de/api/v2"
LOGIN = "https://login.mypurecloud.de/oauth/token"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    params: Row
    body: Row
    token: str


def answer(body: t.Any, status: int = 200, /, **headers: str) -> Answer:
    """An answer with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode())


def platform_error(status: int, code: str, message: str, **headers: str) -> Answer:
    """An answer with the platform's error body."""
    return answer({"message": message, "code": code, "status": status, "contextId": "ctx-1"}, status, **headers)


@dataclasses.dataclass
class Vendor:
    """Answers by `METHOD /path`; a path may end in `*`."""

    routes: t.Mapping[str, Route | t.Any]
    asked: list[Asked] = dataclasses.field(default_factory=list)
    logins: int = 0
    login: t.Callable[[int], Answer] = lambda number: answer({"access_token": f"token-{number}", "expires_in": 86399})

    def send(self, method: str, url: str, **options: t.Any) -> Answer:
        """In the place of the transport's."""
        if url == LOGIN:
            assert options["data"] == {"grant_type": "client_credentials"}
            self.logins += 1
            return self.login(self.logins)
        assert url.startswith(API), url
        asked = Asked(
            method,
            urllib.parse.urlsplit(url.removeprefix(API)).path,
            dict(options.get("params") or {}),
            json.loads(options.get("data") or "{}"),
            options["headers"]["Authorization"].removeprefix("Bearer "),
        )
        self.asked.append(asked)
        made = self._route(asked)
        made = made(asked) if callable(made) else made
        return made if isinstance(made, Answer) else answer(made)

    def _route(self, asked: Asked) -> t.Any:
        name = f"{asked.method} {asked.path}"
        for pattern, made in self.routes.items():
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                return made
        return platform_error(404, "not.found", f"no route {name}")

    def paths(self, start: str = "") -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked if asked.path.startswith(start)]


@dataclasses.dataclass
class Ended:
    """A run that came to its end."""

    exit_code: int
    messages: list[Row]
    summary: Row
    waited: list[float]

    def records(self, stream: str) -> list[Row]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]

    @property
    def state(self) -> Row:
        states: list[Row] = [m["value"] for m in self.messages if m["type"] == "STATE"]
        return states[-1]

    def error(self) -> str:
        return str(self.summary["streams"][0]["error"])


def sync(vendor: Vendor, *streams: str, state: Row | None = None, **config: t.Any) -> Ended:
    """Read `streams` and nothing else, without waiting."""
    settings = {**CONFIG, "max_retries": 2, "max_parallel_requests": 1, **config}
    catalog: Row = json.loads(TapGenesys(config=settings).catalog_json_text)
    for entry in catalog["streams"]:
        [root] = [part["metadata"] for part in entry["metadata"] if not part["breadcrumb"]]
        root["selected"] = entry["tap_stream_id"] in streams
    tap = TapGenesys(config=settings, state=state, catalog=catalog)
    waited: list[float] = []
    tap.control.__dict__["wait"] = waited.append  # no test waits
    tap.transport.__dict__["send"] = vendor.send  # no test goes out
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = tap.run()
    messages = [json.loads(line) for line in out.getvalue().splitlines()]
    return Ended(int(code), messages, json.loads(tap.summary.as_json()), waited)
