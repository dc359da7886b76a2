"""Where a server listens: loopback unless it asks for keys, or a Unix socket of one's own."""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from ontakt.contract import BadValue, SetupError

_BACKLOG = 128


def listen_tcp(host: str, port: int, *, guarded: bool) -> Sequence[socket.socket]:
    """Sockets bound to every address of `host`; port 0 takes a free one. A client is turned away
    at once until the server runs: a brain may take a minute to load.

    Raises SetupError for a host that is not here, a port in use, and, unless the server is
    `guarded` by keys, for an address that other machines may reach: what the name stands for
    counts, not the name.
    """
    if not 0 <= port <= 65535:
        raise BadValue("--port", port, "it lies between 0 (a free one) and 65535")
    addresses = _resolve(host, port)
    reachable = [address for address in addresses if not ip_address(address).is_loopback]
    if reachable and not guarded:
        raise SetupError(
            f"--host {host} can be reached from other machines ({reachable[0]}) and whoever "
            "reaches it drives the brain; add --api-key-file FILE, or listen on 127.0.0.1."
        )
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            bound.append(socket.socket(family, socket.SOCK_STREAM))
            bound[-1].setblocking(False)
            bound[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound[-1].bind((address.partition("%")[0], bound[0].getsockname()[1] or port))
    except OSError as error:
        for one in bound:
            one.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
        raise SetupError(f"{host}:{port}: {why}; choose another --port or --host.") from error
    return bound


def url_of(listening: socket.socket) -> str:
    """Where a client on this machine connects to."""
    host, port = listening.getsockname()[:2]
    return f"ws://[{host}]:{port}" if listening.family == socket.AF_INET6 else f"ws://{host}:{port}"


class UnixListener:
    """A Unix socket that only this user may open; its file goes when the server does."""

    def __init__(self, path: Path) -> None:
        """Raises SetupError for a path that is too long, in use, or something else."""
        self.path = path
        try:
            _clear(path)
        except OSError as error:
            raise SetupError(f"--socket {path}: {error.strerror or error}.") from error
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            before = os.umask(0o177)  # the file is born with mode 0600
            try:
                self.socket.bind(str(path))
            finally:
                os.umask(before)
            self.socket.listen(_BACKLOG)
            self.socket.setblocking(False)
            self._file = path.stat().st_ino
        except OSError as error:
            self.socket.close()
            raise SetupError(f"--socket {path}: {error.strerror or error}.") from error

    def close(self) -> None:
        """Take the file away, unless somebody else's stands there by now."""
        self.socket.close()
        with suppress(OSError):
            if self.path.stat().st_ino == self._file:
                self.path.unlink()


def _resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, each once, IPv4 first; the name is not looked up again after."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BadValue("--host", host, "no such host; 127.0.0.1 is this machine") from error
    families = (socket.AF_INET, socket.AF_INET6)
    addresses = dict.fromkeys(
        str(each[4][0]) for family in families for each in found if each[0] == family
    )
    if not addresses:
        raise BadValue("--host", host, "no such host; 127.0.0.1 is this machine")
    return list(addresses)


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens on. Raises SetupError for any other file."""
    if not path.is_socket():
        if path.exists():
            raise SetupError(f"--socket {path}: a file that is no socket stands there.")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise SetupError(f"--socket {path}: another server listens there.")
