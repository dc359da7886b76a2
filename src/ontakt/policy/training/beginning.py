"""What a training begins with: a model and a processor, fresh or from a checkpoint."""

from pathlib import Path

import numpy as np
import torch
from msgspec import Struct
from msgspec.structs import replace

from ontakt.contract import BadValue, SetupError
from ontakt.policy.fresh_checkpoint import (
    check_words,
    find_body,
    geometry_of,
    placeholder_statistics,
)
from ontakt.policy.processor import Processor, Statistics, compact_tokenizer
from ontakt.policy.processor.action_layout import MOTION
from ontakt.policy.processor.prompt import Tokenizer
from ontakt.policy.processor.vocabulary import read_tokenizer
from ontakt.policy.training.recipe import Recipe
from ontakt.policy.training.table import Table
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import Xr0Config, read_config
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.layout import tensor_shapes
from ontakt.policy.xr0.model import Xr0Model

EMBODIMENT = "ontakt-compact"
FLOOR = 0.02
"""Least deviation of an action's number, in the units of the embodiment's layout: what hardly moves
in the data is not blown up."""


class Beginning(Struct, frozen=True, kw_only=True):
    """Where from."""

    config: Xr0Config
    """Of the model that is trained."""
    init: Path | None = None
    """A checkpoint; nothing for a model from its seed."""
    embodiment: str | None = None
    """Whose statistics are taken from the data; None: the checkpoint's statistics, and without a
    checkpoint `EMBODIMENT`'s."""

    @property
    def fresh_statistics(self) -> bool:
        """Whether the statistics are those of the data."""
        return self.init is None or self.embodiment is not None

    def processor(self, robot_type: str) -> Processor:
        """The processor for data of `robot_type`, with stand-ins where its statistics are to come
        from the data. Raises SetupError and its kinds where the checkpoint does not know
        `robot_type`, or a tokenizer does not fit."""
        config, geometry = self.config, geometry_of(self.config)
        if self.init is not None and self.embodiment is None:
            found = Processor.load(
                self.init,
                robot_type,
                geometry,
                width=config.action_dim,
                state_width=config.state_dim,
            )
            check_words(found.tokenizer, config)
            return found
        body = find_body(self.embodiment or EMBODIMENT)
        words: Tokenizer = compact_tokenizer() if self.init is None else read_tokenizer(self.init)
        check_words(words, config)
        stand_in = placeholder_statistics(robot_type, body, config)
        return Processor(body, stand_in, words, geometry, config.state_dim)

    def model(self, seed: int, device: torch.device) -> Xr0Model:
        """In float32 on `device`."""
        if self.init is None:
            return new_model(self.config, seed, device=device)
        return load_checkpoint(self.init, self.config, device=device)


def begin(
    named: Xr0Config | None, init: Path | None, embodiment: str | None, recipe: Recipe, prefix: int
) -> Beginning:
    """A training of `named`, or of the layout of `init`, with the choices of `recipe` and clean
    prefixes of up to `prefix` actions. Raises SetupError where `init` has another layout."""
    config = named
    if init is not None:
        found = read_config(init)
        if named is not None and tensor_shapes(found) != tensor_shapes(named):
            raise SetupError(
                f"{init}: has another layout than the configuration: {_gap(found, named)}."
            )
        config = found
    if config is None:
        raise BadValue("config", None, "a configuration or a checkpoint is needed")
    config = replace(
        config,
        action_window=recipe.window,
        action_rope_offset=recipe.offset,
        rotary=recipe.rotary,
        trained_prefix=prefix,
    )
    return Beginning(config=config, init=init, embodiment=embodiment)


def with_statistics(processor: Processor, table: Table) -> Processor:
    """The same with statistics of the data: mean and deviation row by row over all free answers,
    the deviation at least FLOOR, for the numbers that the embodiment's arms use."""
    body, before = processor.embodiment, processor.statistics
    used = np.zeros(before.width)
    for start in body.action.starts:
        used[start : start + MOTION] = 1.0
    mean = table.free.mean(axis=0, dtype=np.float64)
    std = table.free.std(axis=0, dtype=np.float64)
    measured = Statistics.of(before.robot_type, mean * used, np.maximum(std, FLOOR) * used)
    return Processor(body, measured, processor.tokenizer, processor.geometry, processor.state_width)


def _gap(found: Xr0Config, named: Xr0Config) -> str:
    own, wanted = tensor_shapes(found), tensor_shapes(named)
    for name in sorted({*own, *wanted}):
        if own.get(name) != wanted.get(name):
            return f"{name} is {own.get(name, 'missing')}, {wanted.get(name, 'none')} is needed"
    raise AssertionError("no gap")
