"""What a person did with the robot: the stretches of a tape that he drove, and their lessons."""

from collections.abc import Iterator, Sequence
from itertools import count

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.cli.exporting.attempt import finite
from ontakt.cli.teaching.part import HORIZON, LONGEST
from ontakt.contract import INSTRUCTIONS, ActionSpace, Array, Lesson, Side, frozen_array
from ontakt.runtime.tap import DRIVEN_HZ
from ontakt.runtime.tape import Moment

LOST = 3
"""Ticks that a late clock may lose in a row within a lesson [control ticks, 100 ms]."""


class Takeover(Struct, frozen=True, kw_only=True):
    """A person drove, as the record has it."""

    who: str
    begun: int
    """The first tick."""
    ended: int
    """The last one."""
    cycle: int | None
    """That was under way; None between two."""
    call: int | None
    """That he answered."""
    reason: str
    """Of that call; empty without one."""


class Correction(Struct, frozen=True, eq=False, kw_only=True):
    """A takeover on tape."""

    takeover: Takeover
    job: tuple[Side, ...]
    """The sides that he moved."""
    moments: dict[int, Moment]
    """By control tick, from the takeover to its end."""

    def lessons(self, space: ActionSpace) -> dict[int, Lesson]:
        """By beat of `DRIVEN_HZ` the lesson on it, in the order of time: the person is the teacher,
        so his answer is what the robot was told next, after the guard.

        Where a late clock lost the tick on which a beat fell, the lesson is that of the first one
        after it that the robot lived through before the next beat: picture, measurements and answer
        belong together, and are stamped with the beat, one or two ticks before them.

        Left out are moments whose HORIZON rows are not all there or not finite, and those behind
        which nothing moves: a person who thinks shows nobody to stand still.
        """
        if not self.job:
            return {}
        numbers = count(self.takeover.begun)
        found: dict[int, Lesson] = {}
        for stamp, tick in self._beats(max(1, space.control_hz // DRIVEN_HZ)):
            moment = self.moments[tick]
            if not moment.observation.images:
                continue
            answer = self._answer(tick)
            if answer is None or not finite(moment.observation, answer):
                continue
            if not np.any(answer != answer[0]):
                continue
            found[stamp] = Lesson(
                observation=msgspec.structs.replace(
                    moment.observation,
                    tick=stamp,
                    job=self.job,
                    instruction=INSTRUCTIONS[self.job],
                ),
                command=moment.command,
                driver="teacher",
                free=answer,
                committed=1 + next(numbers) % LONGEST,
                behind=answer,
            )
        return found

    def _beats(self, every: int) -> Iterator[tuple[int, int]]:
        """The ticks of the beats in the takeover, each with the first tick from it on that was not
        lost; none where the next beat was no later."""
        takeover = self.takeover
        for beat in range(takeover.begun + -takeover.begun % every, takeover.ended + 1, every):
            for tick in range(beat, beat + every):
                if tick in self.moments:
                    yield beat, tick
                    break

    def _answer(self, begun: int) -> Array | None:
        """(HORIZON, W): what was told from tick `begun` on; None where the takeover ends before. A
        tick that a late clock lost told nothing new, so its row is the one before; None where more
        than `LOST` of them follow one another."""
        rows: list[Array] = []
        lost = 0
        for tick in range(begun, begun + HORIZON):
            one = self.moments.get(tick)
            lost = 0 if one is not None else lost + 1
            if lost > LOST or tick > self.takeover.ended:
                return None
            rows.append(rows[-1] if one is None else one.command)
        return frozen_array(rows)


def corrections_of(tape: Sequence[Moment], takeovers: Sequence[Takeover]) -> list[Correction]:
    """Those of `takeovers` that are on this tape, in the order of time; one in which no arm moved
    has an empty job."""
    found = []
    for takeover in takeovers:
        moments = {
            one.observation.tick: one
            for one in tape
            if takeover.begun <= one.observation.tick <= takeover.ended
        }
        driven = {s for one in moments.values() for s, d in one.drives.items() if d == "person"}
        if moments:
            job = tuple(s for s in next(iter(moments.values())).drives if s in driven)
            found.append(Correction(takeover=takeover, job=job, moments=moments))
    return found
