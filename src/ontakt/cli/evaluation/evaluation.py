"""Episodes counted: what they say together, and how surely."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np
from msgspec import Struct

from ontakt.cli.evaluation.messages import Ready
from ontakt.cli.evaluation.order import mixes_jobs
from ontakt.cli.evaluation.plan import EvaluationPlan
from ontakt.cli.evaluation.result import EpisodeResult
from ontakt.contract import INSTRUCTIONS, SIDES, Side
from ontakt.evidence.statistics.intervals import clopper_pearson


class Share(Struct, frozen=True):
    """`good` of `n`, with the exact two-sided 95 % interval (Clopper and Pearson); None: unknown,
    because there is nothing to count."""

    good: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Self:
        """Of all `outcomes`."""
        seen = list(outcomes)
        good, n = sum(seen), len(seen)
        interval = clopper_pearson(good, n)
        if interval is None:
            return cls(0, 0, None, None, None)
        return cls(good, n, good / n, interval.low, interval.high)


class Failed(Struct, frozen=True):
    """One side of one episode that was not as ordered."""

    episode: int
    side: Side
    mode: str
    reason: str


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a policy does at a station. Shares count episodes whose order asks for it: `both` those
    with both sides to load, `left` those with the left side to load."""

    policy: str
    policy_hash: str
    station: str
    station_hash: str
    variation: tuple[str, ...]
    strategy: str
    latency: str
    instruction: str
    cameras: str
    seed: int
    limit_s: float
    episodes: int
    obeyed: Share
    """What was ordered is good and the rest left alone."""
    both: Share
    left: Share
    right: Share
    jobs: Mapping[str, Share] | None
    """`obeyed` by job, under the station's own wording; None where all orders were one job's."""
    failures: Mapping[str, int]
    """Sides by mode, the most frequent first."""
    side_failures: Mapping[Side, Mapping[str, int]]
    failed: tuple[Failed, ...]
    """One by one, by episode."""
    time_s: Mapping[str, float | None]
    """p50 and p95 of the time until a job was done, over episodes in which it was [s]."""
    seam_jump_mm: float | None
    """What the target jumps where one chunk takes over from another, mean over all seams [mm]."""
    jerk_rms: float | None
    """Of the told positions [m/s^3], over episodes."""
    wall_s: float
    """Of this run; episodes that were there before took none of it."""

    @classmethod
    def count(
        cls, plan: EvaluationPlan, ready: Ready, results: Sequence[EpisodeResult], wall_s: float
    ) -> Self:
        """The figures of `results`."""
        modes = {side: Counter(_modes(results, side)) for side in SIDES}
        times = [r.time_s for r in results if r.good and r.time_s is not None]
        seams = [(r.stats.seams, r.stats.seam_jump_mm[0]) for r in results if r.stats.seam_jump_mm]
        jerks = [r.stats.jerk[0] for r in results if r.stats.jerk]
        by_job = {
            words: Share.of(r.good for r in results if r.job == job)
            for job, words in INSTRUCTIONS.items()
        }
        return cls(
            policy=plan.policy,
            policy_hash=ready.policy_hash,
            station=plan.station,
            station_hash=ready.station_hash,
            variation=plan.variation,
            strategy=ready.strategy,
            latency=plan.latency,
            instruction=plan.instruction,
            cameras=plan.cameras,
            seed=plan.seed,
            limit_s=plan.limit_s,
            episodes=len(results),
            obeyed=Share.of(r.good for r in results),
            both=Share.of(r.good for r in results if r.job == SIDES),
            left=Share.of("left" not in r.faults for r in results if "left" in r.job),
            right=Share.of("right" not in r.faults for r in results if "right" in r.job),
            jobs=by_job if mixes_jobs(plan.instruction) else None,
            failures=dict(sum(modes.values(), Counter[str]()).most_common()),
            side_failures={side: dict(count.most_common()) for side, count in modes.items()},
            failed=tuple(
                Failed(r.index, side, fault.mode, fault.reason)
                for r in results
                for side, fault in r.faults.items()
            ),
            time_s={f"p{p}": float(np.percentile(times, p)) if times else None for p in (50, 95)},
            seam_jump_mm=(
                sum(n * mean for n, mean in seams) / sum(n for n, _ in seams) if seams else None
            ),
            jerk_rms=float(np.sqrt(np.mean(np.square(jerks)))) if jerks else None,
            wall_s=wall_s,
        )


def _modes(results: Sequence[EpisodeResult], side: Side) -> list[str]:
    return [r.faults[side].mode for r in results if side in r.faults]
