"""Good parts against those that takt planned, hour by hour or shift by shift: what a run-at-rate
review asks for."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

import numpy as np
from msgspec import Struct

from ontakt.contract.cycle import Outcome
from ontakt.evidence.kpi.table import GOOD, Flags
from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.report.pool import Pool

STRETCHES = ((7_200, 900), (86_400, 3_600), (864_000, 28_800), (5_184_000, 86_400))
"""Up to so many seconds in all, a row for each so many; beyond, one for each week."""
_WEEK = 604_800
_EDGE = 1e-6
"""Forgives a beat that falls on the end of a stretch its rounding [s]."""


class Rate(Struct, frozen=True, kw_only=True):
    """One row: an hour of a shift, or a shift."""

    label: str
    planned: int | None
    """Parts that takt presents in it; None where no takt or time is known."""
    finished: int
    good: int | None
    """Of the parts presented in it, those that the station brought out by itself and that are good
    by inspection, as OEE counts them; None where nobody inspected."""
    stood_s: float
    """Time that the line stood for this station [s]."""
    cumulated: int | None = None
    """Good less planned, from the start up to here."""

    @property
    def difference(self) -> int | None:
        """Good less planned."""
        return None if self.planned is None or self.good is None else self.good - self.planned


class RunAtRate(Struct, frozen=True, kw_only=True):
    """The rows with their sum. Empty where the record does not tell when its cycles began."""

    by: str
    """What a row is."""
    rows: tuple[Rate, ...]

    @property
    def total(self) -> Rate:
        """All rows together."""
        return Rate(
            label="Total",
            planned=_sum([row.planned for row in self.rows]),
            finished=sum(row.finished for row in self.rows),
            good=_sum([row.good for row in self.rows]),
            stood_s=sum(row.stood_s for row in self.rows),
            cumulated=self.rows[-1].cumulated if self.rows else None,
        )

    @property
    def rows_and_total(self) -> tuple[Rate, ...]:
        """As a table has them."""
        return (*self.rows, self.total)

    @property
    def rate(self) -> float | None:
        """Good over planned."""
        total = self.total
        return None if total.good is None or not total.planned else total.good / total.planned


def run_at_rate(pool: Pool) -> RunAtRate:
    """Of one shift by the hour (or what its length asks for), of several by the shift."""
    if pool.several:
        return RunAtRate(by="shift", rows=_cumulated([_whole(one) for one in pool.chapters]))
    only = pool.chapters[0]
    if not only.shift.cycles or not only.shift.untold.isdisjoint(("times", "takt")):
        return RunAtRate(by="hour", rows=())
    step = _step(only)
    return RunAtRate(by=_called(step), rows=_cumulated(list(_stretches(only, step))))


def made_good(chapter: Chapter) -> Flags:
    """Cycles whose part the station brought out by itself and that is good by inspection."""
    cycles = chapter.numbers.cycles
    made: Flags = (cycles.both == GOOD) & ~cycles.having(Outcome.ABORTED) & ~cycles.cut
    return made


def _whole(chapter: Chapter) -> Rate:
    shift = chapter.shift
    planned = chapter.planned_cycles
    if planned is None and shift.untold.isdisjoint(("times", "takt")):
        planned = int(shift.hours * 3600 / chapter.takt_s + _EDGE)
    return Rate(
        label=chapter.name,
        planned=planned,
        finished=len(shift.finished),
        good=None if "verdicts" in shift.untold else int(np.count_nonzero(made_good(chapter))),
        stood_s=chapter.pitch_lost_s,
    )


def _stretches(chapter: Chapter, step: int) -> Iterator[Rate]:
    """The beat begins with the first part; what is planned behind the end of the record is a row
    like any other."""
    shift, takt = chapter.shift, chapter.takt_s
    beginning = min(cycle.started_tick for cycle in shift.cycles)
    row_of = {
        cycle.cycle: int((chapter.seconds(cycle.started_tick - beginning) + _EDGE) // step)
        for cycle in shift.cycles
    }
    finished = Counter(row_of[cycle.cycle] for cycle in shift.finished)
    made = zip(shift.cycles, made_good(chapter), strict=True)
    good = Counter(row_of[cycle.cycle] for cycle, well in made if well)
    stood: Counter[int] = Counter()
    for lost in shift.pitch_lost:
        stood[row_of.get(lost.cycle, 0)] += lost.ticks
    beats = _beats(chapter)
    rows = max(max(row_of.values()) + 1, math.ceil(beats * takt / step - _EDGE))
    edges = [min(beats, math.ceil(row * step / takt - _EDGE)) for row in range(rows + 1)]
    told = "verdicts" not in shift.untold
    for row in range(rows):
        yield Rate(
            label=f"{_clock(row * step)}\N{EN DASH}{_clock((row + 1) * step)}",
            planned=edges[row + 1] - edges[row],
            finished=finished[row],
            good=good[row] if told else None,
            stood_s=chapter.seconds(stood[row]),
        )


def _beats(chapter: Chapter) -> int:
    """Parts that takt presents in the planned shift; in the time that it took where nothing was
    planned."""
    planned = chapter.planned_cycles
    return int(chapter.shift.hours * 3600 / chapter.takt_s + _EDGE) if planned is None else planned


def _step(chapter: Chapter) -> int:
    seconds = max(chapter.shift.hours * 3600, _beats(chapter) * chapter.takt_s)
    return next((step for most, step in STRETCHES if seconds <= most), _WEEK)


def _called(step: int) -> str:
    return {900: "quarter of an hour", 3_600: "hour", 28_800: "eight hours", 86_400: "day"}.get(
        step, "week"
    )


def _cumulated(rows: list[Rate]) -> tuple[Rate, ...]:
    """The rows, each with the sum of all differences up to it; unknown from the first unknown."""
    sums = accumulate((row.difference for row in rows), _plus)
    return tuple(
        Rate(
            label=row.label,
            planned=row.planned,
            finished=row.finished,
            good=row.good,
            stood_s=row.stood_s,
            cumulated=total,
        )
        for row, total in zip(rows, sums, strict=True)
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}"
