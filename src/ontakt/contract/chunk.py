"""What a policy answers: a chunk of absolute targets, one a control tick."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ontakt.contract.spaces import Array, Side


class Belief(Struct, frozen=True):
    """What a policy says of one side. Optional: a policy that cannot say leaves it out, and the
    supervisor judges by the cell's signals alone."""

    phase: str
    done: bool = False
    gave_up: str | None = None
    """Why the policy will not go on by itself, as "jam"; None while it works."""
    retries: int = 0
    """Attempts beyond the first that the policy made on its own since it was reset."""
    confidence: float | None = None
    """0..1, None when unknown."""


class ActionChunk(Struct, frozen=True, eq=False):
    """Absolute targets for consecutive control ticks.

    `targets` has shape (T, width) in the layout of `ActionSpace`; row i is meant for control tick
    `observed_tick + i` by an asynchronous strategy, and for the i-th tick after delivery by the
    synchronous one, under which the robot stood still meanwhile.
    """

    observed_tick: int
    targets: Array
    beliefs: Mapping[Side, Belief] = {}

    @property
    def horizon(self) -> int:
        """Number of ticks that the chunk covers."""
        return int(self.targets.shape[0])


Jacobian = Literal["exact", "identity"]
"""How a correction of the denoised chunk reaches the noisy one: by the network's own derivative, as
published, or as if that derivative were the identity, as most deployed code has it."""


class Guidance(Struct, frozen=True, eq=False, kw_only=True):
    """What is left of the chunk before, for an answer that must be drawn towards it.

    Source: real-time chunking, arXiv 2506.07339. Only a policy that samples by flow can follow.
    """

    previous: Array
    """Shape (H, width), H the policy's horizon: row i is planned for tick `observed_tick + i`; past
    the end of the plan its last row is repeated."""
    inference_delay: int
    """Rows that will have been played when the answer comes (d in the paper)."""
    execution_horizon: int
    """Rows from one inference to the next (s in the paper): the last `execution_horizon` rows of
    the answer are free."""
    jacobian: Jacobian = "exact"
    max_weight: float = 5.0
    """Greatest weight of a correction (beta in the paper)."""
