"""`openpi://HOST:PORT?option=value&...`: a policy server and what it does not say of itself."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote

from msgspec import Struct

from ontakt.contract import BadValue, SetupError, UnknownName
from ontakt.contract.units import quantity
from ontakt.runtime.address import Address, parse_address
from ontakt.runtime.api_key import check_key

SCHEMES = ("openpi://", "openpi+unix://")
KEY_VARIABLE = "ONTAKT_API_KEY"

OPTIONS = {
    "horizon": "rows of its chunks, where the server does not say",
    "cameras": "camera:request key, joined by commas, where its keys are not images/CAMERA",
    "state": "the request key of the state, where it is not state",
    "prompt": "the request key of the instruction, where it is not prompt",
    "api_key_file": "a file of mode 0600 with the API key, for which ONTAKT_API_KEY serves too",
    "auth": "proof (the key stays here) or key (it is sent, as stock servers want it)",
    "timeout": "how long an answer may take, as 2s",
    "first_timeout": "how long the first one may take, before anything moves, as 60s",
}
"""What may stand behind the question mark, joined by `&`."""

LONGEST_HORIZON = 10_000
LONGEST_S = 3600.0


class ServerName(Struct, frozen=True, kw_only=True):
    """A server and how to talk to it. The key itself is no part of it: names are recorded."""

    address: Address
    horizon: int | None = None
    cameras: Mapping[str, str] = {}
    """Request keys by the station's camera; empty where the server says what it looks at."""
    state: str = "state"
    prompt: str = "prompt"
    api_key_file: Path | None = None
    auth: Literal["proof", "key"] = "proof"
    timeout: float = 2.0
    first_timeout: float = 60.0

    def api_key(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """From its file, or from the environment; None without either. Raises SetupError for a
        file that cannot be read or that others may read, BadValue for what cannot be a key."""
        if self.api_key_file is None:
            key = environment.get(KEY_VARIABLE)
            return None if key is None else check_key(key.strip(), KEY_VARIABLE)
        path = self.api_key_file
        try:
            with path.open("rb") as file:
                mode, text = os.fstat(file.fileno()).st_mode, file.read(4096)
        except OSError as error:
            raise SetupError(f"{path}: the API key cannot be read ({error.strerror}).") from error
        if stat.S_IMODE(mode) & 0o077:
            raise SetupError(f"{path}: others may read this API key; run: chmod 600 {path}")
        return check_key(text.decode("ascii", "replace").strip(), str(path))


def find_server(name: str) -> str:
    """`name`, the file in it made absolute, so that a shift can be resumed from anywhere. Raises
    as `parse_server`."""
    path = parse_server(name).api_key_file
    if path is None or path.is_absolute():
        return name
    before, query = name.split("?", 1)
    parts = [part for part in query.split("&") if not part.startswith("api_key_file=")]
    return f"{before}?{'&'.join([*parts, f'api_key_file={quote(str(path.absolute()))}'])}"


def parse_server(name: str) -> ServerName:
    """What `name` says. Raises BadValue and UnknownName, without repeating a key that somebody
    wrote into it."""
    where, _, query = name.partition("?")
    address = parse_address(where)
    pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    if query and len(pairs) != query.count("&") + 1:
        raise BadValue("policy", where, "options are written option=value, joined by &")
    options = dict(pairs)
    if len(options) < len(pairs):
        raise BadValue("policy", where, "no option stands there twice")
    for key, value in options.items():
        if key in ("api_key", "key", "token"):
            allowed = f"it would be recorded; write it to a file (api_key_file) or {KEY_VARIABLE}"
            raise BadValue(f"option {key} of {where}", "...", allowed)
        if key not in OPTIONS:
            raise UnknownName("option of a policy server", key, OPTIONS)
        if not value:
            raise BadValue(f"a policy server's {key}", value, OPTIONS[key])
    auth = options.get("auth", "proof")
    if auth not in ("proof", "key"):
        raise BadValue("a policy server's auth", auth, "choose from: proof, key")
    file = options.get("api_key_file")
    return ServerName(
        address=address,
        horizon=_horizon(options["horizon"]) if "horizon" in options else None,
        cameras=_cameras(options["cameras"]) if "cameras" in options else {},
        state=options.get("state", "state"),
        prompt=options.get("prompt", "prompt"),
        api_key_file=None if file is None else Path(file).expanduser(),
        auth="proof" if auth == "proof" else "key",
        timeout=_seconds("timeout", options.get("timeout", "2s")),
        first_timeout=_seconds("first_timeout", options.get("first_timeout", "60s")),
    )


def _horizon(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= LONGEST_HORIZON):
        what = "a policy server's horizon"
        raise BadValue(what, text, f"it lies between 1 and {LONGEST_HORIZON}")
    return int(text)


def _cameras(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        camera, _, key = part.partition(":")
        if not camera or not key or camera in found or key in found.values():
            allowed = "write camera:request key, joined by commas, each of them once"
            raise BadValue("a policy server's cameras", text, allowed)
        found[camera] = key
    return found


def _seconds(what: str, text: str) -> float:
    seconds = quantity(text, "time", f"a policy server's {what}")
    if not 0 < seconds <= LONGEST_S:
        allowed = f"it is longer than 0 s and at most {LONGEST_S:g} s"
        raise BadValue(f"a policy server's {what}", text, allowed)
    return seconds
