"""Connections with a bound on what they may hold in memory, together and each."""

from asyncio import BaseTransport
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from ontakt.runtime.server.api_keys import ANYBODY, Holder
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.metrics import ServerMetrics


class Crowd:
    """All connections, and the bytes of their messages that arrive or are worked on.

    When they are too many, the connection that holds most is cut: a client that sends a large
    message and never its end cannot keep a small one out.
    """

    def __init__(self, limits: ServerLimits, metrics: ServerMetrics) -> None:
        self.limits, self.metrics = limits, metrics
        self.members: set[PolicyConnection] = set()
        self.held = 0

    def relieve(self) -> None:
        """Cut until the rest fits."""
        while self.held > self.limits.memory:
            max(self.members, key=lambda member: member.held).cut("memory")


class PolicyConnection(ServerConnection):
    """One client. `held` bytes of its messages are arriving, waiting or being worked on."""

    def __init__(
        self, crowd: Crowd, protocol: ServerProtocol, server: Server, **options: Any
    ) -> None:
        super().__init__(protocol, server, **options)
        self.holder: Holder = ANYBODY
        """Whose key let it in."""
        self.surplus = False
        """Whether there were enough connections without it."""
        self.held = 0
        self.on_lost: Callable[[], object] | None = None
        """Called when the client has gone: nobody waits for its answer any more."""
        self._crowd = crowd
        self._arriving = 0  # bytes that belong to no whole frame yet

    def done(self, size: int) -> None:
        """A message of `size` bytes is answered."""
        self._hold(-min(size, self.held))

    def cut(self, why: str) -> None:
        """End it at once, without goodbyes."""
        self._crowd.metrics.cut.labels(why).inc()
        self._hold(-self.held)
        self.transport.abort()

    def connection_made(self, transport: BaseTransport) -> None:
        """As the library; counts it in."""
        super().connection_made(transport)
        crowd = self._crowd
        self.surplus = len(crowd.members) >= crowd.limits.connections
        crowd.members.add(self)
        if len(crowd.members) > 2 * crowd.limits.connections:  # not even worth a refusal
            self.cut("connections")

    def connection_lost(self, exc: Exception | None) -> None:
        """As the library; counts it out."""
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()
        self._hold(-self.held)
        self._crowd.members.discard(self)

    def data_received(self, data: bytes) -> None:
        """As the library, within the bounds."""
        self._arriving += len(data)
        self._hold(len(data))
        super().data_received(data)
        # Pongs are written whether or not anybody reads them.
        if self.transport.get_write_buffer_size() > self._crowd.limits.backlog:
            self.cut("unread")
        self._crowd.relieve()

    def process_event(self, event: Any) -> None:
        """As the library; what no longer arrives is no longer held, but for messages."""
        if isinstance(event, Request):
            self._hold(-self._arriving)
            self._arriving = 0
        elif isinstance(event, Frame):
            size = len(event.data)
            header = 6 + (0 if size < 126 else 2 if size < 65536 else 8)
            self._arriving -= header + size
            self._hold(-header if event.opcode < 8 else -header - size)
        super().process_event(event)

    def _hold(self, more: int) -> None:
        self.held += more
        self._crowd.held += more
