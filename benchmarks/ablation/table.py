"""Variants beside the full recipe: one row each."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from statistics import fmean

import msgspec
from benchmarks.ablation.orders import Done, Order, Orders
from benchmarks.ablation.variants import FULL, VARIANTS, Variant
from msgspec import Struct

from ontakt.cli.evaluation.evaluation import Evaluation, Share
from ontakt.cli.evaluation.record import PLAN, Identity
from ontakt.contract import SetupError
from ontakt.evidence.numbers import UNKNOWN
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.paired import paired_difference
from ontakt.policy.training.plan import read_run
from ontakt.policy.training.progress import PROGRESS, ProgressLine
from ontakt.policy.training.table import PLACES

LAST = 10
"""Lines of progress.jsonl, a hundred steps, that the figures at the end are means of."""


class Paired(Struct, frozen=True):
    """Against the full recipe, part by part."""

    gains: int
    """Parts that were good only with the variant."""
    losses: int
    """Parts that were good only with the full recipe."""
    n: int
    difference: float
    """Of the shares of good parts, the variant's less the full recipe's."""
    interval: Interval


class Learnt(Struct, frozen=True, kw_only=True):
    """What a training says at its end."""

    loss: float
    """All terms; no two variants with other terms can be compared by it."""
    squared: float
    """The flow's squared error."""
    millimetres: Mapping[str, float | None]
    """Localisation error by place; None without one."""
    minutes: float


class Row(Struct, frozen=True, kw_only=True):
    """A variant."""

    name: str
    changes: str
    order: Order
    sources: tuple[str, ...]
    """Digests of the code that trained and examined it; one where that was the same."""
    both: Share
    left: Share
    right: Share
    paired: Paired | None
    """None for the full recipe, and where that is not there."""
    failures: Mapping[str, int]
    """Sides by kind."""
    median_s: float | None
    """Until a part was done."""
    learnt: Learnt


def rows_of(orders: Orders) -> list[Row]:
    """All variants that are at their end in this folder."""
    found = {variant: orders.done(variant) for variant in VARIANTS}
    full = found[FULL]
    return [
        _row(orders, variant, done, full) for variant, done in found.items() if done is not None
    ]


def paired(full: Evaluation, other: Evaluation) -> Paired | None:
    """The difference of two evaluations of the same parts. None without parts."""
    before, after = ({one.episode for one in told.failed} for told in (full, other))
    gains, losses, n = len(before - after), len(after - before), full.episodes
    interval = paired_difference(gains, losses, n)
    return None if interval is None else Paired(gains, losses, n, (gains - losses) / n, interval)


def markdown(rows: Sequence[Row]) -> str:
    """A table for people, its columns aligned."""
    heads = (
        "variant", "both sides", "left", "right", "against full", "sides that failed",
        "median s", "flow loss", *(f"{place} mm" for place in PLACES), "minutes", "changed",
    )  # fmt: skip
    cells = [heads, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip_longest(*cells, fillvalue="")]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:], ""])


def _row(orders: Orders, variant: Variant, done: Done, full: Done | None) -> Row:
    told = done.told
    return Row(
        name=variant.name,
        changes=variant.changes,
        order=done.order,
        sources=_sources(orders, variant),
        both=told.both,
        left=told.left,
        right=told.right,
        paired=None if full is None or variant == FULL else paired(full.told, told),
        failures=told.failures,
        median_s=told.time_s["p50"],
        learnt=_learnt(orders, variant),
    )


def _sources(orders: Orders, variant: Variant) -> tuple[str, ...]:
    run = read_run(orders.training(variant))
    if run is None:
        raise SetupError(f"{orders.training(variant)}: the training is gone.")
    plan = orders.evaluation(variant) / PLAN
    examined = msgspec.json.decode(plan.read_bytes(), type=Identity).software
    return tuple(sorted({of["ontakt source"] for of in (run.software, examined)}))


def _learnt(orders: Orders, variant: Variant) -> Learnt:
    kept = (orders.training(variant) / PROGRESS).read_bytes().splitlines()[-LAST:]
    lines = [msgspec.json.decode(line, type=ProgressLine) for line in kept]
    reports = [line.report for line in lines]
    return Learnt(
        loss=fmean(report.loss for report in reports),
        squared=fmean(report.squared for report in reports),
        millimetres={
            place: _mean(report.millimetres.get(place) for report in reports) for place in PLACES
        },
        minutes=lines[-1].seconds / 60,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _cells(row: Row) -> tuple[str, ...]:
    learnt = row.learnt
    return (
        row.name,
        *(_share(share) for share in (row.both, row.left, row.right)),
        _difference(row),
        ", ".join(f"{n} {kind}" for kind, n in row.failures.items()) or "none",
        _number(row.median_s, 1),
        _number(learnt.squared, 4),
        *(_number(learnt.millimetres[place], 1) for place in PLACES),
        _number(learnt.minutes, 1),
        row.changes,
    )


def _share(share: Share) -> str:
    if share.low is None or share.high is None:
        return UNKNOWN
    return f"{share.good} of {share.n} ({100 * share.low:.1f}-{100 * share.high:.1f} %)"


def _difference(row: Row) -> str:
    """In points of a hundred."""
    if row.name == FULL.name:
        return ""
    if row.paired is None:
        return UNKNOWN
    low, high = row.paired.interval.low, row.paired.interval.high
    changed = f"{row.paired.gains} gained, {row.paired.losses} lost"
    return f"{100 * row.paired.difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}); {changed}"


def _number(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}"
