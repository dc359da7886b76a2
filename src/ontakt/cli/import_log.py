"""`ontakt import`: the log of a real cell, or of an evaluation, becomes shifts to report on."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, UseAppendAction, arg


@dataclass(frozen=True)
class ImportCommand:
    r"""Import the cycle log of a real cell, so that reports, figures and gates work on it.

    CSV with any separator, Parquet, eval_info.json of lerobot-eval, and the EvalLog of
    inspect-robots are told apart by what they hold. Columns are found by name; docs/import.md
    lists them. What the log does not say stays unknown. A log that cannot be understood is
    refused with a list of what is wrong, by row, and nothing is written.

    Examples:

      ontakt import cell-7.csv --takt 76 --out shifts/cell-7
      ontakt import log.csv --map cycle=Nr --map start=Zeit --map cycle_s=Dauer:ms \
          --map ok=Ergebnis --timezone Europe/Berlin --out shifts/monday
      ontakt import eval_info.json --policy pi05-v3 --out shifts/libero
      ontakt report shifts/cell-7
    """

    file: Annotated[Positional[Path], arg(metavar="FILE")]
    """The log."""
    out: Annotated[Path, arg(metavar="DIR")]
    """The folder to make, new or empty."""
    map: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="OURS=THEIRS[:UNIT]")] = ()
    """Which column of the log is ours, as cycle_s=Dauer:ms; may be given several times."""
    mapping: Annotated[Path | None, arg(metavar="FILE.toml", help_behavior_hint="")] = None
    """The same in a file, under [columns]: cycle_s = "Dauer:ms"."""
    station: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The station, where no column names it."""
    robot: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The robot, where no column names it."""
    policy: Annotated[str | None, arg(metavar="VERSION", help_behavior_hint="")] = None
    """What tells this version of the policy from others, where no column does."""
    takt: Annotated[float | None, arg(metavar="SECONDS", help_behavior_hint="")] = None
    """The beat of the line; without it nothing is held against takt."""
    timezone: Annotated[str | None, arg(metavar="ZONE", help_behavior_hint="")] = None
    """The zone of times that name none, as Europe/Berlin."""
    shift_gap: Annotated[str, arg(metavar="TIME")] = "2h"
    """A longer time that neither cycle nor stop explains ends a shift; `none`: it never does."""
    minor_stop: Annotated[str, arg(metavar="TIME")] = "5min"
    """Stops up to this long are minor stops, longer ones breakdowns."""
    encoding: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The encoding of a CSV file that is not UTF-8, as cp1252."""
    json: bool = False
    """Print shifts, cycles, good, unknown, hours and folder as one JSON object on the last line."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Import, then tell what is there. Returns the exit code."""
        from ontakt.cli.importing.told import print_import
        from ontakt.cli.importing.wanted import terms_of
        from ontakt.evidence.imported import BadLog, import_log, read_import

        try:
            imported = import_log(self.file, self.out, terms_of(self))
        except BadLog as error:
            print("ontakt: " + "\n  ".join(error.lines), file=sys.stderr)
            return 2
        print_import(imported, read_import(self.out), self.out, self.json)
        return 0
