"""What an episode must be to become rows of a dataset."""

import numpy as np
from msgspec.structs import replace

from ontakt.contract import BadValue, Episode
from ontakt.policy.dataset.columns import names_in
from ontakt.policy.dataset.layout import DRIVERS, Layout


def fitted(episode: Episode, layout: Layout, joints: int | None) -> Layout:
    """`layout` with the joints, places and sights that `episode` uses.

    Raises BadValue for an episode of another rate, spacing, body, horizon or camera, and for one
    whose joints a side are not `joints`, where that is known.
    """
    lessons = episode.lessons
    if episode.hz != layout.fps:
        raise BadValue("lessons a second of the episode", episode.hz, f"it must be {layout.fps}")
    if not lessons:
        raise BadValue("lessons of the episode", 0, "there must be at least one")
    steps = np.diff([lesson.observation.tick for lesson in lessons])
    if (steps != layout.ticks).any():
        row = int((steps != layout.ticks).argmax())
        raise BadValue(
            f"ticks from lesson {row} to {row + 1}",
            int(steps[row]),
            f"it must be {layout.ticks}",
        )
    sides = set(layout.space.sides)
    if not set(episode.good) <= sides:
        raise BadValue("sides that are good", sorted(episode.good), f"there are {sorted(sides)}")
    for row, lesson in enumerate(lessons):
        seen, at = lesson.observation, f"of lesson {row}"
        if set(seen.arms) != sides or not set(seen.job) <= sides:
            named = sorted({*seen.arms, *seen.job})
            raise BadValue(f"arms and job {at}", named, f"the sides are {sorted(sides)}")
        if lesson.driver not in DRIVERS:
            raise BadValue(f"driver {at}", lesson.driver, f"it is one of {', '.join(DRIVERS)}")
        if not 1 <= lesson.committed <= layout.horizon:
            raise BadValue(f"committed {at}", lesson.committed, f"it is 1 to {layout.horizon}")
        sizes = {k: i.shape for k, i in seen.images.items() if i.dtype == np.uint8}
        wanted = {k: (*size, 3) for k, size in layout.cameras.items()}
        if sizes != wanted:
            raise BadValue(f"images {at}", sizes, f"cameras and sizes are {wanted}, uint8")
    first = lessons[0].observation.arms[layout.space.sides[0]].joints
    found = 0 if first is None else len(first)
    if joints is not None and found != joints:
        raise BadValue("joints of the episode", found, f"others have {joints}")
    return replace(
        layout,
        joints=found,
        places=names_in(lesson.places for lesson in lessons),
        sights=names_in(lesson.observation.sights for lesson in lessons),
    )
