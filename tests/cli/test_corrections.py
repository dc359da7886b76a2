"""What a person drove becomes lessons: which stretches, which moments, and what they say."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.cli.test_export import refusal

from ontakt.cli.exporting.correction import Takeover, corrections_of
from ontakt.cli.main import run
from ontakt.cli.teaching.part import HORIZON
from ontakt.contract import (
    INSTRUCTIONS,
    SIDES,
    ActionSpace,
    ArmState,
    Drive,
    Observation,
    Side,
    frozen_array,
)
from ontakt.runtime.tape import Moment

SPACE = ActionSpace()
EVERY = 3
IMAGE = np.zeros((4, 4, 3), np.uint8)


@dataclass
class Hands:
    """A tape on which a person lifts arms: by tick, which side, and what is not finite."""

    driven: dict[int, Side]
    lost: frozenset[int] = frozenset()
    """Ticks that a late clock left out."""
    lame: int | None = None
    blind: frozenset[int] = frozenset()

    def tape(self, first: int, last: int) -> list[Moment]:
        heights = dict.fromkeys(SIDES, 0.9)
        found = []
        for tick in range(first, last + 1):
            if tick in self.lost:
                continue
            drives: dict[Side, Drive] = dict.fromkeys(SIDES, "hold")
            if tick in self.driven:
                drives[self.driven[tick]] = "person"
                heights[self.driven[tick]] += 0.001
            rows = [[0.2, 0.1, heights[s], 1.0, 0.0, 0.0, 0.0, 0.03] for s in SIDES]
            x = np.nan if tick == self.lame else 0.2
            arm = ArmState(
                position=frozen_array([x, 0.1, 0.9]), quaternion=frozen_array([1, 0, 0, 0]),
                opening=0.03, grip_force=0.0, wrist_force=frozen_array([0, 0, 0]),
                target=frozen_array([0.2, 0.1, 0.9]), target_opening=0.03,
            )  # fmt: skip
            seen = Observation(
                tick=tick, utc_ns=tick, arms=dict.fromkeys(SIDES, arm),
                images={} if tick in self.blind else {"head": IMAGE},
            )  # fmt: skip
            found.append(
                Moment(
                    observation=seen,
                    command=frozen_array(np.concatenate(rows)),
                    drives=drives,
                    starved=False,
                )
            )
        return found


def by(side: Side, ticks: range) -> dict[int, Side]:
    return dict.fromkeys(ticks, side)


def takeover(begun: int, ended: int) -> Takeover:
    return Takeover(who="ann", begun=begun, ended=ended, call=4, reason="jam")


def ticks(hands: Hands, begun: int, ended: int) -> list[int]:
    (found,) = corrections_of(hands.tape(0, 300), [takeover(begun, ended)])
    return [lesson.observation.tick for lesson in found.lessons(SPACE)]


def test_what_he_moved_is_taught_on_an_even_beat() -> None:
    hands = Hands(by("left", range(100, 161)))
    (found,) = corrections_of(hands.tape(0, 300), [takeover(90, 200)])
    assert found.job == ("left",)
    lessons = list(found.lessons(SPACE))
    assert [one.observation.tick for one in lessons] == list(range(90, 160, EVERY))
    for lesson in lessons:
        assert lesson.driver == "teacher"
        assert lesson.observation.job == ("left",)
        assert lesson.observation.instruction == INSTRUCTIONS[("left",)]
        assert lesson.free.shape == lesson.behind.shape == (HORIZON, SPACE.width)
        begun = lesson.observation.tick
        told = [found.moments[tick].command for tick in range(begun, begun + HORIZON)]
        assert (lesson.free == told).all()
        assert (lesson.command == lesson.free[0]).all()
        assert (lesson.free[-1] != lesson.free[0]).any()


def test_nobody_is_taught_to_stand_still() -> None:
    moved = {**by("left", range(60, 70)), **by("right", range(150, 160))}
    hands = Hands(moved)
    (found,) = corrections_of(hands.tape(0, 300), [takeover(30, 200)])
    assert found.job == SIDES
    taught = ticks(hands, 30, 200)
    assert taught == [*range(45, 69, EVERY), *range(135, 159, EVERY)]


def test_moments_that_teach_nothing_are_left_out() -> None:
    left = by("left", range(100, 161))
    assert max(ticks(Hands(left), 90, 150)) == 135  # the rows of later ones are not all there
    assert 120 not in ticks(Hands(left, lame=120), 90, 200)
    assert 120 not in ticks(Hands(left, blind=frozenset({120})), 90, 200)
    assert len(ticks(Hands(left, lame=120), 90, 200)) == len(ticks(Hands(left), 90, 200)) - 1


def test_a_tick_that_was_lost_told_nothing_new() -> None:
    left = by("left", range(100, 161))
    hands = Hands(left, lost=frozenset({110, 111, 112}))
    (found,) = corrections_of(hands.tape(0, 300), [takeover(90, 200)])
    lessons = {one.observation.tick: one for one in found.lessons(SPACE)}
    rows = lessons[105].free
    assert (rows[5:8] == rows[4]).all()
    assert (rows[8] != rows[4]).any()
    assert set(range(90, 160, EVERY)) - set(lessons) == {111}
    longer = Hands(left, lost=frozenset(range(110, 114)))
    assert 105 not in ticks(longer, 90, 200)


def test_a_takeover_in_which_nothing_moved_is_none() -> None:
    tape = Hands(by("left", range(100, 161))).tape(0, 300)
    assert corrections_of(tape, [takeover(10, 50), takeover(200, 260)]) == []
    assert len(corrections_of(tape, [takeover(10, 50), takeover(90, 130), takeover(131, 200)])) == 2


def test_a_shift_that_nobody_drove_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shift"
    assert run(["shift", "toy", "--cycles", "1", "--record", "--out", str(folder), "--json"]) == 0
    line = refusal(capsys, folder, tmp_path / "data", "--corrections")
    assert "nobody drove the robot" in line
    assert "--all" in refusal(capsys, folder, tmp_path / "data", "--corrections", "--all")
