"""Serving the sandbox over HTTP until it is told to stop."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import os
import signal
import socket
import sys
import time
import typing as t

import msgspec
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.app import make_app
from sandbox.genesys.tokens import HOME_REGION
from sandbox.state import Options, Sandbox
from sandbox.wire import TRANSPORT

HOST: t.Final = "127.0.0.1"
WATCH_INTERVAL_SECONDS: t.Final = 0.25


class TransportProtocol(H11Protocol):
    """Lets an answer reach the connection itself, which a fault needs to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Hands the connection on to every request that comes through it."""
        super().connection_made(transport)
        inner: ASGIApp = t.cast("ASGIApp", self.app)

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = t.cast("t.Any", with_transport)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """How long and where to serve.

    Attributes:
        port: port on the loopback address, 0 for a free one.
        exit_with_parent: stop when the process that started this one is gone.
        max_seconds: stop after so many seconds of real time.
    """

    port: int = 0
    exit_with_parent: bool = False
    max_seconds: float | None = None


class AnnouncedServer(uvicorn.Server):
    """A server that says where it is once it accepts connections, and watches for its end."""

    def __init__(self, config: uvicorn.Config, announcement: dict[str, t.Any], options: ServeOptions) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._options = options
        self._parent = os.getppid()
        self._started = time.monotonic()
        self._watch: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, then prints the one line of addresses."""
        await super().startup(sockets)
        sys.stdout.write(msgspec.json.encode(self._announcement).decode() + "\n")
        sys.stdout.flush()
        self._watch = asyncio.create_task(self._watch_for_end())

    async def _watch_for_end(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(WATCH_INTERVAL_SECONDS)
            if self._is_over():
                self.should_exit = True

    def _is_over(self) -> bool:
        orphaned = self._options.exit_with_parent and os.getppid() != self._parent
        limit = self._options.max_seconds
        return orphaned or (limit is not None and time.monotonic() - self._started >= limit)


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback address.

    Its protocol is named because asyncio turns Nagle's algorithm off only where it reads "TCP" there
    (`asyncio.base_events._set_nodelay`). With it a body, sent after its headers, waits 40 ms for the delayed
    acknowledgement of the client.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    return sock


def addresses(sandbox: Sandbox, port: int) -> dict[str, t.Any]:
    """What a client needs to know about a sandbox on this port."""
    root = f"http://{HOST}:{port}"
    return {
        "comagic": f"{root}/comagic/v2.0",
        "amplitude": f"{root}/amplitude",
        "genesys_api": f"{root}/genesys/{HOME_REGION}/api",
        "genesys_login": f"{root}/genesys/{HOME_REGION}/login",
        "control": f"{root}/_sandbox",
        "now": sandbox.clock.now().isoformat(),
        "pid": os.getpid(),
    }


def serve(options: Options, serving: ServeOptions) -> None:
    """Serves until SIGTERM, SIGINT, the parent's end or the time limit."""
    sandbox = Sandbox(options)
    sock = listen(serving.port)
    config = uvicorn.Config(
        make_app(sandbox),
        http=TransportProtocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        date_header=False,  # the sandbox sends its own clock
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=0,
    )
    # pages of many small objects: the collector's usual thresholds cost a third of the time
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    # uvicorn raises the signal again after it has closed its connections: that must be an end, not a death
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    AnnouncedServer(config, addresses(sandbox, sock.getsockname()[1]), serving).run(sockets=[sock])
