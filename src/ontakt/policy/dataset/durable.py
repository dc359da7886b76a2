"""Files that are on the disk when we say so, and folders that appear whole or not at all."""

import os
from pathlib import Path
from typing import Any

import msgspec


def write_json(path: Path, value: Any) -> None:
    """`value` as JSON with sorted keys, so that equal values are equal bytes."""
    text = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text + b"\n")


def settle(source: Path, target: Path) -> None:
    """Move folder `source` to `target` once all that is in it is on the disk."""
    for path in sorted(source.rglob("*")):
        _sync(path)
    _sync(source)
    source.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
