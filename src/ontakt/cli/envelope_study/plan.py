"""What an envelope is made of, checked and registered before anything has moved."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from ontakt.cli.fleet.claim import claimed
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import digest, software
from ontakt.cli.shift_run import ShiftRun
from ontakt.evidence.envelope import Cell, Design, Span

ENVELOPES = Path("envelopes")
_SAID = {
    "design": "the design (axes, budget, rungs, reliability, confidence or seed)",
    "station": "the station",
    "station_hash": "the station file",
    "robot": "the robot",
    "policy": "the policy's name",
    "policy_hash": "the policy",
    "base": "--variation",
    "takt_s": "takt",
    "latency": "--latency",
    "strategy": "--strategy",
    "software": "the software",
}
"""Fields of a registered plan, in words that a person looks for."""


@dataclass(frozen=True)
class EnvelopePlan:
    """A design for one policy at one station."""

    design: Design
    options: ShiftOptions
    """What all cells share; the variation is the base level."""
    base: Mapping[str, str]
    registered: Mapping[str, Any]
    """Everything that the envelope holds for, as `plan.json` has it; a changed letter is another
    plan."""
    orders: tuple[ShiftOrder, ...]

    @classmethod
    def new(cls, options: ShiftOptions, design: Design) -> Self:
        """`design` at the station, policy and base level of `options`. Raises SetupError for what
        cannot be worked."""
        run = ShiftRun.new(options, None)
        run.opened.close()
        options = replace(run.options, cycles=design.rung)
        base = run.variation.describe()
        spans = {span.axis: span for span in design.spans}
        orders = tuple(
            ShiftOrder(
                name=cell.name,
                options=_options(options, cell, spans),
                policy_hash=run.origin.policy_hash,
            )
            for cell in design.cells
        )
        registered = {
            "design": msgspec.to_builtins(design),
            "station": options.station,
            "station_hash": run.station.spec.hash,
            "robot": run.origin.robot,
            "policy": options.policy,
            "policy_hash": run.origin.policy_hash,
            "base": {"words": list(options.variation), **base},
            "takt_s": run.line.takt,
            "latency": run.latency.text,
            "strategy": options.strategy,
            "software": software(),
        }
        return cls(design, options, base, registered, orders)

    def folder(self) -> Path:
        """Where it goes when nobody says where: the same plan, the same folder."""
        name = Path(self.options.station).stem
        return ENVELOPES / f"{name}-{self.design.seed}-{digest(self.registered)[:8]}"

    def claim(self, folder: Path) -> AbstractContextManager[Path]:
        """`folder` as this envelope's while the block lasts. Raises SetupError as `claimed`, naming
        what was changed since it was registered."""
        return claimed(folder, self.registered, "envelope", self._changed)

    def _changed(self, theirs: Mapping[str, Any]) -> str:
        """In what `theirs`, another plan, differs."""
        mine = msgspec.json.decode(msgspec.json.encode(self.registered))
        words = [said for name, said in _SAID.items() if theirs[name] != mine[name]]
        return f"registered with other values of {', '.join(words)}"


def _options(options: ShiftOptions, cell: Cell, spans: Mapping[str, Span]) -> ShiftOptions:
    """The shift of `cell`: the base level, and on top of it the axes that the cell holds."""
    held = tuple(f"{axis}={spans[axis].text(value)}" for axis, value in cell.at.items())
    return replace(
        options, cycles=cell.cycles, seed=cell.seed, variation=(*options.variation, *held)
    )
