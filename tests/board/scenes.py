"""Made-up shifts on a wall clock, written up to this moment, one for every state of the wall."""

from collections.abc import Callable, Mapping

from ontakt.contract import CellStats, State
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    Ending,
    Event,
    FailureDetected,
    GuardActed,
    Origin,
    PartInspected,
    PhaseEntered,
    PitchLost,
    Record,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftStarted,
    SideJudged,
    StateChanged,
)
from ontakt.contract.spaces import SIDES

HZ = 30
TAKT_S = 76.0
PAST = 22
"""Cycles before the one in which a scene plays."""
NS = 1_000_000_000
ORIGIN = Origin(
    shift="nut-loading-7-0a1b2c3d",
    station="nut-loading",
    robot="sim:g1",
    policy_hash="9f3c41d07be2a6540c1f",
    config_hash="5b20e8aa914fd3377ac2",
)

Said = list[tuple[float, Event]]
"""Seconds since the shift's first beat, and what was said then."""


def started(hz: int = HZ, clock: str = "wall", planned: int = 142) -> ShiftStarted:
    return ShiftStarted(
        seed=7,
        takt_s=TAKT_S,
        control_hz=hz,
        policy="chunk-expert",
        sides=SIDES,
        planned_cycles=planned,
        planned_s=None,
        variation={"level": "plant"},
        latency="measured",
        strategy="prefix",
        minor_stop_s=60.0,
        software={"ontakt": "0.1.0"},
        command=("ontakt", "shift", "nut-loading"),
        clock=clock,  # type: ignore[arg-type]
    )


def state(state: State, cause: str = "start", attribution: str = "none") -> StateChanged:
    return StateChanged(state=state, cause=cause, attribution=attribution)  # type: ignore[arg-type]


def ended(cycle: int, done: float | None, ending: Ending = "done") -> CycleEnded:
    tick = None if done is None else round(done * HZ)
    stats = CellStats(
        inferences=118, latency_ms=(78.0, 84.0, 91.0), starved_ticks=3, discarded_chunks=1, trips={}
    )
    return CycleEnded(cycle=cycle, ending=ending, robot_done_tick=tick, retries={}, stats=stats)


def _good(cycle: int, at: float, lasts: float) -> Said:
    said: Said = [(at, CycleStarted(cycle=cycle, due_tick=round(at * HZ), job=SIDES, variation={}))]
    for side in SIDES:
        for phase, share in (("reach", 0.0), ("grasp", 0.2), ("carry", 0.3), ("insert", 0.5),
                             ("release", 0.8), ("home", 0.9)):  # fmt: skip
            said.append((at + share * lasts, PhaseEntered(cycle=cycle, side=side, phase=phase)))
        said.append((at + lasts, SideJudged(cycle=cycle, side=side, ok=True, reason="seated")))
        said.append((at + lasts, _measured(cycle, side, True)))
    return [*said, (at + lasts, ended(cycle, at + lasts))]


def _measured(cycle: int, side: str, ok: bool) -> PartInspected:
    height = 0.0001 if ok else 0.004
    return PartInspected(
        cycle=cycle, side=side, ok=ok, offset=0.0002, height=height, tilt=0.01  # type: ignore[arg-type]
    )  # fmt: skip


def past(reason: str = "jam") -> Said:
    """A morning with a recovered drop, a jam that a person finished, and a bad part."""
    said: Said = [(0.0, started()), (0.0, state(State.EXECUTE))]
    for cycle in range(PAST):
        at = cycle * TAKT_S
        if cycle == 15:
            said += [
                (at, CycleStarted(cycle=cycle, due_tick=round(at * HZ), job=SIDES, variation={})),
                (at + 30, FailureDetected(cycle=cycle, side="right", mode=reason,
                                          signal="force 21 N for 0.6 s", attempt=1)),
                (at + 30, state(State.HOLDING, reason, "robot")),
                (at + 30, CallRaised(call=1, cycle=cycle, reason=reason)),
                (at + 31, state(State.HELD, reason, "robot")),
                (at + 36, CallAcknowledged(call=1)),
                (at + 48, CallArrived(call=1)),
                (at + 66, CallResolved(call=1, action="finish")),
                (at + 66, state(State.UNHOLDING, reason, "robot")),
                (at + 68, state(State.EXECUTE, "done")),
                (at + 70, ended(cycle, at + 70)),
            ]  # fmt: skip
        elif cycle == 18:
            said += [s for s in _good(cycle, at, 71.0) if not isinstance(s[1], CycleEnded)][:-1]
            said += [
                (at + 71.0, _measured(cycle, "right", False)),
                (at + 71, ended(cycle, at + 71)),
            ]
        else:
            said += _good(cycle, at, 58.0 + 7.0 * ((cycle * 37) % 11) / 11)
        if cycle == 12:
            said += [
                (at + 20, FailureDetected(cycle=cycle, side="left", mode="drop",
                                          signal="opening 0.2 mm while carrying", attempt=1)),
                (at + 20, RecoveryStarted(cycle=cycle, side="left", mode="drop", attempt=1)),
                (at + 40, RecoveryEnded(cycle=cycle, side="left", ok=True)),
            ]  # fmt: skip
    return sorted(said, key=lambda one: one[0])


def _now(reason: str) -> Mapping[str, tuple[float, Said]]:
    """Scene to how far its cycle has come [s], and what was said in it, by seconds of it."""
    n = PAST
    begun: Said = [
        (0, CycleStarted(cycle=n, due_tick=round(n * TAKT_S * HZ), job=SIDES, variation={}))
    ]
    jam: Said = [
        *begun,
        (20, FailureDetected(cycle=n, side="right", mode=reason, signal="force", attempt=1)),
    ]
    call: Said = [*jam, (20, CallRaised(call=2, cycle=n, reason=reason))]
    held: Said = [
        (21, state(State.HOLDING, reason, "robot")),
        (22, state(State.HELD, reason, "robot")),
    ]
    abort: Said = [
        *begun,
        (18, GuardActed(cycle=n, rule="speed", action="stop", side="left", value=2.0, limit=0.5)),
        (18, state(State.ABORTING, "guard", "safety")),
        (19, state(State.ABORTED, "guard", "safety")),
    ]  # fmt: skip
    return {
        "running": (29, begun),
        "late": (83, begun),
        "starved": (24, [(0, begun[0][1]), (0, state(State.SUSPENDED, "starved", "upstream"))]),
        "blocked": (24, [(0, begun[0][1]), (0, state(State.SUSPENDED, "blocked", "downstream"))]),
        "held": (26, [*jam, *held]),
        "held_long": (100, [*jam, *held]),
        "call": (41, [*call, *held]),
        "coming": (52, [*call, *held, (33, CallAcknowledged(call=2))]),
        "person": (70, [*call, *held, (33, CallAcknowledged(call=2)), (55, CallArrived(call=2))]),
        "standing": (115, [*call, *held]),
        "safety": (40, abort),
        "not_home": (40, [*begun, (18, state(State.ABORTING, "not_home", "robot"))]),
        "stopped": (40, [*begun, (18, state(State.STOPPED, "operator", "operator"))]),
        "ready": (10, [(2, state(State.IDLE))]),
        "starting": (10, [(2, state(State.RESETTING))]),
        "complete": (10, [(2, state(State.COMPLETE, "done"))]),
        "ended": (20, [(2, state(State.COMPLETE, "done")), (3, ShiftEnded(reason="planned"))]),
        "halted": (20, [*abort[:2], (19, ShiftEnded(reason="halted", detail="the arm is away"))]),
        "silent": (120, begun),
        "lost_pitch": (20, [(0, PitchLost(cycle=n - 1, ticks=300)), *begun]),
    }


SCENES: tuple[str, ...] = tuple(_now("jam"))
WORDS: Mapping[str, tuple[str, str]] = {
    "running": ("running", "running"), "late": ("slow", "late"), "starved": ("slow", "starved"),
    "blocked": ("slow", "blocked"), "held": ("slow", "held"), "held_long": ("down", "held"),
    "call": ("call", "call"), "coming": ("call", "coming"), "person": ("call", "person"),
    "standing": ("down", "standing"), "safety": ("down", "safety"), "not_home": ("down", "aborted"),
    "stopped": ("idle", "stopped"), "ready": ("idle", "ready"), "starting": ("idle", "starting"),
    "complete": ("idle", "complete"), "ended": ("idle", "ended_planned"),
    "halted": ("down", "ended_halted"), "silent": ("lost", "silent"),
    "lost_pitch": ("running", "running"),
}  # fmt: skip
"""Scene to the tone and the word that its wall must show."""


def scene(
    name: str, now_ns: int, origin: Origin = ORIGIN, reason: str = "jam", quiet_s: float = 0.0
) -> list[Record]:
    """The shift up to `now_ns`. `quiet_s` is how long it has said nothing at least."""
    far, said = _now(reason)[name]
    begin = now_ns - round((PAST * TAKT_S + far + quiet_s) * NS)
    whole = [*past(reason), *((PAST * TAKT_S + at, event) for at, event in said)]
    return envelopes(whole, begin, origin)


def envelopes(
    said: Said, begin_ns: int, origin: Origin = ORIGIN, stamp: Callable[[float], float] = float
) -> list[Record]:
    """What was said, as a recorder would have stored it."""
    return [
        Record(
            origin=origin,
            seq=seq,
            tick=round(at * HZ),
            utc_ns=begin_ns + round(stamp(at) * NS),
            event=event,
        )
        for seq, (at, event) in enumerate(said)
    ]
