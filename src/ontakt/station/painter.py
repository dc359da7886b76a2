"""Draws one model off screen, from any of its cameras, at any size."""

import atexit
from collections.abc import Mapping

import mujoco
import numpy as np
from numpy.typing import NDArray

from ontakt.contract.errors import UnknownName
from ontakt.contract.spaces import Image
from ontakt.station.gl import free_context, make_context

UNSEEN_GROUP = 5
"""Geom groups 3 to 5 are not drawn: 3 has the robot's contact shapes, 4 the nuts' outsides."""
MOST_GEOMS = 20000
RICH_WIDTH = 960
"""Pictures at least this wide [px] have shadows and reflections; narrower ones are frames of films,
which cost a quarter without."""


class Painter:
    """An OpenGL context with one model in it. Drawing never changes the physics.

    For `people` with a sky, and with shadows and reflections in wide pictures; policies do without.
    """

    def __init__(self, model: mujoco.MjModel, people: bool) -> None:
        self._model = model
        self._cameras = [model.camera(k).name for k in range(model.ncam)]
        self._groups = model.geom_group.copy()
        self._names = [model.geom(k).name for k in range(model.ngeom)]
        self._switched: dict[str, NDArray[np.intp]] = {}
        self._width = self._height = 0
        self._gl = make_context(64, 64)
        # the binding's own clean-up at the interpreter's end comes too late for some drivers
        atexit.register(self.close)
        self._scene = mujoco.MjvScene(model, MOST_GEOMS)
        self._people = people
        self._flag(people, "SKYBOX", "HAZE")
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = [1, 1, 1, 0, 0, 0]
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)

    def show(self, shown: Mapping[str, bool]) -> None:
        """Draw or leave out the geoms whose names begin as the keys say."""
        for start, on in shown.items():
            if start not in self._switched:
                self._switched[start] = np.array(
                    [k for k, name in enumerate(self._names) if _begins(name, start)], dtype=np.intp
                )
            geoms = self._switched[start]
            self._model.geom_group[geoms] = self._groups[geoms] if on else UNSEEN_GROUP

    def image(self, data: mujoco.MjData, camera: str, width: int, height: int) -> Image:
        """What `camera` sees of `data`, (height, width, 3). Raises UnknownName for a camera that
        the model does not have."""
        if camera not in self._cameras:
            raise UnknownName("camera", camera, self._cameras)
        self._gl.make_current()
        self._flag(self._people and width >= RICH_WIDTH, "SHADOW", "REFLECTION")
        if width > self._width or height > self._height:
            self._width, self._height = max(width, self._width), max(height, self._height)
            mujoco.mjr_resizeOffscreen(self._width, self._height, self._context)
        mujoco.mj_camlight(self._model, data)
        view = mujoco.MjvCamera()
        view.type = mujoco.mjtCamera.mjCAMERA_FIXED
        view.fixedcamid = self._cameras.index(camera)
        mujoco.mjv_updateScene(
            self._model, data, self._option, None, view, mujoco.mjtCatBit.mjCAT_ALL, self._scene
        )
        frame = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(frame, self._scene, self._context)
        pixels = np.empty((height, width, 3), np.uint8)
        mujoco.mjr_readPixels(pixels, None, frame, self._context)
        return np.ascontiguousarray(pixels[::-1])

    def _flag(self, on: bool, *names: str) -> None:
        for name in names:
            self._scene.flags[getattr(mujoco.mjtRndFlag, f"mjRND_{name}")] = on

    def close(self) -> None:
        """Let the context go; a second call does nothing."""
        if self._gl is not None:
            self._gl.make_current()
            self._context.free()
            free_context(self._gl)
            self._gl = None
            atexit.unregister(self.close)


def _begins(name: str, start: str) -> bool:
    """True for `start` itself and for names that go on with an underscore."""
    return name == start or name.startswith(f"{start}_")
