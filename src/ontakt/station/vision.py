"""What a station's camera tells of where things lie: an estimate with an error, never the truth.

It stands for the fiducial or blob detector that an engineer commissions at such a station, and is
an assumption, stated here and in `docs/variation.md`, not a measurement of one. The error of an
estimate, per horizontal axis:

    error = drift + sigma * (sqrt(shared) * cycle_error + sqrt(1 - shared) * look_error)
    sigma = sigma_0 * (1 + lighting_gain * lighting + clutter_gain * crowding)

with independent standard normal errors. Most of the variance is `shared` by all looks of a cycle,
because lens, calibration, edge and shadow stay what they are: averaging looks cannot remove it.
`drift` is how far the worn camera mount has moved; the estimator does not know it, so the sigma
that it states leaves it out.
"""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from ontakt.contract.observation import Sight
from ontakt.contract.spaces import Array, frozen_array
from ontakt.contract.units import Metres, Ratio
from ontakt.station.variation import stream


class VisionConfig(Struct, frozen=True):
    """`[vision]` of a station file."""

    sigma: Metres
    """Standard deviation per horizontal axis in good light on a tidy table."""
    shared: Ratio
    """Share of the variance that all looks of a cycle have in common."""
    window: Metres
    """Half width of the square about the nominal place in which an object is searched for."""
    lighting_gain: Ratio
    """Growth of sigma at full lighting severity: 1 doubles it."""
    clutter_gain: Ratio
    """Growth of sigma for a crowding of 1."""
    clutter_reach: Metres
    """A distractor at distance d adds 1 - d / reach to the crowding, nothing from `reach` on."""


class Vision:
    """Estimates of one cycle's places. The same (seed, cycle, object, look) gives the same one."""

    def __init__(
        self, config: VisionConfig, places: Mapping[str, tuple[float, float, float]]
    ) -> None:
        self._config = config
        self._places = places
        self._exact = False
        self.start_cycle(0, 0, {})

    def start_cycle(self, seed: int, cycle: int, drawn: Mapping[str, float]) -> None:
        """From here on errors are those of `cycle` under the variation `drawn` in it."""
        self._seed, self._cycle = seed, cycle
        self._drift = np.array([drawn.get(f"wear.camera.{axis}", 0.0) for axis in "xy"])
        self._lighting = drawn.get("lighting", 0.0)
        self._clutter = [
            np.array([x, drawn[f"{name[:-1]}y"]])
            for name, x in drawn.items()
            if name.startswith("clutter.") and name.endswith(".x")
        ]
        self._shared: dict[str, Array] = {}

    def tell_truth(self) -> None:
        """From here on places are told as they are, wherever they are: for a teacher."""
        self._exact = True

    def see(self, name: str, position: Array, look: int = 0) -> Sight | None:
        """An estimate of object `name`, which really is at `position` [m]; None outside the
        search window. `look` tells the looks of a cycle apart: the control tick serves. The
        camera measures in a known plane, so the estimate's height is the nominal one."""
        nominal = np.array(self._places[name])
        if self._exact:
            return Sight(position=frozen_array([*np.asarray(position)[:2], nominal[2]]), sigma=0.0)
        if np.abs(np.asarray(position)[:2] - nominal[:2]).max() > self._config.window:
            return None
        sigma, shared = self.sigma(position), self._config.shared
        if name not in self._shared:
            chance = stream(self._seed, self._cycle, f"vision {name}")
            self._shared[name] = chance.standard_normal(2)
        fresh = stream(self._seed, self._cycle, f"vision {name} {look}").standard_normal(2)
        error = math.sqrt(shared) * self._shared[name] + math.sqrt(1.0 - shared) * fresh
        seen = np.asarray(position)[:2] + self._drift + sigma * error
        return Sight(position=frozen_array([*seen, nominal[2]]), sigma=sigma)

    def sigma(self, position: Array) -> float:
        """The standard deviation [m] that the estimator states for an object at `position`."""
        c = self._config
        distances = (float(np.linalg.norm(position[:2] - place)) for place in self._clutter)
        crowding = sum(max(0.0, 1.0 - d / c.clutter_reach) for d in distances)
        growth = c.lighting_gain * self._lighting + c.clutter_gain * crowding
        return c.sigma * (1.0 + growth)
