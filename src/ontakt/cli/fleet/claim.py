"""An experiment's folder: whose it is, and that one process at a time works in it."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ontakt.contract import SetupError

PLAN = "plan.json"


@contextmanager
def claimed(
    folder: Path,
    plan: Mapping[str, Any],
    kind: str,
    tell: Callable[[Mapping[str, Any]], str] = lambda _: "",
) -> Iterator[Path]:
    """`folder` as that of the experiment of `plan`, a `kind` such as "study", for as long as the
    block lasts; whoever has the same plan may go on in it later. `tell` says in a few words what
    another plan is.

    Raises SetupError, having changed nothing, when it holds another experiment or something else,
    when another process works in it, and when it cannot be written.
    """
    mine = msgspec.json.format(msgspec.json.encode(plan, order="deterministic")) + b"\n"
    path = folder / PLAN
    try:
        if not path.is_file():
            if folder.exists() and any(folder.iterdir()):
                raise SetupError(
                    f"{folder} is not empty and holds no {kind}; choose another --out."
                )
            folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unwritable(folder, error) from error
    with os.fdopen(handle, "r+b", buffering=0) as file:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a death ends it as well
            theirs = file.read()
            if theirs != mine and mine.startswith(theirs):  # new, or torn when it was
                file.seek(0)
                file.write(mine)
        except BlockingIOError:
            raise SetupError(f"{folder}: another process works in it.") from None
        except OSError as error:
            raise _unwritable(folder, error) from error
        if not mine.startswith(theirs):
            raise _another(path, theirs, kind, tell)
        yield folder


def _unwritable(folder: Path, error: OSError) -> SetupError:
    return SetupError(f"{folder}: cannot be written ({error.strerror or error}).")


def _another(
    path: Path, theirs: bytes, kind: str, tell: Callable[[Mapping[str, Any]], str]
) -> SetupError:
    """Why `theirs` is not to be gone on with."""
    try:
        what = tell(msgspec.json.decode(theirs, type=dict[str, Any]))
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        return SetupError(f"{path} is no plan of a {kind} ({error}); choose another --out.")
    told = f" ({what})" if what else ""
    return SetupError(f"{path.parent} holds another {kind}{told}; choose another --out.")
