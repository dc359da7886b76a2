"""The protocol by hand, to say what no client library says, and pages over HTTP."""

import socket
import time
from collections.abc import Callable

from ontakt.runtime.wire import encode

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def address(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("ws://").split(":")
    return host, int(port)


def handshaken(url: str) -> socket.socket:
    """A raw stream on which frames can be written as they should not be."""
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    stream.settimeout(10.0)
    stream.connect(address(url))
    stream.sendall(UPGRADE)
    assert b" 101 " in stream.recv(100)
    return stream


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """One frame of a client, masked with zeros (RFC 6455, section 5.2)."""
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def encoded(request: object) -> bytes:
    return encode(request)


def page(url: str, path: str, headers: str = "") -> tuple[int, str]:
    """Status and body of a GET, on a connection of its own."""
    with socket.create_connection(address(url)) as stream:
        stream.settimeout(10.0)
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        said = b""
        while piece := stream.recv(65536):
            said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def queued(url: str) -> int:
    """Requests that wait for their turn."""
    text = page(url, "/metrics")[1]
    line = next(line for line in text.split("\n") if line.startswith("ontakt_queue_length "))
    return int(float(line.split()[1]))


def wait_for(what: Callable[[], bool], timeout: float = 20.0) -> None:
    """Until `what` holds; fails when it never does."""
    ends = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.005)
