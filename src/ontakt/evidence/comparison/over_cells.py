"""Shares compared inside variations and then taken together: like with like."""

from collections.abc import Sequence

from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.joined import joined
from ontakt.evidence.statistics.intervals import wilson
from ontakt.evidence.statistics.p_value import PValue
from ontakt.evidence.statistics.stratified import Stratum, cochran_mantel_haenszel


def over_cells(strata: Sequence[Stratum], confidence: float = 0.95) -> Difference:
    """The exact test of one odds ratio over `strata`, in each of which both arms have cycles, and
    the difference with Wilson's intervals joined."""

    def bounds(k: int, n: int) -> tuple[float, float]:
        found = wilson(k, n, confidence)
        return (0.0, 1.0) if found is None else (found.low, found.high)

    tested = cochran_mantel_haenszel(strata)
    best = cochran_mantel_haenszel([(n1, n1, 0, n2) for _, n1, _, n2 in strata])
    if tested is None or best is None:
        return Difference(how="by cell")
    cells = f"over {len(strata)} variations"
    value, interval = joined(strata, bounds, confidence, f"newcombe {cells}")
    return Difference(
        how="by cell",
        value=value,
        interval=interval,
        p=PValue(tested.exact.p, f"cochran-mantel-haenszel, exact, {cells}"),
        least_p=best.exact.p,
    )
