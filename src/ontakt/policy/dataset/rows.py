"""Lessons from rows: a feature's name to an array (*shape). Numbers come back exact in float32."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import ArmState, Image, Lesson, Observation, Sight, frozen_array
from ontakt.policy.dataset.layout import STATE_WIDTH, Layout


def observation_of(
    row: Mapping[str, NDArray[Any]],
    layout: Layout,
    *,
    images: Mapping[str, Image] | None = None,
    instruction: str = "",
) -> Observation:
    """The observation of one row, exact in float32; `images` and `instruction` live elsewhere."""
    state = np.split(np.asarray(row["observation.state"]), len(layout.space.sides))
    sights = _known(row, "observation.sights", layout.sights)
    return Observation(
        tick=int(row["tick"][0]),
        utc_ns=int(row["utc_ns"][0]),
        arms={s: _arm(x) for s, x in zip(layout.space.sides, state, strict=True)},
        images=images or {},
        sights={k: Sight(frozen_array(v[:3]), float(v[3])) for k, v in sights.items()},
        instruction=instruction,
        job=tuple(s for s, wanted in zip(layout.space.sides, row["job"], strict=True) if wanted),
    )


def lesson_of(
    row: Mapping[str, NDArray[Any]],
    layout: Layout,
    images: Mapping[str, Image],
    instruction: str,
) -> Lesson:
    """The lesson of one row."""
    places = _known(row, "observation.places", layout.places)
    return Lesson(
        observation=observation_of(row, layout, images=images, instruction=instruction),
        command=frozen_array(row["action"]),
        driver="policy" if row["driver"][0] else "teacher",
        free=frozen_array(row["teacher.free"]),
        committed=int(row["teacher.committed"][0]),
        behind=frozen_array(row["teacher.behind"]),
        places={name: frozen_array(value) for name, value in places.items()},
    )


def _arm(state: NDArray[Any]) -> ArmState:
    return ArmState(
        position=frozen_array(state[:3]),
        quaternion=frozen_array(state[3:7]),
        opening=float(state[7]),
        grip_force=float(state[8]),
        wrist_force=frozen_array(state[9:12]),
        target=frozen_array(state[12:15]),
        target_opening=float(state[15]),
        joints=frozen_array(state[STATE_WIDTH:]) if len(state) > STATE_WIDTH else None,
    )


def _known(
    row: Mapping[str, NDArray[Any]], key: str, names: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    if not names:
        return {}
    points = np.split(np.asarray(row[key]), len(names))
    return {k: v for k, v, there in zip(names, points, row[f"{key}_known"], strict=True) if there}
