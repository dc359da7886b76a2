"""The figures of a comparison that are events in exposure."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.dispersion import SEED
from ontakt.evidence.comparison.figure import Estimate, Figure, estimate, held_against, tested
from ontakt.evidence.comparison.over_shifts import SAID
from ontakt.evidence.comparison.share import definition
from ontakt.evidence.comparison.share_figures import UNTOLD
from ontakt.evidence.kpi import Ledger
from ontakt.evidence.statistics.clustering import Rates
from ontakt.evidence.statistics.homogeneity import rate_homogeneity, rate_pooled_or_by_shift
from ontakt.evidence.statistics.two_rates import compare_rates, rate_ratio


class Rate(Struct, frozen=True, kw_only=True):
    """A KPI that counts events in exposure."""

    name: str
    """Of the KPI that counts them."""
    label: str
    unit: Literal["1/h", "1/100 cycles"]
    of: Callable[[Ledger], tuple[int, float]]
    """Events of a shift, and the exposure they fell into."""
    higher_is_better: bool | None

    def rates(self, arm: Arm) -> Rates:
        """Of each shift of `arm`."""
        return [self.of(one) for one in arm.ledgers]

    def known(self, arm: Arm) -> bool:
        """False where a log of `arm` leaves open what the KPI needs."""
        return arm.untold.isdisjoint(definition(self.name).needs)


def _step_ins(ledger: Ledger) -> tuple[int, float]:
    return (ledger.step_ins or 0, ledger.hours) if ledger.hours else (0, 0.0)


def _recoveries(ledger: Ledger) -> tuple[int, float]:
    finished = ~ledger.cycles.cut
    return int(ledger.cycles.recoveries[finished].sum()), int(np.count_nonzero(finished)) / 100


STEP_INS = Rate(name="step_ins", label="step-ins", unit="1/h", of=_step_ins, higher_is_better=False)
RECOVERIES = Rate(
    name="recoveries",
    label="recoveries",
    unit="1/100 cycles",
    of=_recoveries,
    higher_is_better=None,
)
RATES = (STEP_INS, RECOVERIES)


def rate_figure(rate: Rate, arms: Sequence[Arm]) -> Figure:
    """`rate` of every arm; of two arms the ratio, of more the test that they are alike. Where the
    shifts of an arm differ neither is given: both take events for independent."""
    figure = Figure(
        name=rate.name,
        label=rate.label,
        unit=rate.unit,
        higher_is_better=rate.higher_is_better,
        role="descriptive",
        arms=tuple(_of(rate, arm) for arm in arms),
        paired=False,
        scale="ratio",
    )
    if not all(rate.known(arm) for arm in arms):
        return replace(figure, note=UNTOLD)
    each = [rate.rates(arm) for arm in arms]
    if not all(rate_pooled_or_by_shift(one, SEED).pooled for one in each):
        return replace(figure, note=SAID)
    totals = [_total(one) for one in each]
    if len(arms) > 2:
        return tested(figure, rate_homogeneity(totals, SEED))
    (x1, t1), (x2, t2) = totals
    found = Difference(
        how="unpaired",
        value=x1 / t1 / (x2 / t2) if x2 and t1 and t2 else None,
        interval=rate_ratio(x1, t1, x2, t2),
        p=compare_rates(x1, t1, x2, t2),
    )
    return held_against(figure, found, "ratio")


def _of(rate: Rate, arm: Arm) -> Estimate:
    if not rate.known(arm):
        return Estimate(value=None)
    rates = rate.rates(arm)
    found = rate_pooled_or_by_shift(rates, SEED)
    return estimate(found.value, found.interval, *_total(rates))


def _total(rates: Rates) -> tuple[int, float]:
    return sum(x for x, _ in rates), sum(t for _, t in rates)
