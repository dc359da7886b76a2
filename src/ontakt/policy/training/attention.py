"""Attention for training on a processor without a GPU: plain products and a softmax.

On short sequences torch's fused kernel spends most of a step in its backward pass, and the stock
vision tower calls it once an image. Here equal images are one product. The numbers are those of
stock attention up to rounding; only the order of the work differs.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from ontakt.policy.xr0.model import Xr0Model

IMAGES, WORDS = "flash_plain_images", "plain_words"
"""Names under which transformers knows them. A tower hands all images at once only to a function
that has `flash` in its name."""


def use_plain_attention(model: Xr0Model) -> None:
    """Make both towers of `model` use it from here on."""
    ALL_ATTENTION_FUNCTIONS.register(IMAGES, _images)
    ALL_ATTENTION_FUNCTIONS.register(WORDS, _words)
    model.vlm.model.visual.config._attn_implementation = IMAGES
    model.vlm.model.language_model.config._attn_implementation = WORDS


def plain_products(device: torch.device) -> AbstractContextManager[object]:
    """While it lasts, attention that asks torch for its own (the DiT's) is plain as well; on a GPU
    everything stays as it is."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


def _images(
    module: Any,  # noqa: ARG001
    query: Tensor,  # (1, heads, patches of all images, d)
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,  # noqa: ARG001
    scaling: float = 1.0,
    cu_seq_lens_q: Tensor | None = None,  # (images + 1,): where each image begins
    **_rest: Any,
) -> tuple[Tensor, None]:  # (1, patches, heads, d)
    assert cu_seq_lens_q is not None  # the tower gives it
    lengths = cu_seq_lens_q.diff()
    out = torch.empty_like(query[0])
    for length in lengths.unique().tolist():
        starts = cu_seq_lens_q[:-1][lengths == length]
        rows = (starts[:, None] + torch.arange(length)).flatten()

        def cut(x: Tensor, rows: Tensor = rows, length: int = length) -> Tensor:
            picked = x[0].index_select(1, rows)
            return picked.unflatten(1, (-1, length)).transpose(0, 1)  # (images, heads, length, d)

        mixed = plain_attention(cut(query), cut(key), cut(value), scaling)
        out = out.index_copy(1, rows, mixed.transpose(0, 1).flatten(1, 2))
    return out.transpose(0, 1)[None], None


def _words(
    module: Any,  # noqa: ARG001
    query: Tensor,  # (B, heads, S, d)
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    scaling: float = 1.0,
    **_rest: Any,
) -> tuple[Tensor, None]:
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    mask = _causal(query) if attention_mask is None else attention_mask[..., : key.shape[2]]
    return plain_attention(query, key, value, scaling, mask).transpose(1, 2), None


def plain_attention(
    query: Tensor, key: Tensor, value: Tensor, scaling: float, mask: Tensor | None = None
) -> Tensor:
    """softmax(q k^T * scaling) v over (..., n, d); `mask` says True, or 0, where a row may look."""
    scores = ((query * scaling) @ key.to(query.dtype).mT).float()
    if mask is not None:
        scores = (
            scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
        )
    return scores.softmax(-1).to(value.dtype) @ value


def _causal(query: Tensor) -> Tensor:
    size = query.shape[2]
    return torch.ones(size, size, dtype=torch.bool, device=query.device).tril()
