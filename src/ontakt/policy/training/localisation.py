"""An auxiliary task, ours: say where nut and pin are, and whether a nut is there and on the pin.

Small heads that training adds and no model has. Two say where: one reads the tokens that the vision
tower makes of a wrist's view; the other reads what the actions will read, the last layer's values
at that view's end. Both make the towers learn position long before the actions do, and their error
in millimetres is the best gauge of what a model sees. Two say whether: one reads the tokens of the
views that are no wrist's, the other those same values. A hand on its way sees neither nest nor pin;
to which of them it should go, a few pixels of the head's view tell, in few of all lessons.
"""

from collections.abc import Callable
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor, nn

from ontakt.contract import BadValue
from ontakt.policy.processor import Processor
from ontakt.policy.training.table import PLACES, THINGS, Table
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
    shared: int = 0
    """Tokens of all views that are no side's."""


NONE = Wrists(tokens=0, own=0, sides=0)
"""Where nothing is localised."""


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
    shapes = [table.image(k).shape for k in range(len(table.views) - sides)]
    shared = sum(high * wide // block**2 for high, wide, _ in shapes)
    return Wrists(tokens=height * width // block**2, own=own, sides=sides, shared=shared)


class Said(Struct, frozen=True, eq=False):
    """What the heads say."""

    places: tuple[Tensor, Tensor]
    """From the view, from the values: (B, S, len(PLACES), 3), squashed."""
    there: tuple[Tensor, ...]
    """From the shared views, where there are any, and from the values: logits
    (B, S, len(THINGS))."""


class Localiser(nn.Module):
    """The heads for what `wrists` tells. The views of the sides are the last of the prompt; the
    numbers of a side's state are given beside them."""

    def __init__(self, config: Xr0Config, wrists: Wrists) -> None:
        super().__init__()
        width, kept = int(config.text["hidden_size"]), config.text_kv_heads * config.text_head_dim
        own, where, whether = wrists.own, 3 * len(PLACES), len(THINGS)
        self._wrists = wrists
        self.seen_norm, self.read_norm = nn.LayerNorm(width), nn.LayerNorm(kept)
        self.seen = _head(wrists.tokens * width + own, where)
        self.read = _head(kept + own, where)
        self.there_read = _head(kept + own, whether)
        if wrists.shared:
            self.there_seen = _head(wrists.shared * width, wrists.sides * whether)

    def forward(
        self,
        seen: Tensor,  # (B, shared + S * tokens, width)
        read: Tensor,  # (B, S, kept)
        state: Tensor,  # (B, S, own)
    ) -> Said:
        w, batch = self._wrists, len(seen)
        seen = self.seen_norm(seen)
        read = torch.cat((self.read_norm(read), state), dim=-1)
        views = seen[:, w.shared :].reshape(batch, w.sides, -1)
        shape = (batch, w.sides, len(PLACES), 3)
        first = self.seen(torch.cat((views, state), dim=-1)).view(shape)
        there = [self.there_read(read)]
        if w.shared:
            shared = self.there_seen(seen[:, : w.shared].flatten(1))
            there.insert(0, shared.view(batch, w.sides, len(THINGS)))
        return Said((first, self.read(read).view(shape)), tuple(there))


class Places(Struct, frozen=True, eq=False):
    """The truth of a batch."""

    places: Tensor
    """(B, S, len(PLACES), 3) [m]."""
    known: Tensor
    """(B, S, len(PLACES)) bool."""
    there: Tensor
    """(B, S, len(THINGS)) bool."""


def gather(views: Views, context: Context, ends: Tensor) -> tuple[Tensor, Tensor]:
    """What the localiser reads: the tokens of all views (B, tokens, width), and the last layer's
    values (B, S, kept) at `ends` (B, S), where the view of each side ends in the prompt."""
    seen = views.tokens.view(len(ends), -1, views.tokens.shape[-1])
    values = context.values[-1].transpose(1, 2).flatten(2)  # (B, prompt tokens, kept)
    return seen, values.gather(1, ends[..., None].expand(-1, -1, values.shape[-1]))


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


def presence_error(said: Tensor, truth: Places) -> Tensor:  # ()
    """Cross entropy [nats] of `said`, logits (B, S, len(THINGS))."""
    return nn.functional.binary_cross_entropy_with_logits(said, truth.there.float())


@torch.no_grad()
def millimetres(said: Tensor, truth: Places) -> Tensor:
    """(len(PLACES),): mean horizontal error [mm] of places that are NEAR; NaN without one."""
    away = (2 * said).sinh() * SOFT - truth.places
    error = away[..., :2].norm(dim=-1) * 1e3
    near = truth.known & (truth.places.norm(dim=-1) < NEAR)
    return torch.where(near, error, 0.0).sum((0, 1)) / near.sum((0, 1))


def _head(width: int, out: int) -> Any:
    return nn.Sequential(nn.Linear(width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, out))
