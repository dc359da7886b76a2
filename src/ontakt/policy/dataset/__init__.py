"""Lessons on disk: a LeRobot dataset v3.0 that LeRobot's own loader opens, and that we check.

Its names bring pyarrow and av along, so they are imported when they are first asked for; `layout`
and `rows` need numpy only.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ontakt.policy.dataset.check import check_dataset, read_dataset
    from ontakt.policy.dataset.fingerprint import dataset_hash
    from ontakt.policy.dataset.layout import Layout
    from ontakt.policy.dataset.reader import Dataset, EpisodeRecord
    from ontakt.policy.dataset.rows import observation_of
    from ontakt.policy.dataset.writer import DatasetWriter

__all__ = [
    "Dataset",
    "DatasetWriter",
    "EpisodeRecord",
    "Layout",
    "check_dataset",
    "dataset_hash",
    "observation_of",
    "read_dataset",
]

_HOMES = {
    "Dataset": "reader",
    "DatasetWriter": "writer",
    "EpisodeRecord": "reader",
    "Layout": "layout",
    "check_dataset": "check",
    "dataset_hash": "fingerprint",
    "observation_of": "rows",
    "read_dataset": "check",
}


def __getattr__(name: str) -> object:
    """A public name. Raises MissingExtra without pyarrow or av where it needs them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
