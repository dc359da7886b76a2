"""Where a log's shifts begin and end, what they are called, and how their time is divided."""

from pathlib import Path

import pytest
from tests.evidence.imported.logs import FIRST, HEAD, log_of, shift_of, shifts_of

from ontakt.contract import State
from ontakt.evidence.time_elements import time_elements


def days(*starts: str, more: str = "") -> list[str]:
    return [f"{k},2026-03-{start}:00Z,60,1,1{more}" for k, start in enumerate(starts)]


def names(folder: Path, text: str) -> list[str]:
    return [shift.origin.shift for shift in shifts_of(folder, text)]


def test_a_long_gap_ends_a_shift(tmp_path: Path) -> None:
    text = log_of(*days("02T06:00", "02T07:59", "02T10:01", "03T06:00"))
    shifts = shifts_of(tmp_path, text)
    assert [shift.origin.shift for shift in shifts] == [
        "log 2026-03-02T06:00Z", "log 2026-03-02T10:01Z", "log 2026-03-03T06:00Z",
    ]  # fmt: skip
    assert [len(shift.cycles) for shift in shifts] == [2, 1, 1]
    assert shifts[0].hours == pytest.approx(2.0)
    assert shifts[1].first_utc_ns - shifts[0].first_utc_ns == (4 * 3600 + 60) * 10**9


@pytest.mark.parametrize(("gap", "shifts"), [(None, 1), (3600.0, 3), (7200.0, 2)])
def test_how_long_is_a_choice(gap: float | None, shifts: int, tmp_path: Path) -> None:
    text = log_of(*days("02T06:00", "02T07:30", "02T12:00"))
    assert len(shifts_of(tmp_path, text, shift_gap_s=gap)) == shifts


def test_a_stop_that_is_told_is_no_gap(tmp_path: Path) -> None:
    rows = (f"{FIRST},10800,robot", "2,2026-03-02T11:01:00Z,60,1,1,0,")
    shift = shift_of(tmp_path, log_of(*rows, head=f"{HEAD},stop_s,stop_by"))
    assert len(shift.cycles) == 2


def test_the_column_shift_rules_and_a_name_that_comes_again_is_told_apart(tmp_path: Path) -> None:
    rows = days("02T06:00", "02T06:02", "03T06:00", "03T06:02")
    head = f"{HEAD},shift"
    text = log_of(*(f"{row},{name}" for row, name in zip(rows, "ABAB", strict=True)), head=head)
    assert names(tmp_path, text) == [
        "A 2026-03-02T06:00Z", "B 2026-03-02T06:02Z", "A 2026-03-03T06:00Z", "B 2026-03-03T06:02Z",
    ]  # fmt: skip


def test_robots_and_policies_have_shifts_of_their_own(tmp_path: Path) -> None:
    """Two robots at one station may work at once; the policy changes in the middle."""
    rows = (
        "1,2026-03-02T06:00:00Z,60,1,1,r1,v1",
        "1,2026-03-02T06:00:10Z,60,1,1,r2,v1",
        "2,2026-03-02T06:01:00Z,60,1,1,r1,v1",
        "3,2026-03-02T06:02:00Z,60,1,1,r1,v2",
    )
    shifts = shifts_of(tmp_path, log_of(*rows, head=f"{HEAD},robot,policy"))
    assert [(s.origin.shift, s.origin.robot, s.origin.policy_hash) for s in shifts] == [
        ("log r1 v1", "r1", "v1"),
        ("log r2", "r2", "v1"),
        ("log r1 v2", "r1", "v2"),
    ]


def test_cycles_that_somebody_left_out_are_missed(tmp_path: Path) -> None:
    rows = [f"{k},2026-03-02T06:{m:02d}:00Z,60,1,1" for m, k in enumerate((1, 2, 5, 6, 8))]
    assert shift_of(tmp_path, log_of(*rows)).problems == (
        "Cycles 3 to 4 are missing from the log.",
        "Cycle 7 is missing from the log.",
    )
    rows = [f"{3 * k},2026-03-02T06:{k:02d}:00Z,60,1,1" for k in range(9)]
    (tmp_path / "again").mkdir()
    problems = shift_of(tmp_path / "again", log_of(*rows)).problems
    assert len(problems) == 6
    assert problems[-1] == "6 more cycles are missing, in 3 more gaps."


def test_time_is_divided_by_the_stops_that_are_told(tmp_path: Path) -> None:
    """Starts at 0, 100, 200 and 400 s; takt is 100 s; the last cycle ends at 460 s."""
    rows = (
        "1,2026-03-02T06:00:00Z,60,1,1,0,",
        "2,2026-03-02T06:01:40Z,60,1,1,30,robot",
        "3,2026-03-02T06:03:20Z,60,1,1,90,part",
        "4,2026-03-02T06:06:40Z,60,1,1,20,upstream",
    )
    shift = shift_of(tmp_path, log_of(*rows, head=f"{HEAD},stop_s,stop_by"), takt_s=100.0)
    told = [
        (s.start // 1000, s.end // 1000, s.state, s.attribution)
        for s in shift.segments
        if s.state is not State.EXECUTE
    ]
    assert told == [
        (160, 190, State.HELD, "robot"),
        (260, 350, State.SUSPENDED, "part"),
        (350, 400, State.STOPPED, "none"),
        (440, 460, State.SUSPENDED, "upstream"),
    ]
    time = time_elements(shift)
    assert time.pbt == shift.ticks == 460_000
    assert (time.adet, time.adot, time.apt) == (140_000, 50_000, 270_000)
    assert dict(time.lost) == {"robot": 30_000, "part": 90_000, "upstream": 20_000}
    assert shift.problems == (
        "50.0 s are neither cycle, stop nor wait for the beat: time without an order.",
    )


def test_segments_follow_one_another_without_a_gap(tmp_path: Path) -> None:
    rows = [f"{k},2026-03-02T06:{2 * k:02d}:00Z,70,1,1,{7 * k},robot" for k in range(8)]
    shift = shift_of(tmp_path, log_of(*rows, head=f"{HEAD},stop_s,stop_by"))
    ends = [0, *(segment.end for segment in shift.segments)]
    assert ends[:-1] == [segment.start for segment in shift.segments]
    assert ends[-1] == shift.last_tick


def test_a_second_that_a_log_rounded_away_is_no_overlap(tmp_path: Path) -> None:
    rows = ("1,2026-03-02T06:00:00Z,60.9,1,1", "2,2026-03-02T06:01:00Z,60.9,1,1")
    assert len(shift_of(tmp_path, log_of(*rows)).cycles) == 2
