"""Two ways compared inside strata (variation cells, stations, shifts), then taken together.

A stratum compares like with like: what makes one cell hard is hard for both ways. Adding the counts
up first instead can turn a difference around (Simpson 1951).
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import chi2, hypergeom, norm

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.p_value import PValue

Stratum = tuple[int, int, int, int]
"""k1, n1, k2, n2: good and all of the first way, good and all of the second."""


class Stratified(Struct, frozen=True, kw_only=True):
    """Whether the odds of a good part are the same both ways, over all strata."""

    strata: int
    """Strata that can tell: both ways tried, and neither all good nor all bad together."""
    chi_square: PValue
    """Cochran (1954), Mantel and Haenszel (1959), 1 degree of freedom, no continuity correction."""
    exact: PValue
    """The same hypothesis without the approximation, which is rough where failures are few."""
    odds_ratio: float | None
    """Mantel and Haenszel's, way 1 to way 2; infinite where way 2 gained nothing that way 1 did
    not. None when no stratum can tell."""
    interval: Interval | None
    """For the odds ratio; None where that is 0, infinite or unknown."""


def cochran_mantel_haenszel(
    strata: Sequence[Stratum], confidence: float = 0.95
) -> Stratified | None:
    """Compares two ways over `strata`. None when no stratum tried both ways."""
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    for stratum in strata:
        k1, n1, k2, n2 = stratum
        if not (0 <= k1 <= n1 and 0 <= k2 <= n2):
            raise BadValue("stratum (k1, n1, k2, n2)", stratum, "each obeys 0 <= k <= n")
    both = [one for one in strata if one[1] and one[3]]
    if not both:
        return None
    telling = [one for one in both if 0 < one[0] + one[2] < one[1] + one[3]]
    good1, all1, good2, all2 = np.array(telling, dtype=np.float64).reshape(-1, 4).T
    n, good = all1 + all2, good1 + good2
    excess = float((good1 - all1 * good / n).sum())
    variance = float((all1 * all2 * good * (n - good) / (n**2 * (n - 1))).sum())
    statistic = excess**2 / variance if telling else 0.0
    r, s = good1 * (all2 - good2) / n, good2 * (all1 - good1) / n
    ratio = _ratio(float(r.sum()), float(s.sum()))
    return Stratified(
        strata=len(telling),
        chi_square=PValue(float(chi2.sf(statistic, 1)), "cochran-mantel-haenszel", statistic),
        exact=PValue(_exact(telling), "conditional over strata, exact"),
        odds_ratio=ratio,
        interval=_interval(ratio, r, s, (good1 + all2 - good2) / n, confidence),
    )


def _ratio(r: float, s: float) -> float | None:
    if s:
        return r / s
    return math.inf if r else None


def _exact(telling: Sequence[Stratum]) -> float:
    """Probability, with every stratum's totals held, of sums of k1 that are no likelier than the
    one that was seen (two-sided as R's mantelhaen.test, exact = TRUE)."""
    chances, least = np.ones(1), 0
    for k1, n1, k2, n2 in telling:
        few, many = max(0, k1 + k2 - n2), min(n1, k1 + k2)
        pmf = hypergeom.pmf(np.arange(few, many + 1), n1 + n2, k1 + k2, n1)
        chances, least = np.convolve(chances, pmf), least + few
    seen = chances[sum(one[0] for one in telling) - least]
    return min(1.0, float(chances[chances <= seen * (1 + 1e-7)].sum()))


def _interval(
    ratio: float | None,
    r: NDArray[np.float64],
    s: NDArray[np.float64],
    agree: NDArray[np.float64],
    confidence: float,
) -> Interval | None:
    """Robins, Breslow and Greenland (1986): normal on the logarithm, good for few large strata and
    for many small ones."""
    if ratio is None or not 0 < ratio < math.inf:
        return None
    R, S, rest = r.sum(), s.sum(), 1 - agree
    variance = (
        (agree * r).sum() / (2 * R**2)
        + (agree * s + rest * r).sum() / (2 * R * S)
        + (rest * s).sum() / (2 * S**2)
    )
    factor = math.exp(float(norm.isf((1 - confidence) / 2)) * math.sqrt(float(variance)))
    return Interval(ratio / factor, ratio * factor, confidence, "robins-breslow-greenland")
