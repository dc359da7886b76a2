"""Batches cut from a table, each a function of (seed, step): a run that is resumed sees what it
would have seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from torch import Tensor

from ontakt.contract import BadValue
from ontakt.policy.processor import Processor
from ontakt.policy.training.augmentation import JITTER, Augmentation, Light, Mirror
from ontakt.policy.training.localisation import Places
from ontakt.policy.training.prompts import Prompts
from ontakt.policy.training.table import Int64, Table
from ontakt.policy.xr0.model import Prompt
from ontakt.policy.xr0.post_training import Draws, PostTraining, draw


class Batch(Struct, frozen=True, eq=False, kw_only=True):
    """B lessons as the model takes them."""

    prompt: Prompt
    ends: Tensor
    """(B, S): where the views of the sides end in the prompt."""
    state: Tensor
    """(B, 1, state width)"""
    action: Tensor
    """(B, T, D), normalised."""
    mask: Tensor
    """(B, T, D)"""
    places: Places
    draws: Draws

    def to(self, device: torch.device) -> "Batch":
        """The same on `device`."""
        moved: Batch = _moved(self, device)
        return moved


class Batches:
    """Cuts batches of `size` lessons.

    `shares` are how much of a batch comes from each source on average. Of `parts` processes that
    share a batch, this one is number `part`: what it cuts is its part of what one would cut alone.
    Raises BadValue for sizes and shares that do not fit, and where no lesson has a prefix of a
    length that will be drawn.
    """

    def __init__(
        self,
        table: Table,
        processor: Processor,
        size: int,
        seed: int,
        post_training: PostTraining,
        augmentation: Augmentation,
        shares: Sequence[float],
        *,
        part: int = 0,
        parts: int = 1,
    ) -> None:
        self._table, self._processor = table, processor
        self._size, self._seed = size, seed
        self._post_training, self._augmentation = post_training, augmentation
        if size % parts:
            raise BadValue("batch", size, f"it is a multiple of the {parts} processes")
        self._mine = slice(part * size // parts, (part + 1) * size // parts)
        self._shares = _checked(shares, table)
        self._all = _by_source(table, np.ones(len(table), np.bool_), len(shares))
        self._behind = self._pools_behind()
        self._mirror = Mirror(processor) if augmentation.mirror else None
        self._prompts = Prompts(table, processor, self._mirror)

    def at(self, step: int) -> Batch:
        """Batch number `step`."""
        rng = np.random.default_rng(np.random.SeedSequence((self._seed, step)))
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        horizon, width = self._table.free.shape[1:]
        draws = draw(self._post_training, self._size, horizon, width, generator)
        behind = self._behind.get(draws.prefix_length)
        rows = self._pick(self._all if behind is None else behind, rng)
        answers = self._table.free if behind is None else self._table.behind
        return self._cut(rows, answers, draws, rng)

    def _pools_behind(self) -> dict[int, list[Int64]]:
        """By length of a committed prefix, the rows that have it, source by source."""
        asked = self._post_training
        if not asked.committed or asked.prefix_probability == 0:
            return {}
        table, pools = self._table, {}
        longest = min(asked.longest_prefix, table.free.shape[1])
        for length in range(1, longest + 1):
            has = table.committed == length
            if not has[self._shares[table.source] > 0].any():
                raise BadValue(
                    "longest_prefix", longest, f"no lesson has {length} committed actions"
                )
            pools[length] = _by_source(table, has, len(self._shares))
        return pools

    def _pick(self, pools: Sequence[Int64], rng: np.random.Generator) -> Int64:
        """`size` rows in their order; a source without any gives its share to the others."""
        shares = np.array([s if len(p) else 0.0 for s, p in zip(self._shares, pools, strict=True)])
        source = rng.choice(len(pools), self._size, p=shares / shares.sum())
        rows = [pools[k][int(rng.integers(len(pools[k])))] for k in source]
        return np.sort(np.array(rows))

    def _cut(
        self, rows: Int64, answers: NDArray[np.float32], draws: Draws, rng: np.random.Generator
    ) -> Batch:
        """Chance is drawn for the whole batch, whatever part of it is this process's."""
        table, mirror, how, mine = self._table, self._mirror, self._augmentation, self._mine
        flipped = rng.random(self._size) < (0.5 if mirror else 0.0)
        state, action = table.state[rows].copy(), answers[rows].copy()
        places, known = table.places[rows].copy(), table.known[rows].copy()
        there = table.there[rows].copy()
        if mirror is not None:
            state[flipped] = mirror.state(state[flipped])
            action[flipped] = mirror.actions(action[flipped])
            places[flipped] = mirror.sides(places[flipped])
            known[flipped] = mirror.sides(known[flipped])
            there[flipped] = mirror.sides(there[flipped])
        light = None
        if how.light:
            state += rng.standard_normal(state.shape).astype(np.float32) * np.float32(JITTER)
            whole = Light.drawn(len(table.views), self._size, rng)
            light = Light(whole.gain[:, mine], whole.tint[:, mine])
        prompt, ends = self._prompts.of(rows[mine], flipped[mine], light)
        statistics = self._processor.statistics
        normal = np.stack([statistics.encode(one) for one in action[mine]])
        mask = torch.from_numpy(np.array(statistics.mask))
        return Batch(
            prompt=prompt,
            ends=ends,
            state=torch.from_numpy(state[mine])[:, None],
            action=torch.from_numpy(normal),
            mask=mask.expand(len(normal), -1, -1),
            places=Places(*(torch.from_numpy(one[mine]) for one in (places, known, there))),
            draws=self._part_of(draws),
        )

    def _part_of(self, draws: Draws) -> Draws:
        repeat, mine = self._post_training.repeat, self._mine
        own = slice(mine.start * repeat, mine.stop * repeat)
        return Draws(
            t=draws.t[own],
            noise=draws.noise[own],
            prefix_length=draws.prefix_length,
            hiding=draws.hiding,
        )


def _checked(shares: Sequence[float], table: Table) -> NDArray[np.float64]:
    weights = np.array(shares, dtype=np.float64)
    sources = int(table.source.max()) + 1
    if len(weights) != sources:
        raise BadValue("shares", list(shares), f"one for each of the {sources} data sets is needed")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise BadValue("shares", list(shares), "none is negative and one is greater than 0")
    return weights / weights.sum()


def _by_source(table: Table, among: NDArray[np.bool_], sources: int) -> list[Int64]:
    return [np.flatnonzero(among & (table.source == k)) for k in range(sources)]


def _moved(value: Any, device: torch.device) -> Any:
    """`value` with every tensor in it, at any depth, on `device`."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Struct):
        fields = value.__struct_fields__
        return type(value)(**{name: _moved(getattr(value, name), device) for name in fields})
    return value
