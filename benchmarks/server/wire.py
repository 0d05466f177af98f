"""HTTP/1.1 on kept connections, one thread each; rows go from file to socket inside the kernel."""

from __future__ import annotations

import http
import http.server
import os
import socket
import sys
import threading
import time
import typing as t

from benchmarks.server import comagic, genesys, genesys_jobs
from benchmarks.server.answer import Answer, document
from benchmarks.server.budget import Budget
from benchmarks.server.store import Extent

STATISTICS_PATH: t.Final = "/statistics"


class Vendor:
    """All endpoints and what they saw.

    Args:
        calls: CoMagic's endpoint.
        conversations: Genesys's endpoint.
        jobs: Genesys's jobs.
        budget: the points.
        latency: seconds that every answer takes before its first byte.
    """

    def __init__(
        self,
        calls: comagic.Comagic,
        conversations: genesys.Genesys,
        jobs: genesys_jobs.GenesysJobs,
        budget: Budget,
        latency: float = 0.0,
    ) -> None:
        self._calls = calls
        self._conversations = conversations
        self._jobs = jobs
        self._budget = budget
        self._latency = latency
        self._lock = threading.Lock()
        self._at_once = 0
        self._most_at_once = 0
        self._requests = 0
        self._rows = 0

    def statistics(self) -> dict[str, t.Any]:
        """Requests, rows, most requests at once, and points by bucket."""
        return {
            "requests": self._requests,
            "rows": self._rows,
            "most_at_once": self._most_at_once,
            "points": self._budget.used,
            "refused": self._budget.refused,
        }

    def answer(self, path: str, body: bytes) -> Answer:
        """Answer a request to a vendor, as late as wanted."""
        with self._lock:
            self._requests += 1
            self._at_once += 1
            self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            answer = self._answer(path, body)
            time.sleep(self._latency)
        finally:
            with self._lock:
                self._at_once -= 1
        if answer.rows:
            with self._lock:
                self._rows += answer.rows.rows
        return answer

    def _answer(self, path: str, body: bytes) -> Answer:
        where, _, query = path.partition("?")
        if where == comagic.PATH:
            return self._calls.answer(body)
        if where == genesys.PATH:
            return self._conversations.answer(query)
        if self._jobs.serves(where):
            return self._jobs.answer(where, query, body)
        return document({"error": f"nothing is served at {where}"}, 404)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:  # the name that http.server calls
        """Conversations, states and results of jobs, and the statistics."""
        if self.path == STATISTICS_PATH:
            self._send(document(self.server.vendor.statistics()))
        else:
            self._send(self.server.vendor.answer(self.path, b""))

    def do_POST(self) -> None:  # as above
        """Calls, and submissions of jobs."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(self.server.vendor.answer(self.path, body))

    def _send(self, answer: Answer) -> None:
        head = (
            f"HTTP/1.1 {answer.status} {http.HTTPStatus(answer.status).phrase}\r\n"
            f"Date: {self.date_time_string()}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {answer.length}\r\n"
        )
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items()) + "\r\n"
        # More follows at once: the kernel need not send the head as a packet of its own.
        self.connection.sendall(head.encode() + answer.before, socket.MSG_MORE if answer.after else 0)
        if answer.rows:
            self._send_rows(answer.rows)
        if answer.after:
            self.connection.sendall(answer.after)

    def _send_rows(self, rows: Extent) -> None:
        sent = 0
        while sent < rows.length:
            sent += os.sendfile(self.connection.fileno(), rows.descriptor, rows.offset + sent, rows.length - sent)

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  # the parent's name
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """The listening socket.

    Args:
        vendor: who answers.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that hangs up is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
