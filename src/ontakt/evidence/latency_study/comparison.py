"""Two cells of a study, part by part: the same parts, so what differs is strategy and latency."""

from msgspec import Struct

from ontakt.evidence.latency_study.cell_run import CellRun
from ontakt.evidence.latency_study.estimate import Estimate, estimate, ratio
from ontakt.evidence.statistics.paired import paired_difference

ENDS = 0.9
"""Confidence of a two-sided interval of which each end holds with 95 %."""


class Comparison(Struct, frozen=True, kw_only=True):
    """A cell against another on the same parts."""

    against: str
    """Folder of the other cell."""
    pairs: int
    """Parts that both cells worked and whose result is known in both."""
    losses: int
    """Good there, not good here."""
    gains: int
    """Good here, not good there."""
    success: Estimate
    """Difference of the share of good parts; each end of its interval holds with 95 %."""
    cycle_s: Estimate
    """Mean difference of the cycle time [s], over pairs that the robot ended by itself in both."""


def compare(here: CellRun, there: CellRun, seed: int) -> Comparison:
    """`here` against `there`, by cycle number. A part whose variation was not the same in both is
    no pair."""
    others = {w.record.cycle: w for w in there.worked}
    pairs = [
        (w, others[w.record.cycle])
        for w in here.worked
        if w.record.cycle in others
        and w.record.variation == others[w.record.cycle].record.variation
    ]
    judged = [
        (bool(a.record.both_ok), bool(b.record.both_ok))
        for a, b in pairs
        if a.record.both_ok is not None and b.record.both_ok is not None
    ]
    gains = sum(a and not b for a, b in judged)
    losses = sum(b and not a for a, b in judged)
    n = len(judged)
    longer = [a.record.cycle_s - b.record.cycle_s for a, b in pairs if a.alone and b.alone]
    return Comparison(
        against=there.folder,
        pairs=n,
        losses=losses,
        gains=gains,
        success=estimate(
            (gains - losses) / n if n else None, n, paired_difference(gains, losses, n, ENDS)
        ),
        cycle_s=ratio(longer, [1.0] * len(longer), seed),
    )
