"""Tables kept on disk, so that a second training on the same data begins at once.

A table's name is a hash of all that it is made of: the data, the embodiment, the sizes. Other data
have another name, so no table is ever stale.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from ontakt.contract import BadValue, SetupError
from ontakt.policy.dataset import Dataset
from ontakt.policy.processor import Processor
from ontakt.policy.training.table import Int64, Row, Table, rows_of

LAYOUT = 2
"""Of the files; a change of their meaning counts it up."""
TEXTS = "texts.json"
NUMBERS = ("state", "free", "behind", "committed", "places", "known", "there")

Told = Callable[[int, int], None]
"""Is told how many lessons are done, of how many."""


def table_key(dataset: Dataset, processor: Processor) -> str:
    """The name of the table that `processor` makes of `dataset`; statistics do not enter it."""
    parts = [
        LAYOUT,
        dataset.hash,
        processor.embodiment,
        processor.geometry,
        processor.state_width,
        processor.horizon,
        processor.statistics.width,
    ]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:32]


def kept_table(dataset: Dataset, processor: Processor, folder: Path, told: Told) -> Table:
    """The table of `dataset`, its images left on the disk; made in `folder` where it is not there.

    Raises BadValue for a lesson that the processor refuses, SetupError where nothing can be
    written.
    """
    place = folder / table_key(dataset, processor)
    try:
        if not place.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _make(dataset, processor, place, told)
        return _read(place)
    except OSError as error:
        what = error.strerror or error
        raise SetupError(f"{place}: a table cannot be kept there ({what}).") from error


def joined(tables: Sequence[Table]) -> Table:
    """One table of several, source after source. Raises BadValue where their views differ in
    size."""
    first = tables[0]
    for table in tables[1:]:
        for view in range(len(first.views)):
            size, wanted = table.image(view).shape, first.image(view).shape
            if size != wanted:
                raise BadValue(f"The size of view {view} of a data set", size, f"{wanted} is ours")
    texts = tuple(sorted({text for table in tables for text in table.texts}))
    index = {text: k for k, text in enumerate(texts)}

    def whole(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(table, name) for table in tables])

    ends = np.cumsum([0, *(int(table.episode[-1]) + 1 for table in tables)])
    return Table(
        views=tuple(
            JoinedImages([table.views[view] for table in tables], [len(table) for table in tables])
            for view in range(len(first.views))
        ),
        **{name: whole(name) for name in NUMBERS},
        text=np.concatenate(
            [np.array([index[text] for text in table.texts])[table.text] for table in tables]
        ),
        texts=texts,
        source=np.repeat(np.arange(len(tables)), [len(table) for table in tables]),
        episode=np.concatenate([t.episode + start for t, start in zip(tables, ends, strict=False)]),
    )


class JoinedImages:
    """The images of one view from several tables, without copying any."""

    def __init__(self, parts: Sequence[Any], counts: Sequence[int]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *counts])

    def __getitem__(self, rows: Int64, /) -> NDArray[np.uint8]:
        part = np.searchsorted(self._starts, rows, side="right") - 1
        found = np.empty((len(rows), *self._parts[0].shape[1:]), np.uint8)
        for k in np.unique(part):
            here = part == k
            found[here] = self._parts[k][rows[here] - self._starts[k]]
        return found


def _make(dataset: Dataset, processor: Processor, place: Path, told: Told) -> None:
    """Under another name first: a table is whole or not there."""
    partial = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        _write(dataset, processor, partial, told)
        partial.chmod(0o755)
        try:
            partial.rename(place)
        except OSError:
            if not place.is_dir():  # another process made the same one meanwhile
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(dataset: Dataset, processor: Processor, folder: Path, told: Told) -> None:
    count = sum(record.length for record in dataset.episodes)
    columns: dict[str, NDArray[Any]] = {}
    texts: dict[str, int] = {}
    done = 0
    for k in range(len(dataset.episodes)):
        for row in rows_of(dataset.lessons(k), processor):
            values = _values(row, texts.setdefault(row.text, len(texts)), k)
            if not columns:
                columns = {
                    name: open_memmap(
                        folder / f"{name}.npy", "w+", value.dtype, (count, *value.shape)
                    )
                    for name, value in values.items()
                }
            for name, value in values.items():
                if value.shape != columns[name].shape[1:]:
                    raise BadValue(
                        f"{dataset.folder}: episode {k}: shape of {name}",
                        value.shape,
                        f"others have {columns[name].shape[1:]}",
                    )
                columns[name][done] = value
            done += 1
        told(done, count)
    for column in columns.values():
        column.flush()  # type: ignore[attr-defined]
    (folder / TEXTS).write_text(json.dumps(list(texts)))


def _values(row: Row, text: int, episode: int) -> dict[str, NDArray[Any]]:
    numbers = {name: np.asarray(getattr(row, name)) for name in NUMBERS}
    views = {f"view{k}": image for k, image in enumerate(row.views)}
    return {**views, **numbers, "text": np.asarray(text), "episode": np.asarray(episode)}


def _read(folder: Path) -> Table:
    def column(name: str, mode: Any = None) -> NDArray[Any]:
        found: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode=mode)
        return found

    views = sorted(folder.glob("view*.npy"))
    episode = column("episode")
    return Table(
        views=tuple(column(f"view{k}", "r") for k in range(len(views))),
        **{name: column(name) for name in NUMBERS},
        text=column("text"),
        texts=tuple(json.loads((folder / TEXTS).read_text())),
        source=np.zeros(len(episode), np.int64),
        episode=episode,
    )
