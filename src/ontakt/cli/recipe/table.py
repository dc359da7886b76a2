"""Every number of a recipe that begins with nothing and ends with a checkpoint."""

from collections.abc import Mapping
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import BadValue


class Stage(Struct, frozen=True, kw_only=True):
    """Data, and a training on all data so far, from the weights of the stage before."""

    episodes: int
    """Parts that are worked, at levels of variation by `course.MIX`."""
    share: float | None = None
    """Of the questions to the weights of the stage before, those that the teacher answers; None:
    the teacher works alone."""
    shift: int | None = None
    """Parts in a shift of the line; None: every part alone."""
    steps: int
    shares: tuple[float, ...]
    """Of a batch, by stage, the oldest data first."""


class Recipe(Struct, frozen=True, kw_only=True):
    """One learning rate's cosine spans the steps of all stages."""

    name: str
    station: str
    training: str
    """As `policy.training.recipe` calls it."""
    threads: int
    """Of a CPU: sums depend on their number."""
    stages: tuple[Stage, ...]
    examinations: tuple[tuple[str, ...], ...]
    """Variations at which the last weights are examined."""
    examined: int
    """Episodes of each examination."""

    @property
    def steps(self) -> int:
        """Of all stages."""
        return sum(stage.steps for stage in self.stages)

    def first_step(self, stage: int) -> int:
        """That of stage `stage`, counted from 0."""
        return sum(one.steps for one in self.stages[:stage])

    def scaled(self, scale: float) -> Self:
        """The same with all counts times `scale`, each at least 1; shifts stay whole. Raises
        BadValue."""
        if not 0.0 < scale <= 1.0:
            raise BadValue("--scale", scale, "it is greater than 0, and at most 1")

        def count(value: int) -> int:
            return max(1, round(value * scale))

        def smaller(stage: Stage) -> Stage:
            whole = stage.shift or 1
            episodes = whole * max(1, round(stage.episodes * scale / whole))
            return replace(stage, episodes=episodes, steps=count(stage.steps))

        stages = tuple(smaller(stage) for stage in self.stages)
        return replace(self, stages=stages, examined=count(self.examined))


NUT_LOADING = Recipe(
    name="nut-loading",
    station="nut-loading",
    training="small",
    threads=1,
    stages=(
        Stage(episodes=400, steps=1_300, shares=(1.0,)),
        Stage(episodes=120, share=0.2, steps=1_500, shares=(1.0, 1.0)),
        Stage(episodes=150, share=0.1, steps=1_500, shares=(1.0, 1.0, 2.0)),
        Stage(episodes=200, share=0.08, steps=1_900, shares=(1.0, 1.0, 2.0, 2.0)),
        Stage(episodes=400, share=0.12, shift=10, steps=3_300, shares=(1.0, 0.5, 1.0, 2.0, 4.0)),
    ),
    examinations=(("nominal",), ("plant",)),
    examined=100,
)
"""The checkpoint that ships. The corrections weigh more than the demonstrations because they are of
the states that the learner gets into; the teacher answers less the better it is."""

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (NUT_LOADING,)}
