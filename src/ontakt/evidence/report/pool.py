"""Several shifts seen together: pooled where that is honest, side by side where it is not."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from scipy.special import chdtrc

from ontakt.contract.kpi import Kpi
from ontakt.evidence.kpi import CycleTable, Ledger, kpis, ledger
from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.time_elements import TimeElements

DIFFER = 0.05
"""Shifts whose success varies more than chance would in fewer than this share of cases differ."""

MOST, LATEST = 12, 5
"""Of more shifts than MOST a page shows the LATEST in full, and every one in its table."""

_PROPORTIONS = "clopper-pearson"


class Pool(Struct, frozen=True, kw_only=True, dict=True):
    """The shifts of one report, in order."""

    chapters: tuple[Chapter, ...]

    @property
    def several(self) -> bool:
        """True for more than one shift."""
        return len(self.chapters) > 1

    @property
    def detailed(self) -> tuple[Chapter, ...]:
        """Those that a page shows in full: all, or of very many the latest."""
        return self.chapters if len(self.chapters) <= MOST else self.chapters[-LATEST:]

    @property
    def both_sides(self) -> tuple[int, int]:
        """Cycles good on all sides, and cycles that could be judged."""
        found = [_successes(chapter) for chapter in self.chapters]
        return sum(good for good, _ in found), sum(n for _, n in found)

    @property
    def frozen(self) -> bool:
        """True when all shifts are of one policy and one configuration, by their hashes; others
        are different experiments and are never pooled."""
        origins = (chapter.shift.origin for chapter in self.chapters)
        return len({(origin.policy_hash, origin.config_hash) for origin in origins}) == 1

    @cached_property
    def shifts_differ(self) -> bool:
        """True when the success of shifts of one configuration is too unlike to be pooled."""
        p = homogeneity([_successes(chapter) for chapter in self.chapters])
        return p is not None and p < DIFFER

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """One shift's own KPIs, or those of all together: what must not be pooled is left out."""
        if not self.several:
            return dict(self.chapters[0].kpis)
        if not self.frozen:
            return {}
        found = kpis(merged([ledger(chapter.shift) for chapter in self.chapters]))
        if not self.shifts_differ:
            return found
        return {name: kpi for name, kpi in found.items() if kpi.interval != _PROPORTIONS}


def homogeneity(results: Sequence[tuple[int, int]]) -> float | None:
    """Pearson's chi-square p for equal success in groups of (good, n); None when no two groups
    could differ. Crude for few failures, where it rarely calls groups different."""
    groups = [(good, n) for good, n in results if n]
    good, total = sum(g for g, _ in groups), sum(n for _, n in groups)
    if len(groups) < 2 or good in (0, total):
        return None
    share = good / total
    statistic = sum((g - n * share) ** 2 / (n * share * (1 - share)) for g, n in groups)
    return float(chdtrc(len(groups) - 1, statistic))


def merged(ledgers: Sequence[Ledger]) -> Ledger:
    """The ledger of shifts of one takt and one control rate as if they were one; at least one."""
    times = [one.time for one in ledgers]
    columns = CycleTable.__struct_fields__
    return Ledger(
        takt_s=ledgers[0].takt_s,
        hours=sum(one.hours for one in ledgers),
        cycles=CycleTable(
            **{
                name: np.concatenate([getattr(one.cycles, name) for one in ledgers])
                for name in columns
            }
        ),
        time=TimeElements(
            hz=times[0].hz,
            adot=sum(time.adot for time in times),
            adet=sum(time.adet for time in times),
            aust=sum(time.aust for time in times),
            apt=sum(time.apt for time in times),
            e10={state: sum(time.e10[state] for time in times) for state in times[0].e10},
            stops=tuple(stop for time in times for stop in time.stops),
        ),
        step_ins=_total([one.step_ins for one in ledgers]),
        refills=sum(one.refills for one in ledgers),
        failures=sum(one.failures for one in ledgers),
        recovered=sum(one.recovered for one in ledgers),
        untold=frozenset().union(*(one.untold for one in ledgers)),
    )


def _total(counts: Sequence[int | None]) -> int | None:
    """Their sum; unknown when one of them is."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _successes(chapter: Chapter) -> tuple[int, int]:
    kpi = chapter.kpis["both_sides_ok"]
    n = kpi.n or 0
    return round((kpi.value or 0.0) * n), n
