"""Where a policy server listens: a TCP port or a Unix socket."""

import socket
from urllib.parse import urlsplit

from msgspec import Struct

from ontakt.contract import BadValue

PORT = 8000
"""Where servers of the protocol listen unless they are told otherwise."""
_ALLOWED = "write openpi://HOST:PORT, or openpi+unix:///PATH/OF/SOCKET; keys never stand in it"


class Address(Struct, frozen=True):
    """One server. `path` is the page on which a server that has several serves the protocol."""

    host: str = ""
    port: int = PORT
    path: str = "/"
    unix: str | None = None
    """Path of a Unix socket; host and port do not matter then."""
    number: str | None = None
    """The numeric address that `host` stood for, once it is known: looking a name up has no bound
    in time."""

    def __str__(self) -> str:
        """As people write it."""
        if self.unix is not None:
            return f"openpi+unix://{self.unix}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"openpi://{host}:{self.port}{self.path.rstrip('/')}"

    @property
    def uri(self) -> str:
        """What the opening handshake asks for."""
        if self.unix is not None:
            return "ws://localhost/"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}{self.path}"

    def connect(self, timeout: float) -> socket.socket:
        """A stream to the server within `timeout` seconds. Raises OSError."""
        if self.unix is None:
            stream = socket.create_connection((self.number or self.host, self.port), timeout)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return stream
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            stream.settimeout(timeout)
            stream.connect(self.unix)
        except OSError:
            stream.close()
            raise
        return stream


def parse_address(text: str) -> Address:
    """`openpi://HOST:PORT[/PATH]` or `openpi+unix:///SOCKET`, without options. Raises BadValue."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadValue("policy server", text, _ALLOWED) from None
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise BadValue("policy server", text.partition("?")[0].rpartition("@")[2], _ALLOWED)
    if parts.scheme == "openpi+unix" and not parts.netloc and parts.path.startswith("/"):
        return Address(unix=parts.path)
    if parts.scheme == "openpi" and parts.hostname and port != 0:
        return Address(parts.hostname, PORT if port is None else port, parts.path or "/")
    raise BadValue("policy server", text, _ALLOWED)
