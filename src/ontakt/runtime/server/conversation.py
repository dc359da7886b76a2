"""One connection from its first frame to its last: a request, its answer, and so on."""

import asyncio
import logging
from time import perf_counter

from msgspec import Struct
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from ontakt.contract import ActionSpace, CycleError, PolicySpec, SetupError
from ontakt.runtime.messages import Infer, Reset, read_request, reply_of, reset_reply
from ontakt.runtime.server.api_keys import ApiKeys
from ontakt.runtime.server.connection import PolicyConnection
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.metrics import ServerMetrics
from ontakt.runtime.server.sessions import Session, Sessions, TooManySessions
from ontakt.runtime.server.turns import Busy, Turn, Turns
from ontakt.runtime.wire import Dialect, WireError, WireLimits, decode, encode

log = logging.getLogger(__name__)


class Service(Struct, frozen=True, kw_only=True):
    """What all conversations of a server share."""

    spec: PolicySpec
    space: ActionSpace
    greeting: bytes
    limits: ServerLimits
    wire: WireLimits
    turns: Turns
    sessions: Sessions
    metrics: ServerMetrics
    keys: ApiKeys | None


class _Goodbye(Exception):
    """The connection is over: the close code, and the reason for the client."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Conversation:
    """Reads a message, answers it, reads the next: never two of one connection at a time.

    An error about one message is a text frame, one line, and the connection stays open. It closes
    when the server failed (1011), when the key was withdrawn or too many messages in a row made no
    sense (1008), when a message is too long (1009, by the library), when the server stops (1001).
    """

    def __init__(self, connection: PolicyConnection, service: Service) -> None:
        self._connection, self._service = connection, service
        self._own = Session()
        self._session, self._name = self._own, ""
        self._number = 0
        self._errors = 0  # messages without sense since the last one that had any
        self._total_ms: float | None = None
        self._busy = False
        self._stopping = False

    async def run(self) -> None:
        """Until either side ends it."""
        try:
            await self._send(self._service.greeting)
            while True:
                message = await self._connection.recv()
                self._busy = True
                await self._respond(message)
                self._busy = False
                if self._stopping:
                    raise _Goodbye(CloseCode.GOING_AWAY, "the server is stopping")
        except _Goodbye as end:
            await self._connection.close(end.code, end.reason)
        except ConnectionClosed:
            pass
        finally:
            self._leave()

    async def stop(self, *, now: bool = False) -> None:
        """Say goodbye when the answer under way, if there is one, has been given, or `now`."""
        self._stopping = True
        if now or not self._busy:
            await self._connection.close(CloseCode.GOING_AWAY, "the server is stopping")

    async def _respond(self, message: str | bytes) -> None:
        begun = perf_counter()
        service = self._service
        self._number += 1
        size = len(message.encode() if isinstance(message, str) else message)
        try:
            outcome, reply = await self._answer(message, begun)
        finally:
            self._connection.done(size)
        await self._send(reply)
        self._total_ms = 1000.0 * (perf_counter() - begun)
        service.metrics.received.inc(size)
        service.metrics.requests.labels(outcome).inc()
        if outcome == "failed":
            raise _Goodbye(CloseCode.INTERNAL_ERROR, "internal error")
        self._errors = self._errors + 1 if outcome == "malformed" else 0
        if self._errors >= service.limits.errors_in_a_row:
            raise _Goodbye(CloseCode.POLICY_VIOLATION, "too many messages without sense")

    async def _answer(self, message: str | bytes, begun: float) -> tuple[str, str | bytes]:
        """What became of `message`, and what to send back: bytes, or a line of text for an error.
        Raises _Goodbye, and ConnectionClosed where nobody waits any more."""
        service = self._service
        if service.keys is not None and not service.keys.still(self._connection.holder):
            raise _Goodbye(CloseCode.POLICY_VIOLATION, "the API key was withdrawn")
        try:
            value, dialect = decode(message, service.wire)
            request = read_request(value, service.spec, service.space)
            turn = await self._ask(self._session_of(request), request, begun)
            if turn.error is not None:
                raise turn.error
            return self._reply(turn, dialect or "openpi")
        except WireError as error:
            return "malformed", _line(error)
        except (Busy, TooManySessions) as error:
            return "busy", _line(error)
        except (CycleError, SetupError) as error:
            return "refused", _line(error)
        except ConnectionClosed:
            raise
        except Exception:  # whoever's it is, the client learns that it failed and the log how
            log.exception("internal error, request %d", self._number)
            return "failed", f"internal error, request {self._number}"

    async def _ask(self, session: Session, request: Infer | Reset, begun: float) -> Turn:
        """Wait for `request`'s turn and its end."""
        turn = Turn(session, request, begun, asyncio.get_running_loop().create_future())
        self._service.turns.put(turn)
        self._connection.on_lost = turn.over.cancel
        try:
            await turn.over
        except asyncio.CancelledError:
            self._service.turns.withdraw(turn)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._service.metrics.requests.labels("abandoned").inc()
            raise self._connection.protocol.close_exc from None
        finally:
            self._connection.on_lost = None
        return turn

    def _session_of(self, request: Infer | Reset) -> Session:
        """The connection's own session, or the one that the request names. Raises
        TooManySessions."""
        name = request.session_id or ""
        if name != self._name:
            now = perf_counter()
            self._leave()
            if name:
                holder = self._connection.holder
                self._session = self._service.sessions.join(holder.fingerprint, name, now)
            self._name = name
        return self._session

    def _leave(self) -> None:
        if self._name:
            self._service.sessions.leave(self._session, perf_counter())
        self._session, self._name = self._own, ""

    def _reply(self, turn: Turn, dialect: Dialect) -> tuple[str, bytes]:
        request_id = turn.request.request_id
        if turn.chunk is None:
            return "reset", encode(reset_reply(request_id), dialect)
        reply = reply_of(
            turn.chunk,
            infer_ms=1000.0 * turn.infer_s,
            queue_ms=1000.0 * turn.wait_s,
            prev_total_ms=self._total_ms,
            request_id=request_id,
        )
        try:
            return "answered", encode(reply, dialect)
        except WireError as error:  # the policy's fault, not the client's
            raise TypeError(str(error)) from error

    async def _send(self, message: str | bytes) -> None:
        """Raises ConnectionClosed, also for a client that does not read."""
        try:
            async with asyncio.timeout(self._service.limits.write_s):
                await self._connection.send(message)
        except TimeoutError:
            self._connection.cut("unread")
            await self._connection.wait_closed()
            raise self._connection.protocol.close_exc from None
        self._service.metrics.sent.inc(len(message))


def _line(error: Exception) -> str:
    """One line of at most 500 printable characters."""
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:500]
