"""What will be tried, and what must come out: written down before the first cycle."""

import math
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ontakt.contract import BadValue, SetupError
from ontakt.evidence.gate.requirement import (
    Assists,
    BothSides,
    Cells,
    Escapes,
    Number,
    Requirement,
    Shifts,
    Takt,
)
from ontakt.evidence.gate.trial import Method
from ontakt.evidence.numbers import percent
from ontakt.evidence.statistics.evalues import cycles_to_pass, exposure_to_pass

MOST_CYCLES = 10_000_000
"""Of a plan, beyond which something was mistyped."""

Words = Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class GatePlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gate with its sample. A plan file (TOML) has these names, `require` as an array of tables;
    what it leaves out is the default."""

    gate: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """What it is called; folders are named by it."""
    why: str = ""
    """For whom these numbers are, in a sentence or two."""
    method: Method = "fixed"
    cells: Annotated[tuple[Words, ...], Meta(min_length=1)] = (("plant",),)
    """Variations that are worked, each in `shifts` shifts; as `--variation` takes them."""
    shifts: Number
    """Of each cell."""
    cycles: Number
    """Of each shift."""
    require: Annotated[tuple[Requirement, ...], Meta(min_length=1)]

    @property
    def cell_names(self) -> tuple[str, ...]:
        """The cells as a tally names them."""
        return tuple(" ".join(words) for words in self.cells)

    @property
    def all_shifts(self) -> int:
        """Of all cells."""
        return self.shifts * len(self.cells)

    @property
    def all_cycles(self) -> int:
        """Of all shifts."""
        return self.cycles * self.all_shifts

    def hours(self, takt_s: float) -> float:
        """That the whole plan takes at takt."""
        return self.all_cycles * takt_s / 3600

    def check(self, takt_s: float) -> None:
        """Raises SetupError for a plan whose sample could not show what it asks for, even if
        nothing went wrong, and for one that asks the same twice."""
        if self.all_cycles > MOST_CYCLES:
            raise BadValue("cycles of the plan", self.all_cycles, f"at most {MOST_CYCLES:,}")
        if len(set(self.cell_names)) < len(self.cells):
            raise BadValue("cells", self.cell_names, "each is named once")
        kinds = [type(one) for one in self.require]
        if len(set(kinds)) < len(kinds):
            raise BadValue(
                "require", [kind.__name__ for kind in kinds], "each kind stands there once"
            )
        for one in self.require:
            self._check_one(one, takt_s)
        if not any(hasattr(one, "confidence") for one in self.require):
            raise BadValue(
                "require", [kind.__name__ for kind in kinds], "whole shifts alone show nothing"
            )

    def _check_one(self, one: Requirement, takt_s: float) -> None:
        match one:
            case BothSides(at_least=least) | Takt(at_least=least):
                self._check_share(self.all_cycles, least, one.confidence, "cycles")
            case Cells(at_least=least):
                self._check_share(
                    self.all_cycles // len(self.cells), least, one.confidence, "cycles a cell"
                )
            case Escapes(at_most=most):
                self._check_share(2 * self.all_cycles, 1 - most, one.confidence, "sides")
            case Assists(mean_hours=mean):
                self._check_hours(self.hours(takt_s), mean, one.confidence)
            case Shifts(at_least=number, hours=hours):
                if self.all_shifts < number:
                    raise BadValue("shifts of the plan", self.all_shifts, f"{number} are asked for")
                if self.cycles * takt_s < hours * 3600:
                    least = math.ceil(hours * 3600 / takt_s)
                    raise BadValue("cycles of a shift", self.cycles, f"{hours:g} h take {least}")

    def _check_share(self, n: int, at_least: float, confidence: float, what: str) -> None:
        if self.method == "anytime":
            least = cycles_to_pass(at_least, 1 - confidence)
        else:
            least = math.ceil(math.log(1 - confidence) / math.log(at_least))
        if n < least:
            raise SetupError(
                f"Plan {self.gate!r}: {n} {what} cannot show {percent(at_least)}, even without a "
                f"failure; {least} could."
            )

    def _check_hours(self, hours: float, mean: float, confidence: float) -> None:
        if self.method == "anytime":
            least = exposure_to_pass(mean, 1 - confidence)
        else:
            least = -mean * math.log(1 - confidence)
        if hours < least:
            raise SetupError(
                f"Plan {self.gate!r}: {hours:.1f} h cannot show {mean:g} h between assists, even "
                f"without one; {least:.1f} h could."
            )


def read_plan(path: Path) -> GatePlan:
    """The plan in a TOML file. Raises SetupError, naming the place, for what is none."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(raw, GatePlan)
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SetupError(f"{path}: is no plan ({error}).") from error
