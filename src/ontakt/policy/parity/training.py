"""One batch of training on a case of golden data: its loss, and the gradients of it."""

from collections.abc import Mapping

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.policy.parity.evaluation import Evaluation, NotComparable
from ontakt.policy.xr0.loss import Loss, post_training_loss
from ontakt.policy.xr0.model import Surroundings
from ontakt.policy.xr0.post_training import Draws, PostTraining
from ontakt.policy.xr0.tokens import hidden_prefix, hideable


class TrainingStep(Struct, frozen=True, eq=False):
    """A loss with its gradients, by the parameter's name; None where none arrived."""

    loss: Loss
    gradients: Mapping[str, Tensor | None]


def draws_of(case: Evaluation, length: int) -> Draws:
    """The chance that the folder states for `case` behind a prefix of `length`. Raises
    NotComparable where it lacks something."""
    name = f"train_p{length}.prefix_rand_u"
    length = min(length, case.horizon)
    count = hideable(length)
    hiding = case.shared(name)
    if hiding is None and count:
        raise NotComparable(f"the inputs lack {name}")
    if hiding is not None and hiding.numel() < count:
        raise NotComparable(f"{name} has {hiding.numel()} of {count} draws")
    return Draws(
        t=case.given("train_t"),
        noise=case.given("train_noise"),
        prefix_length=length,
        hiding=torch.zeros(0) if hiding is None else hiding.flatten()[:count],
    )


def train(case: Evaluation, length: int, frequency: float) -> TrainingStep:
    """One batch, with the original's unmasked frequency term in the weight `frequency`."""
    config = PostTraining(frequency="unmasked" if frequency else "off", frequency_weight=frequency)

    def run() -> TrainingStep:
        return differentiate(case, draws_of(case, length), case.given("action"), config)

    return case.kept(run, "train", length, frequency)


def differentiate(
    case: Evaluation, draws: Draws, action: Tensor, config: PostTraining
) -> TrainingStep:
    """The loss on `case` with these draws, and its gradients for all parameters that move."""
    model = case.model
    with torch.enable_grad():
        loss = post_training_loss(
            model,
            case.prompt,
            case.given("state"),
            action,
            case.given("action_mask"),
            draws,
            config,
        )
        named = {name: p for name, p in model.named_parameters() if p.requires_grad}
        found = torch.autograd.grad(loss.total, tuple(named.values()), allow_unused=True)
    return TrainingStep(loss=loss, gradients=dict(zip(named, found, strict=True)))


def surroundings(case: Evaluation, length: int) -> Surroundings:
    """What the own tokens have around them in training: repeated, with tokens hidden."""
    draws = draws_of(case, length)
    repeat = draws.t.shape[0] // case.given("state").shape[0]
    hidden = hidden_prefix(draws.prefix_length, case.horizon, draws.hiding)
    with torch.no_grad():
        return case.model.surround(
            case.context.repeated(repeat),
            case.given("state").repeat_interleave(repeat, dim=0),
            case.horizon,
            draws.prefix_length,
            hidden,
        )


def positions(case: Evaluation, length: int) -> Tensor:
    """(3, B R, q), where the own tokens stand in training."""
    draws = draws_of(case, length)
    repeat = draws.t.shape[0] // case.given("state").shape[0]
    return case.positions(length).repeat_interleave(repeat, dim=1)
