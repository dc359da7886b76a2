"""A brain whose answers tell what was asked, and a server around it, for tests."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import numpy as np
from msgspec import Struct
from websockets.sync.client import connect

from ontakt.contract import (
    ActionChunk,
    ActionSpace,
    Array,
    Asked,
    CycleError,
    Guidance,
    Observation,
    Policy,
    PolicySpec,
    Side,
)
from ontakt.runtime.server import ApiKeys, PolicyServer, ServerLimits, listen_tcp, url_of
from ontakt.runtime.wire import decode, encode

SPACE = ActionSpace()
HORIZON = 4
REST = (0.3, 0.2, 1.0, 1.0, 0.0, 0.0, 0.0, 0.05)


class EchoSession:
    """Row i of its answer is full of the observation's tick plus i; the last column has the
    session's number, the one before it its last seed."""

    def __init__(self, number: int, spec: PolicySpec) -> None:
        self.spec, self.number, self.seed = spec, number, 0
        self.resets: list[tuple[tuple[Side, ...], int]] = []

    def reset(self, sides: tuple[Side, ...], seed: int) -> None:
        self.resets.append((sides, seed))
        self.seed = seed

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        rows = self.spec.horizon
        targets = np.full((rows, SPACE.width), float(observation.tick))
        targets += np.arange(rows)[:, None]
        targets[:, -2:] = self.seed, self.number
        return ActionChunk(observation.tick, targets)


class EchoBrain:
    """`contract.Brain`. Every inference calls `pause`; an instruction of `refuse` raises
    CycleError, of `crash` RuntimeError, of `nonsense` answers what is no chunk."""

    def __init__(
        self,
        batch: int = 8,
        pause: Callable[[], object] = lambda: None,
        cameras: tuple[str, ...] = (),
        horizon: int = HORIZON,
    ) -> None:
        self.spec = PolicySpec(name="echo", hash="0", horizon=horizon, cameras=cameras)
        self.batch = batch
        self.batches: list[tuple[int, ...]] = []
        """Numbers of the sessions that were thought for together, oldest first."""
        self.threads: set[int] = set()
        self._pause, self._made = pause, 0

    def session(self) -> EchoSession:
        self._made += 1
        return EchoSession(self._made, self.spec)

    def infer_together(self, asked: Sequence[Asked]) -> Sequence[ActionChunk]:
        self.threads.add(threading.get_ident())
        self.batches.append(tuple(number_of(question.session) for question in asked))
        self._pause()
        for question in asked:
            words = question.observation.instruction
            if words == "refuse":
                raise CycleError("This observation\ncannot be used.")
            if words == "crash":
                raise RuntimeError("/secret/path.py is out of memory")
            if words == "nonsense":
                return ["no chunk" for _ in asked]  # type: ignore[misc]
        return [each.session.infer(each.observation) for each in asked]


def number_of(session: Policy) -> int:
    assert isinstance(session, EchoSession)
    return session.number


def question(tick: int = 0, **more: object) -> dict[str, object]:
    """A request."""
    return {"state": np.tile(np.array(REST, np.float32), 2), "tick": tick, **more}


class Client:
    """A client that shows what really comes: `ask` returns a reply's map, or an error's text."""

    def __init__(self, url: str, **options: Any) -> None:
        with ExitStack() as stack:
            connecting = connect(url, compression=None, max_size=None, **options)
            self.connection = stack.enter_context(connecting)
            greeting = self.connection.recv()
            assert isinstance(greeting, bytes)
            self.metadata = read(greeting)
            self._stack = stack.pop_all()

    def ask(self, request: object) -> Any:
        self.send(request)
        return self.receive()

    def send(self, request: object) -> None:
        self.connection.send(encode(request))

    def receive(self, timeout: float = 30.0) -> Any:
        said = self.connection.recv(timeout)
        return said if isinstance(said, str) else read(said)

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(message: bytes) -> dict[str, Any]:
    value, _ = decode(message)
    assert isinstance(value, dict)
    return value


def utc_ms() -> int:
    return time.time_ns() // 1_000_000


class Running(Struct):
    """A server that runs in a thread of this process."""

    url: str
    server: PolicyServer
    stop: Callable[[], object]

    def client(self, **options: Any) -> Client:
        """Connected and greeted."""
        return Client(self.url, **options)


@contextmanager
def serving(
    brain: EchoBrain,
    limits: ServerLimits | None = None,
    keys: ApiKeys | None = None,
    now_ms: Callable[[], int] = utc_ms,
) -> Iterator[Running]:
    """A server on a free port of this machine; stopped, gracefully, at the end."""
    server = PolicyServer(brain, SPACE, limits=limits, keys=keys, now_ms=now_ms)
    listening = listen_tcp("127.0.0.1", 0, guarded=False)
    url = url_of(listening[0])
    ready = threading.Event()
    ends: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def run() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        await server.run(listening, stop, ready.set)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(10.0)
    try:
        if not failed:
            yield Running(url, server, ends[0])
    finally:
        if thread.is_alive() and ends:
            ends[0]()
        thread.join(30.0)
        assert not thread.is_alive(), "the server did not stop"
        if failed:
            raise failed[0]
