"""The ASGI application: the vendors and the control endpoints, every answer dated by the sandbox's clock."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.amplitude.app import routes as amplitude_routes
from sandbox.comagic.app import routes as comagic_routes
from sandbox.control import routes as control_routes
from sandbox.genesys.app import routes as genesys_routes
from sandbox.state import Sandbox


class SandboxDate:
    """Adds a ``Date`` header of the sandbox's clock to every answer."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and dates what comes back."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", self._sandbox.clock.http_date().encode())
                message = {**message, "headers": [*message["headers"], date]}
            await send(message)

        await self._app(scope, receive, dated)


def make_app(sandbox: Sandbox) -> ASGIApp:
    """The whole sandbox as one ASGI application."""
    routes = [*comagic_routes(sandbox), *amplitude_routes(sandbox), *genesys_routes(sandbox), *control_routes(sandbox)]
    return SandboxDate(Starlette(routes=routes), sandbox)
