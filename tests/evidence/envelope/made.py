"""Cells of an envelope that nobody worked: events as a line would have written them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct
from tests.evidence.script import BOTH, script

from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    Event,
    FailureDetected,
    Origin,
    PartInspected,
    PictureTaken,
    Record,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftStarted,
    SideJudged,
)
from ontakt.evidence.envelope import Cell, CellRun, Design, Envelope, Span, conclude

HZ = 30
GOOD_S, BAD_S, HELP_S = 12.0, 40.0, 60.0

MISALIGNMENT = Span(axis="misalignment", unit="mm", si=1e-3, calm=0.0, harsh=10.0)
TOLERANCE = Span(axis="tolerance", unit="mm", si=1e-3, calm=0.8, harsh=0.02)
CLUTTER = Span(axis="clutter", unit="", si=1.0, calm=0.0, harsh=8.0, whole=True)
WEAR = Span(axis="wear", unit="", si=1.0, calm=0.0, harsh=1.0)
SPANS = {span.axis: span for span in (MISALIGNMENT, TOLERANCE, CLUTTER, WEAR)}

Kind = str
"""What a cycle was: good, retried, noticed, escaped, assisted, blind (nobody inspected it) or
starved."""
Truth = Callable[[Mapping[str, float]], float]
"""Success by the axes that are held, in their own units."""


class Made(Struct, frozen=True, kw_only=True):
    """How a cell ended."""

    kinds: Sequence[Kind]
    mode: str = "jam"
    ending: Literal["planned", "halted"] = "planned"
    picture: str | None = None
    policy_hash: str = "p0"


def cell(at: Mapping[str, float], cycles: int, name: str = "ladders/made-0") -> Cell:
    return Cell(name=name, at=at, cycles=cycles, seed=1)


def records(one: Cell, made: Made) -> list[Record]:
    """The events of `one` in which the cycles were `made.kinds`."""
    drawn = {axis: value * SPANS[axis].si for axis, value in one.at.items()}
    said: list[tuple[int, Event]] = [
        (
            0,
            ShiftStarted(
                seed=one.seed,
                takt_s=76.0,
                control_hz=HZ,
                policy="by hand",
                sides=BOTH,
                planned_cycles=one.cycles,
                planned_s=None,
                variation={"level": "nominal"},
                latency="fixed:80ms",
                strategy="sync",
                minor_stop_s=300.0,
                software={"ontakt": "0"},
                command=("ontakt", "shift", "bench"),
            ),
        )
    ]
    for number, kind in enumerate(made.kinds):
        said += _cycle(number, kind, made, said[-1][0] + 1, drawn)
    said.append((said[-1][0] + 1, ShiftEnded(reason=made.ending)))
    origin = Origin(
        shift=f"bench-{one.name}",
        station="bench",
        robot="sim:hand",
        policy_hash=made.policy_hash,
        config_hash="c0",
    )
    return script(said, HZ, origin)


def _cycle(
    number: int, kind: Kind, made: Made, tick: int, drawn: Mapping[str, float]
) -> list[tuple[int, Event]]:
    said: list[tuple[int, Event]] = [
        (tick, CycleStarted(cycle=number, due_tick=tick, job=BOTH, variation=drawn))
    ]
    if kind == "starved":
        return [*said, (tick + HZ, _ended(number, None, "starved"))]
    bad = kind not in ("good", "retried", "blind")
    done = tick + round((BAD_S if bad else GOOD_S) * HZ)
    if kind in ("retried", "noticed", "assisted"):
        seen = FailureDetected(
            cycle=number, side="left", mode=made.mode, signal=f"lag 3.{number} mm", attempt=1
        )
        said.append((tick + 5 * HZ, seen))
        if made.picture:
            what = f"{made.mode}-left"
            said.append((tick + 5 * HZ, PictureTaken(cycle=number, what=what, path=made.picture)))
    if kind == "retried":
        begun = RecoveryStarted(cycle=number, side="left", mode=made.mode, attempt=2)
        said.append((tick + 5 * HZ, begun))
        said.append((tick + 8 * HZ, RecoveryEnded(cycle=number, side="left", ok=True)))
    for side in BOTH:
        wrong = bad and side == "left"
        believed = not wrong or kind == "escaped"
        said.append((done, SideJudged(cycle=number, side=side, ok=believed, reason="made")))
        if kind != "blind":
            said.append(
                (
                    done,
                    PartInspected(
                        cycle=number, side=side, ok=not wrong, offset=0.0, height=0.0, tilt=0.0
                    ),
                )
            )
    end = done
    if kind == "assisted":
        end += round(HELP_S * HZ)
        said.append((done, CallRaised(call=number, cycle=number, reason=made.mode)))
        said.append((done + 1, CallAcknowledged(call=number)))
        said.append((done + 2, CallArrived(call=number)))
        said.append((end, CallResolved(call=number, action="finish")))
    retries = {"left": 1} if kind == "retried" else {}
    ended = msgspec.structs.replace(_ended(number, done, "done"), retries=retries)
    return [*said, (end, ended)]


def _ended(number: int, done: int | None, ending: Literal["done", "starved"]) -> CycleEnded:
    return CycleEnded(cycle=number, ending=ending, robot_done_tick=done, retries={})


def run(at: Mapping[str, float], made: Made, cycles: int | None = None) -> CellRun:
    """One cell, folded."""
    one = cell(at, len(made.kinds) if cycles is None else cycles)
    return CellRun.from_records(one, records(one, made), SPANS.values())


def counted(at: Mapping[str, float], good: int, n: int) -> CellRun:
    """A cell with `good` of `n` cycles good and the others noticed."""
    return run(at, Made(kinds=["good"] * good + ["noticed"] * (n - good)))


def worked(design: Design, truth: Truth, seed: int = 1) -> dict[str, CellRun]:
    """All cells of `design`, each cycle good with the chance that `truth` gives it."""
    chance = np.random.default_rng(seed)
    runs = {}
    for one in design.cells:
        good = chance.random(one.cycles) < truth(one.at)
        kinds: list[Kind] = ["good" if ok else "noticed" for ok in good]
        made = records(one, Made(kinds=kinds))
        runs[one.name] = CellRun.from_records(one, made, SPANS.values())
    return runs


def envelope(design: Design, truth: Truth, seed: int = 1) -> Envelope:
    """What `design` comes to where `truth` holds."""
    runs = worked(design, truth, seed)
    return conclude(design, runs, {"level": "nominal"}, ("ontakt", "envelope", "bench"))
