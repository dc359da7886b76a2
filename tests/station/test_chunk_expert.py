"""The chunk expert answers anywhere, goes on from any prefix, remembers nothing, and does the job
while it moves."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontakt.contract import (
    SIDES,
    ArmState,
    Array,
    BadValue,
    Belief,
    Command,
    Observation,
    Side,
    Sight,
    Station,
    frozen_array,
)
from ontakt.station.chunk_expert import ChunkExpert, ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation

FILE = find_station("nut-loading")
CONFIG = FILE.config.section("expert", ExpertConfig)
MORE = FILE.config.section("chunk_expert", ChunkExpertConfig)
HZ, HORIZON = 30, MORE.horizon
TOY = find_station("toy").build(parse_variation((), find_station("toy").levels), 1)
STATION, LIMITS = TOY.spec, TOY.limits
SPACE = STATION.action_space
GAIN = CONFIG.acceleration / HZ**2
"""By how much a step may differ from the one before [m]."""


def expert(seed: int = 0, tamps: bool = True, **changes: object) -> ChunkExpert:
    config = CONFIG if tamps else msgspec.structs.replace(CONFIG, tamp_opening=0.0)
    worker = ChunkExpert(STATION, LIMITS, config, msgspec.structs.replace(MORE, **changes))
    worker.reset(SIDES, seed)
    return worker


# -- laws, whatever is observed

X, Z = st.floats(0.15, 0.4), st.floats(0.826, 1.0)
OPENINGS = st.floats(0.0, 0.04)


@st.composite
def arms(draw: st.DrawFn, side: Side) -> ArmState:
    sign = 1.0 if side == "left" else -1.0
    told = [draw(X), sign * draw(st.floats(0.05, 0.35)), draw(Z)]
    if draw(st.booleans()):  # where the work is: over the nut or the pin
        place = STATION.places[f"{side}_{draw(st.sampled_from(['nut', 'pin']))}"]
        aside = draw(st.tuples(st.floats(-0.006, 0.006), st.floats(-0.006, 0.006)))
        told = [place[0] + aside[0], place[1] + aside[1], place[2] + draw(st.floats(0.001, 0.06))]
    lag = [draw(st.floats(-0.005, 0.005)) for _ in range(3)]
    signs = [0.0, CONFIG.tamp_opening, MORE.tamped_opening, CONFIG.open]
    return ArmState(
        position=frozen_array(np.add(told, lag)),
        quaternion=frozen_array([0.7, 0.0, 0.7, 0.0]),
        opening=draw(OPENINGS),
        grip_force=draw(st.floats(0.0, 20.0)),
        wrist_force=frozen_array([0.0, 0.0, draw(st.floats(-10.0, 20.0))]),
        target=frozen_array(told),
        target_opening=draw(st.sampled_from(signs) | OPENINGS),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    sights = {}
    for side in SIDES:
        for name, like in (("nut", "nut"), ("pin", "pin"), ("on_pin", "pin")):
            if draw(st.booleans()):
                aside = [draw(st.floats(-0.006, 0.006)), draw(st.floats(-0.006, 0.006)), 0.0]
                place = np.add(STATION.places[f"{side}_{like}"], aside)
                sights[f"{side}_{name}"] = Sight(frozen_array(place), draw(st.floats(0.0, 0.002)))
    return Observation(
        tick=draw(st.integers(0, 100_000)),
        utc_ns=0,
        arms={side: draw(arms(side)) for side in SIDES},
        sights=sights,
        job=draw(st.sampled_from([SIDES, ("left",), ("right",), ()])),
    )


def told(observation: Observation) -> Array:
    """The row that holds now."""
    row = STATION.home.copy()
    for side in SIDES:
        arm, k = observation.arms[side], SPACE.start(side)
        row[k : k + 3], row[k + 7] = arm.target, arm.target_opening
    return row


def steps_change(before: Array, rows: Array, side: Side) -> float:
    """Most by which one step of `side` differs from the one before it [m]; `before` are at least
    two rows."""
    path = SPACE.position(np.vstack([before[-2:], rows]), side)
    return float(np.linalg.norm(np.diff(path, n=2, axis=0), axis=1).max())


@given(observations(), st.integers(0, 5))
@settings(max_examples=80)
def test_anywhere_the_answer_is_a_whole_chunk_inside_the_workspace(
    observation: Observation, seed: int
) -> None:
    chunk = expert(seed).infer(observation)
    now = told(observation)
    assert chunk.targets.shape == (HORIZON, SPACE.width)
    assert chunk.observed_tick == observation.tick
    assert np.isfinite(chunk.targets).all()
    assert set(chunk.beliefs) == set(observation.job)
    for side in SIDES:
        low, high = LIMITS.workspace[side]
        path = SPACE.position(chunk.targets, side)
        assert (path >= np.array(low) - 1e-12).all()
        assert (path <= np.array(high) + 1e-12).all()
        turns = SPACE.quaternion(chunk.targets, side)
        assert np.linalg.norm(turns, axis=1) == pytest.approx(1.0, abs=1e-6)
        openings = SPACE.opening(np.vstack([now, chunk.targets]), side)
        assert np.abs(np.diff(openings)).max() <= CONFIG.opening_speed / HZ + 1e-12
        assert 0.0 <= openings.min() <= openings.max() <= 0.04
        steps = np.diff(SPACE.position(np.vstack([now, chunk.targets]), side), axis=0)
        assert np.linalg.norm(steps, axis=1).max() <= CONFIG.speed / HZ + 1e-12
        assert steps_change(np.stack([now, now]), chunk.targets, side) <= GAIN + 1e-12
        if side not in observation.job:
            assert (path == now[SPACE.start(side) : SPACE.start(side) + 3]).all()


@given(observations(), observations(), st.integers(0, HORIZON), st.integers(0, 10))
@settings(max_examples=80)
def test_after_a_prefix_it_goes_on_where_and_as_fast_as_that_ended(
    first: Observation, second: Observation, length: int, age: int
) -> None:
    """The prefix is what an earlier answer planned; what is observed since then may differ."""
    plan = expert().infer(first).targets
    rows = np.vstack([np.tile(told(first), (2, 1)), plan])
    prefix = plan[age : age + length]
    at = {s: frozen_array(SPACE.position(rows[age + 1], s)) for s in SIDES}
    arms = {
        s: msgspec.structs.replace(
            second.arms[s], target=at[s], target_opening=float(SPACE.opening(rows[age + 1], s))
        )
        for s in SIDES
    }
    second = msgspec.structs.replace(second, arms=arms)
    chunk = expert().infer(second, prefix)
    assert np.array_equal(chunk.targets[: len(prefix)], prefix)
    assert chunk.targets.shape == (HORIZON, SPACE.width)
    if 0 < len(prefix) < HORIZON:
        before = rows[: age + 2 + len(prefix)]
        for side in SIDES:
            assert steps_change(before, chunk.targets[len(prefix) :], side) <= GAIN + 1e-12


@given(observations(), st.lists(observations(), max_size=3), st.integers(0, 5))
@settings(max_examples=40)
def test_what_was_asked_before_changes_no_motion(
    observation: Observation, others: list[Observation], seed: int
) -> None:
    fresh = expert(seed).infer(observation).targets
    worker = expert(seed)
    for other in others:
        worker.infer(other)
    assert np.array_equal(worker.infer(observation).targets, fresh)
    assert np.array_equal(worker.infer(observation).targets, fresh)


@given(observations())
@settings(max_examples=40)
def test_one_side_does_not_ask_what_the_other_does(observation: Observation) -> None:
    both = expert().infer(msgspec.structs.replace(observation, job=SIDES)).targets
    for side in SIDES:
        alone = expert().infer(msgspec.structs.replace(observation, job=(side,))).targets
        k = SPACE.start(side)
        assert np.array_equal(both[:, k : k + 8], alone[:, k : k + 8])


def test_a_side_without_a_job_comes_to_rest() -> None:
    seen = TOY.observe(0, 0)
    row = np.tile(STATION.home, (4, 1))
    row[:, 0] += 0.008 * np.arange(4)
    targets = expert().infer(seen, row).targets
    steps = np.diff(targets[3:, 0])
    assert steps[0] == pytest.approx(0.008 - GAIN)
    assert (np.diff(steps) <= 1e-12).all()
    assert steps[-1] == 0.0


@pytest.mark.parametrize("shape", [(HORIZON + 1, 16), (3, 15), (16,)])
def test_a_prefix_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match="prefix"):
        expert().infer(TOY.observe(0, 0), np.zeros(shape))


def test_its_spec_tells_what_it_can_and_what_it_was_made_from() -> None:
    spec = expert().spec
    assert (spec.name, spec.horizon, spec.longest_prefix) == ("chunk-expert", HORIZON, HORIZON)
    assert spec.jacobians == ()
    assert spec.cameras == ()
    assert spec == expert(seed=3).spec
    assert spec.hash != expert(horizon=20).spec.hash
    with pytest.raises(BadValue, match="horizon"):
        expert(horizon=0)


# -- the job, while it moves


def play(
    station: Station, worker: ChunkExpert, delay: int, every: int = 10, told_prefix: bool = True
) -> tuple[dict[Side, Belief], Array]:
    """One cycle in which the worker is asked every `every` ticks and answers `delay` ticks later;
    last beliefs, and all that was played."""
    row, rows = station.spec.home, list[Array]()
    plan: list[Array] = []
    answer, due, asked = None, -1, -every
    beliefs: Mapping[Side, Belief] = {}
    for tick in range(1500):
        if answer is None and tick - asked >= every:
            seen = msgspec.structs.replace(station.observe(tick, 0), job=SIDES)
            committed = [*plan[:delay], *[plan[-1] if plan else row] * max(0, delay - len(plan))]
            prefix = np.array(committed) if delay and told_prefix else None
            answer, due, asked = worker.infer(seen, prefix), tick + delay, tick
        if answer is not None and tick >= due:
            plan, beliefs, answer = list(answer.targets[tick - asked :]), answer.beliefs, None
        if beliefs and all(b.done or b.gave_up for b in beliefs.values()):
            break
        if plan:
            row = plan.pop(0)
        rows.append(row)
        order = Command  # a test of a body may speak to it directly; elsewhere the guard does
        station.apply(order(tick=tick, target=row, grip_force=15.0))
    return dict(beliefs), np.array(rows)


def fetched(station: Station, cycle: int) -> Station:
    station.present(cycle)
    for side in SIDES:
        station.feed(side)
    return station


def toy(*words: str) -> Station:
    file = find_station("toy")
    return fetched(file.build(parse_variation(words, file.levels), 1), 0)


@pytest.mark.parametrize("delay", [0, 3, 7, 12])
@pytest.mark.parametrize("words", [(), ("misalignment=3mm",), ("tolerance=0.2mm", "wear=0.5")])
def test_it_loads_both_sides_of_the_toy_however_late_it_answers(
    words: tuple[str, ...], delay: int
) -> None:
    station = toy(*words)
    beliefs, rows = play(station, expert(tamps=False), delay)
    assert all(belief.done for belief in beliefs.values())
    assert all(found.ok for found in station.inspect().values())
    for side in SIDES:
        path = SPACE.position(np.vstack([STATION.home, rows]), side)
        steps = np.diff(path, axis=0)
        assert np.linalg.norm(steps, axis=1).max() <= CONFIG.speed / HZ + 1e-12
        if delay:  # without a prefix every answer begins from rest
            assert np.linalg.norm(np.diff(steps, axis=0), axis=1).max() <= GAIN + 1e-12


def test_without_its_prefix_it_jumps_at_the_seams() -> None:
    changes = []
    for told_prefix in (True, False):
        _, rows = play(toy(), expert(tamps=False), 7, told_prefix=told_prefix)
        path = SPACE.position(rows, "left")
        changes.append(float(np.linalg.norm(np.diff(path, n=2, axis=0), axis=1).max()))
    assert changes[0] <= GAIN + 1e-12
    assert changes[1] > 1.5 * GAIN


def test_a_part_without_nuts_is_given_up() -> None:
    file = find_station("toy")
    station = file.build(parse_variation((), file.levels), 1)
    station.present(0)
    beliefs, _ = play(station, expert(tamps=False), 3)
    assert {belief.gave_up for belief in beliefs.values()} == {"no_sight"}


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0, 7, 12])
def test_it_loads_both_sides_at_the_nut_station(delay: int) -> None:
    station = FILE.build(parse_variation(("nominal",), FILE.levels), 3)
    try:
        worker = ChunkExpert(station.spec, station.limits, CONFIG, MORE)
        good = 0
        for cycle in range(3):
            worker.reset(SIDES, cycle)
            beliefs, _ = play(fetched(station, cycle), worker, delay)
            good += sum(belief.done for belief in beliefs.values())
            assert all(station.inspect()[s].ok for s in SIDES if beliefs[s].done)
            station.assist("remove")
        assert good >= 5
    finally:
        station.close()
