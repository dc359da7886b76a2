"""Did the same parts come out better one way than the other?"""

from scipy.stats import binomtest

from ontakt.contract import BadValue
from ontakt.evidence.statistics.p_value import Alternative, PValue


def mcnemar(gains: int, losses: int, alternative: Alternative = "two-sided") -> PValue:
    """Exact test (McNemar 1947, as a sign test) of p(gain) = p(loss), over parts tried both ways:
    `gains` good only the second time, `losses` only the first. "greater" asks whether gains are
    likelier. Without a changed part p is 1; the approximation with a continuity correction gives 0
    there. `mcnemar(n, 0).p` is the least p that `n` parts can give.
    """
    if min(gains, losses) < 0:
        raise BadValue("(gains, losses)", (gains, losses), "neither may be negative")
    changed = gains + losses
    p = float(binomtest(gains, changed, 0.5, alternative).pvalue) if changed else 1.0
    return PValue(p, "mcnemar, exact")
