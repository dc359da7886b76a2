"""KPIs of time: uptime, OEE with its factors, the three availabilities, waiting."""

import numpy as np

from ontakt.evidence.kpi.definition import Definition, Measure, kpi
from ontakt.evidence.kpi.iso22400 import Unit, ratio
from ontakt.evidence.kpi.ledger import Ledger
from ontakt.evidence.kpi.table import GOOD
from ontakt.evidence.statistics.intervals import clopper_pearson

_ISO = "ISO 22400-2:2014"


def unit(ledger: Ledger) -> Unit:
    """The shift in the terms of ISO 22400-2 [ticks]: PRU is takt; PQ are the parts that the station
    brought out by itself, GQ those good by inspection."""
    time, table = ledger.time, ledger.cycles
    good = table.produced & (table.both == GOOD)
    return Unit(
        pbt=time.pbt,
        adot=time.adot,
        adet=time.adet,
        aust=time.aust,
        pru=ledger.takt_s * time.hz,
        pq=int(np.count_nonzero(table.produced)),
        gq=int(np.count_nonzero(good)),
    )


@kpi(
    "uptime",
    "1",
    "(productive + standby + engineering time) / operations time; waiting for the line or for the "
    "beat is up, stopped by the robot's own cause or by safety is down",
    "SEMI E10",
    needs=("stops",),
)
def uptime(ledger: Ledger) -> Measure:
    """The share of time in which the station could have worked."""
    time = ledger.time
    return Measure(value=ratio(time.uptime, time.operations), exposure=ledger.hours)


@kpi(
    "iso22400.availability",
    "1",
    "APT / PBT: production time / planned busy time",
    _ISO,
    needs=("stops",),
)
def availability(ledger: Ledger) -> Measure:
    """Penalises setup, waiting and every stop."""
    return Measure(value=unit(ledger).availability, exposure=ledger.hours)


@kpi(
    "iso22400.effectiveness",
    "1",
    "PRU x PQ / APT with PRU = takt: planned time of the parts that the station brought out by "
    "itself / production time; slow cycles and those that a person finished lower it",
    _ISO,
    needs=("stops", "takt"),
)
def effectiveness(ledger: Ledger) -> Measure:
    """Production time that no part of the station's own stands for. At most 1 on a takt: each part
    that the station brings out by itself holds the place for a whole pitch of production."""
    iso = unit(ledger)
    return Measure(value=iso.effectiveness, n=iso.pq, exposure=ledger.hours)


@kpi(
    "iso22400.quality",
    "1",
    "GQ / PQ: parts good by inspection / parts that the station brought out by itself",
    f"{_ISO}; interval: Clopper and Pearson 1934",
    needs=("verdicts",),
)
def quality(ledger: Ledger) -> Measure:
    """A part that a person finished is not the station's; its time is lost to effectiveness."""
    iso = unit(ledger)
    return Measure(
        value=iso.quality,
        n=iso.pq,
        exposure=ledger.hours,
        interval=clopper_pearson(iso.gq, iso.pq),
    )


@kpi(
    "iso22400.oee",
    "1",
    "availability x effectiveness x quality = PRU x GQ / PBT",
    _ISO,
    needs=("stops", "takt", "verdicts"),
)
def oee(ledger: Ledger) -> Measure:
    """Good parts against what takt planned for the time."""
    iso = unit(ledger)
    return Measure(value=iso.oee, n=iso.pq, exposure=ledger.hours)


@kpi(
    "tpm.availability",
    "1",
    "(PBT - ADOT - AUST - breakdowns) / PBT: run time / planned time, where stops up to the "
    "plant's limit for a minor stop are a loss of performance, not of availability",
    "TPM (Nakajima)",
    needs=("stops",),
)
def tpm_availability(ledger: Ledger) -> Measure:
    """The availability that most plants mean by OEE."""
    time = ledger.time
    run = time.pbt - time.adot - time.aust - time.breakdowns
    return Measure(value=ratio(run, time.pbt), exposure=ledger.hours)


@kpi(
    "inherent.availability",
    "1",
    "MTBF / (MTBF + MTTR), with MTBF = processing time / stops and MTTR = time in stops / stops, "
    "over stops that the unit itself was down for; unknown without one",
    "maintenance practice (MIL-HDBK-338B inherent availability)",
    needs=("stops",),
)
def inherent_availability(ledger: Ledger) -> Measure:
    """The robot's own, whatever the line did."""
    down = [stop.ticks for stop in ledger.time.stops if stop.down]
    up = ledger.time.aupt
    value = ratio(up, up + sum(down)) if down else None
    return Measure(value=value, n=len(down), exposure=ledger.hours)


def _waiting(name: str, who: str) -> Definition:
    @kpi(name, "1", f"delay that {who} answers for / planned busy time", "Ontakt", needs=("stops",))
    def waiting(ledger: Ledger) -> Measure:
        lost = ledger.time.lost.get(who, 0)
        return Measure(value=ratio(lost, ledger.time.pbt), exposure=ledger.hours)

    return waiting


starved = _waiting("starved", "upstream")
blocked = _waiting("blocked", "downstream")
