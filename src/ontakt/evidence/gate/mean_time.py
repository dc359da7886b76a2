"""A requirement on the mean time between assists: hours, and how many times a person acted."""

from scipy.special import gammaincinv

from ontakt.evidence.gate.finding import Finding, Status, weighed
from ontakt.evidence.gate.trial import Trial, total
from ontakt.evidence.numbers import count, percent, plural
from ontakt.evidence.sentence import Unit
from ontakt.evidence.shift_record import OPEN, Untold
from ontakt.evidence.statistics.acceptance import further_exposure
from ontakt.evidence.statistics.evalues import exposure_to_pass, mtba_evalue, mtba_refutation
from ontakt.evidence.statistics.intervals import poisson_rate

HOURS = Unit(" h")


def allowed_events(hours: float, at_least: float, confidence: float) -> int:
    """The most events in `hours` with which the exact lower bound of the mean time between them
    reaches `at_least` [h]; -1 where not even none would show it."""
    most = -1
    while float(gammaincinv(most + 2, confidence)) * at_least <= hours:
        most += 1
    return most


def judge_mean_time(at_least: float, confidence: float, trial: Trial) -> Finding:
    """How `trial` stands to a mean time between assists of `at_least` [h]."""
    asked = f"at least {at_least:g} h with {percent(confidence, 0)} confidence"
    hours = sum(tally.hours for tally in trial.tallies)
    open_: list[Untold] = ["hours"] if trial.untold("hours") else []
    if any(tally.step_ins is None for tally in trial.tallies):
        open_.insert(0, "step_ins")
    if open_:
        return Finding(
            requirement="time between assists",
            asked=asked,
            status=Status.OPEN,
            seen="unknown" if "hours" in open_ else f"unknown in {hours:.1f} h",
            reason=f"Nobody wrote down {', or '.join(OPEN[one] for one in open_)}.",
            limit=at_least,
            confidence=confidence,
        )
    events = total(trial.tallies, "step_ins")
    if trial.method == "fixed":
        status, reason, bound = _fixed(at_least, confidence, events, hours, trial)
        evidence, method = None, "fixed plan, exact poisson"
    else:
        status, reason, evidence = _anytime(at_least, confidence, trial)
        bound, method = None, "e-value, mixture of rates"
    missing = None
    if status is Status.OPEN:
        missing = _hours_missing(at_least, confidence, events, hours, trial)
    return Finding(
        requirement="time between assists",
        asked=asked,
        status=status,
        seen=f"{plural(events, 'step-in')} in {hours:.1f} h",
        reason=reason,
        limit=at_least,
        value=hours / events if events else None,
        bound=bound,
        evidence=evidence,
        confidence=confidence,
        method=method,
        cycles_needed=None if missing is None else trial.in_hours(missing),
        hours_needed=missing,
    )


def _fixed(
    at_least: float, confidence: float, events: int, hours: float, trial: Trial
) -> tuple[Status, str, float | None]:
    whole = hours if trial.finished else max(hours, trial.planned_hours)
    most = allowed_events(whole, at_least, confidence)
    if events > most >= 0:
        told = f"{plural(events, 'step-in')}; {count(most)} in {whole:.1f} h are allowed."
        return Status.FAILED, told, None
    if not trial.finished:
        return (
            Status.OPEN,
            f"{hours:.1f} of {whole:.1f} planned hours are worked, with "
            f"{plural(events, 'step-in')}; {count(most)} are allowed. A fixed plan is read at its "
            "end.",
            None,
        )
    rate = poisson_rate(events, hours, confidence, "upper")
    bound = None if rate is None else 1 / rate.high
    shown = "nothing is shown" if bound is None else f"at least {HOURS.floor(bound)} is shown"
    if bound is not None and bound >= at_least:
        return Status.MET, f"{shown[0].upper()}{shown[1:]}.", bound
    return Status.OPEN, f"{hours:.1f} h are too few: {shown}.", bound


def _anytime(at_least: float, confidence: float, trial: Trial) -> tuple[Status, str, float]:
    stands = against = 1.0
    events, hours = 0, 0.0
    for tally in trial.tallies:
        events, hours = events + (tally.step_ins or 0), hours + tally.hours
        stands = mtba_evalue(events, hours, at_least)
        against = max(against, mtba_refutation(events, hours, at_least))
    return weighed(stands, against, 1 / (1 - confidence))


def _hours_missing(
    at_least: float, confidence: float, events: int, hours: float, trial: Trial
) -> float | None:
    """Hours that could decide it, if nobody had to act in them; as for a share."""
    if trial.method == "anytime":
        return max(0.0, exposure_to_pass(at_least, 1 - confidence, events) - hours) or None
    left = trial.hours_left or further_exposure(events, hours, at_least, confidence)
    return left or None
