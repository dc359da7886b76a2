"""Proportions that can only fall along a ladder: their best fit, and where they cross a value."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import BadValue

Floats = NDArray[np.float64]


def falling(good: Sequence[int], n: Sequence[int]) -> Floats:
    """The proportions, none above the one before it, under which `good` of `n` on each rung are
    most likely: neighbours in the wrong order are pooled until none is left (Ayer, Brunk, Ewing,
    Reid and Silverman 1955). Shape (rungs,); every rung needs a trial. Raises BadValue."""
    if len(good) != len(n) or not n or min(n) < 1:
        raise BadValue("(good, n)", (list(good), list(n)), "at least one trial on every rung")
    blocks: list[tuple[float, float, int]] = []
    for k, trials in zip(good, n, strict=True):
        blocks.append((float(k), float(trials), 1))
        while len(blocks) > 1 and blocks[-1][0] * blocks[-2][1] > blocks[-2][0] * blocks[-1][1]:
            later, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + later[0], before[1] + later[1], before[2] + later[2]))
    return np.repeat([k / trials for k, trials, _ in blocks], [rungs for *_, rungs in blocks])


def crossing(places: Sequence[float], proportions: Sequence[float], value: float) -> float | None:
    """Where a line through falling `proportions` at `places` first lies below `value`, linear
    between places; None where it never does, and where it does from the first place on."""
    for k in range(1, len(places)):
        above, below = proportions[k - 1], proportions[k]
        if above >= value > below:
            share = (above - value) / (above - below)
            return float(places[k - 1] + share * (places[k] - places[k - 1]))
    return None
