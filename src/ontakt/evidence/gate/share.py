"""A requirement on a share: of so many cycles (or sides) at least this share is good."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct
from scipy.stats import binom

from ontakt.evidence.gate.finding import Finding, Status, weighed
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.gate.trial import Trial
from ontakt.evidence.numbers import count, percent
from ontakt.evidence.sentence import PERCENT
from ontakt.evidence.shift_record import OPEN, Untold
from ontakt.evidence.statistics.acceptance import further_cycles
from ontakt.evidence.statistics.evalues import cycles_to_pass, gate_evalue
from ontakt.evidence.statistics.homogeneity import pooled_or_by_shift
from ontakt.evidence.statistics.intervals import clopper_pearson

SEED = 0
"""Of the draws behind a bound by shifts: the same counts give the same verdict."""


class Share(Struct, frozen=True, kw_only=True):
    """What is counted, and what is asked of it."""

    name: str
    unit: Literal["cycle", "side"]
    at_least: float
    confidence: float
    per_cycle: int = 1
    """How many of the unit a cycle has."""
    by_shift: bool = False
    """Shifts that differ by more than chance are not pooled: their own spread gives the bound."""
    missed: str = "not good"
    """What one that does not count is called."""
    needs: tuple[Untold, ...] = ()
    """What must be told besides the number of cycles: where a log leaves it open, so is this."""
    alone: bool = False
    """Only what the robot did without a person counts: where a log leaves open which cycles were
    assisted, the counts are the most there can be, and may fail, but not meet it."""


Counts = Callable[[Tally], tuple[int, int]]
"""Of a shift: how many counted as good, and of how many."""


def allowed(n: int, at_least: float, confidence: float) -> int:
    """The most failures among `n` with which the exact lower bound reaches `at_least`; -1 where no
    number of good ones could show it."""
    most = int(binom.ppf(1 - confidence, n, 1 - at_least))
    while most >= 0 and binom.cdf(most, n, 1 - at_least) > 1 - confidence:
        most -= 1
    return most


def judge_share(share: Share, counts: Counts, trial: Trial) -> Finding:
    """How `trial` stands to `share`."""
    open_ = [one for one in OPEN if one in ("cycles", *share.needs) and trial.untold(one)]
    if open_:
        return Finding(
            requirement=share.name,
            asked=_asked(share),
            status=Status.OPEN,
            seen="unknown",
            reason=f"Nobody wrote down {OPEN[open_[0]]}.",
            limit=share.at_least,
            confidence=share.confidence,
        )
    groups = [counts(tally) for tally in trial.tallies]
    good, n = sum(g for g, _ in groups), sum(m for _, m in groups)
    if trial.method == "fixed":
        status, reason, bound, method = _fixed(share, groups, trial)
        evidence = None
    else:
        status, reason, evidence = _anytime(share, groups)
        bound, method = None, "e-value, uniform mixture"
    missing = None
    if status is Status.MET and share.alone and trial.untold("assisted"):
        status = Status.OPEN
        reason = f"{reason} But nobody wrote down {OPEN['assisted']}, and those do not count."
    elif status is Status.OPEN:
        missing = _cycles_missing(share, good, n, trial)
    return Finding(
        requirement=share.name,
        asked=_asked(share),
        status=status,
        seen=f"{count(good)} of {count(n)} {share.unit}s"
        + (f" ({percent(good / n, 2)})" if n else ""),
        reason=reason,
        limit=share.at_least,
        value=good / n if n else None,
        bound=bound,
        evidence=evidence,
        confidence=share.confidence,
        method=method,
        cycles_needed=missing,
        hours_needed=None if missing is None else trial.at_takt(missing),
    )


def _asked(share: Share) -> str:
    return f"at least {percent(share.at_least)} with {percent(share.confidence, 0)} confidence"


def _fixed(
    share: Share, groups: Sequence[tuple[int, int]], trial: Trial
) -> tuple[Status, str, float | None, str]:
    n = sum(m for _, m in groups)
    failures = n - sum(good for good, _ in groups)
    whole = n if trial.finished else max(n, trial.planned_cycles * share.per_cycle)
    most = allowed(whole, share.at_least, share.confidence)
    plan = "fixed plan, clopper-pearson"
    if failures > most >= 0:
        told = f"{count(failures)} {share.missed}; {count(most)} of {count(whole)} are allowed."
        return Status.FAILED, told, None, plan
    if not trial.finished:
        told = (
            f"{count(n)} of {count(whole)} planned {share.unit}s are worked, {count(failures)} of "
            f"them {share.missed}; {count(most)} are allowed. A fixed plan is read at its end."
        )
        return Status.OPEN, told, None, plan
    bound, method, spread = _bound(share, groups)
    shown = "nothing is shown" if bound is None else f"at least {PERCENT.floor(bound, 2)} is shown"
    if bound is not None and bound >= share.at_least:
        return Status.MET, f"{shown[0].upper()}{shown[1:]}.", bound, method
    if spread:  # few failures, and in few of the shifts
        return Status.OPEN, f"{spread}; by the spread between them {shown}.", bound, method
    return Status.OPEN, f"{count(n)} {share.unit}s are too few: {shown}.", bound, method


def _bound(share: Share, groups: Sequence[tuple[int, int]]) -> tuple[float | None, str, str]:
    """The lower bound with its method: of all together or, where shifts are too unlike, the lower
    of that and the one over shifts, with what is to be said of them."""
    good, n = sum(g for g, _ in groups), sum(m for _, m in groups)
    together = clopper_pearson(good, n, share.confidence, "lower")
    if together is None:
        return None, "", ""
    chosen = pooled_or_by_shift(groups, SEED, share.confidence, "lower")
    if not share.by_shift or chosen.pooled or chosen.homogeneity is None:
        return together.low, together.method, ""
    verb = "differ by more than chance" if chosen.differ else "may differ"
    spread = f"The shifts {verb} (p = {chosen.homogeneity.p:.2g})"
    if chosen.interval is None:
        return None, "", spread
    return min(together.low, chosen.interval.low), chosen.interval.method, spread


def _anytime(share: Share, groups: Sequence[tuple[int, int]]) -> tuple[Status, str, float]:
    """By the evidence as it stands after the last shift: what an early one showed of a robot that
    then broke is not enough, though Ville's inequality would let it pass. What was once refuted
    stays so."""
    enough = 1 / (1 - share.confidence)
    stands = against = 1.0
    good = n = 0
    for more_good, more in groups:
        good, n = good + more_good, n + more
        stands = gate_evalue(good, n, share.at_least)
        against = max(against, gate_evalue(n - good, n, 1 - share.at_least))
    return weighed(stands, against, enough)


def _cycles_missing(share: Share, good: int, n: int, trial: Trial) -> int | None:
    """Cycles that could decide it, if none of them failed: of an anytime gate those to the evidence
    it wants; of a fixed plan its rest or, behind its end, what a larger plan would have taken."""
    if trial.method == "anytime":
        units = cycles_to_pass(share.at_least, 1 - share.confidence, n - good) - n
    elif not trial.finished:
        return trial.cycles_left or None
    else:
        units = further_cycles(good, n, share.at_least, share.confidence) or 0
    return -(-units // share.per_cycle) if units > 0 else None
