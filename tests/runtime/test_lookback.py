"""The pictures of the last seconds: kept by age, by number and by bytes."""

import numpy as np
import pytest

from ontakt.contract import Image
from ontakt.runtime import lookback
from ontakt.runtime.lookback import MOST, Lookback


def look(size: int = 2) -> dict[str, Image]:
    return {"head": np.zeros((size, size, 3), np.uint8)}


def ticks(kept: Lookback, before: int) -> list[int]:
    return [tick for tick, _ in kept.before(before)]


def test_old_pictures_go() -> None:
    kept = Lookback(300)
    for tick in range(0, 1000, 10):
        kept.keep(tick, look())
    assert ticks(kept, 990) == list(range(690, 1000, 10))
    assert ticks(kept, 1100) == list(range(800, 1000, 10))  # nothing was drawn since
    assert ticks(kept, 5000) == []


def test_pictures_that_come_too_fast_push_the_oldest_out() -> None:
    kept = Lookback(10_000)
    for tick in range(2 * MOST):
        kept.keep(tick, look())
    assert ticks(kept, 2 * MOST) == list(range(MOST, 2 * MOST))


def test_large_pictures_take_no_more_memory_than_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookback, "MOST_BYTES", 5 * 12)
    kept = Lookback(300)
    for tick in range(20):
        kept.keep(tick, look())
    assert ticks(kept, 20) == [15, 16, 17, 18, 19]
    kept.keep(20, look(100))
    assert ticks(kept, 21) == []
    kept.keep(21, look())
    assert ticks(kept, 21) == [21]
