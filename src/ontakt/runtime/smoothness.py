"""How smooth the motion is: jumps at the seams of chunks, and jerk."""

import numpy as np

from ontakt.contract import ActionSpace, Array, Command, Side
from ontakt.runtime.timeline import ActionTimeline
from ontakt.runtime.wanted import Wanted


class Smoothness:
    """Measures what was played, since `clear`.

    A seam is where a chunk takes over from another that had rows left. On the k-th tick of it, d(k)
    is the played target minus the one that the old chunk had for this tick; |d| is its greatest
    coordinate [m]. The *jump* of the seam is |d(0)|, what happens on the very tick: the distance of
    the two plans where the switch is hard (as in the literature on chunking), 0 where it begins
    with the old plan. The *step* of the seam is the greatest |d(k) - d(k-1)|, d(-1) = 0, over the
    ticks that the takeover lasts: what fading adds on any one tick, and the jump itself where it
    is hard.

    The jerk is the third difference of the positions that the robot was told (what the guard let
    through), [m/s^3], on ticks on which the policy drove the side and the four before.
    """

    def __init__(self, space: ActionSpace) -> None:
        self._space = space
        self.clear()

    def clear(self) -> None:
        """A new part: everything from zero."""
        self._seams: list[_Seam] = []
        self._open: dict[Side, _Seam] = {}
        self._tracks: dict[Side, list[list[Array]]] = {s: [[]] for s in self._space.sides}

    def played(self, side: Side, tick: int, row: Wanted, timeline: ActionTimeline) -> None:
        """`row` is what `side` plays on `tick`."""
        takeover, old = timeline.takeover(side), timeline.superseded(side, tick)
        if old is None or tick not in takeover:
            return
        seam = self._open.get(side)
        if seam is None or seam.tick != takeover.start:
            seam = self._open[side] = _Seam(takeover.start)
            self._seams.append(seam)
        seam.see(row.target[:3] - old.target[:3])

    def told(self, command: Command, driven: tuple[Side, ...]) -> None:
        """The robot is told `command`; the policy drives `driven`."""
        for side, tracks in self._tracks.items():
            if side in driven:
                tracks[-1].append(self._space.position(command.target, side))
            elif tracks[-1]:
                tracks.append([])

    @property
    def jumps_m(self) -> list[float]:
        """The jump of every seam [m]."""
        return [seam.jump for seam in self._seams]

    @property
    def steps_m(self) -> list[float]:
        """The step of every seam [m]."""
        return [seam.step for seam in self._seams]

    @property
    def jerks(self) -> Array:
        """The jerk on every tick that has one [m/s^3]."""
        third = [
            np.diff(np.stack(track), n=3, axis=0)
            for tracks in self._tracks.values()
            for track in tracks
            if len(track) > 3
        ]
        if not third:
            return np.empty(0)
        sizes = np.linalg.norm(np.concatenate(third), axis=1)
        return np.asarray(sizes * self._space.control_hz**3)


class _Seam:
    def __init__(self, tick: int) -> None:
        self.tick = tick
        self.jump = 0.0
        self.step = 0.0
        self._deviation: Array | None = None

    def see(self, deviation: Array) -> None:
        if self._deviation is None:
            self.jump = self.step = float(np.abs(deviation).max())
        else:
            self.step = max(self.step, float(np.abs(deviation - self._deviation).max()))
        self._deviation = deviation
