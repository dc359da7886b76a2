"""Times in every way that a log may write them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.imported.logs import HEAD, log_of, shift_of

from ontakt.evidence.imported.iso import spelled, uniform
from ontakt.evidence.imported.moments import WAYS, Moments
from ontakt.evidence.imported.problems import Problems
from ontakt.evidence.imported.schema import COLUMNS

EIGHT = 1_772_438_400
"""2026-03-02 08:00 UTC in seconds since 1970."""


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-02T08:00:00Z",
        "2026-03-02T08:00:00.000Z",
        "2026-03-02 08:00:00+00:00",
        "2026-03-02T09:00:00+01:00",
        "2026-03-02T09:00:00+0100",
        "2026-03-02T02:30:00-05:30",
        "20260302T080000Z",
        f"{EIGHT}",
        f"{EIGHT}.0",
        f"{EIGHT}000",
        f"{EIGHT}000000",
        f"{EIGHT}000000000",
        "  2026-03-02T08:00:00Z ",
    ],
)
def test_a_moment_is_the_same_however_it_is_written(start: str, tmp_path: Path) -> None:
    shift = shift_of(tmp_path, log_of(f"1,{start},60,1,1"))
    assert shift.first_utc_ns == EIGHT * 1_000_000_000


@pytest.mark.parametrize("start", ["2026-03-02T09:00:00", "2026-03-02 09:00", "02.03.2026 09:00:00",
                                   "02.03.2026 09:00"])  # fmt: skip
def test_so_is_local_time_with_its_zone(start: str, tmp_path: Path) -> None:
    shift = shift_of(tmp_path, log_of(f"1,{start},60,1,1"), timezone="Europe/Berlin")
    assert shift.first_utc_ns == EIGHT * 1_000_000_000
    assert shift.source is not None
    assert shift.source.timezone == "Europe/Berlin"


def test_offsets_may_differ_as_clocks_do(tmp_path: Path) -> None:
    """An hour of cycles over the end of summer time, written with their offsets."""
    starts = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=m) for m in (0, 20, 40)]
    local = [moment.astimezone(ZoneInfo("Europe/Berlin")) for moment in starts]
    assert len({moment.utcoffset() for moment in local}) == 2
    rows = [f"{k},{moment.isoformat()},60,1,1" for k, moment in enumerate(local)]
    shift = shift_of(tmp_path, log_of(*rows))
    assert [cycle.started_tick for cycle in shift.cycles] == [0, 1_200_000, 2_400_000]


@pytest.mark.parametrize("minutes", [5, 20, 45])
def test_the_hour_that_comes_twice_is_told_by_the_order_of_rows(
    minutes: int, tmp_path: Path
) -> None:
    starts = [
        datetime(2026, 10, 24, 23, 0, tzinfo=UTC) + timedelta(minutes=minutes * k)
        for k in range(240 // minutes)
    ]
    rows = [
        f"{k},{moment.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M:%S},60,1,1"
        for k, moment in enumerate(starts)
    ]
    shift = shift_of(tmp_path, log_of(*rows), timezone="Europe/Berlin")
    assert [c.started_tick for c in shift.cycles] == [
        60_000 * minutes * k for k in range(len(starts))
    ]


def test_an_end_in_that_hour_comes_after_its_start(tmp_path: Path) -> None:
    row = "1,2026-10-25 02:50:00,2026-10-25 02:10:00,1,1"  # 20 minutes: clocks went back at three
    shift = shift_of(
        tmp_path, log_of(row, head=HEAD.replace("cycle_s", "end")), timezone="Europe/Berlin"
    )
    assert shift.cycles[0].ended_tick == 20 * 60_000


SECONDS = st.integers(631_152_000, 7_258_118_400)
"""From 1990 to 2200."""
moments = st.builds(
    lambda seconds, micros: datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros),
    SECONDS,
    st.integers(0, 999_999),
)
LAYOUTS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f+00:00")


@given(st.lists(moments, min_size=1), st.sampled_from(LAYOUTS))
def test_a_uniform_column_reads_like_its_cells_one_by_one(
    told: list[datetime], layout: str
) -> None:
    texts = [moment.strftime(layout) for moment in told]
    fast = uniform(texts)
    assert fast is not None
    problems = Problems("log")
    slow = Moments(COLUMNS["start"], problems)
    slow.feed(["", *texts], np.arange(len(texts) + 1))  # an empty cell: no uniform column
    assert fast[0].tolist() == slow.done()[1:].tolist()
    assert slow.way == (WAYS[1] if layout == LAYOUTS[1] else WAYS[0])
    exact = [
        (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for moment in told
    ]
    if "%f" in layout:
        assert fast[0].tolist() == exact


@pytest.mark.parametrize(
    "odd",
    [
        "2026-02-30T08:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T08:60:00Z",
        "2026-03-02T08:00:0OZ",
        "2026-03-02T08:00:00Zz",
        "2026-03-02T08:00:00",
        "2026:03-02T08:00:00Z",
        "2026-03-02T08:00:00\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_what_is_not_laid_out_like_the_first_is_left_to_the_slow_way(odd: str) -> None:
    assert uniform(["2026-03-02T08:00:00Z", odd]) is None


@given(st.integers(0, 7_258_118_400_000))
def test_a_moment_is_spelled_as_it_is_read(millis: int) -> None:
    (text,) = spelled(np.array([millis]))
    read = uniform([text])
    assert read is not None
    assert read[0].tolist() == [millis * 1000]
