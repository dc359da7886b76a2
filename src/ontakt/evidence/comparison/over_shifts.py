"""Shares compared where the shifts of one arm differ among themselves: cycles are worth less."""

import math
from collections.abc import Sequence

from scipy.special import ndtri, stdtr, stdtrit

from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.dispersion import LEAST_FREEDOM, Dispersion
from ontakt.evidence.comparison.joined import joined
from ontakt.evidence.statistics.p_value import PValue
from ontakt.evidence.statistics.stratified import Stratum, cochran_mantel_haenszel

SAID = "shifts of one arm may differ by more than chance"


def over_shifts(
    strata: Sequence[Stratum], found: Dispersion, confidence: float = 0.95
) -> Difference:
    """The difference over `strata` (one, or a variation each) as if there were fewer cycles: so
    many that chance alone would make shifts differ as they do, and fewer still for how few shifts
    say so. Unknown below `LEAST_FREEDOM`: one good shift cannot be told from a good arm.

    Wilson's interval of p n* of n* for each share, joined; the test is Cochran's, Mantel's and
    Haenszel's chi-square over the dispersion, against Student's t (McCullagh and Nelder 1989).
    Two arms of 3 or 6 shifts of 130 cycles from one beta distribution (mean .9 to .99, intraclass
    correlation .01 to .03): "better" or "worse" is said, wrongly, 4 to 7 % of the time, and 11 to
    37 % where all cycles are taken for independent. One shift against three: 7 to 9 %, up to 32 %.
    """
    tail = (1 - confidence) / 2
    inflated = found.factor * float(stdtrit(found.freedom, tail) / ndtri(tail)) ** 2

    def bounds(k: int, n: int) -> tuple[float, float]:
        return _wilson(k / n, n / inflated, -float(ndtri(tail)))

    tested = cochran_mantel_haenszel(strata)
    if tested is None:
        return Difference(how="by shift")
    how = f"over shifts, {found.factor:.2g} times the variance"
    value, interval = joined(strata, bounds, confidence, f"newcombe {how}")
    if found.freedom < LEAST_FREEDOM:
        why = f"{SAID}, and there are too few of them to tell what another one would show"
        return Difference(how="by shift", value=value, warning=why)
    distance = math.sqrt((tested.chi_square.statistic or 0.0) / found.factor)
    return Difference(
        how="by shift",
        value=value,
        interval=interval,
        p=PValue(2 * float(stdtr(found.freedom, -distance)), f"student's t {how}"),
        least_p=0.0,
        warning=f"{SAID}: a cycle counts for {1 / found.factor:.2g}",
    )


def _wilson(p: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's score interval for a share `p` of `n`, whole or not."""
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)
