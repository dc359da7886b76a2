"""A plant's list of reason codes: what people may choose from when they say why."""

from pathlib import Path

import msgspec
from msgspec import Struct

from ontakt.board.choices import LONGEST_REASON
from ontakt.contract import SetupError

_MOST = 200


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    reasons: tuple[str, ...]


def read_reasons(path: Path) -> tuple[str, ...]:
    """The codes of a TOML file that says `reasons = ["nut askew", ...]`, in its order. Raises
    SetupError for a file that cannot be read or says something else."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File).reasons
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error.strerror}).") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SetupError(f'{path}: {error}; reasons = ["...", ...] is wanted.') from error
    bad = [c for c in found if not (c.strip() and c.isprintable() and len(c) <= LONGEST_REASON)]
    if bad or not 0 < len(found) <= _MOST or len(set(found)) < len(found):
        raise SetupError(
            f"{path}: 1 to {_MOST} different reasons of 1 to {LONGEST_REASON} printable characters "
            f"are wanted{'' if not bad else f', and one is {bad[0][:20]!r}'}."
        )
    return found
