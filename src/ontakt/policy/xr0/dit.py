"""The diffusion transformer: its own tokens attend to themselves and to the VLM's cache.

Sizes in the shapes below: B batch, q own tokens (sink, state, actions), S prompt tokens, H width,
N heads, K heads of the VLM's cache, d width of a head. Source: XR-0's released model.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ontakt.policy.xr0.config import DitConfig


class RmsNorm(nn.Module):
    """x / rms(x) * weight, the mean square in float32 over the last axis."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        exact = x.float()
        exact = exact * torch.rsqrt(exact.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * exact.to(x.dtype)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """`x` (B, N, q, d) turned by the rotary angles whose `cos` and `sin` are (B, q, d): the first
    half of a head is paired with the second."""
    first, second = x.chunk(2, dim=-1)
    return x * cos[:, None] + torch.cat((-second, first), dim=-1) * sin[:, None]


class Attention(nn.Module):
    """Attention of the own tokens over [the VLM's cache | themselves]."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads, self.head_dim = config.heads, config.head_dim
        self.qkv_proj = nn.Linear(width, 3 * width, bias=True)
        self.o_proj = nn.Linear(width, width, bias=False)
        self.q_norm = RmsNorm(config.head_dim, config.rms_norm_eps)
        self.k_norm = RmsNorm(config.head_dim, config.rms_norm_eps)

    def forward(
        self, h: Tensor, keys: Tensor, values: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
    ) -> Tensor:
        """`h` (B, q, H); `keys`, `values` (B, K, S, d) of the cache; `cos`, `sin` (B, q, d); `mask`
        (B, 1, q, S+q), True = attend. Returns (B, q, H)."""
        q, k, v = self.qkv_proj(h).unflatten(-1, (3, self.heads, self.head_dim)).unbind(-3)
        q = rotate(self.q_norm(q).transpose(1, 2), cos, sin)
        k = rotate(self.k_norm(k).transpose(1, 2), cos, sin)
        repeat = self.heads // keys.shape[1]
        k = torch.cat((keys.repeat_interleave(repeat, dim=1), k), dim=2)
        v = torch.cat((values.repeat_interleave(repeat, dim=1), v.transpose(1, 2)), dim=2)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.o_proj(out.transpose(1, 2).flatten(-2))


class Mlp(nn.Module):
    """SwiGLU, four times as wide inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, 4 * width, bias=False)
        self.up_proj = nn.Linear(width, 4 * width, bias=False)
        self.down_proj = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DitLayer(nn.Module):
    """Attention, then MLP, each shifted, scaled and gated by time. The middle and final norms sit
    on the residual stream itself."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.rms_norm_eps
        self.attn = Attention(config)
        self.mlp = Mlp(width)
        self.input_layernorm = RmsNorm(width, eps)
        self.middle_layernorm = RmsNorm(width, eps)
        self.post_layernorm = RmsNorm(width, eps)
        self.final_layernorm = RmsNorm(width, eps)
        self.adaln_table = nn.Parameter(torch.zeros(6, width))

    def forward(
        self,
        h: Tensor,
        time: Tensor,
        keys: Tensor,
        values: Tensor,
        cos: Tensor,
        sin: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """As `Attention`, with `time` (B, 6, H): shift, scale, gate of attention, then of the
        MLP."""
        rows = (self.adaln_table + time).unsqueeze(2).unbind(1)
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = rows
        a = self.input_layernorm(h) * (1 + scale_a) + shift_a
        h = self.middle_layernorm(h + gate_a * self.attn(a, keys, values, cos, sin, mask))
        f = self.post_layernorm(h) * (1 + scale_m) + shift_m
        return self.final_layernorm(h + gate_m * self.mlp(f))


class Dit(nn.Module):
    """All layers; layer i reads the VLM's cache layer n_vlm - n_dit + i."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DitLayer(config) for _ in range(config.num_hidden_layers))
