"""More than two arms: are they alike at all, and if not, which pairs are not?"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from msgspec import Struct
from scipy.special import fdtrc
from scipy.stats import combine_pvalues

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.cochran_q import cochran_q
from ontakt.evidence.comparison.difference import How
from ontakt.evidence.comparison.dispersion import LEAST_FREEDOM, SEED
from ontakt.evidence.comparison.figure import finite
from ontakt.evidence.comparison.holm import holm
from ontakt.evidence.comparison.paired_shares import verdicts
from ontakt.evidence.comparison.parts import Parts
from ontakt.evidence.comparison.share import Share
from ontakt.evidence.comparison.two_arms import compare_share_of_pair
from ontakt.evidence.comparison.unpaired_shares import Total, by_variation, dispersed, total
from ontakt.evidence.sentence import Word, comparison
from ontakt.evidence.statistics.homogeneity import homogeneity
from ontakt.evidence.statistics.p_value import PValue


class Alike(Struct, frozen=True):
    """The test that all arms are alike."""

    p: PValue | None
    """None where fewer than two arms have data."""
    least_p: float
    """The least p that any outcome of so many trials could give."""


class Pair(Struct, frozen=True, kw_only=True):
    """Two of several arms."""

    first: str
    second: str
    word: Word
    """Of the first against the second, by the adjusted p and the interval."""
    how: How
    difference: float | None
    low: float | None
    high: float | None
    """Of an interval that holds by itself."""
    p: float | None
    adjusted_p: float | None
    """After Holm, over all pairs."""
    test: str | None


def all_alike(share: Share, arms: Sequence[Arm], parts: Parts) -> Alike:
    """Tests that `share` is the same in all `arms`: on the parts that all worked Cochran's Q; else
    homogeneity, and where the shifts of one arm differ its chi-square over theirs, as an analysis
    of variance has it."""
    if parts.paired and share.whole_cycles:
        columns, _ = verdicts(share, tuple(arms), parts)
        hits = np.array(columns, np.bool_).T
        most = np.zeros_like(hits)
        most[:, 0] = True
        return Alike(cochran_q(hits, SEED) if len(hits) else None, cochran_q(most, SEED).p)
    unlike = dispersed(share, arms)
    if unlike is None:
        return _in_cells(share, arms)
    totals = [one for one in (total(share.counts(arm)) for arm in arms) if one[1]]
    found = homogeneity(totals, SEED)
    if found is None or found.statistic is None or unlike.freedom < LEAST_FREEDOM:
        return Alike(None, 1.0)
    ratio = found.statistic / (len(totals) - 1) / unlike.factor
    p = float(fdtrc(len(totals) - 1, unlike.freedom, ratio))
    return Alike(PValue(p, "chi-square over the spread of shifts, fisher's f", ratio), 0.0)


def _in_cells(share: Share, arms: Sequence[Arm]) -> Alike:
    """Homogeneity of all cycles; inside variations and then together (Fisher 1932) where all arms
    worked the same two or more."""
    each = [by_variation(share, arm) for arm in arms]
    same = len(each[0]) > 1 and all(set(one) == set(each[0]) for one in each)
    cells = (
        [[total(one[cell]) for one in each] for cell in each[0]]
        if same
        else [[total(share.counts(arm)) for arm in arms]]
    )
    found = [one for one in (homogeneity(cell, SEED) for cell in cells) if one is not None]
    if not found:
        return Alike(None, 1.0)
    extreme = (homogeneity(_extreme(cell), SEED) for cell in cells)
    least = [one.p for one in extreme if one is not None]
    if len(found) == 1:
        return Alike(found[0], min(least))
    test = f"homogeneity in {len(found)} variations, fisher's sum"
    p = float(combine_pvalues([one.p for one in found], "fisher").pvalue)
    return Alike(PValue(p, test), float(combine_pvalues(least, "fisher").pvalue))


def _extreme(totals: Sequence[Total]) -> list[Total]:
    """The first arm that has cycles all good, the others all bad."""
    known = [n for _, n in totals if n]
    return [(n if k == 0 else 0, n) for k, n in enumerate(known)]


def pairs(share: Share, arms: Sequence[Arm]) -> tuple[Pair, ...]:
    """All pairs of `arms`, their p adjusted by Holm's rule."""
    each = list(combinations(arms, 2))
    unlike = dispersed(share, arms)
    found = [compare_share_of_pair(share, first, second, unlike) for first, second in each]
    known = [k for k, one in enumerate(found) if one.p is not None]
    adjusted = dict(zip(known, holm([_p(found[k].p) for k in known]), strict=True))
    told = []
    for k, ((first, second), one) in enumerate(zip(each, found, strict=True)):
        p = adjusted.get(k)
        said = comparison(one.interval, p, one.least_p, higher_is_better=share.higher_is_better)
        told.append(
            Pair(
                first=first.name,
                second=second.name,
                word=said.word,
                how=one.how,
                difference=one.value,
                low=None if one.interval is None else finite(one.interval.low),
                high=None if one.interval is None else finite(one.interval.high),
                p=None if one.p is None else one.p.p,
                adjusted_p=p,
                test=None if one.p is None else one.p.test,
            )
        )
    return tuple(told)


def most_apart(share: Share, arms: Sequence[Arm], confidence: float = 0.95) -> float | None:
    """How far any two arms may lie apart, with `confidence` for all pairs at once (Bonferroni);
    None where a pair has no interval."""
    each = list(combinations(arms, 2))
    alone = 1 - (1 - confidence) / len(each)
    unlike, ends = dispersed(share, arms), []
    for first, second in each:
        found = compare_share_of_pair(share, first, second, unlike, alone, tested=False)
        interval = found.interval
        if interval is None:
            return None
        ends += [-interval.low, interval.high]
    return max(ends)


def _p(found: PValue | None) -> float:
    return 1.0 if found is None else found.p
