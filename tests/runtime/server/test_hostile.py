"""A real server process under hostile frames, and a neighbour whose every answer is checked."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from tests.runtime.hostile_frames import hostile_frames
from tests.runtime.server.echo import HORIZON, Client, question
from tests.runtime.server.raw import encoded, frame, handshaken, page, wait_for
from websockets.exceptions import ConnectionClosed

GROWTH_KIB = 96 * 1024
"""What the server may grow by, whatever comes: 64 MiB are kept of what was freed."""


class Neighbour:
    """Asks without pause and checks what it hears."""

    def __init__(self, url: str) -> None:
        self.answers = 0
        self.failed: BaseException | None = None
        self._url, self._over = url, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(60.0)
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        try:
            with Client(self._url) as client:
                while not self._over.is_set():
                    tick = self.answers
                    answer = client.ask(question(tick, request_id=tick))
                    assert answer["request_id"] == tick
                    assert answer["observed_tick"] == tick
                    assert np.array_equal(answer["actions"][:, 0], tick + np.arange(HORIZON))
                    assert (answer["actions"][:, -2] == 0).all(), "somebody reset my session"
                    self.answers += 1
                    self._over.wait(0.001)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            self.failed = error


@contextmanager
def attacked() -> Iterator[tuple[str, Neighbour]]:
    """A server process with a neighbour on it. At the end it still serves and is no larger."""
    command = [sys.executable, "-m", "tests.runtime.server.serve_echo"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            url = process.stdout.readline().strip()
            with Client(url) as client:
                client.ask(question())
            before = resident_kib(process.pid)
            neighbour = Neighbour(url)
            try:
                yield url, neighbour
            finally:
                neighbour.stop()
            assert neighbour.answers > 0
            assert resident_kib(process.pid) - before < GROWTH_KIB
            wait_for(lambda: "ontakt_held_bytes 0.0" in page(url, "/metrics")[1])
            process.stdin.close()
            assert process.wait(20.0) == 0
            assert process.stderr.read() == "", "an internal error"
        finally:
            process.kill()


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def send_messages(count: int, seed: int) -> None:
    """Each has one reply, until too many in a row made no sense; then one connects anew."""
    frames = islice(hostile_frames(Random(seed)), count)
    sent = replied = closed = 0
    with attacked() as (url, neighbour):
        while sent < count:
            with suppress(ConnectionClosed), Client(url) as client:
                for message in frames:
                    sent += 1
                    client.connection.send(message)
                    said = client.connection.recv(30.0)
                    replied += 1
                    assert isinstance(said, bytes) or "\n" not in said
            closed += 1
        assert neighbour.answers > 0
    assert sent == count
    assert replied >= count - closed


def send_nonsense(count: int, seed: int) -> None:
    """Frames that are none, or break off, after an honest handshake: each connection of its own."""
    chance = Random(seed)
    honest = frame(0x2, encoded(question(1)))
    with attacked() as (url, _):
        for _ in range(count):
            data = bytearray(honest)
            for _ in range(chance.choice((1, 3, 20))):
                data[chance.randrange(min(len(data), chance.choice((2, 14, 400))))] ^= 1 << (
                    chance.randrange(8)
                )
            data = data[: chance.randrange(1, len(data) + 1)]
            kind = chance.random()
            if kind < 0.2:
                data = bytearray(chance.randbytes(chance.choice((1, 20, 3000))))
            elif kind < 0.4:
                pieces = [frame(chance.choice((0, 1, 2)), b"x", fin=False) for _ in range(5000)]
                data = bytearray(b"".join(pieces[: chance.choice((2, 50, 5000))]))
            elif kind < 0.5:
                data = bytearray(frame(chance.choice((8, 9, 10, 3, 11)), chance.randbytes(200)))
            stream = handshaken(url)
            with suppress(OSError):
                stream.sendall(data)
                if chance.random() < 0.5:
                    stream.settimeout(0.05)
                    stream.recv(4096)
            stream.close()


def test_a_thousand_hostile_messages_disturb_nobody() -> None:
    send_messages(1_000, seed=1)


@pytest.mark.slow
def test_a_hundred_thousand_hostile_messages_disturb_nobody() -> None:
    send_messages(100_000, seed=2)


def test_streams_that_are_no_websocket_disturb_nobody() -> None:
    send_nonsense(100, seed=3)


@pytest.mark.slow
def test_ten_thousand_streams_that_are_no_websocket_disturb_nobody() -> None:
    send_nonsense(10_000, seed=4)
