"""`ontakt latency-study`: what latency costs a station, strategy by strategy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from ontakt.cli.fleet.cores import cores as cores
from ontakt.cli.options import ShiftOptions
from ontakt.contract import BadValue

if TYPE_CHECKING:
    from ontakt.cli.latency_plan import LatencyPlan


@dataclass(frozen=True)
class LatencyStudyCommand:
    """Measure what latency costs a station: the same parts with every strategy at every latency,
    and one sentence on how much the station bears.

    Each cell is a shift of its own, kept with its events and its report. A study that was cut goes
    on with the same command; a cell that is complete is not worked again.

    Examples:

      ontakt latency-study toy --cycles 20
      ontakt latency-study nut-loading --policy chunk-expert --latency 0,80,160,240,400
      ontakt latency-study nut-loading --strategy sync,lerp --latency 0 80 normal:80,15 --cycles 60
      ontakt latency-study nut-loading --policy xr0:brains/compact --latency 0 measured
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    policy: Annotated[str, arg(metavar="NAME")] = "expert"
    """The worker (see: ontakt list policies)."""
    latency: Annotated[tuple[str, ...], arg(metavar="MS,MS,...|MODEL")] = ("0,80,160,240,400",)
    """How long an inference takes: milliseconds, or measured, normal:MS,SD, trace:FILE."""
    strategy: Annotated[tuple[str, ...], arg(metavar="NAME,NAME,...")] = (
        "sync,async,ensemble,lerp,rtc,prefix",
    )
    """How chunks become a motion, as in ontakt shift; what does not suit the policy is named and
    left out."""
    cycles: Annotated[int, arg(metavar="N")] = 20
    """Parts a cell."""
    robot: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The body, as sim:g1; the station's own when left out."""
    takt: Annotated[float | None, arg(metavar="S", help_behavior_hint="")] = None
    """Seconds from part to part; the station's own when left out."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Of all cells: each works the same parts."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("nominal",)
    """A level, and axes that differ from it, as: plant misalignment=0..3mm."""
    margin: Annotated[float, arg(metavar="POINTS")] = 15.0
    """Loss of success [percentage points] up to which a latency is borne."""
    jobs: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Cells at a time; as many as there are cores when left out."""
    fleet: Annotated[str, arg(metavar="local|ray[:ADDRESS]")] = "local"
    """Whose cores: this machine's, or a Ray cluster's."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The study's folder; studies/latency-STATION-SEED-HASH when left out."""
    json: bool = False
    """Print the study as one JSON object as the last line on stdout."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Work the cells that are missing, write the study, tell it. Returns the exit code."""
        if not 0 < self.margin < 100:
            raise BadValue("--margin", self.margin, "percentage points, between 0 and 100")
        if self.jobs is not None and self.jobs < 1:
            raise BadValue("--jobs", self.jobs, "at least 1 cell at a time")
        options = ShiftOptions(
            station=self.station,
            robot=self.robot,
            policy=self.policy,
            cycles=self.cycles,
            hours=None,
            takt=self.takt,
            seed=self.seed,
            variation=self.variation,
            latency="",
        )
        from ontakt.cli.latency_plan import LatencyPlan

        return self._work(LatencyPlan.new(options, self.strategy, self.latency))

    def _work(self, plan: "LatencyPlan") -> int:
        from ontakt.cli.fleet.fleet import find_fleet
        from ontakt.cli.latency_cells import work_cells
        from ontakt.cli.latency_plan import claim
        from ontakt.cli.latency_table import print_study
        from ontakt.evidence.latency_study import conclude, write_study
        from ontakt.evidence.latency_study.page import packed

        folder = self.out or plan.folder()
        fleet = find_fleet(self.fleet, self.jobs)
        with claim(folder, plan):
            runs = work_cells(folder, plan.cells, fleet)
            study = conclude(runs, plan.refused, self._command(plan), self.margin / 100)
            page = write_study(study, folder)
        if self.json:
            print(packed(study).decode(), flush=True)
        else:
            print_study(study, page)
        return 0

    def _command(self, plan: "LatencyPlan") -> tuple[str, ...]:
        """The command line that makes this study again."""
        words = list(plan.parts.command())
        words[1] = "latency-study"
        for flag in ("--strategy", "--latency", "--clock"):
            place = words.index(flag)
            del words[place : place + 2]
        return (
            *words, "--strategy", *self.strategy, "--latency", *self.latency,
            "--margin", f"{self.margin:g}",
        )  # fmt: skip
