"""Plausible shifts made of nothing but the contract's events: what a line would have written.

A seeded generator, so that fold, KPIs and report can be tried before a cell exists and on shifts
that no cell would give on demand (all failures, none, cut in the middle, no cycle at all).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    Event,
    FailureDetected,
    NutFed,
    Origin,
    PartInspected,
    PhaseEntered,
    PictureTaken,
    PitchLost,
    Record,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftStarted,
    SideJudged,
    StateChanged,
)
from ontakt.contract.signals import CellStats
from ontakt.contract.spaces import SIDES, Side
from ontakt.contract.state import State

HZ = 30
START_NS = 1_772_438_400_000_000_000  # 2026-03-02 08:00 UTC
MODES = ("jam", "drop", "no_grasp", "not_seated", "stall")
PHASES = ("reach", "grasp", "carry", "insert", "release", "home")
SHARES = (0.10, 0.12, 0.22, 0.40, 0.06, 0.10)
SIGNALS = {
    "jam": "force 21 N for 0.6 s at 4.1 mm",
    "drop": "opening 0.2 mm while carrying",
    "no_grasp": "opening 0.1 mm after the grasp",
    "not_seated": "height 3.8 mm at release",
    "stall": "no motion for 4.0 s",
}


@dataclass
class Plan:
    """What kind of shift to make up."""

    seed: int = 7
    cycles: int = 142
    name: str = "2026-03-02-a"
    planned: int | None = None
    """Planned cycles; as many as there are when None."""
    failure: float = 0.06
    """Probability that a side meets trouble at no misalignment; grows with misalignment."""
    hopeless: float = 0.4
    """Share of troubles that the robot does not get out of by itself."""
    escape: float = 0.08
    """Share of bad sides that the station believes to be good."""
    starved: float = 0.007
    pace_s: float = 61.0
    takt_s: float = 76.0
    cut: bool = False
    """The process died in the last cycle: no CycleEnded, no ShiftEnded."""
    vary: bool = True
    notes: tuple[str, ...] = ("Upper body on a fixed base; balance is not simulated.",)
    policy_hash: str = "9f3c41d07be2a6540c1f"
    config_hash: str = "5b20e8aa914fd3377ac2"


@dataclass
class Writer:
    """Numbers and stamps the events of one shift."""

    origin: Origin
    said: list[tuple[int, Event]] = field(default_factory=list)
    pictured: set[str] = field(default_factory=set)

    def picture(self, tick: int, cycle: int, what: str) -> None:
        """As a line does: one picture of each kind of trouble."""
        if what not in self.pictured:
            self.pictured.add(what)
            path = f"pictures/{cycle:04d}-{what}.png"
            self.write(tick, PictureTaken(cycle=cycle, what=what, path=path))

    def write(self, tick: int, event: Event) -> None:
        self.said.append((tick, event))

    @property
    def records(self) -> list[Record]:
        return [
            Record(
                origin=self.origin,
                seq=seq,
                tick=tick,
                utc_ns=START_NS + tick * 1_000_000_000 // HZ,
                event=event,
            )
            for seq, (tick, event) in enumerate(sorted(self.said, key=lambda said: said[0]))
        ]


def shift(plan: Plan | None = None) -> list[Record]:
    """The events of one made-up shift, in order."""
    plan = plan or Plan()
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, 1]))
    writer = Writer(
        Origin(
            shift=plan.name,
            station="nut-loading",
            robot="sim:g1",
            policy_hash=plan.policy_hash,
            config_hash=plan.config_hash,
        )
    )
    takt = round(plan.takt_s * HZ)
    planned = plan.cycles if plan.planned is None else plan.planned
    writer.write(
        0,
        ShiftStarted(
            seed=plan.seed,
            takt_s=plan.takt_s,
            control_hz=HZ,
            policy="expert",
            sides=SIDES,
            planned_cycles=planned,
            planned_s=None,
            variation={"level": "plant"} if plan.vary else {"level": "nominal"},
            latency="fixed:80ms",
            strategy="sync",
            minor_stop_s=300.0,
            software={"ontakt": "0.1.0", "mujoco": "3.17.0", "numpy": "2.3.4"},
            command=("ontakt", "shift", "nut-loading", "--cycles", str(planned), "--seed",
                     str(plan.seed)),
            notes=plan.notes,
        ),
    )  # fmt: skip
    for state in (State.RESETTING, State.IDLE, State.STARTING, State.EXECUTE):
        writer.write(0, StateChanged(state=state, cause="start"))
    due, calls = 0, 0
    for cycle in range(plan.cycles):
        last = plan.cut and cycle == plan.cycles - 1
        end, calls = _cycle(writer, plan, rng, cycle, due, calls, last)
        if last:
            return writer.records
        if end > due + takt:
            writer.write(end, PitchLost(cycle=cycle, ticks=end - due - takt))
        due = max(due + takt, end)
        if cycle < plan.cycles - 1:
            writer.write(due, StateChanged(state=State.EXECUTE, cause="start"))
    if not plan.cut:
        writer.write(due, StateChanged(state=State.STOPPED, cause="done"))
        writer.write(due, ShiftEnded(reason="planned"))
    return writer.records


def _cycle(
    writer: Writer, plan: Plan, rng: np.random.Generator, cycle: int, due: int, calls: int,
    last: bool,
) -> tuple[int, int]:  # fmt: skip
    """Write one cycle from its beat; returns the tick at which the part may leave and the calls
    so far."""
    write = writer.write
    variation = _variation(rng) if plan.vary else {}
    write(due, CycleStarted(cycle=cycle, due_tick=due, job=SIDES, variation=variation))
    if rng.random() < plan.starved:
        write(due, StateChanged(state=State.SUSPENDED, cause="starved", attribution="upstream"))
        end = due + round(40 * HZ)
        write(end, StateChanged(state=State.EXECUTE, cause="start"))
        write(end, _ended(cycle, "starved", None, {}))
        write(end, StateChanged(state=State.COMPLETE, cause="done"))
        return end, calls
    done: dict[Side, int] = {}
    retries: dict[Side, int] = {}
    stuck: list[tuple[Side, str]] = []
    truth: dict[Side, tuple[bool, bool]] = {}
    for side in SIDES:
        write(due, NutFed(cycle=cycle, side=side, left=400 - cycle))
    pace = plan.pace_s * float(rng.lognormal(0.0, 0.045))
    for side in SIDES:
        tick = due
        for phase, share in zip(PHASES, SHARES, strict=True):
            write(round(tick), PhaseEntered(cycle=cycle, side=side, phase=phase))
            tick += round(pace * share * HZ * float(rng.lognormal(0.0, 0.02)))
        offset = variation.get("misalignment", 0.0)
        trouble = rng.random() < min(1.0, plan.failure + 250.0 * max(0.0, offset - 0.0012))
        believed = actual = True
        if trouble:
            mode = str(rng.choice(MODES, p=(0.42, 0.2, 0.14, 0.18, 0.06)))
            write(tick, _detected(cycle, side, mode, 1))
            writer.picture(tick, cycle, mode)
            write(tick, RecoveryStarted(cycle=cycle, side=side, mode=mode, attempt=1))
            tick += round(float(rng.gamma(4.0, 1.6)) * HZ)
            ok = rng.random() > plan.hopeless
            write(tick, RecoveryEnded(cycle=cycle, side=side, ok=ok))
            retries[side] = 1
            if not ok:
                actual = False
                believed = bool(rng.random() < plan.escape)
                write(tick, _detected(cycle, side, mode, 2))
                if believed:
                    writer.picture(tick, cycle, "nok_escaped")
                else:
                    stuck.append((side, mode))
        done[side] = tick
        truth[side] = (believed, actual)
    finished = max(done.values())
    if last:
        return finished, calls
    for side, (believed, actual) in truth.items():
        reason = "force and height agree" if believed else "gave up"
        write(finished, SideJudged(cycle=cycle, side=side, ok=believed, reason=reason))
        write(finished, PartInspected(
            cycle=cycle, side=side, ok=actual,
            offset=float(rng.rayleigh(0.00012)) if actual else 0.0031,
            height=float(abs(rng.normal(0, 0.00015))) if actual else 0.0042,
            tilt=float(abs(rng.normal(0, 0.004))) if actual else 0.11,
        ))  # fmt: skip
    if stuck and rng.random() < 0.75:
        finished, calls = _call(writer, rng, cycle, finished, calls, stuck[0])
    write(finished, _ended(cycle, "done", max(done.values()), retries))
    write(finished, StateChanged(state=State.COMPLETE, cause="done"))
    return finished, calls


def _call(
    writer: Writer, rng: np.random.Generator, cycle: int, tick: int, calls: int,
    stuck: tuple[Side, str],
) -> tuple[int, int]:  # fmt: skip
    side, mode = stuck
    write = writer.write
    write(tick, StateChanged(state=State.HELD, cause=mode, attribution="robot"))
    write(tick, CallRaised(call=calls, cycle=cycle, reason=f"{mode} {side}"))
    tick += round(float(rng.lognormal(np.log(9), 0.4)) * HZ)
    write(tick, CallAcknowledged(call=calls))
    tick += round(float(rng.lognormal(np.log(22), 0.5)) * HZ)
    write(tick, CallArrived(call=calls))
    tick += round(float(rng.lognormal(np.log(28), 0.5)) * HZ)
    action = "finish" if rng.random() < 0.7 else "remove"
    write(tick, CallResolved(call=calls, action=action))  # type: ignore[arg-type]
    write(tick, StateChanged(state=State.EXECUTE, cause="operator"))
    return tick, calls + 1


def _variation(rng: np.random.Generator) -> Mapping[str, float]:
    """An axis by its name, its components behind a dot, as a station writes them."""
    offset, bearing = float(rng.uniform(0.0, 0.002)), float(rng.uniform(0, 2 * np.pi))
    return {
        "misalignment": offset,
        "misalignment.left.x": offset * float(np.cos(bearing)),
        "misalignment.left.y": offset * float(np.sin(bearing)),
        "tolerance": float(rng.uniform(0.0003, 0.0008)),
        "lighting": float(rng.uniform(0.0, 0.5)),
        "clutter": float(rng.integers(0, 4)),
        "wear": 0.2,
        "magnet": 2.0,
    }


def _detected(cycle: int, side: Side, mode: str, attempt: int) -> FailureDetected:
    return FailureDetected(cycle=cycle, side=side, mode=mode, signal=SIGNALS[mode], attempt=attempt)


def _ended(cycle: int, ending: str, done: int | None, retries: Mapping[Side, int]) -> CycleEnded:
    return CycleEnded(
        cycle=cycle,
        ending=ending,  # type: ignore[arg-type]
        robot_done_tick=done,
        retries=retries,
        stats=CellStats(
            inferences=118,
            latency_ms=(78.0, 84.0, 91.0),
            starved_ticks=3,
            discarded_chunks=1,
            trips={"speed": 4},
        ),
    )


def save_pictures(records: list[Record], folder: Path) -> None:
    """Write a small picture for every PictureTaken: a nut on its pin, drawn, not rendered."""
    from PIL import Image, ImageDraw

    for record in records:
        event = record.event
        if not isinstance(event, PictureTaken):
            continue
        image = Image.new("RGB", (640, 400), (52, 58, 66))
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 270, 640, 400), fill=(116, 122, 130))
        draw.rectangle((300, 150, 340, 290), fill=(196, 200, 206))
        shift = 40 + event.cycle % 30
        draw.polygon(
            [(230 + shift, 210), (390 + shift, 170), (404 + shift, 220), (244 + shift, 262)],
            fill=(178, 142, 74),
        )
        data = io.BytesIO()
        image.save(data, "PNG")
        path = folder / event.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.getvalue())
