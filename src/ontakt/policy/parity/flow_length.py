"""How many Euler steps a dumped flow had, told by the names beside it."""

from collections.abc import Set

from ontakt.policy.parity.evaluation import NotComparable
from ontakt.policy.xr0.flow import STEPS


def flow_length(named: Set[int], done: Set[int]) -> int:
    """Steps of the run whose states after `done` steps are named, where the answers of runs with
    `named` numbers of steps are.

    The run whose answer is the last named state, or else the only one; without an answer of any
    length, as many steps as a gapless series of states has, and else the usual 5. Raises
    NotComparable where several would do.
    """
    last = max(done, default=0)
    if last in named:
        return last
    if len(named) == 1 and last <= max(named):
        return max(named)
    if named and STEPS in named and last <= STEPS:
        return STEPS
    if named:
        raise NotComparable(
            f"states after {last} steps, and runs of {sorted(named)} steps: it is not told of which"
        )
    gapless = done >= set(range(1, last + 1)) and last > 1
    return last if gapless else max(last, STEPS)
