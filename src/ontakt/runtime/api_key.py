r"""What a client shows to be let in: its API key, or a proof of it that works once.

`Authorization: Api-Key KEY` is what stock openpi clients send. Whoever reads it on the way can send
it again. A proof tells that its sender knows the key, now, for this path, without the key in it:

    Authorization: Api-Key-Proof MS:NONCE:HMAC

with MS the time [ms since 1970, UTC], NONCE 32 lower-case hexadecimal digits of the client's
chance, never used again, and HMAC the hexadecimal HMAC-SHA256 (RFC 2104) of
`ontakt\nMS\nNONCE\nPATH` under the key. A server takes each nonce once and no proof that is older
or younger than `PROOF_WINDOW_MS`. It proves who opens the connection; it hides nothing that is sent
over it.
"""

import hmac
import re
from typing import Self

from msgspec import Struct

from ontakt.contract import BadValue

KEY_SCHEME = "Api-Key"
PROOF_SCHEME = "Api-Key-Proof"
PROOF_WINDOW_MS = 30_000
"""How far the clocks of client and server may be apart, the way included [ms]."""
SHORTEST_KEY = 16
"""Characters."""

_KEY = re.compile(rf"[!-~]{{{SHORTEST_KEY},256}}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_PROOF = re.compile(r"([0-9]{1,15}):([0-9a-f]{32}):([0-9a-f]{64})")


def check_key(key: str, where: str) -> str:
    """`key`, when it can be one. Raises BadValue, which never shows it, naming `where`."""
    if not _KEY.fullmatch(key):
        allowed = f"a key is {SHORTEST_KEY} to 256 visible ASCII characters without spaces"
        raise BadValue(where, f"{len(key)} characters", allowed)
    return key


def key_header(key: str) -> str:
    """The value of `Authorization` that shows `key` itself."""
    return f"{KEY_SCHEME} {key}"


def proof(key: str, now_ms: int, nonce: str, path: str = "/") -> str:
    """The value of `Authorization` that proves `key` once: at `now_ms` [ms since 1970, UTC], with
    `nonce` (32 lower-case hexadecimal digits), for the request path `path`. Raises BadValue."""
    if not _NONCE.fullmatch(nonce):
        raise BadValue("nonce", nonce, "32 lower-case hexadecimal digits, never used before")
    return f"{PROOF_SCHEME} {now_ms}:{nonce}:{_digest(key, now_ms, nonce, path)}"


class Proof(Struct, frozen=True):
    """A proof as it came."""

    ms: int
    nonce: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The proof that stands behind the scheme's name; None where it is none."""
        match = _PROOF.fullmatch(text)
        return None if match is None else cls(int(match[1]), match[2], match[3])

    def is_of(self, key: str, path: str) -> bool:
        """Whether whoever made it for `path` knew `key`; takes the same time either way."""
        return hmac.compare_digest(_digest(key, self.ms, self.nonce, path), self.digest)


def _digest(key: str, now_ms: int, nonce: str, path: str) -> str:
    said = f"ontakt\n{now_ms}\n{nonce}\n{path}"
    return hmac.new(key.encode(), said.encode(), "sha256").hexdigest()
