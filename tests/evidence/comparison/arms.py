"""Arms in letters, a letter a cycle, so that a comparison can be checked by hand."""

from collections.abc import Mapping, Sequence

from ontakt.contract import CycleRecord, Outcome, SideResult, State
from ontakt.contract.event import Origin, ShiftEnded, ShiftStarted
from ontakt.evidence.comparison import Arm
from ontakt.evidence.shift_record import CUT, OPERATOR, Call, Segment, ShiftRecord

HZ, TAKT_S = 30, 30.0
_GOOD = SideResult(inspected_ok=True, believed_ok=True)
_BAD = SideResult(inspected_ok=False, believed_ok=False, failures=("jam",))
_ESCAPED = SideResult(inspected_ok=False, believed_ok=True)

LETTERS: Mapping[str, tuple[Outcome | None, SideResult, str | None]] = {
    "g": (Outcome.ON_TAKT, _GOOD, None),
    "l": (Outcome.LATE, _GOOD, None),
    "b": (Outcome.NOK_DETECTED, _BAD, "jam"),
    "e": (Outcome.NOK_ESCAPED, _ESCAPED, "not_seated"),
    "a": (Outcome.ASSISTED, _GOOD, "drop"),
    "s": (Outcome.STARVED, SideResult(), "starved"),
    "k": (Outcome.BLOCKED, _GOOD, "blocked"),
    "x": (Outcome.ABORTED, SideResult(), CUT),
    "o": (Outcome.ABORTED, SideResult(), OPERATOR),
    "u": (Outcome.ON_TAKT, SideResult(), None),
}
"""Good, late, bad and known, escaped, assisted, starved, blocked, cut, stopped by a person, never
inspected: what became of the left side; the right one is good wherever the left was inspected."""


def shift(
    letters: str,
    seed: int = 1,
    *,
    policy: str = "old",
    name: str | None = None,
    level: str = "plant",
    station: str = "bench",
    robot: str = "sim:hand",
    takt_s: float = TAKT_S,
    config: str = "c0",
    strategy: str = "sync",
    software: Mapping[str, str] = {"ontakt": "0"},
    cycle_s: float | Sequence[float] = 20.0,
    recoveries: int = 0,
    step_ins: int = 0,
    drawn: bool = True,
    ended: bool = True,
    policy_hash: str | None = None,
) -> ShiftRecord:
    """A shift of one cycle a letter. Parts are the same where `seed` and `level` are. `step_ins`
    come on top of the assisted cycles, as calls: the two are counted from different events."""
    hashed = policy_hash or f"{policy}-hash"
    shift_id = name or f"{station}-{seed}-{policy}-{level}"
    cycles = []
    for k, letter in enumerate(letters):
        outcome, left, failure = LETTERS[letter]
        began = k * round(takt_s * HZ)
        right = _GOOD if left.inspected_ok is not None else left
        cycles.append(
            CycleRecord(
                shift=shift_id,
                cycle=k,
                outcome=outcome,
                started_tick=began,
                ended_tick=began + 600,
                control_hz=HZ,
                takt_s=takt_s,
                cycle_s=_time(letter, cycle_s, k, takt_s),
                sides={"left": left, "right": right},
                variation={"misalignment": seed + k / 1000} if drawn else {},
                failure=failure,
                detected_by="force 20 N" if failure else None,
                recoveries=recoveries if k == 0 else 0,
                step_ins=int(letter == "a"),
            )
        )
    last = len(letters) * round(takt_s * HZ)
    return ShiftRecord(
        origin=Origin(
            shift=shift_id, station=station, robot=robot, policy_hash=hashed, config_hash=config
        ),
        started=ShiftStarted(
            seed=seed,
            takt_s=takt_s,
            control_hz=HZ,
            policy=policy,
            sides=("left", "right"),
            planned_cycles=len(letters),
            planned_s=None,
            variation={"level": level},
            latency="fixed:80ms",
            strategy=strategy,
            minor_stop_s=300.0,
            software=software,
            command=("ontakt", "shift", station),
        ),
        ended=ShiftEnded(reason="planned") if ended else None,
        cut=not ended,
        resumes=0,
        first_tick=0,
        last_tick=last,
        first_utc_ns=0,
        last_utc_ns=last * 1_000_000_000 // HZ,
        events=0,
        cycles=tuple(cycles),
        stats=(),
        segments=(
            Segment(start=0, end=last, state=State.EXECUTE, cause="start", attribution="none"),
        ),
        calls=tuple(
            Call(call=k, cycle=k, reason="jam", raised=9, arrived=20, resolved=30, action="finish")
            for k in range(step_ins)
        ),
        failures=(),
        pitch_lost=(),
        pictures=(),
        black_boxes=(),
        guard=(),
        gaps=(),
        problems=(),
    )


def _time(letter: str, cycle_s: float | Sequence[float], k: int, takt_s: float) -> float:
    if letter == "l":
        return takt_s + 2.0
    return cycle_s if isinstance(cycle_s, float) else cycle_s[k]


def arm(name: str, *shifts: ShiftRecord) -> Arm:
    return Arm(name=name, shifts=shifts)


def one(name: str, letters: str, seed: int = 1, **more: object) -> Arm:
    """An arm of one shift, worked by the policy of the same name."""
    return arm(name, shift(letters, seed, **{"policy": name, **more}))  # type: ignore[arg-type]


def turned(first: int, second: int, both: int, neither: int = 0) -> tuple[Arm, Arm]:
    """Two arms on the same parts, of which `first` are good in the first one only."""
    a = "g" * first + "b" * second + "g" * both + "b" * neither
    b = "b" * first + "g" * second + "g" * both + "b" * neither
    return one("new", a), one("old", b)
