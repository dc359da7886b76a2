"""Who may do what: tokens in a file that nobody else can read, each with a role."""

import hmac
import os
import stat
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from ontakt.contract import SetupError

_SHORTEST = 16


class Role(StrEnum):
    """Each may do all that those before it may."""

    VIEWER = "viewer"
    """Looks."""
    OPERATOR = "operator"
    """Answers calls at the station."""
    ENGINEER = "engineer"
    """Sees how the board itself does."""

    def covers(self, other: "Role") -> bool:
        """True when this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class _Token(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    role: Role
    token: str


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    tokens: tuple[_Token, ...]


class Holder(Struct, frozen=True):
    """Who a token belongs to."""

    name: str
    role: Role


class Tokens:
    """The tokens of a TOML or JSON file: `[[tokens]]` with `name`, `role` and `token`.

    Raises SetupError for a file that cannot be read, that others than its owner may open, or that
    says something else. No message ever quotes a token.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            found = path.stat()
            data = path.read_bytes()
        except OSError as error:
            raise SetupError(f"{path}: cannot be read ({error.strerror}).") from error
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077 or found.st_uid != os.geteuid():
            raise SetupError(
                f"{path}: has mode {mode:04o} and others than its owner may open it; "
                f"run: chmod 600 {path}"
            )
        try:
            read = msgspec.json.decode if path.suffix == ".json" else msgspec.toml.decode
            file = read(data, type=_File)
        except msgspec.ValidationError as error:
            raise SetupError(
                f"{path}: {error}; [[tokens]] with name, role (viewer, operator or engineer) and "
                "token is wanted."
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SetupError(f"{path}: is neither TOML nor JSON.") from None
        short = [one.name for one in file.tokens if len(one.token) < _SHORTEST]
        if short or not file.tokens:
            what = f"the token of {short[0]!r} is shorter than" if short else "holds no token of"
            raise SetupError(f"{path}: {what} {_SHORTEST} characters.")
        digests = [(_digest(one.token), Holder(one.name, one.role)) for one in file.tokens]
        if len({digest for digest, _ in digests}) < len(digests):
            raise SetupError(f"{path}: two names have the same token.")
        self._holders = tuple(digests)

    def holder(self, token: str) -> Holder | None:
        """Whose it is; takes as long for a wrong token as for a right one."""
        asked, found = _digest(token), None
        for digest, holder in self._holders:
            if hmac.compare_digest(asked, digest):
                found = holder
        return found

    def knows(self, holder: Holder) -> bool:
        """True while the file still has somebody of that name and role."""
        return any(holder == known for _, known in self._holders)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
