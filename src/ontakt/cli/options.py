"""What a shift depends on, as its command line says it."""

from dataclasses import dataclass
from typing import Literal

from ontakt.contract import BadValue, SetupError

LONGEST_H = 10_000.0
"""Hours that a shift may be planned for, more than a year: beyond it something was mistyped."""
LONGEST_TAKT_S = 86_400.0
"""A day for one part."""


@dataclass(frozen=True)
class ShiftOptions:
    """What a shift is: everything that its events depend on."""

    station: str
    robot: str | None
    policy: str
    cycles: int | None
    hours: float | None
    takt: float | None
    seed: int
    variation: tuple[str, ...]
    latency: str
    strategy: str = "sync"
    clock: Literal["virtual", "wall"] = "virtual"
    operator: str = "model"

    def __post_init__(self) -> None:
        """Refuse what cannot be worked. Raises BadValue or SetupError."""
        if self.cycles is not None and self.hours is not None:
            raise SetupError("--cycles and --hours exclude each other; give one.")
        if self.cycles is not None and self.cycles < 1:
            raise BadValue("--cycles", self.cycles, "a shift has at least 1 cycle")
        if self.hours is not None and not 0 < self.hours <= LONGEST_H:
            why = f"a shift lasts longer than 0 hours and at most {LONGEST_H:g}"
            raise BadValue("--hours", self.hours, why)
        if self.takt is not None and not 0 < self.takt <= LONGEST_TAKT_S:
            why = f"takt is longer than 0 seconds and at most {LONGEST_TAKT_S:g}"
            raise BadValue("--takt", self.takt, why)
        if self.seed < 0:
            raise BadValue("--seed", self.seed, "a seed is 0 or greater")

    @property
    def happens_once(self) -> bool:
        """True where no two shifts are the same, whatever their options: time or people differ."""
        return self.clock == "wall" or self.operator != "model"

    def command(self) -> tuple[str, ...]:
        """The command line that works this shift again; where its files go is no part of it."""
        plan = ("--cycles", str(self.cycles)) if self.cycles else ("--hours", repr(self.hours))
        robot = () if self.robot is None else ("--robot", self.robot)
        takt = () if self.takt is None else ("--takt", repr(self.takt))
        people = () if self.operator == "model" else ("--operator", self.operator)
        return (
            "ontakt", "shift", self.station, "--policy", self.policy, *robot, *plan, *takt,
            "--seed", str(self.seed), "--variation", *self.variation, "--latency", self.latency,
            "--strategy", self.strategy, "--clock", self.clock, *people,
        )  # fmt: skip


def check_planned_latency(latency: str) -> None:
    """What a plan registers must say beforehand how long the policy thinks. Raises SetupError."""
    if latency == "measured":
        raise SetupError(
            "--latency measured changes with what else the machine does; give fixed:MS or "
            "trace:FILE, so that the plan says what it will be."
        )
