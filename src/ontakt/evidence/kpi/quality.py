"""KPIs of what came out: cycles, outcomes, good sides, yield."""

from collections.abc import Mapping

import numpy as np

from ontakt.contract import Outcome
from ontakt.evidence.kpi.definition import Definition, Measure, kpi
from ontakt.evidence.kpi.ledger import Ledger
from ontakt.evidence.kpi.table import BAD, GOOD, UNKNOWN, CycleTable, Flags, Small
from ontakt.evidence.shift_record import Untold
from ontakt.evidence.statistics.intervals import clopper_pearson

_OURS = "Ontakt; interval: Clopper and Pearson 1934"
_EXCLUDED = (
    "cycles that were starved, blocked, cut or stopped by a person's wish, or whose result is "
    "unknown, do not count"
)


def share(hits: Flags, among: Flags) -> Measure:
    """The share of `hits` in `among`, with its exact interval; unknown when `among` is empty."""
    n, k = int(np.count_nonzero(among)), int(np.count_nonzero(hits & among))
    return Measure(value=k / n if n else None, n=n, interval=clopper_pearson(k, n))


def good_share(verdicts: Small, worked: Flags) -> Measure:
    """The share of GOOD among the known `verdicts` of cycles that were worked."""
    return share(verdicts == GOOD, worked & (verdicts > UNKNOWN))


@kpi("cycles", "count", "cycles that ended, however they did; a cut one does not count", "Ontakt")
def cycles(ledger: Ledger) -> Measure:
    """Finished cycles."""
    return Measure(
        value=float(np.count_nonzero(~ledger.cycles.cut)),
        n=len(ledger.cycles),
        exposure=ledger.hours,
    )


def _outcome(outcome: Outcome) -> Definition:
    needs: tuple[Untold, ...] = ("assisted",) if outcome is Outcome.ASSISTED else ()

    @kpi(
        f"outcomes.{outcome}",
        "count",
        f"finished cycles with the outcome {outcome}",
        "Ontakt",
        needs,
    )
    def count(ledger: Ledger) -> Measure:
        table = ledger.cycles
        n = int(np.count_nonzero(~table.cut))
        if _possible(outcome, table).any():
            return Measure(value=None, n=n)
        return Measure(value=float(np.count_nonzero(table.having(outcome))), n=n)

    return count


outcomes = tuple(_outcome(outcome) for outcome in Outcome)

_LEFT_OPEN: Mapping[Outcome, int] = {
    Outcome.ON_TAKT: GOOD,
    Outcome.LATE: GOOD,
    Outcome.NOK_DETECTED: BAD,
    Outcome.NOK_ESCAPED: BAD,
}
"""Outcome to the verdict of the cycles that may have had it, though nobody wrote it down."""


def _possible(outcome: Outcome, table: CycleTable) -> Flags:
    """Finished cycles of unknown outcome that may have ended so."""
    verdict = _LEFT_OPEN.get(outcome)
    unsure: Flags = (table.outcome == UNKNOWN) & ~table.cut
    possible: Flags = unsure & ((table.both == UNKNOWN) | (table.both == verdict))
    return possible


@kpi(
    "both_sides_ok",
    "1",
    f"cycles with all sides good by inspection and no person / cycles worked; {_EXCLUDED}",
    _OURS,
)
def both_sides_ok(ledger: Ledger) -> Measure:
    """Whole parts that the robot did alone."""
    return good_share(ledger.cycles.both, ledger.cycles.worked)


_SIDE = (
    "cycles with the {} side good by inspection as the robot left it, called a person or not / "
    f"cycles worked; {_EXCLUDED}"
)


@kpi("left_ok", "1", _SIDE.format("left"), _OURS)
def left_ok(ledger: Ledger) -> Measure:
    """The left side as the robot left it."""
    return good_share(ledger.cycles.left, ledger.cycles.worked)


@kpi("right_ok", "1", _SIDE.format("right"), _OURS)
def right_ok(ledger: Ledger) -> Measure:
    """The right side as the robot left it."""
    return good_share(ledger.cycles.right, ledger.cycles.worked)


@kpi(
    "unknown",
    "count",
    "cycles worked whose result nobody inspected: left out of both_sides_ok",
    "Ontakt",
)
def unknown(ledger: Ledger) -> Measure:
    """Cycles without a verdict."""
    worked = ledger.cycles.worked
    hidden = worked & (ledger.cycles.both == UNKNOWN)
    return Measure(value=float(np.count_nonzero(hidden)), n=int(np.count_nonzero(worked)))


@kpi(
    "first_pass_yield",
    "1",
    "GP / IP: parts good at the first attempt (no person, no retry) / parts inspected",
    "ISO 22400-2 first pass yield; a retry by the robot counts as a second pass",
    needs=("retries",),
)
def first_pass_yield(ledger: Ledger) -> Measure:
    """Right first time."""
    table = ledger.cycles
    first = (table.both == GOOD) & (table.retries == 0) & (table.recoveries == 0)
    return share(first, table.worked & (table.both > UNKNOWN))


@kpi(
    "escapes",
    "1",
    "sides that the inspector found bad / inspected sides that the station passed as good; aborted "
    "cycles do not count",
    _OURS,
)
def escapes(ledger: Ledger) -> Measure:
    """What the station misses: bad work that goes on as good."""
    return _wrong(ledger.cycles.escapes, ledger.cycles.passed)


@kpi(
    "false_alarms",
    "1",
    "sides that the inspector found good / inspected sides that the station gave up as bad; "
    "aborted cycles do not count",
    _OURS,
)
def false_alarms(ledger: Ledger) -> Measure:
    """What the station cries about for nothing: good parts marked, people called in vain."""
    return _wrong(ledger.cycles.false_alarms, ledger.cycles.given_up)


def _wrong(wrong: Small, among: Small) -> Measure:
    k, n = int(wrong.sum()), int(among.sum())
    return Measure(value=k / n if n else None, n=n, interval=clopper_pearson(k, n))
