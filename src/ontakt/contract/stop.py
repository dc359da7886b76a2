"""How a machine stops: the stop categories of IEC 60204-1, and what a stopped robot is doing."""

from enum import IntEnum
from typing import Literal


class StopCategory(IntEnum):
    """A lower number is the harder stop."""

    IMMEDIATE = 0
    """The drives lose their power at once, whatever moves; a body that could fall takes a safe
    posture first."""
    CONTROLLED = 1
    """The arms are brought to a stand, then the drives lose their power."""
    STANDING = 2
    """The arms are brought to a stand and the drives hold them."""


StopPhase = Literal["running", "posture", "braking", "standing", "unpowered"]
"""`running` is no stop. `posture` and `braking` end by themselves, `standing` and `unpowered` only
by `Cell.restart`: a person's command."""
