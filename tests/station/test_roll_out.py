"""A hand rolled forward: smooth, bounded, and true to what the model says of pads and nuts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Hand, Point, Scene
from ontakt.station.phases import Intent
from ontakt.station.registry import find_station
from ontakt.station.roll_out import follow, roll_out, stand, start

C = find_station("nut-loading").config.section("expert", ExpertConfig)
HZ = 30
GAIN = C.acceleration / HZ**2
BOX = ((0.1, -0.4, 0.82), (0.5, 0.4, 1.1))
NUT, PIN = (0.27, 0.27, 0.825), (0.33, 0.14, 0.825)


def scene(told: Point, opening: float = C.open, grips: bool = False) -> Scene:
    return Scene(
        tool=told,
        told=told,
        told_opening=0.0 if grips else opening,
        opening=opening,
        grips=grips,
        touches=False,
        pin=PIN,
        nut=NUT,
        on_pin=False,
        travel=0.881,
    )


class Toward:
    """Phases that want one thing, and keep what they were asked."""

    def __init__(self, goal: Point, speed: float, opening: float = C.open) -> None:
        self.intent = Intent("reach", goal, speed, opening)
        self.asked: list[tuple[int, bool, bool]] = []

    def next(self, hand: Hand, scene: Scene) -> Intent:
        self.asked.append((hand.tick, hand.holds, hand.on_pin))
        return self.intent


def rolled(phases: Toward, told: Point, rows: int = 120, committed: list[Point] | None = None):  # type: ignore[no-untyped-def]
    before = [(*place, C.open) for place in committed or []]
    return np.array(roll_out(phases, scene(told), before, rows, 5, BOX, C, HZ))  # type: ignore[arg-type]


SPOTS = st.tuples(st.floats(0.15, 0.45), st.floats(-0.3, 0.3), st.floats(0.83, 1.05))


@given(SPOTS, SPOTS, st.floats(0.02, 0.3))
def test_from_rest_it_goes_straight_brakes_in_time_and_stays(
    told: Point, goal: Point, speed: float
) -> None:
    rows = 40 + math.ceil(math.dist(told, goal) / speed * HZ)
    path = np.vstack([told, told, rolled(Toward(goal, speed), told, rows)[:, :3]])
    steps = np.diff(path, axis=0)
    assert np.linalg.norm(steps, axis=1).max() <= speed / HZ + 1e-12
    assert np.linalg.norm(np.diff(steps, axis=0), axis=1).max() <= GAIN + 1e-12
    assert path[-1] == pytest.approx(goal, abs=1e-9)
    way = np.subtract(goal, told)
    if np.linalg.norm(way) > 1e-6:
        along = (path - told) @ way / (way @ way)
        assert (np.diff(along) >= -1e-9).all()  # never past the goal and back
        assert path == pytest.approx(np.add(told, along[:, None] * way), abs=1e-9)


@given(SPOTS, st.tuples(*[st.floats(-0.005, 0.005)] * 3))
def test_from_a_moving_prefix_it_turns_with_bounded_acceleration(
    goal: Point, step: tuple[float, float, float]
) -> None:
    told = (0.3, 0.1, 0.95)
    moving = [tuple(np.add(told, np.multiply(k, step)).tolist()) for k in range(1, 4)]
    plan = rolled(Toward(goal, 0.3), told, 200, moving)
    assert len(plan) == 197
    path = np.vstack([moving[-2:], plan[:, :3]])
    change = np.linalg.norm(np.diff(path, n=2, axis=0), axis=1)
    assert change.max() <= GAIN + 1e-12
    assert path[-1] == pytest.approx(goal, abs=1e-6)


def test_a_goal_outside_of_the_box_is_approached_to_its_wall() -> None:
    plan = rolled(Toward((0.9, 0.0, 0.5), 0.3), (0.3, 0.0, 0.9))
    assert plan[-1, :3] == pytest.approx((0.5, 0.0, 0.82))
    assert plan[:, 0].max() <= 0.5
    assert plan[:, 2].min() >= 0.82


def test_what_is_decided_is_decided_tick_by_tick_after_the_prefix() -> None:
    phases = Toward((0.3, 0.1, 0.95), 0.1)
    rolled(phases, (0.3, 0.1, 0.95), 6, [(0.3, 0.1, 0.95)] * 2)
    assert [tick for tick, _, _ in phases.asked] == [7, 8, 9, 10]


def test_pads_that_close_about_the_nut_hold_it_and_elsewhere_nothing() -> None:
    about = (NUT[0], NUT[1], NUT[2] + C.grasp_height)
    for told, holds in ((about, True), ((0.3, 0.2, 0.9), False)):
        phases = Toward(told, 0.1, opening=0.0)
        plan = rolled(phases, told, 15)
        assert phases.asked[-1][1] is holds
        assert not phases.asked[0][1]
        assert np.abs(np.diff(plan[:, 3])).max() <= C.opening_speed / HZ + 1e-12
        assert plan[-1, 3] == 0.0


def test_pads_that_open_leave_the_nut_where_it_is() -> None:
    for told, on_pin in (((PIN[0], PIN[1], 0.831), True), ((0.25, 0.2, 0.9), False)):
        phases = Toward(told, 0.1)
        roll_out(phases, scene(told, 0.0175, grips=True), [], 15, 0, BOX, C, HZ)  # type: ignore[arg-type]
        assert phases.asked[0][1:] == (True, False)
        assert phases.asked[-1][1:] == (False, on_pin)


def test_a_committed_grip_is_known_to_what_follows() -> None:
    about = (NUT[0], NUT[1], NUT[2] + C.grasp_height)
    hand = start(scene(about), 0)
    follow(hand, [(*about, C.open - 0.0033 * k) for k in range(1, 7)], scene(about), C, HZ)
    assert hand.holds
    assert hand.tick == 6


def test_standing_brakes_without_turning() -> None:
    hand = start(scene((0.3, 0.1, 0.95)), 0)
    hand.velocity = (0.2, 0.0, -0.1)
    plan = np.array(stand(hand, 20, C.acceleration, HZ))
    steps = np.diff(np.vstack([hand.place, plan[:, :3]]), axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    assert (np.diff(lengths) <= 1e-12).all()
    assert lengths[-1] == 0.0
    assert np.abs(np.cross(steps, [0.2, 0.0, -0.1])).max() < 1e-12
