"""How the DiT is told the time of the flow. Source: XR-0's released model."""

import math

import torch
from torch import Tensor, nn

FREQUENCIES = 128
SCALE = 1000.0


class TimeEmbedder(nn.Module):
    """Time t in [0, 1] as a vector: [cos(1000 t f), sin(1000 t f)] with f_k = 10000^(-k/128), then
    Linear, SiLU, Linear."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, width, bias=False),
            nn.SiLU(),
            nn.Linear(width, width, bias=False),
        )

    def forward(self, t: Tensor) -> Tensor:
        """`t` (B,) float32 to (B, 1, H)."""
        steps = torch.arange(FREQUENCIES, dtype=torch.float32, device=t.device)
        angles = SCALE * t.float()[:, None] * torch.exp(-math.log(1e4) * steps / FREQUENCIES)
        waves = torch.cat((angles.cos(), angles.sin()), dim=-1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))[:, None]


class TimeProjector(nn.Module):
    """The time vector (B, 1, H) as six rows (B, 6, H): shift, scale and gate of both halves of a
    DiT layer, to which every layer adds a table of its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 6 * width, bias=True))
        self.width = width

    def forward(self, t: Tensor) -> Tensor:
        return self.layers(t).reshape(t.shape[0], 6, self.width)
