"""Numbered work in processes of their own, with the results in the order of the numbers."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from msgspec import Struct

from ontakt.contract import HaltError, OntaktError

Result = TypeVar("Result")
Make = Callable[[], Callable[[int], Result]]

AHEAD = 3
"""Results a worker that may wait for an earlier one: memory stays bounded."""
_ENVIRONMENT = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    # its thread has the least priority there is: on a busy machine it holds up a process's end
    "MESA_SHADER_CACHE_DISABLE": "true",
}


class _Failure(Struct, frozen=True):
    """What comes back in the place of a result."""

    why: str


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: "Connection[Any, Any]"
    number: int | None = None
    """What it is at."""


def in_order(make: Make[Result], numbers: Sequence[int], jobs: int) -> Iterator[Result]:
    """`work(number)` for all `numbers`, in their order, by up to `jobs` workers: each a new process
    in which `make`, which can be pickled, is called once for its `work`.

    However many there are, a worker has one thread and the same environment. It does not outlive
    the iteration, nor a reader that was killed by more than what it is at. Raises HaltError, after
    the results before it, when a worker fails or dies.
    """
    found: dict[int, Result] = {}
    waiting = iter(numbers)
    given = 0
    with _workers(make, min(jobs, len(numbers))) as workers:
        for done, number in enumerate(numbers):
            while True:
                for worker in workers:
                    if worker.number is None and given < done + AHEAD * len(workers):
                        worker.number = next(waiting, None)
                        given += _send(worker)
                if number in found:
                    break
                busy = {w.pipe: w for w in workers if w.number is not None}
                for pipe in wait(list(busy)):
                    worker = next(w for w in workers if w.pipe is pipe)
                    at, result = _receive(worker)
                    found[at] = result
            yield found.pop(number)


def _send(worker: _Worker) -> bool:
    """Tell the worker its number, where there is one; whether there was."""
    if worker.number is not None:
        try:
            worker.pipe.send(worker.number)
        except OSError as error:
            raise _dead(worker) from error
    return worker.number is not None


def _receive(worker: _Worker) -> tuple[int, Any]:
    assert worker.number is not None  # it is busy
    try:
        result = worker.pipe.recv()
    except (EOFError, OSError) as error:
        raise _dead(worker) from error
    if isinstance(result, _Failure):
        raise HaltError(result.why)
    number, worker.number = worker.number, None
    return number, result


def _dead(worker: _Worker) -> HaltError:
    worker.process.join()
    code = worker.process.exitcode
    return HaltError(f"The worker at number {worker.number} died with exit code {code}.")


@contextmanager
def _workers(make: Make[Any], count: int) -> Iterator[list[_Worker]]:
    context, workers = get_context("spawn"), list[_Worker]()
    try:
        with _upbringing():
            for _ in range(count):
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, make), daemon=True)
                process.start()
                theirs.close()  # so that the end of one side is seen by the other
                workers.append(_Worker(process, ours))
        yield workers
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join()
            worker.pipe.close()


@contextmanager
def _upbringing() -> Iterator[None]:
    """What processes that are started meanwhile have before they import anything: one thread, and
    no ear for Ctrl-C: whoever reads them decides when it is enough."""
    before, heard = dict(os.environ), signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name in _ENVIRONMENT:
            del os.environ[name]
        os.environ.update(before)
        signal.signal(signal.SIGINT, heard)


def _serve(pipe: "Connection[Any, Any]", make: Make[Any]) -> None:
    """A worker's life."""
    work: Callable[[int], Any] | None = None
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # nobody reads any more
        while True:
            number = pipe.recv()
            try:
                work = work or make()
                result = work(number)
            except OntaktError as error:
                result = _Failure(str(error))
            pipe.send(result)
