"""The axis `lighting` on a model's lamps."""

import math
from collections.abc import Mapping

import mujoco
import numpy as np

from ontakt.contract.spaces import Array

KEY = "key"
"""Name of the light whose direction changes."""
LOWEST = 0.15
"""Least height of the key light over the horizon [rad]."""


class Lamps:
    """All lights of one model, as they were built and as a cycle has them."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self._model = model
        self._nominal = {
            "light_diffuse": model.light_diffuse.copy(),
            "light_specular": model.light_specular.copy(),
            "light_ambient": model.light_ambient.copy(),
        }
        head = model.vis.headlight
        self._head = {k: np.array(getattr(head, k)) for k in ("ambient", "diffuse", "specular")}
        names = [model.light(k).name for k in range(model.nlight)]
        self._key = names.index(KEY) if KEY in names else None
        self._direction = model.light_dir.copy()

    def set(self, drawn: Mapping[str, float]) -> None:
        """Factors `lighting.level`, `.red`, `.green`, `.blue` on every light; `lighting.azimuth`
        and `.elevation` [rad] move the key light, which stays over the horizon."""
        colour = np.array([drawn.get(f"lighting.{c}", 1.0) for c in ("red", "green", "blue")])
        factor = colour * drawn.get("lighting.level", 1.0)
        model = self._model
        for field, nominal in self._nominal.items():
            getattr(model, field)[:] = nominal * factor
        for field, nominal in self._head.items():
            getattr(model.vis.headlight, field)[:] = nominal * factor
        model.light_dir[:] = self._direction
        azimuth, elevation = (drawn.get(f"lighting.{k}", 0.0) for k in ("azimuth", "elevation"))
        if self._key is not None and (azimuth or elevation):
            model.light_dir[self._key] = _moved(self._direction[self._key], azimuth, elevation)


def _moved(direction: Array, azimuth: float, elevation: float) -> Array:
    """`direction` (3,) of light, unit, after its source moved on the sky."""
    x, y, z = (-direction / np.linalg.norm(direction)).tolist()
    bearing = math.atan2(y, x) + azimuth
    height = min(max(math.asin(z) + elevation, LOWEST), math.pi - LOWEST)
    level = math.cos(height)
    return -np.array([level * math.cos(bearing), level * math.sin(bearing), math.sin(height)])
