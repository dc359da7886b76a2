"""How a KPI is written: a function from a ledger to a measure, under its name and definition."""

import math
from collections.abc import Callable

from msgspec import Struct

from ontakt.contract import Kpi
from ontakt.evidence.kpi.ledger import Ledger
from ontakt.evidence.shift_record import Untold
from ontakt.evidence.statistics.intervals import Interval


class Measure(Struct, frozen=True, kw_only=True):
    """What a KPI's function finds; None means unknown, never 0."""

    value: float | None
    n: int | None = None
    exposure: float | None = None
    exposure_unit: str = "h"
    interval: Interval | None = None


class Definition(Struct, frozen=True):
    """One KPI: what it is called, what it means, who defined it, how it is computed."""

    name: str
    unit: str
    definition: str
    source: str
    measure: Callable[[Ledger], Measure]
    needs: tuple[Untold, ...] = ()
    """What must be told: where a foreign log leaves one of these open, the KPI is unknown; as every
    KPI is where it leaves open how many cycles there were."""

    def __call__(self, ledger: Ledger) -> Kpi:
        """The KPI of `ledger`."""
        known = ledger.untold.isdisjoint(("cycles", *self.needs))
        found = self.measure(ledger) if known else Measure(value=None)
        interval = found.interval
        return Kpi(
            name=self.name,
            value=found.value,
            unit=self.unit,
            definition=self.definition,
            source=self.source,
            n=found.n,
            exposure=None if "hours" in ledger.untold else found.exposure,
            exposure_unit=found.exposure_unit,
            low=interval.low if interval else None,
            high=interval.high if interval and math.isfinite(interval.high) else None,
            confidence=interval.confidence if interval else None,
            interval=interval.method if interval else None,
        )


def kpi(
    name: str, unit: str, definition: str, source: str, needs: tuple[Untold, ...] = ()
) -> Callable[[Callable[[Ledger], Measure]], Definition]:
    """Turn a function into the KPI `name`; `unit` as in `contract.Kpi`."""

    def define(measure: Callable[[Ledger], Measure]) -> Definition:
        return Definition(name, unit, definition, source, measure, needs)

    return define
