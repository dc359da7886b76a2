"""Who drives, who is told so, and what happens to the robot when his page falls silent."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ontakt.board.console_link import NoConsole
from ontakt.board.desk import Desk
from ontakt.board.lease import LEASE_S
from ontakt.board.pages.console import Asker
from ontakt.contract import Reply, Request
from ontakt.contract.request import (
    Acknowledge,
    Arrive,
    Hold,
    Jog,
    Resume,
    Stop,
    TakeOver,
    Wish,
    name_of,
)

TAKE, RESUME = TakeOver(out_of_cell=True), Resume(out_of_cell=True)
ANN, ANN2 = Asker("ann", "10.0.0.1", "a1"), Asker("ann", "10.0.0.1", "a2")
BOB = Asker("bob", "10.0.0.2", "b")


class Line:
    """Obeys everybody, and remembers; gone when told so."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.gone = self.refuses = False
        self.now = 0.0

    async def ask(self, request: Request) -> Reply:
        if self.gone:
            raise NoConsole("gone")
        self.heard.append((request.who, name_of(request.wish)))
        await asyncio.sleep(0)
        return Reply(obeyed=not self.refuses, why="no" if self.refuses else "")


def with_desk(talk: Callable[[Desk, Line], Awaitable[None]]) -> Line:
    line = Line()

    async def run() -> None:
        await talk(Desk(line, lambda: line.now), line)

    asyncio.run(run())
    return line


def test_one_drives_and_the_other_is_told_who() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        assert (await desk.take_over(ANN, TAKE)).obeyed
        assert await desk.take_over(BOB, TAKE) == Reply(obeyed=False, why="ann holds the robot.")
        assert "another page of yours" in (await desk.take_over(ANN2, TAKE)).why
        assert (await desk.jog(ANN, Jog(side="left"))).obeyed
        assert not (await desk.jog(BOB, Jog(side="left"))).obeyed
        assert not (await desk.jog(ANN2, Jog(side="left"))).obeyed
        assert not (await desk.ask(BOB, RESUME)).obeyed
        assert (await desk.let_go(ANN)).obeyed
        assert (await desk.take_over(BOB, TAKE)).obeyed

    assert with_desk(talk).heard == [
        ("ann", "take_over"), ("ann", "jog"), ("ann", "let_go"), ("bob", "take_over"),
    ]  # fmt: skip


@pytest.mark.parametrize("wish", [Stop(), Arrive(), Acknowledge()])
def test_a_stop_and_a_person_who_steps_up_are_never_in_anybodys_hands(wish: Wish) -> None:
    async def talk(desk: Desk, line: Line) -> None:
        await desk.take_over(ANN, TAKE)
        assert (await desk.ask(BOB, wish)).obeyed
        assert (desk.holder is None) == (not isinstance(wish, Acknowledge))

    assert with_desk(talk).heard[-1] == ("bob", name_of(wish))


def test_a_hold_takes_the_robot_out_of_its_drivers_hands() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        await desk.take_over(ANN, TAKE)
        assert (await desk.ask(BOB, Hold())).obeyed
        assert not (await desk.jog(ANN, Jog(side="left"))).obeyed

    assert with_desk(talk).heard == [("ann", "take_over"), ("bob", "hold")]


def test_silence_frees_the_robot_for_the_next_one_and_the_line_hears_of_it_first() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        await desk.take_over(ANN, TAKE)
        line.now += LEASE_S - 0.01
        assert desk.renew(ANN)
        line.now += LEASE_S - 0.01
        assert not (await desk.take_over(BOB, TAKE)).obeyed
        line.now += 0.02
        assert not desk.renew(ANN)
        assert (await desk.take_over(BOB, TAKE)).obeyed
        assert not (await desk.let_go(ANN)).obeyed

    assert with_desk(talk).heard == [("ann", "take_over"), ("ann", "let_go"), ("bob", "take_over")]


def test_an_engineer_takes_it_away() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        await desk.take_over(ANN, TAKE)
        assert (await desk.take_away(BOB)).obeyed
        assert desk.holder is None
        assert not (await desk.jog(ANN, Jog(side="left"))).obeyed

    assert with_desk(talk).heard == [("ann", "take_over"), ("bob", "let_go")]


def test_what_the_line_refuses_nobody_holds() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        line.refuses = True
        assert not (await desk.take_over(ANN, TAKE)).obeyed
        assert desk.holder is None
        line.gone = True
        with pytest.raises(NoConsole):
            await desk.take_over(ANN, TAKE)
        assert desk.holder is None

    with_desk(talk)


def test_going_on_ends_the_drive_of_whoever_asked() -> None:
    async def talk(desk: Desk, line: Line) -> None:
        await desk.take_over(ANN, TAKE)
        assert (await desk.ask(ANN, RESUME)).obeyed
        assert desk.holder is None

    with_desk(talk)
