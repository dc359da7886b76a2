"""The two that are compared: the eager model and the engine, from an observation to targets."""

from collections.abc import Callable

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.spaces import Array
from ontakt.policy.bench.case import Case
from ontakt.policy.bench.timing import Laps
from ontakt.policy.processor import Inputs
from ontakt.policy.xr0.engine.engine import Xr0Engine
from ontakt.policy.xr0.flow import draw_noise, euler, with_prefix
from ontakt.policy.xr0.model import Prompt, Xr0Model

LAPS = ("preprocess", "vision", "text", "DiT", "decode")
"""What every run of a contender marks."""


class Answer(Struct, frozen=True, eq=False):
    """What a run ends with."""

    actions: Tensor
    """(1, T, D), normalised, float32 on the CPU."""
    targets: Array
    """(T, 8 * sides), absolute."""


Contender = Callable[[Laps], Answer]
"""One inference; marks the start of each of `LAPS` and the end of the last."""


class _Fed(Struct, frozen=True, eq=False):
    prompt: Prompt
    state: Tensor
    action_mask: Tensor
    noise: Tensor
    prefix: Tensor | None


def eager(model: Xr0Model, case: Case, steps: int, seed: int) -> Contender:
    """The model as its definition reads."""
    device = model.sink.weight.device

    @torch.inference_mode()
    def run(laps: Laps) -> Answer:
        laps.mark()
        fed = _feed(case.processor.inputs(case.observation, case.prefix), seed, device)
        x = with_prefix(fed.noise, fed.prefix)
        laps.mark()
        views = model.see(fed.prompt)
        laps.mark()
        context = model.read(fed.prompt, views)
        laps.mark()
        around = model.surround(context, fed.state, x.shape[1], case.prefix_length)
        *_, last = euler(model, around, fed.action_mask, x, steps)
        laps.mark()
        return _answer(last.x, case, laps)

    return run


def engine(ready: Xr0Engine, case: Case, seed: int) -> Contender:
    """The engine, stage by stage, as its `act` runs them."""

    @torch.inference_mode()
    def run(laps: Laps) -> Answer:
        laps.mark()
        fed = _feed(case.processor.inputs(case.observation, case.prefix), seed)
        plan = ready.feed(fed.prompt, fed.state, fed.action_mask, fed.noise, fed.prefix)
        laps.mark()
        plan.see()
        laps.mark()
        plan.read()
        laps.mark()
        plan.act()
        laps.mark()
        return _answer(plan.actions, case, laps)

    return run


def whole(ready: Xr0Engine, case: Case, seed: int) -> Tensor:
    """The engine's own `act` for the same: (1, T, D)."""
    fed = _feed(case.processor.inputs(case.observation, case.prefix), seed)
    return ready.act(fed.prompt, fed.state, fed.action_mask, fed.noise, fed.prefix)


def _feed(inputs: Inputs, seed: int, device: torch.device | str = "cpu") -> _Fed:
    def tensor(array: object) -> Tensor:  # a copy: what the processor keeps is read-only
        return torch.tensor(array, device=device)

    mask = tensor(inputs.action_mask)
    return _Fed(
        prompt=Prompt(
            input_ids=tensor(inputs.input_ids),
            attention_mask=tensor(inputs.attention_mask),
            pixel_values=tensor(inputs.pixel_values),
            image_grid_thw=tensor(inputs.image_grid_thw),
        ),
        state=tensor(inputs.state),
        action_mask=mask,
        noise=draw_noise(tuple(mask.shape), seed).to(device),
        prefix=None if inputs.prefix is None else tensor(inputs.prefix),
    )


def _answer(x: Tensor, case: Case, laps: Laps) -> Answer:
    actions = x.to("cpu", torch.float32, copy=True)
    targets = case.processor.decode(actions[0].numpy(), case.observation)
    laps.mark()
    return Answer(actions, targets)
