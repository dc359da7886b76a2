"""Do the shifts of one arm differ by more than chance? Then a cycle counts for less than one."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy.stats import combine_pvalues

from ontakt.evidence.statistics.clustering import Counts
from ontakt.evidence.statistics.homogeneity import POOL, homogeneity

SEED = 0
"""Of drawn tables: the same shifts give the same page."""
LEAST_FREEDOM = 2
"""From one degree of freedom, two shifts of one arm, an interval reaches over half the scale."""


class Dispersion(Struct, frozen=True):
    """How shifts of one arm differ, all arms taken together."""

    factor: float
    """Variance of a shift's count against that of as many independent cycles; at least 1."""
    freedom: int
    """Degrees of freedom that it is known with: shifts beyond the first of each group."""


def dispersion(groups: Sequence[Counts]) -> Dispersion | None:
    """Of shifts within `groups` that should be alike (an arm, or an arm in one variation); None
    where they are: where the groups' tests of homogeneity, taken together as Fisher (1932) does,
    give p of `POOL` or more.

    The factor is Pearson's chi-square over its degrees of freedom (Wedderburn 1974); groups all
    good or all bad tell nothing and are left out of both.
    """
    found = [homogeneity(counts, SEED) for counts in groups]
    ps = [one.p for one in found if one is not None]
    if not ps or float(combine_pvalues(ps, "fisher").pvalue) >= POOL:
        return None
    spread, freedom = 0.0, 0
    for counts in groups:
        table = np.array([one for one in counts if one[1]], np.float64).reshape(-1, 2)
        k, n = table.T
        share = float(k.sum() / n.sum()) if len(n) else 0.0
        if len(n) > 1 and 0 < share < 1:
            spread += float(((k - n * share) ** 2 / n).sum()) / (share * (1 - share))
            freedom += len(n) - 1
    return Dispersion(max(1.0, spread / freedom), freedom)
