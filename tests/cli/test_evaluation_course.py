"""How an episode's end is told, side by side: real episodes at the toy, and gauges set by hand."""

from collections.abc import Iterator

import msgspec
import pytest

from ontakt.cli.evaluation.course import Course
from ontakt.cli.evaluation.result import Fault
from ontakt.cli.policies import build_policy
from ontakt.cli.teaching.episode import Ground, Worked, work_episode, work_part
from ontakt.contract import SIDES, Inspection, Side, Station
from ontakt.contract.job import Job
from ontakt.line.supervisor_config import SupervisorConfig
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.ordered import Ordered
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation

FILE = find_station("toy")


@pytest.fixture
def station() -> Iterator[Station]:
    built = FILE.build(parse_variation((), FILE.levels), 0)
    yield built
    built.close()


def executor(station: Station, job: Job) -> Executor:
    policy = Ordered(build_policy("chunk-expert", FILE, station), "as the test says", job)
    return Executor(station, policy, VirtualClock(30, 0), seed=0)


def watched(station: Station, done: Job, asked: Job, limit_s: float) -> tuple[Course, Worked]:
    """The policy loads `done`, whatever was `asked`."""
    course = Course(station, FILE.config.section("supervisor", SupervisorConfig))
    cell = executor(station, done)
    worked = work_part(cell, Ground.of(station), 0, asked, limit_s, watch=course.see)
    cell.close()
    return course, worked


def modes(faults: dict[Side, Fault]) -> dict[Side, str]:
    return {side: fault.mode for side, fault in faults.items()}


@pytest.mark.parametrize(
    ("done", "asked", "limit_s", "found"),
    [
        (SIDES, SIDES, 30.0, {}),
        (("left",), ("left",), 30.0, {}),
        ((), (), 30.0, {}),
        (("right",), ("left",), 30.0, {"left": "no_grasp", "right": "wrong_side"}),
        (SIDES, ("left",), 30.0, {"right": "wrong_side"}),
        (("left",), SIDES, 10.0, {"right": "no_grasp"}),
        (SIDES, SIDES, 1.0, {"left": "no_grasp", "right": "no_grasp"}),
        (SIDES, SIDES, 2.6, {"left": "timeout", "right": "timeout"}),
    ],
)
def test_what_was_done_against_what_was_asked(
    station: Station, done: Job, asked: Job, limit_s: float, found: dict[Side, str]
) -> None:
    course, worked = watched(station, done, asked, limit_s)
    assert modes(course.faults(worked, asked)) == found
    assert worked.done == (bool(asked) and not (found.keys() & set(asked)))


def test_a_hand_that_moves_when_told_to_wait(station: Station) -> None:
    course, worked = watched(station, SIDES, SIDES, 0.5)  # on its way to the nut
    faults = course.faults(worked, ())
    assert modes(faults) == {"left": "moved", "right": "moved"}
    assert faults["left"].reason.startswith("told to wait, the hand went ")


@pytest.mark.parametrize(
    ("gauge", "mode", "reason"),
    [
        (
            Inspection(ok=False, offset=0.002, height=0.0064, tilt=0.1),
            "not_seated",
            "the nut stands 6.4 mm over its seat, 2.0 mm off the axis, tilted by 5.7 degrees",
        ),
        (Inspection(ok=False, offset=0.04, height=0.0, tilt=0.0), "drop", "the nut lies elsewhere"),
    ],
)
def test_the_gauge_tells_where_a_released_nut_is(
    station: Station, gauge: Inspection, mode: str, reason: str
) -> None:
    course, worked = watched(station, SIDES, SIDES, 30.0)
    other = msgspec.structs.replace(worked, found={**worked.found, "left": gauge}, done=False)
    assert course.faults(other, SIDES) == {"left": Fault(mode, reason)}


def test_an_error_is_every_ordered_sides(station: Station) -> None:
    course, worked = watched(station, SIDES, SIDES, 30.0)
    broken = msgspec.structs.replace(worked, failure="it broke")
    assert course.faults(broken, ("left",)) == {"left": Fault("error", "it broke")}
    assert modes(course.faults(broken, ())) == {"left": "error", "right": "error"}


def test_an_episode_ends_at_home(station: Station) -> None:
    cell = executor(station, SIDES)
    worked = work_episode(cell, Ground.of(station), 0, SIDES, 30.0)
    assert worked.done
    assert all(cell.step().homed.values())
    cell.close()
