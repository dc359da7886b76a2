"""The requirements that a gate is made of, each a struct that a plan file writes as a table.

`kind` names it there:

    [[require]]
    kind = "both_sides"
    at_least = 0.99
    confidence = 0.95
"""

from typing import Annotated

from msgspec import Meta, Struct, structs

from ontakt.evidence.gate.finding import Finding, Status
from ontakt.evidence.gate.mean_time import judge_mean_time
from ontakt.evidence.gate.share import Share, judge_share
from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.gate.trial import Trial
from ontakt.evidence.numbers import plural
from ontakt.evidence.shift_record import OPEN

Proportion = Annotated[float, Meta(gt=0, lt=1)]
Confidence = Annotated[float, Meta(ge=0.5, lt=1)]
"""Less is a guess against the odds, and shows nothing."""
Hours = Annotated[float, Meta(gt=0)]
Number = Annotated[int, Meta(ge=1)]


class _Requirement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base that fixes the tag field."""


class BothSides(_Requirement, frozen=True, kw_only=True, tag="both_sides"):
    """Cycles good on all sides by inspection, without a person."""

    at_least: Proportion
    confidence: Confidence = 0.95

    def judge(self, trial: Trial) -> Finding:
        """Shifts that differ are not pooled."""
        share = Share(
            name="both sides good",
            unit="cycle",
            at_least=self.at_least,
            confidence=self.confidence,
            by_shift=True,
            needs=("verdicts",),
            alone=True,
        )
        return judge_share(share, _good, trial)


class Takt(_Requirement, frozen=True, kw_only=True, tag="takt"):
    """Cycles that the robot ended by itself within takt."""

    at_least: Proportion
    confidence: Confidence = 0.95

    def judge(self, trial: Trial) -> Finding:
        """Open where times are unknown."""
        share = Share(
            name="within takt",
            unit="cycle",
            at_least=self.at_least,
            confidence=self.confidence,
            by_shift=True,
            missed="over takt or not ended by the robot",
            needs=("takt", "times"),
            alone=True,
        )
        return judge_share(share, _timed, trial)


def _good(tally: Tally) -> tuple[int, int]:
    return tally.good, tally.worked


def _timed(tally: Tally) -> tuple[int, int]:
    return tally.on_takt, tally.worked


class Escapes(_Requirement, frozen=True, kw_only=True, tag="escapes"):
    """Sides that the station passed as good and that are bad."""

    at_most: Proportion
    confidence: Confidence = 0.95

    def judge(self, trial: Trial) -> Finding:
        """As a share of sides that were passed rightly."""
        share = Share(
            name="passed sides are good",
            unit="side",
            at_least=1 - self.at_most,
            confidence=self.confidence,
            per_cycle=2,
            missed="escaped",
            needs=("verdicts", "beliefs"),
        )
        return judge_share(share, lambda tally: (tally.passed - tally.escapes, tally.passed), trial)


class Assists(_Requirement, frozen=True, kw_only=True, tag="assists"):
    """Hours of shift time between a person's actions on the robot or its part."""

    mean_hours: Hours
    confidence: Confidence = 0.9

    def judge(self, trial: Trial) -> Finding:
        """Exact Poisson, or a confidence sequence."""
        return judge_mean_time(self.mean_hours, self.confidence, trial)


class Shifts(_Requirement, frozen=True, kw_only=True, tag="shifts"):
    """Whole shifts, where asked of at least so many hours: what one day cannot show."""

    at_least: Number
    hours: Annotated[float, Meta(ge=0)] = 0.0

    def judge(self, trial: Trial) -> Finding:
        """A shift that was halted or stopped is none; its cycles count all the same."""
        # a takt less: a shift by number of cycles ends with the last one, not with the beat
        least = self.hours - (trial.at_takt(1) or 0.0)
        whole = sum(not one.halted and one.hours >= least for one in trial.tallies)
        broken = sum(one.halted for one in trial.tallies)
        status = Status.MET if whole >= self.at_least else Status.OPEN
        if status is Status.OPEN and trial.finished and broken:
            status = Status.FAILED
        told = f"{plural(broken, 'shift')} ended before the planned end. " if broken else ""
        if self.hours and trial.untold("hours"):
            told += f"Nobody wrote down {OPEN['hours']}. "
        missing = self.at_least - whole
        return Finding(
            requirement="whole shifts",
            asked=f"at least {plural(self.at_least, 'shift')}"
            + (f" of {self.hours:g} h" if self.hours else ""),
            status=status,
            seen=plural(whole, "whole shift"),
            reason=f"{told}{whole} of {self.at_least} are there.",
            limit=self.at_least,
            value=whole,
            hours_needed=missing * self.hours or None if status is Status.OPEN else None,
        )


class Cells(_Requirement, frozen=True, kw_only=True, tag="cells"):
    """Each variation that the plan names holds by itself, not only their mean."""

    at_least: Proportion
    confidence: Confidence = 0.95

    def judge(self, trial: Trial) -> Finding:
        """The weakest one decides."""
        found = [(cell, self._one(cell, trial)) for cell in trial.cells]
        order = (Status.FAILED, Status.OPEN, Status.MET)
        cell, worst = min(
            found, key=lambda item: (order.index(item[1].status), item[1].value or 0.0)
        )
        return structs.replace(
            worst,
            requirement="each variation holds",
            seen=f"{plural(len(found), 'variation')}; weakest, {cell}: {worst.seen}",
            reason=f"{cell}: {worst.reason}",
        )

    def _one(self, cell: str, trial: Trial) -> Finding:
        share = Share(
            name=cell,
            unit="cycle",
            at_least=self.at_least,
            confidence=self.confidence,
            needs=("verdicts",),
            alone=True,
        )
        return judge_share(share, _good, trial.of_cell(cell))


Requirement = BothSides | Takt | Escapes | Assists | Shifts | Cells
"""One more is one more struct with `judge`, named here."""
