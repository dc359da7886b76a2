"""KPIs of the beat: cycle time against takt, and the robot's own waiting."""

import numpy as np

from ontakt.evidence.kpi.definition import Definition, Measure, kpi
from ontakt.evidence.kpi.ledger import Ledger
from ontakt.evidence.kpi.quality import share

_TIME = "part presented to arms clear, over cycles that the robot ended by itself"


@kpi(
    "takt_compliance",
    "1",
    "cycles that the robot ended by itself within takt / cycles worked (starved, blocked, cut and "
    "stopped ones do not count, nor does one of unknown time)",
    "Ontakt; interval: Clopper and Pearson 1934",
)
def takt_compliance(ledger: Ledger) -> Measure:
    """The share of beats that the robot kept."""
    table = ledger.cycles
    return share(table.alone & ~table.over_takt, table.worked & table.timed)


def _cycle_time(name: str, what: str, percent: float) -> Definition:
    @kpi(f"cycle_time.{name}", "s", f"{what} of the cycle time: {_TIME}", "Ontakt")
    def quantile(ledger: Ledger) -> Measure:
        times = ledger.cycles.cycle_s[ledger.cycles.alone]
        times = times[np.isfinite(times)]
        value = float(np.percentile(times, percent)) if len(times) else None
        return Measure(value=value, n=len(times))

    return quantile


cycle_time = (
    _cycle_time("p50", "median", 50),
    _cycle_time("p95", "95th percentile (linear between order statistics)", 95),
    _cycle_time("max", "maximum", 100),
)


@kpi(
    "starvation",
    "1",
    "control ticks on which the policy owed a target and the robot held / ticks of all cycles",
    "Ontakt",
    needs=("targets",),
)
def starvation(ledger: Ledger) -> Measure:
    """How often the brain was too late for the body."""
    ticks = int(ledger.cycles.ticks.sum())
    starved = int(ledger.cycles.starved_ticks.sum())
    return Measure(
        value=starved / ticks if ticks else None,
        n=starved,
        exposure=ticks / ledger.time.hz / 3600,
    )
