"""Times in ISO 8601, a whole column at once: read where all are laid out alike, and written."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

Micros = NDArray[np.int64]
"""Microseconds since 1970."""

EMPTY = np.iinfo(np.int64).min
"""A moment that nobody wrote down."""

_LAYOUT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,](\d{1,9}))?(Z|[+-]\d\d(:?)\d\d)?", re.ASCII
)


def uniform(texts: Sequence[str]) -> tuple[Micros, bool] | None:
    """The moments of `texts` that are all laid out like the first, in ISO 8601 to the second, and
    whether they name a zone; None where they are not, or where one of them is no time."""
    layout = _LAYOUT.fullmatch(texts[0])
    if layout is None:
        return None
    width = len(texts[0])
    try:
        cells = np.array(texts, dtype=f"S{width + 1}").view(np.uint8).reshape(-1, width + 1)
    except UnicodeEncodeError:
        return None
    zone = layout.start(2) if layout[2] else width
    fixed = np.array([not c.isdigit() for c in texts[0]])
    signed = layout[2] is not None and layout[2] != "Z"
    if signed:
        fixed[zone] = False
    pattern = np.frombuffer(texts[0].encode(), np.uint8)
    digits = cells[:, :width].astype(np.int64) - ord("0")
    odd = (digits < 0) | (digits > 9)
    if signed:
        odd[:, zone] = ~np.isin(cells[:, zone], (ord("+"), ord("-")))
    if (
        cells[:, width].any()
        or (cells[:, :width][:, fixed] != pattern[fixed]).any()
        or odd[:, ~fixed].any()
    ):
        return None

    def number(start: int, stop: int) -> NDArray[np.int64]:
        return digits[:, start:stop] @ 10 ** np.arange(stop - start - 1, -1, -1)

    hour, minute, second = number(11, 13), number(14, 16), number(17, 19)
    if (hour > 23).any() or (minute > 59).any() or (second > 59).any():
        return None
    days = _days(number(0, 4) * 10_000 + number(5, 7) * 100 + number(8, 10))
    if days is None:
        return None
    micros = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000
    if layout[1]:
        stop = min(20 + len(layout[1]), 26)
        micros += number(20, stop) * 10 ** (26 - stop)
    if signed:
        colon = len(layout[3])
        offset = number(zone + 1, zone + 3) * 60 + number(zone + 3 + colon, zone + 5 + colon)
        micros -= np.where(cells[:, zone] == ord("-"), -offset, offset) * 60_000_000
    return micros, layout[2] is not None


def _days(dates: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Days since 1970 of dates as 20260302; None where one does not exist."""
    each, place = np.unique(dates, return_inverse=True)
    try:
        known = [date(d // 10_000, d // 100 % 100, d % 100).toordinal() for d in each.tolist()]
    except ValueError:
        return None
    return np.array(known, np.int64)[place] - date(1970, 1, 1).toordinal()


@cache
def _clock() -> tuple[list[str], list[str]]:
    """Every second of a day, and every millisecond of a second, as `spelled` writes them."""
    clock = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}." for s in range(86_400)]
    return clock, [f"{k:03d}Z" for k in range(1000)]


def spelled(millis: NDArray[np.int64]) -> list[str]:
    """Milliseconds since 1970 as `2026-03-02T08:00:00.000Z`; empty for EMPTY."""
    known = np.where(millis == EMPTY, 0, millis)
    days, rest = np.divmod(known, 86_400_000)
    seconds, thousandths = np.divmod(rest, 1000)
    each, place = np.unique(days, return_inverse=True)
    dates = [f"{date.fromordinal(d + 719_163):%Y-%m-%d}T" for d in each.tolist()]
    clock, tails = _clock()
    texts = [
        dates[d] + clock[s] + tails[k]
        for d, s, k in zip(place.tolist(), seconds.tolist(), thousandths.tolist(), strict=True)
    ]
    for k in np.flatnonzero(millis == EMPTY).tolist():
        texts[k] = ""
    return texts
