"""`ontakt verify`: a report counted again from the raw events beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from tyro.conf import Positional, arg

from ontakt.cli.folder import REPORT

if TYPE_CHECKING:
    from ontakt.evidence.verification import Verification


@dataclass(frozen=True)
class VerifyCommand:
    """Count every figure of a report again from the raw events beside it.

    Prints `reproduced`, or the first figure that does not follow from the events and then exits
    with 1. It proves that the page follows from the events, not that the events are true.

    Examples:

      ontakt verify report.html                 report.events.jsonl lies beside it
      ontakt verify shifts/nut-loading-7-0a1b2c3d --json
    """

    report: Annotated[Positional[Path], arg(metavar="REPORT")]
    """The page, or the folder of its shift."""
    json: bool = False
    """Print one JSON object."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Compare, and print what came of it."""
        from ontakt.evidence.verification import verify

        page = self.report / REPORT if self.report.is_dir() else self.report
        found = verify(page)
        if self.json:
            print(msgspec.json.encode(found).decode())
        else:
            _print(found)
        return 0 if found.reproduced else 1


def _print(found: "Verification") -> None:
    difference = found.first_difference
    if difference is None:
        print(f"reproduced: {found.figures} figures of the page follow from {found.events} events")
    else:
        print("not reproduced: the page does not follow from its events, first here:")
        print(f"  section  {difference.section}")
        if difference.place:
            print(f"  place    {difference.place}")
        print(f"  page     {difference.page}")
        print(f"  events   {difference.events}")
    print(f"SHA-256 of the events: {found.sha256}")
    for warning in found.warnings:
        print(f"Note: {warning}")
