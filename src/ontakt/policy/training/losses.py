"""Everything that one step differentiates, as one module: what several processes can share."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ontakt.policy.training.attention import plain_products
from ontakt.policy.training.batches import Batch
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.localisation import (
    Localiser,
    Wrists,
    gather,
    localisation_error,
    millimetres,
    presence_error,
)
from ontakt.policy.training.table import PLACES
from ontakt.policy.xr0.loss import flow_loss
from ontakt.policy.xr0.model import Xr0Model

FIGURES = ("loss", "squared", "frequency", "localisation", "presence", *PLACES)
"""The figures of a step in their order; those of PLACES are errors [mm]."""


class Losses(nn.Module):
    """The loss of a batch: flow matching, and the auxiliary task where there is a localiser.

    `across` gives the mean of a number over the processes that share a batch.
    """

    def __init__(
        self,
        model: Xr0Model,
        localiser: Localiser | None,
        wrists: Wrists,
        config: TrainingConfig,
        across: Callable[[Tensor], Tensor],
    ) -> None:
        super().__init__()
        self.model, self.localiser = model, localiser
        self._wrists, self._config, self._across = wrists, config, across

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """What is differentiated, (), and FIGURES, detached, NaN where there is none."""
        config, wrists = self._config, self._wrists
        device = batch.state.device
        with (
            plain_products(device),
            torch.autocast(device.type, torch.bfloat16, enabled=config.bfloat16),
        ):
            views = self.model.see(batch.prompt)
            context = self.model.read(batch.prompt, views)
            loss = flow_loss(
                self.model,
                context,
                batch.state,
                batch.action,
                batch.mask,
                batch.draws,
                config.post_training,
                self._across,
            )
            flow = [loss.total, loss.squared, loss.frequency]
            if self.localiser is None:
                nothing = [torch.full_like(loss.total, torch.nan)] * (2 + len(PLACES))
                return loss.total, torch.stack([*flow, *nothing]).detach()
            seen, read = gather(views, context, batch.ends)
            state = batch.state[:, 0, : wrists.sides * wrists.own]
            said = self.localiser(seen, read, state.view(len(seen), wrists.sides, wrists.own))
        where = [localisation_error(one.float(), batch.places, self._across) for one in said.places]
        whether = [presence_error(one.float(), batch.places) for one in said.there]
        away = millimetres(said.places[1].float(), batch.places)
        aside = torch.stack([torch.stack(where).sum(), torch.stack(whether).sum()])
        figures = torch.cat((torch.stack(flow).detach(), aside.detach(), away))
        total = loss.total + config.localisation * aside[0] + config.presence * aside[1]
        return total, figures
