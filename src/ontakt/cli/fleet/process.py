"""A shift's process as its parent sees it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ontakt.cli.fleet.ended import Ended
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.contract import HaltError

PROGRAM = (sys.executable, "-P", "-m", "ontakt.cli.fleet.child")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
_CYCLE = re.compile(rb"^cycle (\d+):", re.MULTILINE)
_LAST_WORDS = 8192
"""Bytes of stderr that are remembered."""
_MOMENT_S = 1.0
"""From the last word to the end."""


def words(order: ShiftOrder, place: Path) -> tuple[str, ...]:
    """The arguments of the child that works `order` into `place`."""
    return (*order.options.command()[1:], "--out", str(place), "--json")


class ShiftProcess:
    """One process of `program`; killed when its parent ends, in whatever way. `reached` hears how
    many cycles it has worked. Raises HaltError where none can be started."""

    def __init__(
        self,
        program: Sequence[str],
        arguments: Sequence[str],
        one_thread: bool,
        reached: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._said, self._reached = b"", reached
        try:
            self._process = subprocess.Popen(
                (*program, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **(ONE_THREAD if one_thread else {})},
            )
        except OSError as error:
            raise HaltError(f"{program[0]}: cannot be started ({error.strerror}).") from error
        assert self._process.stderr is not None  # it is a pipe
        self.stderr = self._process.stderr.fileno()
        os.set_blocking(self.stderr, False)

    def listen(self) -> bool:
        """Take in what it has said since; False when it will say no more."""
        while True:
            try:
                heard = os.read(self.stderr, 65536)
            except BlockingIOError:
                return True
            if not heard:
                return False
            lines = self._said.rpartition(b"\n")[2] + heard
            for cycle in _CYCLE.findall(lines[: lines.rfind(b"\n") + 1]):
                self._reached(int(cycle))
            self._said = (self._said + heard)[-_LAST_WORDS:]

    def ended(self, wait: bool = False) -> Ended | None:
        """How it ended; None while it runs. With `wait` it has said its last and gets a moment."""
        try:
            code = self._process.wait(_MOMENT_S) if wait else self._process.poll()
        except subprocess.TimeoutExpired:
            return None
        if code is None:
            return None
        self.listen()
        lines = self._said.decode(errors="replace").strip().splitlines()
        return Ended(code, lines[-1].strip() if lines else "")

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stderr):
            if pipe is not None:
                pipe.close()
