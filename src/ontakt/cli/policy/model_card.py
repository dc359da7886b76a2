"""What is known of a checkpoint: what it is, what it learnt from, how it was tested."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ontakt.cli.policies import SHIPPED, parse_xr0, shipped_checkpoint
from ontakt.cli.policy.results import TRAINING, KeptEvaluation, files_hash, read_kept
from ontakt.contract import SetupError
from ontakt.policy.inspection import Inspection, inspect
from ontakt.policy.json_object import read_object
from ontakt.policy.xr0.source import read_outline


class Learnt(Struct, frozen=True):
    """One set of data."""

    hash: str | None = None
    episodes: int | None = None
    lessons: int | None = None
    share: float | None = None
    facts: Mapping[str, str] = {}


class Learning(Struct, frozen=True):
    """What of training.json a card tells; what it does not say is None."""

    recipe: str | None = None
    step: int | None = None
    seconds: float | None = None
    device: str | None = None
    init: str | None = None
    data: tuple[Learnt, ...] = ()
    software: Mapping[str, str] = {}


class ModelCard(Struct, frozen=True, kw_only=True):
    """None: unknown."""

    policy: str
    """As it was asked for."""
    files: str
    """`files_hash` of its folder."""
    parameters: int
    robot_types: tuple[str, ...]
    embodiment: str | None
    """Of the only robot type; with several, `ontakt policy inspect` tells each."""
    horizon: int | None
    """Rows of an answer, likewise."""
    trained_prefix: int | None
    """Most committed actions from which it learnt to go on."""
    training: dict[str, Any] | None
    """training.json."""
    evaluations: tuple[KeptEvaluation, ...]
    """Of these weights, oldest first."""
    outdated: int
    """Evaluations beside them that were of other weights, and are not told."""

    @property
    def learning(self) -> Learning | None:
        """`training`, as far as it is understood. Raises SetupError where it is not at all."""
        if self.training is None:
            return None
        try:
            return msgspec.convert(self.training, Learning)
        except msgspec.ValidationError as error:
            raise SetupError(f"{self.policy}: {TRAINING} is not understood ({error}).") from error

    @property
    def failures(self) -> Mapping[tuple[str, str], int]:
        """Sides that were not as ordered, by side and mode, the most frequent first; from the
        evaluations in which the policy was shown what its cameras saw."""
        counts = Counter[tuple[str, str]]()
        for told in self.evaluations:
            if told.cameras == "none":
                for side, modes in told.side_failures.items():
                    counts.update({(side, mode): count for mode, count in modes.items()})
        return dict(counts.most_common())


def find_card(policy: str) -> tuple[str, str]:
    """What `policy` names: the checkpoint that ships, `xr0:CHECKPOINT?...`, a folder, a hub id.
    Answers with the checkpoint and the robot type that was asked for, empty for none. Raises
    SetupError where the one that ships is not there."""
    if policy.startswith("xr0:") or policy.partition("?")[0] == SHIPPED:
        source, options = parse_xr0(policy)
    else:
        source, options = policy, {}
    if source == str(shipped_checkpoint()) and not shipped_checkpoint().is_dir():
        raise SetupError(f"{SHIPPED}, the checkpoint that ships, is missing in this copy.")
    return source, options.get("robot_type", "")


def read_card(policy: str) -> ModelCard:
    """The card of the checkpoint that `policy` names (see `find_card`). No weight is loaded. Raises
    SetupError for no checkpoint, and for a file beside it that cannot be read."""
    source, robot_type = find_card(policy)
    found = inspect(source)
    folder = read_outline(source).folder
    trained = folder / TRAINING
    files = files_hash(folder)
    kept = read_kept(folder)
    own = tuple(one for one in kept if one.checkpoint == files)
    embodiment, horizon = _body(found, robot_type)
    return ModelCard(
        policy=policy,
        files=files,
        parameters=found.parameters,
        robot_types=tuple(kind.name for kind in found.robot_types),
        embodiment=embodiment,
        horizon=horizon,
        trained_prefix=found.config.longest_prefix,
        training=read_object(trained) if trained.is_file() else None,
        evaluations=own,
        outdated=len(kept) - len(own),
    )


def checkpoint_folder(policy: str) -> Path:
    """The folder of the checkpoint, for something to be kept in it. Raises SetupError where it is
    none."""
    source, _ = find_card(policy)
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise SetupError(f"{source}: is no folder; only in a folder can an evaluation be kept.")
    return folder


def _body(found: Inspection, robot_type: str) -> tuple[str | None, int | None]:
    kinds = [kind for kind in found.robot_types if robot_type in ("", kind.name)]
    if len(kinds) != 1:
        return None, None
    return kinds[0].embodiment, kinds[0].horizon
