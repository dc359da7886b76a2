"""One shift put together from all rooms, worked, and told."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import msgspec

from ontakt.cli.board_beside import BoardBeside
from ontakt.cli.board_tokens import how_to_log_in, own_tokens
from ontakt.cli.brain import open_policy
from ontakt.cli.folder import REPORT, STORE, find_store, make_folder
from ontakt.cli.lateness import print_lateness
from ontakt.cli.options import ShiftOptions
from ontakt.cli.people import People, find_people, notes_of, open_people
from ontakt.cli.policies import find_policy
from ontakt.cli.progress import ShiftProgress
from ontakt.cli.provenance import origin, software
from ontakt.cli.watchers import MakeWatcher, make_watchers, mend
from ontakt.contract import (
    HaltError,
    Policy,
    RecordError,
    SetupError,
    Station,
    UnknownName,
)
from ontakt.contract.event import NutFed, Origin, ShiftEnded, ShiftStarted
from ontakt.evidence.fold import fold
from ontakt.evidence.store import EventStore, Recorder, open_store
from ontakt.evidence.summary import summary
from ontakt.line.attendant import ModelAttendant
from ontakt.line.line_config import LineConfig
from ontakt.line.operator import ModelOperator, OperatorConfig
from ontakt.line.shift import Shift
from ontakt.line.supervisor import Supervisor
from ontakt.line.supervisor_config import SupervisorConfig
from ontakt.line.takt import Takt
from ontakt.runtime.clock import PacedClock, VirtualClock, WallClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.latency import Latency, find_latency, parse_latency
from ontakt.runtime.lateness import Lateness
from ontakt.runtime.observers import Tee
from ontakt.runtime.punctual import punctual
from ontakt.runtime.strategies import Strategy, parse_strategy
from ontakt.runtime.tap import Tap
from ontakt.runtime.watchdog import WatchdogConfig
from ontakt.station.registry import StationFile, find_station, robots, stations
from ontakt.station.variation import Variation, parse_variation

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ask the shift to end safely: Ctrl-C, and a service manager that stops."""


@dataclass(frozen=True)
class Resume:
    """Where a shift that was cut goes on."""

    folder: Path
    cycle: int
    call: int
    tick: int
    utc_ns: int


@dataclass(frozen=True)
class ShiftRun:
    """Everything that a shift needs, checked and built; nothing has moved or been written yet."""

    options: ShiftOptions
    file: StationFile
    line: LineConfig
    supervisor: SupervisorConfig
    operator: OperatorConfig
    variation: Variation
    latency: Latency
    strategy: Strategy
    watchdog: WatchdogConfig
    station: Station
    policy: Policy
    origin: Origin
    opened: ExitStack
    """The station, and whatever the policy keeps open."""
    lateness: Lateness
    """Of the ticks of a wall clock."""
    out: Path | None = None
    resume: Resume | None = None

    @classmethod
    def new(cls, options: ShiftOptions, out: Path | None) -> Self:
        """A fresh shift. Raises SetupError for whatever cannot be worked."""
        file = find_station(options.station)
        if options.station not in stations():  # the shift may go on from another directory
            options = replace(options, station=str(file.path.absolute()))
        options = replace(
            options, policy=find_policy(options.policy), latency=find_latency(options.latency)
        )
        _check_robot(options.robot, file)
        variation = parse_variation(options.variation, file.levels)
        latency = parse_latency(options.latency, options.seed)
        make_strategy = parse_strategy(options.strategy)
        line = file.config.section("line", LineConfig)
        if options.takt is not None:
            line = msgspec.structs.replace(line, takt=options.takt)
        supervisor = file.config.section("supervisor", SupervisorConfig)
        operator = file.config.section("operator", OperatorConfig)
        station = file.build(variation, options.seed)
        Takt(line.takt, station.spec.action_space.control_hz)  # refuses one that has no tick
        watchdog = file.config.optional("watchdog", WatchdogConfig())
        with ExitStack() as opened:
            opened.callback(station.close)
            policy = open_policy(options, file, station, opened)
            strategy = make_strategy(policy.spec)
            opened = opened.pop_all()
        return cls(
            options=options,
            file=file,
            line=line,
            supervisor=supervisor,
            operator=operator,
            variation=variation,
            latency=latency,
            strategy=strategy,
            watchdog=watchdog,
            station=station,
            policy=policy,
            origin=origin(
                options,
                station.spec,
                policy.spec,
                line.takt,
                variation.describe(),
                latency,
                time.time_ns(),
            ),
            opened=opened,
            lateness=Lateness(),
            out=out,
        )

    @classmethod
    def resumed(cls, where: Path, options_of: Callable[[Sequence[str]], ShiftOptions]) -> Self:
        """The rest of a shift that was cut. Raises RecordError for one that ended, and for one
        whose software, station or policy is no longer the same."""
        path = find_store(where)
        with open_store(path) as store:
            stored = store.find()
            point = store.resume_point(stored.shift)
            shift = fold(store.records(stored.shift))
        if not point.cut:
            raise RecordError(
                f"{path}: shift {stored.shift} has ended; there is nothing to resume."
            )
        run = cls.new(options_of(shift.started.command), path.parent)
        if run.options.happens_once:  # its id tells when it was begun
            begun = msgspec.structs.replace(run.origin, shift=stored.shift)
            run = replace(run, origin=begun)
        if run.origin != stored:
            run.opened.close()
            raise RecordError(
                f"{path}: shift {stored.shift} was worked with another station, policy or "
                "software; what it would become is no longer one shift. Start a new one."
            )
        resume = Resume(
            folder=path.parent,
            cycle=point.next_cycle or 0,
            call=len(shift.calls),
            tick=point.tick,
            utc_ns=point.utc_ns,
        )
        return replace(run, resume=resume)

    def work(
        self,
        *,
        record: bool,
        video: bool,
        real_time: bool,
        as_json: bool,
        speed: float | None = None,
        board: BoardBeside | None = None,
    ) -> int:
        """Work the shift to its end, write its report, print its summary; returns 0, or 3 when
        it halted. On a wall clock the calling thread is the control loop; a virtual one runs at
        `speed` times the wall's, as fast as it can when None. `board` is served beside it. Raises
        SetupError where `real_time` is asked for and not to be had."""
        wall = self.options.clock == "wall"
        people = find_people(self.options.operator)
        begun = time.perf_counter()
        code = 0
        with self.opened:
            if real_time and not wall:
                raise SetupError("--real-time is for --clock wall; the other has no deadlines.")
            # who drives by hand shows what to do: that is kept
            watchers = make_watchers(record or people.board, video)
            with punctual(real_time) if wall else nullcontext():
                folder = (
                    self.resume.folder if self.resume else make_folder(self.out, self.origin.shift)
                )
                with open_store(folder / STORE, write=True) as store, ShiftProgress() as progress:
                    if board is not None:
                        tokens = own_tokens(folder) if people.board else None
                        board.start(folder, tokens)
                        if tokens is not None:
                            print(how_to_log_in(tokens), file=sys.stderr)
                    try:
                        self._run(store, folder, progress, watchers, people, speed)
                    except HaltError as error:
                        print(f"ontakt: halted: {error}", file=sys.stderr)
                        code = 3
        if wall:
            print_lateness(self.lateness.read())
        self._tell(folder, time.perf_counter() - begun, as_json)
        return code

    def _run(
        self,
        store: EventStore,
        folder: Path,
        progress: ShiftProgress,
        watchers: Sequence[MakeWatcher],
        people: People,
        speed: float | None,
    ) -> None:
        resume, hz = self.resume, self.station.spec.action_space.control_hz
        if resume is not None:
            for past in store.records(self.origin.shift):
                progress.catch_up(past)
                if isinstance(past.event, NutFed):
                    self.station.stock({past.event.side: past.event.left})
            mend(folder, resume.cycle - 1)
        clock = self._clock(hz, speed)
        tap = Tap(self.origin.shift, clock) if people.board else None
        built = [make(folder, self.station, clock) for make in watchers]
        built += [] if tap is None else [tap]
        sink = Tee(Recorder(store, self.origin, clock, progress.hear), *built)
        cell = Executor(
            self.station,
            self.policy,
            clock,
            seed=self.options.seed,
            strategy=self.strategy,
            latency=self.latency,
            watchdog=self.watchdog,
            observers=tuple(built),
            folder=folder,
            protective_stop=self.line.protective_stop,
            looks=None if tap is None else tap.looks,
        )
        model = ModelAttendant(ModelOperator(self.operator, self.options.seed), clock)
        with ExitStack() as ending:
            ending.callback(cell.close)
            for watcher in built:
                ending.callback(watcher.close)
            shift = Shift(
                cell,
                sink,
                self._plan(hz, speed),
                self.line,
                Supervisor(self.supervisor, self.station.spec.places, hz),
                open_people(
                    people, model, clock, sink.append, tap, folder, self.origin.shift, ending
                ),
                first_cycle=resume.cycle if resume else 0,
                first_call=resume.call if resume else 0,
                resumed=resume is not None,
            )
            before = {s: signal.signal(s, lambda *_: shift.stop()) for s in _STOPS}
            for number, handler in before.items():
                ending.callback(signal.signal, number, handler)
            shift.run()

    def _clock(self, hz: int, speed: float | None) -> VirtualClock | WallClock:
        """The clock from the first tick on, or from where the shift was cut."""
        resume = self.resume
        tick = 0 if resume is None else resume.tick
        if self.options.clock == "wall":
            late_by = self.lateness.add
            return WallClock(hz, time.monotonic, time.sleep, time.time_ns, tick, late_by)
        begun = time.time_ns()
        if resume is not None:
            begun = resume.utc_ns - tick * 1_000_000_000 // hz
        if speed is not None:
            return PacedClock(hz, begun, tick, speed, time.monotonic, time.sleep)
        return VirtualClock(hz, begun, tick)

    def _plan(self, hz: int, speed: float | None) -> ShiftStarted:
        options, spec = self.options, self.station.spec
        return ShiftStarted(
            seed=options.seed,
            takt_s=self.line.takt,
            control_hz=hz,
            policy=options.policy,
            sides=spec.action_space.sides,
            planned_cycles=options.cycles,
            planned_s=None if options.hours is None else options.hours * 3600.0,
            variation=self.variation.describe(),
            latency=self.latency.text,
            strategy=options.strategy,
            clock=options.clock,
            speed=speed,
            minor_stop_s=self.line.minor_stop,
            software=software(),
            command=options.command(),
            notes=(
                *spec.notes,
                *getattr(self.policy, "notes", ()),
                *notes_of(find_people(options.operator)),
            ),
            gauge=spec.gauge,
        )

    def _tell(self, folder: Path, wall_s: float, as_json: bool) -> None:
        from ontakt.cli.telling import print_summary
        from ontakt.evidence.report import write_report

        with open_store(folder / STORE) as store:
            records = list(store.records(self.origin.shift))
        page = write_report(records, folder / REPORT, folder=folder)
        told = summary(fold(records), report=str(page), wall_s=wall_s)
        if self.resume:  # only what this run has simulated counts against its own wall time
            hz = self.station.spec.action_space.control_hz
            told["speedup"] = (records[-1].tick - self.resume.tick) / hz / wall_s
        if as_json:
            print(msgspec.json.encode(told).decode(), flush=True)
        else:
            last = records[-1].event
            reason = last.reason if isinstance(last, ShiftEnded) else "cut"
            print_summary(told, folder, reason)


def _check_robot(name: str | None, file: StationFile) -> None:
    """Raises UnknownName for a robot that does not exist, SetupError for one that cannot work
    at this station."""
    if name is None:
        return
    if name not in robots():
        raise UnknownName("robot", name, robots())
    if name != file.section.robot:
        raise SetupError(
            f"Station {file.section.name!r} is laid out for the robot {file.section.robot!r}, "
            f"not {name!r}."
        )
