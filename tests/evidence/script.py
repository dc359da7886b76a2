"""Shifts written by hand as events, for tests: `script` puts (tick, event) pairs in envelopes."""

from collections.abc import Iterable, Mapping
from typing import Literal

from ontakt.contract import CellStats, Side, State
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    Event,
    FailureDetected,
    GuardActed,
    NutFed,
    Origin,
    PartInspected,
    PhaseEntered,
    PitchLost,
    Record,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
    SideJudged,
    StateChanged,
)

ORIGIN = Origin(
    shift="hand-1", station="bench", robot="sim:hand", policy_hash="p0", config_hash="c0"
)
BOTH: tuple[Side, ...] = ("left", "right")
Attribution = Literal["none", "robot", "upstream", "downstream", "part", "safety", "operator"]


def script(events: Iterable[tuple[int, Event]], hz: int, origin: Origin = ORIGIN) -> list[Record]:
    """The events in envelopes, as a recorder would have stored them from 6:00 on."""
    return [
        Record(
            origin=origin,
            seq=seq,
            tick=tick,
            utc_ns=1_790_000_000_000_000_000 + tick * 1_000_000_000 // hz,
            event=event,
        )
        for seq, (tick, event) in enumerate(events)
    ]


def begin(hz: int, takt_s: float, sides: tuple[Side, ...] = BOTH, seed: int = 1) -> ShiftStarted:
    return ShiftStarted(
        seed=seed,
        takt_s=takt_s,
        control_hz=hz,
        policy="by hand",
        sides=sides,
        planned_cycles=6,
        planned_s=None,
        variation={"misalignment": "2.0 mm"},
        latency="fixed:80ms",
        strategy="sync",
        minor_stop_s=3.0,
        software={"ontakt": "0"},
        command=("ontakt", "shift", "bench"),
    )


def state(state: State, cause: str = "start", attribution: Attribution = "none") -> StateChanged:
    return StateChanged(state=state, cause=cause, attribution=attribution)


def start(cycle: int, due: int, job: tuple[Side, ...] = BOTH) -> CycleStarted:
    return CycleStarted(
        cycle=cycle, due_tick=due, job=job, variation={"misalignment": 0.001 * cycle}
    )


def judged(cycle: int, side: Side, ok: bool = True) -> SideJudged:
    return SideJudged(cycle=cycle, side=side, ok=ok, reason="seated" if ok else "not_seated")


def inspected(cycle: int, side: Side, ok: bool = True) -> PartInspected:
    height = 0.0001 if ok else 0.004
    return PartInspected(cycle=cycle, side=side, ok=ok, offset=0.0002, height=height, tilt=0.01)


def end(
    cycle: int,
    done: int | None,
    ending: Literal["done", "aborted", "starved", "blocked"] = "done",
    retries: Mapping[Side, int] = {},
    starved_ticks: int = 0,
) -> CycleEnded:
    stats = CellStats(
        inferences=7,
        latency_ms=(80.0, 80.0, 80.0),
        starved_ticks=starved_ticks,
        discarded_chunks=0,
        trips={},
    )
    return CycleEnded(
        cycle=cycle, ending=ending, robot_done_tick=done, retries=dict(retries), stats=stats
    )


MORNING_HZ = 10
MORNING: list[tuple[int, Event]] = [
    # 10 Hz, takt 10 s = 100 ticks, both sides, minor stops up to 3 s.
    (0, begin(hz=10, takt_s=10.0)),
    (0, state(State.RESETTING)),
    (10, state(State.IDLE)),
    (10, state(State.STARTING)),
    (20, state(State.EXECUTE)),
    # Cycle 0: 80 ticks, both sides good: on_takt.
    (20, start(0, due=20)),
    (20, NutFed(cycle=0, side="left", left=9)),
    (20, PhaseEntered(cycle=0, side="left", phase="reach")),
    (40, PhaseEntered(cycle=0, side="left", phase="insert")),
    (70, PhaseEntered(cycle=0, side="left", phase="reach")),
    (80, judged(0, "left")),
    (90, judged(0, "right")),
    (100, inspected(0, "left")),
    (100, inspected(0, "right")),
    (100, end(0, done=100)),
    # Cycle 1: a drop that the robot recovers, 110 ticks: late.
    (120, start(1, due=120)),
    (150, FailureDetected(cycle=1, side="left", mode="drop", signal="opening", attempt=1)),
    (150, RecoveryStarted(cycle=1, side="left", mode="drop", attempt=2)),
    (170, RecoveryEnded(cycle=1, side="left", ok=True)),
    (220, judged(1, "left")),
    (220, judged(1, "right")),
    (230, inspected(1, "left")),
    (230, inspected(1, "right")),
    (230, end(1, done=230, retries={"left": 1}, starved_ticks=4)),
    (230, PitchLost(cycle=1, ticks=10)),
    # Cycle 2: the right side is bad and nobody saw it: nok_escaped.
    (230, start(2, due=220)),
    (300, judged(2, "left")),
    (300, judged(2, "right")),
    (310, inspected(2, "left")),
    (310, inspected(2, "right", ok=False)),
    (310, end(2, done=310)),
    # Cycle 3: a jam; a person finishes the part; 50 ticks = 5 s stopped: assisted.
    (330, start(3, due=330)),
    (360, FailureDetected(cycle=3, side="right", mode="jam", signal="force", attempt=1)),
    (360, state(State.HOLDING, "jam", "robot")),
    (362, state(State.HELD, "jam", "robot")),
    (362, CallRaised(call=1, cycle=3, reason="jam")),
    (370, CallAcknowledged(call=1)),
    (380, CallArrived(call=1)),
    (380, judged(3, "left")),
    (380, judged(3, "right", ok=False)),
    (380, inspected(3, "left")),
    (380, inspected(3, "right", ok=False)),
    (400, CallResolved(call=1, action="finish")),
    (400, state(State.UNHOLDING, "jam", "robot")),
    (410, state(State.EXECUTE, "done")),
    (410, end(3, done=410)),
    # Cycle 4: no part came for 25 ticks = 2.5 s: starved.
    (430, start(4, due=430)),
    (430, state(State.SUSPENDED, "starved", "upstream")),
    (455, state(State.EXECUTE, "done")),
    (455, end(4, done=None, ending="starved")),
    # Cycle 5: the left side is bad and the station knows: nok_detected.
    (455, start(5, due=455)),
    (500, FailureDetected(cycle=5, side="left", mode="not_seated", signal="height", attempt=1)),
    (510, judged(5, "left", ok=False)),
    (510, judged(5, "right")),
    (525, inspected(5, "left", ok=False)),
    (525, inspected(5, "right")),
    (525, end(5, done=525)),
    (555, state(State.STOPPING, "operator")),
    (555, state(State.STOPPED, "operator")),
    (575, ShiftEnded(reason="planned")),
]

NIGHT_HZ = 20
LEFT: tuple[Side, ...] = ("left",)
NIGHT: list[tuple[int, Event]] = [
    # 20 Hz, takt 5 s = 100 ticks, left side only; cut twice.
    (0, begin(hz=20, takt_s=5.0, sides=LEFT)),
    (0, state(State.EXECUTE)),
    # Cycle 1: on_takt in 90 ticks.
    (0, start(1, due=0, job=LEFT)),
    (90, judged(1, "left")),
    (90, inspected(1, "left")),
    (90, end(1, done=90)),
    # Cycle 2: good, but the part cannot leave for 60 ticks = 3 s: blocked.
    (100, start(2, due=100, job=LEFT)),
    (180, judged(2, "left")),
    (180, inspected(2, "left")),
    (180, state(State.SUSPENDED, "blocked", "downstream")),
    (240, state(State.EXECUTE, "done")),
    (240, end(2, done=180, ending="blocked")),
    # Cycle 3: the guard stops it; 80 ticks = 4 s until someone has cleared the cell: aborted.
    (240, start(3, due=200, job=LEFT)),
    (
        260,
        GuardActed(cycle=3, rule="speed", action="stop", side="left", value=2.0, limit=0.5),
    ),
    (260, state(State.ABORTING, "guard", "safety")),
    (262, state(State.ABORTED, "guard", "safety")),
    (262, CallRaised(call=7, cycle=3, reason="guard")),
    (322, CallResolved(call=7, action="clear")),
    (322, state(State.CLEARING, "operator", "safety")),
    (330, end(3, done=None, ending="aborted")),
    (330, state(State.STOPPED, "operator", "safety")),
    (340, state(State.RESETTING, "operator")),
    (350, state(State.EXECUTE, "start")),
    # Cycle 4: the process is lost.
    (350, start(4, due=350, job=LEFT)),
    (380, PhaseEntered(cycle=4, side="left", phase="reach")),
    (380, ShiftResumed(cycle=5)),
    (380, state(State.EXECUTE, "start")),
    # Cycle 5: exactly takt, and nobody inspected it: on_takt as far as the station knows.
    (400, start(5, due=400, job=LEFT)),
    (500, judged(5, "left")),
    (500, end(5, done=500)),
    # Cycle 6: the process is lost again.
    (500, start(6, due=500, job=LEFT)),
    (520, PhaseEntered(cycle=6, side="left", phase="reach")),
]


def morning() -> list[Record]:
    return script(MORNING, MORNING_HZ)


def night() -> list[Record]:
    return script(NIGHT, NIGHT_HZ)
