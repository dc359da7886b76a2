"""The language model over one prompt, only as far as the DiT reads its cache.

B batch, S prompt tokens, E width, N query heads, K key heads, d width of a head.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ontakt.policy.xr0.engine.arithmetic import rms, signed, turn
from ontakt.policy.xr0.engine.dense import Dense


class LanguageLayout(NamedTuple):
    """What the words and the places of the images decide."""

    words: Tensor
    """(B * S, E): embedded; the rows of image tokens are overwritten."""
    images: Tensor
    """(image tokens,) int64: rows of `words` that the views take."""
    position_ids: Tensor
    """(3, B, S)."""
    attention_mask: Tensor
    """(B, S)."""
    cos: Tensor
    """(B, S, 1, d)."""
    signed_sin: Tensor
    """(B, S, 1, d)."""
    mask: Tensor | None
    """(B, 1, S, S) bool: causal, without padding; None where nothing is padded."""


class _Layer(NamedTuple):
    stock: Any
    qkv: Dense
    """Of the last layer only keys and values."""
    qk_norm: Tensor
    """(N + K, d): the weights of both norms, one row a head; of the last layer (K, d)."""
    o: Dense
    gate_up: Dense
    down: Dense


class LanguageTower:
    """Qwen3-VL's text; of its last layer only keys and values are computed."""

    def __init__(
        self, language_model: Any, image_token_id: int, first_layer: int, pack: bool
    ) -> None:
        self._model = language_model
        self._image = image_token_id
        self._first = first_layer
        config = language_model.config
        self._eps = config.rms_norm_eps
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        *inner, last = language_model.layers
        self._layers = [self._prepared(layer, pack) for layer in inner]
        self._last = self._prepared(last, pack, only_cache=True)

    def _prepared(self, layer: Any, pack: bool, only_cache: bool = False) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        keys = [attention.k_norm.weight.expand(self._kv_heads, -1)]
        queries = [] if only_cache else [attention.q_norm.weight.expand(self._heads, -1)]
        reads = [attention.k_proj, attention.v_proj]
        return _Layer(
            stock=layer,
            qkv=Dense(reads if only_cache else [attention.q_proj, *reads], pack),
            qk_norm=torch.cat(queries + keys),
            o=Dense([attention.o_proj], pack),
            gate_up=Dense([mlp.gate_proj, mlp.up_proj], pack),
            down=Dense([mlp.down_proj], pack),
        )

    def layout(
        self, input_ids: Tensor, attention_mask: Tensor, position_ids: Tensor
    ) -> LanguageLayout:
        """For `input_ids` and `attention_mask` (B, S) and `position_ids` (3, B, S)."""
        words = self._model.embed_tokens(input_ids)
        cos, sin = self._model.rotary_emb(words, position_ids)
        length = input_ids.shape[1]
        mask = None
        if not bool(attention_mask.all()):
            causal = torch.ones(length, length, dtype=torch.bool, device=words.device).tril()
            mask = (causal & attention_mask.bool()[:, None, :])[:, None]
            # A padded query sees nothing else; it sees itself, so that no softmax is empty.
            mask = mask | torch.eye(length, dtype=torch.bool, device=words.device)
        return LanguageLayout(
            words=words.flatten(0, 1),
            images=(input_ids.flatten() == self._image).nonzero()[:, 0],
            position_ids=position_ids,
            attention_mask=attention_mask,
            cos=cos[:, :, None],
            signed_sin=signed(sin[:, :, None]),
            mask=mask,
        )

    def __call__(
        self, tokens: Tensor, deep: list[Tensor], layout: LanguageLayout
    ) -> list[tuple[Tensor, Tensor]]:
        """Keys and values, each (B, K, S, d), of the layers that the DiT reads, in order."""
        h = layout.words.index_copy(0, layout.images, tokens.to(layout.words.dtype))
        kept: list[tuple[Tensor, Tensor]] = []
        for index, layer in enumerate(self._layers):
            stock = layer.stock
            qk, v = self._qkv(layer, layout, h)
            q, k = qk[:, : self._heads], qk[:, self._heads :]
            if index >= self._first:
                kept.append((k, v))
            out = F.scaled_dot_product_attention(
                q,
                k,
                v,
                attn_mask=layout.mask,
                is_causal=layout.mask is None,
                scale=stock.self_attn.scaling,
                enable_gqa=self._heads != self._kv_heads,
            )
            h = h + layer.o(out.transpose(1, 2).reshape(h.shape[0], -1))
            x = rms(h, stock.post_attention_layernorm.weight, self._eps)
            gate, up = layer.gate_up(x).chunk(2, dim=-1)
            h = h + layer.down(stock.mlp.act_fn(gate) * up)
            if index < len(deep):
                h = h.index_add(0, layout.images, deep[index].to(h.dtype))
        kept.append(self._qkv(self._last, layout, h))
        return kept

    def _qkv(self, layer: _Layer, layout: LanguageLayout, h: Tensor) -> tuple[Tensor, Tensor]:
        """Queries and keys (B, N + K, S, d), turned, and values (B, K, S, d)."""
        made = layer.qkv(rms(h, layer.stock.input_layernorm.weight, self._eps))
        made = made.unflatten(0, layout.attention_mask.shape)
        made = made.unflatten(-1, (-1, layer.qk_norm.shape[-1]))
        qk, v = made[:, :, : -self._kv_heads], made[:, :, -self._kv_heads :]
        qk = rms(qk, None, self._eps) * layer.qk_norm
        return turn(qk, layout.cos, layout.signed_sin).transpose(1, 2), v.transpose(1, 2)
