"""`ontakt`: the command line. It parses, wires and prints; every other room does the work."""

import sys
from collections.abc import Sequence
from typing import Annotated, Protocol

import tyro
from tyro.conf import FlagCreatePairsOff, OmitSubcommandPrefixes, subcommand

from ontakt import __version__
from ontakt.cli.cycles import CyclesCommand
from ontakt.cli.listing import ListCommand
from ontakt.cli.report import ReportCommand
from ontakt.cli.shift import ShiftCommand
from ontakt.cli.show import ShowCommand
from ontakt.contract import HaltError, SetupError

DESCRIPTION = f"""Ontakt {__version__}: a VLA-driven humanoid on a factory clock.

First steps:

  ontakt shift nut-loading --cycles 20      a short shift; prints a summary and a report
  ontakt shift toy --cycles 5               the same in a blink, without physics
  ontakt show nut-loading                   pictures of the station
  ontakt list stations                      what there is to work with

Simulated or real, Ontakt is not a safety function.
"""

Command = (
    Annotated[ShiftCommand, subcommand("shift")]
    | Annotated[ReportCommand, subcommand("report")]
    | Annotated[CyclesCommand, subcommand("cycles")]
    | Annotated[ShowCommand, subcommand("show")]
    | Annotated[ListCommand, subcommand("list")]
)


class Runnable(Protocol):
    """A parsed command."""

    def run(self, arguments: Sequence[str], /) -> int:
        """Do it; returns the exit code."""
        ...


def run(arguments: Sequence[str]) -> int:
    """Parse `arguments`, do what they ask, return the exit code: 0 done, 1 something was found
    wanting, 2 bad input, 3 halted."""
    try:
        command: Runnable = tyro.cli(
            Command,
            prog="ontakt",
            description=DESCRIPTION,
            args=list(arguments),
            config=(FlagCreatePairsOff, OmitSubcommandPrefixes),
        )
        return command.run(arguments)
    except SetupError as error:
        print(f"ontakt: {error}", file=sys.stderr)
        return 2
    except HaltError as error:
        print(f"ontakt: halted: {error}", file=sys.stderr)
        return 3


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))
