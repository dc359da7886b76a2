"""`ontakt shift`: a station works a shift on the factory clock."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional, arg

from ontakt.cli.options import ShiftOptions
from ontakt.cli.policies import usual_strategy
from ontakt.contract import BadValue, MissingExtra, SetupError

_LATENCY = {"virtual": "fixed:80ms", "wall": "measured"}


@dataclass(frozen=True)
class ShiftCommand:
    """Work a shift at a station: a part every takt, every cycle recorded, people called when the
    robot needs them, and a report at the end.

    Examples:

      ontakt shift nut-loading --cycles 20
      ontakt shift nut-loading --hours 3 --seed 7 --variation plant --json
      ontakt shift nut-loading --cycles 5 --variation misalignment=2mm magnet=3N --video
      ontakt shift nut-loading --policy chunk-expert --strategy prefix --latency fixed:240
      ontakt shift toy --cycles 3 --policy openpi://127.0.0.1:8000 --clock wall
      ontakt shift nut-loading --clock wall --operator board --board --reasons reasons.toml
      ontakt shift --resume shifts/nut-loading-7-0a1b2c3d
    """

    station: Annotated[Positional[str], arg(metavar="STATION", help_behavior_hint="")] = ""
    """Name of a station, or a station file (see: ontakt list stations)."""
    policy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The worker (see: ontakt list policies); the station's own when left out."""
    robot: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """The body, as sim:g1; the station's own when left out."""
    cycles: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """How many parts to work; 20 when neither this nor --hours is given."""
    hours: Annotated[float | None, arg(metavar="H", help_behavior_hint="")] = None
    """How long the shift lasts."""
    takt: Annotated[float | None, arg(metavar="S", help_behavior_hint="")] = None
    """Seconds from part to part; the station's own when left out."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """All chance comes from it: the same seed gives the same shift."""
    variation: Annotated[tuple[str, ...], arg(metavar="LEVEL|AXIS=VALUE")] = ("nominal",)
    """A level, and axes that differ from it, as: plant misalignment=0..3mm."""
    latency: Annotated[str | None, arg(metavar="MODEL", help_behavior_hint="")] = None
    """How long the policy thinks: measured (on this machine), fixed:MS, normal:MS,SD or trace:FILE;
    fixed:80ms on the virtual clock and measured on a wall clock when left out."""
    strategy: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """How its chunks become a motion: sync, async, ensemble, lerp, rtc or prefix (see: ontakt list
    strategies); prefix for the policy that ships and sync for others when left out."""
    clock: Literal["virtual", "wall"] = "virtual"
    """virtual: as fast as it can be simulated, repeatable. wall: at the robot's own pace, with the
    policy in a process of its own."""
    real_time: bool = False
    """On a wall clock, give the control loop a real-time priority (needs the right to it)."""
    speed: Annotated[float | None, arg(metavar="X", help_behavior_hint="")] = None
    """Hold the virtual clock to X times the wall's, for people who watch or work along; as fast as
    it can be simulated when left out."""
    operator: Annotated[str, arg(metavar="model|board|board,model:TIME")] = "model"
    """Who answers calls: a model of people, people at the board's console, or people with the model
    standing in when nobody answers in time, as board,model:60s."""
    record: bool = False
    """Write an MCAP file per cycle (opens in Foxglove)."""
    video: bool = False
    """Write an MP4 per cycle."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """The shift's folder; shifts/<shift id> when left out."""
    resume: Annotated[Path | None, arg(metavar="SHIFT", help_behavior_hint="")] = None
    """Go on with a shift that was cut, from its next cycle."""
    board: Annotated[tuple[str, ...] | None, arg(metavar="HOST:PORT", help_behavior_hint="")] = None
    """Serve the shift's andon board beside it, at 127.0.0.1:8080 when no address is given; it goes
    on after the shift while somebody looks."""
    reasons: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """With --board and --operator board, a TOML file of the reason codes that the console offers:
    reasons = ["nut askew", "feeder empty"]."""
    json: bool = False
    """Print one JSON object as the last line on stdout."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Work the shift. Returns the exit code."""
        from ontakt.cli.board_beside import BoardBeside
        from ontakt.cli.people import check_people, find_people
        from ontakt.cli.shift_run import ShiftRun

        if self.reasons is not None and self.board is None:
            raise SetupError(
                f"--reasons {self.reasons} is for the console of a board beside the shift; add "
                "--board, or give it to: ontakt board"
            )
        board = None if self.board is None else BoardBeside.at(self.board, self.reasons)
        if self.video and self.clock == "wall":
            raise SetupError(
                "--video draws on the control loop, which a wall clock does not wait for; use "
                "--record, or film on the virtual clock."
            )

        if self.speed is not None and (self.clock == "wall" or not 0 < self.speed <= 1000):
            raise BadValue("--speed", self.speed, "a virtual clock at more than 0, at most 1000")
        if self.resume is not None:
            self._refuse_options()
            run = ShiftRun.resumed(self.resume, _options_of)
        else:
            if not self.station:
                raise SetupError(
                    "Which station? For example: ontakt shift nut-loading --cycles 20 "
                    "(see: ontakt list stations)."
                )
            try:
                run = ShiftRun.new(self.options(), self.out)
            except MissingExtra as error:
                if self.policy is not None:
                    raise
                raise SetupError(f"{error} Or have a script work: --policy expert.") from error
        try:
            people = find_people(run.options.operator)
            check_people(people, run.options.clock, self.speed, self.reasons)
        except SetupError:
            run.opened.close()
            raise
        return run.work(
            record=self.record,
            video=self.video,
            real_time=self.real_time,
            as_json=self.json,
            speed=self.speed,
            board=board,
        )

    def _refuse_options(self) -> None:
        """A shift that goes on is the shift that was begun. Raises SetupError for an option that
        would make another one of it."""
        of_its_own = ("resume", "speed", "real_time", "record", "video", "board", "reasons", "json")
        for field in fields(self):
            if field.name not in of_its_own and getattr(self, field.name) != field.default:
                name = "STATION" if field.name == "station" else f"--{field.name}"
                raise SetupError(
                    f"--resume goes on with a shift as it was begun; leave {name} out, "
                    "or start a new one without --resume."
                )

    def options(self) -> ShiftOptions:
        """The part of the command line on which events depend."""
        cycles = 20 if self.cycles is None and self.hours is None else self.cycles
        policy = self.policy
        if policy is None:
            from ontakt.station.registry import find_station

            policy = find_station(self.station).section.policy
        return ShiftOptions(
            station=self.station,
            robot=self.robot,
            policy=policy,
            cycles=cycles,
            hours=self.hours,
            takt=self.takt,
            seed=self.seed,
            variation=self.variation,
            latency=self.latency or _LATENCY[self.clock],
            strategy=self.strategy or usual_strategy(policy),
            clock=self.clock,
            operator=self.operator,
        )


def _options_of(command: Sequence[str]) -> ShiftOptions:
    """The options of a shift's recorded command line."""
    return tyro.cli(ShiftCommand, args=list(command[2:])).options()
