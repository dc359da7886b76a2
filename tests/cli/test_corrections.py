"""What a person drove becomes lessons: which stretches, which moments, and what they say."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.cli.test_export import refusal
from tests.evidence.script import begin, script, start

from ontakt.cli.exporting.correction import Takeover, corrections_of
from ontakt.cli.main import run
from ontakt.cli.teaching.part import HORIZON
from ontakt.contract import (
    INSTRUCTIONS,
    SIDES,
    ActionSpace,
    ArmState,
    CameraSpec,
    Drive,
    Observation,
    Side,
    frozen_array,
)
from ontakt.contract.event import (
    CycleEnded,
    Event,
    RequestAnswered,
    ShiftEnded,
    TakeoverEnded,
)
from ontakt.contract.request import Jog
from ontakt.evidence.store import open_store
from ontakt.policy.dataset import read_dataset
from ontakt.runtime import Executor, VirtualClock
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.recorder import Recorder
from ontakt.runtime.tap import Tap
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
    return Takeover(who="ann", begun=begun, ended=ended, cycle=0, call=4, reason="jam")


def ticks(hands: Hands, begun: int, ended: int) -> list[int]:
    (found,) = corrections_of(hands.tape(0, 300), [takeover(begun, ended)])
    return [lesson.observation.tick for lesson in found.lessons(SPACE).values()]


def test_what_he_moved_is_taught_on_an_even_beat() -> None:
    hands = Hands(by("left", range(100, 161)))
    (found,) = corrections_of(hands.tape(0, 300), [takeover(90, 200)])
    assert found.job == ("left",)
    lessons = list(found.lessons(SPACE).values())
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
    lessons = {one.observation.tick: one for one in found.lessons(SPACE).values()}
    rows = lessons[105].free
    assert (rows[5:8] == rows[4]).all()
    assert (rows[8] != rows[4]).any()
    longer = Hands(left, lost=frozenset(range(110, 114)))
    assert 105 not in ticks(longer, 90, 200)


def test_a_tick_that_was_lost_cuts_no_drive() -> None:
    """A loaded machine loses every fifth tick; pictures are drawn on the first of each beat that
    it lives through."""
    left = by("left", range(100, 221))
    lost = frozenset(range(0, 300, 5))
    lived = [tick for tick in range(300) if tick not in lost]
    beats = {tick // EVERY: tick for tick in reversed(lived)}
    hands = Hands(left, lost=lost, blind=frozenset(lived) - set(beats.values()))
    (found,) = corrections_of(hands.tape(0, 299), [takeover(90, 240)])
    lessons = found.lessons(SPACE)
    assert list(lessons) == list(range(90, max(lessons) + 1, EVERY))  # one episode
    assert [one.observation.tick for one in lessons.values()] == list(lessons)
    assert len(lessons) > 40
    later = 0
    for beat, lesson in lessons.items():
        tick = beat + (beat in lost)
        assert (lesson.free[0] == found.moments[tick].command).all()
        assert lesson.observation.utc_ns == tick
        later += beat in lost
    assert later > 5


def test_a_takeover_in_which_nothing_moved_teaches_nothing() -> None:
    tape = Hands(by("left", range(100, 161))).tape(0, 300)
    still = corrections_of(tape, [takeover(10, 50), takeover(200, 260)])
    assert [(one.job, one.lessons(SPACE)) for one in still] == [((), {})] * 2
    drives = corrections_of(tape, [takeover(10, 50), takeover(90, 130), takeover(131, 200)])
    assert [one.job for one in drives] == [(), ("left",), ("left",)]
    assert corrections_of(tape, [takeover(400, 500)]) == []  # not on this tape


class Driven:
    """A shift of fakes in which a person drives whenever a test says so, recorded as it is."""

    def __init__(self, folder: Path) -> None:
        station = FakeStation(cameras=(CameraSpec("head", 32, 32, 1.0),))
        self.folder, self.clock = folder, VirtualClock(30, 10**18)
        self.tap = Tap("hand-1", self.clock)
        self.recorder = Recorder(folder, SPACE, self.clock, ("head",))
        self.cell = Executor(
            station, FakePolicy(station), self.clock, seed=1,
            observers=(self.recorder, self.tap), looks=self.tap.looks,
        )  # fmt: skip
        self.said: list[tuple[int, Event]] = []

    def tell(self, *events: Event) -> None:
        for event in events:
            self.said.append((self.clock.tick, event))
            self.recorder.on_event(event)
            self.tap.on_event(event)

    def drive(self, cycle: int | None, *, moved: int = 40) -> None:
        begun = self.clock.tick
        self.tell(RequestAnswered(cycle=cycle, who="ann", where="here", wish="take_over"))
        for tick in range(60):
            if 10 <= tick < 10 + moved:
                self.cell.jog(Jog(side="left", velocity=(0.0, 0.0, -0.02)))
            self.cell.step()
        ended = TakeoverEnded(
            cycle=cycle, who="ann", began_tick=begun, jogs=moved, moved_ticks=moved
        )
        self.tell(ended)

    def cycle(self, number: int, *drives: int) -> None:
        """With a drive of so many moved ticks each."""
        self.tell(start(number, self.clock.tick))
        for moved in drives:
            self.drive(number, moved=moved)
        self.cell.rest(30)
        self.tell(
            CycleEnded(cycle=number, ending="aborted", robot_done_tick=None, retries={}, stats=None)
        )

    def end(self) -> None:
        self.tell(ShiftEnded(reason="planned"))
        with open_store(self.folder / "events.db", write=True) as store:
            store.extend(script(self.said, 30))
        self.cell.close()


def test_a_drive_between_two_cycles_is_kept_and_what_is_left_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shift = Driven(tmp_path / "shift")
    shift.tell(begin(30, 10.0))
    shift.drive(None)  # before the first part: nothing is recorded yet
    shift.cycle(0, 40, 0)
    shift.drive(None)
    shift.cell.rest(60)
    shift.cycle(1, 40)
    shift.end()
    data = tmp_path / "data"
    assert run(["export", str(shift.folder), "--corrections", "--out", str(data)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "cycles 2 of 2" in told
    assert "takeovers 3 of 5 with something to learn" in told
    assert "left out 1: no arm moved" in told
    assert "left out 1: not recorded: before the first cycle, or in one that did not end" in told
    assert "between two cycles after 0" in told
    facts = [one.facts for one in read_dataset(data).episodes]
    assert [(one["cycle"], one["after_cycle"]) for one in facts] == [
        ("0", ""),
        ("", "0"),
        ("1", ""),
    ]
    assert ["misalignment" in one for one in facts] == [True, False, True]
    assert {one["stretch"] for one in facts} == {"1 of 1"}


def test_takeovers_that_teach_nothing_are_refused_with_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shift = Driven(tmp_path / "shift")
    shift.tell(begin(30, 10.0))
    shift.drive(None)
    shift.cycle(0, 0, 0)
    shift.end()
    line = refusal(capsys, shift.folder, tmp_path / "data", "--corrections")
    assert "none of 3 takeovers holds anything to learn (2: no arm moved; 1: not recorded" in line


def test_a_shift_that_nobody_drove_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shift"
    assert run(["shift", "toy", "--cycles", "1", "--record", "--out", str(folder), "--json"]) == 0
    line = refusal(capsys, folder, tmp_path / "data", "--corrections")
    assert "nobody drove the robot" in line
    assert "--all" in refusal(capsys, folder, tmp_path / "data", "--corrections", "--all")
