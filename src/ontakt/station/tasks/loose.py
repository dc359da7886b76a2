"""Bodies that are free to move, by their place in the state."""

import math
from collections.abc import Iterable

import mujoco

from ontakt.contract import Array


class LooseBody:
    """One body with a free joint of the same name."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, name: str) -> None:
        joint = model.joint(name)
        self.id = model.body(name).id
        self._data = data
        self._q, self._v = int(joint.qposadr[0]), int(joint.dofadr[0])

    @property
    def position(self) -> Array:
        """[m], shape (3,); a view of the state."""
        view: Array = self._data.qpos[self._q : self._q + 3]
        return view

    @property
    def pose(self) -> Array:
        """Position [m] and quaternion wxyz, shape (7,); a view of the state."""
        view: Array = self._data.qpos[self._q : self._q + 7]
        return view

    def put(self, position: Array, quaternion: Array | None = None) -> None:
        """At rest at `position` [m], upright without a `quaternion`."""
        self.pose[:3] = position
        self.pose[3:] = (1.0, 0.0, 0.0, 0.0) if quaternion is None else quaternion
        self._data.qvel[self._v : self._v + 6] = 0.0

    def near(self, places: Iterable[Array], distance: float) -> bool:
        """True when its middle is within `distance` of one of `places` [m]."""
        here = self.position.tolist()
        return any(math.dist(here, place) < distance for place in places)
