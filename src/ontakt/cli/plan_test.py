"""`ontakt plan-test`: how long a test takes, and whom it lets pass."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import arg

from ontakt.contract import SetupError
from ontakt.contract.units import quantity

if TYPE_CHECKING:
    from ontakt.evidence.booking import Asked
    from ontakt.evidence.booking.gate_sample import GateSample


@dataclass(frozen=True)
class PlanTestCommand:
    """Say before the line is booked how many cycles, hours and shifts a test takes, and how likely
    a good robot and a poor one pass it.

    Examples:

      ontakt plan-test --reliability 0.99 --confidence 0.95
      ontakt plan-test --reliability 0.99 --true 0.998 --takt 1.2min --out plans/first
      ontakt plan-test --reliability 0.999 --failures 0 --mtba 8h --true-mtba 40h
      ontakt plan-test --gate scheduled
    """

    reliability: Annotated[float | None, arg(metavar="SHARE", help_behavior_hint="")] = None
    """Success per cycle that the test is to show, as 0.99."""
    confidence: Annotated[float, arg(metavar="SHARE")] = 0.95
    """A robot of just that success fails at least so often."""
    failures: Annotated[int, arg(metavar="N")] = 3
    """Allowed in the whole test. More of them take longer and treat a good robot better."""
    takt: Annotated[str, arg(metavar="TIME")] = "76s"
    """From part to part: 76s, 1.2min; seconds where there is no unit."""
    true: Annotated[float | None, arg(metavar="SHARE", help_behavior_hint="")] = None
    """Success per cycle that the robot is thought to have: its chance of failing is told."""
    mtba: Annotated[str | None, arg(metavar="TIME", help_behavior_hint="")] = None
    """Mean time between assists that is to be shown as well: 8h, 90min; hours without a unit."""
    true_mtba: Annotated[str | None, arg(metavar="TIME", help_behavior_hint="")] = None
    """The one that the robot is thought to have."""
    shift_hours: Annotated[float, arg(metavar="H")] = 8.0
    """Hours of work in a shift."""
    gate: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """A gate instead: demo, supervised, probation, scheduled, lights-out. Its sample is told."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """Write plan-test.html there; without it nothing is written."""
    json: bool = False
    """Print one JSON object."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Answer, and write the page where one is wanted."""
        import msgspec

        from ontakt.cli.plan_test_table import print_booking, print_gate
        from ontakt.evidence.booking import book, write_page

        if self.gate is not None:
            sample = self._gate(self.gate)
            if self.json:
                print(msgspec.json.encode(sample).decode())
            else:
                print_gate(sample)
            return 0
        asked = self._asked()
        booking = book(asked)
        page = None if self.out is None else write_page(booking, self._command(), self.out)
        if self.json:
            print(msgspec.json.encode(booking).decode())
        else:
            print_booking(booking, page)
        return 0

    def _gate(self, name: str) -> "GateSample":
        from ontakt.evidence.booking.gate_sample import gate_sample
        from ontakt.evidence.gate.ladder import find_gate

        for field in fields(self):
            given = getattr(self, field.name)
            if field.name not in ("gate", "takt", "json") and given != field.default:
                option = field.name.replace("_", "-")
                raise SetupError(f"A gate has a sample of its own; leave --{option} {given} out.")
        return gate_sample(find_gate(name), _time("takt", self.takt, "s"))

    def _asked(self) -> "Asked":
        from ontakt.evidence.booking import Asked

        if self.reliability is None:
            raise SetupError("What is to be shown? Give --reliability 0.99, or --gate scheduled.")
        return Asked(
            reliability=self.reliability,
            confidence=self.confidence,
            failures=self.failures,
            takt_s=_time("takt", self.takt, "s"),
            shift_hours=self.shift_hours,
            true=self.true,
            mtba_h=None if self.mtba is None else _time("mtba", self.mtba, "h") / 3600,
            true_mtba_h=(
                None if self.true_mtba is None else _time("true mtba", self.true_mtba, "h") / 3600
            ),
        )

    def _command(self) -> tuple[str, ...]:
        """The command that writes the same page again, into the folder where it is."""
        words = ["ontakt", "plan-test"]
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("json", "out") and value is not None:
                words += [f"--{field.name.replace('_', '-')}", str(value)]
        return (*words, "--out", ".")


def _time(what: str, text: str, unit: str) -> float:
    """`text` in seconds; a bare number is in `unit`. Raises BadValue."""
    return quantity(text + unit if text[-1:].isdigit() else text, "time", what)
