"""One cycle in the making: what its events have said so far, and the record they add up to."""

from msgspec.structs import replace

from ontakt.contract import (
    SIDES,
    CellStats,
    CycleRecord,
    Outcome,
    Side,
    SideResult,
    State,
    ticks_of,
)
from ontakt.contract.event import (
    CycleEnded,
    CycleStarted,
    Event,
    FailureDetected,
    GuardActed,
    PartInspected,
    PhaseEntered,
    RecoveryEnded,
    RecoveryStarted,
    ShiftStarted,
    SideJudged,
    StateChanged,
)
from ontakt.evidence.shift_record import CUT, Call, Failure

_STOPS = {State.STOPPING, State.STOPPED, State.ABORTING, State.ABORTED}
INSPECTION = "inspection"
NOT_SEATED = "not_seated"
OVER_TAKT = "over_takt"
"""Deciding failure of a late cycle in which nothing was detected: it was merely slow."""


class _SideDraft:
    """One side of the cycle."""

    def __init__(self) -> None:
        self.inspected: PartInspected | None = None
        self.judged: SideJudged | None = None
        self.recoveries_begun = 0
        self.recoveries = 0
        """Those that succeeded as far as the station knows."""
        self.phases: list[tuple[str, int]] = []

    @property
    def bad(self) -> bool:
        """Bad by inspection."""
        return self.inspected is not None and not self.inspected.ok

    @property
    def escaped(self) -> bool:
        """Bad by inspection, and the station never said so."""
        return self.bad and (self.judged is None or self.judged.ok)

    def seconds(self, end: int, hz: int) -> dict[str, float]:
        """Time in each phase until `end` (or the last phase's start, if that is later)."""
        times: dict[str, int] = {}
        for k, (phase, start) in enumerate(self.phases):
            until = self.phases[k + 1][1] if k + 1 < len(self.phases) else max(end, start)
            times[phase] = times.get(phase, 0) + until - start
        return {phase: ticks / hz for phase, ticks in times.items()}


class Draft:
    """A cycle from its CycleStarted on; `feed` takes its events, `record` may be asked any time."""

    def __init__(self, shift: str, header: ShiftStarted, started: CycleStarted, tick: int) -> None:
        self._shift = shift
        self._header = header
        self._started = started
        self._start = tick
        self._last = tick
        self._ended: CycleEnded | None = None
        self._sides = {side: _SideDraft() for side in SIDES if side in started.job}
        self._failures: list[Failure] = []
        self._stop: tuple[str, str | None] | None = None
        self.calls: dict[int, Call] = {}
        """The calls of this cycle by number, as they stand; the fold keeps them up to date."""
        self.open = True
        """False once it has ended or was cut."""

    @property
    def cycle(self) -> int:
        """Its number."""
        return self._started.cycle

    def reach(self, tick: int) -> None:
        """Time has come to `tick`; it lengthens a cycle that is still open."""
        if self.open:
            self._last = tick

    def feed(self, event: Event, tick: int) -> None:
        """Take one event of this cycle, or a StateChanged during it."""
        match event:
            case CycleEnded():
                self._ended = event
                self.open = False
            case PhaseEntered(side=side, phase=phase) if side in self._sides:
                self._sides[side].phases.append((phase, tick))
            case SideJudged(side=side) if side in self._sides:
                self._sides[side].judged = event
            case PartInspected(side=side) if side in self._sides:
                self._sides[side].inspected = event
            case FailureDetected(side=side, mode=mode, signal=signal, attempt=attempt):
                self._failures.append(
                    Failure(
                        cycle=self.cycle,
                        side=side,
                        mode=mode,
                        signal=signal,
                        attempt=attempt,
                        tick=tick,
                    )
                )
            case RecoveryStarted(side=side) if side in self._sides:
                self._sides[side].recoveries_begun += 1
            case RecoveryEnded(side=side, ok=True) if side in self._sides:
                self._sides[side].recoveries += 1
                self._failures = [
                    replace(failure, recovered=True) if failure.side in (side, None) else failure
                    for failure in self._failures
                ]
            case GuardActed(action="stop", rule=rule):
                self._stop = ("guard", rule)
            case StateChanged(state=state, cause=cause) if state in _STOPS:
                self._stop = self._stop or (cause, None)
            case _:
                pass

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What was detected, and what only the inspector saw; in an aborted cycle nothing
        escaped, for its part is taken away."""
        if self._outcome is Outcome.ABORTED:
            return self._detected
        escaped = (
            Failure(
                cycle=self.cycle,
                side=side,
                mode=NOT_SEATED,
                signal=INSPECTION,
                attempt=0,
                tick=self._last,
            )
            for side, draft in self._sides.items()
            if draft.escaped
        )
        return (*self._detected, *escaped)

    @property
    def _detected(self) -> tuple[Failure, ...]:
        """What the station saw. A recovery that the inspector contradicts was none."""
        bad = {side for side, draft in self._sides.items() if draft.bad}
        return tuple(
            replace(f, recovered=False) if f.side in bad and f.recovered else f
            for f in self._failures
        )

    @property
    def _recoveries(self) -> int:
        return sum(draft.recoveries for draft in self._sides.values() if not draft.bad)

    @property
    def _done(self) -> int:
        """The tick that ends the cycle time: arms clear, or else the end."""
        if self._ended is None or self._ended.robot_done_tick is None:
            return self._last
        return self._ended.robot_done_tick

    @property
    def _step_ins(self) -> int:
        return sum(call.step_in for call in self.calls.values())

    @property
    def _outcome(self) -> Outcome:
        """The first that applies, in the order that `contract.Outcome` gives."""
        if self._ended is None or self._ended.ending == "aborted":
            return Outcome.ABORTED
        if self._ended.ending in ("starved", "blocked"):
            return Outcome(self._ended.ending)
        if self._step_ins:
            return Outcome.ASSISTED
        sides = self._sides.values()
        judged_bad = [s for s in sides if s.judged is not None and not s.judged.ok]
        # Where no inspector looked, the station's own word is all there is.
        if any(s.inspected is None or not s.inspected.ok for s in judged_bad):
            return Outcome.NOK_DETECTED
        if any(s.escaped for s in sides):
            return Outcome.NOK_ESCAPED
        takt = ticks_of(self._header.takt_s, self._header.control_hz)
        return Outcome.LATE if self._done - self._start > takt else Outcome.ON_TAKT

    def _decider(self, outcome: Outcome) -> tuple[str | None, str | None]:
        """The failure that decided `outcome`, and what showed it."""
        if self._ended is None:
            return CUT, None
        if outcome in (Outcome.STARVED, Outcome.BLOCKED):
            return outcome.value, None
        if outcome is Outcome.ON_TAKT:
            return None, None
        if outcome is Outcome.NOK_ESCAPED:
            return NOT_SEATED, INSPECTION
        lasting = [(f.mode, f.signal) for f in self._detected if not f.recovered]
        match outcome:
            case Outcome.LATE:
                return next(((f.mode, f.signal) for f in self._failures[::-1]), (OVER_TAKT, None))
            case _ if lasting:
                return lasting[-1]
            case Outcome.ASSISTED:
                return next((call.reason for call in self.calls.values()), None), "call"
            case Outcome.ABORTED:
                return self._stop or (self._given_up or outcome.value, None)
            case _:
                return NOT_SEATED, "station"

    @property
    def _given_up(self) -> str | None:
        """Why the station gave up the last side that it gave up."""
        reasons = [s.judged.reason for s in self._sides.values() if s.judged and not s.judged.ok]
        return reasons[-1] if reasons else None

    @property
    def stats(self) -> CellStats | None:
        """What the runtime counted; None where it was cut or counted nothing."""
        return self._ended.stats if self._ended else None

    def record(self) -> CycleRecord:
        """The cycle as far as it is known; one without its end is cut at its last event."""
        hz, outcome = self._header.control_hz, self._outcome
        failure, detected_by = self._decider(outcome)
        stats = self.stats
        return CycleRecord(
            shift=self._shift,
            cycle=self.cycle,
            outcome=outcome,
            started_tick=self._start,
            ended_tick=self._last,
            control_hz=hz,
            takt_s=self._header.takt_s,
            cycle_s=(self._done - self._start) / hz,
            sides={side: self._side(side) for side in self._sides},
            variation=dict(self._started.variation),
            failure=failure,
            detected_by=detected_by,
            recoveries=self._recoveries,
            step_ins=self._step_ins,
            inferences=stats.inferences if stats else 0,
            starved_ticks=stats.starved_ticks if stats else 0,
        )

    def _side(self, side: Side) -> SideResult:
        draft = self._sides[side]
        seen, judged = draft.inspected, draft.judged
        begun = draft.recoveries_begun
        return SideResult(
            inspected_ok=seen.ok if seen else None,
            believed_ok=judged.ok if judged else None,
            offset=seen.offset if seen else None,
            height=seen.height if seen else None,
            tilt=seen.tilt if seen else None,
            retries=self._ended.retries.get(side, 0) if self._ended else begun,
            failures=tuple(f.mode for f in self._failures if f.side == side),
            phases=draft.seconds(self._done, self._header.control_hz),
        )
