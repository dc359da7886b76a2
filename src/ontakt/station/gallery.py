"""Pictures for people: a finer model in its surroundings that follows the physics."""

from collections.abc import Mapping

import mujoco

from ontakt.contract import Image, SetupError
from ontakt.station.lamps import Lamps
from ontakt.station.painter import Painter


class Gallery:
    """The people's model `model`, mirroring `physics`, of which the variation moves the bodies
    `moved`. Raises SetupError when the two do not have the same state."""

    def __init__(
        self, model: mujoco.MjModel, physics: mujoco.MjModel, moved: tuple[str, ...]
    ) -> None:
        if model.nq != physics.nq:
            raise SetupError(
                f"The people's model has {model.nq} positions, the physics {physics.nq}: scenery "
                f"must not add joints."
            )
        self._model, self._physics, self._moved = model, physics, moved
        self._data = mujoco.MjData(model)
        self._lamps = Lamps(model)
        self._painter = Painter(model, people=True)
        theirs = {model.camera(k).name for k in range(model.ncam)}
        self._cameras = [
            name for k in range(physics.ncam) if (name := physics.camera(k).name) in theirs
        ]
        self._riding = [name for name in self._cameras if physics.camera(name).bodyid[0] > 0]

    def picture(
        self,
        data: mujoco.MjData,
        drawn: Mapping[str, float],
        shown: Mapping[str, bool],
        view: str,
        width: int,
        height: int,
    ) -> Image:
        """The state `data` under the variation `drawn` from the camera `view`."""
        for name in self._moved:
            self._model.body(name).pos[:] = self._physics.body(name).pos
            self._model.body(name).quat[:] = self._physics.body(name).quat
        for name in self._riding:
            # those on the robot drift with wear; those in the hall are the scenery's own
            self._model.camera(name).pos[:] = self._physics.camera(name).pos
        self._lamps.set(drawn)
        self._data.qpos[:] = data.qpos
        mujoco.mj_kinematics(self._model, self._data)
        self._painter.show(shown)
        return self._painter.image(self._data, view, width, height)

    def close(self) -> None:
        """Let its graphics context go."""
        self._painter.close()
