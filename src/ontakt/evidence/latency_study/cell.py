"""What one cell of a latency study came to."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ontakt.contract import Outcome
from ontakt.evidence.latency_study.cell_run import CellRun
from ontakt.evidence.latency_study.estimate import Estimate, estimate, mapped, quantile, ratio
from ontakt.evidence.statistics.intervals import clopper_pearson


class Cell(Struct, frozen=True, kw_only=True):
    """What a cell came to. Success counts cycles worked whose result is known; a cycle that was
    starved of parts or blocked by the line is not the robot's and counts nowhere."""

    strategy: str
    latency: str
    latency_ms: float | None
    """What an inference took: nominally, or else the cycles' medians with inferences as weights."""
    folder: str
    shift: str
    ending: Literal["planned", "stopped", "halted", "cut"]
    cycles: int
    """Cycles worked."""
    good: int
    """Of them: all sides good by inspection and no person."""
    outcomes: dict[str, int]
    failures: dict[str, int]
    """Deciding failure of a cycle that was not good, to how often."""
    step_ins: int
    success: Estimate
    cycle_mean_s: Estimate
    cycle_p50_s: Estimate
    """Cycle times are those of cycles that the robot ended by itself."""
    cycle_p95_s: Estimate
    throughput_per_h: Estimate
    """Good parts per hour of robot time: 3600 x good / sum of the cycle times of all cycles whose
    result is known, which is 3600 / mean cycle time x success."""
    starvation: Estimate
    """Ticks on which the policy owed a target and the robot held / ticks that the policy drove."""
    limited: Estimate
    """Ticks on which the guard changed what was asked for / ticks of robot time."""
    seams: int | None
    """Times that a chunk took over from another that had rows left."""
    seam_jump_mean_mm: Estimate
    seam_jump_p95_mm: Estimate
    """The cycles' own 95th percentiles, averaged with their seams as weights."""
    seam_jump_max_mm: float | None
    seam_step_mean_mm: Estimate
    seam_step_p95_mm: Estimate
    """The greatest step that a takeover adds on any of its ticks: the jump where it is hard."""
    jerk_rms: Estimate
    """[m/s^3], over ticks that the policy drove."""
    jerk_p99: Estimate
    """[m/s^3]: the cycles' own 99th percentiles, averaged with driven ticks as weights."""
    inferences: int | None
    discarded_chunks: int | None
    """Answers that came too late to be played."""


def measure(run: CellRun, seed: int) -> Cell:
    """The figures of `run`; bootstrap intervals draw from `seed`."""
    shift, worked, stats = run.shift, run.worked, run.stats
    judged = [w for w in worked if w.record.both_ok is not None]
    good = sum(w.record.both_ok is True for w in judged)
    alone = [w.record.cycle_s for w in worked if w.alone]
    counted = [w for w in worked if w.stats is not None]

    def share(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
        return ratio(parts, wholes, seed)

    seamed = [(s.seams, s.seam_jump_mm) for s in stats if s.seam_jump_mm is not None]
    stepped = [(s.seams, s.seam_step_mm) for s in stats if s.seam_step_mm is not None]
    jerky = [(s.driven_ticks, s.jerk) for s in stats if s.jerk is not None]
    return Cell(
        strategy=run.strategy,
        latency=run.latency,
        latency_ms=run.latency_ms,
        folder=run.folder,
        shift=shift.origin.shift,
        ending=shift.ended.reason if shift.ended else "cut",
        cycles=len(worked),
        good=good,
        outcomes=_counted([str(w.record.outcome) for w in worked], tuple(map(str, Outcome))),
        failures=_counted([w.record.failure for w in judged if not w.record.both_ok]),
        step_ins=shift.step_ins,
        success=estimate(
            good / len(judged) if judged else None,
            len(judged),
            clopper_pearson(good, len(judged)),
        ),
        cycle_mean_s=share(alone, [1.0] * len(alone)),
        cycle_p50_s=quantile(alone, 0.5),
        cycle_p95_s=quantile(alone, 0.95),
        throughput_per_h=share(
            [3600.0 * bool(w.record.both_ok) for w in judged], [w.record.cycle_s for w in judged]
        ),
        starvation=share([s.starved_ticks for s in stats], [s.driven_ticks for s in stats]),
        limited=share(
            [w.stats.limiter_active for w in counted if w.stats], [w.ticks for w in counted]
        ),
        seams=_sum([s.seams for s in stats]),
        seam_jump_mean_mm=share([n * jump[0] for n, jump in seamed], [n for n, _ in seamed]),
        seam_jump_p95_mm=share([n * jump[1] for n, jump in seamed], [n for n, _ in seamed]),
        seam_jump_max_mm=max((jump[2] for _, jump in seamed), default=None),
        seam_step_mean_mm=share([n * step[0] for n, step in stepped], [n for n, _ in stepped]),
        seam_step_p95_mm=share([n * step[1] for n, step in stepped], [n for n, _ in stepped]),
        jerk_rms=mapped(
            share([n * jerk[0] ** 2 for n, jerk in jerky], [n for n, _ in jerky]), math.sqrt
        ),
        jerk_p99=share([n * jerk[1] for n, jerk in jerky], [n for n, _ in jerky]),
        inferences=_sum([s.inferences for s in stats]),
        discarded_chunks=_sum([s.discarded_chunks for s in stats]),
    )


def _sum(counts: Sequence[int]) -> int | None:
    """Unknown where no cycle counted."""
    return sum(counts) if counts else None


def _counted(names: Sequence[str | None], order: Sequence[str] = ()) -> dict[str, int]:
    """How often each name stands there: in `order`, or the most frequent first."""
    counts = Counter(name or "unknown" for name in names)
    if order:
        return {name: counts[name] for name in order if counts[name]}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
