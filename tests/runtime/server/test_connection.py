"""What one client may hold, leave unread or leave unfinished, and that others do not notice."""

import socket
import time

import pytest
from tests.runtime.server.echo import EchoBrain, question, serving
from tests.runtime.server.raw import (
    UPGRADE,
    address,
    encoded,
    frame,
    handshaken,
    page,
    wait_for,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ontakt.runtime.server import ServerLimits


def test_a_client_that_does_not_read_is_cut_and_disturbs_nobody() -> None:
    """Half a megabyte a reply: soon no buffer takes more, and the write timeout ends it."""
    brain = EchoBrain(horizon=4000)
    with serving(brain, ServerLimits(write_s=0.3)) as running, running.client() as neighbour:
        deaf = handshaken(running.url)
        deaf.sendall(frame(0x2, encoded(question(1))) * 40)
        counted = 'cut_connections_total{why="unread"} 1.0'
        ends, tick = time.monotonic() + 20.0, 0
        while counted not in page(running.url, "/metrics")[1]:
            assert time.monotonic() < ends
            assert neighbour.ask(question(tick))["actions"][0, 0] == tick
            tick += 1
        deaf.close()
    assert sum(map(len, brain.batches)) < 40 + tick


def test_a_client_that_pings_and_does_not_read_is_cut() -> None:
    """Pongs are written whatever happens; what a client leaves unread is bounded all the same."""
    with serving(EchoBrain(), ServerLimits(backlog=65536)) as running:
        deaf = handshaken(running.url)
        deaf.settimeout(30.0)
        pings = frame(0x9, b"p" * 120) * 500
        with pytest.raises(OSError, match=r"reset|pipe"):
            deaf.sendall(pings * 2000)
        deaf.close()
        wait_for(lambda: 'why="unread"} 1.0' in page(running.url, "/metrics")[1])


@pytest.mark.parametrize("size", [1, 7, 1000, 300_000])
def test_a_client_that_leaves_in_the_middle_of_a_message_disturbs_nobody(size: int) -> None:
    with serving(EchoBrain()) as running, running.client() as neighbour:
        for tick in range(5):
            gone = handshaken(running.url)
            gone.sendall(frame(0x2, bytes(400_000))[:size])
            gone.close()
            assert neighbour.ask(question(tick))["actions"][0, 0] == tick
        wait_for(lambda: "ontakt_held_bytes 0.0" in page(running.url, "/metrics")[1])
        assert "ontakt_connections 1.0" in page(running.url, "/metrics")[1]


def test_messages_that_never_end_cannot_keep_others_out() -> None:
    """Sixteen clients hold more than the server may; the largest are cut, a small one works on."""
    limits = ServerLimits(memory=4_000_000, message=1_000_000)
    with serving(EchoBrain(), limits) as running, running.client() as neighbour:
        greedy = []
        for tick in range(16):
            client = handshaken(running.url)
            client.sendall(frame(0x2, bytes(1_000_000))[:-1])
            greedy.append(client)
            assert neighbour.ask(question(tick))["actions"][0, 0] == tick
        wait_for(lambda: 'why="memory"}' in page(running.url, "/metrics")[1])
        held = [line for line in page(running.url, "/metrics")[1].split("\n") if "_held" in line]
        assert float(held[-1].split()[-1]) <= 4_000_000
        for client in greedy:
            client.close()


def test_a_message_that_is_too_long_is_refused_before_it_comes() -> None:
    limits = ServerLimits(message=100_000)
    with serving(EchoBrain(), limits) as running, running.client() as client:
        client.connection.send(bytes(100_001))
        with pytest.raises(ConnectionClosed) as closed:
            client.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_there_is_room_for_so_many_connections_and_health_beside_them() -> None:
    with serving(EchoBrain(), ServerLimits(connections=3)) as running:
        clients = [running.client() for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused:
            running.client()
        assert refused.value.response.status_code == 503
        assert page(running.url, "/healthz") == (200, "OK\n")
        clients.pop().close()
        wait_for(lambda: "ontakt_connections 2.0" in page(running.url, "/metrics")[1])
        clients.append(running.client())
        for client in clients:
            client.close()


def test_a_handshake_that_does_not_end_is_cut() -> None:
    limits = ServerLimits(handshake_s=0.2)
    with (
        serving(EchoBrain(), limits) as running,
        socket.create_connection(address(running.url)) as silent,
    ):
        silent.sendall(b"GET / HTTP/1.1\r\n")
        silent.settimeout(10.0)
        assert silent.recv(100) == b""


@pytest.mark.parametrize(
    "header",
    [b"X: " + b"x" * 9000 + b"\r\n", b"X: x\r\n" * 200, b"Origin: http://evil.example\r\n"],
)
def test_headers_that_are_too_long_or_too_many_or_a_browsers_are_refused(header: bytes) -> None:
    with serving(EchoBrain()) as running, running.client() as neighbour:
        with socket.create_connection(address(running.url)) as client:
            client.settimeout(10.0)
            client.sendall(UPGRADE.replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n"))
            assert b" 101 " not in client.recv(4096)
        assert neighbour.ask(question(1))["actions"][0, 0] == 1
