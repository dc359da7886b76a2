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


def shared(columns: Sequence[NDArray[np.generic]], make: Callable[[int], Made]) -> list[Made]:
    """For every row `make(k)`, k being the first row with the same values in all `columns`; those
    have shape (rows,), and nan is nan."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if (column == column[:1]).all():
            continue
        _, codes = np.unique(column, return_inverse=True)
        _, key = np.unique(key * (codes.max(initial=0) + 1) + codes, return_inverse=True)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    made = [make(k) for k in first.tolist()]
    return [made[k] for k in place.tolist()]
