"""Policy servers for tests: ours over a policy of this process, and one that does as it is told."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from ontakt.contract import ActionSpace, Policy
from ontakt.runtime.address import Address
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.server import ApiKeys, OneByOne, PolicyServer
from ontakt.runtime.server_name import ServerName
from ontakt.runtime.wire import decode, encode


@contextmanager
def serving(
    make: Callable[[], Policy], space: ActionSpace, *, port: int = 0, keys: Path | None = None
) -> Iterator[Address]:
    """Our server, in a thread, on a free port."""
    listening = socket.create_server(("127.0.0.1", port))
    listening.setblocking(False)
    bound = listening.getsockname()[1]
    ready = threading.Event()
    asked: list[Callable[[], object]] = []

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        asked.append(lambda: loop.call_soon_threadsafe(stop.set))
        server = PolicyServer(OneByOne(make), space, keys=None if keys is None else ApiKeys(keys))
        await server.run([listening], stop, ready.set)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield Address("127.0.0.1", bound)
    finally:
        asked[0]()
        thread.join(20)
        listening.close()
        assert not thread.is_alive()


Answer = Callable[[ServerConnection, int, dict[str, Any]], None]


class ScriptedServer:
    """Greets with `greeting` and hands every request, with its number, to `answer`."""

    def __init__(self, answer: Answer, greeting: bytes | str | None, port: int = 0) -> None:
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.over = threading.Event()
        """What a server that does not answer waits for."""
        self._answer, self._greeting = answer, greeting
        self._server = serve(self._handle, "127.0.0.1", port, compression=None, max_size=None)
        self.address = Address("127.0.0.1", self._server.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Let every handler go."""
        self.over.set()
        self._server.shutdown()
        self._thread.join(20)

    def _handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        try:
            if self._greeting is not None:
                connection.send(self._greeting)
            while True:
                message = connection.recv()
                request, _ = decode(message)
                assert isinstance(request, dict)
                self.requests.append(request)
                self._answer(connection, len(self.requests) - 1, request)
        except ConnectionClosed:
            pass


STATION = FakeStation()
WIDTH = STATION.spec.action_space.width


def echo(request: dict[str, Any], rows: int = 5) -> bytes:
    """An answer whose every number is the request's tick."""
    return encode({"actions": np.full((rows, WIDTH), float(request.get("tick", 0)))})


def name_of(address: Address, **options: Any) -> ServerName:
    """The name of the server at `address`, with short times."""
    times: dict[str, Any] = {"timeout": 1.0, "first_timeout": 5.0}
    return ServerName(address=address, **times | options)
