"""Thinking that is work: what a policy does to the process that it runs in."""

import time
from collections.abc import Callable

import numpy as np

_WORDS = "put the nut on the pin and keep the other one in the left hand until it is asked for"


class Busy:
    """Called, it works for `seconds`, in three parts as a policy does: bytecode of Python (prompts,
    dictionaries), calls into C that keep the interpreter's lock for milliseconds (sorting, as
    decoders and encoders of messages do), and matrix products of numpy on as many threads as BLAS
    takes. The parts are bounded by time, not by count: on a machine with other work, too, it takes
    about `seconds`.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.perf_counter) -> None:
        self._seconds, self._now = seconds, now
        chance = np.random.default_rng(0)
        self._numbers: list[float] = chance.random(20_000).tolist()
        self._matrix = chance.random((512, 512), dtype=np.float32)

    def __call__(self) -> None:
        """Work."""
        begun = self._now()
        for part, work in enumerate((self._bytecode, self._sort, self._product), start=1):
            until = begun + part * self._seconds / 3
            while self._now() < until:
                work()

    def _bytecode(self) -> None:
        counts: dict[str, int] = {}
        for word in _WORDS.split() * 20:
            counts[word] = counts.get(word, 0) + 1

    def _sort(self) -> None:
        sorted(self._numbers)

    def _product(self) -> None:
        np.matmul(self._matrix, self._matrix)
