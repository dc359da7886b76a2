"""A brain behind a WebSocket: the openpi protocol, for stock clients and our own."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.protocol import State
from websockets.server import ServerProtocol

from ontakt import __version__
from ontakt.contract import ActionSpace, Brain, CameraSpec
from ontakt.runtime.messages import metadata_of
from ontakt.runtime.server.admission import Admission
from ontakt.runtime.server.api_keys import ApiKeys
from ontakt.runtime.server.connection import Crowd, PolicyConnection
from ontakt.runtime.server.conversation import Conversation, Service
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.metrics import Inference, ServerMetrics
from ontakt.runtime.server.sessions import Sessions
from ontakt.runtime.server.turns import Turn, Turns
from ontakt.runtime.server.worker import Worker
from ontakt.runtime.wire import WireLimits, encode

log = logging.getLogger(__name__)

# The library tells every failed handshake with a traceback: a port scan would fill a disk.
_quiet = logging.getLogger("ontakt.websockets")
_quiet.setLevel(logging.CRITICAL)


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class PolicyServer:
    """Serves `brain`, for a robot whose actions have the layout `space`, to whoever connects.

    The event loop reads, checks and writes; one thread thinks. `keys` are asked for when there are
    any; `cameras` are those whose size clients are told, `station` and `robot` what the brain was
    built for. `now_ms` is the time for proofs of keys [ms since 1970, UTC].
    """

    def __init__(
        self,
        brain: Brain,
        space: ActionSpace,
        *,
        limits: ServerLimits | None = None,
        keys: ApiKeys | None = None,
        cameras: Sequence[CameraSpec] = (),
        station: str | None = None,
        robot: str | None = None,
        now_ms: Callable[[], int] = _utc_ms,
    ) -> None:
        self._limits = limits = limits or ServerLimits()
        self._metrics = metrics = ServerMetrics(brain.spec)
        self._crowd = Crowd(limits, metrics)
        self._turns = Turns(limits)
        self._admission = Admission(keys, metrics, now_ms)
        self._conversations: set[Conversation] = set()
        sessions = Sessions(limits)
        self._service = Service(
            spec=brain.spec,
            space=space,
            greeting=encode(
                metadata_of(brain.spec, space, f"ontakt/{__version__}", cameras, station, robot)
            ),
            limits=limits,
            wire=WireLimits(message_bytes=limits.message),
            turns=self._turns,
            sessions=sessions,
            metrics=metrics,
            keys=keys,
        )
        self._worker = Worker(brain, self._turns, limits.batch, self._deliver)
        self._loop: asyncio.AbstractEventLoop | None = None
        begun = time.monotonic()
        metrics.watch("uptime_seconds", "Since it was made", lambda: time.monotonic() - begun)
        metrics.watch("queue_length", "Requests that wait for their turn", lambda: len(self._turns))
        metrics.watch("connections", "Open connections", lambda: len(self._conversations))
        metrics.watch("sessions", "Named sessions remembered", lambda: len(sessions))
        metrics.watch("held_bytes", "Of messages under way", lambda: self._crowd.held)

    async def run(
        self,
        listening: Sequence[socket.socket],
        stop: asyncio.Event,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve on `listening` until `stop`; `ready` is called when clients may come. What is under
        way then is finished, within `limits.finish_s`."""
        self._loop = asyncio.get_running_loop()
        thinking = threading.Thread(target=self._worker.run, name="brain", daemon=True)
        thinking.start()
        try:
            async with AsyncExitStack() as stack:
                servers = [await stack.enter_async_context(self._serve(each)) for each in listening]
                ready()
                await stop.wait()
                await self._finish(servers)
        finally:
            self._turns.close()
            await asyncio.to_thread(thinking.join, self._limits.goodbye_s)
            if thinking.is_alive():
                log.warning("the brain is still thinking; it is left behind")

    def _serve(self, listening: socket.socket) -> Server:
        limits = self._limits

        def connection(of: ServerProtocol, server: Server, **options: Any) -> PolicyConnection:
            return PolicyConnection(self._crowd, of, server, **options)

        return serve(
            self._converse,
            sock=listening,
            create_connection=connection,  # type: ignore[arg-type]
            process_request=self._admission,
            compression=None,
            server_header=None,
            open_timeout=limits.handshake_s,
            ping_interval=limits.ping_s,
            ping_timeout=limits.ping_s,
            close_timeout=limits.goodbye_s,
            max_size=limits.message,
            max_queue=8,  # frames; their bytes are the crowd's affair
            logger=_quiet,
        )

    async def _converse(self, connection: ServerConnection) -> None:
        assert isinstance(connection, PolicyConnection)
        conversation = Conversation(connection, self._service)
        self._conversations.add(conversation)
        try:
            await conversation.run()
        finally:
            self._conversations.discard(conversation)

    async def _finish(self, servers: Sequence[Server]) -> None:
        """Let nobody in, wait for what is under way, say goodbye."""
        self._admission.stopping = True
        for server in servers:
            server.close(close_connections=False)
        for connection in list(self._crowd.members):
            if connection.state is State.CONNECTING:
                connection.cut("stopping")
        closing = [asyncio.create_task(each.stop()) for each in self._conversations]
        closed = [asyncio.create_task(server.wait_closed()) for server in servers]
        _, late = await asyncio.wait(closed, timeout=self._limits.finish_s)
        if late:
            log.warning("%d requests were not finished in time", len(self._conversations))
            closing += [asyncio.create_task(each.stop(now=True)) for each in self._conversations]
            await asyncio.wait(late, timeout=self._limits.goodbye_s)
            for connection in list(self._crowd.members):
                connection.cut("stopping")
        await asyncio.gather(*closing, *closed)

    def _deliver(self, turns: Sequence[Turn], inferences: Sequence[Inference]) -> None:
        """From the worker's thread to the event loop."""
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop has ended: nobody is left to tell
            self._loop.call_soon_threadsafe(self._end, turns, inferences)

    def _end(self, turns: Sequence[Turn], inferences: Sequence[Inference]) -> None:
        for turn in turns:
            if not turn.over.done():
                turn.over.set_result(None)
        assert self._loop is not None
        # Counted after whoever waits was told.
        self._loop.call_soon(self._metrics.thought, [turn.wait_s for turn in turns], inferences)
