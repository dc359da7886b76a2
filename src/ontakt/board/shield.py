"""What every answer carries and every request must meet, whatever page it is for."""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
REPORT_CSP = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-downloads"
)
"""A report carries its styles and pictures inside it; nothing in it may run or ask for anything."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer makes browsers post forms with Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
LONGEST_PATH = 2_000
LARGEST_HEADERS = 16_384
LARGEST_BODY = 4_096
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_METHODS = ("GET", "HEAD", "POST")


def is_loopback(host: str) -> bool:
    """True for a host that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Shield:
    """Refuses what no browser of ours sends, and adds the security headers to every answer.

    A page that a stranger's name resolves to us (DNS rebinding) arrives with that name as its Host.
    So on loopback only loopback's names are answered; elsewhere addresses, which cannot be rebound,
    this machine's name, and `names`.
    """

    def __init__(self, app: ASGIApp, host: str, names: Iterable[str] = ()) -> None:
        self._app = app
        self._addresses = not is_loopback(host)
        own = socket.gethostname().lower() if self._addresses else "localhost"
        self._names = {*_LOOPBACK, host.lower(), own, f"{own}.local", *map(str.lower, names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        if scope["type"] == "websocket" and not self._known(Headers(scope=scope).get("host", "")):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] = scope.get("state", {})

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", CSP)
                headers.setdefault("Cache-Control", "no-store")
                del headers["server"]
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, guarded)
        else:
            status, text = refused
            headers = {"Allow": ", ".join(self.methods(scope))} if status == 405 else None
            await PlainTextResponse(text + "\n", status, headers)(scope, receive, guarded)

    def methods(self, scope: Scope) -> Sequence[str]:  # noqa: ARG002
        """Those that the address in `scope` answers to, as far as is known here."""
        return _METHODS

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if not self._known(headers.get("host", "")):
            return 421, "This board does not go by that name."
        if scope["method"] not in _METHODS:
            return 405, "GET, HEAD and POST are what there is."
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) + len(scope["query_string"]) > LONGEST_PATH:
            return 414, "That address is too long."
        if b"\x00" in raw or "\x00" in scope["path"] or ".." in scope["path"].split("/"):
            return 400, "That is no address of this board."
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEADERS:
            return 431, "Those headers are too long."
        length = headers.get("content-length", "0")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > LARGEST_BODY:
            return 413, "That is too much."
        return None

    def _known(self, host: str) -> bool:
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:/@\s]{1,253})(?::\d{1,5})?", host)
        if found is None:
            return False
        name = found[1].strip("[]").lower().rstrip(".")
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._addresses
