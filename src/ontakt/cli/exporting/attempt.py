"""An attempt of a recorded cycle, and the lessons in it: what was seen, and what was told next."""

from collections.abc import Iterator, Sequence
from itertools import count, groupby

import numpy as np
from msgspec import Struct
from msgspec.structs import astuple

from ontakt.cli.teaching.part import HORIZON, LONGEST
from ontakt.contract import ActionSpace, Array, Lesson, Observation, Side, frozen_array
from ontakt.runtime.tape import Moment


class Attempt(Struct, frozen=True, eq=False):
    """A stretch of a cycle through which the policy drove the same sides."""

    job: tuple[Side, ...]
    """Those sides."""
    moments: dict[int, Moment]
    """By control tick, in the order of time."""
    until: dict[Side, int]
    """By side in the job, the last tick on which the policy drives it, also where it goes on alone
    because another side is done."""

    @property
    def begun(self) -> int:
        """The first tick."""
        return next(iter(self.moments))

    def lessons(self, space: ActionSpace) -> Iterator[Lesson]:
        """A lesson for every moment with images, in the order of time. Nobody was there to teach,
        so the answer is what the robot was really told next: `free` and `behind` are the same
        HORIZON rows, the guarded commands of the ticks that follow.

        A robot that stood because the policy still thought gives the rows from where it began to
        move: nothing changed before. A moment is left out when the rows behind it are not all
        there, when the robot ran out of them meanwhile, when an arm that is not in the job moves
        in them, and when a number is not finite. `committed` counts through 1..LONGEST: all rows
        were really given, so any number of them is a prefix.
        """
        numbers = count(self.begun)
        for tick, moment in self.moments.items():
            if not moment.observation.images:
                continue
            begun = tick
            while begun in self.moments and self.moments[begun].starved:
                begun += 1
            answer = self._answer(begun)
            if answer is None or not finite(moment.observation, answer):
                continue
            idle = [space.side(answer, side) for side in space.sides if side not in self.job]
            if any((rows != rows[0]).any() for rows in idle):
                continue
            yield Lesson(
                observation=moment.observation,
                command=moment.command,
                driver="policy",
                free=answer,
                committed=1 + next(numbers) % LONGEST,
                behind=answer,
            )

    def _answer(self, begun: int) -> Array | None:
        """(HORIZON, W): what was told from tick `begun` on; None where a row is missing."""
        played = [self.moments.get(tick) for tick in range(begun, begun + HORIZON)]
        rows = [one.command for one in played if one is not None and not one.starved]
        return frozen_array(rows) if len(rows) == HORIZON else None


def attempts_of(tape: Sequence[Moment]) -> list[Attempt]:
    """The attempts of one cycle, in the order of time."""
    found: list[Attempt] = []
    until: dict[Side, int] = {}
    for job, group in reversed([(job, list(group)) for job, group in groupby(tape, key=_driven)]):
        moments = {one.observation.tick: one for one in group}
        until = {side: until.get(side, max(moments)) for side in job}
        if job:
            found.append(Attempt(job, moments, until))
    return found[::-1]


def _driven(moment: Moment) -> tuple[Side, ...]:
    return tuple(side for side, drive in moment.drives.items() if drive == "policy")


def finite(seen: Observation, answer: Array) -> bool:
    """True when every number of the lesson is one."""
    measured = [value for arm in seen.arms.values() for value in astuple(arm) if value is not None]
    return all(np.isfinite(value).all() for value in (answer, *measured))
