"""Who may use the server: the keys in a file that may change at any time."""

import hashlib
import hmac
import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from ontakt.contract import BadValue, SetupError
from ontakt.runtime.api_key import (
    KEY_SCHEME,
    PROOF_SCHEME,
    PROOF_WINDOW_MS,
    Proof,
    check_key,
)

MOST_KEYS = 256
MOST_NONCES = 65_536
"""Proofs remembered at once; beyond them no proof is taken until the oldest have run out."""
_MOST_BYTES = 1 << 17

log = logging.getLogger(__name__)


class Holder(Struct, frozen=True):
    """Who was let in: the fingerprint of a key, which is not the key."""

    fingerprint: str


ANYBODY = Holder("")
"""Of a server without keys."""


class ApiKeys:
    """The keys of a file, one a line; `#` begins a comment.

    The file is read again for every connection that opens, and whenever it changed for one that is
    open: a key that is taken out is refused from then on. A file that can no longer be used lets
    nobody in.
    """

    def __init__(self, path: Path) -> None:
        """Raises SetupError for a file that cannot be read, that others may read, or that holds no
        key or one that is too short."""
        self._path = path
        self._state: tuple[int, ...] = ()
        self._keys: dict[Holder, str] = _read(path)
        self._nonces: dict[str, int] = {}  # nonce to the time [ms] when its proof has run out

    def admit(self, headers: Sequence[str], path: str, now_ms: int) -> Holder | None:
        """Whose key the `Authorization` `headers` of a request for `path` show or prove at `now_ms`
        [ms since 1970, UTC]; None for nobody's."""
        self._load()
        if len(headers) != 1:
            return None
        scheme, _, shown = headers[0].strip().partition(" ")
        if scheme == KEY_SCHEME:
            return self._shown(shown.strip())
        if scheme == PROOF_SCHEME:
            found = Proof.parse(shown.strip())
            return None if found is None else self._proven(found, path, now_ms)
        return None

    def still(self, holder: Holder) -> bool:
        """Whether the key of `holder` is still in the file."""
        if _state_of(self._path) != self._state:
            self._load()
        return holder in self._keys

    def _shown(self, key: str) -> Holder | None:
        given, found = key.encode("utf-8", "replace"), None
        for holder, known in self._keys.items():  # all of them: the time tells nothing
            if hmac.compare_digest(known.encode(), given):
                found = holder
        return found

    def _proven(self, shown: Proof, path: str, now_ms: int) -> Holder | None:
        found = None
        for holder, known in self._keys.items():
            if shown.is_of(known, path):
                found = holder
        if found is None or abs(now_ms - shown.ms) > PROOF_WINDOW_MS:
            return None
        if shown.nonce in self._nonces or not self._has_room(now_ms):
            return None
        self._nonces[shown.nonce] = shown.ms + PROOF_WINDOW_MS
        return found

    def _has_room(self, now_ms: int) -> bool:
        if len(self._nonces) >= MOST_NONCES:
            self._nonces = {n: until for n, until in self._nonces.items() if until >= now_ms}
        return len(self._nonces) < MOST_NONCES

    def _load(self) -> None:
        state = _state_of(self._path)
        try:
            self._keys = _read(self._path)
        except SetupError as error:
            self._keys = {}
            log.error("no key is accepted: %s", error)
        self._state = state


def _state_of(path: Path) -> tuple[int, ...]:
    """What changes when the file does; empty without one."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)


def _read(path: Path) -> dict[Holder, str]:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SetupError(f"{path}: the API keys cannot be read ({error.strerror}).") from error
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise SetupError(f"{path}: others may read these API keys; run: chmod 600 {path}")
    if len(text) > _MOST_BYTES:
        raise SetupError(f"{path}: this is no file of API keys; it has more than 128 KiB.")
    keys: dict[Holder, str] = {}
    for number, line in enumerate(text.decode("ascii", "replace").splitlines(), 1):
        key = line.partition("#")[0].strip()
        if key:
            check_key(key, f"{path}, line {number}")
            keys[Holder(hashlib.sha256(key.encode()).hexdigest()[:16])] = key
    if not 0 < len(keys) <= MOST_KEYS:
        raise BadValue(f"{path}: API keys", len(keys), f"1 to {MOST_KEYS}, one a line")
    return keys
