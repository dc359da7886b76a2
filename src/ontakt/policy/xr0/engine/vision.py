"""The vision tower, over all images of an observation at once.

n patches of all images, H width, d width of a head.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers.vision_utils import (
    get_vision_interpolation_indices_and_weights,
    get_vision_position_ids,
)

from ontakt.policy.xr0.engine.arithmetic import signed, turn
from ontakt.policy.xr0.engine.dense import Dense


class VisionLayout(NamedTuple):
    """What the sizes of the images decide."""

    places: Tensor
    """(n, H): the learned positions, drawn out to each image's grid."""
    cos: Tensor
    """(n, 1, 1, d)."""
    signed_sin: Tensor
    """(n, 1, 1, d)."""
    runs: tuple[tuple[int, int], ...]
    """(images, patches of each) of neighbours of one size: an image attends to itself only, and
    equal ones do so in one call."""


class _Block(NamedTuple):
    stock: Any
    qkv: Dense
    proj: Dense
    up: Dense
    down: Dense


class _Merger(NamedTuple):
    stock: Any
    up: Dense
    down: Dense


class VisionTower:
    """Qwen3-VL's vision. A patch is embedded by a plain product: its convolution has no overlap."""

    def __init__(self, visual: Any, pack: bool) -> None:
        def dense(linear: Any) -> Dense:
            return Dense([linear], pack)

        def merger(stock: Any) -> _Merger:
            return _Merger(stock, dense(stock.linear_fc1), dense(stock.linear_fc2))

        self._visual = visual
        self._merge = visual.spatial_merge_size
        self._patch = dense(visual.patch_embed.proj)
        self._blocks = [
            _Block(
                stock=block,
                qkv=dense(block.attn.qkv),
                proj=dense(block.attn.proj),
                up=dense(block.mlp.linear_fc1),
                down=dense(block.mlp.linear_fc2),
            )
            for block in visual.blocks
        ]
        self._merger = merger(visual.merger)
        self._deep = dict(
            zip(
                visual.deepstack_visual_indexes,
                map(merger, visual.deepstack_merger_list),
                strict=True,
            )
        )

    def layout(self, grid_thw: Tensor) -> VisionLayout:
        """For images of `grid_thw` (images, 3)."""
        visual = self._visual
        at, weights = get_vision_interpolation_indices_and_weights(
            grid_thw,
            num_grid_per_side=visual.num_grid_per_side,
            mode=visual.interpolation_mode,
            align_corners=visual.interpolation_align_corners,
            spatial_merge_size=self._merge,
            kwargs={},
        )
        places = (
            (visual.pos_embed(at) * weights[:, :, None]).sum(1).to(visual.pos_embed.weight.dtype)
        )
        positions = get_vision_position_ids(grid_thw, self._merge, kwargs={})
        cos, sin = visual.rotary_pos_emb(places, positions)
        frames = [int(h * w) for t, h, w in grid_thw.tolist() for _ in range(t)]
        return VisionLayout(
            places=places,
            cos=cos[:, None, None].float(),
            signed_sin=signed(sin[:, None, None].float()),
            runs=_runs(frames),
        )

    def __call__(self, pixels: Tensor, layout: VisionLayout) -> tuple[Tensor, list[Tensor]]:
        """Tokens (n / merge^2, width of the language model) of `pixels` (n, values of a patch), and
        the deepstack's tokens of the same shape."""
        h = self._patch(pixels) + layout.places
        deep: list[Tensor] = []
        for index, block in enumerate(self._blocks):
            h = h + self._attend(block, layout, block.stock.norm1(h))
            h = h + block.down(block.stock.mlp.act_fn(block.up(block.stock.norm2(h))))
            if index in self._deep:
                deep.append(_merged(self._deep[index], h))
        return _merged(self._merger, h), deep

    def _attend(self, block: _Block, layout: VisionLayout, x: Tensor) -> Tensor:
        attention = block.stock.attn
        qkv = block.qkv(x).unflatten(-1, (3, attention.num_heads, attention.head_dim))
        qk = turn(qkv[:, :2].float(), layout.cos, layout.signed_sin).to(x.dtype)
        q, k, v = qk[:, 0], qk[:, 1], qkv[:, 2]
        seen, start = [], 0
        for count, length in layout.runs:
            end = start + count * length
            q_run, k_run, v_run = (
                part[start:end].unflatten(0, (count, length)).transpose(1, 2) for part in (q, k, v)
            )
            out = F.scaled_dot_product_attention(q_run, k_run, v_run, scale=attention.scaling)
            seen.append(out.transpose(1, 2).reshape(count * length, -1))
            start = end
        return block.proj(seen[0] if len(seen) == 1 else torch.cat(seen))


def _merged(merger: _Merger, h: Tensor) -> Tensor:
    stock = merger.stock
    if stock.use_postshuffle_norm:
        x = stock.norm(h.view(-1, stock.hidden_size))
    else:
        x = stock.norm(h).view(-1, stock.hidden_size)
    return merger.down(stock.act_fn(merger.up(x)))


def _runs(lengths: list[int]) -> tuple[tuple[int, int], ...]:
    """Neighbours of one length, counted: [4, 9, 9] to ((1, 4), (2, 9))."""
    runs: list[tuple[int, int]] = []
    for length in lengths:
        if runs and runs[-1][1] == length:
            runs[-1] = (runs[-1][0] + 1, length)
        else:
            runs.append((1, length))
    return tuple(runs)
