"""`ontakt evaluate`: how often a policy does its job at a station, outside of a shift."""

import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

EVALUATIONS = Path("evaluations")


@dataclass(frozen=True)
class EvaluateCommand:
    """Let a policy work parts one by one, without takt, supervisor or help, and count how often
    both sides are good: with exact intervals, what failed and how, and how fast it was.

    Every episode is kept as it ends. An evaluation that was cut goes on with the same command and
    its --out; the results depend on the seed and on nothing that ran beside them.

    Examples:

      ontakt evaluate chunk-expert toy
      ontakt evaluate chunk-expert nut-loading --episodes 200 --variation plant --jobs 2
      ontakt evaluate xr0:brains/compact nut-loading --instruction held-out --episodes 80
      ontakt evaluate xr0:brains/compact nut-loading --cameras shifted:5mm --strategy sync
      ontakt evaluate chunk-expert toy --episodes 500 --out evaluations/toy --json
    """

    policy: Annotated[Positional[str], arg(metavar="POLICY")]
    """The worker (see: ontakt list policies)."""
    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    episodes: Annotated[int, arg(metavar="N")] = 50
    """Parts, each at a station of its own."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("nominal",)
    """A level, and axes that differ from it, as: plant misalignment=0..3mm."""
    jobs: Annotated[int, arg(metavar="N")] = 1
    """Episodes at a time, each on one core; changes no result."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """All chance of an episode comes from it and the episode's number."""
    strategy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """How chunks become a motion, as in ontakt shift; when left out prefix where the policy was
    trained with one, else sync."""
    latency: Annotated[str, arg(metavar="MODEL")] = "fixed:80ms"
    """How long an inference takes: measured, fixed:MS, normal:MS,SD or trace:FILE."""
    limit: Annotated[float, arg(metavar="S")] = 30.0
    """Seconds until a job is given up."""
    instruction: Annotated[str, arg(metavar="WORDING|all|held-out")] = "Load both nuts."
    """What is ordered. all: all four jobs in all wordings that models learn from, in turn;
    held-out: in wordings that none learns from. What is not ordered must be left alone."""
    cameras: Annotated[str, arg(metavar="VIEW")] = "none"
    """What the policy is shown instead of its views: black, frozen (at the first image), swapped
    (left and right wrist), shifted:LENGTH (the wrist views, as shifted:5mm)."""
    picture: bool = False
    """Keep a picture of each kind of failure on each side, as the work ended."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The evaluation's folder; evaluations/STATION-SEED-TIME when left out."""
    json: bool = False
    """Print the figures as one JSON object as the last line on stdout."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Work the episodes that are missing, count them, tell it. Returns the exit code."""
        import msgspec

        from ontakt.cli.evaluation.evaluate import evaluate
        from ontakt.cli.evaluation.plan import EvaluationPlan
        from ontakt.cli.evaluation.progress import EvaluationProgress
        from ontakt.cli.evaluation.table import print_evaluation
        from ontakt.contract import HaltError

        plan = EvaluationPlan(
            policy=self.policy,
            station=self.station,
            episodes=self.episodes,
            variation=self.variation,
            seed=self.seed,
            strategy=self.strategy,
            latency=self.latency,
            limit_s=self.limit,
            instruction=self.instruction,
            cameras=self.cameras,
        )
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        folder = self.out or EVALUATIONS / f"{Path(self.station).stem}-{self.seed}-{now}"
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            with EvaluationProgress() as progress:
                told = evaluate(plan, self.jobs, folder, progress, pictures=self.picture)
        except (KeyboardInterrupt, HaltError):
            if progress.done:
                print(
                    f"ontakt: {progress.done} of {self.episodes} episodes are kept; the same "
                    f"command with --out {folder} goes on.",
                    file=sys.stderr,
                )
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
        if self.json:
            print(msgspec.json.encode(told).decode(), flush=True)
        else:
            print_evaluation(told, folder)
        return 0


def _interrupt(_number: int, _frame: object) -> None:
    """A service manager's stop is Ctrl-C: the episodes under way end with the evaluation."""
    raise KeyboardInterrupt
