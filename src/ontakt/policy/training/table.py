"""Lessons as arrays that batches are cut from: everything that can be done once, done once.

N lessons, V views, T actions of width D, S sides.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import Array, Episode, Image, Lesson, SetupError
from ontakt.policy.processor import Processor
from ontakt.policy.processor.measured import POINT

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

PLACES = ("nut", "pin")
"""What of a side is localised."""
THINGS = ("nut", "on_pin")
"""What of a side may be there or not: a nut to be loaded, one that is on the pin already."""


class Images(Protocol):
    """The images of one view, in memory or on the disk."""

    def __getitem__(self, rows: Int64, /) -> Any:
        """Those of `rows`: (len(rows), height, width, 3), uint8."""
        ...


class Table(Struct, frozen=True, eq=False, kw_only=True):
    """All lessons of some data sets."""

    views: tuple[Images, ...]
    """V times all images (N, height, width, 3), prepared as the model sees them."""
    state: Float32
    """(N, state width), raw."""
    free: Float32
    """(N, T, D): motions of the free answer, before the statistics."""
    behind: Float32
    """(N, T, D): likewise behind committed rows."""
    committed: Int64
    """(N,): how many of those."""
    places: Float32
    """(N, S, len(PLACES), 3): from the tool to where things are [m], axes of the station, mirrored
    where the side is; 0 where unknown."""
    known: NDArray[np.bool_]
    """(N, S, len(PLACES))."""
    there: NDArray[np.bool_]
    """(N, S, len(THINGS))."""
    text: Int64
    """(N,): index into `texts`."""
    texts: tuple[str, ...]
    """Instructions."""
    source: Int64
    """(N,): which data set it comes from, counted from 0."""
    episode: Int64
    """(N,): counted through all data sets."""

    def __len__(self) -> int:
        return len(self.state)

    def image(self, view: int, row: int = 0) -> Image:
        """One image (height, width, 3)."""
        image: Image = self.views[view][np.array([row])][0]
        return image


class Row(Struct, frozen=True, eq=False):
    """One lesson; names and shapes as the table's, without N."""

    views: list[Image]
    state: Float32
    free: Float32
    behind: Float32
    committed: int
    places: Float32
    known: NDArray[np.bool_]
    there: NDArray[np.bool_]
    text: str


def rows_of(episode: Episode, processor: Processor) -> Iterator[Row]:
    """The lessons of `episode` in order. Raises BadValue of the processor for one that cannot be
    used."""
    return (_row(lesson, processor) for lesson in episode.lessons)


def tabulate(sources: Sequence[Iterable[Episode]], processor: Processor) -> Table:
    """The lessons of every source, in order. Raises SetupError where there is none, and BadValue as
    `rows_of`."""
    rows: list[Row] = []
    source: list[int] = []
    episodes: list[int] = []
    count = 0
    for k, found in enumerate(sources):
        for episode in found:
            for row in rows_of(episode, processor):
                rows.append(row)
                source.append(k)
                episodes.append(count)
            count += 1
    if not rows:
        raise SetupError("There is nothing to learn from: the data sets have no lessons.")
    texts = tuple(sorted({row.text for row in rows}))
    index = {text: k for k, text in enumerate(texts)}
    return Table(
        views=tuple(np.stack([row.views[v] for row in rows]) for v in range(len(rows[0].views))),
        state=np.stack([row.state for row in rows]),
        free=np.stack([row.free for row in rows]),
        behind=np.stack([row.behind for row in rows]),
        committed=np.array([row.committed for row in rows]),
        places=np.stack([row.places for row in rows]),
        known=np.stack([row.known for row in rows]),
        there=np.stack([row.there for row in rows]),
        text=np.array([index[row.text] for row in rows]),
        texts=texts,
        source=np.array(source),
        episode=np.array(episodes),
    )


def _row(lesson: Lesson, processor: Processor) -> Row:
    seen, body = lesson.observation, processor.embodiment
    places = np.zeros((len(body.sides), len(PLACES), 3), np.float32)
    known = np.zeros((len(body.sides), len(PLACES)), np.bool_)
    for i, side in enumerate(body.sides):
        tool = seen.arms[side].position
        for j, what in enumerate(PLACES):
            place = lesson.places.get(f"{side}_{what}")
            if place is not None:
                way = place - tool
                places[i, j] = way * POINT if side in body.mirrored else way
                known[i, j] = True
    return Row(
        processor.views(seen),
        processor.state(seen),
        _motions(lesson.free, lesson, processor),
        _motions(lesson.behind, lesson, processor),
        lesson.committed,
        places,
        known,
        np.array([[f"{s}_{thing}" in lesson.places for thing in THINGS] for s in body.sides]),
        seen.instruction,
    )


def _motions(targets: Array, lesson: Lesson, processor: Processor) -> Float32:
    return processor.motions(targets, lesson.observation).astype(np.float32)
