"""The frequency term: the error of a chunk's velocity as a spectrum over time.

An error that is small at every step may still make the robot tremble; its spectrum shows it. The
original takes every channel alike, also those that a robot does not have. There the input is zeroed
and the target is minus the noise, which nothing in the input tells: the model cannot lower that
part of the term, which therefore stands as a floor under the loss (and swamps what can be learnt,
with 7 channels of 32 in use). The masked term leaves such numbers out. A mask that ends before the
horizon ends the error there as well: it is zero behind.
"""

from typing import Literal

import torch
from torch import Tensor

Frequency = Literal["masked", "unmasked", "off"]
"""`masked` (ours): only the robot's own numbers. `unmasked`: as XR-0's post-training code has it.
`off`: no such term."""


def frequency_error(
    error: Tensor,  # (B, T, D) float32: predicted minus true velocity
    weights: Tensor,  # (B, T, D)
    action_mask: Tensor,  # (B, T, D)
    kind: Frequency,
) -> Tensor:  # ()
    """Mean over rows of (mean |rfft over time of `error`|) x (mean of `weights`), over the numbers
    that `kind` lets in; 0 where there are none. The arguments begin behind the prefix."""
    if kind == "off" or error.shape[1] == 0:
        return error.new_zeros(())
    if kind == "unmasked":
        spectrum = torch.fft.rfft(error, dim=1).abs()
        return (spectrum.mean((1, 2)) * weights.mean((1, 2))).mean()
    real = action_mask > 0
    channels = real.any(dim=1)
    spectrum = torch.fft.rfft(torch.where(real, error, 0.0), dim=1)
    spectrum = torch.where(channels[:, None], spectrum.abs(), 0.0)
    terms = spectrum.sum((1, 2)) / (spectrum.shape[1] * channels.sum(1)).clamp(min=1)
    weight = (weights * real).sum((1, 2)) / real.sum((1, 2)).clamp(min=1)
    has = channels.any(1)
    return (terms * weight).sum() / has.sum().clamp(min=1)
