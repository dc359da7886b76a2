"""Who is worked when, what is repeated, and what stops it all; without a process."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.cli.fleet.orders import order, write_shift
from tests.cli.fleet.scripted_hands import (
    Act,
    Heard,
    ScriptedHands,
    crashes,
    halts,
    is_killed,
    is_refused,
    is_stopped,
    loses_its_record,
)

from ontakt.cli.fleet.dispatch import Dispatch
from ontakt.cli.fleet.kept import read_kept
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.result import ShiftDone, ShiftFailed, ShiftResult
from ontakt.contract import HaltError, SetupError

FOUR = [order(seed) for seed in range(4)]


def dispatched(
    orders: Sequence[ShiftOrder],
    folder: Path,
    hands: ScriptedHands,
    jobs: int = 2,
    heard: Heard | None = None,
) -> list[ShiftResult]:
    results = list(Dispatch(orders, folder, hands, jobs, heard or Heard()).results())
    assert hands.closed
    return results


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "shifts").iterdir())


@pytest.mark.parametrize(("jobs", "last"), [(1, False), (2, True), (9, False)])
def test_all_are_worked_so_many_at_a_time(jobs: int, last: bool, tmp_path: Path) -> None:
    hands = ScriptedHands(last=last)
    results = dispatched(FOUR, tmp_path, hands, jobs)
    assert {one.order.name for one in results} == {one.name for one in FOUR}
    assert all(isinstance(one, ShiftDone) for one in results)
    assert max(map(len, hands.beside)) == min(jobs, 4)
    assert names(tmp_path) == ["0", "1", "2", "3"]
    for one in FOUR:
        assert read_kept(tmp_path / one.name, one) is not None


def test_who_is_to_be_alone_is_alone_after_the_others(tmp_path: Path) -> None:
    orders = [order(0, alone=True), order(1), order(2, alone=True), order(3)]
    hands = ScriptedHands({"shifts/3": [crashes]})
    dispatched(orders, tmp_path, hands, 3)
    assert hands.begun == ["shifts/1", "shifts/3", "shifts/3", "shifts/0", "shifts/2"]
    assert hands.beside[-2:] == [("shifts/0",), ("shifts/2",)]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (is_killed, "was killed by SIGKILL"),
        (crashes, "ZeroDivisionError: division by zero"),
        (is_stopped, "was stopped by somebody"),
    ],
)
def test_what_is_lost_once_is_worked_once_more(act: Act, why: str, tmp_path: Path) -> None:
    heard = Heard()
    results = dispatched(FOUR, tmp_path, ScriptedHands({"shifts/1": [act]}), 2, heard)
    assert [type(one) for one in results] == [ShiftDone] * 4
    assert f"again shifts/1 {why}" in heard.lines
    assert names(tmp_path) == ["0", "1", "2", "3"]


def test_what_is_lost_twice_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    hands = ScriptedHands({"shifts/1": [is_killed, is_killed]})
    results = dispatched(FOUR, tmp_path, hands)
    failed = [one for one in results if isinstance(one, ShiftFailed)]
    assert [(one.order.name, one.reason) for one in failed] == [
        ("shifts/1", "was killed by SIGKILL")
    ]
    assert names(tmp_path) == ["0", "2", "3"]
    assert hands.begun.count("shifts/1") == 2


def test_a_shift_that_halts_is_a_result(tmp_path: Path) -> None:
    hands = ScriptedHands({"shifts/1": [halts]})
    results = dispatched(FOUR, tmp_path, hands)
    ended = {one.order.name: one.kept.ended for one in results if isinstance(one, ShiftDone)}
    assert ended["shifts/1"] == "halted"
    assert hands.begun.count("shifts/1") == 1


def test_a_record_that_cannot_be_written_stops_all_and_keeps_what_is_whole(tmp_path: Path) -> None:
    heard, hands = Heard(), ScriptedHands({"shifts/1": [loses_its_record]})
    orders = [order(seed) for seed in range(9)]
    with pytest.raises(HaltError, match=r"shifts/1: The record is lost: .* \(disk is full\)"):
        dispatched(orders, tmp_path, hands, 3, heard)
    assert hands.begun == [f"shifts/{n}" for n in range(4)], "3 had begun when 1 lost its record"
    assert names(tmp_path) == ["0", "2", "3"]
    assert [line for line in heard.lines if line.startswith("stops")] == [
        "stops shifts/1: The record is lost: x: cannot be written (disk is full)."
    ]
    hands = ScriptedHands()  # there is room again
    dispatched([one for one in orders if not (tmp_path / one.name).exists()], tmp_path, hands)
    assert "shifts/0" not in hands.begun
    assert len(names(tmp_path)) == 9


def test_what_is_refused_is_refused_to_all(tmp_path: Path) -> None:
    hands = ScriptedHands({"shifts/0": [is_refused]})
    with pytest.raises(SetupError, match=r"shifts/0: Unknown policy 'x'\."):
        dispatched(FOUR, tmp_path, hands, 1)
    assert hands.begun == ["shifts/0"]


def test_a_full_disk_is_seen_before_a_shift_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = ScriptedHands()

    def left(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=(100 if len(hands.begun) < 2 else 20) << 20)

    monkeypatch.setattr(shutil, "disk_usage", left)
    with pytest.raises(HaltError, match="20 MiB are free, and a shift wants 64 MiB"):
        dispatched(FOUR, tmp_path, hands)
    assert hands.begun == ["shifts/0", "shifts/1"]
    assert names(tmp_path) == ["0", "1"]


def test_who_has_seen_enough_leaves_nothing_behind(tmp_path: Path) -> None:
    hands = ScriptedHands()
    results = Dispatch(FOUR, tmp_path, hands, 2, Heard()).results()
    next(results)
    write_shift(tmp_path / "shifts" / ".1.torn.partial", FOUR[1])
    results.close()
    assert hands.closed
    assert names(tmp_path) == [".1.torn.partial", "0"], "the torn one of another is not ours"


def test_a_shift_that_was_cut_makes_way(tmp_path: Path) -> None:
    write_shift(tmp_path / "shifts" / "0", FOUR[0], end=None)
    (tmp_path / "shifts" / "0" / "mark").touch()
    dispatched(FOUR[:1], tmp_path, ScriptedHands())
    assert names(tmp_path) == ["0"]
    assert not (tmp_path / "shifts" / "0" / "mark").exists()
