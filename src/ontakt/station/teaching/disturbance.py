"""Pushes that a demonstrator gives himself, so that the way back is demonstrated too.

Cloning flawless work teaches nothing about the states next to it: a learner that is a millimetre
off has never seen what to do. So now and then a chunk is bent away from where it leads, and what
the teacher does from there is what is learnt.
"""

import math

import numpy as np
from msgspec import Struct

from ontakt.contract import ActionSpace, Array
from ontakt.contract.units import Metres, Ratio


class Disturbance(Struct, frozen=True, kw_only=True):
    """How often and how far."""

    share: Ratio = 0.3
    """Of a side's chunks that are bent."""
    least: Metres = 0.001
    most: Metres = 0.025
    """Size of a push, drawn evenly in its logarithm: small ones near the goal matter as much as
    large ones on the way."""
    opening: Metres = 0.010
    """Most by which the told opening is changed."""
    ramp: int = 8
    """Ticks over which a push grows to its size."""


def bend(
    targets: Array, kept: int, space: ActionSpace, config: Disturbance, rng: np.random.Generator
) -> Array:
    """`targets` (T, width) with pushes on some sides, the first `kept` rows as they are."""
    bent = targets.copy()
    growth = np.clip((np.arange(len(targets)) - kept + 1) / config.ramp, 0.0, 1.0)
    for side in space.sides:
        if rng.random() >= config.share:
            continue
        size = math.exp(rng.uniform(math.log(config.least), math.log(config.most)))
        direction = rng.standard_normal(3)
        direction[2] *= 0.6  # height is bounded by the table, and less often wrong
        push = size * direction / np.linalg.norm(direction)
        space.position(bent, side)[:] += growth[:, None] * push
        if rng.random() < 0.25:
            opening = space.opening(bent, side)
            change = growth * rng.uniform(-config.opening, config.opening)
            opening[:] = np.clip(opening + change, 0.0, None)
    return bent
