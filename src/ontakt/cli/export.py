"""`ontakt export`: the work of a recorded shift, as a dataset to train on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ontakt.contract import SetupError


@dataclass(frozen=True)
class ExportCommand:
    """Make a LeRobot dataset of a shift that was worked with --record: what the policy saw, what it
    was told to do, and what the robot was really told next.

    Nobody taught on a shift, so the commands that followed an image are its answer: 16 of them,
    after the guard. An attempt is taken when the inspector found all its sides good and no failure
    was seen in it. Images are there on the ticks on which the policy was asked, three times a
    second or so.

    With --corrections it is the other way round: somebody took over at the console, and what he had
    the robot do is the answer, ten images a second, whether the part came good or not, and also
    between two cycles. How many takeovers hold nothing to learn is told, with the reason.

    Whatever cannot be used is refused before anything is written. An export that was cut goes on
    with the same command; until it is finished its folder is no dataset.

    Examples:

      ontakt shift nut-loading --cycles 20 --record --out shifts/monday
      ontakt export shifts/monday --out data/monday
      ontakt export shifts/monday --all --out data/monday-all
      ontakt export shifts/monday --corrections --out data/monday-corrected
      ontakt train --data demos/first --data data/monday --shares 1 1 --minutes 60 --out runs/next
    """

    shift: Annotated[Positional[Path], arg(metavar="SHIFT")]
    """A shift's folder, its events.db, or its id."""
    out: Annotated[Path, arg(metavar="DIR")]
    """The dataset's folder, new or empty."""
    corrections: bool = False
    """Take what people drove from the board's console, and nothing else."""
    all: bool = False
    """Take attempts too that did not end good, or were never inspected."""
    id: Annotated[str | None, arg(metavar="SHIFT_ID", help_behavior_hint="")] = None
    """Which shift of a store that holds several; the latest when left out."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Read all, write the dataset, tell it. Returns the exit code."""
        from ontakt.cli.exporting.export import Export
        from ontakt.cli.exporting.recorded import RecordedShift
        from ontakt.cli.exporting.told import print_export

        if self.corrections and self.all:
            raise SetupError(
                "--all is for attempts of the policy; leave it out with --corrections."
            )
        shift = RecordedShift.open(self.shift, self.id)
        if self.corrections:
            export = Export.of_corrections(shift)
        else:
            export = Export.new(shift, failed_too=self.all)
        print_export(export, export.write(self.out))
        return 0
