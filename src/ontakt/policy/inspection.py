"""What a checkpoint is, from its configuration and the headers of its weights; without torch."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.contract.errors import SetupError
from ontakt.contract.job import INSTRUCTIONS
from ontakt.contract.spaces import SIDES
from ontakt.policy.json_object import read_object
from ontakt.policy.processor import (
    Embodiment,
    Statistics,
    find_embodiment,
    prompt_text,
    robot_types,
)
from ontakt.policy.xr0.config import Xr0Config, read_config
from ontakt.policy.xr0.layout import PARTS, part_of, tensor_shapes
from ontakt.policy.xr0.source import Outline, read_outline
from ontakt.policy.xr0.stored_weights import StoredWeights, difference

STATISTICS = "preprocessor_config.json"
TOKENIZERS = ("tokenizer.json", "vocab.json")


class Part(Struct, frozen=True, kw_only=True):
    """One part of the model as it is stored."""

    name: str
    tensors: int
    parameters: int
    bytes: dict[str, int]
    """Of each stored type."""


class StoredFile(Struct, frozen=True, kw_only=True):
    """One file of weights."""

    name: str
    bytes: int
    tensors: int


class Seen(Struct, frozen=True, kw_only=True):
    """One view of the prompt."""

    label: str
    camera: str


class RobotType(Struct, frozen=True, kw_only=True):
    """One robot type of the checkpoint."""

    name: str
    horizon: int | None = None
    width: int | None = None
    active: tuple[int, ...] = ()
    """Dimensions that carry something, at any step."""
    embodiment: str | None = None
    views: tuple[Seen, ...] = ()
    prompt: str | None = None
    """The exact prompt for an example instruction; each image stands as one `<|image_pad|>`."""
    problem: str | None = None
    """Why it cannot be used as it stands."""


class Inspection(Struct, frozen=True, kw_only=True):
    """Everything that `ontakt policy inspect` tells."""

    place: str
    config: Xr0Config
    parts: tuple[Part, ...]
    parameters: int
    tensors: int
    """Stored ones that the configuration needs."""
    needed: int
    bytes: int
    """Of the files of weights."""
    files: tuple[StoredFile, ...]
    head_stored: bool
    ignored: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshapen: tuple[str, ...]
    robot_types: tuple[RobotType, ...]
    statistics: str | None
    """Why there is no robot type, where there is none."""
    tokenizer: str | None
    """The file that holds it."""
    complete: bool
    """Whether every tensor is there in its shape, and none besides."""


def inspect(source: str) -> Inspection:
    """The checkpoint that `source`, a folder or hub id, names. Raises SetupError for one that
    cannot be told: no folder, no XR-0, files that are not whole."""
    outline = read_outline(source)
    config = read_config(outline.folder)
    weights, shapes = outline.weights, tensor_shapes(config)
    found = difference(weights, shapes)
    kinds, problem = _robot_types(outline, config)
    return Inspection(
        place=source,
        config=config,
        parts=_parts(weights),
        parameters=sum(stored.entry.numbers for stored in weights.tensors.values()),
        tensors=sum(name in weights.tensors for name in shapes),
        needed=len(shapes),
        bytes=sum(header.size for header in weights.headers),
        files=tuple(
            StoredFile(name=header.file, bytes=header.size, tensors=len(header.tensors))
            for header in weights.headers
        ),
        head_stored=weights.head is not None,
        ignored=weights.ignored,
        missing=found.missing,
        extra=found.extra,
        misshapen=found.misshapen,
        robot_types=kinds,
        statistics=problem,
        tokenizer=next((name for name in TOKENIZERS if (outline.folder / name).is_file()), None),
        complete=not found,
    )


def _parts(weights: StoredWeights) -> tuple[Part, ...]:
    bytes_of: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
    tensors, numbers = Counter[str](), Counter[str]()
    for name, stored in weights.tensors.items():
        part = part_of(name)
        tensors[part] += 1
        numbers[part] += stored.entry.numbers
        bytes_of[part][stored.entry.dtype] += stored.entry.size
    return tuple(
        Part(name=part, tensors=tensors[part], parameters=numbers[part], bytes=dict(bytes_of[part]))
        for part in PARTS
    )


def _robot_types(outline: Outline, config: Xr0Config) -> tuple[tuple[RobotType, ...], str | None]:
    path = outline.folder / STATISTICS
    if not path.is_file():
        return (), f"{STATISTICS} is missing: it has the statistics of every robot type"
    try:
        raw = read_object(path)
        return tuple(_robot_type(raw, name, config, path) for name in robot_types(raw)), None
    except SetupError as error:
        return (), str(error)


def _robot_type(raw: dict[str, Any], name: str, config: Xr0Config, path: Path) -> RobotType:
    try:
        found = Statistics.read(raw, name, width=config.action_dim, place=path.name)
    except SetupError as error:
        return RobotType(name=name, problem=str(error))
    told = RobotType(
        name=name,
        horizon=found.horizon,
        width=found.width,
        active=tuple(np.flatnonzero(found.mask.any(axis=0)).tolist()),
    )
    try:
        embodiment = find_embodiment(name, raw.get("embodiments"), place=path.name)
    except SetupError as error:
        return msgspec.structs.replace(told, problem=str(error))
    views = tuple(Seen(label=view.label, camera=view.camera) for view in embodiment.views)
    return msgspec.structs.replace(
        told, embodiment=embodiment.name, views=views, prompt=_prompt(embodiment)
    )


def _prompt(embodiment: Embodiment) -> str:
    labels = [view.label for view in embodiment.views]
    example = embodiment.instruction.apply(INSTRUCTIONS[SIDES])
    return prompt_text(embodiment.prompt, labels, example)
