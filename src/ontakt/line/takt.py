"""The takt clock: on which control tick the next part is due.

The grid is exact: beat k after a release on tick r is the first control tick at or after
r + k * takt * hz, in rational arithmetic, so a takt of 7.77 s at 30 Hz is 233.1 ticks and does not
drift over a shift. On a fixed-position line the part stays until the station is done; when that is
later than the beat, the line stood and the grid begins anew at the release.
"""

from fractions import Fraction
from math import ceil

from ontakt.contract import BadValue


def exact(seconds: float) -> Fraction:
    """The decimal number that a person wrote as `seconds`: 7.77 is 777/100, not its nearest
    binary fraction."""
    return Fraction(repr(float(seconds)))


class Takt:
    """Beats from tick `start` on, every `takt_s` seconds at `hz` control ticks a second.

    Raises BadValue for a takt shorter than one control tick.
    """

    def __init__(self, takt_s: float, hz: int, start: int = 0) -> None:
        if not (takt_s > 0 and takt_s < float("inf") and exact(takt_s) * hz >= 1):
            raise BadValue("takt", takt_s, f"a takt lasts at least one control tick, 1/{hz} s")
        self.period = exact(takt_s) * hz
        """Ticks from beat to beat."""
        self._release, self._beat = start, 0

    @property
    def due(self) -> int:
        """The tick of the present beat: when its part is due."""
        return self._tick(self._beat)

    @property
    def next_due(self) -> int:
        """The tick of the beat after it: by then the station must be done."""
        return self._tick(self._beat + 1)

    @property
    def pitch_end(self) -> Fraction:
        """The same without rounding up to a whole tick."""
        return self._release + (self._beat + 1) * self.period

    def leave(self, tick: int) -> int:
        """The station is done on `tick` and lets the part go. In time, the line moves at the
        next beat; late, it moves now and the grid begins anew here. Returns the ticks that the
        line stood. Raises ValueError before the present beat."""
        if tick < self.due:
            raise ValueError(f"left on tick {tick}, before its own beat on {self.due}")
        lost = tick - self.next_due
        if lost <= 0:
            self._beat += 1
            return 0
        self._release, self._beat = tick, 0
        return lost

    def restart(self, tick: int) -> int:
        """The present beat happens on `tick` instead: its part could not be worked before.
        Returns the ticks of delay. Raises ValueError before the beat."""
        lost = tick - self.due
        if lost < 0:
            raise ValueError(f"restarted on tick {tick}, before the beat on {self.due}")
        if lost:
            self._release, self._beat = tick, 0
        return lost

    def _tick(self, beat: int) -> int:
        return self._release + ceil(beat * self.period)
