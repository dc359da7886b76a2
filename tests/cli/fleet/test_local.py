"""Processes of this machine, with a program that is quick to start."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.cli.fleet.children import gone
from tests.cli.fleet.orders import order, write_shift
from tests.cli.fleet.scripted_hands import Heard

from ontakt.cli.fleet.experiment import work_orders
from ontakt.cli.fleet.local import LocalFleet
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.process import ShiftProcess
from ontakt.cli.fleet.result import ShiftDone, ShiftFailed, ShiftResult
from ontakt.contract import HaltError, SetupError

Fakes = Callable[..., tuple[Path, list[ShiftOrder]]]
FAKE = (sys.executable, "-I", "-S", str(Path(__file__).with_name("fake_shift.py")))


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Makes orders and the shifts that the fake will bring; `acts` are told by seed."""

    def make(count: int, acts: dict[int, str] | None = None) -> tuple[Path, list[ShiftOrder]]:
        home = tmp_path / "fakes"
        monkeypatch.setenv("FAKE_SHIFTS", str(home))
        orders = [order(seed) for seed in range(count)]
        for one in orders:
            write_shift(home / str(one.options.seed), one)
        for seed, words in (acts or {}).items():
            (home / f"{seed}.acts").write_text(words)
        return home, orders

    return make


def attempts(home: Path) -> list[str]:
    """The seeds of all attempts, in the order of their beginning."""
    return [line.split()[0] for line in (home / "log").read_text().splitlines()]


def work(
    orders: Sequence[ShiftOrder], folder: Path, jobs: int = 2
) -> tuple[list[ShiftResult], Heard]:
    folder.mkdir(exist_ok=True)
    heard = Heard()
    return list(LocalFleet(jobs, FAKE).work(orders, folder, heard)), heard


def test_what_is_killed_or_crashes_is_worked_once_more(fakes: Fakes, tmp_path: Path) -> None:
    home, orders = fakes(4, {0: "die", 1: "crash crash", 2: "die crash"})
    results, heard = work(orders, tmp_path / "x")
    told = {one.order.options.seed: one for one in results}
    assert isinstance(told[0], ShiftDone)
    assert isinstance(told[1], ShiftFailed)
    assert told[1].reason == "out of luck"
    assert isinstance(told[2], ShiftFailed)
    assert isinstance(told[3], ShiftDone)
    assert sorted(attempts(home)) == ["0", "0", "1", "1", "2", "2", "3"]
    assert sorted(p.name for p in (tmp_path / "x" / "shifts").iterdir()) == ["0", "3"]
    assert "again shifts/0 was killed by SIGKILL" in heard.lines
    assert "shifts/3 reached 10" in heard.lines


def test_a_shift_beside_others_has_one_thread(
    fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    home, orders = fakes(2)
    alone = ShiftOrder(orders[1].name, orders[1].options, alone=True)
    work([orders[0], alone], tmp_path / "x")
    assert [line.split()[2] for line in (home / "log").read_text().splitlines()] == ["1", "7"]


def test_what_is_complete_is_not_worked_again(
    fakes: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, orders = fakes(3, {1: "crash crash"})
    (tmp_path / "x").mkdir()
    fleet = LocalFleet(2, FAKE)
    worked = work_orders(tmp_path / "x", orders, fleet)
    assert list(worked.done) == ["shifts/0", "shifts/2"]
    with pytest.raises(HaltError, match=r"1 of 3 could not be worked \(shifts/1: out of luck\)"):
        worked.whole()
    capsys.readouterr()
    whole = work_orders(tmp_path / "x", orders, fleet).whole()
    assert list(whole) == ["shifts/0", "shifts/1", "shifts/2"]
    assert sorted(attempts(home)) == ["0", "1", "1", "1", "2"]
    assert capsys.readouterr().err.splitlines() == [
        "2 of 3 shifts are already there and not worked again",
        "shift 3/3: shifts/1, 2 cycles",
    ]
    assert work_orders(tmp_path / "x", orders, fleet).whole() == whole
    assert len(attempts(home)) == 5


def test_enough_is_enough(fakes: Fakes, tmp_path: Path) -> None:
    home, orders = fakes(3, {1: "hang", 2: "hang"})
    (tmp_path / "x").mkdir()
    worked = work_orders(tmp_path / "x", orders, LocalFleet(3, FAKE), enough=lambda d: len(d) == 1)
    assert list(worked.done) == ["shifts/0"]
    assert sorted(p.name for p in (tmp_path / "x" / "shifts").iterdir()) == ["0"]
    assert all(gone(int(line.split()[1])) for line in (home / "log").read_text().splitlines())


def test_who_looks_away_leaves_no_process(fakes: Fakes, tmp_path: Path) -> None:
    home, orders = fakes(2, {1: "hang"})
    (tmp_path / "x").mkdir()
    results = LocalFleet(2, FAKE).work(orders, tmp_path / "x", Heard())
    next(results)
    while len(attempts(home)) < 2:
        time.sleep(0.01)
    results.close()
    assert all(gone(int(line.split()[1])) for line in (home / "log").read_text().splitlines())


def test_another_experiments_shift_in_its_place_is_left_alone(fakes: Fakes, tmp_path: Path) -> None:
    _, orders = fakes(1)
    write_shift(tmp_path / "x" / "shifts" / "0", order(5), end=None)
    with pytest.raises(SetupError, match="holds another shift"):
        work_orders(tmp_path / "x", orders, LocalFleet(1, FAKE))
    assert (tmp_path / "x" / "shifts" / "0" / "events.db").is_file()


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(HaltError, match=r"no-program: cannot be started \(No such file"):
        list(LocalFleet(1, ("no-program",)).work([order(1)], tmp_path, Heard()))


def test_a_talkative_process_is_heard_to_its_last_word() -> None:
    """More than a pipe holds, in lines that come in pieces, and a last line without an end."""
    program = """
import sys, time
for n in range(3000):
    print(f"cycle {n}: 0 good " + "x" * 60, file=sys.stderr)
sys.stderr.write("cycle 77"); sys.stderr.flush(); time.sleep(0.2)
sys.stderr.write("77: 0 good\\nontakt: the end")
sys.exit(3)
"""
    reached: list[int] = []
    process = ShiftProcess((sys.executable, "-I", "-c", program), (), True, reached.append)
    while process.listen():
        assert process.ended() is None or process.ended()
        time.sleep(0.005)
    ended = process.ended(wait=True)
    process.close()
    assert ended is not None
    assert (ended.code, ended.said) == (3, "ontakt: the end")
    assert reached == [*range(3000), 7777]


def program_that(does: str) -> tuple[str, ...]:
    """Python that `does` something beside what the fake does."""
    fake = f"import runpy; runpy.run_path({FAKE[-1]!r}, run_name='__main__')"
    return (sys.executable, "-I", "-c", does.format(fake=fake))


def test_a_process_that_has_said_its_last_is_waited_for(fakes: Fakes, tmp_path: Path) -> None:
    _, orders = fakes(1)
    program = program_that("import os, time\n{fake}\nos.close(2); time.sleep(1.2)")
    (result,) = LocalFleet(1, program).work(orders, tmp_path, Heard())
    assert isinstance(result, ShiftDone)


def test_one_that_outlives_it_with_its_stderr_is_not(fakes: Fakes, tmp_path: Path) -> None:
    home, orders = fakes(1)
    program = program_that(
        "import subprocess\n"
        "left = subprocess.Popen(['sleep', '600'], stdin=subprocess.DEVNULL)\n"
        f"open({str(home / 'left')!r}, 'w').write(str(left.pid))\n"
        "{fake}"
    )
    try:
        (result,) = LocalFleet(1, program).work(orders, tmp_path, Heard())
        assert isinstance(result, ShiftDone)
    finally:
        os.kill(int((home / "left").read_text()), signal.SIGKILL)
