"""The executor: a station, a policy and a clock as a cell."""

import threading
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ontakt.contract import (
    SIDES,
    ActionChunk,
    BadValue,
    Cell,
    CellStats,
    Command,
    CycleError,
    Observation,
    Side,
    Signals,
    StopCategory,
    UnknownName,
)
from ontakt.runtime import (
    Executor,
    Sync,
    Trace,
    VirtualClock,
    WallClock,
    Wanted,
    parse_latency,
)
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.strategies import STRATEGIES, parse_strategy
from ontakt.runtime.watchdog import WatchdogConfig


class Watcher:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, Observation, Mapping[Side, Wanted], Command, Signals]] = []

    def on_tick(
        self,
        tick: int,
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        self.seen.append((tick, observation, wanted, command, signals))


def cell(
    station: FakeStation | None = None, latency: str = "fixed:80ms", **kinds: Any
) -> tuple[Executor, FakeStation, FakePolicy]:
    """An executor over fakes; `policy` holds the fake policy's arguments."""
    station = station or FakeStation()
    policy = FakePolicy(station, **kinds.pop("policy", {}))
    hz = station.spec.action_space.control_hz
    executor = Executor(
        station, policy, VirtualClock(hz, 10**18), seed=7, latency=parse_latency(latency), **kinds
    )
    return executor, station, policy


def run_until_done(executor: Executor, most: int = 600) -> list[Signals]:
    found: list[Signals] = []
    for _ in range(most):
        found.append(executor.step())
        beliefs = found[-1].beliefs
        if beliefs and all(belief.done for belief in beliefs.values()):
            break
    return found


def plain(signals: list[Signals]) -> list[bytes]:
    """Signals as bytes, arrays included."""
    return [
        msgspec.json.encode(s, enc_hook=lambda a: a.tolist() if hasattr(a, "tolist") else a)
        for s in signals
    ]


def test_the_job_is_done_and_inspected() -> None:
    executor, station, policy = cell()
    as_cell: Cell = executor
    as_cell.present(1)
    assert as_cell.feed("left") == 999
    as_cell.work(SIDES)
    signals = run_until_done(executor)
    assert [s.tick for s in signals] == list(range(len(signals)))
    assert all(found.ok for found in executor.inspect().values())
    assert not any(s.trips for s in signals if s.trips and s.trips[0].action != "clip")
    assert policy.seen[0].instruction == "Load both nuts."
    assert policy.seen[0].job == SIDES
    assert all(c.tick == i for i, c in enumerate(station.commands))


def test_idle_time_of_the_sync_strategy_is_charged() -> None:
    """80 ms are 2.4 ticks: an answer comes on the third, and three ticks starve a chunk."""
    executor, _, _ = cell(policy={"horizon": 5})
    executor.present(1)
    executor.work(SIDES)
    starved = [executor.step().starved for _ in range(24)]
    assert starved == ([True] * 3 + [False] * 5) * 3
    stats = executor.stats()
    assert (stats.inferences, stats.starved_ticks, stats.discarded_chunks) == (3, 9, 0)
    assert stats.latency_ms == (80.0, 80.0, 80.0)


@pytest.mark.parametrize(("latency", "ticks"), [("fixed:0ms", 0), ("fixed:33ms", 1)])
def test_latency_is_rounded_up_to_ticks(latency: str, ticks: int) -> None:
    executor, _, _ = cell(latency=latency, policy={"horizon": 4})
    executor.work(SIDES)
    starved = [executor.step().starved for _ in range(2 * (ticks + 4))]
    assert starved == ([True] * ticks + [False] * 4) * 2


def test_a_measured_latency_is_what_the_stopwatch_says() -> None:
    readings: Iterator[float] = iter([0.0, 0.05, 1.0, 1.2, 5.0, 5.0])
    executor, _, _ = cell(
        latency="measured", stopwatch=lambda: next(readings), policy={"horizon": 2}
    )
    executor.work(SIDES)
    starved = [executor.step().starved for _ in range(12)]
    assert starved == [True] * 2 + [False] * 2 + [True] * 6 + [False] * 2
    assert executor.stats().latency_ms == (125.0, 192.5, 200.0)


def test_a_trace_goes_on_from_inference_to_inference(tmp_path: Path) -> None:
    (tmp_path / "trace.txt").write_text("0\n100\n")
    executor, _, _ = cell(latency=f"trace:{tmp_path / 'trace.txt'}", policy={"horizon": 2})
    executor.work(SIDES)
    starved = [executor.step().starved for _ in range(14)]
    assert starved == ([False] * 2 + [True] * 3 + [False] * 2) * 2


def test_the_robot_stands_while_the_policy_thinks() -> None:
    executor, station, _ = cell(policy={"horizon": 5})
    executor.work(SIDES)
    for _ in range(11):
        executor.step()
    for tick in (9, 10):
        np.testing.assert_array_equal(station.commands[tick].target, station.commands[7].target)


def test_rows_beyond_execute_are_not_played() -> None:
    executor, _, policy = cell(latency="fixed:0ms", strategy=Sync(execute=2))
    executor.work(SIDES)
    for _ in range(10):
        executor.step()
    assert [o.tick for o in policy.seen] == [0, 2, 4, 6, 8]


def test_cameras_render_only_where_an_inference_starts() -> None:
    executor, station, policy = cell(policy={"cameras": ("head",), "horizon": 5})
    executor.step()
    executor.work(SIDES)
    for _ in range(20):
        executor.step()
    assert station.rendered == [(tick, ("head",)) for tick in (1, 9, 17)]
    assert [set(o.images) for o in policy.seen] == [{"head"}] * 3


def test_the_job_is_all_sides_that_the_policy_drives() -> None:
    executor, _, policy = cell()
    executor.present(3)
    executor.work(("left",))
    executor.step()
    executor.work(("right",))
    for _ in range(10):
        executor.step()
    assert [o.job for o in policy.seen] == [("left",), SIDES]
    executor.home(("left",))
    for _ in range(20):
        executor.step()
    assert policy.seen[-1].job == ("right",)
    assert policy.seen[-1].instruction == "Load the right nut only."


def test_what_was_in_flight_for_the_old_attempt_is_discarded() -> None:
    executor, station, policy = cell()
    executor.present(1)
    executor.work(SIDES)
    executor.step()
    executor.work(SIDES)  # a new attempt while the policy still thinks of the old one
    signals = [executor.step() for _ in range(6)]
    assert [o.tick for o in policy.seen] == [0, 3]
    assert [s.starved for s in signals] == [True] * 5 + [False]
    assert executor.stats().discarded_chunks == 1
    np.testing.assert_array_equal(station.commands[5].target, station.spec.home)


def test_one_side_starts_afresh_and_the_other_never_jumps() -> None:
    executor, station, _ = cell(policy={"speed": 0.1})
    executor.work(SIDES)
    for _ in range(7):
        executor.step()
    executor.work(("left",))
    for _ in range(20):
        executor.step()
    right = np.array([c.target[8:11] for c in station.commands])
    assert (np.diff(right[:, 0]) >= 0).all()
    assert np.linalg.norm(np.diff(right, axis=0), axis=1).max() <= 0.1 / 30 + 1e-9


def test_each_start_of_the_policy_has_a_seed_of_its_own() -> None:
    executor, _, policy = cell()
    for cycle in (1, 2):
        executor.present(cycle)
        for _ in range(2):
            executor.work(SIDES)
            executor.step()
            executor.rest(12)
    again, _, other = cell()
    again.present(2)
    again.work(SIDES)
    again.step()
    seeds = [seed for _, seed in policy.resets]
    assert len(set(seeds)) == 4
    assert other.resets == [(SIDES, seeds[2])]  # cycle 2 does not depend on cycle 1


def shift(seed_offset: int = 0, observers: tuple[Watcher, ...] = ()) -> list[bytes]:
    station = FakeStation()
    policy = FakePolicy(station, jitter=0.002, nan_at=4)
    executor = Executor(
        station, policy, VirtualClock(30, 0), seed=7 + seed_offset, observers=observers
    )
    found: list[Signals] = []
    for cycle in range(3):
        executor.present(cycle)
        executor.work(SIDES)
        found += [executor.step() for _ in range(80)]
        executor.home(SIDES)
        executor.rest(300)
        found.append(executor.step())
    return plain(found)


def test_the_same_seed_gives_the_same_signals_whoever_watches() -> None:
    watcher = Watcher()
    assert shift() == shift() == shift(observers=(watcher,))
    assert len(watcher.seen) > 240
    assert shift(seed_offset=1) != shift()


def test_not_a_number_is_held_by_the_guard() -> None:
    executor, station, _ = cell(policy={"nan_at": 0, "horizon": 4})
    executor.work(SIDES)
    signals = [executor.step() for _ in range(8)]
    tripped = [{(t.rule, t.action, t.side) for t in s.trips} for s in signals]
    assert tripped[3:7] == [{("finite", "hold", "left"), ("finite", "hold", "right")}] * 4
    assert executor.stats().trips == {"finite": 4}
    assert [c.hold for c in station.commands] == [False] * 3 + [True] * 4 + [False]
    np.testing.assert_array_equal(station.commands[7].target, station.spec.home)


def test_a_policy_that_fails_loses_the_cycle_and_the_tick_is_finished() -> None:
    executor, station, _ = cell(policy={"fail_at": 0})
    executor.work(SIDES)
    with pytest.raises(CycleError) as caught:
        executor.step()
    assert str(caught.value) == "Policy 'fake' failed on tick 0: RuntimeError: no more memory."
    assert executor.clock.tick == len(station.commands) == 1
    signals = executor.step()
    assert set(signals.drives.values()) == {"hold"}
    assert not signals.starved
    executor.work(SIDES)  # the next attempt is a new one
    assert executor.step().starved


def test_an_answer_of_the_wrong_shape_names_both_shapes() -> None:
    station = FakeStation()
    policy = FakePolicy(FakeStation(sides=("left",)))
    executor = Executor(station, policy, VirtualClock(30, 0), seed=1)
    executor.work(("left",))
    with pytest.raises(CycleError, match=r"\(10, 8\).*\(1 or more, 16\)"):
        executor.step()


def test_a_silent_link_stops_and_stays_stopped() -> None:
    executor, station, _ = cell()
    executor.work(SIDES)
    for _ in range(5):
        executor.step()
    station.silent_ns = 10**9
    assert executor.step().trips[0].action == "stop"
    station.silent_ns = 0
    signals = [executor.step() for _ in range(10)]
    assert {d for s in signals for d in s.drives.values()} == {"hold"}
    np.testing.assert_array_equal(station.commands[-1].target, station.commands[5].target)


def test_home_is_reached_and_resting_skips() -> None:
    executor, station, _ = cell()
    executor.work(SIDES)
    for _ in range(30):
        executor.step()
    executor.home(SIDES)
    executor.rest(20_000)
    assert executor.clock.tick == 20_030
    moved = len(station.commands)
    assert 60 < moved < 300
    signals = executor.step()
    assert signals.homed == {"left": True, "right": True}
    assert signals.drives == {"left": "home", "right": "home"}
    executor.rest(500)
    assert (executor.clock.tick, len(station.commands)) == (20_531, moved + 1)


def test_an_arm_that_was_just_sent_home_goes_home_before_time_is_skipped() -> None:
    executor, station, _ = cell()
    executor.work(SIDES)
    for _ in range(30):
        executor.step()
    executor.hold()
    executor.rest(5)
    stood = len(station.commands)
    assert stood == 31  # one tick that stands where the last one went
    executor.home(SIDES)
    executor.rest(20_000)
    assert len(station.commands) > stood + 30
    np.testing.assert_allclose(station.commands[-1].target, station.spec.home, atol=1e-9)


def test_what_a_policy_said_is_forgotten_with_its_attempt() -> None:
    executor, _, _ = cell()
    executor.work(SIDES)
    signals = [executor.step() for _ in range(5)]
    assert [set(s.beliefs) for s in signals] == [set()] * 3 + [set(SIDES)] * 2
    executor.home(("left",))
    assert set(executor.step().beliefs) == {"right"}
    executor.work(("right",))
    assert executor.step().beliefs == {}


def test_rest_does_not_skip_while_the_policy_works() -> None:
    executor, station, _ = cell()
    executor.work(("left",))
    executor.rest(50)
    assert (executor.clock.tick, len(station.commands)) == (50, 50)


def test_counts_start_with_the_part() -> None:
    executor, _, _ = cell()
    executor.work(SIDES)
    for _ in range(10):
        executor.step()
    assert executor.stats().inferences == 1
    executor.present(2)
    stats = executor.stats()
    assert (stats.inferences, stats.latency_ms, stats.starved_ticks) == (0, None, 0)
    assert stats.trips == {}


def test_clock_and_station_must_agree() -> None:
    station = FakeStation(hz=20)
    with pytest.raises(BadValue, match=r"30.*takes 20"):
        Executor(station, FakePolicy(station), VirtualClock(30, 0), seed=1)


def test_a_camera_that_is_not_there_is_found_before_anything_moves() -> None:
    station = FakeStation()
    with pytest.raises(UnknownName, match=r"'heat'.*head"):
        Executor(station, FakePolicy(station, cameras=("heat",)), VirtualClock(30, 0), seed=1)


def test_files_go_beneath_the_folder(tmp_path: Path) -> None:
    executor, _, _ = cell(folder=tmp_path)
    executor.work(SIDES)
    for _ in range(10):
        executor.step()
    assert executor.picture(3, "drop: left!") == "pictures/cycle-00003-drop-left.jpg"
    assert executor.keep_black_box(3, "jam") == "black_box/cycle-00003-jam-tick-10.npz"
    executor.step()
    assert executor.keep_black_box(3, "jam") == "black_box/cycle-00003-jam-tick-11.npz"
    for name in (
        "pictures/cycle-00003-drop-left.jpg",
        "black_box/cycle-00003-jam-tick-10.npz",
        "black_box/cycle-00003-jam-tick-11.npz",
    ):
        assert (tmp_path / name).stat().st_size > 500
    bare, _, _ = cell()
    assert (bare.picture(1, "x"), bare.keep_black_box(1, "x")) == (None, None)


def test_on_a_wall_clock_the_ticks_go_on_while_the_policy_thinks() -> None:
    """The policy is kept from answering for ten ticks: the robot holds, the ticks are on time."""
    now = [0.0]
    thought = threading.Event()
    started = threading.Event()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def pause() -> None:
        started.set()
        assert thought.wait(10)

    station = FakeStation()
    station.limits = msgspec.structs.replace(station.limits, chunk_age=1e9)
    policy = FakePolicy(station, pause=pause)
    clock = WallClock(30, lambda: now[0], sleep, lambda: round(now[0] * 1e9))
    patient = WatchdogConfig(hold=1e6, stop=1e6)  # seconds pass without waiting here
    latency = parse_latency("fixed:0ms")
    executor = Executor(station, policy, clock, seed=1, latency=latency, watchdog=patient)
    try:
        executor.work(SIDES)
        signals = [executor.step() for _ in range(10)]
        assert started.wait(10)
        assert all(s.starved for s in signals)
        assert (clock.tick, clock.late) == (10, 0)
        thought.set()
        for _ in range(100_000):  # until the thread has answered
            if not executor.step().starved:
                break
        assert executor.stats().inferences == 1
        assert (station.commands[-1].target != station.spec.home).any()
        assert policy.resets != []
    finally:
        thought.set()
        executor.close()


def test_a_policy_that_fails_in_its_thread_is_named_too() -> None:
    now = [0.0]
    station = FakeStation()
    clock = WallClock(30, lambda: now[0], lambda s: None, lambda: 0)
    patient = WatchdogConfig(hold=1e6, stop=1e6)
    executor = Executor(station, FakePolicy(station, fail_at=0), clock, seed=1, watchdog=patient)
    try:
        executor.work(SIDES)

        def tick_on() -> None:
            for _ in range(1_000_000):
                executor.step()

        with pytest.raises(CycleError, match="no more memory"):
            tick_on()
    finally:
        executor.close()


LATENCIES = ("fixed:0", "fixed:240ms", "normal:120,60", "trace")


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("strategy", [*STRATEGIES, "rtc?jacobian=identity"])
def test_every_strategy_does_the_job_and_repeats_itself(
    strategy: str, latency: str, tmp_path: Path
) -> None:
    if latency == "trace":
        (tmp_path / "trace").write_text("80 300 20 0 170")
        latency = f"trace:{tmp_path / 'trace'}"

    def run() -> tuple[list[bytes], CellStats]:
        station = FakeStation()
        policy = FakePolicy(
            station, horizon=30, jitter=1e-3, longest_prefix=12, jacobians=("exact", "identity")
        )
        executor = Executor(
            station,
            policy,
            VirtualClock(30, 0),
            seed=5,
            strategy=parse_strategy(strategy)(policy.spec),
            latency=parse_latency(latency, seed=5),
        )
        executor.work(SIDES)
        signals = run_until_done(executor)
        guided = strategy.startswith("rtc") and latency != "fixed:0"
        assert (policy.guided != []) is guided or latency == "fixed:0"
        assert all(np.linalg.norm(np.diff(g.previous, axis=0)[-1]) == 0 for g in policy.guided)
        return plain(signals), executor.stats()

    first, again = run(), run()
    assert first == again
    stats = first[1]
    assert stats.driven_ticks > 0
    assert (stats.seam_jump_mm is None) is (stats.seams == 0)
    if strategy == "sync":
        assert stats.seams == 0


def waiting(hold: float, stop: float) -> tuple[Executor, FakeStation]:
    """A robot whose policy answers once and then never again."""
    station = FakeStation()
    policy = FakePolicy(station, horizon=30)
    executor = Executor(
        station,
        policy,
        VirtualClock(30, 0),
        seed=1,
        strategy=parse_strategy("async?execute=5")(policy.spec),
        latency=Trace((0.0, 1e6), "trace"),
        watchdog=WatchdogConfig(hold=hold, stop=stop),
    )
    executor.work(SIDES)
    return executor, station


def test_a_policy_that_does_not_answer_is_held_and_then_stopped() -> None:
    executor, station = waiting(hold=0.5, stop=1.0)
    signals = [executor.step() for _ in range(60)]
    acted = {s.tick: t.action for s in signals for t in s.trips if t.rule == "watchdog"}
    assert acted == {**dict.fromkeys(range(20, 35), "hold"), 35: "stop"}  # asked on tick 5
    moved = [not np.array_equal(a.target, b.target) for a, b in pairwise(station.commands)]
    assert any(moved[:19])
    assert not any(moved[20:])
    assert signals[-1].drives == dict.fromkeys(SIDES, "hold")
    assert executor.stats().limiter_active == len([s for s in signals if s.trips])


def test_only_a_new_command_starts_it_again() -> None:
    executor, _ = waiting(hold=0.5, stop=1.0)
    for _ in range(100):
        executor.step()
    executor.work(SIDES)
    assert {executor.step().drives[side] for side in SIDES} == {"hold"}
    executor.restart()
    executor.work(SIDES)
    signals = [executor.step() for _ in range(40)]
    acted = {s.tick: t.action for s in signals for t in s.trips if t.rule == "watchdog"}
    assert acted == {**dict.fromkeys(range(117, 132), "hold"), 132: "stop"}


def test_a_failure_that_nobody_waits_for_is_no_failure() -> None:
    """The policy fails while its arms are already on their way home."""
    station = FakeStation()
    executor = Executor(
        station,
        FakePolicy(station, fail_at=0, pause=lambda: None),
        VirtualClock(30, 0),
        seed=1,
        latency=parse_latency("fixed:80ms"),
    )
    executor.work(SIDES)
    with pytest.raises(CycleError, match="no more memory"):
        executor.step()
    executor.home(SIDES)
    assert executor.step().drives == dict.fromkeys(SIDES, "home")


def test_another_sides_new_attempt_gives_the_policy_no_more_time() -> None:
    executor, _ = waiting(hold=0.5, stop=1.0)
    for _ in range(18):
        executor.step()
    executor.work(("left",))
    signals = [executor.step() for _ in range(30)]
    assert any(t.action == "stop" for s in signals for t in s.trips if s.tick == 35)


def test_a_failure_from_before_a_stop_is_nothing_to_the_new_attempt() -> None:
    """The question was asked before the stop; its failure comes after the restart."""
    now = [0.0]
    answer = threading.Event()

    def pause() -> None:
        assert answer.wait(10)

    station = FakeStation()
    policy = FakePolicy(station, fail_at=0, pause=pause)
    clock = WallClock(30, lambda: now[0], lambda s: None, lambda: round(now[0] * 1e9))
    patient = WatchdogConfig(hold=1e6, stop=1e6)
    latency = parse_latency("fixed:0")
    executor = Executor(station, policy, clock, seed=1, latency=latency, watchdog=patient)
    try:
        executor.work(SIDES)
        executor.step()
        executor.stop(StopCategory.STANDING)
        while executor.stop_phase != "standing":
            executor.step()
        executor.restart()
        executor.work(SIDES)
        executor.step()
        answer.set()
        for _ in range(100_000):
            if not executor.step().starved:
                break
        assert len(policy.seen) >= 2
    finally:
        answer.set()
        executor.close()


def test_a_stop_of_the_guard_while_the_robot_rests_is_heard_on_the_next_step() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    station = FakeStation()
    clock = WallClock(30, lambda: now[0], sleep, lambda: round(now[0] * 1e9))
    executor = Executor(station, FakePolicy(station), clock, seed=1)
    executor.home(SIDES)
    station.silent_ns = 10**9  # the station's link goes quiet
    executor.rest(3)
    station.silent_ns = 0
    executor.rest(60)
    assert executor.stop_phase == "unpowered"
    assert not station.powered
    assert [t.rule for t in executor.step().trips] == ["heartbeat"] * 3
    assert executor.step().trips == ()
    executor.close()


def test_a_stall_of_the_clock_makes_the_plan_old_and_not_fast() -> None:
    """Two seconds are lost in the middle of a motion: rows go on where the arm is, and are too old
    to be played once the limit is passed."""
    now, stall = [0.0], [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds + stall[0]
        stall[0] = 0.0

    def moving(limit_s: float) -> tuple[list[str], float, int]:
        station = FakeStation()
        station.limits = msgspec.structs.replace(station.limits, chunk_age=limit_s)
        clock = WallClock(30, lambda: now[0], sleep, lambda: round(now[0] * 1e9))
        policy = FakePolicy(station, horizon=30)
        patient = WatchdogConfig(hold=1e6, stop=1e6)
        latency = parse_latency("fixed:0")
        executor = Executor(station, policy, clock, seed=1, latency=latency, watchdog=patient)
        executor.work(SIDES)
        for _ in range(100_000):  # until the thread has answered
            if not executor.step().starved:
                break
        for _ in range(5):
            executor.step()
        before, stall[0] = station.commands[-1].target, 2.0
        executor.step()
        signals = executor.step()
        step = float(np.abs(station.commands[-1].target - before).max())
        executor.close()
        return [t.rule for t in signals.trips], step, clock.tick

    rules, _, _ = moving(limit_s=1.5)
    assert rules == ["age", "age"]
    rules, step, _ = moving(limit_s=1e6)
    assert "age" not in rules
    assert step <= 3 * 0.3 / 30


class Breaking(FakeStation):
    """A station whose world falls apart once."""

    breaks_at: int | None = None

    def apply(self, command: Command) -> None:
        super().apply(command)
        if command.tick == self.breaks_at:
            raise CycleError("The simulation became unstable.")


def test_a_station_that_breaks_loses_the_cycle_and_time_goes_on() -> None:
    station = Breaking()
    station.breaks_at = 4
    executor = Executor(station, FakePolicy(station), VirtualClock(30, 0), seed=1)
    executor.work(SIDES)
    for _ in range(4):
        executor.step()
    with pytest.raises(CycleError, match="unstable"):
        executor.step()
    assert executor.clock.tick == 5
    assert executor.step().drives == dict.fromkeys(SIDES, "hold")


def test_a_policy_that_answers_for_another_tick_is_not_believed() -> None:
    class Dreamer(FakePolicy):
        def infer(self, *asked: Any) -> ActionChunk:
            return msgspec.structs.replace(super().infer(*asked), observed_tick=10**6)

    station = FakeStation()
    executor = Executor(station, Dreamer(station), VirtualClock(30, 0), seed=1)
    executor.work(SIDES)
    with pytest.raises(CycleError, match="answered for tick 1000000; it was asked about tick 0"):
        executor.step()


def test_what_is_no_number_is_the_guards_under_every_strategy() -> None:
    for strategy in ("async", "lerp", "ensemble"):
        station = FakeStation()
        policy = FakePolicy(station, horizon=30, nan_at=2)
        executor = Executor(
            station,
            policy,
            VirtualClock(30, 0),
            seed=1,
            strategy=parse_strategy(strategy)(policy.spec),
            latency=parse_latency("fixed:80"),
        )
        executor.work(SIDES)
        rules = {t.rule for _ in range(60) for t in executor.step().trips}
        assert "finite" in rules
