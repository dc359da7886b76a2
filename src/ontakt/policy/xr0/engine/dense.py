"""Matrix products with weights that do not change."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

PACKED_BYTES = 1 << 30
"""Most weights of one model that are copied into the CPU's packed form."""

ROWS = 32
"""For how many rows the packed form is laid out; it serves any number."""


class Dense:
    """y = x W^T + b for one linear layer, or for several that read the same input.

    Layers side by side become views of one matrix, so nothing is stored twice and each can still
    be trained. `pack` keeps a copy in oneDNN's own layout instead of transposing at every call: at
    a policy's few rows this halves the time of a product on a CPU. It calls the operators that
    torch.compile itself emits for a CPU; where they are missing, the product is the ordinary one.
    """

    def __init__(self, linears: Sequence[Any], pack: bool) -> None:
        first = linears[0]
        if len(linears) == 1:
            weight, bias = first.weight.detach(), first.bias
        else:
            weight, bias = _side_by_side(linears)
        self._weight = weight.flatten(1)
        self._bias = None if bias is None else bias.detach()
        self._packed = None
        if pack and can_pack(weight):
            self._packed = torch.ops.mkldnn._reorder_linear_weight(self._weight, ROWS)

    def __call__(self, x: Tensor) -> Tensor:
        """`x` (..., inputs) to (..., outputs)."""
        if self._packed is not None:
            return torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, "none", [], "")
        return F.linear(x, self._weight, self._bias)


def can_pack(weight: Tensor) -> bool:
    """True where oneDNN serves such weights."""
    return (
        weight.device.type == "cpu"
        and weight.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")
    )


def _side_by_side(linears: Sequence[Any]) -> tuple[Tensor, Tensor | None]:
    weight = torch.cat([linear.weight.data for linear in linears])
    _become_views([linear.weight for linear in linears], weight)
    if linears[0].bias is None:
        return weight, None
    biases: list[Tensor] = [linear.bias for linear in linears]
    bias = torch.cat([bias.data for bias in biases])
    _become_views(biases, bias)
    return weight, bias


def _become_views(parameters: Sequence[Tensor], whole: Tensor) -> None:
    start = 0
    for parameter in parameters:
        parameter.data = whole.narrow(0, start, parameter.shape[0])
        start += parameter.shape[0]
