"""A model that is trained: its average, its optimisers, one step after the other.

Every step's chance is a function of (seed, step), so a run that was stopped goes on as if it had
not been, and two runs with the same seed are the same, bit by bit on one machine's CPU.
"""

import math
from collections.abc import Mapping
from typing import cast

import torch
from msgspec import Struct
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ontakt.contract import HaltError
from ontakt.policy.training.attention import use_plain_attention
from ontakt.policy.training.batches import Batch
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.localisation import NONE, Localiser, Wrists
from ontakt.policy.training.losses import FIGURES, Losses
from ontakt.policy.training.optimizers import build_optimizers, moving
from ontakt.policy.training.table import PLACES
from ontakt.policy.training.team import Alone, Team
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.optimizer import freeze


class StepReport(Struct, frozen=True, kw_only=True):
    """One step's figures."""

    step: int
    """How many steps are done."""
    loss: float
    squared: float
    frequency: float
    localisation: float | None
    presence: float | None
    """Cross entropy [nats] of what the heads say is there, summed over them."""
    millimetres: Mapping[str, float | None]
    """Mean error of what the heads say, by place."""
    norm: float
    """Of the gradients, before it was bounded."""
    rate: float


class Trainer:
    """A training in progress, on the device of `model`, which it changes. `wrists` are the
    localiser's."""

    def __init__(
        self,
        model: Xr0Model,
        config: TrainingConfig,
        wrists: Wrists = NONE,
        team: Team | None = None,
    ) -> None:
        self.model, self.config = model.train(), config
        self.team = Alone() if team is None else team
        if config.frozen_embeddings:
            freeze(model)
        self._device = model.sink.weight.device
        if self._device.type == "cpu":
            use_plain_attention(model)
        self.localiser: Localiser | None = None
        if config.localises:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(config.seed)
                self.localiser = Localiser(model.config, wrists).to(self._device)
        self.average = (
            AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.average))
            if config.average
            else None
        )
        losses = Losses(model, self.localiser, wrists, config, self.team.mean)
        self._losses = self.team.prepare(losses)
        self.parameters = moving(model, self.localiser)
        """What moves, by name."""
        self.optimizers = build_optimizers(self.parameters, config)
        self.step = 0

    @property
    def result(self) -> Xr0Model:
        """The weights to keep."""
        return self.model if self.average is None else cast(Xr0Model, self.average.module)

    def learn(self, batch: Batch) -> StepReport:
        """One step. Raises HaltError where the gradients are no numbers; the weights are then as
        they were."""
        config, rate = self.config, self.config.schedule.learning_rate(self.step)
        total, figures = self._losses(batch.to(self._device))
        self.team.backward(total)
        norm = self.team.clip(list(self.parameters.values()), config.optimizer.largest_norm)
        if not math.isfinite(norm):
            raise HaltError(f"Step {self.step}: the norm of the gradients is {norm}.")
        for optimizer, factor in zip(self.optimizers, (1.0, config.muon_rate), strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad()
        if self.average is not None:
            self.average.update_parameters(self.model)
        self.step += 1
        return self._report(self.team.mean(figures).tolist(), norm, rate)

    def _report(self, figures: list[float], norm: float, rate: float) -> StepReport:
        loss, squared, frequency, *_ = figures
        told = {
            name: None if math.isnan(value) else value
            for name, value in zip(FIGURES, figures, strict=True)
        }
        where, whether = self.config.localisation > 0, self.config.presence > 0
        return StepReport(
            step=self.step,
            loss=loss,
            squared=squared,
            frequency=frequency,
            localisation=told["localisation"] if where else None,
            presence=told["presence"] if whether else None,
            millimetres={place: told[place] for place in PLACES} if where else {},
            norm=norm,
            rate=rate,
        )


__all__ = ["StepReport", "Trainer", "TrainingConfig"]
