"""The two that are compared: the eager model and the engine, from an observation to targets."""

from collections.abc import Callable

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.contract.spaces import Array
from ontakt.policy.bench.case import Case
from ontakt.policy.bench.timing import Laps
from ontakt.policy.question import question_of
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

_Fed = tuple[Prompt, Tensor, Tensor, Tensor, Tensor | None]
"""Prompt, state, action mask, noise, prefix: what `Xr0Engine.act` takes."""


def eager(model: Xr0Model, case: Case, steps: int, seed: int) -> Contender:
    """The model as its definition reads."""
    device = model.sink.weight.device

    @torch.inference_mode()
    def run(laps: Laps) -> Answer:
        laps.mark()
        prompt, state, action_mask, noise, prefix = _feed(case, seed, device)
        x = with_prefix(noise, prefix)
        laps.mark()
        views = model.see(prompt)
        laps.mark()
        context = model.read(prompt, views)
        laps.mark()
        around = model.surround(context, state, x.shape[1], case.prefix_length)
        *_, last = euler(model, around, action_mask, x, steps)
        laps.mark()
        return _answer(last.x, case, laps)

    return run


def engine(ready: Xr0Engine, case: Case, seed: int) -> Contender:
    """The engine, stage by stage, as its `act` runs them."""

    @torch.inference_mode()
    def run(laps: Laps) -> Answer:
        laps.mark()
        plan = ready.feed(*_feed(case, seed))
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
    return ready.act(*_feed(case, seed))


def _feed(case: Case, seed: int, device: torch.device | str = "cpu") -> _Fed:
    asked = question_of(case.processor.inputs(case.observation, case.prefix), device)
    noise = draw_noise(tuple(asked.action_mask.shape), seed).to(device)
    return asked.prompt, asked.state, asked.action_mask, noise, asked.prefix


def _answer(x: Tensor, case: Case, laps: Laps) -> Answer:
    actions = x.to("cpu", torch.float32, copy=True)
    targets = case.processor.decode(actions[0].numpy(), case.observation)
    laps.mark()
    return Answer(actions, targets)
