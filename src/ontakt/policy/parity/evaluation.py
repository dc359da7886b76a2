"""What a model makes of one case of golden data, computed when it is asked for and kept."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor

from ontakt.policy.parity.folder import Tensors
from ontakt.policy.xr0.flow import Step, euler, with_prefix
from ontakt.policy.xr0.model import Context, Prompt, Surroundings, Views, Xr0Model
from ontakt.policy.xr0.tokens import own_positions

T = TypeVar("T")


class NotComparable(Exception):
    """A named tensor that cannot be computed again; the text says why."""


class Evaluation:
    """One case under one model. Without gradients."""

    def __init__(self, model: Xr0Model, inputs: Tensors, case: str) -> None:
        self.model, self.case = model, case
        self._inputs = inputs
        self._kept: dict[tuple[object, ...], Any] = {}

    def given(self, name: str) -> Tensor:
        """The case's input called `name`. Raises NotComparable."""
        key = f"{self.case}.{name}"
        if key not in self._inputs:
            raise NotComparable(f"the inputs lack {key}")
        return self._inputs[key]

    def shared(self, name: str) -> Tensor | None:
        """An input of this case, or else of all cases; None where there is neither."""
        own = self._inputs.get(f"{self.case}.{name}")
        return self._inputs.get(name) if own is None else own

    def kept(self, make: Callable[[], T], *key: object) -> T:
        """What `make` gives, made once for `key`."""
        if key not in self._kept:
            self._kept[key] = make()
        value: T = self._kept[key]
        return value

    @cached_property
    def prompt(self) -> Prompt:
        """Views and words."""
        return Prompt(
            input_ids=self.given("input_ids"),
            attention_mask=self.given("attention_mask"),
            pixel_values=self.given("pixel_values"),
            image_grid_thw=self.given("image_grid_thw"),
        )

    @cached_property
    def views(self) -> Views:
        """What the vision tower makes of the images."""
        with torch.no_grad():
            return self.model.see(self.prompt)

    @cached_property
    def context(self) -> Context:
        """What the language model makes of the prompt."""
        views = self.views
        with torch.no_grad():
            return self.model.read(self.prompt, views)

    @property
    def horizon(self) -> int:
        """T."""
        return int(self.given("action_mask").shape[1])

    def prefix(self, length: int) -> Tensor | None:
        """The first `length` actions of the truth, at most all; None for none."""
        return self.given("action")[:, :length] if length else None

    def surroundings(self, length: int) -> Surroundings:
        """What the own tokens have around them behind a prefix of `length`."""
        with torch.no_grad():
            return self.model.surround(
                self.context, self.given("state"), self.horizon, min(length, self.horizon)
            )

    def positions(self, length: int) -> Tensor:
        """(3, B, q), where the own tokens stand."""
        config = self.model.config
        return own_positions(
            self.context.position_ids,
            config.state_length,
            self.horizon,
            min(length, self.horizon),
            config.action_rope_offset,
        )

    def time(self, t: float) -> tuple[Tensor, Tensor]:
        """Time `t` as a vector (B, 1, H), and as the rows (B, 6, H) made of it."""
        with torch.no_grad():
            vector = self.model.t_embedder(torch.full((self.given("state").shape[0],), t))
            return vector, self.model.t_projector(vector)

    def velocity(self, t: float) -> Tensor:
        """dx/dt at the noise, at time `t`."""
        noise = self.given("noise")
        with torch.no_grad():
            times = torch.full((noise.shape[0],), t)
            return self.model.velocity(
                noise, times, self.surroundings(0), self.given("action_mask")
            )

    def flow(self, length: int, steps: int) -> tuple[Step, ...]:
        """The Euler steps from the noise behind a prefix of `length`, and where they end."""

        def run() -> tuple[Step, ...]:
            x = with_prefix(self.given("noise"), self.prefix(length))
            mask = self.given("action_mask")
            with torch.no_grad():
                return tuple(euler(self.model, self.surroundings(length), mask, x, steps))

        return self.kept(run, "flow", length, steps)
