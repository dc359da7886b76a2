"""Who is logged in. A session is a random id in a cookie; what it stands for stays here."""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec import Struct

from ontakt.board.roles import Holder, Role, Tokens

LASTS_S = {Role.VIEWER: 30 * 86_400.0, Role.OPERATOR: 12 * 3_600.0, Role.ENGINEER: 12 * 3_600.0}
"""A wall screen stays logged in for a month, a person for a shift and a half."""
_MOST = 1_000
_ATTEMPTS, _WINDOW_S = 10, 60.0


class Session(Struct, frozen=True):
    """One browser that has logged in."""

    holder: Holder
    csrf: str
    """Has to come back with every form of this session."""
    expires: float
    """UTC [s since 1970]."""


class Sessions:
    """Sessions by the digest of their id, kept in a file beside the tokens so that a board that is
    started again knows its screens; whoever reads that file cannot log in with it."""

    def __init__(self, tokens: Tokens, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._path = tokens.path.with_name(tokens.path.name + ".sessions")
        self._sessions: dict[str, Session] = {}
        self._failed: list[tuple[float, str]] = []
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Session])
            self._sessions = {k: s for k, s in kept.items() if tokens.knows(s.holder)}

    def open(self, holder: Holder, old: str | None = None) -> tuple[str, Session]:
        """A new session with a new id, whatever id the browser came with (`old`, which ends): a
        fixed id is worth nothing. Returns id and session."""
        if old:
            self._sessions.pop(_key(old), None)
        now = self._now()
        alive = [(k, s) for k, s in self._sessions.items() if s.expires > now]
        self._sessions = dict(alive[-_MOST + 1 :])
        name = secrets.token_urlsafe(32)
        session = Session(holder, secrets.token_urlsafe(32), now + LASTS_S[holder.role])
        self._sessions[_key(name)] = session
        self._save()
        return name, session

    def find(self, name: str | None) -> Session | None:
        """The session of that id, unless it is over."""
        session = self._sessions.get(_key(name)) if name else None
        return session if session is not None and session.expires > self._now() else None

    def close(self, name: str) -> None:
        """End it."""
        if self._sessions.pop(_key(name), None) is not None:
            self._save()

    def may_try(self, peer: str) -> bool:
        """False while `peer` has tried too many wrong tokens within a minute."""
        since = self._now() - _WINDOW_S
        self._failed = [one for one in self._failed if one[0] > since][-_MOST:]
        return sum(who == peer for _, who in self._failed) < _ATTEMPTS

    def failed(self, peer: str) -> None:
        """`peer` tried a wrong token."""
        self._failed.append((self._now(), peer))

    def _save(self) -> None:
        """Where the folder cannot be written, sessions last as long as the process."""
        fresh = self._path.with_name(self._path.name + ".new")
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(self._sessions))
            fresh.replace(self._path)


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()
