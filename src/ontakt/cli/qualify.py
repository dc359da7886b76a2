"""`ontakt qualify`: a pre-registered acceptance of a policy at a station, on the factory clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from ontakt.cli.options import ShiftOptions, check_planned_latency
from ontakt.cli.policies import usual_strategy
from ontakt.contract import BadValue, SetupError

if TYPE_CHECKING:
    from ontakt.evidence.gate.plan import GatePlan


@dataclass(frozen=True)
class QualifyCommand:
    """Find out whether a station can be scheduled: register a plan, work its shifts, and say READY,
    NOT READY or NOT ENOUGH DATA with the reason.

    The plan is sealed before the first cycle, with the hashes of policy, station, configuration
    and software: a changed policy is another plan. A qualification that was cut goes on with the
    same command. Exit code 0 is READY, 1 is not.

    Examples:

      ontakt qualify nut-loading --policy expert --gate scheduled --jobs 2
      ontakt qualify nut-loading --gate probation --variation plant misalignment=0..2mm
      ontakt qualify nut-loading --policy xr0:runs/second/checkpoint --plan our-plant.toml --json
    """

    station: Annotated[Positional[str], arg(metavar="STATION")]
    """Name of a station, or a station file (see: ontakt list stations)."""
    policy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The worker (see: ontakt list policies); the station's own when left out."""
    gate: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """What it has to show: demo, supervised, probation, scheduled or lights-out; scheduled when
    neither this nor --plan is given."""
    plan: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """A plan of your own (TOML, see docs/qualify.md)."""
    variation: Annotated[
        tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE", help_behavior_hint="")
    ] = ()
    """One variation in place of the plan's: a level, and axes that differ from it."""
    method: Annotated[str | None, arg(metavar="fixed|anytime", help_behavior_hint="")] = None
    """fixed: read once, at the end of the plan. anytime: read after every shift, at the price of
    more cycles. The plan's own when left out."""
    robot: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The body, as sim:g1; the station's own when left out."""
    takt: Annotated[float | None, arg(metavar="S", help_behavior_hint="")] = None
    """Seconds from part to part; the station's own when left out."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Every shift's seed comes from it: the same parts for every policy."""
    latency: Annotated[str, arg(metavar="MODEL")] = "fixed:80ms"
    """How long the policy thinks: fixed:MS, normal:MS,SD or trace:FILE."""
    strategy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """How its chunks become a motion, as in ontakt shift."""
    jobs: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Shifts at a time; as many as there are cores when left out. Changes no result."""
    fleet: Annotated[str, arg(metavar="local|ray[:ADDRESS]")] = "local"
    """Where shifts are worked."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The qualification's folder; qualifications/STATION-GATE-SEAL when left out."""
    json: bool = False
    """Print the verdict as one JSON object as the last line on stdout."""

    def run(self, arguments: Sequence[str]) -> int:
        """Register, work, judge, tell. Returns the exit code."""
        if self.jobs is not None and self.jobs < 1:
            raise BadValue("--jobs", self.jobs, "at least 1 shift at a time")
        check_planned_latency(self.latency)
        plan = self._plan()
        from ontakt.cli.qualification.enrolment import Enrolment
        from ontakt.cli.qualification.qualification import qualify

        enrolment = Enrolment.new(self._options(), plan)
        command = ("ontakt", *arguments)
        return qualify(enrolment, command, self.out, self.fleet, self.jobs, as_json=self.json)

    def _plan(self) -> "GatePlan":
        from msgspec.structs import replace

        from ontakt.evidence.gate.ladder import find_gate
        from ontakt.evidence.gate.plan import read_plan

        if self.plan is not None and self.gate is not None:
            raise SetupError("--plan and --gate exclude each other; give one.")
        plan = find_gate(self.gate or "scheduled") if self.plan is None else read_plan(self.plan)
        if self.variation:
            plan = replace(plan, cells=(self.variation,))
        if self.method is not None:
            if self.method not in ("fixed", "anytime"):
                raise BadValue("--method", self.method, "fixed or anytime")
            plan = replace(plan, method=self.method)
        return plan

    def _options(self) -> ShiftOptions:
        policy = self.policy
        if policy is None:
            from ontakt.station.registry import find_station

            policy = find_station(self.station).section.policy
        return ShiftOptions(
            station=self.station,
            robot=self.robot,
            policy=policy,
            cycles=1,
            hours=None,
            takt=self.takt,
            seed=self.seed,
            variation=("nominal",),
            latency=self.latency,
            strategy=self.strategy or usual_strategy(policy),
        )
