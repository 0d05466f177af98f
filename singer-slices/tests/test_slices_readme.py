"""The tap in README.md is whole: these are its very lines, over an adapter instead of a network."""

from __future__ import annotations

import contextlib
import io
import json
import re
import types
import typing as t
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter
from singer_slices import SlicedTap

README = Path(__file__).parents[1] / "README.md"
ROWS = [
    {"id": 1, "started_at": "2025-10-26 02:30:00", "pages": "3"},  # an hour that came twice
    {"id": 2, "started_at": "2025-10-26 03:00:00", "pages": None},
    {"id": 3, "started_at": "2025-10-27 00:00:00", "pages": 1},
]


class Api(BaseAdapter):
    """The API of the example: busy at first, then with inclusive bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []

    def send(self, request: requests.PreparedRequest, *args: t.Any, **options: t.Any) -> requests.Response:
        assert urlsplit(str(request.url)).path == "/v1/visits"
        assert request.headers["Authorization"] == "Bearer my-secret-key"
        params = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        self.asked.append(params)
        rows = [row for row in ROWS if params["from"] <= str(row["started_at"]) <= params["till"]]
        response = requests.Response()
        response.status_code = 503 if len(self.asked) == 1 else 200
        response.headers["Retry-After"] = "0"
        body = json.dumps({"rows": rows[int(params["offset"]) :], "total": len(rows)}).encode()
        response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def example() -> type[SlicedTap]:
    found = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    module = types.ModuleType("tap_visits")
    exec(compile(found[1], "README.md", "exec"), module.__dict__)  # noqa: S102 - our own lines
    return t.cast("type[SlicedTap]", module.__dict__["TapVisits"])


def test_the_example_is_a_whole_tap(example: type[SlicedTap], monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    monkeypatch.setattr(requests.Session, "get_adapter", lambda self, url: api)
    settings = {"start_date": "2025-10-25", "end_date": "2025-10-27", "slice_days": 1, "api_key": "my-secret-key"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert example(config=settings).run() == 0
    [schema, *messages] = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (schema["type"], schema["stream"], schema["key_properties"]) == ("SCHEMA", "visits", ["id"])
    assert [message.get("record") or message.get("value") for message in messages] == [
        state("2025-10-26T00:00:00+02:00"),
        {"id": 1, "started_at": "2025-10-26T02:30:00+02:00", "pages": 3},
        {"id": 2, "started_at": "2025-10-26T03:00:00+01:00", "pages": None},
        state("2025-10-27T00:00:00+01:00"),
    ]
    days = ["2025-10-25 00:00:00", "2025-10-26 00:00:00", "2025-10-27 00:00:00"]
    assert [(asked["from"], asked["till"]) for asked in api.asked] == [
        (days[0], days[1]),
        (days[0], days[1]),
        (days[1], days[2]),
    ]


def state(value: str) -> dict[str, t.Any]:
    return {"bookmarks": {"visits": {"replication_key": "started_at", "replication_key_value": value}}}
