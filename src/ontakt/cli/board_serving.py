"""The board as a process: its socket, its signals, and its end."""

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ontakt.cli.folder import SHIFTS, find_store
from ontakt.contract import BadValue, MissingExtra, SetupError

if TYPE_CHECKING:
    from uvicorn import Server

LINGER_S = 60.0
"""A board beside a shift that has ended stays for so long after the last page has left it."""
_HEADERS = 16_384
"""Bytes of headers that a request may have."""
_MESSAGE = 4_096
"""Bytes of a web socket's message."""


def places_of(stores: Sequence[Path]) -> list[Path]:
    """Where to look for records: folders as they are, the rest as `ontakt report` finds it.
    Raises SetupError for what is not there."""
    return [place if place.is_dir() else _found(place) for place in stores]


def _found(place: Path) -> Path:
    below = SHIFTS / place
    return below if below.is_dir() else find_store(place)


def check_extra() -> None:
    """Raises MissingExtra where the board's libraries are absent."""
    try:
        import fastapi  # noqa: F401
        import sse_starlette  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("The board", "board") from error


def serve(
    places: Sequence[Path],
    address: tuple[str, int],
    *,
    tokens: Path | None = None,
    names: tuple[str, ...] = (),
    reasons: Path | None = None,
    beside: int | None = None,
) -> int:
    """Serve the records at `places` until SIGINT or SIGTERM; returns 0. `beside` is the process of
    the shift that started us: once it is gone and nobody looks any more, so are we.

    Raises SetupError for what cannot be served.
    """
    check_extra()
    import uvicorn

    from ontakt.board.app import BoardConfig, make_app

    host, port = address
    app = make_app(BoardConfig(places, host, tokens, names, reasons=reasons))
    listening = listen(host, port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # who looks at what is nobody's business, and addresses stay out of logs
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=_HEADERS,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=_MESSAGE,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    url = f"http://{_bracketed(host)}:{listening.getsockname()[1]}/andon"
    print(f"Board: {url}", file=sys.stderr, flush=True)
    if beside is None:
        server.run(sockets=[listening])
    else:
        _silence()
        asyncio.run(_serve_beside(server, listening, lambda: os.getppid() == beside, app.streams))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises SetupError where it cannot."""
    if not 0 <= port <= 65_535:
        raise BadValue("--port", port, "a port lies between 0 and 65535")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise SetupError(
            f"{host}:{port}: cannot listen there ({error.strerror or error}); try --port 0."
        ) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _serve_beside(
    server: "Server", listening: socket.socket, alive: Callable[[], bool], looked: Callable[[], int]
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    seen = time.monotonic()
    while not serving.done():
        if alive() or looked():
            seen = time.monotonic()
        if time.monotonic() - seen > LINGER_S:
            server.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(serving), 1.0)
    await serving


def _silence() -> None:
    """Let go of the terminal or pipe of whoever started us; he has read the one line."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
