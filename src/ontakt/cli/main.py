"""`ontakt`: the command line. It parses, wires and prints; every other room does the work."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import ClassVar, Protocol

import tyro
from tyro.conf import FlagCreatePairsOff

from ontakt import __version__
from ontakt.cli.bench.runtime import RuntimeBenchCommand
from ontakt.cli.board import BoardCommand
from ontakt.cli.compare import CompareCommand
from ontakt.cli.cycles import CyclesCommand
from ontakt.cli.demos import DemosCommand
from ontakt.cli.envelope import EnvelopeCommand
from ontakt.cli.evaluate import EvaluateCommand
from ontakt.cli.export import ExportCommand
from ontakt.cli.import_log import ImportCommand
from ontakt.cli.intern import InternCommand
from ontakt.cli.latency_study import LatencyStudyCommand
from ontakt.cli.listing import ListCommand
from ontakt.cli.plan_test import PlanTestCommand
from ontakt.cli.policy.bench import BenchCommand
from ontakt.cli.policy.card import CardCommand
from ontakt.cli.policy.convert import ConvertCommand
from ontakt.cli.policy.init import InitCommand
from ontakt.cli.policy.inspect import InspectCommand
from ontakt.cli.policy.parity import ParityCommand
from ontakt.cli.qualify import QualifyCommand
from ontakt.cli.report import ReportCommand
from ontakt.cli.serve import ServeCommand
from ontakt.cli.shift import ShiftCommand
from ontakt.cli.show import ShowCommand
from ontakt.cli.train import TrainCommand
from ontakt.cli.verify import VerifyCommand
from ontakt.contract import HaltError, SetupError

DESCRIPTION = f"""Ontakt {__version__}: a VLA-driven humanoid on a factory clock.

First steps:

  ontakt shift nut-loading --cycles 20      a short shift; prints a summary and a report
  ontakt shift toy --cycles 5               the same in a blink, without physics
  ontakt show nut-loading                   pictures of the station
  ontakt list stations                      what there is to work with
  ontakt board shifts                       the andon board of your shifts, in a browser
  ontakt policy parity                      prove the brain against the released model's numbers
  ontakt serve chunk-expert                 a policy for robots on other machines
  ontakt latency-study toy                  what latency costs, strategy by strategy
  ontakt envelope nut-loading               up to which misalignment, wear, light it works
  ontakt qualify nut-loading --gate demo    can it be scheduled? ends in one of three words

Simulated or real, Ontakt is not a safety function.
"""


@dataclass(frozen=True)
class PolicyGroup:
    """Look into a brain, prove it, time it, make one.

    Examples:

      ontakt policy inspect brains/compact      what a checkpoint is, without loading its weights
      ontakt policy card                        what the brain learnt from, and where it fails
      ontakt policy parity                      our numbers against the released model's
      ontakt policy bench                       how fast it is, and how fast it could be
      ontakt policy init brains/new             an untrained checkpoint that runs
    """

    commands: ClassVar[Mapping[str, type]] = {
        "inspect": InspectCommand,
        "card": CardCommand,
        "parity": ParityCommand,
        "bench": BenchCommand,
        "init": InitCommand,
        "convert": ConvertCommand,
    }


@dataclass(frozen=True)
class BenchGroup:
    """Measure what the parts of Ontakt take on this machine.

    Examples:

      ontakt bench runtime                      control loop, policy server, strategies
      ontakt bench runtime --only jitter --seconds 300
    """

    commands: ClassVar[Mapping[str, type]] = {"runtime": RuntimeBenchCommand}


COMMANDS: Mapping[str, type] = {
    "shift": ShiftCommand,
    "report": ReportCommand,
    "qualify": QualifyCommand,
    "verify": VerifyCommand,
    "compare": CompareCommand,
    "cycles": CyclesCommand,
    "evaluate": EvaluateCommand,
    "latency-study": LatencyStudyCommand,
    "envelope": EnvelopeCommand,
    "plan-test": PlanTestCommand,
    "show": ShowCommand,
    "demos": DemosCommand,
    "export": ExportCommand,
    "import": ImportCommand,
    "train": TrainCommand,
    "intern": InternCommand,
    "list": ListCommand,
    "policy": PolicyGroup,
    "bench": BenchGroup,
    "serve": ServeCommand,
    "board": BoardCommand,
}


class Runnable(Protocol):
    """A parsed command."""

    def run(self, arguments: Sequence[str], /) -> int:
        """Do it; returns the exit code."""
        ...


def run(arguments: Sequence[str]) -> int:
    """Parse `arguments`, do what they ask, return the exit code: 0 done, 1 something was found
    wanting, 2 bad input, 3 halted."""
    try:
        command = _parse(list(arguments))
        return command.run(arguments)
    except SetupError as error:
        print(f"ontakt: {_line(error)}", file=sys.stderr)
        return 2
    except HaltError as error:
        print(f"ontakt: halted: {_line(error)}", file=sys.stderr)
        return 3


def _line(error: Exception) -> str:
    """`error` as one line; what a file's content might bring to steer a terminal is taken out."""
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _parse(arguments: list[str]) -> Runnable:
    """The command that `arguments` name, with its options. Exits with 2 and says why when they
    make none; with 0 after a help text."""
    kind: type = object  # until one is named
    commands, path, description = COMMANDS, ["ontakt"], DESCRIPTION
    while arguments and arguments[0] in commands:
        path.append(arguments[0])
        kind, arguments = commands[arguments[0]], arguments[1:]
        commands, description = getattr(kind, "commands", {}), cleandoc(kind.__doc__ or "")
    prog = " ".join(path)
    parsed: Runnable
    if commands:
        parsed = tyro.extras.subcommand_cli_from_dict(
            dict(commands), prog=prog, description=description, args=arguments
        )
    else:
        parsed = tyro.cli(
            kind, prog=prog, description=description, args=arguments, config=(FlagCreatePairsOff,)
        )
    return parsed


def main() -> None:
    """The console script."""
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:  # before a shift begins or after it ended: it handles its own
        print("ontakt: interrupted.", file=sys.stderr)
        code = 130
    sys.exit(code)
