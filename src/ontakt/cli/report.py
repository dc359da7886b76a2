"""`ontakt report`: the report of a shift, written anew from its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
from tyro.conf import Positional, arg

from ontakt.cli.folder import REPORT, find_store


@dataclass(frozen=True)
class ReportCommand:
    """Write the report of a shift: one self-contained HTML file, from its events alone.

    Examples:

      ontakt report shifts/nut-loading-7-0a1b2c3d
      ontakt report shifts/nut-loading-7-0a1b2c3d/events.db --json
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
