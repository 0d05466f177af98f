"""How the sandbox listens."""

from __future__ import annotations

import asyncio
import socket

from sandbox.server import listen


def test_answers_do_not_wait_for_the_acknowledgement_of_their_headers() -> None:
    async def delays_of_an_accepted_connection() -> bool:
        accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection: socket.socket = writer.get_extra_info("socket")
            accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0)
            writer.close()

        listening = listen(0)
        server = await asyncio.start_server(accept, sock=listening)
        _, writer = await asyncio.open_connection(*listening.getsockname())
        async with server:
            delays = await asyncio.wait_for(accepted, 10)
        writer.close()
        return delays

    assert asyncio.run(delays_of_an_accepted_connection()) is False
