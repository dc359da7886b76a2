"""A shift worked on a node of a Ray cluster, as the node does it."""

import select
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ontakt.cli.fleet.hands import PATIENCE_S
from ontakt.cli.fleet.process import PROGRAM, ShiftProcess

Returned = tuple[int, str, dict[str, bytes]]
"""Exit code, last line on stderr, and the shift's files by their path in its folder."""


def work_shift(arguments: Sequence[str]) -> Returned:
    """Run `ontakt` with `arguments` in a scratch folder, and hand back all that came of it: nodes
    need not share a disk."""
    with tempfile.TemporaryDirectory(prefix="ontakt-") as scratch:
        place = Path(scratch) / "shift"
        process = ShiftProcess(PROGRAM, (*arguments, "--out", str(place), "--json"), True)
        try:
            ended, silent = None, False
            while ended is None:
                if not silent:
                    select.select([process.stderr], [], [], PATIENCE_S)
                    silent = not process.listen()
                ended = process.ended(wait=silent)
        finally:
            process.close()
        assert ended.code is not None  # we are its parent
        return ended.code, ended.said, read_files(place)


def read_files(folder: Path) -> dict[str, bytes]:
    """Every plain file below `folder`; none where there is no folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """What `read_files` has read, in a new `folder`. Raises ValueError for a path that leads out
    of it, and OSError."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{name} leads out of the shift's folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
