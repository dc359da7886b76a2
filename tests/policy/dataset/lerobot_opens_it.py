"""A program for a Python with LeRobot: opens a dataset with its own loader, saves what it sees.

    python lerobot_opens_it.py DATASET OUT.npz [pyav|torchcodec]

LeRobot 0.6.1 needs Python 3.12 and a torch that ours excludes, so it lives in an environment of its
own: `python3.12 -m venv ENV && ENV/bin/pip install 'lerobot[dataset]==0.6.1'`. Every feature of
every row goes into OUT.npz, pictures as uint8 (n, height, width, 3), with LeRobot's own statistics
of the whole from those of the episodes. `test_lerobot.py` compares it with what was written.
"""

import sys
from typing import Any

import numpy as np
from lerobot.datasets import (  # type: ignore[import-not-found]
    LeRobotDataset,
    aggregate_stats,
)
from lerobot.datasets.io_utils import (  # type: ignore[import-not-found]
    cast_stats_to_numpy,
    load_nested_dataset,
)


def main(folder: str, out: str, backend: str = "pyav") -> None:
    """Open `folder` with LeRobot and save all of it in `out`."""
    dataset = LeRobotDataset("a/b", root=folder, video_backend=backend, return_uint8=True)
    rows = [dataset[k] for k in range(len(dataset))]
    found: dict[str, Any] = {}
    for name in rows[0]:
        if name == "task":
            found[name] = np.array([row[name] for row in rows])
            continue
        values = np.stack([row[name].numpy() for row in rows])
        found[name] = values.transpose(0, 2, 3, 1) if name in dataset.meta.video_keys else values
    episodes = load_nested_dataset(dataset.root / "meta" / "episodes")
    parts = [
        cast_stats_to_numpy({k[6:]: v for k, v in episode.items() if k.startswith("stats/")})
        for episode in episodes
    ]
    for feature, summary in aggregate_stats(parts).items():
        for name, value in summary.items():
            found[f"together/{feature}/{name}"] = value
            found[f"stats/{feature}/{name}"] = dataset.meta.stats[feature][name]
    np.savez(out, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
