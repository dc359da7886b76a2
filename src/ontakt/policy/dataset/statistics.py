"""What LeRobot tells of a feature: least, greatest, mean, deviation, quantiles and count.

Those of one episode are exact. Those of a dataset follow from its episodes' as LeRobot's do: the
quantiles are means of the episodes' quantiles, weighted by their counts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import Image

Summary = dict[str, NDArray[Any]]
QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}


def of_rows(values: NDArray[Any]) -> Summary:
    """Of (n, *shape) over its rows: each of shape (*shape), `count` of shape (1,)."""
    rows = values.astype(np.float64)
    quantiles = np.quantile(rows, list(QUANTILES.values()), axis=0)
    return {
        "min": rows.min(axis=0),
        "max": rows.max(axis=0),
        "mean": rows.mean(axis=0),
        "std": rows.std(axis=0),
        "count": np.array([len(rows)]),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }


def of_images(images: Sequence[Image]) -> Summary:
    """Of pictures, by channel and over all pixels, of 0..1: each of shape (3, 1, 1)."""
    counts = np.zeros((3, 256), dtype=np.int64)
    for image in images:
        for channel in range(3):
            counts[channel] += np.bincount(image[..., channel].reshape(-1), minlength=256)
    level = np.arange(256) / 255
    total = counts.sum(axis=1)
    mean = counts @ level / total
    below = counts.cumsum(axis=1)
    found = {
        "min": level[(counts > 0).argmax(axis=1)],
        "max": level[255 - (counts[:, ::-1] > 0).argmax(axis=1)],
        "mean": mean,
        "std": np.sqrt((counts * (level - mean[:, None]) ** 2).sum(axis=1) / total),
        **{k: level[(below >= q * total[:, None]).argmax(axis=1)] for k, q in QUANTILES.items()},
    }
    summary = {name: value.reshape(3, 1, 1) for name, value in found.items()}
    return {**summary, "count": np.array([len(images)])}


def together(parts: Sequence[Summary]) -> Summary:
    """The summary of all rows from the summaries of episodes."""
    counts = np.array([part["count"][0] for part in parts])
    share = counts / counts.sum()

    def pooled(name: str) -> NDArray[Any]:
        return np.tensordot(share, np.stack([part[name] for part in parts]), axes=1)

    mean = pooled("mean")
    spread = np.stack([part["std"] ** 2 + (part["mean"] - mean) ** 2 for part in parts])
    return {
        "min": np.min([part["min"] for part in parts], axis=0),
        "max": np.max([part["max"] for part in parts], axis=0),
        "mean": mean,
        "std": np.sqrt(np.tensordot(share, spread, axes=1)),
        "count": np.array([counts.sum()]),
        **{name: pooled(name) for name in QUANTILES},
    }
