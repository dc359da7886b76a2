"""`ontakt envelope`: up to which misalignment, wear or light a station works."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from ontakt.cli.options import ShiftOptions, check_planned_latency
from ontakt.cli.policies import usual_strategy
from ontakt.contract import BadValue

if TYPE_CHECKING:
    from ontakt.cli.envelope_study.plan import EnvelopePlan


@dataclass(frozen=True)
class EnvelopeCommand:
    """Find the operating envelope of a policy at a station: a ladder over every axis of variation
    and points over all of them at once, worked as shifts, and in words up to where it holds, from
    where on it fails and by what.

    The design is written down with all hashes before the first cycle. An envelope that was cut goes
    on with the same command; a cell that is complete is not worked again.

    Examples:

      ontakt envelope nut-loading --policy expert --jobs 2
      ontakt envelope nut-loading --axes misalignment tolerance --variation plant
      ontakt envelope nut-loading --axes misalignment=4..8mm --reliability 0.99 --budget 3000
      ontakt envelope toy --budget 500 --json
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    policy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The worker (see: ontakt list policies); the station's own when left out."""
    axes: Annotated[tuple[str, ...], arg(metavar="AXIS|AXIS=LOW..HIGH", help_behavior_hint="")] = ()
    """Axes of variation, all when left out; without a range from the calmest value of the station's
    levels to the axis's harsh bound."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("nominal",)
    """The base level, at which the axes lie that a cell does not hold."""
    budget: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Cycles in all. When left out, as many as show the reliability on every rung even if one cycle
    of it fails."""
    reliability: Annotated[float, arg(metavar="SHARE")] = 0.95
    """Success per cycle that a rung is held against."""
    confidence: Annotated[float, arg(metavar="SHARE")] = 0.95
    """Of what is said to hold, and of what is said to fail."""
    rungs: Annotated[int, arg(metavar="N")] = 6
    """Values of an axis, evenly from calm to harsh."""
    robot: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The body, as sim:g1; the station's own when left out."""
    takt: Annotated[float | None, arg(metavar="S", help_behavior_hint="")] = None
    """Seconds from part to part; the station's own when left out."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """The points and every cell's own seed come from it."""
    latency: Annotated[str, arg(metavar="MODEL")] = "fixed:80ms"
    """How long the policy thinks: fixed:MS, normal:MS,SD or trace:FILE."""
    strategy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """How its chunks become a motion, as in ontakt shift."""
    jobs: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Cells at a time; as many as there are cores when left out. Changes no result."""
    fleet: Annotated[str, arg(metavar="local|ray[:ADDRESS]")] = "local"
    """Whose cores: this machine's, or a Ray cluster's."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The envelope's folder; envelopes/STATION-SEED-HASH when left out."""
    json: bool = False
    """Print the envelope as one JSON object as the last line on stdout."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Design, register, work what is missing, read it, tell it. Returns the exit code."""
        if self.jobs is not None and self.jobs < 1:
            raise BadValue("--jobs", self.jobs, "at least 1 cell at a time")
        check_planned_latency(self.latency)
        return self._work(self._plan())

    def _plan(self) -> "EnvelopePlan":
        from ontakt.cli.envelope_study.plan import EnvelopePlan
        from ontakt.cli.envelope_study.spans import find_spans
        from ontakt.evidence.envelope import Design
        from ontakt.station.registry import find_station

        file = find_station(self.station)
        policy = self.policy or file.section.policy
        design = Design.new(
            find_spans(self.axes, file.levels),
            reliability=self.reliability,
            confidence=self.confidence,
            rungs=self.rungs,
            seed=self.seed,
            budget=self.budget,
        )
        options = ShiftOptions(
            station=self.station,
            robot=self.robot,
            policy=policy,
            cycles=design.rung,
            hours=None,
            takt=self.takt,
            seed=self.seed,
            variation=self.variation,
            latency=self.latency,
            strategy=self.strategy or usual_strategy(policy),
        )
        return EnvelopePlan.new(options, design)

    def _work(self, plan: "EnvelopePlan") -> int:
        import msgspec

        from ontakt.cli.envelope_study.cells import work_cells
        from ontakt.cli.envelope_study.table import print_envelope
        from ontakt.cli.fleet.fleet import find_fleet
        from ontakt.evidence.envelope import MISALIGNED, conclude, split, told, write_envelope

        folder = self.out or plan.folder()
        fleet = find_fleet(self.fleet, self.jobs)
        with plan.claim(folder):
            print(f"registered: {split(plan.design)}", file=sys.stderr, flush=True)
            runs = work_cells(folder, plan, fleet)
            envelope = conclude(plan.design, runs, plan.base, self._command(plan))
            page = write_envelope(envelope, runs, folder)
        if self.json:
            pages = {"folder": str(folder), "report": str(page)}
            if envelope.misaligned:
                pages["misaligned_page"] = str(folder / MISALIGNED)
            print(msgspec.json.encode({**told(envelope), **pages}).decode(), flush=True)
        else:
            print_envelope(envelope, page)
        return 0

    def _command(self, plan: "EnvelopePlan") -> tuple[str, ...]:
        """The command line that makes this envelope again."""
        words = list(plan.options.command())
        words[1] = "envelope"
        for flag in ("--cycles", "--clock"):
            place = words.index(flag)
            del words[place : place + 2]
        axes = ("--axes", *self.axes) if self.axes else ()
        return (
            *words, *axes, "--budget", str(plan.design.budget),
            "--reliability", f"{self.reliability:g}", "--confidence", f"{self.confidence:g}",
            "--rungs", str(self.rungs),
        )  # fmt: skip
