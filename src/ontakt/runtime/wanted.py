"""What a drive asks of one side for one tick, before the guard has seen it."""

from msgspec import Struct

from ontakt.contract import Array


class Wanted(Struct, frozen=True, eq=False):
    """One side's target, absolute, with the tick of the observation that it rests on."""

    target: Array
    """Shape (8,): position [m], quaternion wxyz, opening [m], as in `contract.spaces`."""
    observed_tick: int
