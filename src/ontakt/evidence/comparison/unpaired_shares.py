"""A share compared on different parts."""

from collections.abc import Mapping, Sequence

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.dispersion import Dispersion, dispersion
from ontakt.evidence.comparison.over_cells import over_cells
from ontakt.evidence.comparison.over_shifts import over_shifts
from ontakt.evidence.comparison.share import Share
from ontakt.evidence.statistics.clustering import Counts
from ontakt.evidence.statistics.stratified import Stratum
from ontakt.evidence.statistics.two_proportions import compare_proportions, newcombe

Variation = tuple[tuple[str, str], ...]
Total = tuple[int, int]


def unpaired_share(
    share: Share,
    first: Arm,
    second: Arm,
    unlike: Dispersion | None,
    confidence: float = 0.95,
    *,
    tested: bool = True,
) -> Difference:
    """`share` of `first` minus that of `second`: inside variations and then together, where both
    worked the same two or more; else all cycles together. Where shifts of one arm are `unlike` a
    cycle counts for less. Without `tested` p may be missing: exact ones take time."""
    one, other = (by_variation(share, arm) for arm in (first, second))
    same = set(one) == set(other)
    strata: list[Stratum] = [(*total(one[cell]), *total(other[cell])) for cell in one if same]
    strata = [s for s in strata if s[1] and s[3]]
    if len(strata) < 2:
        strata = [(*total(share.counts(first)), *total(share.counts(second)))]
    if not (strata[0][1] and strata[0][3]):
        return Difference(how="unpaired")
    if unlike is not None:
        return over_shifts(strata, unlike, confidence)
    if len(strata) > 1:
        return over_cells(strata, confidence)
    return _together(strata[0], confidence, tested=tested)


def dispersed(share: Share, arms: Sequence[Arm]) -> Dispersion | None:
    """How far shifts of one arm differ; of one arm in one variation where all arms worked the same
    ones, for these are meant to differ."""
    each = [by_variation(share, arm) for arm in arms]
    if all(set(one) == set(each[0]) for one in each):
        return dispersion([counts for one in each for counts in one.values()])
    return dispersion([share.counts(arm) for arm in arms])


def total(counts: Counts) -> Total:
    """All shifts as one."""
    return sum(k for k, _ in counts), sum(n for _, n in counts)


def by_variation(share: Share, arm: Arm) -> Mapping[Variation, list[Total]]:
    """Hits and all of each shift of `arm`, by the variation that it was worked in."""
    found: dict[Variation, list[Total]] = {}
    for started, counts in zip(arm.starts, share.counts(arm), strict=True):
        found.setdefault(tuple(sorted(started.variation.items())), []).append(counts)
    return found


def _together(stratum: Stratum, confidence: float, *, tested: bool) -> Difference:
    k1, n1, k2, n2 = stratum
    best = compare_proportions(n1, n1, 0, n2) if tested else None
    return Difference(
        how="unpaired",
        value=k1 / n1 - k2 / n2,
        interval=newcombe(*stratum, confidence),
        p=compare_proportions(*stratum) if tested else None,
        least_p=1.0 if best is None else best.p,
    )
