"""LeRobot's own loader opens what we write; run with ONTAKT_LEROBOT_PYTHON=ENV/bin/python, see
lerobot_opens_it.py, and ONTAKT_LEROBOT_VIDEO=torchcodec where that is installed."""

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from tests.policy.dataset.lessons import episode, writer

from ontakt.contract import Episode
from ontakt.policy.dataset import read_dataset
from ontakt.policy.dataset.video import ERROR

PYTHON = os.environ.get("ONTAKT_LEROBOT_PYTHON")
BACKEND = os.environ.get("ONTAKT_LEROBOT_VIDEO", "pyav")
PROGRAM = Path(__file__).with_name("lerobot_opens_it.py")
CAMERAS = {"head": (96, 96), "wrist": (48, 64)}
LENGTHS = (40, 1, 25, 300)


def _scene(rng: np.random.Generator, size: tuple[int, int], row: int) -> NDArray[np.uint8]:
    """A noisy gradient with a bright square that moves."""
    height, width = size
    image = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    image = image + rng.normal(0, 6, image.shape)
    image[10:20, row % width :][:, :10] = 255
    clipped: NDArray[np.uint8] = image.clip(0, 255).astype(np.uint8)
    return clipped


def _episode(seed: int, length: int) -> Episode:
    rng, whole = np.random.default_rng(seed), episode(seed, length, cameras={}, fps=10)
    return replace(
        whole,
        lessons=tuple(
            replace(
                lesson,
                observation=replace(
                    lesson.observation,
                    images={name: _scene(rng, size, row) for name, size in CAMERAS.items()},
                ),
            )
            for row, lesson in enumerate(whole.lessons)
        ),
    )


@pytest.mark.slow
@pytest.mark.skipif(PYTHON is None, reason="ONTAKT_LEROBOT_PYTHON is not set")
def test_lerobot_sees_every_number_and_every_picture(tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "seen.npz"
    episodes = [_episode(seed, length) for seed, length in enumerate(LENGTHS)]
    with writer(folder, cameras=CAMERAS) as into:
        for one in episodes:
            into.add(one)
    subprocess.run(
        [str(PYTHON), str(PROGRAM), str(folder), str(out), BACKEND],
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache")},
    )
    seen: Any = np.load(out)
    dataset = read_dataset(folder)
    columns = [dataset.columns(k) for k in range(len(episodes))]
    for name in dataset.layout.columns():
        ours = np.concatenate([c[name] for c in columns])
        theirs = seen[name].reshape(ours.shape)
        assert theirs.dtype == ours.dtype
        np.testing.assert_array_equal(theirs, ours, err_msg=name)
    lessons = [lesson for one in episodes for lesson in one.lessons]
    assert seen["task"].tolist() == [lesson.observation.instruction for lesson in lessons]
    for camera in CAMERAS:
        wanted = np.stack([lesson.observation.images[camera] for lesson in lessons]).astype(int)
        error = np.abs(seen[f"observation.images.{camera}"] - wanted)
        assert error.max() <= ERROR
        assert error.mean() < 0.5
    for key in (key for key in seen.files if key.startswith("together/")):
        stats = seen[key.replace("together/", "stats/")]
        np.testing.assert_allclose(stats, seen[key], rtol=1e-9, atol=1e-9, err_msg=key)
