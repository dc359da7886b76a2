"""An auxiliary task, ours: say where nut and pin are.

Two small heads that training adds and no model has. One reads the tokens that the vision tower
makes of a wrist's view; the other reads what the actions will read, the last layer's values at that
view's end. Both make the towers learn position long before the actions do, and their error in
millimetres is the best gauge of what a model sees.
"""

from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor, nn

from ontakt.contract import BadValue
from ontakt.policy.processor import Processor
from ontakt.policy.training.table import PLACES, Table
from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.model import Context, Views

SOFT = 0.004
"""[m]: places are told as asinh(place / SOFT) / 2, near ones finely."""
NEAR = 0.05
"""[m]: errors are reported of places nearer than this."""
HIDDEN = 256


class Wrists(Struct, frozen=True):
    """What the heads read of the sides."""

    tokens: int
    """Of a side's view."""
    own: int
    """Numbers of a side's state; those of the first side come first."""
    sides: int


def wrists_of(table: Table, processor: Processor) -> Wrists:
    """Raises BadValue for an embodiment whose sides cannot be localised: their views are not of
    one size, or their states do not follow each other from the first number on."""
    body, block = processor.embodiment, processor.geometry.block
    sides, layout = len(body.sides), body.state
    sizes = {table.image(len(table.views) - 1 - k).shape for k in range(sides)}
    own = layout.starts[1] - layout.starts[0] if sides > 1 else layout.width
    if len(sizes) > 1 or layout.starts != tuple(own * k for k in range(sides)):
        raise BadValue(
            f"Embodiment {body.name!r}: state and views of its sides",
            (layout.starts, sorted(sizes)),
            "localisation needs states side by side and last views of one size; give it weight 0",
        )
    ((height, width, _),) = sizes
    return Wrists(tokens=height * width // block**2, own=own, sides=sides)


class Localiser(nn.Module):
    """Places (B, S, len(PLACES), 3), squashed, twice: from the view, from the values. The views of
    the sides are the last S of the prompt and have `tokens` tokens each; `own` numbers of a side's
    state are given beside them."""

    def __init__(self, config: Xr0Config, tokens: int, own: int) -> None:
        super().__init__()
        width, kept = int(config.text["hidden_size"]), config.text_kv_heads * config.text_head_dim
        self.seen_norm, self.read_norm = nn.LayerNorm(width), nn.LayerNorm(kept)
        out = 3 * len(PLACES)
        self.seen = _head(tokens * width + own, out)
        self.read = _head(kept + own, out)

    def forward(
        self,
        seen: Tensor,  # (B, S, tokens, width)
        read: Tensor,  # (B, S, kept)
        state: Tensor,  # (B, S, own)
    ) -> tuple[Tensor, Tensor]:
        shape = (*seen.shape[:2], len(PLACES), 3)
        first = self.seen(torch.cat((self.seen_norm(seen).flatten(2), state), dim=-1))
        second = self.read(torch.cat((self.read_norm(read), state), dim=-1))
        return first.view(shape), second.view(shape)


class Places(Struct, frozen=True, eq=False):
    """The truth of a batch."""

    places: Tensor
    """(B, S, len(PLACES), 3) [m]."""
    known: Tensor
    """(B, S, len(PLACES)) bool."""


def gather(
    views: Views, context: Context, ends: Tensor, sides: int, tokens: int
) -> tuple[Tensor, Tensor]:
    """What the localiser reads: tokens (B, S, tokens, width) of the last S views, and the last
    layer's values (B, S, kept) at `ends` (B, S), where each of these views ends in the prompt."""
    batch = len(ends)
    seen = views.tokens.view(batch, -1, views.tokens.shape[-1])[:, -sides * tokens :]
    values = context.values[-1].transpose(1, 2).flatten(2)  # (B, prompt tokens, kept)
    read = values.gather(1, ends[..., None].expand(-1, -1, values.shape[-1]))
    return seen.view(batch, sides, tokens, -1), read


def squashed(places: Tensor) -> Tensor:
    """What the heads say of `places` [m]."""
    return torch.asinh(places / SOFT) / 2


def localisation_error(
    said: Tensor, truth: Places, across: Callable[[Tensor], Tensor] = torch.clone
) -> Tensor:  # ()
    """Smooth L1 over what is known. `across` gives the mean of a number over the processes that
    share a batch."""
    known = truth.known[..., None].expand_as(said)
    error = nn.functional.smooth_l1_loss(said, squashed(truth.places), beta=0.1, reduction="none")
    return (error * known).sum() / across(known.sum().float()).clamp(min=1)


@torch.no_grad()
def millimetres(said: Tensor, truth: Places) -> Tensor:
    """(len(PLACES),): mean horizontal error [mm] of places that are NEAR; NaN without one."""
    away = (2 * said).sinh() * SOFT - truth.places
    error = away[..., :2].norm(dim=-1) * 1e3
    near = truth.known & (truth.places.norm(dim=-1) < NEAR)
    return torch.where(near, error, 0.0).sum((0, 1)) / near.sum((0, 1))


def _head(width: int, out: int) -> Any:
    return nn.Sequential(nn.Linear(width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, out))
