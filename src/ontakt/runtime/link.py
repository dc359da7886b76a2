"""One connection to a policy server: a question, its answer, and signs of life in between."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from ontakt.runtime.address import Address

LARGEST = 64 * 1024 * 1024
"""Bytes of one message, as long as a server's."""
BEAT_S = 0.25
"""Seconds from one ping to the next."""
_PIECE = 256 * 1024
"""Bytes that are masked and sent at a time, so that a control loop gets its turn in between."""
_GOODBYE_S = 0.5
"""Seconds that a server has to say goodbye."""

_KEY = {
    False: "wants an API key",
    True: "refuses the API key: it is another's, or the two clocks are half a minute apart",
}
"""By whether one was shown."""


class LinkLost(Exception):
    """This connection is of no more use; the text is the rest of a sentence on the server."""


class Refused(LinkLost):
    """The server answers, but not as a policy server that would have us: no use to try again."""


class Link:
    """A connection that its owner drops at the first thing that goes wrong: answers carry no
    number in this protocol, so the answer to a question that was given up must have nowhere to go.

    `ask` and `drop` belong to one thread; a thread of the link's own pings every `BEAT_S`, another
    one of the library's answers the server's pings, so both ends know that the other lives even
    while nothing is asked.
    """

    def __init__(
        self,
        address: Address,
        headers: Mapping[str, str],
        timeout: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect and take the server's greeting, all within `timeout` seconds. Raises LinkLost,
        and Refused."""
        self._now, self._over = now, threading.Event()
        deadline = now() + timeout
        with ExitStack() as stack:
            try:
                self._stream = address.connect(timeout)
                stack.callback(self._stream.close)
                peer = self._stream.getpeername()
                self._host = peer[0] if isinstance(peer, tuple) else None
                self._connection = stack.enter_context(
                    connect(
                        address.uri,
                        sock=self._stream,
                        additional_headers=dict(headers),
                        compression=None,
                        max_size=LARGEST,
                        open_timeout=max(0.01, deadline - now()),
                        close_timeout=_GOODBYE_S,
                        ping_interval=None,
                    )
                )
            except InvalidStatus as error:
                status = error.response.status_code
                if status in (401, 403):
                    raise Refused(_KEY[bool(headers)]) from error
                raise Refused(f"answers with HTTP status {status}") from error
            except TimeoutError:
                raise LinkLost(f"opened no connection within {timeout:.1f} s") from None
            except OSError as error:
                raise LinkLost(f"cannot be reached ({error.strerror or error})") from error
            except (WebSocketException, ValueError, EOFError) as error:
                raise Refused(f"does not speak the protocol ({_clean(str(error))})") from error
            stack.callback(self._cut)
            self._sign = now()
            greeting = self._receive(deadline, f"sent no metadata within {timeout:.1f} s")
            if isinstance(greeting, str):
                raise Refused("greets with text where metadata belongs")
            self.greeting = greeting
            self._stack = stack.pop_all()
        self._heart = threading.Thread(target=self._beat, name="policy link", daemon=True)
        self._heart.start()

    @property
    def host(self) -> str | None:
        """The number that the server's name stood for; None for a Unix socket."""
        return self._host

    @property
    def silent_s(self) -> float:
        """Seconds since the server's last sign of life: a pong or a whole message."""
        return self._now() - self._sign

    def ask(self, question: bytes, timeout: float, silence: float | None = None) -> bytes | str:
        """Send `question` and wait for what comes back, `timeout` seconds in all, and no longer
        than `silence` without a sign of life where the server is known to give them while it
        thinks. Raises LinkLost."""
        deadline = self._now() + timeout
        self.check()
        with self._closing():
            self._connection.send(self._pieces(question, deadline), text=False)
        if self._now() > deadline:
            raise LinkLost(f"did not take the question within {timeout:.1f} s")
        return self._receive(deadline, f"did not answer within {timeout:.1f} s", silence)

    def check(self, silence: float | None = None) -> None:
        """Whether a question can be asked: the connection is open, nothing came that nobody asked
        for, and the server gave a sign of life within `silence` seconds. Raises LinkLost."""
        with suppress(TimeoutError), self._closing():
            self._connection.recv(timeout=0)
            raise LinkLost("spoke without being asked")
        if silence is not None and self.silent_s > silence:
            raise LinkLost(f"gives no sign of life (silent for {self.silent_s:.1f} s)")

    def drop(self) -> None:
        """End it at once, without goodbyes: whatever is under way goes nowhere."""
        self._over.set()
        self._stack.close()

    def close(self) -> None:
        """End it as one should."""
        self._over.set()
        self._connection.close()
        self.drop()
        self._heart.join()

    def _receive(self, deadline: float, late: str, silence: float | None = None) -> bytes | str:
        """The next message. Raises LinkLost, saying `late` and whether the server lives."""
        begun = self._now()
        while (left := deadline - self._now()) > 0:
            with suppress(TimeoutError), self._closing():
                message = self._connection.recv(timeout=min(left, BEAT_S))
                self._sign = self._now()
                return message
            quiet = self._now() - max(self._sign, begun)
            if silence is not None and quiet > silence:
                raise LinkLost(f"gives no sign of life (silent for {self.silent_s:.1f} s)")
        raise LinkLost(f"{late} (last sign of life {self.silent_s:.1f} s ago)")

    def _pieces(self, question: bytes, deadline: float) -> Iterator[memoryview]:
        whole = memoryview(question)
        for start in range(0, len(whole), _PIECE):
            left = deadline - self._now()
            if left <= 0:
                self._cut()  # half a question is under way: nothing else can follow it
            else:
                self._stream.settimeout(left)  # of all sending, a ping's too
            yield whole[start : start + _PIECE]

    def _beat(self) -> None:
        """Ping, and note when a pong comes: of the last ping or, on a long way, of one before."""
        owed: deque[threading.Event] = deque()
        while not self._over.is_set():
            until = self._now() + BEAT_S
            try:
                owed.append(self._connection.ping())
            except ConnectionClosed:
                return
            while owed and (left := until - self._now()) > 0:
                if owed[0].wait(left):
                    self._sign = self._now()
                    owed.popleft()
            self._over.wait(max(0.0, until - self._now()))

    def _cut(self) -> None:
        """Wake whoever reads or writes: there is nothing more to come."""
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        except ConnectionClosed as error:
            close = error.rcvd
            why = "without a word" if close is None else f"{close.code} {close.reason}".strip()
            raise LinkLost(f"closed the connection ({_clean(why)})") from error


def _clean(text: str) -> str:
    """What others say, on one line that steers no terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:200]
