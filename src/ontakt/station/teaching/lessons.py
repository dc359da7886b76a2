"""From a film to lessons: at every moment with images, what the teacher would have done."""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec
import numpy as np

from ontakt.contract import Array, Lesson, frozen_array
from ontakt.station.teaching.coach import Said
from ontakt.station.teaching.film import Film
from ontakt.station.teaching.teacher import Teacher


def lessons_of(
    film: Film, said: Sequence[Said], teacher: Teacher, longest: int, rng: np.random.Generator
) -> list[Lesson]:
    """The lessons of `film`, in the order of time; `said` are the answers that drove it. How many
    rows are committed in the second answer is drawn evenly from 1..`longest` for each, and fewer
    at the film's end: those that were really told next, whoever decided them.

    A moment without two commands before it and one on it teaches nothing, nor does one before
    the first question.
    """
    told = film.told
    asked = [one.tick for one in said]
    decides = [one.tick + one.kept for one in said]
    lessons = []
    for tick, observation in film.seen.items():
        now = bisect_right(asked, tick) - 1
        if not observation.images or now < 0 or not {tick - 2, tick - 1, tick} <= told.keys():
            continue
        most = min(int(rng.integers(1, longest + 1)), teacher.horizon)
        rows: list[Array] = []
        while len(rows) < most and tick + len(rows) in told:
            rows.append(told[tick + len(rows)])
        seen = msgspec.structs.replace(
            observation, instruction=said[now].instruction, job=said[now].job
        )
        before = told[tick - 2]
        lessons.append(
            Lesson(
                observation=seen,
                command=rows[0],
                driver=said[max(0, bisect_right(decides, tick) - 1)].driver,
                free=frozen_array(teacher.answer(seen, before, ())),
                committed=len(rows),
                behind=frozen_array(teacher.answer(seen, before, rows)),
                places={name: sight.position for name, sight in observation.sights.items()},
            )
        )
    return lessons
