"""Several shifts seen together: pooled where that is honest, side by side where it is not."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract.kpi import Kpi
from ontakt.evidence.kpi import CycleTable, Ledger, kpis
from ontakt.evidence.report.chapter import Chapter
from ontakt.evidence.statistics.clustering import proportion_by_shift
from ontakt.evidence.statistics.homogeneity import Pooling, pooled_or_by_shift
from ontakt.evidence.statistics.intervals import Ends, Interval, clopper_pearson
from ontakt.evidence.time_elements import TimeElements

SEED = 0
"""Of the draws behind a test of few failures: the same counts are always pooled, or never."""

MOST, LATEST = 12, 5
"""Of more shifts than MOST a page shows the LATEST in full, and every one in its table."""

_PROPORTIONS = "clopper-pearson"


class Pool(Struct, frozen=True, kw_only=True, dict=True):
    """The shifts of one report, in order."""

    chapters: tuple[Chapter, ...]
    planned: bool = False
    """They are the shifts of one registered plan, which counts its variations together."""

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
        found = self.counts("both_sides_ok")
        return sum(good for good, _ in found), sum(n for _, n in found)

    @property
    def frozen(self) -> bool:
        """True when all shifts are of one policy and one configuration, by their hashes, or of one
        plan; others are different experiments and are never pooled."""
        origins = (chapter.shift.origin for chapter in self.chapters)
        return self.planned or len({(one.policy_hash, one.config_hash) for one in origins}) == 1

    @cached_property
    def pooling(self) -> Pooling:
        """Whether the success of shifts is alike enough to be counted together."""
        return pooled_or_by_shift(self.counts("both_sides_ok"), SEED)

    @property
    def alike(self) -> bool:
        """False when the success of shifts is too unlike to be pooled."""
        return self.pooling.pooled

    @property
    def unlike(self) -> str:
        """What is to be said of shifts that are not `alike`."""
        found = self.pooling.homogeneity
        verb = "differ by more than chance" if self.pooling.differ else "may differ"
        return f"The shifts {verb} (p = {found.p:.2g})" if found is not None else ""

    @cached_property
    def kpis(self) -> dict[str, Kpi]:
        """One shift's own KPIs, or those of all together: what must not be pooled is left out, and
        of shifts that are not `alike` a share's interval comes from the spread between them."""
        if not self.several:
            return dict(self.chapters[0].kpis)
        if not self.frozen:
            return {}
        found = kpis(merged([chapter.numbers for chapter in self.chapters]))
        if self.alike:
            return found
        for name, kpi in [item for item in found.items() if item[1].interval == _PROPORTIONS]:
            spread = proportion_by_shift(self.counts(name))
            if spread is None:
                del found[name]
                continue
            found[name] = replace(kpi, low=spread.low, high=spread.high, interval=spread.method)
        return found

    def counts(self, share: str) -> list[tuple[int, int]]:
        """Of every shift, what the KPI `share` counts: so many of so many."""
        parts = [chapter.kpis[share] for chapter in self.chapters]
        return [(round((kpi.value or 0.0) * (kpi.n or 0)), kpi.n or 0) for kpi in parts]

    def bound(self, share: str, side: Ends) -> Interval | None:
        """The one-sided 95 % bound of the KPI `share`; of shifts that are not `alike` the wider of
        that of all cycles and that over shifts. None where there is none to give."""
        counts = self.counts(share)
        together = clopper_pearson(sum(k for k, _ in counts), sum(n for _, n in counts), side=side)
        if together is None or not self.frozen:
            return None
        if self.alike:
            return together
        spread = proportion_by_shift(counts, side=side)
        if spread is None:
            return None
        return max((together, spread), key=lambda one: one.high - one.low)


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
