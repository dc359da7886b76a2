"""Up to where success holds and from where on it does not: two fixed sequences along a ladder."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from ontakt.evidence.comparison.holm import holm
from ontakt.evidence.envelope.rung import Rung
from ontakt.evidence.statistics.isotonic import crossing, falling
from ontakt.evidence.statistics.two_proportions import compare_proportions

RULE = (
    "From the calm end on, rung by rung, the one-sided exact lower bound of the success is held "
    "against the reliability; the first rung that does not reach it ends the sequence, and "
    "'holds up to' is the rung before it. From the harsh end back, the one-sided exact upper bound "
    "is held against it in the same way; 'fails from' is the last rung on which it lies below. The "
    "order was fixed before the first cycle and a sequence ends at its first miss, so each of both "
    "says something wrong about any rung with no more than the error of a single bound (Maurer, "
    "Hothorn and Lehmacher 1995). Between the two nothing is shown. Every axis is a statement of "
    "its own: six of them are not all right with the confidence of one."
)
RISES = 0.05
"""Below it one may say that a harsher rung is better than a calmer one."""


class Limit(Struct, frozen=True, kw_only=True):
    """What a ladder says of its axis; values are in the axis's own unit."""

    axis: str
    unit: str
    reliability: float
    """That rungs are held against."""
    confidence: float
    """Of `holds_up_to` and of `fails_beyond`, each."""
    holds_up_to: float | None
    """The harshest rung up to which every rung is shown to reach the reliability; None for none."""
    whole: bool
    """`holds_up_to` is the ladder's harsh end."""
    fails_beyond: float | None
    """The calmest rung from which on every rung is shown not to reach it; None for none."""
    estimate: float | None
    """Where success crosses the reliability, by the best falling fit, linear between rungs; None
    where the fit does not cross it or success does not fall."""
    low: float | None
    high: float | None
    """Between these rungs, in the order of the ladder, the crossing lies; an end that nothing shows
    is None and the ladder's own end. Each end holds with `confidence` if success only falls."""
    failure: str | None
    """The most frequent failure where it fails, or else of all bad cycles on the ladder."""
    failures: int
    """How many of `bad` cycles it decided."""
    bad: int
    at_worst: float | None
    """Success on the harshest rung."""
    rises: tuple[float, float] | None
    """Two rungs, the harsher one shown to be better: success does not only fall."""


def find_limit(
    axis: str, unit: str, rungs: Sequence[Rung], reliability: float, confidence: float
) -> Limit:
    """Read `rungs`, which stand from calm to harsh.

    Fixed-sequence testing of ordered hypotheses (Maurer, Hothorn and Lehmacher 1995; Westfall and
    Krishen 2001): each rung is tested at the full error 1 - `confidence` as long as all before it
    were shown. A wrong claim about some rung means that the first rung of which it would be wrong
    was shown, one test of that error, whatever the rungs have in common. Nothing is assumed of the
    curve. That the crossing lies between both claims does assume that success only falls.
    """
    held = 0
    while held < len(rungs) and _shown(rungs[held], reliability):
        held += 1
    failed = len(rungs)
    while failed and _refuted(rungs[failed - 1], reliability):
        failed -= 1
    rises = _rises(rungs)
    places = [rung.value for rung in rungs]
    where = None
    if rises is None and all(rung.n for rung in rungs):
        fit = falling([rung.good for rung in rungs], [rung.n for rung in rungs])
        where = crossing(places, list(fit), reliability)
    counted = rungs[failed:] if failed < len(rungs) else rungs
    modes: Counter[str] = Counter()
    for rung in counted:
        modes.update(rung.failures)
    name, often = min(modes.items(), key=lambda item: (-item[1], item[0])) if modes else (None, 0)
    return Limit(
        axis=axis,
        unit=unit,
        reliability=reliability,
        confidence=confidence,
        holds_up_to=places[held - 1] if held else None,
        whole=held == len(rungs),
        fails_beyond=places[failed] if failed < len(rungs) else None,
        estimate=where,
        low=places[held - 1] if held else None,
        high=places[failed] if failed < len(rungs) else None,
        failure=name,
        failures=often,
        bad=sum(modes.values()),
        at_worst=rungs[-1].share,
        rises=rises,
    )


def _shown(rung: Rung, reliability: float) -> bool:
    return rung.at_least is not None and rung.at_least >= reliability


def _refuted(rung: Rung, reliability: float) -> bool:
    return rung.at_most is not None and rung.at_most < reliability


def _rises(rungs: Sequence[Rung]) -> tuple[float, float] | None:
    """The pair of rungs that speaks most against a success that only falls; None where none does
    with all pairs taken into account."""
    pairs = [(a, b) for k, a in enumerate(rungs) for b in rungs[k + 1 :] if a.n and b.n]
    ps = []
    for calm, harsh in pairs:
        if harsh.good * calm.n <= calm.good * harsh.n:  # not better: p is above one half
            ps.append(1.0)
            continue
        found = compare_proportions(harsh.good, harsh.n, calm.good, calm.n, "fisher", "greater")
        ps.append(1.0 if found is None else found.p)
    adjusted = holm(ps)
    if not adjusted or min(adjusted) >= RISES:
        return None
    calm, harsh = pairs[adjusted.index(min(adjusted))]
    return calm.value, harsh.value
