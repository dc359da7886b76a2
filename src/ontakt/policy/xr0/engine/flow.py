"""The Euler flow through the DiT, with everything that its steps share computed beforehand.

B batch, S prompt tokens, T horizon, q own tokens, H width, N heads, d width of a head, D action
width.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ontakt.policy.xr0.engine.arithmetic import rms, signed, turn
from ontakt.policy.xr0.engine.dense import Dense
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.tokens import own_mask, own_positions


class Places(NamedTuple):
    """What prompt, horizon and prefix length decide."""

    cos: Tensor
    """(B, q, 1, d)."""
    signed_sin: Tensor
    """(B, q, 1, d)."""
    mask: Tensor
    """(B, 1, q, S+q), to be added: 0 = attend, -inf = not."""
    moves: Tensor
    """(T, 1): 0 on the prefix, 1 behind it."""


class FlowLayout(NamedTuple):
    """What surrounds the own tokens. A tensor a layer: one for all would be copied at each write
    by what torch.compile makes of it."""

    places: Places
    keys: tuple[Tensor, ...]
    """Of each layer (B, N, S+q, d): the prompt's keys, then the own ones, rewritten at every
    step."""
    values: tuple[Tensor, ...]
    """The same shape."""


class Modulation(NamedTuple):
    """Of one layer at one step, each (H,): scales have the norm's weight in them."""

    scale_a: Tensor
    shift_a: Tensor
    gate_a: Tensor
    scale_m: Tensor
    shift_m: Tensor
    gate_m: Tensor


class Pull(NamedTuple):
    """How one step is drawn towards the chunk before, as if y = x + rest v followed x alone."""

    previous: Tensor
    """(B, T, D)."""
    weights: Tensor
    """(B, T, D), the step's factor in them; 0 where nothing is drawn."""
    rest: Tensor
    """(), the time of the flow that is left."""


class _Layer(NamedTuple):
    stock: Any
    qkv: Dense
    qk_norm: Tensor
    """(2, 1, d)."""
    o: Dense
    gate_up: Dense
    down: Dense


class Flow:
    """`steps` Euler steps of one model. It holds for the weights that the model has now."""

    def __init__(self, model: Xr0Model, steps: int, pack: bool) -> None:
        self._model = model
        self._steps = steps
        self._eps = model.config.dit_config.rms_norm_eps
        self.first_layer = model.config.first_layer
        """The language model's layer whose cache the first layer reads."""
        times = torch.arange(steps, dtype=torch.float32, device=model.sink.weight.device) / steps
        rows = model.t_projector(model.t_embedder(times))  # (steps, 6, H)
        layers: list[Any] = list(model.dit.layers)
        self.modulations = [[_modulation(layer, row) for layer in layers] for row in rows]
        """Of every step, of every layer."""
        self.rests = list((1 - times).unbind())
        """Of every step, (): the time of the flow that is left."""
        self._layers = [_prepared(layer, pack) for layer in layers]

    def places(
        self, position_ids: Tensor, attention_mask: Tensor, horizon: int, prefix_length: int
    ) -> Places:
        """For a prompt of `position_ids` (3, B, S) and `attention_mask` (B, S)."""
        config, dtype = self._model.config, self._model.dtype
        own = own_positions(
            position_ids, config.state_length, horizon, prefix_length, config.action_rope_offset
        )
        angles = own[0][..., None, None].float() * self._model.inv_freq()
        angles = torch.cat((angles, angles), dim=-1)
        sees = own_mask(attention_mask, config.state_length, horizon, config.action_window)
        mask = torch.zeros(sees.shape, dtype=dtype, device=sees.device)
        moves = torch.arange(horizon, device=sees.device) >= prefix_length
        return Places(
            cos=angles.cos().to(dtype),
            signed_sin=signed(angles.sin()).to(dtype),
            mask=mask.masked_fill(~sees, float("-inf")),
            moves=moves.float()[:, None],
        )

    def layout(self, places: Places) -> FlowLayout:
        """`places` with room for as many keys and values."""
        model = self._model
        dit = model.config.dit_config
        batch, _, _, length = places.mask.shape

        def room() -> tuple[Tensor, ...]:
            shape = (batch, dit.heads, length, dit.head_dim)
            return tuple(places.mask.new_zeros(shape) for _ in self._layers)

        return FlowLayout(places, room(), room())

    def begin(self, cache: list[tuple[Tensor, Tensor]], layout: FlowLayout) -> None:
        """Put the prompt's keys and values (B, K, S, d) before the own ones, each head as often as
        the DiT's heads share it."""
        _, shared, length, _ = cache[0][0].shape
        for pair, keys, values in zip(cache, layout.keys, layout.values, strict=True):
            for given, held in zip(pair, (keys, values), strict=True):
                held[:, :, :length].unflatten(1, (shared, -1)).copy_(given[:, :, None])

    def lead(self, state: Tensor) -> Tensor:
        """The own tokens before the actions, (B, 1 + state length, H), from `state` (B, state
        length, state width)."""
        model = self._model
        sink = model.sink.weight.expand(state.shape[0], 1, -1)
        return torch.cat((sink, model.state_projector(state.to(model.dtype))), dim=1)

    def step(
        self,
        lead: Tensor,
        action_mask: Tensor,
        x: Tensor,
        modulations: Sequence[Modulation],
        layout: FlowLayout,
        pull: Pull,
    ) -> Tensor:
        """`x` (B, T, D), one Euler step on, after `begin`; `modulations` and `pull` are the step's,
        and `action_mask` is (B, T, D)."""
        model = self._model
        actions = model.action_projector((x * action_mask).to(model.dtype))
        h = torch.cat((lead, actions), dim=1)
        rows = zip(self._layers, modulations, layout.keys, layout.values, strict=True)
        for layer, m, keys, values in rows:
            h = self._layer(layer, m, h, layout.places, keys, values)
        v = model.action_output_layer(h[:, -x.shape[1] :]).to(x.dtype)
        v = torch.addcmul(v, pull.weights, pull.previous - torch.addcmul(x, pull.rest, v))
        return x + v * layout.places.moves / self._steps

    def _layer(
        self,
        layer: _Layer,
        m: Modulation,
        h: Tensor,
        places: Places,
        keys: Tensor,
        values: Tensor,
    ) -> Tensor:
        stock = layer.stock
        attention = stock.attn
        own = h.shape[1]
        a = rms(h, m.scale_a, self._eps) + m.shift_a
        qkv = layer.qkv(a).unflatten(-1, (3, attention.heads, attention.head_dim))
        qk = rms(qkv[:, :, :2], None, self._eps) * layer.qk_norm
        qk = turn(qk, places.cos[:, :, None], places.signed_sin[:, :, None])
        keys[:, :, -own:].copy_(qk[:, :, 1].transpose(1, 2))
        values[:, :, -own:].copy_(qkv[:, :, 2].transpose(1, 2))
        out = F.scaled_dot_product_attention(
            qk[:, :, 0].transpose(1, 2), keys, values, attn_mask=places.mask
        )
        out = layer.o(out.transpose(1, 2).flatten(-2))
        h = rms(torch.addcmul(h, m.gate_a, out), stock.middle_layernorm.weight, self._eps)
        f = rms(h, m.scale_m, self._eps) + m.shift_m
        gate, up = layer.gate_up(f).chunk(2, dim=-1)
        out = layer.down(F.silu(gate) * up)
        return rms(torch.addcmul(h, m.gate_m, out), stock.final_layernorm.weight, self._eps)


def _modulation(layer: Any, row: Tensor) -> Modulation:
    """Of `layer` at the time whose projection is `row` (6, H)."""
    shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = (layer.adaln_table + row).unbind(0)
    return Modulation(
        scale_a=(1 + scale_a) * layer.input_layernorm.weight,
        shift_a=shift_a,
        gate_a=gate_a,
        scale_m=(1 + scale_m) * layer.post_layernorm.weight,
        shift_m=shift_m,
        gate_m=gate_m,
    )


def _prepared(layer: Any, pack: bool) -> _Layer:
    attention, mlp = layer.attn, layer.mlp
    return _Layer(
        stock=layer,
        qkv=Dense([attention.qkv_proj], pack),
        qk_norm=torch.stack((attention.q_norm.weight, attention.k_norm.weight))[:, None],
        o=Dense([attention.o_proj], pack),
        gate_up=Dense([mlp.gate_proj, mlp.up_proj], pack),
        down=Dense([mlp.down_proj], pack),
    )
