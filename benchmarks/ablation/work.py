"""Variants worked in processes of their own, some at a time."""

import fcntl
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO

import msgspec
from benchmarks.ablation.orders import DONE, Done, Orders
from benchmarks.ablation.variants import Variant

from ontakt.cli.evaluation.evaluation import Evaluation
from ontakt.contract import HaltError, SetupError
from ontakt.policy.training.plan import write_json

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def work(orders: Orders, variants: Sequence[Variant], jobs: int) -> dict[str, str]:
    """Bring `variants` to their end, `jobs` at a time; those that are there are left alone. One
    that fails does not keep the others. Returns why, by name. Raises SetupError where another
    process works in the same folder; KeyboardInterrupt when it was stopped and all is saved."""
    left = [variant for variant in variants if orders.done(variant) is None]
    for variant in variants:
        if variant not in left:
            say(f"{variant.name}: is there")
    failed: dict[str, str] = {}
    with alone(orders.out) as lock, ThreadPoolExecutor(jobs) as pool:
        crew = Crew(lock)
        asked = {pool.submit(bring, orders, variant, crew): variant.name for variant in left}
        try:
            for k, future in enumerate(as_completed(asked)):
                name, error = asked[future], future.exception()
                if error is not None:
                    failed[name] = str(error)
                state = "ended" if error is None else f"failed: {error}"
                say(f"{name}: {state}; {k + 1} of {len(left)}")
        except KeyboardInterrupt:
            crew.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return failed


def bring(orders: Orders, variant: Variant, crew: "Crew") -> None:
    """Train and examine `variant`, from where it stands. Raises HaltError."""
    order = orders.order(variant)
    orders.folder(variant).mkdir(parents=True, exist_ok=True)
    crew.run(variant.name, order.train)
    told = msgspec.json.decode(crew.run(variant.name, order.evaluate), type=Evaluation)
    write_json(orders.folder(variant) / DONE, Done(order, told))


class Crew:
    """The processes under way. Each holds `lock` too, so that one that outlives a kill of this
    process is not doubled."""

    def __init__(self, lock: int) -> None:
        self._lock, self._turn = lock, Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def run(self, name: str, words: Sequence[str]) -> str:
        """What `ontakt` with `words` prints; what it says on the way is told as `name`'s. Raises
        HaltError with its last words where it fails."""
        say(f"{name}: {shlex.join(('ontakt', *words))}")
        last = ""
        with tempfile.TemporaryFile("w+") as printed:
            with self._start(words, printed) as process:
                assert process.stderr is not None  # it is a pipe
                for line in process.stderr:
                    last = line.strip()
                    say(f"{name}: {last}")
            with self._turn:
                self._running.discard(process)
            if process.returncode:
                raise HaltError(last or f"exit code {process.returncode}")
            printed.seek(0)
            return printed.read()

    def _start(self, words: Sequence[str], printed: IO[str]) -> subprocess.Popen[str]:
        with self._turn:
            if self._stopped:
                raise HaltError("stopped")
            process = subprocess.Popen(
                [sys.executable, "-m", "ontakt.cli", *words],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **ONE_THREAD},
                pass_fds=[self._lock],
                start_new_session=True,  # Ctrl-C is for us, who tell it once
            )
            self._running.add(process)
            return process

    def stop(self) -> None:
        """Have all of them save and end."""
        with self._turn:
            self._stopped = True
            for process in self._running:
                process.terminate()


@contextmanager
def alone(folder: Path) -> Iterator[int]:
    """Holds `folder` for this process and those that it hands the file to. Raises SetupError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupError(f"{folder}: another ablation is at work there.") from error
        yield file.fileno()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
