"""One hash for all that a dataset says."""

import hashlib
from pathlib import Path

from ontakt.policy.dataset.meta import DATA, META, VIDEOS


def dataset_hash(folder: Path) -> str:
    """sha256 over the names and bytes of all files in meta, data and videos beneath `folder`.

    The same episodes give the same hash with the same versions of pyarrow and FFmpeg.
    """
    found = hashlib.sha256()
    for part in (META, DATA, VIDEOS):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                with path.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").digest()
                found.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return found.hexdigest()
