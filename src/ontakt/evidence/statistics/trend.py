"""Does a proportion follow an order? A test that asks for no shape of the curve."""

from collections.abc import Sequence

import numpy as np

from ontakt.contract import BadValue
from ontakt.evidence.statistics.p_value import PValue

DRAWS = 9999
"""p is known to .004 at .05 (two standard errors)."""


def falling_trend(good: Sequence[int], n: Sequence[int], seed: int) -> PValue | None:
    """Does success fall along the rungs? Cochran (1954) and Armitage's (1955) statistic with the
    rungs' numbers as scores, compared with tables drawn under the hypothesis that all rungs are
    alike, all totals held (multivariate hypergeometric): right also where there are few failures.
    One-sided. None with less than two rungs that have trials."""
    k, trials = np.asarray(good, np.int64), np.asarray(n, np.int64)
    if len(k) != len(trials) or (k < 0).any() or (k > trials).any():
        raise BadValue("(good, n)", (list(good), list(n)), "0 <= good <= n on every rung")
    if (trials > 0).sum() < 2:
        return None
    bad = trials - k
    score = np.arange(len(k), dtype=np.float64)
    seen = float(score @ bad)
    if bad.sum() in (0, trials.sum()):
        return PValue(1.0, "cochran-armitage, drawn", seen)  # one table is possible
    chance = np.random.default_rng(np.random.SeedSequence((seed, int(trials.sum()), len(k))))
    drawn = chance.multivariate_hypergeometric(
        trials, int(bad.sum()), size=DRAWS, method="marginals"
    )
    as_far = 1 + int((drawn @ score >= seen - 1e-9).sum())  # the table that was seen is one of them
    return PValue(as_far / (1 + DRAWS), "cochran-armitage, drawn", seen)
