"""Batches cut ahead of time, while a GPU works."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from ontakt.policy.training.batches import Batch

WORKERS = 4
"""Threads that cut; numpy lets them run beside each other."""
AHEAD = 8


def in_order(cut: Callable[[int], Batch], first: int, last: int) -> Iterator[Batch]:
    """Batches `first` to `last` - 1, each when it is asked for."""
    return (cut(step) for step in range(first, last))


def ahead(cut: Callable[[int], Batch], first: int, last: int) -> Iterator[Batch]:
    """The same batches, cut by other threads."""
    pool, waiting = ThreadPoolExecutor(WORKERS), deque[Future[Batch]]()
    try:
        for step in range(first, last):
            waiting.append(pool.submit(cut, step))
            if len(waiting) == AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
