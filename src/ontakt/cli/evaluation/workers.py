"""Worker processes, each given the next episode when it has ended one."""

import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import IO

import msgspec

from ontakt.cli.evaluation.messages import Halted, Message, Ready, Refused
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.contract import HaltError, SetupError

_PROGRAM = (sys.executable, "-c", "from ontakt.cli.evaluation.worker import main; main()")
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


def work_episodes(
    first: bytes,
    jobs: int,
    begin: Callable[[Ready], Iterable[int]],
    ended: Callable[[EpisodeResult], object],
) -> None:
    """Start `jobs` workers, each told `first` (JSON), and have them work the indices that `begin`
    answers to the first one that is ready; `ended` hears of each result as it comes.

    Raises SetupError where it cannot be worked, HaltError where it cannot be gone on with; no
    process outlives the call.
    """
    left: list[int] | None = None
    who: Ready | None = None
    with ExitStack() as running, selectors.DefaultSelector() as selector:
        for _ in range(jobs):
            worker = _Worker(first)
            running.callback(worker.end)
            selector.register(worker.answers, selectors.EVENT_READ, worker)
        while selector.get_map():
            for key, _events in selector.select():
                worker = key.data
                message = worker.answer()
                if isinstance(message, EpisodeResult):
                    ended(message)
                elif who is None or left is None:
                    who, left = message, list(begin(message))
                elif message != who:
                    raise HaltError("Policy or station were changed while they were examined.")
                if left:
                    worker.ask(left.pop(0))
                else:
                    selector.unregister(worker.answers)


class _Worker:
    """One process."""

    def __init__(self, first: bytes) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._process = subprocess.Popen(
            _PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **_ONE_THREAD},
        )
        self._write(first)

    @property
    def answers(self) -> IO[bytes]:
        """Where its answers come from."""
        assert self._process.stdout is not None  # it is a pipe
        return self._process.stdout

    def ask(self, index: int) -> None:
        """Have it work an episode; one at a time."""
        self._write(str(index).encode())

    def answer(self) -> Ready | EpisodeResult:
        """What it says next; waits for it. Raises SetupError or HaltError when it refuses, halts
        or is no more."""
        line = self.answers.readline()
        if not line.endswith(b"\n"):
            raise HaltError(f"A worker process ended ({self._last_words()}).")
        message: Message = msgspec.json.decode(line, type=Message)
        if isinstance(message, Refused):
            raise SetupError(message.reason)
        if isinstance(message, Halted):
            raise HaltError(message.reason)
        return message

    def end(self) -> None:
        """Let it go, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe is not None:
                pipe.close()

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None  # it is a pipe
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # its end is told where its answer is awaited

    def _last_words(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {code}"
