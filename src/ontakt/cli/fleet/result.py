"""What becomes of the orders of an experiment."""

from dataclasses import dataclass

from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder


@dataclass(frozen=True)
class ShiftDone:
    """It was worked to its end and lies in its folder."""

    order: ShiftOrder
    kept: KeptShift


@dataclass(frozen=True)
class ShiftFailed:
    """It could not be worked, twice; nothing of it is kept."""

    order: ShiftOrder
    reason: str


ShiftResult = ShiftDone | ShiftFailed
