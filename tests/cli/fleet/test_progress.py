"""What is said of an experiment under way."""

from pathlib import Path

import pytest
from tests.cli.fleet.orders import order

from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.progress import ExperimentProgress
from ontakt.cli.fleet.result import ShiftDone, ShiftFailed

PLACE = Path("somewhere")


def test_without_a_terminal_there_is_a_line_a_shift(capsys: pytest.CaptureFixture[str]) -> None:
    orders = [order(seed, cycles=10) for seed in range(3)]
    there = [KeptShift(PLACE, "planned", 10)]
    with ExperimentProgress(orders, there, jobs=2) as progress:
        progress.begins(orders[0])
        progress.begins(orders[1])
        progress.reached(orders[0], 5)
        progress.again(orders[1], "was killed by SIGKILL")
        progress.ended(ShiftDone(orders[0], KeptShift(PLACE, "planned", 10)))
        progress.begins(orders[1])
        progress.ended(ShiftFailed(orders[1], "was killed by SIGKILL"))
        progress.begins(orders[2])
        progress.stops("no room.")
        progress.ended(ShiftDone(orders[2], KeptShift(PLACE, "halted", 3)))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "1 of 4 shifts are already there and not worked again",
        "shift shifts/1 was killed by SIGKILL; it is worked once more",
        "shift 2/4: shifts/0, 10 cycles",
        "shift shifts/1 failed: was killed by SIGKILL",
        "stopping: no room. What is under way is let to end (Ctrl-C ends it).",
        "shift 3/4: shifts/2, 3 cycles, halted",
    ]


def test_on_a_terminal_there_is_a_bar_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    orders, now = [order(seed, cycles=10) for seed in range(3)], [0.0]
    with ExperimentProgress(orders, [], 1, "cell", lambda *_: "[x] told", lambda: now[0]) as bar:
        bar.begins(orders[0])
        bar.reached(orders[0], 7)
        now[0] = 100.0
        bar.ended(ShiftDone(orders[0], KeptShift(PLACE, "planned", 10)))
        bar.begins(orders[1])
        bar.reached(orders[1], 4)
    said = capsys.readouterr().err
    assert "cell 1/3: [x] told" in said
    assert "14 cycles" in said
    assert "about 0:03:20 left" in said
    assert "good" not in said
