"""What one number of an action says to a gripper."""

from typing import Literal

import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import Array


class Gripper(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a number a and an opening w [m] are told by each other.

    - `delta`: w = measured opening + a, with a in metres. The anchor is the *measured* opening of
      the observation, as in XR-0's post-training code, not the one last told: a gripper that holds
      a thing is told to close further than it can, and only encoders say where it is.
    - `binary`: wide open where a lies on the side of `open` of the middle, shut elsewhere. Loses
      what lies between.
    - `fraction`: linear from `shut` (w = 0) to `open` (w = `full`), cut to that range.
    """

    kind: Literal["delta", "binary", "fraction"] = "delta"
    open: float = 1.0
    """The number that means wide open; not for `delta`."""
    shut: float = 0.0
    """The number that means shut; not for `delta`."""
    full: float = 0.0
    """Opening [m] when wide open; not for `delta`."""
    squash: float = 0.0
    """[m]; for `delta`: a = asinh((w - measured) / squash), as for the layout's translations; 0
    leaves it linear."""

    def __post_init__(self) -> None:
        if self.kind != "delta" and not (self.full > 0.0 and self.open != self.shut):
            raise BadValue(
                f"A {self.kind} gripper",
                (self.open, self.shut, self.full),
                "open and shut must differ and full be above 0 m",
            )

    def decode(self, values: Array, opening: float) -> Array:
        """Openings [m], shape (T,), from numbers (T,); `opening` [m] is the measured one."""
        if self.kind == "delta":
            if self.squash:
                return opening + self.squash * np.sinh(np.clip(values, -12.0, 12.0))
            return opening + values
        share = (values - self.shut) / (self.open - self.shut)
        if self.kind == "binary":
            return np.where(share > 0.5, self.full, 0.0)
        return self.full * np.clip(share, 0.0, 1.0)

    def encode(self, openings: Array, opening: float) -> Array:
        """Numbers (T,) from openings [m], shape (T,); `opening` [m] is the measured one."""
        if self.kind == "delta":
            change = openings - opening
            return np.arcsinh(change / self.squash) if self.squash else change
        share = openings / self.full
        if self.kind == "binary":
            share = np.where(share > 0.5, 1.0, 0.0)
        return self.shut + (self.open - self.shut) * share
