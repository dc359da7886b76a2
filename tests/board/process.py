"""Real processes for tests: a board, and the writer of a made-up shift."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ENV = {**os.environ, "OMP_NUM_THREADS": "1"}


class BoardProcess:
    """`ontakt board` on a port of its own; `stop` and `start` keep that port."""

    def __init__(self, *arguments: str | Path) -> None:
        self._arguments = [str(argument) for argument in arguments]
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.said = b""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Come up; returns when it serves."""
        command = [sys.executable, "-m", "ontakt.cli", "board", *self._arguments]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stderr=subprocess.PIPE, env=ENV
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.fullmatch(rb"Board: http://127\.0\.0\.1:(\d+)/andon\n", line)
        assert found is not None, line + self.process.stderr.read()
        self.port = int(found[1])

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it; what it said meanwhile is kept."""
        if self.process is None or self.process.stderr is None:
            return
        self.process.send_signal(number)
        self.said += self.process.stderr.read()
        self.process.wait()
        self.process.stderr.close()
        self.process = None


_WRITER = """
import sys, time
from pathlib import Path
from tests.board.scenes import scene
from ontakt.evidence.store import open_store
store = open_store(Path(sys.argv[1]) / "events.db", write=True)
store.extend(scene(sys.argv[2], time.time_ns()))
print("up", flush=True)
time.sleep(600)
"""


class ShiftProcess:
    """A process that has written a scene and lives on, until it is killed."""

    def __init__(self, folder: Path, scene: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), scene], stdout=subprocess.PIPE, env=ENV
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"up\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def until(true: object, within_s: float = 20.0) -> None:
    """Wait until `true()` holds. Raises AssertionError when it does not come to that."""
    assert callable(true)
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, f"not within {within_s} s"
        time.sleep(0.05)
