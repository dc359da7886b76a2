"""`ontakt report`: the report of a shift, written anew from its events or its imported log."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
from tyro.conf import Positional, arg

from ontakt.cli.folder import REPORT, find_import, find_store
from ontakt.contract import SetupError


@dataclass(frozen=True)
class ReportCommand:
    """Write the report of a shift: one self-contained HTML file, from its events alone, or from
    the cycles of an imported log.

    Examples:

      ontakt report shifts/nut-loading-7-0a1b2c3d
      ontakt report shifts/nut-loading-7-0a1b2c3d/events.db --json
      ontakt report shifts/cell-7                  a folder that `ontakt import` made
    """

    shift: Annotated[Positional[Path], arg(metavar="SHIFT_OR_DB")]
    """A shift's folder, its events.db, or its id."""
    out: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """Where to write the page; report.html beside the events when left out."""
    id: Annotated[str | None, arg(metavar="SHIFT_ID", help_behavior_hint="")] = None
    """Which shift of a store that holds several; all of them when left out."""
    json: bool = False
    """Print the summary of the (latest) shift as one JSON object as the last line on stdout."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Write the page, print where it lies."""
        from ontakt.evidence.fold import fold
        from ontakt.evidence.report import write_report
        from ontakt.evidence.store import open_store
        from ontakt.evidence.summary import summary

        imported = find_import(self.shift)
        if imported is not None:
            return self._imported(imported)
        path = find_store(self.shift)
        out = self.out or path.parent / REPORT
        with open_store(path) as store:
            latest = store.find(self.id).shift
            wanted = [o.shift for o in store.shifts()] if self.id is None else [latest]
            records = {shift: list(store.records(shift)) for shift in wanted}
        write_report(chain.from_iterable(records.values()), out, folder=path.parent)
        if self.json:
            print(msgspec.json.encode(summary(fold(records[latest]), report=str(out))).decode())
        else:
            print(f"Report: {out}")
        return 0

    def _imported(self, folder: Path) -> int:
        """The same of all shifts of an imported log. Its page needs its two files beside it."""
        from ontakt.evidence.imported import CYCLES, read_import, read_manifest
        from ontakt.evidence.report import RawFile, write_page
        from ontakt.evidence.summary import summary

        out = self.out or folder / REPORT
        if out.parent.resolve() != folder.resolve():
            raise SetupError(f"--out is {out}; the page of an imported log lies in {folder}.")
        if self.id is not None:
            raise SetupError("An imported log is reported as a whole; leave --id out.")
        shifts, manifest = read_import(folder), read_manifest(folder)
        raw = RawFile(CYCLES, manifest.rows, manifest.cycles_sha256, "cycles")
        write_page(shifts, raw, out)
        if self.json:
            print(msgspec.json.encode(summary(shifts[-1], report=str(out))).decode())
        else:
            print(f"Report: {out}")
        return 0
