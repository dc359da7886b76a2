"""Where a checkpoint comes from: a folder, or a repository on the Hugging Face hub.

From the hub come safetensors, JSON and text files and nothing that could run: no pickle, no Python.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from ontakt.contract.errors import MissingExtra, SetupError
from ontakt.policy.xr0.safetensors_header import Entry, Header
from ontakt.policy.xr0.stored_weights import (
    INDEX,
    PICKLED,
    SINGLE,
    StoredWeights,
    check_files,
    check_index,
    collect,
    read_index,
    read_weights,
    some,
)

WORDS = ("*.json", "*.txt")
"""Configuration, statistics, tokenizer."""
EVALUATIONS = "evaluations.json"
"""What is known of a checkpoint's answers, kept beside it; it decides none of them."""
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_HUB_ID = re.compile(rf"(?P<repository>{_NAME}/{_NAME})(?:@(?P<revision>[^@\s]+))?")


class HubId(NamedTuple):
    """`owner/name`, and which state of it; None is the newest."""

    repository: str
    revision: str | None

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" if self.revision else self.repository


class Outline(Struct, frozen=True, kw_only=True):
    """A checkpoint without its weights."""

    place: str
    """As the user named it."""
    folder: Path
    """Where its JSON files lie."""
    weights: StoredWeights
    """What the headers of its weights say."""


def parse_source(source: str) -> Path | HubId:
    """The folder that `source` names if there is one, else the hub id that it is. Raises SetupError
    where it is neither."""
    try:
        path = Path(source).expanduser()
        if source and path.exists():
            return path
    except (OSError, RuntimeError):  # too long for a path; nobody's home
        pass
    found = _HUB_ID.fullmatch(source)
    if found is None:
        raise SetupError(
            f"{source}: no such folder, and a hub id is written owner/name or owner/name@revision."
        )
    return HubId(found["repository"], found["revision"])


def find_checkpoint(source: str) -> Path:
    """The folder of the checkpoint that `source` names: itself, or where its files were downloaded
    to. Raises SetupError for a folder without whole safetensors (of pickles it says how they are
    converted), for a repository that is not there, closed, without safetensors, or out of reach,
    and MissingExtra without the hub's client."""
    place = parse_source(source)
    if isinstance(place, Path):
        read_weights(place)  # a pickle is to be told as one, whatever else is missing beside it
        return place
    folder = _download(place, ("*.safetensors", *WORDS))
    if not any(folder.glob("*.safetensors")):
        raise SetupError(f"{source}: this repository holds no safetensors; nothing else is loaded.")
    return folder


def read_outline(source: str) -> Outline:
    """The checkpoint that `source` names without its weights: from the hub, JSON files and the
    headers of the weights are all that is fetched. Raises SetupError as `find_checkpoint`, and for
    files that are not whole."""
    place = parse_source(source)
    if isinstance(place, Path):
        return Outline(place=source, folder=place, weights=read_weights(place))
    with _quiet():
        folder = _download(place, WORDS)
        if _has_weights(folder):
            return Outline(place=source, folder=folder, weights=read_weights(folder))
        with _told(place):
            return Outline(place=source, folder=folder, weights=_weights(place, folder))


def _has_weights(folder: Path) -> bool:
    """Whether an earlier download left all of the weights there."""
    index = folder / INDEX
    needed = set(read_index(index).values()) if index.is_file() else {SINGLE}
    return all((folder / name).is_file() for name in needed)


def _weights(place: HubId, folder: Path) -> StoredWeights:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    api, commit = HfApi(), folder.name  # the cache names a snapshot's folder after its commit
    tree = api.list_repo_tree(place.repository, revision=commit)
    sizes = {entry.path: entry.size for entry in tree if isinstance(entry, RepoFile)}
    files = [name for name in sizes if name.startswith("model") and name.endswith(".safetensors")]
    listed = read_index(folder / INDEX) if INDEX in sizes else None
    if listed is not None:
        check_files(str(place), files, listed)
    elif files != [SINGLE]:
        pickles = [name for name in sizes if name.endswith(PICKLED)]
        held = f"holds pickled weights ({some(pickles)}) and" if pickles else "holds"
        raise SetupError(f"{place}: {held} no {SINGLE} and no {INDEX}.")
    headers = []
    for name in sorted(files):
        found = api.parse_safetensors_file_metadata(place.repository, name, revision=commit)
        tensors = {
            key: Entry(str(info.dtype), tuple(info.shape)) for key, info in found.tensors.items()
        }
        headers.append(Header(file=name, size=sizes[name], tensors=tensors))
    if listed is not None:
        check_index(str(place), headers, listed)
    return collect(str(place), headers)


def _download(place: HubId, patterns: tuple[str, ...]) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingExtra(f"The hub's {place}", "policy") from error
    with _told(place):
        return Path(
            snapshot_download(
                place.repository,
                revision=place.revision,
                allow_patterns=list(patterns),
                ignore_patterns=["*/*"],
            )
        )


@contextmanager
def _told(place: HubId) -> Iterator[None]:
    """The client's errors as one line each."""
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    try:
        yield
    except errors.GatedRepoError as error:
        raise SetupError(
            f"{place}: this repository is gated; ask for access at {hub}/{place.repository} and "
            f"log in (hf auth login, or HF_TOKEN)."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise SetupError(
            f"{place}: no such folder here, and no such repository at {hub}, or a private one that "
            f"needs a login (hf auth login, or HF_TOKEN)."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise SetupError(f"{place}: the repository has no such revision.") from error
    except errors.LocalEntryNotFoundError as error:
        raise SetupError(
            f"{place}: no such folder here, not in the hub's cache, and {hub} cannot be reached."
        ) from error
    except (errors.SafetensorsParsingError, errors.HFValidationError) as error:
        raise SetupError(f"{place}: {_line(error)}") from error
    except (errors.HTTPError, OSError) as error:
        raise SetupError(f"{place}: {hub} does not answer as it should: {_line(error)}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the client's progress bars: a few small files are fetched before anyone reads."""
    try:
        from huggingface_hub import utils
    except ImportError as error:
        raise MissingExtra("A checkpoint on the hub", "policy") from error

    shown = not utils.are_progress_bars_disabled()
    if shown:
        utils.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            utils.enable_progress_bars()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
