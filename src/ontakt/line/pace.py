"""How time passes on the line: one tick of the robot, a wait, the way home of all arms."""

from ontakt.contract import Cell, CycleError, Signals, ticks_of
from ontakt.line.andon import Andon
from ontakt.line.guard_log import GuardLog
from ontakt.line.supervisor import heed_guard


class StopAsked(Exception):
    """Somebody wants the shift to end now."""


class HoldAsked(Exception):
    """A person wants the robot to stand still until he says how to go on."""


class Pace:
    """Lets time pass and sees to what falls due meanwhile: the andon, the guard, what people want.

    Waits are broken into seconds on a clock that cannot skip, so that a stop is heeded at once, and
    further where somebody is at the console.
    """

    def __init__(self, cell: Cell, andon: Andon, guard_log: GuardLog, homing_limit: float) -> None:
        self._cell, self._andon, self._guard_log = cell, andon, guard_log
        self._limit_s = homing_limit
        self.stop_asked = False

    def heed_stop(self) -> None:
        """Raises StopAsked once a stop was asked for."""
        if self.stop_asked:
            raise StopAsked

    def heed_hold(self) -> None:
        """Raises HoldAsked once a person wants it."""
        self._andon.heed(may_hold=True)

    def step(self) -> Signals:
        """One control tick of the robot. Raises SafetyStop when the guard or a person stopped
        it."""
        self._andon.heed(may_hold=False)
        assert not self._andon.person_inside, "no arm moves while a person is in the cell"
        signals = self._cell.step()
        self._andon.pass_time()
        self._guard_log.see(signals)
        heed_guard(signals)
        return signals

    def come_to_stop(self) -> None:
        """Let time pass until a stop that is under way has come to its end. What the guard does
        meanwhile is on record and stops nothing anew."""
        while self._cell.stop_phase in ("braking", "posture"):
            signals = self._cell.step()
            self._andon.pass_time()
            self._guard_log.see(signals)

    def rest_until(self, tick: int, *, may_hold: bool = False) -> None:
        """Let time pass until `tick`, at once if it is over; every arm holds or is home.
        Raises StopAsked, SafetyStop when a person wants that, and HoldAsked where `may_hold`."""
        clock = self._cell.clock
        self.heed_stop()
        while clock.tick < tick:
            self._andon.heed(may_hold=may_hold)
            ticks = tick - clock.tick
            if not clock.skips:
                ticks = min(ticks, clock.hz)
            if self._andon.patience is not None:
                ticks = min(ticks, self._andon.patience)
            due = self._andon.next_tick
            if due is not None and due > clock.tick:
                ticks = min(ticks, due - clock.tick)
            self._cell.rest(ticks)
            self._andon.pass_time()
            self.heed_stop()

    def home_all(self) -> None:
        """All arms go home. Raises CycleError when one does not get there in time and SafetyStop
        when the guard stops it; a wish to stop waits until they are there."""
        clock = self._cell.clock
        self._cell.home(self._cell.sides)
        limit = clock.tick + ticks_of(self._limit_s, clock.hz)
        while True:
            homed = self.step().homed
            if all(homed.values()):
                return
            if clock.tick > limit:
                late = ", ".join(side for side, there in homed.items() if not there)
                raise CycleError(f"Not home after {self._limit_s:g} s: {late}.")
