"""The six figures that are read from across the hall."""

from msgspec import Struct

from ontakt.evidence.report.numbers import UNKNOWN, count, figure, interval, percent, seconds
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.shift_record import Untold


class Tile(Struct, frozen=True):
    """A figure, its name, and the line that keeps it honest."""

    label: str
    value: str
    detail: str


def tiles(pool: Pool) -> tuple[Tile, ...]:
    """The essential figures, each with its interval or with what it is measured against."""
    done = sum(len(chapter.shift.finished) for chapter in pool.chapters)
    plans = [chapter.planned_cycles for chapter in pool.chapters]
    plan = None if None in plans else sum(p or 0 for p in plans)
    good, n = pool.both_sides
    return (
        _tile(pool, "both_sides_ok", "Both sides good", f"{count(good)} of {count(n)}"),
        _tile(pool, "step_ins", "Step-ins", _or_not_told(pool, "step_ins", "no exposure")),
        _tile(
            pool,
            "uptime",
            "Uptime",
            _or_not_told(pool, "stops", "share of the shift it could work"),
        ),
        _tile(
            pool, "iso22400.oee", "OEE", _or_not_told(pool, "stops", "ISO 22400-2, at this takt")
        ),
        Tile(
            "Cycles finished",
            count(done),
            "no plan recorded" if plan is None else f"of {count(plan)} planned",
        ),
        _slow_cycles(pool),
    )


def _or_not_told(pool: Pool, what: Untold, otherwise: str) -> str:
    """The line under a figure that needs `what`, which an imported log may leave open."""
    untold = any(what in chapter.shift.untold for chapter in pool.chapters)
    return "not in the log" if untold else otherwise


def _tile(pool: Pool, name: str, label: str, otherwise: str) -> Tile:
    kpi = pool.kpis.get(name)
    if kpi is None:
        parts = [chapter.kpis[name] for chapter in pool.chapters]
        known = [part for part in parts if part.value is not None]
        if not known:
            return Tile(label, UNKNOWN, otherwise)
        low, high = (f(known, key=_value) for f in (min, max))
        return Tile(label, f"{figure(low)} \N{EN DASH} {figure(high)}", "by shift; not pooled")
    bounds = interval(kpi)
    if bounds and kpi.confidence is not None:
        return Tile(label, figure(kpi), f"{percent(kpi.confidence, 0)}: {bounds}")
    return Tile(label, figure(kpi), otherwise)


def _slow_cycles(pool: Pool) -> Tile:
    parts = [chapter.kpis["cycle_time.p95"] for chapter in pool.chapters]
    known = [part.value for part in parts if part.value is not None]
    takts = sorted({chapter.takt_s for chapter in pool.chapters})
    takt = f"takt {' and '.join(seconds(t) for t in takts)}"
    if not known:
        return Tile("95 % of cycles within", UNKNOWN, takt)
    if pool.several:
        takt = f"in the slowest shift; {takt}"
    return Tile("95 % of cycles within", seconds(max(known)), takt)


def _value(kpi: object) -> float:
    value = getattr(kpi, "value", None)
    return 0.0 if value is None else float(value)
