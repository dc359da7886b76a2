"""What a station obeys. Only `runtime.guard` makes one; a test of the architecture holds it."""

from msgspec import Struct

from ontakt.contract.spaces import Array


class Command(Struct, frozen=True, eq=False):
    """One checked target for one control tick."""

    tick: int
    target: Array
    """Shape (width,), layout of `ActionSpace`."""
    grip_force: float
    """Upper bound of the force on a pad [N]."""
    hold: bool = False
    """True when the guard replaced the wanted target by the one before."""
