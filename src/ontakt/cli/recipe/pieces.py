"""A recipe in pieces that are worked one after the other, each of which can be gone on with."""

from collections.abc import Sequence

from msgspec import Struct

from ontakt.cli.recipe.table import Recipe


class Demonstrate(Struct, frozen=True):
    """The data of a stage."""

    stage: int
    """Counted from 0."""
    episodes: int
    share: float | None
    """As the stage's."""
    shift: int | None = None
    """As the stage's."""

    def __str__(self) -> str:
        shifts = "" if self.shift is None else f" in shifts of {self.shift}"
        if self.share is None:
            return f"{self.episodes} parts{shifts} by the teacher"
        who = f"the learner, the teacher in {self.share:.0%} of questions"
        return f"{self.episodes} parts{shifts} by {who}"


class Train(Struct, frozen=True):
    """The weights of a stage."""

    stage: int
    first_step: int
    steps: int
    schedule_steps: int
    shares: tuple[float, ...]

    def __str__(self) -> str:
        return f"steps {self.first_step} to {self.first_step + self.steps} of {self.schedule_steps}"


class Examine(Struct, frozen=True):
    """One examination of the last weights."""

    variation: tuple[str, ...]
    episodes: int

    def __str__(self) -> str:
        return f"{self.episodes} episodes at {' '.join(self.variation)}"


Piece = Demonstrate | Train | Examine


def pieces_of(recipe: Recipe) -> tuple[Piece, ...]:
    """All of them, in the order in which they are worked."""
    found: list[Piece] = []
    for k, stage in enumerate(recipe.stages):
        first = recipe.first_step(k)
        found.append(Demonstrate(k, stage.episodes, stage.share, stage.shift))
        found.append(Train(k, first, stage.steps, recipe.steps, stage.shares))
    found += [Examine(variation, recipe.examined) for variation in recipe.examinations]
    return tuple(found)


TEACHER_S, LEARNER_S, STEP_S, EXAMINED_S = 3.0, 5.0, 0.7, 6.0
"""Roughly what a part by the teacher, one by the learner, a step and an examined episode take on
one busy core [s]; used to weigh pieces against each other."""


def seconds_of(piece: Piece, jobs: int) -> float:
    """Roughly, with `jobs` parts or episodes at a time."""
    if isinstance(piece, Train):
        return STEP_S * piece.steps
    if isinstance(piece, Examine):
        return EXAMINED_S * piece.episodes / jobs
    return (TEACHER_S if piece.share is None else LEARNER_S) * piece.episodes / jobs


def seconds_left(
    left: Sequence[Piece], worked: Sequence[Piece], spent_s: float, jobs: int
) -> float:
    """Roughly what `left` takes where `worked` took `spent_s`; as on one busy core where nothing
    was worked yet."""
    usual = sum(seconds_of(piece, jobs) for piece in worked)
    pace = spent_s / usual if usual else 1.0
    return pace * sum(seconds_of(piece, jobs) for piece in left)
