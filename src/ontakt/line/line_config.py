"""`[line]` of a station file: takt, what the robot may try by itself, and the neighbours."""

from typing import Literal

from msgspec import Struct, field

from ontakt.contract import StopCategory
from ontakt.contract.units import Seconds
from ontakt.line.supervisor_config import MODES

OnFailure = Literal["mark", "call"]
"""Let the part go marked NOK, or call a person."""


class LineConfig(Struct, frozen=True, kw_only=True):
    """A plant's choices for one station on its line."""

    takt: Seconds
    """From part to part."""
    minor_stop: Seconds
    """Stops up to this long are minor stops, longer ones breakdowns."""

    recoveries: int
    """Attempts beyond the first that the line orders, per side and cycle."""
    least_time: Seconds
    """Time that must be left before the next beat for another attempt to begin."""
    recoverable: tuple[str, ...]
    """Failure modes after which the robot may try again by itself."""
    on_failure: dict[str, OnFailure] = field(default_factory=dict)
    """What happens when the budget is used up, by mode; a mode that is not named calls."""
    marks_before_call: int = 3
    """So many marked parts in a row call a person whatever the mode."""
    homing_limit: Seconds = 20.0
    """An arm that is not home by then needs a person."""
    protective_stop: StopCategory = StopCategory.CONTROLLED
    """How the machine stops when the guard stopped the robot: a category of IEC 60204-1."""

    upstream_gap_per_h: float = 0.0
    """How often no part comes, per hour (a Poisson process); 0 for never."""
    upstream_gap: Seconds = 60.0
    """Mean length of such a gap (exponential)."""
    downstream_block_per_h: float = 0.0
    """How often a finished part cannot leave, per hour; 0 for never."""
    downstream_block: Seconds = 60.0
    """Mean length of such a block."""

    def __post_init__(self) -> None:
        """Refuse values that no line has. Raises ValueError."""
        for mode in (*self.recoverable, *self.on_failure):
            if mode not in MODES:
                raise ValueError(f"unknown failure mode {mode!r}; known: {', '.join(MODES)}")
        for name in ("takt", "homing_limit", "upstream_gap", "downstream_block"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be longer than 0 s")
        for name in ("upstream_gap_per_h", "downstream_block_per_h", "recoveries", "least_time"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if self.marks_before_call < 1:
            raise ValueError("marks_before_call must be at least 1")
