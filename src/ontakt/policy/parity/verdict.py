"""What came out of a comparison with golden data."""

import math
from collections.abc import Mapping

import torch
from msgspec import Struct
from torch import Tensor

from ontakt.policy.parity.quantity import Value


class Compared(Struct, frozen=True, kw_only=True):
    """One comparison."""

    name: str
    group: str
    worst: float
    """Greatest absolute difference; inf for another shape, nan where either has a nan."""
    ok: bool


class Skip(Struct, frozen=True):
    """A tensor that was named and not compared."""

    name: str
    reason: str


class Parity(Struct, frozen=True, kw_only=True):
    """All comparisons of a folder."""

    atol: float
    tensors: tuple[Compared, ...]
    """Every tensor of the folder's outputs that could be computed again."""
    checks: tuple[Compared, ...]
    """What is compared besides: the optimised engine's answers, noise against its seed, lists of
    names; there the difference is the number of lines that differ."""
    skipped: tuple[Skip, ...]

    @property
    def worst(self) -> Mapping[str, float]:
        """Greatest difference by name, of tensors and checks."""
        return {one.name: one.worst for one in (*self.tensors, *self.checks)}

    @property
    def failing(self) -> tuple[str, ...]:
        """Names of the tensors and checks above the tolerance."""
        return tuple(one.name for one in (*self.tensors, *self.checks) if not one.ok)

    @property
    def passed(self) -> bool:
        """Whether all that is named was compared and lies within the tolerance."""
        return bool(self.tensors) and not self.failing and not self.skipped

    def groups(self) -> Mapping[str, tuple[int, float]]:
        """How many comparisons a group has, and their greatest difference."""
        found: dict[str, tuple[int, float]] = {}
        for one in (*self.tensors, *self.checks):
            count, worst = found.get(one.group, (0, 0.0))
            found[one.group] = (count + 1, _greater(worst, one.worst))
        return found


def judge(name: str, group: str, ours: Value, golden: Tensor, atol: float) -> Compared:
    """`ours` against `golden`. Whole numbers and truth values must be equal; other numbers must lie
    within `atol`, in float64. A nan on either side is never within anything."""
    worst = difference(ours, golden)
    bound = atol if golden.is_floating_point() else 0.0
    return Compared(name=name, group=group, worst=worst, ok=worst <= bound)


def difference(ours: Value, golden: Tensor) -> float:
    """Greatest absolute difference where it counts; inf for another shape."""
    if ours.tensor.shape != golden.shape:
        return math.inf
    apart = (ours.tensor.detach().double() - golden.double()).abs()
    if ours.where is not None:
        apart = apart[ours.where.expand_as(apart)]
    return float(torch.max(apart)) if apart.numel() else 0.0


def _greater(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)
