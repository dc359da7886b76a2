"""The seven figures that a plant's manager asks for, read from across the hall."""

from msgspec import Struct

from ontakt.contract.kpi import Kpi
from ontakt.evidence.gate.finding import Finding
from ontakt.evidence.gate.qualification import Qualified
from ontakt.evidence.gate.requirement import Assists, BothSides, Escapes, Takt
from ontakt.evidence.numbers import (
    UNKNOWN,
    count,
    duration,
    figure,
    hours,
    interval,
    number,
    percent,
    plural,
    seconds,
)
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.report.run_at_rate import run_at_rate
from ontakt.evidence.shift_record import Untold

_UNTOLD = "not in the log"
_CYCLES = "cycles not in the log"
_APART = "by shift; not pooled"


class Tile(Struct, frozen=True, kw_only=True):
    """A figure, its name, and the lines that keep it honest."""

    label: str
    value: str
    details: tuple[str, ...]
    finding: Finding | None = None
    """What a gate asked of this figure, and how that stands."""


def tiles(pool: Pool, judged: Qualified | None = None) -> tuple[Tile, ...]:
    """The essential figures, each with its bound, its exposure or its definition."""
    asked = _asked(judged)
    return (
        _both_sides(pool, asked.get(BothSides)),
        _takt(pool, asked.get(Takt)),
        _assists(pool, asked.get(Assists)),
        _escapes(pool, asked.get(Escapes)),
        _timed(pool, "uptime", "Uptime", "share of the shift in which it could work, SEMI E10"),
        _timed(pool, "iso22400.oee", "OEE", "good parts against takt, ISO 22400-2"),
        _worked(pool, judged),
    )


def _asked(judged: Qualified | None) -> dict[type, Finding]:
    """Kind of requirement to what was found of it."""
    if judged is None or judged.problems:
        return {}
    require = judged.qualification.registered.plan.require
    return dict(zip(map(type, require), judged.judgement.findings, strict=True))


def _both_sides(pool: Pool, finding: Finding | None) -> Tile:
    good, n = pool.both_sides
    return Tile(
        label="Both sides good",
        value=_value(pool, "both_sides_ok"),
        details=(_of(pool, good, n, "verdicts"), *_at_least(pool, "both_sides_ok")),
        finding=finding,
    )


def _takt(pool: Pool, finding: Finding | None) -> Tile:
    counts = pool.counts("takt_compliance")
    slow = [chapter.kpis["cycle_time.p95"].value for chapter in pool.chapters]
    known = [value for value in slow if value is not None]
    takts = sorted({chapter.takt_s for chapter in pool.chapters})
    told = " and ".join(seconds(takt) for takt in takts)
    within = f"takt {told}"
    if known:
        of = " in the slowest shift" if pool.several else ""
        within = f"95 % within {seconds(max(known))}{of}, takt {told}"
    kept = _of(pool, sum(k for k, _ in counts), sum(n for _, n in counts), "times")
    return Tile(
        label="Takt kept by itself",
        value=_value(pool, "takt_compliance"),
        details=(kept, *_at_least(pool, "takt_compliance"), within),
        finding=finding,
    )


def _assists(pool: Pool, finding: Finding | None) -> Tile:
    label, untold = "Hours between assists", _untold(pool, "step_ins", "times")
    mtba, rate = pool.kpis.get("mtba"), pool.kpis.get("step_ins")
    if untold or mtba is None or rate is None:
        details = (_UNTOLD,) if untold else (_APART,)
        value = UNKNOWN if untold else _value(pool, "mtba")
        return Tile(label=label, value=value, details=details, finding=finding)
    worked, events = mtba.exposure or 0.0, mtba.n or 0
    bounds = interval(mtba)
    told = (f"{percent(mtba.confidence, 0)}: {bounds}",) if bounds else ()
    if not events:
        value = "no assist" if worked else UNKNOWN
        return Tile(label=label, value=value, details=(f"in {hours(worked)}", *told),
                    finding=finding)  # fmt: skip
    stepped = f"{plural(events, 'step-in')}, {number(rate.value)} an hour"
    return Tile(label=label, value=figure(mtba), details=(stepped, *told), finding=finding)


def _escapes(pool: Pool, finding: Finding | None) -> Tile:
    label, counts = "Escapes", pool.counts("escapes")
    bad, n = sum(k for k, _ in counts), sum(n for _, n in counts)
    if not n:
        none = _UNTOLD if _untold(pool, "verdicts") else "no passed side was inspected"
        return Tile(label=label, value=UNKNOWN, details=(none,), finding=finding)
    bound = pool.bound("escapes", "upper")
    told = () if bound is None else (f"95 %: at most {percent(bound.high)}",)
    of = f"of {plural(n, 'side')} passed as good"
    return Tile(label=label, value=count(bad), details=(of, *told), finding=finding)


def _timed(pool: Pool, name: str, label: str, definition: str) -> Tile:
    told = _UNTOLD if _untold(pool, "stops") else definition
    return Tile(label=label, value=_value(pool, name), details=(told,))


def _worked(pool: Pool, judged: Qualified | None) -> Tile:
    done = sum(len(chapter.shift.finished) for chapter in pool.chapters)
    plans = [chapter.planned_cycles for chapter in pool.chapters]
    plan = None if None in plans else sum(p or 0 for p in plans)
    known = [chapter.hours for chapter in pool.chapters if chapter.hours is not None]
    of = ", no plan recorded" if plan is None else f" of {count(plan)} planned"
    run = run_at_rate(pool)
    made = (
        ()
        if run.rate is None
        else (f"{count(run.total.good)} good of {count(run.total.planned)} that takt planned",)
    )
    n = len(pool.chapters)
    shifts = (f"in {plural(n, 'shift')}",) if pool.several else ()
    if judged is not None:
        shifts = (f"{count(n)} of {plural(n + judged.unread, 'shift')} of the plan read",)
    return Tile(
        label="Worked",
        value=duration(3600 * sum(known)) if len(known) == len(pool.chapters) else UNKNOWN,
        details=(
            _CYCLES if _untold(pool, "cycles") else f"{plural(done, 'cycle')} finished{of}",
            *made,
            *shifts,
        ),
    )


def _of(pool: Pool, k: int, n: int, needed: Untold) -> str:
    """So many of so many, and of none why."""
    if n:
        return f"{count(k)} of {plural(n, 'cycle')}"
    return _UNTOLD if _untold(pool, needed, "cycles") else "no cycle to count"


def _value(pool: Pool, name: str) -> str:
    """The figure of all shifts together, or from the least to the greatest of them."""
    kpi = pool.kpis.get(name)
    if kpi is not None:
        return figure(kpi)
    known = [part.kpis[name] for part in pool.chapters if part.kpis[name].value is not None]
    if not known:
        return UNKNOWN
    low, high = (f(known, key=_plain) for f in (min, max))
    if low.value == high.value:
        return figure(low)
    return f"{figure(low)} \N{EN DASH} {figure(high)}"


def _at_least(pool: Pool, name: str) -> tuple[str, ...]:
    bound = pool.bound(name, "lower")
    if bound is not None:
        return (f"95 %: at least {percent(bound.low)}",)
    return (_APART,) if pool.several and any(n for _, n in pool.counts(name)) else ()


def _untold(pool: Pool, *what: Untold) -> bool:
    """True when an imported log leaves one of `what` open."""
    return any(one in chapter.shift.untold for chapter in pool.chapters for one in what)


def _plain(kpi: Kpi) -> float:
    return 0.0 if kpi.value is None else float(kpi.value)
