"""`--operator`: who answers, refused before anything moves, and a real shift held by a person."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ontakt.board.console_link import ConsoleLink, NoConsole
from ontakt.board.console_server import CONSOLE
from ontakt.cli.people import People, check_people, find_people, notes_of
from ontakt.contract import BadValue, Reply, Request, SetupError, UnknownName
from ontakt.contract.event import CallResolved, RequestAnswered, ShiftEnded, TakeoverEnded
from ontakt.contract.request import Hold, Jog, Resume, TakeOver, Wish
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store


def test_who_comes() -> None:
    assert find_people("model") == People()
    assert find_people("board") == People(board=True)
    assert find_people("board,model:60s") == People(board=True, stand_in_s=60.0)
    assert find_people("board,model:1.5 min") == People(board=True, stand_in_s=90.0)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("bored", UnknownName), ("", UnknownName), ("model,board", UnknownName),
        ("board,", UnknownName), ("board,model", BadValue), ("board,model:", BadValue),
        ("board,model:60", BadValue), ("board,model:0s", BadValue), ("board,model:-1s", BadValue),
        ("board,model:nan s", BadValue),
    ],
)  # fmt: skip
def test_bad_words_are_refused(text: str, error: type[SetupError]) -> None:
    with pytest.raises(error):
        find_people(text)


def test_people_need_a_clock_that_waits() -> None:
    with pytest.raises(SetupError, match="--clock wall, or --speed"):
        check_people(People(board=True), "virtual", None)
    check_people(People(board=True), "virtual", 20.0)
    check_people(People(board=True), "wall", None)
    check_people(People(), "virtual", None)


def test_reasons_are_for_people() -> None:
    check_people(People(board=True), "wall", None, Path("reasons.toml"))
    with pytest.raises(SetupError, match=r"--reasons reasons\.toml .* --operator board"):
        check_people(People(), "wall", None, Path("reasons.toml"))


def test_the_report_says_who_answered() -> None:
    assert "model" in notes_of(People())[0]
    assert notes_of(People(board=True)) == ("people at a console answered the calls",)
    assert "after 60 s" in notes_of(People(board=True, stand_in_s=60.0))[0]


def test_a_real_shift_is_held_driven_and_stopped_from_outside(tmp_path: Path) -> None:
    """A toy shift in a process of its own, on a clock that runs ten times as fast as the wall."""
    folder = tmp_path / "shift"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "ontakt.cli", "shift", "toy", "--policy", "expert", "--cycles",
            "500", "--speed", "10", "--operator", "board", "--out", str(folder),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        asyncio.run(_stand_by(folder))
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said.decode()
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
    events = [record.event for record in records]
    answered = [(e.wish, e.obeyed) for e in events if isinstance(e, RequestAnswered)]
    assert answered == [("hold", True), ("take_over", True), ("resume", True)]
    (drive,) = (e for e in events if isinstance(e, TakeoverEnded))
    assert (drive.who, drive.jogs) == ("ann", 5)
    assert drive.moved_ticks >= 5
    assert [e.action for e in events if isinstance(e, CallResolved)] == ["drive"]
    assert isinstance(events[-1], ShiftEnded)
    shift = fold(records)
    assert shift.problems == ()
    assert shift.step_ins == 1
    assert not (folder / CONSOLE).exists()
    assert (folder / "cycles").is_dir()  # what he did was filmed


async def _stand_by(folder: Path) -> None:
    link = ConsoleLink(folder)
    end = time.monotonic() + 60

    async def ask(wish: Wish) -> Reply:
        return await link.ask(Request(who="ann", where="here", wish=wish))

    while time.monotonic() < end:
        try:
            live = (await link.look()).live
        except NoConsole:
            live = None
        if live is not None and any(one.drive == "policy" for one in live.sides.values()):
            break
        await asyncio.sleep(0.05)
    assert (await ask(Hold())).obeyed
    while not (await link.look()).status.visiting:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    assert (await ask(TakeOver(out_of_cell=True))).obeyed
    for _ in range(5):
        assert (await ask(Jog(side="left", velocity=(0.0, 0.0, 0.05)))).obeyed
        await asyncio.sleep(0.05)
    assert (await link.look()).status.driver == "ann"
    assert (await ask(Resume(out_of_cell=True))).obeyed
    await asyncio.sleep(0.2)
    await link.close()
