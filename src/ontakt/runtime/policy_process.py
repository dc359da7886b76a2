"""A policy server in a process of its own, beside the control loop and never in its way."""

import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ontakt.contract import BadValue, SetupError
from ontakt.runtime.address import Address

LONGEST_SOCKET_PATH = 100
"""Bytes that the path of a Unix socket may have everywhere (Linux takes 107, others 103)."""


class PolicyProcess:
    """Starts a server, waits until it listens, ends it.

    The server listens on a Unix socket in a folder that only this user may enter. Its numeric
    libraries leave one core to the control loop, and its niceness is raised (which means nothing
    where time is shared out by session, as Linux desktops do). It is in a session of its own, so a
    Ctrl-C that ends the shift safely does not take the brain away first; its standard input is a
    pipe that nobody writes to, which ends when this process does, however that comes about: the
    server must leave then.
    """

    def __init__(
        self, command: Callable[[str], Sequence[str]], *, patience: float = 300.0, nice: int = 10
    ) -> None:
        """Run what `command` makes of the socket's path; it prints one line when it is ready,
        within `patience` seconds. Raises SetupError with its last words when it is not."""
        self._folder = Path(tempfile.mkdtemp(prefix="ontakt-"))
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - `_clean` closes it
        try:
            self.address = Address(unix=str(self._folder / "policy"))
            self._command, self._nice = command(_short(str(self.address.unix))), nice
            self._process = self._start()
        except BaseException:
            self._clean()
            raise
        try:
            self.greeting = self._ready(patience)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._process.pid

    def last_words(self, patience: float = 0.0) -> str | None:
        """How the server ended and the last line that it wrote; None when it still runs after
        `patience` seconds: what it had open is closed a moment before it has ended."""
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 4096))
        lines = self._said.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return f"{how}: {''.join(c for c in last if c.isprintable())[:300]}"

    def revive(self) -> None:
        """Start the server again, where it has ended, without waiting until it is ready."""
        if self._process.poll() is not None:
            self._end()
            self._process = self._start()

    def close(self, patience: float = 5.0) -> None:
        """Ask the server to end; kill it when it does not within `patience` seconds."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._end()
        self._clean()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                start_new_session=True,
                env={**_one_core_left(), **os.environ},
            )
        except OSError as error:
            raise SetupError(f"The policy's process cannot be started: {error}.") from error
        with suppress(OSError):  # it has ended already: `_ready` says why
            os.setpriority(os.PRIO_PROCESS, process.pid, self._nice)
        assert process.stdout is not None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(
            target=_read, args=(process.stdout, self._lines), name="policy process", daemon=True
        )
        self._reader.start()
        return process

    def _ready(self, patience: float) -> str:
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            raise SetupError(f"The policy's process was not ready within {patience:g} s.") from None
        if not line:
            why = self.last_words(5.0) or "it closed its output"
            raise SetupError(f"The policy's process ended before it was ready ({why}).")
        return line.decode(errors="replace").strip()

    def _end(self) -> None:
        """Close the pipes of a process that has ended."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with suppress(OSError):  # what it has started and left behind
            os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join(1.0)

    def _clean(self) -> None:
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """The first line for whoever waits for it; the rest goes nowhere, so that a talkative server
    never stands still before a full pipe."""
    with stream:
        lines.put(stream.readline())
        while stream.read1(65536):  # type: ignore[attr-defined]
            pass


def _one_core_left() -> dict[str, str]:
    """What tells numeric libraries how many threads they may have."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = str(max(1, (cores or 1) - 1))
    return {f"{name}_NUM_THREADS": threads for name in ("OMP", "OPENBLAS", "MKL")}


def _short(path: str) -> str:
    if len(path.encode()) > LONGEST_SOCKET_PATH:
        allowed = f"at most {LONGEST_SOCKET_PATH} bytes; set TMPDIR to a shorter folder"
        raise BadValue("path of the policy's socket", path, allowed)
    return path
