"""The expert does its job on a station, tries again, and gives up in time with an empty hand."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import (
    SIDES,
    ActionChunk,
    ArmState,
    Array,
    Belief,
    Command,
    Observation,
    Side,
    Sight,
    frozen_array,
)
from ontakt.station.expert import Expert, ExpertConfig
from ontakt.station.registry import find_station
from ontakt.station.toy import ToyStation
from ontakt.station.variation import parse_variation

CONFIG = find_station("nut-loading").config.section("expert", ExpertConfig)
LATENCY = 3
WIDTH = 0.0175
"""What a held nut leaves between the pads [m]."""
STIFFNESS, WEIGHT = 3000.0, 2.0
"""Of the bench's arms [N/m], and of their tools [N]."""


def toy(*words: str, seed: int = 1) -> ToyStation:
    file = find_station("toy")
    station = file.build(parse_variation(words, file.levels), seed)
    assert isinstance(station, ToyStation)
    return station


STATION = toy().spec
SPACE = STATION.action_space
PIN_Z = STATION.places["left_pin"][2]


def observe(
    arms: Mapping[Side, ArmState], sights: Mapping[str, Sight], job: tuple[Side, ...], tick: int = 0
) -> Observation:
    return Observation(tick=tick, utc_ns=0, arms=arms, sights=sights, job=job)


class Bench:
    """Arms that follow their targets at once, but for the floor that `floor` puts under them
    and for what stands between the pads. Nothing moves but the arms."""

    def __init__(self, width: float = WIDTH, floor: Callable[[Array], float] | None = None) -> None:
        self.width = dict.fromkeys(SIDES, width)
        self.floor = floor or (lambda target: -1.0)
        self.row = STATION.home.copy()
        self.tick = 0
        self.paths: list[Array] = []
        self.phases: list[str] = []
        self.visible = dict.fromkeys(STATION.places, True)
        self.more: dict[str, tuple[float, float, float]] = {}
        """What else is seen, by name."""

    def observe(self, job: tuple[Side, ...]) -> Observation:
        arms = {}
        for side in SIDES:
            target = SPACE.position(self.row, side)
            told = float(SPACE.opening(self.row, side))
            held = told < self.width[side]
            position = [*target[:2], max(target[2], self.floor(target))]
            push = STIFFNESS * (position[2] - target[2]) - WEIGHT
            arms[side] = ArmState(
                position=frozen_array(position),
                quaternion=frozen_array(SPACE.quaternion(self.row, side)),
                opening=max(told, self.width[side]) if held else told,
                grip_force=15.0 if held and self.width[side] else 0.0,
                wrist_force=frozen_array([0.0, 0.0, push]),
                target=frozen_array(target),
                target_opening=told,
            )
        sights = {
            name: Sight(frozen_array(place), 0.0005)
            for name, place in STATION.places.items()
            if self.visible[name]
        }
        sights |= {name: Sight(frozen_array(p), 0.0005) for name, p in self.more.items()}
        return observe(arms, sights, job, self.tick)

    def play(self, chunk: ActionChunk) -> None:
        self.row = np.array(chunk.targets[-1])
        self.paths.append(chunk.targets)
        self.tick += chunk.horizon + LATENCY

    def work(self, worker: Expert, until: str = "") -> Belief:
        """Until the left side ends, or is in phase `until`; its last belief."""
        while self.tick < 2000:
            chunk = worker.infer(self.observe(SIDES))
            self.play(chunk)
            belief = chunk.beliefs["left"]
            self.phases.append(belief.phase)
            if belief.done or belief.gave_up or belief.phase == until:
                return belief
        raise AssertionError(f"still in {belief} after {self.tick} ticks")


class Seated(Bench):
    """A bench on which insertion meets nothing before the seat, and the fingertips meet a nut
    that sits `height` [m] too high."""

    def __init__(self, height: float) -> None:
        self.tip = over_pin(PIN_Z + CONFIG.tamp_height + height)
        super().__init__(floor=lambda target: self.tip(target) if self.tamping() else -1.0)

    def tamping(self) -> bool:
        return abs(float(SPACE.opening(self.row, "left")) - CONFIG.tamp_opening) < 1e-9


class Sticky(Seated):
    """The nut sticks 5 mm above its seat until the fingertips have pressed it home; from then on
    the hand gets as low as `gap` [m] above the height of its first grip."""

    def __init__(self, gap: float) -> None:
        super().__init__(0.0)
        stuck, self.home = over_pin(PIN_Z + CONFIG.grasp_height + 0.005), False
        after, pressed = over_pin(PIN_Z + CONFIG.grasp_height + gap), self.tip

        def floor(target: Array) -> float:
            if not self.tamping():
                return after(target) if self.home else stuck(target)
            self.home = self.home or target[2] < pressed(target)
            return pressed(target)

        self.floor = floor


def over_pin(height: float) -> Callable[[Array], float]:
    """A floor at `height` for a tool over the left or the right pin."""
    pins = [np.array(STATION.places[f"{side}_pin"][:2]) for side in SIDES]

    def floor(target: Array) -> float:
        return height if min(np.linalg.norm(target[:2] - pin) for pin in pins) < 0.02 else -1.0

    return floor


def expert(**changes: object) -> Expert:
    return Expert(STATION, msgspec.structs.replace(CONFIG, **changes))


def load(station: ToyStation, job: tuple[Side, ...]) -> tuple[dict[Side, Belief], list[Array]]:
    """One cycle on `station` with three ticks of latency: last beliefs, and all that was played."""
    station.present(0)
    for side in SIDES:
        station.feed(side)
    # two dimensions have no top of a nut to press on
    worker, tick, row = expert(tamp_opening=0.0), 0, station.spec.home
    played, beliefs = [row], dict[Side, Belief]()
    while tick < 1200 and not (beliefs and all(b.done or b.gave_up for b in beliefs.values())):
        seen = station.observe(tick, 0)
        chunk = worker.infer(msgspec.structs.replace(seen, job=job))
        beliefs = dict(chunk.beliefs)
        for target in [row] * LATENCY + list(chunk.targets):
            order = Command  # a test of a body may speak to it directly; elsewhere the guard does
            station.apply(order(tick=tick, target=target, grip_force=15.0))
            played.append(target)
            tick, row = tick + 1, target
    return beliefs, played


@pytest.mark.parametrize("words", [(), ("misalignment=3mm",), ("tolerance=0.2mm", "wear=0.5")])
def test_it_loads_both_sides_of_a_station(words: tuple[str, ...]) -> None:
    station = toy(*words)
    beliefs, played = load(station, SIDES)
    assert all(belief.done and belief.retries == 0 for belief in beliefs.values())
    assert all(found.ok for found in station.inspect().values())
    assert len(played) / 30 < 20.0  # s


def test_it_moves_only_the_sides_of_its_job() -> None:
    station = toy()
    beliefs, played = load(station, ("right",))
    assert set(beliefs) == {"right"}
    assert beliefs["right"].done
    found = station.inspect()
    assert found["right"].ok
    assert not found["left"].ok
    start = SPACE.start("left")
    left = np.array(played)[:, start : start + 8]
    assert (left == left[0]).all()


def test_what_is_played_keeps_the_guards_limits() -> None:
    limits = find_station("nut-loading").config.tables["limits"]
    assert (limits["speed"], limits["acceleration"]) == ("0.5 m/s", "3 m/s^2")
    station = toy()
    _, played = load(station, SIDES)
    rows = np.array(played)
    for side in SIDES:
        steps = np.diff(SPACE.position(rows, side), axis=0)
        assert np.linalg.norm(steps, axis=1).max() * 30 <= 0.5
        assert np.linalg.norm(np.diff(steps, axis=0), axis=1).max() * 900 <= 3.0
        assert np.abs(np.diff(SPACE.opening(rows, side))).max() * 30 <= 0.12


OPENINGS = st.floats(0.0, 0.04)
SPOTS = st.tuples(st.floats(0.2, 0.4), st.floats(0.05, 0.35), st.floats(0.83, 1.0))


@given(SPOTS, SPOTS, OPENINGS, OPENINGS, st.floats(0.0, 20.0), st.integers(0, 12), st.booleans())
def test_chunks_begin_at_the_present_target_whatever_is_measured(
    told: tuple[float, float, float],
    found: tuple[float, float, float],
    told_opening: float,
    opening: float,
    force: float,
    chunks: int,
    seen: bool,
) -> None:
    arm = ArmState(
        position=frozen_array(found),
        quaternion=frozen_array([0.7, 0.0, 0.7, 0.0]),
        opening=opening,
        grip_force=force,
        wrist_force=frozen_array(np.zeros(3)),
        target=frozen_array(told),
        target_opening=told_opening,
    )
    bench, worker = Bench(), expert()
    for _ in range(chunks):  # somewhere on its way, in whatever phase that is
        bench.play(worker.infer(bench.observe(SIDES)))
    sights = bench.observe(SIDES).sights if seen else {}
    chunk = worker.infer(observe({"left": arm, "right": arm}, sights, SIDES))
    assert CONFIG.contact_ticks <= chunk.horizon <= CONFIG.horizon
    assert chunk.targets.shape == (chunk.horizon, SPACE.width)
    assert np.isfinite(chunk.targets).all()
    for side in SIDES:
        path = np.vstack([told, SPACE.position(chunk.targets, side)])
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() <= 0.5 / 30
        grip = np.append(told_opening, SPACE.opening(chunk.targets, side))
        assert np.abs(np.diff(grip)).max() <= 0.12 / 30
        assert (SPACE.quaternion(chunk.targets, side) == SPACE.quaternion(STATION.home, side)).all()


def test_an_empty_job_stands_still() -> None:
    chunk = expert().infer(Bench().observe(()))
    assert (chunk.targets == STATION.home).all()
    assert chunk.beliefs == {}


def test_a_missed_nut_is_grasped_again_and_then_given_up() -> None:
    bench = Bench(width=0.0)
    belief = bench.work(expert())
    assert belief.gave_up == "no_grasp"
    assert belief.retries == CONFIG.grasps
    openings = SPACE.opening(np.vstack(bench.paths), "left")
    assert (np.diff((openings == 0.0).astype(int)) == 1).sum() == CONFIG.grasps


def test_a_nut_that_is_lost_on_the_way_is_a_drop() -> None:
    bench, worker = Bench(), expert()
    bench.work(worker, until="carry")
    bench.width["left"] = 0.0
    assert bench.work(worker).gave_up == "drop"
    assert bench.row[7] == CONFIG.open


def test_a_blocked_nut_is_searched_for_gently_set_aside_and_given_up() -> None:
    top = PIN_Z + CONFIG.pin_height + CONFIG.grasp_height
    pin = np.array(STATION.places["left_pin"])
    bench = Bench(floor=over_pin(top))
    belief = bench.work(expert())
    assert belief.gave_up == "jam"
    assert belief.retries == CONFIG.insertions
    path = SPACE.position(np.vstack(bench.paths), "left")
    across = np.linalg.norm(path[:, :2] - pin[:2], axis=1)
    pushed = (path[:, 2] < top) & (across < 0.02)
    assert across[pushed].max() == pytest.approx(CONFIG.search_radius, rel=0.15)
    assert path[pushed, 2].min() >= top - CONFIG.push_lead - 1e-9
    opened = np.diff((SPACE.opening(np.vstack(bench.paths), "left") > WIDTH).astype(int)) == 1
    let_go = path[np.flatnonzero(opened)[-1]]
    assert let_go[:2] == pytest.approx(pin[:2] + CONFIG.aside, abs=1e-6)
    assert bench.row[7] == CONFIG.open


def test_a_nut_that_cannot_be_tamped_down_is_not_seated() -> None:
    """The hand stops 4 mm too high, whether it pushes a nut or stands on one."""
    bench = Bench(floor=over_pin(PIN_Z + CONFIG.tamp_height + 0.004))
    belief = bench.work(expert())
    assert belief.gave_up == "not_seated"
    assert belief.retries >= 1
    assert bench.row[7] == CONFIG.open


def test_a_nut_that_is_gone_at_the_end_is_a_drop() -> None:
    """The hand reaches the seat, and then finds nothing to stand on."""
    bench = Bench()
    assert bench.work(expert()).gave_up == "drop"


def test_a_seated_nut_stops_the_fingertips_where_it_should() -> None:
    for height, ends in ((0.0, None), (0.0008, None), (0.0013, "not_seated"), (-0.0013, "drop")):
        bench = Seated(height)
        belief = bench.work(expert())
        assert (belief.done, belief.gave_up) == (ends is None, ends)


@pytest.mark.parametrize("gap", [0.0, 0.0014])
def test_a_nut_that_was_let_go_too_high_is_gripped_once_more_at_its_seat(gap: float) -> None:
    bench = Sticky(gap)
    belief = bench.work(expert())
    assert belief.done
    assert belief.retries == 0
    rows = np.vstack(bench.paths)
    opened = np.diff((SPACE.opening(rows, "left") > WIDTH).astype(int)) == 1
    heights = SPACE.position(rows, "left")[1:][opened][:, 2] - PIN_Z - CONFIG.grasp_height
    # it lets go of the nut, opens after tamping, and lets go of the nut once more
    assert len(heights) == 3
    assert heights[0] == pytest.approx(0.005, abs=1e-6)
    assert heights[2] == pytest.approx(gap, abs=0.001)


def test_a_nut_on_the_pin_is_pressed_home_before_another_is_fetched() -> None:
    """It never goes near the feeder, and grips and releases that nut where all can see it."""
    bench = Seated(0.0)
    bench.more = {"left_on_pin": STATION.places["left_pin"]}
    belief = bench.work(expert())
    assert belief.done
    rows = np.vstack(bench.paths)
    nest = np.array(STATION.places["left_nut"])
    assert np.linalg.norm(SPACE.position(rows, "left") - nest, axis=1).min() > 0.05
    assert SPACE.opening(rows, "left").min() == 0.0


@pytest.mark.parametrize("name", ["left_nut", "left_pin"])
def test_what_is_not_seen_is_not_worked_on(name: str) -> None:
    bench = Bench()
    bench.visible[name] = False
    assert bench.work(expert()).gave_up == "no_sight"
    assert SPACE.position(bench.row, "left")[2] >= STATION.home[2] - 1e-9


def test_a_nut_in_the_hand_is_carried_on() -> None:
    bench = Seated(0.0)
    bench.row[7] = 0.0
    assert bench.work(expert()).done
    assert "carry" in bench.phases
    assert "reach" not in bench.phases


def test_a_reset_forgets_one_side_and_leaves_the_other() -> None:
    bench, worker = Bench(), expert()
    bench.work(worker, until="carry")
    worker.reset(("left",), 5)
    bench.row[7] = CONFIG.open
    beliefs = worker.infer(bench.observe(SIDES)).beliefs
    assert beliefs["left"].phase == "reach"
    assert beliefs["right"].phase == "carry"


def test_chance_comes_from_the_seed_alone() -> None:
    top = PIN_Z + CONFIG.pin_height + CONFIG.grasp_height

    def searched(seed: int) -> Array:
        bench, worker = Bench(floor=over_pin(top)), expert()
        worker.reset(SIDES, seed)
        bench.work(worker)
        return np.vstack(bench.paths)

    assert np.array_equal(searched(3), searched(3))
    assert not np.array_equal(searched(3), searched(4))


def test_its_hash_tells_its_parameters() -> None:
    assert expert().spec == expert().spec
    assert expert().spec.hash != expert(speed=0.31).spec.hash
    assert expert().spec.horizon == CONFIG.horizon
    assert expert().spec.cameras == ()
