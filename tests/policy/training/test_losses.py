"""The loss of a batch, whole and shared."""

from collections.abc import Callable
from itertools import count

import pytest
import torch
from tests.policy.training.test_trainer import batches, trainer
from tests.policy.training.tiny import WRISTS, processor, table, training
from torch import Tensor

from ontakt.policy.training.batches import Batches
from ontakt.policy.training.losses import FIGURES, Losses
from ontakt.policy.xr0.loss import post_training_loss

CONFIG = training(bfloat16=False)


def gradients(
    part: int, parts: int, step: int, across: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    one = trainer(bfloat16=False)
    losses = Losses(one.model, one.localiser, WRISTS, CONFIG, across)
    post, how = CONFIG.post_training, CONFIG.augmentation
    cut = Batches(table(), processor(), 4, 0, post, how, (1, 1), part=part, parts=parts)
    losses(cut.at(step))[0].backward()
    return {n: p.grad for n, p in one.parameters.items() if p.grad is not None}


@pytest.mark.parametrize("step", [0, 3])
def test_gradients_of_two_halves_have_the_whole_ones_as_their_mean(step: int) -> None:
    told: list[list[Tensor]] = [[], []]
    for half in (0, 1):

        def listen(value: Tensor, to: list[Tensor] = told[half]) -> Tensor:
            to.append(value.detach())
            return value.detach()

        gradients(half, 2, step, listen)
    halves = []
    for half in (0, 1):
        place = count()

        def mean(value: Tensor, place: "count[int]" = place) -> Tensor:
            k = next(place)
            return (told[0][k] + told[1][k]) / 2

        halves.append(gradients(half, 2, step, mean))
    whole = gradients(0, 1, step, torch.clone)
    for name, wanted in whole.items():
        found = (halves[0][name] + halves[1][name]) / 2
        assert float((found - wanted).abs().max()) <= 1e-5 * float(wanted.abs().max()), name


def test_the_total_is_the_flow_and_the_places() -> None:
    one = trainer(bfloat16=False)
    batch = batches(one.config).at(0)
    with torch.no_grad():
        losses = Losses(one.model, one.localiser, WRISTS, CONFIG, torch.clone)
        total, figures = losses(batch)
        told = dict(zip(FIGURES, figures.tolist(), strict=True))
        flow = post_training_loss(
            one.model, batch.prompt, batch.state, batch.action, batch.mask, batch.draws,
            CONFIG.post_training,
        )  # fmt: skip
    assert told["loss"] == pytest.approx(float(flow.total))
    aside = told["localisation"] + told["presence"]
    assert float(total) == pytest.approx(told["loss"] + 0.5 * aside, rel=1e-6)
