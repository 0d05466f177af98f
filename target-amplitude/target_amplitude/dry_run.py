"""A dry run: the requests are written to a file and nothing is sent."""

from __future__ import annotations

import json
import threading
import typing as t
import urllib.parse
from pathlib import Path

from target_amplitude.answers import OK, Answer

KEY_PLACEHOLDER: t.Final = "***"
"""Stands in every body of a dry run, which needs no key."""


class DryRunTransport:
    """Writes one JSON line a request.

    Args:
        path: The file, made anew; None writes nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self._lock = threading.Lock()

    def post(self, url: str, body: bytes, content_type: str) -> Answer:
        """Write the request down; what would be sent counts as delivered in the report of a dry run."""
        if self._file is not None:
            request = {
                "method": "POST",
                "url": url,
                "content_type": content_type,
                "body": _readable(body, content_type),
            }
            with self._lock:
                self._file.write(json.dumps(request, ensure_ascii=False) + "\n")
        return Answer(OK, body={"code": OK})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _readable(body: bytes, content_type: str) -> t.Any:
    if content_type == "application/json":
        return json.loads(body)
    form = dict(urllib.parse.parse_qsl(body.decode()))
    return {name: json.loads(value) if name != "api_key" else value for name, value in form.items()}
