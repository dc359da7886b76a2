"""training.json: what the weights beside it were trained on, and how."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from ontakt.contract import SetupError
from ontakt.policy.training.config import TrainingConfig
from ontakt.policy.training.sources import Source

CARD = "training.json"


class TrainingCard(Struct, frozen=True, kw_only=True):
    """One training, as its checkpoint carries it."""

    recipe: str
    training: TrainingConfig
    step: int
    """How many of the schedule's steps the weights have seen."""
    seconds: float
    data: tuple[Source, ...]
    init: str | None
    """Hash of the checkpoint that it began with."""
    device: str
    software: Mapping[str, str]


def read_card(folder: Path) -> TrainingCard | None:
    """That of the checkpoint in `folder`; None where it has none. Raises SetupError."""
    path = folder / CARD
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrainingCard)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read ({error}).") from error
