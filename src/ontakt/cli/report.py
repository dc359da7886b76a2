"""`ontakt report`: the report of a shift, written anew from its events or its imported log."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from tyro.conf import Positional, arg

from ontakt.cli.folder import REPORT, find_import, find_store
from ontakt.contract import SetupError

if TYPE_CHECKING:
    from ontakt.evidence.gate.judge import Judgement
    from ontakt.evidence.gate.plan import GatePlan
    from ontakt.evidence.shift_record import ShiftRecord


@dataclass(frozen=True)
class ReportCommand:
    """Write the report of a shift: one self-contained HTML file, from its events alone, or from
    the cycles of an imported log.

    Examples:

      ontakt report shifts/nut-loading-7-0a1b2c3d
      ontakt report shifts/nut-loading-7-0a1b2c3d/events.db --json
      ontakt report shifts/cell-7                  a folder that `ontakt import` made
      ontakt report shifts/cell-7 --gate supervised
    """

    shift: Annotated[Positional[Path], arg(metavar="SHIFT_OR_DB")]
    """A shift's folder, its events.db, or its id."""
    out: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """Where to write the page; report.html beside the events when left out."""
    id: Annotated[str | None, arg(metavar="SHIFT_ID", help_behavior_hint="")] = None
    """Which shift of a store that holds several; all of them when left out."""
    gate: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """Hold the cycles against a gate: demo, supervised, probation, scheduled or lights-out. Nobody
    registered it before, so that is no acceptance (see: ontakt qualify)."""
    plan: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """A gate of your own (TOML, see docs/qualify.md)."""
    json: bool = False
    """Print the summary of the (latest) shift as one JSON object as the last line on stdout, with
    `held` where a gate was asked for."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Write the page, print where it lies."""
        from ontakt.evidence.fold import fold
        from ontakt.evidence.report import write_report
        from ontakt.evidence.store import open_store

        plan = self._plan()
        imported = find_import(self.shift)
        if imported is not None:
            return self._imported(imported, plan)
        path = find_store(self.shift)
        out = self.out or path.parent / REPORT
        with open_store(path) as store:
            latest = store.find(self.id).shift
            wanted = [o.shift for o in store.shifts()] if self.id is None else [latest]
            records = {shift: list(store.records(shift)) for shift in wanted}
        held = _held(plan, [fold(heap) for heap in records.values()] if plan else [])
        verdict = None if held is None else held.verdict
        write_report(chain.from_iterable(records.values()), out, path.parent, verdict)
        return self._tell(fold(records[latest]), out, held)

    def _imported(self, folder: Path, plan: "GatePlan | None") -> int:
        """The same of all shifts of an imported log. Its page needs its two files beside it."""
        from ontakt.evidence.imported import CYCLES, read_import, read_manifest
        from ontakt.evidence.report import RawFile, write_page

        out = self.out or folder / REPORT
        if out.parent.resolve() != folder.resolve():
            raise SetupError(f"--out is {out}; the page of an imported log lies in {folder}.")
        if self.id is not None:
            raise SetupError("An imported log is reported as a whole; leave --id out.")
        shifts, manifest = read_import(folder), read_manifest(folder)
        held = _held(plan, shifts)
        raw = RawFile(CYCLES, manifest.rows, manifest.cycles_sha256, "cycles")
        write_page(shifts, raw, out, verdict=None if held is None else held.verdict)
        return self._tell(shifts[-1], out, held)

    def _plan(self) -> "GatePlan | None":
        from ontakt.evidence.gate.ladder import find_gate
        from ontakt.evidence.gate.plan import read_plan

        if self.plan is not None and self.gate is not None:
            raise SetupError("--plan and --gate exclude each other; give one.")
        if self.plan is not None:
            return read_plan(self.plan)
        return None if self.gate is None else find_gate(self.gate)

    def _tell(self, shift: "ShiftRecord", out: Path, held: "Judgement | None") -> int:
        from ontakt.cli.qualification.telling import judged, print_findings
        from ontakt.evidence.gate.hindsight import CAVEAT
        from ontakt.evidence.summary import summary

        if self.json:
            said = msgspec.to_builtins(summary(shift, report=str(out)))
            print(msgspec.json.encode(said | ({"held": judged(held)} if held else {})).decode())
            return 0
        if held is not None:
            print_findings(held)
            print(CAVEAT)
        print(f"Report: {out}")
        return 0


def _held(plan: "GatePlan | None", shifts: "Sequence[ShiftRecord]") -> "Judgement | None":
    from ontakt.evidence.gate.hindsight import in_hindsight

    return None if plan is None else in_hindsight(plan, shifts)
