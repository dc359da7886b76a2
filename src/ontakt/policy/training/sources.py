"""The data of a training: read, checked against each other and against the model's processor."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import Dataset, read_dataset
from ontakt.policy.processor import Processor
from ontakt.policy.training.kept_table import Told, joined, kept_table
from ontakt.policy.training.table import Table

KEPT = "tables"
"""Folder of a dataset in which its tables are kept; no part of its hash."""


class Source(Struct, frozen=True, kw_only=True):
    """One dataset, as a checkpoint's training.json names it."""

    hash: str
    episodes: int
    lessons: int
    share: float
    """Of a batch."""
    cameras: Mapping[str, tuple[int, int]]
    """Height and width [px]."""
    facts: Mapping[str, str]
    """Who made it."""


def open_sources(folders: Sequence[Path]) -> list[Dataset]:
    """The datasets in `folders`, checked. Raises SetupError and BadValue of `read_dataset`, and for
    data of different robot types or images of different sizes."""
    if not folders:
        raise SetupError("There is nothing to learn from: name a dataset (--data DIR).")
    found = [read_dataset(folder) for folder in folders]
    first = found[0]
    for dataset in found[1:]:
        for what, own, wanted in (
            ("robot type", dataset.robot_type, first.robot_type),
            ("cameras", dataset.cameras, first.cameras),
        ):
            if own != wanted:
                raise BadValue(f"{dataset.folder}: {what}", own, f"{first.folder} has {wanted!r}")
    return found


def check_sources(datasets: Sequence[Dataset], processor: Processor) -> None:
    """Raises BadValue for data that `processor` does not fit: arms, rate, cameras, horizon."""
    body, space = processor.embodiment, processor.action_space
    for dataset in datasets:
        for what, own, wanted in (
            ("robot type", dataset.robot_type, processor.statistics.robot_type),
            ("arms", dataset.space.sides, space.sides),
            ("control rate [1/s]", dataset.space.control_hz, space.control_hz),
            ("horizon of an answer", dataset.horizon, processor.horizon),
        ):
            if own != wanted:
                raise BadValue(
                    f"{dataset.folder}: {what}", own, f"embodiment {body.name!r} has {wanted!r}"
                )
        for camera in processor.cameras:
            if camera not in dataset.cameras:
                raise BadValue(
                    f"{dataset.folder}: cameras",
                    sorted(dataset.cameras),
                    f"embodiment {body.name!r} needs {camera!r}",
                )


def check_sizes(datasets: Sequence[Dataset], trained: Sequence[Source], init: Path) -> None:
    """Raises BadValue where images have another size than those that `init` was trained on."""
    for dataset in datasets:
        for source in trained:
            for camera, size in source.cameras.items():
                own = dataset.cameras.get(camera)
                if own is not None and own != tuple(size):
                    what = f"{dataset.folder}: size of camera {camera!r}"
                    raise BadValue(what, own, f"{init} was trained on {tuple(size)}")


def table_of(
    datasets: Sequence[Dataset], processor: Processor, folder: Path | None, told: Told
) -> Table:
    """All lessons, from tables kept in `folder`, or else in a folder of each dataset."""
    return joined([kept_table(d, processor, folder or d.folder / KEPT, told) for d in datasets])


def described(datasets: Sequence[Dataset], shares: Sequence[float]) -> tuple[Source, ...]:
    """For the record. Raises BadValue for another number of shares."""
    if len(shares) != len(datasets):
        raise BadValue("shares", list(shares), f"one for each of {len(datasets)} data sets")
    return tuple(
        Source(
            hash=dataset.hash,
            episodes=len(dataset.episodes),
            lessons=sum(record.length for record in dataset.episodes),
            share=share,
            cameras=dataset.cameras,
            facts=dataset.facts,
        )
        for dataset, share in zip(datasets, shares, strict=True)
    )


def folder_hash(folder: Path) -> str:
    """sha256 over the names and bytes of the files in `folder`, none below it."""
    whole = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                whole.update(
                    path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest()
                )
    return whole.hexdigest()
