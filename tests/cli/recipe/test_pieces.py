"""A recipe as pieces: their order, whose data, which part of the one schedule, how long."""

import pytest

from ontakt.cli.recipe.pieces import (
    Demonstrate,
    Examine,
    Train,
    pieces_of,
    seconds_left,
    seconds_of,
)
from ontakt.cli.recipe.table import NUT_LOADING, RECIPES, Recipe
from ontakt.contract import BadValue
from ontakt.policy.training.recipe import RECIPES as TRAININGS
from ontakt.policy.training.recipe import SMALL
from ontakt.station.registry import find_station

PIECES = pieces_of(NUT_LOADING)


@pytest.mark.parametrize("recipe", RECIPES.values())
def test_every_recipe_is_one_that_can_be_worked(recipe: Recipe) -> None:
    assert recipe.training in TRAININGS
    levels = find_station(recipe.station).levels
    assert all(word in levels for words in recipe.examinations for word in words)
    first, *later = recipe.stages
    assert first.share is None, "there is no learner yet"
    assert all(stage.share is not None and 0 < stage.share < 1 for stage in later)
    for k, stage in enumerate(recipe.stages, start=1):
        assert len(stage.shares) == k, "one for every dataset so far"
        assert min(stage.shares) > 0


def test_the_shipped_numbers() -> None:
    assert [str(piece) for piece in PIECES] == [
        "400 parts by the teacher",
        "steps 0 to 1300 of 9500",
        "120 parts by the learner, the teacher in 20% of questions",
        "steps 1300 to 2800 of 9500",
        "150 parts by the learner, the teacher in 10% of questions",
        "steps 2800 to 4300 of 9500",
        "200 parts by the learner, the teacher in 8% of questions",
        "steps 4300 to 6200 of 9500",
        "400 parts in shifts of 10 by the learner, the teacher in 12% of questions",
        "steps 6200 to 9500 of 9500",
        "100 episodes at nominal",
        "100 episodes at plant",
    ]
    post = SMALL.training.post_training
    assert (post.repeat, post.reweight, post.frequency_weight) == (1, False, 0.25)
    assert (SMALL.training.rule, SMALL.training.bfloat16, NUT_LOADING.threads) == ("muon", True, 1)


@pytest.mark.parametrize("scale", [1.0, 0.3, 0.01, 1e-6])
def test_the_schedule_is_one_from_the_first_step_to_the_last(scale: float) -> None:
    recipe = NUT_LOADING.scaled(scale)
    trainings = [piece for piece in pieces_of(recipe) if isinstance(piece, Train)]
    at = 0
    for piece in trainings:
        assert (piece.first_step, piece.schedule_steps) == (at, recipe.steps)
        at += piece.steps
    assert at == recipe.steps
    config = SMALL.training.lasting(recipe.steps).schedule
    last = config.learning_rate(recipe.steps)
    assert last == pytest.approx(config.floor), "it ends where the last training ends"


def test_a_stage_has_its_data_before_it_is_trained_and_the_end_is_examined() -> None:
    kinds = [type(piece) for piece in PIECES]
    assert kinds == [Demonstrate, Train] * 5 + [Examine] * 2
    stages = [piece.stage for piece in PIECES if not isinstance(piece, Examine)]
    assert stages == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_a_scale_keeps_at_least_one_of_each_and_every_share() -> None:
    tiny = NUT_LOADING.scaled(1e-6)
    assert [stage.episodes for stage in tiny.stages] == [1, 1, 1, 1, 10], "a shift is a shift"
    assert {stage.steps for stage in tiny.stages} == {1}
    assert tiny.examined == 1
    assert [s.shares for s in tiny.stages] == [s.shares for s in NUT_LOADING.stages]
    assert NUT_LOADING.scaled(1.0) == NUT_LOADING
    hundredth = NUT_LOADING.scaled(0.01)
    assert [stage.episodes for stage in hundredth.stages] == [4, 1, 2, 2, 10]


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, float("nan")])
def test_a_scale_that_is_none_is_refused(scale: float) -> None:
    with pytest.raises(BadValue, match="--scale"):
        NUT_LOADING.scaled(scale)


def test_the_time_left_follows_the_pace_so_far() -> None:
    whole = seconds_left(PIECES, [], 0.0, 1)
    assert whole == pytest.approx(sum(seconds_of(piece, 1) for piece in PIECES))
    own = seconds_of(PIECES[0], 1)
    assert seconds_left(PIECES[1:], PIECES[:1], 3 * own, 1) == pytest.approx(3 * (whole - own))
    assert seconds_of(PIECES[0], 4) == own / 4
    assert seconds_of(PIECES[1], 4) == seconds_of(PIECES[1], 1), "a training is one process"
    assert seconds_left([], PIECES, 60.0, 2) == 0.0
