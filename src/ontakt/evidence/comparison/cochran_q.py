"""Did the same parts come out alike in three or more arms?"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from ontakt.contract import BadValue
from ontakt.evidence.statistics.p_value import PValue

DRAWS = 9999
"""p is known to .004 at .05 (two standard errors)."""
MANY = 200
"""Parts that did not come out alike everywhere, beyond which the chi-square distribution serves."""
_AT_A_TIME = 200


def cochran_q(hits: NDArray[np.bool_], seed: int) -> PValue:
    """Cochran's Q (1950): McNemar's question for `hits` of shape (parts, arms). A part that came
    out alike in all arms says nothing; the others' verdicts are dealt anew among the arms, each
    part's own, `DRAWS` times by `seed`. p is 1 where all parts came out alike."""
    if hits.ndim != 2 or hits.shape[1] < 2:
        raise BadValue("shape of the hits", hits.shape, "(parts, arms), at least 2 arms")
    arms = hits.shape[1]
    good = hits.sum(axis=1)
    telling = hits[(good > 0) & (good < arms)]
    if not len(telling):
        return PValue(1.0, "cochran's q, drawn", 0.0)
    good = telling.sum(axis=1)
    scale = (arms - 1) / float((good * (arms - good)).sum())
    middle = good.sum() / arms

    def statistic(totals: NDArray[np.int64]) -> NDArray[np.float64]:
        spread: NDArray[np.float64] = scale * arms * ((totals - middle) ** 2).sum(axis=-1)
        return spread

    seen = float(statistic(telling.sum(axis=0)))
    if len(telling) > MANY:
        return PValue(float(chi2.sf(seen, arms - 1)), "cochran's q", seen)
    chance = np.random.default_rng(np.random.SeedSequence((seed, *hits.shape)))
    as_far = 1  # what was seen is one of those that chance gives
    for first in range(0, DRAWS, _AT_A_TIME):
        draws = min(_AT_A_TIME, DRAWS - first)
        dealt = chance.permuted(np.broadcast_to(telling, (draws, *telling.shape)), axis=2)
        as_far += int((statistic(dealt.sum(axis=1)) >= seen * (1 - 1e-9)).sum())
    return PValue(as_far / (1 + DRAWS), "cochran's q, drawn", seen)
