"""Work for workers: they must find it by name in a process of their own."""

import os
import time
from collections.abc import Callable

from ontakt.contract import CycleError


def squares() -> Callable[[int], tuple[int, int]]:
    """The square of a number and the process that found it; small numbers take longer."""

    def work(number: int) -> tuple[int, int]:
        time.sleep(0.02 * (number % 3 == 0))
        return number * number, os.getpid()

    return work


def unlucky() -> Callable[[int], int]:
    """Fails at 3, dies at 13."""

    def work(number: int) -> int:
        if number == 3:
            raise CycleError("Three is too much.")
        if number == 13:
            os._exit(7)
        return number

    return work


def threads() -> Callable[[int], str]:
    """How many threads numeric libraries were told to take."""
    return lambda _: os.environ["OMP_NUM_THREADS"]


if __name__ == "__main__":  # read two results, tell who made them, wait to be killed
    import sys

    from ontakt.cli.teaching.workers import in_order

    for _, process in in_order(squares, range(1000), 2):
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        time.sleep(0.1)
