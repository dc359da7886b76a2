"""A policy server put together, run, and stopped."""

import asyncio
import errno
import logging
import os
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from ontakt.cli.policies import build_policy, find_policy
from ontakt.contract import BadValue, Brain, SetupError, StationSpec
from ontakt.runtime.server import (
    ApiKeys,
    PolicyServer,
    ServerLimits,
    UnixListener,
    brain_of,
    keep_freed_memory,
    listen_tcp,
    url_of,
)
from ontakt.runtime.server_name import SCHEMES
from ontakt.station.registry import StationFile, find_station
from ontakt.station.variation import parse_variation

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Serving:
    """Everything that serving needs, checked and built; nobody can connect yet."""

    def __init__(
        self,
        *,
        policy: str,
        station: str,
        address: tuple[str, int],
        unix: Path | None,
        api_key_file: Path | None,
        limits: tuple[int, int],
    ) -> None:
        """`address` is host and port, `unix` a path that takes their place; `limits` are the most
        robots of one inference and the most requests that wait. Raises SetupError for whatever
        cannot be served."""
        self._keys = None if api_key_file is None else ApiKeys(api_key_file)
        self._policy = find_policy(policy)
        if policy.startswith(SCHEMES):
            raise BadValue("policy", policy, "a server already; connect to it")
        file = find_station(station)
        # The way is taken first: a brain may take a minute to load, a port in use takes none.
        self._unix = None if unix is None else UnixListener(unix)
        if self._unix is None:
            self._sockets = listen_tcp(*address, guarded=self._keys is not None)
        else:
            self._sockets = [self._unix.socket]
        try:
            self._brain, self._spec = self._build(file)
            batch, queue = limits
            self._server = PolicyServer(
                self._brain,
                self._spec.action_space,
                limits=ServerLimits(batch=batch, queue=queue),
                keys=self._keys,
                cameras=self._spec.cameras,
                station=self._spec.name,
                robot=self._spec.robot,
            )
            self._batch = max(1, min(batch, self._brain.batch))
        except BaseException:
            self._close()
            raise

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, where it has them."""
        host, port = self._sockets[0].getsockname()[:2]
        return host, port

    def run(self, *, as_json: bool) -> int:
        """Serve until SIGINT or SIGTERM; returns 0."""
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
        keep_freed_memory()
        try:
            asyncio.run(self._run(as_json))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            port = self.address[1]
            raise SetupError(f"Port {port} was taken while the brain was loading.") from error
        finally:
            self._close()
        return 0

    async def _run(self, as_json: bool) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in _STOPS:
            loop.add_signal_handler(number, stop.set)
        if self._unix is not None:
            _leave_with_starter(loop, stop)
        await self._server.run(self._sockets, stop, lambda: self._tell(as_json))

    def _build(self, file: StationFile) -> tuple[Brain, StationSpec]:
        station = file.build(parse_variation(("nominal",), file.levels), 0)
        try:
            # A policy keeps what the station is, never the station.
            brain = brain_of(lambda: build_policy(self._policy, file, station))
            return brain, station.spec
        finally:
            station.close()

    def _tell(self, as_json: bool) -> None:
        """The line that scripts wait for."""
        spec, unix = self._brain.spec, self._unix
        width = self._spec.action_space.width
        where = (
            url_of(self._sockets[0]) if unix is None else f"openpi+unix://{unix.path.absolute()}"
        )
        if as_json:
            told = {
                "url": where if unix is None else None,
                "socket": None if unix is None else str(unix.path),
                "policy": self._policy,
                "policy_hash": spec.hash,
                "horizon": spec.horizon,
                "action_dim": width,
                "cameras": spec.cameras,
                "batch": self._batch,
                "keys": self._keys is not None,
                "pid": os.getpid(),
            }
            print(msgspec.json.encode(told).decode(), flush=True)
            return
        what = f"{spec.horizon} rows of {width} numbers a chunk"
        keys = "" if self._keys is None else ", for those with a key"
        print(f"serving {self._policy} at {where} ({what}{keys})", flush=True)

    def _close(self) -> None:
        for listening in self._sockets:
            listening.close()
        if self._unix is not None:
            self._unix.close()


def _leave_with_starter(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when standard input, if it is a pipe, ends: a server that was started for one process
    must not outlive it, however that ended."""
    with suppress(OSError, ValueError):
        number = sys.stdin.fileno()
        if not stat.S_ISFIFO(os.fstat(number).st_mode):
            return

        def read() -> None:
            if not os.read(number, 4096):
                loop.remove_reader(number)
                stop.set()

        loop.add_reader(number, read)
