"""KPIs of trouble: people called in, failures, recoveries, repairs."""

import math

from ontakt.evidence.kpi.definition import Measure, kpi
from ontakt.evidence.kpi.ledger import Ledger
from ontakt.evidence.statistics.intervals import Interval, clopper_pearson, poisson_rate

_GARWOOD = "interval: exact Poisson, Garwood 1936"


@kpi(
    "step_ins",
    "1/h",
    "times that a person acted on the robot or its part / hours of shift time; a refill is none",
    f"Ontakt; {_GARWOOD}",
    needs=("step_ins",),
)
def step_ins(ledger: Ledger) -> Measure:
    """How often the station needs somebody."""
    count = ledger.step_ins or 0
    return Measure(
        value=count / ledger.hours if ledger.hours else None,
        n=count,
        exposure=ledger.hours,
        interval=poisson_rate(count, ledger.hours),
    )


@kpi(
    "mtba",
    "h",
    "hours of shift time / step-ins; without one the value is unknown and the low end is the "
    "one-sided 95 % bound",
    f"mean time between assists, SEMI E10 over shift time; {_GARWOOD}, inverted",
    needs=("step_ins",),
)
def mtba(ledger: Ledger) -> Measure:
    """How long the station works before it needs somebody."""
    count = ledger.step_ins or 0
    rate = poisson_rate(count, ledger.hours, side="two" if count else "upper")
    between = None
    if rate is not None:
        longest = 1 / rate.low if rate.low else math.inf
        method = rate.method if count else "exact poisson, one-sided lower"
        between = Interval(1 / rate.high, longest, rate.confidence, method)
    return Measure(
        value=ledger.hours / count if count else None,
        n=count,
        exposure=ledger.hours,
        interval=between,
    )


@kpi(
    "refills",
    "count",
    "times that a person only refilled a feeder: material, as any machine needs it; the wait is "
    "in starved",
    "Ontakt",
    needs=("refills",),
)
def refills(ledger: Ledger) -> Measure:
    """How often an empty magazine stopped the station."""
    return Measure(value=float(ledger.refills), n=ledger.refills, exposure=ledger.hours)


@kpi(
    "failures",
    "count",
    "failures that the station detected or the inspector found",
    "Ontakt",
    needs=("failures",),
)
def failures(ledger: Ledger) -> Measure:
    """Everything that went wrong, recovered or not."""
    return Measure(value=float(ledger.failures), n=ledger.failures, exposure=ledger.hours)


@kpi(
    "failures.recovered",
    "1",
    "failures that the robot got over by itself / failures",
    "Ontakt; interval: Clopper and Pearson 1934",
    needs=("failures", "recovered"),
)
def failures_recovered(ledger: Ledger) -> Measure:
    """The share of failures that needed nobody."""
    k, n = ledger.recovered, ledger.failures
    return Measure(value=k / n if n else None, n=n, interval=clopper_pearson(k, n))


@kpi(
    "recoveries",
    "count",
    "autonomous recoveries that succeeded and that no inspector contradicts: near misses, counted "
    "and never hidden",
    "Ontakt",
    needs=("recoveries",),
)
def recoveries(ledger: Ledger) -> Measure:
    """How often the robot helped itself."""
    total = int(ledger.cycles.recoveries.sum())
    return Measure(value=float(total), n=total, exposure=ledger.hours)


@kpi(
    "mttr",
    "s",
    "time in stops that the unit itself was down for / number of such stops (sum over events; "
    "some readings of ISO 22400-2 divide by events + 1)",
    "ISO 22400-2 mean time to restore; stops by SEMI E10 unscheduled down",
    needs=("stops",),
)
def mttr(ledger: Ledger) -> Measure:
    """How long it takes to go on after a stop."""
    down = [stop.ticks for stop in ledger.time.stops if stop.down]
    mean = ledger.time.seconds(sum(down)) / len(down) if down else None
    return Measure(value=mean, n=len(down), exposure=ledger.hours)
