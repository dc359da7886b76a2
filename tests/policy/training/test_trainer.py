"""Steps: repeatable, averaged as defined, and the same when they were stopped between."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.policy.training.tiny import WRISTS, config, processor, table, training
from torch import Tensor

from ontakt.contract import BadValue, HaltError, SetupError
from ontakt.policy.training.batches import Batches
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.recipe import PUBLISHED, SMALL, find_recipe
from ontakt.policy.training.state import load_localiser, load_state, save_localiser, save_state
from ontakt.policy.training.trainer import StepReport, Trainer
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.model import Xr0Model

STEPS = 6


def batches(asked: TrainingConfig) -> Batches:
    post, how = asked.post_training, asked.augmentation
    return Batches(table(), processor(), asked.batch, asked.seed, post, how, (1, 1))


def trainer(**changes: Any) -> Trainer:
    torch.set_num_threads(1)
    asked = training(**changes).lasting(STEPS)
    return Trainer(new_model(config(), asked.seed), asked, WRISTS)


def learn(one: Trainer, steps: int) -> list[StepReport]:
    cut = batches(one.config)
    return [one.learn(cut.at(one.step)) for _ in range(steps)]


def weights(model: Xr0Model) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def equal(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_the_same_seed_gives_the_same_weights_and_another_other_ones() -> None:
    one, other, third = trainer(), trainer(), trainer(seed=1)
    torch.rand(7)  # chance elsewhere
    assert learn(one, 3) == learn(other, 3)
    assert equal(weights(one.result), weights(other.result))
    learn(third, 3)
    assert not equal(weights(one.result), weights(third.result))


@pytest.mark.parametrize("rule", ["muon", "adamw"])
def test_a_training_that_was_stopped_is_one_that_was_not(rule: str, tmp_path: Path) -> None:
    whole = trainer(rule=rule)
    learn(whole, STEPS)
    first = trainer(rule=rule)
    learn(first, 2)
    save_state(first, tmp_path / "state", 12.5)
    second = trainer(rule=rule)
    assert load_state(second, tmp_path / "state") == 12.5
    assert second.step == 2
    learn(second, STEPS - 2)
    assert equal(weights(whole.model), weights(second.model))
    assert equal(weights(whole.result), weights(second.result))
    assert not equal(weights(whole.model), weights(whole.result))
    save_state(whole, tmp_path / "a", 0.0)
    save_state(second, tmp_path / "b", 0.0)
    assert equal(load_file(tmp_path / "a"), load_file(tmp_path / "b"))


def test_the_average_is_what_it_says() -> None:
    one = trainer(average=0.9)
    learn(one, 1)
    wanted = weights(one.model)
    for _ in range(3):
        learn(one, 1)
        now = weights(one.model)
        wanted = {name: 0.9 * wanted[name] + 0.1 * now[name] for name in now}
    for name, value in weights(one.result).items():
        torch.testing.assert_close(value, wanted[name])
    assert trainer(average=0.0).average is None


def test_frozen_embeddings_stay() -> None:
    name = "vlm.model.language_model.embed_tokens.weight"
    for frozen in (True, False):
        one = trainer(frozen_embeddings=frozen, average=0.0)
        before = weights(one.model)[name]
        learn(one, 2)
        assert torch.equal(weights(one.model)[name], before) is frozen


def test_the_rate_follows_the_schedule_and_figures_are_told() -> None:
    one = trainer()
    reports = learn(one, 2)
    assert [r.rate for r in reports] == [one.config.schedule.learning_rate(k) for k in (0, 1)]
    assert [r.step for r in reports] == [1, 2]
    assert reports[0].localisation is not None
    assert set(reports[0].millimetres) == {"nut", "pin"}
    assert reports[0].presence is not None
    for changes in ({"localisation": 0.0}, {"presence": 0.0}, {"localisation": 0, "presence": 0}):
        one = trainer(**changes)
        without = learn(one, 1)[0]
        assert (without.localisation is None) == ("localisation" in changes)
        assert (without.presence is None) == ("presence" in changes)
        assert (without.millimetres == {}) == ("localisation" in changes)
        assert (one.localiser is None) == (len(changes) == 2)
        assert without.loss == pytest.approx(reports[0].loss, rel=1e-5)


def test_gradients_that_are_no_numbers_halt_and_move_nothing() -> None:
    one = trainer()
    batch = batches(one.config).at(0)
    before = weights(one.model)
    batch.action[0, 0, 0] = float("nan")
    with pytest.raises(HaltError, match="Step 0"):
        one.learn(batch)
    assert equal(weights(one.model), before)


def test_a_state_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    save_state(trainer(average=0.0), path, 0.0)
    with pytest.raises(SetupError, match="no state of this training"):
        load_state(trainer(), path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SetupError, match="no state of this training"):
        load_state(trainer(), path)
    save_file({"model/x": torch.zeros(1)}, path, {"step": "1", "seconds": "0"})
    with pytest.raises(SetupError, match="no state of this training"):
        load_state(trainer(), path)


def test_a_localiser_goes_on_or_is_refused(tmp_path: Path) -> None:
    one, other = trainer(), trainer(seed=3)
    assert one.localiser is not None
    assert other.localiser is not None
    save_localiser(one.localiser.state_dict(), tmp_path / "heads")
    load_localiser(other.localiser, tmp_path / "heads")
    assert equal(one.localiser.state_dict(), other.localiser.state_dict())
    save_file({"x": torch.zeros(1)}, tmp_path / "heads")
    with pytest.raises(SetupError, match="does not fit"):
        load_localiser(other.localiser, tmp_path / "heads")


def test_recipes() -> None:
    post, schedule = PUBLISHED.training.post_training, PUBLISHED.training.schedule
    assert (post.repeat, post.longest_prefix, post.frequency) == (4, 6, "unmasked")
    assert (schedule.floor, schedule.peak, schedule.warmup, schedule.steps) == (
        5e-7, 1e-4, 2_000, 30_000,
    )  # fmt: skip
    optimizer = PUBLISHED.training.optimizer
    assert (optimizer.betas, optimizer.eps, optimizer.weight_decay) == ((0.9, 0.95), 1e-8, 0.1)
    assert PUBLISHED.training.localisation == PUBLISHED.training.average == 0
    assert find_recipe("small") is SMALL
    with pytest.raises(SetupError, match="published, small"):
        find_recipe("tiny")


def test_a_short_training_warms_up_shortly() -> None:
    assert SMALL.training.lasting(200).schedule.warmup == 20
    assert SMALL.training.lasting(5_000).schedule.warmup == 100
    assert SMALL.training.lasting(1).schedule.warmup == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("batch", 0),
        ("muon_rate", 0.0),
        ("localisation", -1.0),
        ("presence", -1.0),
        ("average", 1.0),
    ],
)
def test_settings_out_of_bounds_are_refused(field: str, value: float) -> None:
    with pytest.raises(BadValue, match=field):
        training(**{field: value})
