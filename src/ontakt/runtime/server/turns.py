"""Whose turn it is: a bounded queue in which every session is as long as every other."""

import threading
from asyncio import Future
from collections import deque
from collections.abc import Sequence
from itertools import islice
from queue import SimpleQueue

from ontakt.contract import ActionChunk
from ontakt.runtime.messages import Infer, Reset
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.sessions import Session


class Busy(Exception):
    """Too much is waiting already; the text is for the client."""


class Turn:
    """One request of one session, from the moment it came until it is over."""

    __slots__ = ("asked_at", "chunk", "error", "infer_s", "over", "request", "session", "wait_s")

    def __init__(
        self, session: Session, request: Infer | Reset, asked_at: float, over: "Future[None]"
    ) -> None:
        self.session, self.request, self.asked_at, self.over = session, request, asked_at, over
        self.wait_s = self.infer_s = 0.0
        """How long it waited for its turn, and how long the brain thought."""
        self.chunk: ActionChunk | None = None
        """None after a reset."""
        self.error: Exception | None = None
        """What it ended with instead."""


class Turns:
    """Requests that wait. The event loop puts them in and the worker takes them out.

    Sessions take turns, one request each, whoever asks most; requests of one session stay in order.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._waiting: dict[Session, deque[Turn]] = {}  # in the order of their turns
        self._served: list[Session] = []  # with the last turns
        self._length = 0
        self._closed = False
        self._news: SimpleQueue[None] = SimpleQueue()  # an entry for each turn that came

    def __len__(self) -> int:
        return self._length

    def put(self, turn: Turn) -> None:
        """Let `turn` wait. Raises Busy."""
        with self._lock:
            if self._length >= self._limits.queue:
                raise Busy(f"busy: {self._length} requests are waiting; try again")
            mine = self._waiting.setdefault(turn.session, deque())
            if len(mine) >= self._limits.session_queue:
                raise Busy(f"busy: {len(mine)} requests of this session are waiting; try again")
            mine.append(turn)
            self._length += 1
        self._news.put(None)

    def take(self, most: int) -> Sequence[Turn]:
        """The next turns, up to `most` and of as many sessions; waits for the first one. Empty when
        the queue was closed."""
        while True:
            with self._lock:
                if self._length:
                    return self._next(most)
                if self._closed:
                    return ()
            self._news.get()  # perhaps of one that went with earlier ones: then round again

    def _next(self, most: int) -> Sequence[Turn]:
        for session in self._served:  # behind those that came meanwhile
            if session in self._waiting:
                self._waiting[session] = self._waiting.pop(session)
        self._served = list(islice(self._waiting, most))
        taken = [self._first_of(session) for session in self._served]
        self._length -= len(taken)
        return taken

    def _first_of(self, session: Session) -> Turn:
        mine = self._waiting[session]
        turn = mine.popleft()
        if not mine:
            del self._waiting[session]
        return turn

    def withdraw(self, turn: Turn) -> None:
        """Nobody waits for `turn` any more; nothing to do once it was taken."""
        with self._lock:
            mine = self._waiting.get(turn.session)
            if mine is None or turn not in mine:
                return
            mine.remove(turn)
            self._length -= 1
            if not mine:
                del self._waiting[turn.session]

    def close(self) -> None:
        """Drop what waits and let the worker go."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._length = 0
        self._news.put(None)
