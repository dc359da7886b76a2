"""Random episodes: small, whole, and different in every number."""

from pathlib import Path
from typing import Any

import numpy as np

from ontakt.contract import ActionSpace, ArmState, Episode, Lesson, Observation, Side, Sight
from ontakt.policy.dataset import DatasetWriter

SPACE = ActionSpace()
CAMERAS = {"head": (6, 8), "left_wrist": (4, 4)}
PLACES = ("left_nut", "left_pin", "right_nut")
TASKS = ("Load both nuts.", "Wait.")


def episode(
    seed: int,
    length: int = 4,
    *,
    space: ActionSpace = SPACE,
    horizon: int = 3,
    cameras: dict[str, tuple[int, int]] = CAMERAS,
    joints: int = 7,
    fps: int = 10,
    places: tuple[str, ...] = PLACES,
) -> Episode:
    """An episode that `writer` with the same arguments takes."""
    rng = np.random.default_rng(seed)
    first = int(rng.integers(0, 10**6))

    def arm() -> ArmState:
        return ArmState(
            position=rng.normal(size=3),
            quaternion=rng.normal(size=4),
            opening=float(rng.normal()),
            grip_force=float(rng.normal()),
            wrist_force=rng.normal(size=3) * 100,
            target=rng.normal(size=3),
            target_opening=float(rng.normal()),
            joints=rng.normal(size=joints) if joints else None,
        )

    def lesson(row: int) -> Lesson:
        observation = Observation(
            tick=first + row * space.control_hz // fps,
            utc_ns=int(rng.integers(0, 2**62)),
            arms={side: arm() for side in space.sides},
            images={k: rng.integers(0, 256, (*s, 3), dtype=np.uint8) for k, s in cameras.items()},
            sights={k: Sight(rng.normal(size=3), 0.001) for k in places if rng.random() < 0.5},
            instruction=TASKS[int(rng.integers(2))],
            job=tuple(side for side in space.sides if rng.random() < 0.5),
        )
        return Lesson(
            observation=observation,
            command=rng.normal(size=space.width),
            driver="policy" if rng.random() < 0.5 else "teacher",
            free=rng.normal(size=(horizon, space.width)),
            committed=int(rng.integers(1, horizon + 1)),
            behind=rng.normal(size=(horizon, space.width)),
            places={k: rng.normal(size=3) for k in places if rng.random() < 0.5},
        )

    good: dict[Side, bool] = {side: bool(rng.random() < 0.5) for side in space.sides}
    return Episode(
        lessons=tuple(lesson(row) for row in range(length)),
        hz=fps,
        good=good,  # type: ignore[arg-type]
        facts={"seed": str(seed)},
    )


def writer(folder: Path, **changes: Any) -> DatasetWriter:
    """A writer for `episode`s."""
    return DatasetWriter(
        folder,
        **{
            "fps": 10,
            "space": SPACE,
            "cameras": CAMERAS,
            "robot_type": "ontakt",
            "horizon": 3,
            "facts": {"software": "0.0", "station": "abc", "free": "left, right"},
            **changes,
        },
    )


def written(folder: Path, lengths: tuple[int, ...] = (4, 1, 5), **changes: Any) -> Path:
    """A finished dataset of random episodes with those lengths."""
    with writer(folder, **changes) as into:
        for seed, length in enumerate(lengths):
            into.add(episode(seed, length))
    return folder
