"""A shift: parts at takt, from start-up to the last event, whatever happens in between.

The same program runs in simulation and on a robot: it waits by `Cell.rest`, which a simulation
skips. It knows the station only as a `Cell`, its people only as an `Operator`, and writes nothing
but events.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Literal

from ontakt.contract import (
    BadValue,
    Cell,
    CycleError,
    HaltError,
    OntaktError,
    RecordSink,
    State,
)
from ontakt.contract.event import (
    Ending,
    Event,
    PitchLost,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
    StateChanged,
)
from ontakt.line.andon import Andon
from ontakt.line.attendant import Attendant
from ontakt.line.cycle_log import CycleLog
from ontakt.line.disturbance import Disturbance
from ontakt.line.faults import Faults
from ontakt.line.feeder import Feeder
from ontakt.line.guard_log import GuardLog
from ontakt.line.line_config import LineConfig
from ontakt.line.pace import HoldAsked, Pace, StopAsked
from ontakt.line.progress import Progress
from ontakt.line.state_machine import UnitCommand
from ontakt.line.stoppage import Stoppage
from ontakt.line.supervisor import SafetyStop, Supervisor
from ontakt.line.takt import Takt, exact
from ontakt.line.unit import Unit
from ontakt.line.visiting import Visiting
from ontakt.line.work import Work


class Shift:
    """Works one shift on `cell` as `plan` says and records it in `sink`.

    `plan` is the shift's first event; `resumed` writes ShiftResumed instead, with `first_cycle`
    and `first_call` as the next numbers. `watch` is called at every change of state and after
    every cycle; it may call `stop`.
    Raises BadValue when plan and cell disagree on control rate or sides.
    """

    def __init__(
        self,
        cell: Cell,
        sink: RecordSink,
        plan: ShiftStarted,
        config: LineConfig,
        supervisor: Supervisor,
        attendant: Attendant,
        *,
        first_cycle: int = 0,
        first_call: int = 0,
        resumed: bool = False,
        pictures: bool = True,
        watch: Callable[[Progress], None] | None = None,
    ) -> None:
        hz = cell.clock.hz
        if plan.control_hz != hz:
            raise BadValue("control rate of the plan", plan.control_hz, f"the cell runs at {hz}")
        if plan.sides != cell.sides:
            raise BadValue("sides of the plan", plan.sides, f"the cell has {cell.sides}")
        self._cell, self._sink, self._plan, self._config = cell, sink, plan, config
        self._clock, self._watch, self._resumed = cell.clock, watch, resumed
        self._supervisor = supervisor
        self._takt = Takt(plan.takt_s, hz)
        self._end: Fraction | None = None
        self._unit = Unit(self._post)
        self._andon = Andon(self._post, attendant, cell.clock, first_call)
        self._faults = Faults(cell, self._post, pictures)
        self._feeder = Feeder(cell, self._post)
        self._guard_log = GuardLog(self._post, pause=hz)
        self._pace = Pace(cell, self._andon, self._guard_log, config.homing_limit)
        self._log = CycleLog(cell, self._post, self._faults, self._guard_log, first_cycle)
        self._stoppage = Stoppage(
            cell,
            self._unit,
            self._andon,
            self._faults,
            self._pace,
            self._log.inspect,
            config.protective_stop,
            attendant,
            Visiting(cell, self._andon, self._pace, self._unit, self._log, self._post),
        )
        self._upstream = Disturbance(
            config.upstream_gap_per_h, config.upstream_gap, plan.seed, "upstream", hz
        )
        self._downstream = Disturbance(
            config.downstream_block_per_h, config.downstream_block, plan.seed, "downstream", hz
        )
        self._marks = 0
        """Parts that went by marked since the last good one or the last person."""

    def stop(self) -> None:
        """Ask the shift to end safely as soon as it can; a signal handler may call it."""
        self._pace.stop_asked = True

    def run(self) -> None:
        """Work the shift to its end. Raises HaltError, after the record is whole, when the cell
        halted."""
        try:
            try:
                self._post(ShiftResumed(cycle=self._log.number) if self._resumed else self._plan)
                self._start_up()
                while self._another():
                    self._pitch()
                self._finish()
            except (StopAsked, KeyboardInterrupt):
                self._stop_safely()
        except HaltError as error:
            self._halt(str(error))
            raise

    # -- the frame of the shift

    def _start_up(self) -> None:
        """Home the robot and start; the shift's time begins with its first beat."""
        self._unit.command(UnitCommand.RESET, "start")
        try:
            self._pace.home_all()
        except (CycleError, SafetyStop) as error:
            raise HaltError(f"The robot did not get home at start-up: {error}") from error
        self._unit.complete("start")
        self._unit.through(UnitCommand.START, "start")
        now, plan = self._clock.tick, self._plan
        self._takt = Takt(plan.takt_s, self._clock.hz, start=now)
        if plan.planned_s is not None:
            begin = 0 if self._resumed else now
            self._end = begin + exact(plan.planned_s) * self._clock.hz

    def _another(self) -> bool:
        """True when another part is due: the plan wants one, and its whole pitch lies in it."""
        planned = self._plan.planned_cycles
        if planned is not None and self._log.number >= planned:
            return False
        return self._end is None or self._takt.pitch_end <= self._end

    @property
    def _over(self) -> bool:
        """True when the shift's time is over."""
        return self._end is not None and self._clock.tick >= self._end

    def _finish(self) -> None:
        """The plan is fulfilled: wait for the end of its time, or of the last part's pitch."""
        self._pace.rest_until(self._takt.due if self._end is None else math.ceil(self._end))
        self._unit.through(UnitCommand.COMPLETE, "done")
        self._post(ShiftEnded(reason="planned"))

    def _stop_safely(self) -> None:
        """The robot goes home, unless a person is in the cell or safety stopped it: then it
        stands where it is."""
        if self._unit.can(UnitCommand.STOP):
            self._unit.command(UnitCommand.STOP, "operator")
        may_move = self._unit.state is State.STOPPING and self._cell.stop_phase == "running"
        if self._andon.person_inside or not may_move:
            self._cell.hold()
        else:
            try:
                self._pace.home_all()
            except SafetyStop:
                self._cell.stop(self._config.protective_stop)
                self._pace.come_to_stop()
            except (CycleError, KeyboardInterrupt):
                self._cell.hold()
            self._log.inspect()
        self._log.cut("operator")
        if self._unit.acting:
            self._unit.complete("operator")
        self._post(ShiftEnded(reason="stopped"))

    def _halt(self, detail: str) -> None:
        """The cell may not answer any more: it is stopped as well as it can be, and the record is
        brought to its end."""
        with suppress(OntaktError, KeyboardInterrupt):
            self._cell.stop(self._config.protective_stop)
            while self._cell.stop_phase in ("braking", "posture"):
                self._cell.step()
        with suppress(KeyboardInterrupt):  # it is ending already
            if self._unit.can(UnitCommand.ABORT):
                self._unit.through(UnitCommand.ABORT, "halt")
        if self._log.if_cut is not None:
            with suppress(OntaktError):  # the event first; what else can be had comes after it
                self._faults.record(self._log.number, None, "halt", detail, attempt=1)
        self._log.cut("halt")
        self._post(ShiftEnded(reason="halted", detail=detail))

    # -- one pitch of the line

    def _pitch(self) -> None:
        """From one beat to the moment at which the station is ready for the next part."""
        try:
            self._pace.rest_until(self._takt.due, may_hold=True)
        except HoldAsked:
            self._stoppage.help(self._log.number, "operator")
            return
        except SafetyStop as error:
            self._stoppage.before_words(error)
            cause = self._faults.stopped(self._log.number, error)
            self._stoppage.abort(self._log.number, cause, self._stoppage.category_of(error))
            return
        now = self._clock.tick
        blocked, gap = self._downstream.until(now), self._upstream.until(now)
        if blocked is not None:
            self._idle("blocked", blocked)
        elif gap is not None:
            self._idle("starved", gap)
        else:
            self._part()

    def _idle(self, ending: Literal["starved", "blocked"], until: int) -> None:
        """The line has no part, or no room for the finished one; the beat waits."""
        self._log.begin(self._takt.due, {}, ending, work=None)
        self._unit.through(UnitCommand.SUSPEND, ending)
        self._pace.rest_until(until if self._end is None else min(until, math.ceil(self._end)))
        self._unit.through(UnitCommand.UNSUSPEND, ending, after="start")
        self._end_cycle(ending)
        self._takt.restart(self._clock.tick)

    def _part(self) -> None:
        """A part is presented, worked, and let go."""
        cycle = self._log.number
        work = Work(
            self._cell,
            self._post,
            self._pace,
            self._supervisor,
            self._config,
            self._faults,
            self._andon,
            self._feeder,
            cycle,
            deadline=self._takt.next_due,
        )
        ending: Ending = "aborted"
        try:
            ending = self._serve(work)
        except (CycleError, SafetyStop) as error:
            self._stoppage.before_words(error)
            cause = self._faults.stopped(cycle, error)
            work.abandon(cause)
            if cause == "error" and self._unit.state is State.EXECUTE:
                self._stoppage.help(cycle, cause)
            else:
                self._stoppage.abort(cycle, cause, self._stoppage.category_of(error))
            self._marks = 0
        self._end_cycle(ending)
        now = self._clock.tick
        lost = self._takt.restart(now) if ending == "starved" else self._takt.leave(now)
        if lost:
            self._post(PitchLost(cycle=cycle, ticks=lost))

    def _serve(self, work: Work) -> Ending:
        """What the robot does with a part that is there, and a person if it takes one."""
        cycle = self._log.number
        variation: Mapping[str, float] = {}
        try:
            variation = self._cell.present(cycle)
        finally:  # a cell that failed here has lost a cycle too
            self._log.begin(self._takt.due, variation, "aborted", work)
        if not self._feeder.feed_all(cycle):
            self._log.if_cut = "starved"
            self._stoppage.refill(cycle)
            return "starved"
        work.start()
        self._drive(work)
        if work.done:
            self._marks = self._marks + 1 if work.marked else 0
            if self._marks >= self._config.marks_before_call:
                self._andon.call(cycle, "marks")
        else:
            work.abandon("shift_end")
            self._pace.home_all()
        self._log.inspect()
        while self._andon.open:
            self._marks = 0
            deed = self._stoppage.help(cycle, self._andon.reason)
            if deed == "again" and not self._over:
                work.again()
                self._drive(work)
        return "done" if work.done else "aborted"

    def _drive(self, work: Work) -> None:
        """The robot works until it is done or the shift's time is over; a person may hold it, and
        what he left undone is gone on with."""
        while not (work.done or self._over):
            self._pace.heed_stop()
            try:
                self._pace.heed_hold()
            except HoldAsked:
                work.pause()
                if self._stoppage.help(self._log.number, "operator") in ("finish", "remove"):
                    work.finish()
                else:
                    work.again()
                continue
            work.step()

    def _end_cycle(self, ending: Ending) -> None:
        self._log.end(ending)
        self._tell("cycle")

    def _post(self, event: Event) -> None:
        self._sink.append(event)
        if isinstance(event, StateChanged):
            self._tell(event.cause)

    def _tell(self, cause: str) -> None:
        if self._watch is not None:
            self._watch(
                Progress(
                    tick=self._clock.tick,
                    cycle=self._log.number,
                    state=self._unit.state,
                    cause=cause,
                    end_tick=None if self._end is None else math.ceil(self._end),
                )
            )
