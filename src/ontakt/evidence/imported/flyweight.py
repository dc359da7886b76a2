"""One object for all rows that would have equal ones: a million cycles differ in few ways."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Made = TypeVar("Made")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the collector of cycles, which would walk a growing heap of records again and again
    and find nothing to free."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_MOST = 2**40
"""Kinds of rows that a key may tell apart before it is numbered anew: far below what overflows."""


def _coded(column: NDArray[np.generic]) -> tuple[NDArray[np.int64], int]:
    """Equal values as equal numbers from 0 on, and how many numbers there may be. Small whole
    numbers, as results are, need no sorting."""
    if column.dtype.kind == "i":
        whole = column.astype(np.int64)
        low, high = int(whole.min()), int(whole.max())
        if high - low < 2**16:
            return whole - low, high - low + 1
    _, codes = np.unique(column, return_inverse=True)
    return codes, int(codes.max()) + 1


def shared(columns: Sequence[NDArray[np.generic]], make: Callable[[int], Made]) -> list[Made]:
    """For every row `make(k)`, k being the first row with the same values in all `columns`; those
    have shape (rows,), and nan is nan."""
    key = np.zeros(len(columns[0]), np.int64)
    kinds = 1
    for column in columns:
        if (column == column[:1]).all():
            continue
        codes, more = _coded(column)
        if kinds * more > _MOST:
            _, key = np.unique(key, return_inverse=True)
            kinds = int(key.max(initial=0)) + 1
        key, kinds = key * more + codes, kinds * more
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    made = [make(k) for k in first.tolist()]
    return [made[k] for k in place.tolist()]
