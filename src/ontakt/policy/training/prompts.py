"""Lessons as prompts: words, patches, and where the views end."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ontakt.contract.job import mirrored
from ontakt.policy.processor import Processor
from ontakt.policy.processor.images import patches
from ontakt.policy.training.augmentation import Light, Mirror
from ontakt.policy.training.table import Int64, Table
from ontakt.policy.xr0.model import Prompt


class Prompts:
    """Makes the prompts of `table`'s lessons. Raises BadValue for an instruction that `processor`
    refuses."""

    def __init__(self, table: Table, processor: Processor, mirror: Mirror | None) -> None:
        self._table, self._geometry, self._mirror = table, processor.geometry, mirror
        self._image, self._sides = processor.image_token, len(processor.embodiment.sides)
        views = [table.image(view) for view in range(len(table.views))]

        def words(text: str) -> Int64:
            ids: Int64 = processor.tokens(text, views).input_ids[0]
            return ids

        self._ids = [words(text) for text in table.texts]
        self._mirrored = [words(mirrored(text)) for text in table.texts] if mirror else self._ids
        patch = processor.geometry.patch
        grids = [(1, view.shape[0] // patch, view.shape[1] // patch) for view in views]
        self._grids = torch.tensor(grids)

    def of(
        self, rows: Int64, flipped: NDArray[np.bool_], light: Light | None
    ) -> tuple[Prompt, Tensor]:
        """The prompts of lessons `rows`, those that are `flipped` in the mirror, and where in each
        the views of the sides, which are the last, end: (len(rows), S). Shorter prompts are padded
        on the right."""
        ids = [
            (self._mirrored if flip else self._ids)[int(text)]
            for text, flip in zip(self._table.text[rows], flipped, strict=True)
        ]
        input_ids = np.zeros((len(rows), max(map(len, ids))), np.int64)
        attention = np.zeros_like(input_ids)
        for k, row in enumerate(ids):
            input_ids[k, : len(row)], attention[k, : len(row)] = row, 1
        prompt = Prompt(
            input_ids=torch.from_numpy(input_ids),
            attention_mask=torch.from_numpy(attention),
            pixel_values=torch.from_numpy(self._pixels(rows, flipped, light)),
            image_grid_thw=self._grids.repeat(len(rows), 1),
        )
        return prompt, torch.from_numpy(np.stack([self._ends(row) for row in ids]))

    def _ends(self, ids: Int64) -> Int64:
        is_image = ids == self._image
        after = np.flatnonzero(is_image[:-1] & ~is_image[1:]) + 1
        return after[-self._sides :]

    def _pixels(
        self, rows: Int64, flipped: NDArray[np.bool_], light: Light | None
    ) -> NDArray[np.float32]:
        cut: list[NDArray[np.float32]] = []
        views = self._views(rows, flipped)
        for row in range(len(rows)):
            for view, images in enumerate(views):
                part = patches(images[row], self._geometry)
                cut.append(part if light is None else light.on(part, view, row))
        return np.concatenate(cut)

    def _views(self, rows: Int64, flipped: NDArray[np.bool_]) -> Sequence[NDArray[np.uint8]]:
        images: list[NDArray[np.uint8]] = [view[rows] for view in self._table.views]
        if self._mirror is not None and flipped.any():
            seen = self._mirror.views([image[flipped] for image in images])
            for image, mirrored_image in zip(images, seen, strict=True):
                image[flipped] = mirrored_image
        return images
