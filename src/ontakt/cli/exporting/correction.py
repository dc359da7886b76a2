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

    def lessons(self, space: ActionSpace) -> Iterator[Lesson]:
        """A lesson for every moment with images on the beat of `DRIVEN_HZ`, in the order of time:
        the person is the teacher, so his answer is what the robot was told next, after the guard.

        Left out are moments whose HORIZON rows are not all there or not finite, and those behind
        which nothing moves: a person who thinks shows nobody to stand still.
        """
        numbers = count(self.takeover.begun)
        every = max(1, space.control_hz // DRIVEN_HZ)
        for tick, moment in self.moments.items():
            if tick % every or not moment.observation.images:
                continue
            answer = self._answer(tick)
            if answer is None or not finite(moment.observation, answer):
                continue
            if not np.any(answer != answer[0]):
                continue
            yield Lesson(
                observation=msgspec.structs.replace(
                    moment.observation, job=self.job, instruction=INSTRUCTIONS[self.job]
                ),
                command=moment.command,
                driver="teacher",
                free=answer,
                committed=1 + next(numbers) % LONGEST,
                behind=answer,
            )

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
    """Those of `takeovers` in which an arm moved on this tape, in the order of time."""
    found = []
    for takeover in takeovers:
        moments = {
            one.observation.tick: one
            for one in tape
            if takeover.begun <= one.observation.tick <= takeover.ended
        }
        driven = {s for one in moments.values() for s, d in one.drives.items() if d == "person"}
        job = tuple(s for one in list(moments.values())[:1] for s in one.drives if s in driven)
        if job:
            found.append(Correction(takeover=takeover, job=job, moments=moments))
    return found
