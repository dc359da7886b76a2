"""What may be changed of a lesson without changing what it teaches: sides and light.

Ours: XR-0's post-training code crops and jitters colours instead.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import BadValue
from ontakt.policy.processor import Embodiment, Processor
from ontakt.policy.processor.action_layout import MOTION

GAIN, TINT = 0.15, 0.1
"""Brightness changes by a factor 1 -+ GAIN, each colour by -+ TINT of half its range."""
JITTER = 0.01
"""Standard deviation of what is added to the measured state."""
Number = TypeVar("Number", bound=np.generic)


class Augmentation(Struct, frozen=True, kw_only=True):
    """Which of them."""

    mirror: bool = True
    """Half of the lessons are seen in a mirror: arms, wrist views and the words left and right
    change places. Needs an embodiment whose second arm is told and shown mirrored."""
    light: bool = True
    """Brightness and colour of every view, and a little noise on the measured state."""


class Light(Struct, frozen=True, eq=False):
    """Chance of light for N lessons with V views."""

    gain: NDArray[np.float32]
    """(V, N)."""
    tint: NDArray[np.float32]
    """(V, N, 3)."""

    @classmethod
    def drawn(cls, views: int, count: int, rng: np.random.Generator) -> "Light":
        """For `count` lessons from `rng`."""
        gain = np.empty((views, count), np.float32)
        tint = np.empty((views, count, 3), np.float32)
        for view in range(views):
            gain[view] = 1 + GAIN * (2 * rng.random(count, dtype=np.float32) - 1)
            tint[view] = TINT * (2 * rng.random((count, 3), dtype=np.float32) - 1)
        return cls(gain, tint)

    def on(self, patches: NDArray[np.float32], view: int, row: int) -> NDArray[np.float32]:
        """`patches` (n, 3 x the rest) of view `view` of lesson `row`, in this light."""
        colours = patches.reshape(len(patches), 3, -1)
        lit = colours * self.gain[view, row] + self.tint[view, row, :, None]
        return lit.reshape(patches.shape)


class Mirror:
    """The mirror of a station's plane y = 0, for lessons told as arrays. Applied twice it changes
    nothing.

    Raises BadValue for an embodiment that is not told so: two arms, the second in the mirror, and
    their views last, the second mirrored.
    """

    def __init__(self, processor: Processor) -> None:
        body = processor.embodiment
        _check(body)
        starts = body.state.starts
        self._state = _exchanged(processor.state_width, starts, abs(starts[1] - starts[0]))
        layout = body.action
        own = MOTION + layout.joints
        self._actions = _exchanged(processor.statistics.width, layout.starts, own)

    def state(self, state: NDArray[Number]) -> NDArray[Number]:
        """(..., state width)."""
        return state[..., self._state]

    def actions(self, actions: NDArray[Number]) -> NDArray[Number]:
        """(..., D)."""
        return actions[..., self._actions]

    def sides(self, values: NDArray[Number]) -> NDArray[Number]:
        """(N, 2, ...): one row a side, told in that side's mirror."""
        return values[:, ::-1]

    def views(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        """V arrays (N, height, width, 3) in the order of the prompt."""
        *others, left, right = images
        return [*(image[:, :, ::-1] for image in others), right, left]


def _check(body: Embodiment) -> None:
    shown = [view.mirror for view in body.views]
    wanted = [False] * (len(shown) - 1) + [True]
    if len(body.sides) != 2 or tuple(body.mirrored) != body.sides[1:] or shown != wanted:
        raise BadValue(
            f"Embodiment {body.name!r}: mirrored",
            list(body.mirrored),
            "lessons can be mirrored for two arms only, the second told and shown in the mirror",
        )


def _exchanged(width: int, starts: Sequence[int], own: int) -> NDArray[np.int64]:
    """The order of `width` numbers in which two blocks of `own` have changed places."""
    order = np.arange(width)
    first, second = starts
    own = min(own, width - max(starts))
    order[first : first + own] = np.arange(second, second + own)
    order[second : second + own] = np.arange(first, first + own)
    return order
