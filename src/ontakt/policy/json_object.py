"""The JSON files of a checkpoint, which may come from anywhere."""

import json
from pathlib import Path
from typing import Any

from ontakt.contract.errors import SetupError

MOST_BYTES = 200_000_000
"""A tokenizer of 150,000 words, the largest of them, takes 12 MB."""


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in `path`. Raises SetupError for a file that cannot be read, is too large, is
    no JSON or holds something else."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise SetupError(f"{path}: has {size:,} bytes; at most {MOST_BYTES:,} are read.")
        # The standard library's reader takes NaN, which then can be named by its place.
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SetupError(f"{path}: cannot be read as JSON ({error}).") from error
    if not isinstance(found, dict):
        raise SetupError(f"{path}: is not a JSON object.")
    return found
