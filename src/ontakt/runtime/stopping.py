"""A stop on its way, by the categories of IEC 60204-1: what moves, what has power, and until when.

    category 0   (posture) -> unpowered
    category 1   braking -> (posture) -> unpowered
    category 2   braking -> standing

`posture` is there only for a body that could fall, which takes its safe posture before its drives
lose power. Braking and posture end when they are measured to be done, and after a bound in any
case; `standing` and `unpowered` end by a person's `restart` alone. Ticks are arguments, so the
machine has no clock of its own.
"""

from ontakt.contract import StopCategory, StopPhase, ticks_of

BRAKE_S = 1.0
"""A stop is at a stand after so long [s]: the guard's braking takes a tick, the servos' lag less
than half a second."""
POSTURE_S = 3.0
"""A body that has not taken its safe posture by then loses power where it is [s]."""


class Stopping:
    """The stop of one cell, at `hz` ticks a second; `posture` for a body that could fall."""

    def __init__(
        self, hz: int, *, posture: bool, brake_s: float = BRAKE_S, posture_s: float = POSTURE_S
    ) -> None:
        self._has_posture = posture
        self._bounds: dict[StopPhase, int] = {
            "braking": ticks_of(brake_s, hz),
            "posture": ticks_of(posture_s, hz),
        }
        self._category: StopCategory | None = None
        self._phase: StopPhase = "running"
        self._since = 0

    @property
    def category(self) -> StopCategory | None:
        """The stop in force; None while nothing is stopped."""
        return self._category

    @property
    def phase(self) -> StopPhase:
        """What the stop is at."""
        return self._phase

    @property
    def stopped(self) -> bool:
        """True from the first `ask` to `restart`: nobody but the stop itself moves an arm."""
        return self._phase != "running"

    @property
    def under_way(self) -> bool:
        """True while the stop has not come to its end: it needs ticks."""
        return self._phase in self._bounds

    @property
    def powered(self) -> bool:
        """False when the drives must have no power."""
        return self._phase != "unpowered"

    def ask(self, category: StopCategory, tick: int) -> StopPhase:
        """Stop, from `tick` on; returns the phase. A harder stop takes over from the one in force,
        any other changes nothing."""
        before = self._category
        if before is not None and before <= category:
            return self._phase
        self._category = category
        if category is StopCategory.IMMEDIATE:
            if self._phase not in ("posture", "unpowered"):
                self._enter("posture" if self._has_posture else "unpowered", tick)
        elif self._phase != "braking":  # what brakes already goes on, towards another end
            self._enter("braking", tick)
        return self._phase

    def advance(self, tick: int, still: bool, there: bool) -> StopPhase:
        """One tick has passed: `still` when all arms are measured to stand, `there` when all are
        measured to be in the safe posture. Returns the phase from here on."""
        over = self.under_way and tick - self._since >= self._bounds[self._phase]
        if self._phase == "braking" and (still or over):
            if self._category is StopCategory.STANDING:
                self._enter("standing", tick)
            else:
                self._enter("posture" if self._has_posture else "unpowered", tick)
        elif self._phase == "posture" and (there or over):
            self._enter("unpowered", tick)
        return self._phase

    def restart(self) -> bool:
        """A person's command: end the stop. True when something was stopped; it must run to its
        end first, so nothing happens while it is under way."""
        if not self.stopped or self.under_way:
            return False
        self._category, self._phase = None, "running"
        return True

    def _enter(self, phase: StopPhase, tick: int) -> None:
        self._phase, self._since = phase, tick
