"""What the chunk expert tells the supervisor of one side."""

import dataclasses

import pytest

from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Point, Scene
from ontakt.station.registry import find_station
from ontakt.station.side_belief import SideBelief

C = find_station("nut-loading").config.section("expert", ExpertConfig)
NUT, PIN, HIGH = (0.27, 0.27, 0.831), (0.33, 0.14, 0.831), (0.33, 0.14, 0.881)
OPEN = Scene(
    tool=NUT,
    told=NUT,
    told_opening=C.open,
    opening=C.open,
    grips=False,
    touches=False,
    pin=(0.33, 0.14, 0.825),
    nut=(0.27, 0.27, 0.825),
    on_pin=False,
    travel=0.881,
)


def at(tool: Point, **changes: object) -> Scene:
    return dataclasses.replace(OPEN, tool=tool, told=tool, **changes)  # type: ignore[arg-type]


def held(tool: Point, **changes: object) -> Scene:
    return at(tool, told_opening=0.0, opening=0.0175, grips=True, **changes)


def empty(tool: Point) -> Scene:
    return at(tool, told_opening=0.0, opening=0.0)


def belief(in_vain: int = 90, blind: int = 60) -> SideBelief:
    return SideBelief(C, in_vain, blind)


def test_a_nut_that_was_carried_and_let_go_on_its_pin_is_done_when_the_hand_is_clear() -> None:
    side = belief()
    way = [
        ("reach", OPEN),
        ("grasp", OPEN),
        ("carry", held(HIGH)),
        ("insert", held(PIN)),
        ("release", at(PIN, on_pin=True)),
    ]
    for tick, (phase, scene) in enumerate(way):
        said = side.see(10 * tick, phase, scene)
        assert (said.phase, said.done, said.gave_up) == (phase, False, None)
    assert side.see(60, "home", at(HIGH, on_pin=True)).done


def test_a_hand_that_tamped_where_no_nut_is_has_dropped_it() -> None:
    side = belief()
    side.see(0, "insert", held(PIN))
    side.see(10, "release", at(PIN))
    assert side.see(20, "home", at(HIGH)).gave_up == "drop"


def test_pads_that_meet_on_the_way_have_dropped_the_nut() -> None:
    side = belief()
    side.see(0, "carry", held(HIGH))
    side.see(10, "home", empty(HIGH))
    said = side.see(20, "home", at(HIGH))
    assert (said.done, said.gave_up) == (False, "drop")


def test_every_closing_on_nothing_is_a_retry_until_it_gives_up() -> None:
    side = belief()
    for n in range(1, C.grasps + 1):
        for tick in range(3):  # seen three times, it is still one closing
            said = side.see(100 * n + tick, "grasp", empty(NUT))
        assert said.retries == n
        assert said.gave_up == ("no_grasp" if n == C.grasps else None)
        side.see(100 * n + 50, "reach", OPEN)


@pytest.mark.parametrize(("phase", "why"), [("insert", "jam"), ("release", "not_seated")])
def test_pressing_in_vain_ends(phase: str, why: str) -> None:
    side = belief(in_vain=90)
    scene = held(PIN, touches=True) if phase == "insert" else at(PIN, touches=True)
    said = [side.see(tick, phase, scene).gave_up for tick in range(0, 120, 10)]
    assert said == [None] * 9 + [why] * 3


def test_a_pause_in_pressing_does_not_count() -> None:
    side = belief(in_vain=90)
    for tick in range(0, 400, 10):
        said = side.see(tick, "insert", held(PIN, touches=tick < 60))
    assert said.gave_up is None


def test_without_a_sight_it_gives_up_in_time() -> None:
    side = belief(blind=60)
    assert side.see(0, "home", at(HIGH)).gave_up is None
    assert side.see(59, "home", at(HIGH)).gave_up is None
    assert side.see(60, "home", at(HIGH)).gave_up == "no_sight"


def test_an_observation_that_is_not_newer_changes_nothing() -> None:
    side = belief()
    first = side.see(10, "grasp", empty(NUT))
    side.see(5, "reach", OPEN)
    assert side.see(10, "grasp", empty(NUT)) == first
