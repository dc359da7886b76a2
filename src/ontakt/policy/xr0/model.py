"""XR-0 as its definition reads: transformers' Qwen3-VL, and a DiT on the tail of its cache.

This is the model that is trained, and the plain, obvious path that every faster one is compared
with. Sizes in shapes: B batch, S prompt tokens, T horizon, q = 1 + state_length + T own tokens,
L layers of the VLM, K heads of its cache, d width of a head, H width of the DiT, D action width.
Source: XR-0's released inference model and post-training code (arXiv 2602.12684).
"""

from collections.abc import Iterator
from typing import Any

import torch
from msgspec import Struct
from torch import Tensor, nn
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration
from transformers.cache_utils import DynamicCache

from ontakt.policy.xr0.config import Xr0Config
from ontakt.policy.xr0.dit import Dit
from ontakt.policy.xr0.time_embedding import TimeEmbedder, TimeProjector
from ontakt.policy.xr0.tokens import own_mask, own_positions

ATTENTION = "sdpa"
"""The VLM's attention in transformers, whatever a checkpoint's configuration says: one could name a
kernel on the hub, which is code."""


class Prompt(Struct, frozen=True, eq=False, kw_only=True):
    """What the VLM is given: views and words."""

    input_ids: Tensor
    """(B, S) int64."""
    attention_mask: Tensor
    """(B, S) int64: 1 = a token, 0 = padding, on either end."""
    pixel_values: Tensor
    """(patches of all images, 3 x temporal x patch x patch), in [-1, 1]."""
    image_grid_thw: Tensor
    """(images, 3) int64: temporal, vertical and horizontal patches of each."""


class Views(Struct, frozen=True, eq=False, kw_only=True):
    """What the vision tower makes of the images: tokens of all images, one after the other."""

    tokens: Tensor
    """(image tokens, width of the language model)."""
    deepstack: tuple[Tensor, ...]
    """The same shape, from inner layers; added behind the first language layers."""


class Context(Struct, frozen=True, eq=False, kw_only=True):
    """What the DiT reads of an observation; it stays the same for all steps of the flow."""

    keys: tuple[Tensor, ...]
    """Of each layer of the VLM, (B, K, S, d), normalised and turned."""
    values: tuple[Tensor, ...]
    """The same shape."""
    position_ids: Tensor
    """(3, B, S) int64."""
    attention_mask: Tensor
    """(B, S)."""

    def repeated(self, times: int) -> "Context":
        """Every row `times` times in a row, for as many draws of noise and time."""

        def repeat(x: Tensor, dim: int = 0) -> Tensor:
            return x.repeat_interleave(times, dim=dim)

        return Context(
            keys=tuple(repeat(k) for k in self.keys),
            values=tuple(repeat(v) for v in self.values),
            position_ids=repeat(self.position_ids, 1),
            attention_mask=repeat(self.attention_mask),
        )


class Surroundings(Struct, frozen=True, eq=False, kw_only=True):
    """What the DiT's own tokens have around them, the same for all steps of the flow."""

    context: Context
    cos: Tensor
    """(B, q, d)."""
    sin: Tensor
    """(B, q, d)."""
    mask: Tensor
    """(B, 1, q, S+q) bool."""
    state: Tensor
    """(B, state_length, H), embedded."""
    prefix_length: int


class Projector(nn.Module):
    """Linear, GELU (tanh), Linear; no bias."""

    def __init__(self, width_in: int, inner: int, width_out: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width_in, inner, bias=False),
            nn.GELU(approximate="tanh"),
            nn.Linear(inner, width_out, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Xr0Model(nn.Module):
    """The whole model. The names of its tensors are those of a released checkpoint."""

    def __init__(self, config: Xr0Config) -> None:
        super().__init__()
        self.config = config
        width = config.dit_config.hidden_size
        vlm = Qwen3VLConfig(**_plain(config.vlm_config))
        vlm._attn_implementation = ATTENTION
        self.vlm = Qwen3VLForConditionalGeneration(vlm)
        self.dit = Dit(config.dit_config)
        self.state_projector = Projector(config.state_dim, width, width)
        self.action_projector = Projector(config.action_dim, width, width)
        self.action_output_layer = Projector(width, config.action_dim, config.action_dim)
        self.t_embedder = TimeEmbedder(width)
        self.t_projector = TimeProjector(width)
        self.sink = nn.Embedding(1, width)

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return self.sink.weight.dtype

    def inv_freq(self) -> Tensor:
        """Rotary frequencies (d/2,) float32, theta^(-2i/d), as `hold_rotary` set them: those of the
        language model, for the DiT's queries meet keys that it has turned."""
        return self.vlm.model.language_model.rotary_emb.inv_freq.float()

    def hold_rotary(self) -> None:
        """Set the VLM's rotary frequencies as the configuration says, whatever casts and devices
        the model went through: to be called once its weights are in place."""
        vision = self.vlm.model.visual.rotary_pos_emb
        text = self.vlm.model.language_model.rotary_emb
        for module, exact in (
            (vision, vision.compute_axial_rope_parameters(vision.config)[0]),
            (text, text.compute_default_rope_parameters(text.config)[0]),
        ):
            held = exact.bfloat16().float() if self.config.rotary == "as_trained" else exact
            module.inv_freq = held.to(self.sink.weight.device)
            module.original_inv_freq = module.inv_freq.clone()

    def see(self, prompt: Prompt) -> Views:
        """The vision tower, over all images of the batch at once."""
        seen = self.vlm.model.visual(
            prompt.pixel_values.to(self.dtype), grid_thw=prompt.image_grid_thw
        )
        return Views(tokens=seen.pooler_output, deepstack=tuple(seen.deepstack_features))

    def read(self, prompt: Prompt, views: Views) -> Context:
        """The language model over the prompt, with the views in place of their tokens. Its head is
        never evaluated."""
        core = self.vlm.model
        is_image = self._is_image(prompt)
        positions = self.positions(prompt)
        embedded = core.get_input_embeddings()(prompt.input_ids)
        embedded = embedded.masked_scatter(is_image[..., None], views.tokens.to(embedded.dtype))
        cache = DynamicCache(config=core.language_model.config)
        core.language_model(
            inputs_embeds=embedded,
            position_ids=positions,
            attention_mask=prompt.attention_mask,
            visual_pos_masks=is_image,
            deepstack_visual_embeds=list(views.deepstack),
            past_key_values=cache,
            use_cache=True,
        )
        return Context(
            keys=tuple(layer.keys for layer in cache.layers),
            values=tuple(layer.values for layer in cache.layers),
            position_ids=positions,
            attention_mask=prompt.attention_mask,
        )

    def positions(self, prompt: Prompt) -> Tensor:  # (3, B, S) int64
        """Where each token of the prompt stands in time, height and width."""
        positions, _ = self.vlm.model.get_rope_index(
            prompt.input_ids,
            mm_token_type_ids=self._is_image(prompt).long(),
            image_grid_thw=prompt.image_grid_thw,
            attention_mask=prompt.attention_mask,
        )
        return positions

    def perceive(self, prompt: Prompt) -> Context:
        """Everything that is done once an observation."""
        return self.read(prompt, self.see(prompt))

    def surround(
        self,
        context: Context,
        state: Tensor,  # (B, state_length, state_dim), raw
        horizon: int,
        prefix_length: int = 0,
        hidden: Tensor | None = None,  # (T,) bool, as `hidden_prefix` gives it
    ) -> Surroundings:
        """Everything around the own tokens that no step of the flow changes."""
        config = self.config
        positions = own_positions(
            context.position_ids,
            config.state_length,
            horizon,
            prefix_length,
            config.action_rope_offset,
        )
        angles = positions[0][..., None].float() * self.inv_freq()
        angles = torch.cat((angles, angles), dim=-1)
        return Surroundings(
            context=context,
            cos=angles.cos().to(self.dtype),
            sin=angles.sin().to(self.dtype),
            mask=own_mask(
                context.attention_mask,
                config.state_length,
                horizon,
                config.action_window,
                hidden,
                prefix_length,
            ),
            state=self.state_projector(state.to(self.dtype)),
            prefix_length=prefix_length,
        )

    def velocity(
        self,
        x: Tensor,  # (B, T, D)
        t: Tensor,  # (B,)
        around: Surroundings,
        action_mask: Tensor,  # (B, T, D): 0 where this robot has no such number
    ) -> Tensor:  # (B, T, D)
        """dx/dt of the flow at time t: from noise (t=0) towards actions (t=1). Zero on the prefix;
        not masked elsewhere."""
        horizon = x.shape[1]
        time = self.t_projector(self.t_embedder(t))
        actions = self.action_projector((x * action_mask).to(self.dtype))
        sink = self.sink.weight.expand(x.shape[0], 1, -1)
        h = torch.cat((sink, around.state, actions), dim=1)
        for layer, keys, values in self._cached_layers(around.context):
            h = layer(h, time, keys, values, around.cos, around.sin, around.mask)
        v = self.action_output_layer(h[:, -horizon:])
        if around.prefix_length:
            moves = torch.arange(horizon, device=x.device) >= around.prefix_length
            v = v * moves[None, :, None]
        return v

    def _is_image(self, prompt: Prompt) -> Tensor:  # (B, S) bool
        return prompt.input_ids == self.config.vlm_config["image_token_id"]

    def _cached_layers(self, context: Context) -> Iterator[tuple[nn.Module, Tensor, Tensor]]:
        first = self.config.first_layer
        yield from zip(self.dit.layers, context.keys[first:], context.values[first:], strict=True)


def _plain(value: Any) -> Any:
    """`value` with every mapping a fresh dict: transformers keeps and changes what it is given."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, list | tuple) else value
