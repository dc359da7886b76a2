"""Pictures beside a record, carried inside the page."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path

KINDS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}
"""First bytes of a file to its media type; what a browser of any age shows."""

LARGE = 150_000
"""A larger file [byte] is embedded as a JPEG of at most `WIDEST` pixels: a report is mailed."""

WIDEST = 800

Album = Path | Mapping[str, str]
"""Where a shift's pictures are: its folder, or path to data URI."""


def embed(album: Album | None, path: str) -> str | None:
    """The picture as a data URI; None when there is no such file inside `album`, or when it is
    not a picture."""
    if not isinstance(album, Path):
        return album.get(path) if album else None
    try:
        file = (album / path).resolve()
        if not file.is_relative_to(album.resolve()):
            return None
        data = file.read_bytes()
    except (OSError, ValueError):  # no file there, or a name that no file can have
        return None
    kind = next((kind for magic, kind in KINDS.items() if data.startswith(magic)), None)
    if kind is not None and len(data) > LARGE:
        kind, data = _small(data)
    return None if kind is None else f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _small(data: bytes) -> tuple[str | None, bytes]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None, b""
    small.thumbnail((WIDEST, WIDEST))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return "image/jpeg", buffer.getvalue()
