"""The options of `ontakt train` as a recipe and a length."""

from msgspec.structs import replace

from ontakt.cli.policy.configuration import read_configuration
from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import BadValue
from ontakt.policy.training.augmentation import Augmentation
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.recipe import Recipe, find_recipe
from ontakt.policy.training.run import SaveEvery
from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.post_training import PostTraining

MINUTES = "min"


def recipe_of(asked: TrainingRequest) -> Recipe:
    """The recipe with the options that were given. Raises BadValue and UnknownName."""
    name = asked.recipe or ("published" if asked.config == "xr0" else "small")
    recipe = find_recipe(name)
    window, offset = recipe.window, recipe.offset
    if asked.window is not None:
        window = None if asked.window == "none" else _whole("--window", asked.window)
    if asked.offset is not None:
        offset = asked.offset
    return replace(recipe, window=window, offset=offset, training=_training(asked, recipe.training))


def longest_prefix(training: TrainingConfig) -> int:
    """Most clean actions that a training gives."""
    post = training.post_training
    return post.longest_prefix if post.prefix_probability else 0


def configuration_of(asked: TrainingRequest) -> Xr0Config | None:
    """The model's, None for that of the checkpoint. Raises UnknownName, SetupError."""
    if asked.config is None and asked.init is not None:
        return None
    return read_configuration(asked.config or "xr0-compact")


def shares_of(asked: TrainingRequest) -> tuple[float, ...]:
    """One for every dataset."""
    return asked.shares or (1.0,) * len(asked.data)


def save_every(asked: TrainingRequest) -> SaveEvery:
    """Raises BadValue."""
    text = asked.save_every
    if not text.endswith(MINUTES):
        return SaveEvery(steps=_whole("--save-every", text, least=1))
    try:
        minutes = float(text.removesuffix(MINUTES))
    except ValueError as error:
        raise BadValue("--save-every", text, "minutes as 5min, or a number of steps") from error
    if not 0 < minutes < float("inf"):
        raise BadValue("--save-every", text, "more than 0 minutes")
    return SaveEvery(seconds=60 * minutes)


def check_length(asked: TrainingRequest) -> None:
    """Raises BadValue."""
    if asked.steps is not None and asked.minutes is not None:
        raise BadValue("--minutes", asked.minutes, "give --steps or --minutes, not both")
    if asked.steps is not None and asked.steps < 1:
        raise BadValue("--steps", asked.steps, "it is 1 or greater")
    first, whole = asked.first_step or 0, asked.schedule_steps
    if first < 0:
        raise BadValue("--first-step", first, "it is 0 or greater")
    if whole is not None and asked.steps is None:
        raise BadValue("--schedule-steps", whole, "how much of them is given by --steps")
    if whole is not None and asked.steps is not None and whole < first + asked.steps:
        raise BadValue("--schedule-steps", whole, f"{first + asked.steps} or more are needed")
    if asked.minutes is not None and not 0 < asked.minutes < float("inf"):
        raise BadValue("--minutes", asked.minutes, "it is greater than 0")


def _training(asked: TrainingRequest, training: TrainingConfig) -> TrainingConfig:
    schedule, light = training.schedule, training.augmentation
    if asked.rate is not None:
        schedule = replace(schedule, peak=asked.rate, floor=min(schedule.floor, asked.rate))
    given = {
        "seed": asked.seed,
        "batch": asked.batch,
        "rule": asked.rule,
        "localisation": asked.localisation,
        "presence": asked.presence,
        "average": asked.average,
        "bfloat16": None if asked.precision is None else asked.precision == "bfloat16",
    }
    return replace(
        training,
        post_training=_post_training(asked, training.post_training),
        schedule=schedule,
        augmentation=Augmentation(
            mirror=light.mirror and not asked.no_mirror, light=light.light and not asked.no_light
        ),
        frozen_embeddings=training.frozen_embeddings and asked.init is not None,
        **{name: value for name, value in given.items() if value is not None},
    )


def _post_training(asked: TrainingRequest, post: PostTraining) -> PostTraining:
    given = {
        "repeat": asked.repeat,
        "longest_prefix": asked.longest_prefix,
        "frequency_weight": asked.frequency,
        "reweight": None if asked.weighting is None else asked.weighting == "on",
        "committed": None if asked.prefix is None else asked.prefix == "committed",
        "prefix_probability": 0.0 if asked.prefix == "none" else None,
    }
    return replace(post, **{name: value for name, value in given.items() if value is not None})


def _whole(what: str, text: str, least: int = 0) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise BadValue(what, text, "it is a whole number") from error
    if value < least:
        raise BadValue(what, value, f"it is {least} or greater")
    return value
