"""Laws of the guard over any input: a slow reference of every limit, lateness, and modes."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.runtime.test_capsule import slow_distance

from ontakt.contract import SIDES, ArmState, Array, Limits, Side, frozen_array
from ontakt.contract.limits import ArmOverride, MotionMode
from ontakt.runtime import Guard, Wanted
from ontakt.runtime.arm_guard import OVERLOAD, STRIKE
from ontakt.runtime.fake import FakeStation

STATION = FakeStation()
SPACE, HZ = STATION.spec.action_space, 30
HOME, ARMS = STATION.spec.home, STATION.observe(0, 0).arms
APART = msgspec.structs.replace(STATION.limits, jerk=80.0)
"""Two arms that cannot meet, alike in all."""
SHARED = msgspec.structs.replace(
    APART,
    workspace={
        "left": ((0.1, -0.2, 0.7), (0.6, 0.45, 1.2)),
        "right": ((0.1, -0.45, 0.7), (0.6, 0.2, 1.2)),
    },
    arm={"left": ArmOverride(speed=0.35, jerk=50.0), "right": ArmOverride(turn_speed=1.0)},
    mode={
        "homing": ArmOverride(acceleration=1.5, opening_speed=0.06),
        "reduced": ArmOverride(speed=0.25, jerk=30.0, turn_speed=0.5, wrist_force=40.0),
    },
)
"""Two arms that can, each with limits of its own."""
ROUND_OFF = 1e-9

garbage = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1, 2),
    st.sampled_from([0.0, 1e308, -1e308, 5e-324, math.nan, math.inf]),
)
near = st.floats(-0.03, 0.03)
turns = st.lists(st.floats(-1, 1), min_size=4, max_size=4)
modes: st.SearchStrategy[MotionMode] = st.sampled_from(["automatic", "homing", "reduced"])
pushes = st.one_of(
    st.just((0.0, 0.0, 0.0)),
    st.tuples(*[st.floats(-70, 70)] * 3),
    st.just((0.0, math.nan, 0.0)),
    st.just((0.0, 0.0, 200.0)),
)
pad_forces = st.one_of(st.floats(0, 40), st.just(math.nan))


@st.composite
def rows(draw: st.DrawFn) -> Array | None:
    """Any eight numbers, a place in the cell, a place near home, or nothing."""
    kind = draw(st.sampled_from(["garbage", "place", "near", "middle", "none"]))
    if kind == "none":
        return None
    if kind == "garbage":
        return np.array(draw(st.lists(garbage, min_size=8, max_size=8)))
    if kind == "near":
        return np.array(HOME[:8] + np.array(draw(st.lists(near, min_size=8, max_size=8))))
    low, high = ([0.1, -0.4, 0.7], [0.6, 0.4, 1.2]) if kind == "place" else ([0.3, 0, 1],) * 2
    place = [draw(st.floats(a, b)) for a, b in zip(low, high, strict=True)]
    return np.array([*place, *draw(turns), draw(st.floats(0, 0.06))])


class Tick(msgspec.Struct, frozen=True, eq=False):
    """Everything that reaches the guard on one tick."""

    wanted: dict[Side, Array | None]
    ages: dict[Side, int]
    """Ticks since the observation that the target rests on."""
    pads: dict[Side, float]
    pushes: dict[Side, tuple[float, float, float]]
    modes: dict[Side, MotionMode]
    silent_s: float
    skipped: int
    """Ticks that went by unseen."""

    def arms(self, pose: dict[Side, ArmState]) -> dict[Side, ArmState]:
        return {
            side: msgspec.structs.replace(
                arm, grip_force=self.pads[side], wrist_force=frozen_array(self.pushes[side])
            )
            for side, arm in pose.items()
        }


def each(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[Side, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(SIDES, strategy))


ticks = st.builds(
    Tick,
    wanted=each(rows()),
    ages=each(st.one_of(st.integers(0, 59), st.integers(0, 200))),
    pads=each(pad_forces),
    pushes=each(pushes),
    modes=each(modes),
    silent_s=st.one_of(st.floats(0, 0.2), st.floats(0, 0.4), st.just(math.inf)),
    skipped=st.integers(0, 100),
)
starts = each(
    st.tuples(st.floats(0.15, 0.55), st.floats(0.02, 0.19), st.floats(0.75, 1.15), turns).filter(
        lambda p: max(map(abs, p[3])) > 0.1
    )
)


def own(limits: Limits, side: Side, mode: str, name: str) -> float:
    """What the station file says, read by hand."""
    value = getattr(limits.arm.get(side, ArmOverride()), name)
    value = getattr(limits, name) if value is None else value
    for known, lowered in limits.mode.items():
        if known == mode and getattr(lowered, name) is not None:
            value = min(value, getattr(lowered, name))
    return float(value)


def tool(row: Array) -> tuple[Any, Any]:
    """The tool's axis of one side's row, backwards from its TCP."""
    w, v = row[3], row[4:7]
    x = np.array([1.0, 0.0, 0.0])
    turned = x + 2 * w * np.cross(v, x) + 2 * np.cross(v, np.cross(v, x))
    return row[:3], -SHARED.tool.length * turned


class Reference:
    """What a command must keep to, from commands alone: slow and obvious."""

    def __init__(self, limits: Limits, first: dict[Side, Array]) -> None:
        self.limits, self.last = limits, first
        self.stride = {side: np.zeros(3) for side in SIDES}
        self.gain = dict.fromkeys(SIDES, 0.0)
        self.struck = dict.fromkeys(SIDES, False)
        self.gap = slow_distance(tool(first["left"]), tool(first["right"]))

    def see(self, tick: Tick, target: Array) -> None:
        now = {side: target[SPACE.start(side) : SPACE.start(side) + 8] for side in SIDES}
        stopped = not tick.silent_s <= self.limits.heartbeat
        for side in SIDES:
            ceiling = own(self.limits, side, tick.modes[side], "wrist_force")
            force = float(np.linalg.norm(tick.pushes[side]))
            struck = force > ceiling * (1 if self.struck[side] else STRIKE)
            stopped |= struck and not self.struck[side]
            self.struck[side] = struck
        for side in SIDES:
            self._side(side, tick, now[side], stopped)
        need = self.limits.clearance + 2 * self.limits.tool.radius
        gap = slow_distance(tool(now["left"]), tool(now["right"]))
        assert gap >= min(need, self.gap) - 1e-7
        self.last, self.gap = now, gap

    def _side(self, side: Side, tick: Tick, now: Array, stopped: bool) -> None:
        limits, last, wanted = self.limits, self.last[side], tick.wanted[side]

        def most(name: str) -> float:
            return own(limits, side, tick.modes[side], name)

        assert np.isfinite(now).all()
        low, high = map(np.array, limits.workspace[side])
        assert (low <= now[:3]).all()
        assert (now[:3] <= high).all()
        step = now[:3] - last[:3]
        assert np.linalg.norm(step) <= most("speed") / HZ + ROUND_OFF
        stride = self.stride[side]
        square = float(stride @ stride)
        part = min(1.0, max(0.0, float(step @ stride) / square)) if square else 0.0
        gain = float(np.linalg.norm(step - part * stride))
        assert gain <= most("acceleration") / HZ**2 + ROUND_OFF
        assert gain <= self.gain[side] + most("jerk") / HZ**3 + ROUND_OFF
        self.stride[side], self.gain[side] = step, gain
        assert np.linalg.norm(now[3:7]) == pytest.approx(1.0, abs=1e-12)
        assert last[3:7] @ now[3:7] >= 0
        turned = 4 * math.asin(min(1.0, float(np.linalg.norm(now[3:7] - last[3:7])) / 2))
        assert turned <= most("turn_speed") / HZ + ROUND_OFF
        rate = now[7] - last[7]
        assert limits.opening[0] <= now[7] <= limits.opening[1]
        assert abs(rate) <= most("opening_speed") / HZ + ROUND_OFF
        assert not (tick.pads[side] > OVERLOAD * limits.grip_force and rate < 0)
        force = np.array(tick.pushes[side])
        if np.linalg.norm(force) > most("wrist_force"):
            assert not step.any() or step @ force > 0
            assert turned == 0.0
        stands = (
            stopped
            or wanted is None
            or not np.isfinite(wanted).all()
            or not math.isfinite(tick.pads[side] + force.sum())
            or tick.ages[side] > limits.chunk_age * HZ
        )
        assert not (stands and (now != last).any())


@pytest.mark.parametrize("limits", [APART, SHARED], ids=["apart", "shared"])
@settings(max_examples=60)
@given(begin=starts, story=st.lists(ticks, max_size=15))
def test_no_input_leads_out_of_the_limits(
    limits: Limits, begin: dict[Side, Any], story: list[Tick]
) -> None:
    made = Guard(SPACE, limits)
    sign: dict[Side, int] = {"left": 1, "right": -1}
    away = 0.0 if limits is SHARED else 0.1
    pose = {
        side: msgspec.structs.replace(
            ARMS[side],
            position=frozen_array((x, sign[side] * (y + away), z)),
            quaternion=frozen_array(q),
        )
        for side, (x, y, z, q) in begin.items()
    }
    made.start(pose)
    reference = Reference(limits, {side: np.array(made.last(side)) for side in SIDES})
    now = 0
    for tick in story:
        now += 1 + tick.skipped
        for side in SIDES:
            made.set_mode(tick.modes[side], (side,))
        wanted = {
            side: Wanted(row, now - tick.ages[side])
            for side, row in tick.wanted.items()
            if row is not None
        }
        command, trips = made.check(now, wanted, tick.arms(pose), tick.silent_s)
        assert 0 < command.grip_force <= limits.grip_force
        assert command.hold == any(trip.action in ("hold", "stop") for trip in trips)
        reference.see(tick, command.target)


def sizes(made: Guard, before: dict[Side, list[float]]) -> dict[Side, tuple[float, float, float]]:
    """How far each arm went, turned and opened on the last tick."""
    found: dict[Side, tuple[float, float, float]] = {}
    for side in SIDES:
        then, now = np.array(before[side]), np.array(made.last(side))
        found[side] = (
            float(np.linalg.norm(now[:3] - then[:3])),
            float(np.linalg.norm(now[3:7] - then[3:7])),
            abs(float(now[7] - then[7])),
        )
    return found


def told(made: Guard) -> dict[Side, list[float]]:
    return {side: made.last(side) for side in SIDES}


def two_guards(history: list[dict[Side, Array | None]]) -> tuple[Guard, Guard]:
    """Two that have lived the same, at home first."""
    pair = (Guard(SPACE, APART), Guard(SPACE, APART))
    for made in pair:
        made.start(ARMS)
        for tick, wanted in enumerate(history):
            made.check(tick, wishes(wanted, tick), ARMS, 0.0)
    assume(apart(told(pair[0])))
    return pair


def wishes(wanted: dict[Side, Array | None], observed: int) -> dict[Side, Wanted]:
    return {side: Wanted(row, observed) for side, row in wanted.items() if row is not None}


def apart(poses: dict[Side, list[float]]) -> bool:
    """True when the arms are too far from each other to matter to each other for a tick."""
    left, right = (tool(np.array(poses[side])) for side in SIDES)
    return slow_distance(left, right) > 0.2


histories = st.lists(each(rows()), max_size=10)


@settings(max_examples=60)
@given(histories, each(rows()), st.integers(0, 10**9), st.integers(0, 200), st.floats(0, math.inf))
def test_lateness_never_makes_a_step_larger(
    history: list[dict[Side, Array | None]],
    wanted: dict[Side, Array | None],
    late: int,
    age: int,
    silent_s: float,
) -> None:
    """Whatever is late, the clock, the observation or the link: the same step, or none."""
    prompt, tardy = two_guards(history)
    before, now = told(prompt), len(history)
    prompt.check(now, wishes(wanted, now), ARMS, 0.0)
    tardy.check(now + late, wishes(wanted, now + late - age), ARMS, silent_s)
    for side in SIDES:
        assert tardy.last(side) in (before[side], prompt.last(side))
    if age <= APART.chunk_age * HZ and silent_s <= APART.heartbeat:
        assert told(tardy) == told(prompt)
    # and what was missed is not made up for: from a stand, no more than from any stand
    if told(tardy) == before:
        tardy.check(now + late, {}, ARMS, 0.0)
        tardy.check(now + late + 1, wishes(wanted, now + late + 1), ARMS, 0.0)
        for side, (way, _, _) in sizes(tardy, before).items():
            assert way <= APART.of(side).jerk / HZ**3 + ROUND_OFF


@settings(max_examples=60)
@given(histories, each(rows()), st.sampled_from(["homing", "reduced"]))
def test_a_lowered_mode_never_makes_a_step_larger(
    history: list[dict[Side, Array | None]], wanted: dict[Side, Array | None], mode: MotionMode
) -> None:
    lowered = {
        "homing": ArmOverride(acceleration=1.0, jerk=20.0),
        "reduced": ArmOverride(speed=0.25, turn_speed=0.3, opening_speed=0.05),
    }
    automatic, _ = two_guards(history)
    careful = Guard(SPACE, msgspec.structs.replace(APART, mode=lowered))
    careful.start(ARMS)
    for tick, past in enumerate(history):
        careful.check(tick, wishes(past, tick), ARMS, 0.0)
    before, now = told(automatic), len(history)
    assert told(careful) == before
    careful.set_mode(mode)
    for made in (automatic, careful):
        made.check(now, wishes(wanted, now), ARMS, 0.0)
    most = sizes(automatic, before)
    for side, found in sizes(careful, before).items():
        for a, b in zip(found, most[side], strict=True):
            assert a <= b + ROUND_OFF


@settings(max_examples=50)
@given(
    histories,
    st.tuples(*[st.floats(0, 1)] * 3),
    st.floats(0.1, 1.0),
    st.floats(1.0, 6.0),
    st.floats(20.0, 200.0),
)
def test_every_place_is_approached_straight_and_never_overshot(
    history: list[dict[Side, Array | None]],
    part: tuple[float, float, float],
    speed: float,
    acceleration: float,
    jerk: float,
) -> None:
    limits = msgspec.structs.replace(
        APART, speed=speed, acceleration=acceleration, jerk=jerk, mode={}
    )
    made = Guard(SPACE, limits)
    made.start(ARMS)
    for past in history:
        made.check(0, wishes({"left": past["left"]}, 0), ARMS, 0.0)
    low, high = map(np.array, limits.workspace["left"])
    goal = low + np.array(part) * (high - low)
    start = np.array(made.last("left")[:3])
    distance = left_over = float(np.linalg.norm(goal - start))
    row = np.array([*goal, *made.last("left")[3:]])
    least = min(speed / HZ, acceleration / HZ**2, jerk / HZ**3)
    for _ in range(math.ceil(distance / least) + 1):
        made.check(0, {"left": Wanted(row, 0)}, ARMS, 0.0)
        here = np.array(made.last("left")[:3])
        now = float(np.linalg.norm(goal - here))
        assert float(np.linalg.norm(here - start)) + now == pytest.approx(distance, abs=1e-9)
        assert now <= left_over
        assert now == 0.0 or left_over - now >= least * (1 - 1e-6)
        left_over = now
    assert left_over == 0.0
    assert made.check(0, {"left": Wanted(row, 0)}, ARMS, 0.0)[1] == ()
