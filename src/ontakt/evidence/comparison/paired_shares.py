"""A share compared on the same parts."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Cells, Difference
from ontakt.evidence.comparison.dispersion import SEED
from ontakt.evidence.comparison.parts import Parts, Rows
from ontakt.evidence.comparison.share import Column, Share
from ontakt.evidence.statistics.clustering import LEAST_SHIFTS
from ontakt.evidence.statistics.homogeneity import POOL, homogeneity
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.mcnemar import mcnemar
from ontakt.evidence.statistics.p_value import PValue
from ontakt.evidence.statistics.paired import paired_difference


def verdicts(share: Share, arms: tuple[Arm, ...], parts: Parts) -> tuple[list[Column], Rows]:
    """Hits of each arm over the parts that count in all of them, and the shift of each part."""
    found = [share.of(arm.table) for arm in arms]
    known = np.ones(len(parts.shift), np.bool_)
    for (_, among), rows in zip(found, parts.rows, strict=True):
        known &= among[rows] > 0
    hits = [column[rows][known] for (column, _), rows in zip(found, parts.rows, strict=True)]
    return hits, parts.shift[known]


def paired_share(
    share: Share, first: Arm, second: Arm, parts: Parts, confidence: float = 0.95
) -> Difference:
    """`share` of `first` minus that of `second` over `parts`: McNemar's exact test and an interval
    for paired proportions.

    Chance that both arms share, a hard part or a hard shift, falls out. A difference that changes
    from shift to shift does not: unless the shifts' changed parts are alike (`homogeneity`, p of
    `POOL` or more), shifts are the unit, by Student's t over their differences. Over 2 to 6 shifts
    of 130 parts in which who gains is drawn anew, "better" or "worse" is wrong 3 to 9 % of the time
    so, and 3 to 37 % if all parts are taken for independent (two shifts: up to 16 and 34 %).
    """
    (a, b), shift = verdicts(share, (first, second), parts)
    a, b = a.astype(np.bool_), b.astype(np.bool_)
    gained, lost = a & ~b, b & ~a
    cells = Cells(
        both=int((a & b).sum()),
        first=int(gained.sum()),
        second=int(lost.sum()),
        neither=int((~a & ~b).sum()),
    )
    if not cells.n:
        return Difference(how="paired", cells=cells)
    each = np.unique(shift)
    turned = [(int(gained[shift == s].sum()), int((gained | lost)[shift == s].sum())) for s in each]
    unlike = homogeneity(turned, SEED)
    if unlike is not None and unlike.p < POOL:
        return _over_shifts(gained.astype(np.float64) - lost, shift, cells, confidence)
    return Difference(
        how="paired",
        value=(cells.first - cells.second) / cells.n,
        interval=paired_difference(cells.first, cells.second, cells.n, confidence),
        p=mcnemar(cells.first, cells.second),
        least_p=mcnemar(cells.n, 0).p,
        cells=cells,
    )


def _over_shifts(
    turned: NDArray[np.float64], shift: Rows, cells: Cells, confidence: float
) -> Difference:
    """The mean difference, part by part, with the spread that shifts show; never less than that of
    as many independent parts. `turned` is 1 for a part that is good in the first arm only, -1 for
    one that is good in the second only."""
    each, place = np.unique(shift, return_inverse=True)
    n = np.bincount(place).astype(np.float64)
    gain = np.bincount(place, weights=turned)
    value, count = float(turned.mean()), len(each)
    said = "the difference may change from shift to shift"
    if count < LEAST_SHIFTS:
        why = f"{said}, and {count} shifts are too few to tell what another one would show"
        return Difference(how="by shift", value=value, cells=cells, warning=why)
    spread = count / (count - 1) * float(((gain - value * n) ** 2).sum())
    error = math.sqrt(max(spread, float(((turned - value) ** 2).sum()))) / float(n.sum())
    reach = float(stdtrit(count - 1, (1 + confidence) / 2)) * error
    method = f"student's t over {count} shifts"
    return Difference(
        how="by shift",
        value=value,
        interval=Interval(max(-1.0, value - reach), min(1.0, value + reach), confidence, method),
        p=PValue(2 * float(stdtr(count - 1, -abs(value) / error)), method),
        least_p=0.0,
        cells=cells,
        warning=f"{said}: shifts, not parts, are what is counted",
    )
