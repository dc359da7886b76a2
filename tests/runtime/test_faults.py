"""Servers and wires that fail, in processes of their own: the client says why within its bound,
takes no stale answer, and goes on when they do."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.runtime.servers import STATION, name_of

from ontakt.contract import CameraSpec, CycleError, Observation, SetupError
from ontakt.runtime.address import Address
from ontakt.runtime.client import PolicyClient
from ontakt.runtime.fake import FakePolicy
from ontakt.runtime.policy_beside import PolicyBeside

HERE = Path(__file__).parent
SEEN = msgspec.structs.replace(STATION.observe(0, 0), job=("left", "right"))
HANG_S = 20.0
"""Far beyond every bound here."""


def _seen(tick: int) -> Observation:
    """What the station sees on `tick`; its left arm stands elsewhere on every tick, so that every
    tick has an answer of its own."""
    left = SEEN.arms["left"]
    moved = msgspec.structs.replace(left, position=left.position + 1e-3 * tick)
    return msgspec.structs.replace(SEEN, tick=tick, arms={**SEEN.arms, "left": moved})


def _check(client: PolicyClient | PolicyBeside, tick: int) -> None:
    """The answer to `tick` is that of a policy in process, and of no other tick."""
    wanted = FakePolicy(STATION).infer(_seen(tick)).targets
    assert not np.array_equal(wanted, FakePolicy(STATION).infer(_seen(tick + 1)).targets)
    assert np.array_equal(client.infer(_seen(tick)).targets, wanted)


def _fails(client: PolicyClient | PolicyBeside, tick: int) -> str:
    begun = time.monotonic()
    with pytest.raises(CycleError) as failed:
        client.infer(_seen(tick))
    assert time.monotonic() - begun < HANG_S
    assert "\n" not in str(failed.value)
    return str(failed.value)


@contextmanager
def _process(*words: str | float) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A script of this folder and the last number of its first line: its port."""
    command = [sys.executable, str(HERE / str(words[0])), *map(str, words[1:])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE.parents[1]
    ) as running:
        try:
            assert running.stdout is not None
            yield running, int(running.stdout.readline().split()[-1])
        finally:
            running.kill()


def _tell(proxy: subprocess.Popen[bytes], command: str) -> None:
    assert proxy.stdin is not None
    proxy.stdin.write(command.encode() + b"\n")
    proxy.stdin.flush()
    time.sleep(0.2)


def _client(port: int, timeout: float = 1.0) -> PolicyClient:
    return PolicyClient(name_of(Address("127.0.0.1", port), timeout=timeout), STATION.spec, SEEN)


def test_killed_while_it_thinks_and_started_again() -> None:
    with _process("serve_fake.py", "--pause", 0.3) as (server, port):
        client = _client(port)
        _check(client, 1)
        threading.Timer(0.1, server.kill).start()
        assert "closed the connection (without a word)" in _fails(client, 2)
        server.wait()  # its sockets close one after the other
        assert "cannot be reached (Connection refused)" in _fails(client, 3)
    with _process("serve_fake.py", "--port", port):
        _check(client, 4)
        client.close()


def test_killed_between_two_questions_and_back_in_time() -> None:
    with _process("serve_fake.py") as (server, port):
        client = _client(port, timeout=10.0)
        server.kill()
        server.wait()
        with _process("serve_fake.py", "--port", port):
            _check(client, 5)
            client.close()


@pytest.mark.slow
def test_frozen_and_thawed() -> None:
    with _process("serve_fake.py") as (server, port):
        client = _client(port, timeout=4.0)
        _check(client, 1)
        server.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        assert "gives no sign of life" in _fails(client, 2)
        assert time.monotonic() - begun < 3.9  # it need not wait for the whole bound
        assert client.silent_s > 2.0
        assert "opened no connection within" in _fails(client, 3)
        server.send_signal(signal.SIGCONT)
        _check(client, 4)
        assert client.silent_s < 1.0
        client.close()


def test_a_frozen_server_that_takes_no_more_bytes_does_not_hold_us() -> None:
    big = CameraSpec("head", 1920, 1080, 1.0)
    station = msgspec.structs.replace(STATION.spec, cameras=(big,))
    image = np.zeros((1080, 1920, 3), np.uint8)
    with _greeter() as (address, _):
        name = name_of(address, timeout=0.5, first_timeout=0.5, cameras={"head": "image"})
        seen = msgspec.structs.replace(SEEN, images={"head": image})
        begun = time.monotonic()
        with pytest.raises(SetupError, match=r"did not|closed"):
            PolicyClient(name, station, seen)
        assert time.monotonic() - begun < HANG_S


@contextmanager
def _greeter() -> Iterator[tuple[Address, threading.Event]]:
    """Shakes hands, sends metadata, reads nothing more."""
    from websockets.frames import Frame, Opcode
    from websockets.http11 import Request
    from websockets.server import ServerProtocol

    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        stream, _ = listening.accept()
        with stream:
            protocol = ServerProtocol()
            protocol.receive_data(stream.recv(4096))
            for event in protocol.events_received():
                assert isinstance(event, Request)
                protocol.send_response(protocol.accept(event))
            stream.sendall(b"".join(protocol.data_to_send()))
            stream.sendall(Frame(Opcode.BINARY, b"\x80").serialize(mask=False))
            over.wait(HANG_S)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield Address("127.0.0.1", listening.getsockname()[1]), over
        finally:
            over.set()
            thread.join()


@pytest.mark.slow
def test_a_slow_wire_is_waited_for_as_long_as_the_bound_allows() -> None:
    with (
        _process("serve_fake.py") as (_, port),
        _process("delaying_proxy.py", port) as (proxy, way),
    ):
        client = _client(way, timeout=2.5)
        _tell(proxy, "delay 0.5")
        begun = time.monotonic()
        _check(client, 1)
        assert time.monotonic() - begun > 1.0
        time.sleep(2.5)
        assert client.silent_s < 2.0  # pongs that come after the next ping are signs of life too
        _tell(proxy, "delay 2.0")
        assert "did not answer within 2.5 s" in _fails(client, 2)
        _tell(proxy, "pass")
        _check(client, 3)
        client.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("garble", "closed the connection|opened no connection|does not speak the protocol"),
        ("mute", r"did not answer within 1\.0 s \(last sign of life 1"),
        ("trickle", r"did not answer within 1\.0 s \(last sign of life"),
    ],
)
def test_a_wire_with_a_fault(fault: str, message: str) -> None:
    with (
        _process("serve_fake.py") as (_, port),
        _process("delaying_proxy.py", port) as (proxy, way),
    ):
        client = _client(way)
        _check(client, 1)
        _tell(proxy, fault)
        assert re.search(message, _fails(client, 2))
        assert _fails(client, 3)  # the new connection is no better
        _tell(proxy, "pass")
        for tick in range(4, 8):  # what was late or spoilt has gone with its connection
            _check(client, tick)
        client.close()


@pytest.mark.slow
def test_a_wire_that_is_cut_while_the_server_thinks() -> None:
    with (
        _process("serve_fake.py", "--pause", 0.4) as (_, port),
        _process("delaying_proxy.py", port) as (proxy, way),
    ):
        client = _client(way, timeout=2.0)
        threading.Timer(0.05, _tell, (proxy, "cut")).start()
        assert "closed the connection (without a word)" in _fails(client, 1)
        for tick in range(2, 5):
            _check(client, tick)
        _tell(proxy, "cut")
        _check(client, 5)  # nothing was asked when it was cut: nothing is lost
        client.close()


def test_a_policy_beside_us_that_dies_says_why_and_comes_back() -> None:
    command = [sys.executable, str(HERE / "serve_fake.py"), "--exit-at", "3", "--unix"]
    beside = PolicyBeside(lambda path: [*command, path], STATION.spec, SEEN, who="fake")
    try:
        assert (beside.spec.name, beside.spec.hash) == ("fake", "fake")
        first = beside.pid
        _check(beside, 1)
        told = _fails(beside, 2)  # the warm-up was one
        assert told.startswith("Policy server fake closed the connection")
        assert "Its process ended (exit code 9: out of memory); it starts again." in told
        until = time.monotonic() + HANG_S
        while True:
            try:
                _check(beside, 3)
                break
            except CycleError:
                assert time.monotonic() < until
        assert beside.pid != first
    finally:
        beside.close()
