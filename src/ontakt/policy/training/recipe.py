"""Trainings that have a name."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ontakt.contract import UnknownName
from ontakt.policy.training.augmentation import Augmentation
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.xr0.config import Rotary
from ontakt.policy.xr0.optimizer import OptimizerConfig
from ontakt.policy.xr0.post_training import PostTraining
from ontakt.policy.xr0.schedule import Schedule


class Recipe(Struct, frozen=True, kw_only=True):
    """A training with the choices of the model that go with it."""

    name: str
    training: TrainingConfig
    window: int | None = 4
    """The model's `action_window`."""
    offset: int = 10
    """The model's `action_rope_offset`."""
    rotary: Rotary = "exact"


SMALL = Recipe(
    name="small",
    training=TrainingConfig(
        batch=64,
        post_training=PostTraining(
            repeat=1, longest_prefix=8, committed=True, reweight=False, frequency_weight=0.25
        ),
        schedule=Schedule(floor=3e-5, peak=1e-3, warmup=100, steps=6_000),
        optimizer=OptimizerConfig(betas=(0.9, 0.97), weight_decay=0.01),
        rule="muon",
        augmentation=Augmentation(mirror=True, light=True),
        localisation=0.5,
        presence=0.5,
        average=0.997,
        bfloat16=True,
    ),
)
"""For a small model from nothing, on two CPU cores; ours, each part for a reason in docs/LOG.md.
One draw a lesson and no re-weighting were chosen because they are fast, and the frequency term's
weight with them: none of the three was ablated yet."""

PUBLISHED = Recipe(
    name="published",
    training=TrainingConfig(
        seed=42,
        batch=128,
        post_training=PostTraining(frequency="unmasked"),
        bfloat16=True,
        frozen_embeddings=True,
    ),
    rotary="as_trained",
)
"""XR-0's post-training code (arXiv 2602.12684), its crops and colour jitter left out: 16 lessons on
each of 8 GPUs, frequency term over all channels. For a checkpoint that is trained on."""

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (SMALL, PUBLISHED)}


def find_recipe(name: str, also: Iterable[str] = ()) -> Recipe:
    """The recipe called `name`. Raises UnknownName, which names those in `also` beside ours."""
    if name not in RECIPES:
        raise UnknownName("recipe", name, (*RECIPES, *also))
    return RECIPES[name]
