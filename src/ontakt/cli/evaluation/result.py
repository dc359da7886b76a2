"""What came of one episode."""

from collections.abc import Mapping

from msgspec import Struct

from ontakt.contract import CellStats, Side
from ontakt.contract.job import Job


class Fault(Struct, frozen=True):
    """What was wrong with one side at the end."""

    mode: str
    """no_grasp, drop, not_seated, timeout, guard or error of a side in the job; wrong_side or moved
    of one that was to be left alone."""
    reason: str
    """In words, with figures."""


class EpisodeResult(Struct, frozen=True, kw_only=True, tag="episode"):
    """A pure function of plan and index."""

    index: int
    instruction: str
    job: Job
    faults: Mapping[Side, Fault]
    """Sides that are not as the order wants them."""
    time_s: float | None
    """Until the job was done; None where it was not."""
    stats: CellStats

    @property
    def good(self) -> bool:
        """The order was obeyed: what was ordered is good, the rest left alone."""
        return not self.faults
