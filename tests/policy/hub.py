"""A hub of our own: the few answers of the Hugging Face hub that its client needs, over HTTP."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "golden/tiny"
GATED = "golden/gated"
REVISIONS = ("main", "v1", COMMIT)


@dataclass
class Hub:
    """A running one. It serves the files of a folder as `REPOSITORY`."""

    url: str
    folder: Path
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that were sent."""

    def run(
        self, cache: Path, code: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `code` in a process of its own whose hub this is: the client reads its address when
        it is imported."""
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            env=os.environ
            | {
                "HF_ENDPOINT": self.url,
                "HF_HOME": str(cache),
                "HF_HUB_DISABLE_TELEMETRY": "1",
                "HF_HUB_DISABLE_XET": "1",
            }
            | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@contextmanager
def serve(folder: Path) -> Iterator[Hub]:
    """A hub that holds the files of `folder`."""
    hub = Hub("", folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            status, headers, content = _reply(hub, self.path, self.headers.get("Range"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)
                name = urlparse(self.path).path.rpartition("/")[2]
                if "/resolve/" in self.path:
                    hub.sent[name] = hub.sent.get(name, 0) + len(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Reply = tuple[int, dict[str, str], bytes]


def _reply(hub: Hub, path: str, wanted: str | None) -> Reply:
    parts = [unquote(part) for part in urlparse(path).path.strip("/").split("/")]
    if parts[:2] == ["api", "models"]:
        repository, rest = "/".join(parts[2:4]), parts[4:]
    else:
        repository, rest = "/".join(parts[:2]), parts[2:]
    if repository == GATED:
        return 403, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}, b""
    if repository != REPOSITORY:
        return 404, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Not found."}, b""
    revision = rest[1] if len(rest) > 1 else "main"
    if revision not in REVISIONS:
        return 404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "No revision."}, b""
    if parts[0] == "api":
        return _told(hub, rest)
    return _file(hub, "/".join(rest[2:]), wanted)


def _told(hub: Hub, rest: Sequence[str]) -> Reply:
    files = {
        str(path.relative_to(hub.folder)): path.read_bytes()
        for path in sorted(hub.folder.rglob("*"))
        if path.is_file()
    }
    if rest and rest[0] == "tree":
        found: object = [
            {"type": "file", "path": name, "size": len(content), "oid": _digest(content)}
            for name, content in files.items()
        ]
    else:
        found = {
            "id": REPOSITORY,
            "modelId": REPOSITORY,
            "sha": COMMIT,
            "siblings": [{"rfilename": name} for name in files],
        }
    return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()


def _file(hub: Hub, name: str, wanted: str | None) -> Reply:
    path = hub.folder / name
    if not path.is_file():
        return 404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "No entry."}, b""
    content = path.read_bytes()
    headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{_digest(content)}"', "Accept-Ranges": "bytes"}
    if wanted is None:
        return 200, headers, content
    first, _, last = wanted.partition("=")[2].partition("-")
    part = content[int(first) : int(last) + 1 if last else None]
    end = int(first) + len(part) - 1
    return 206, headers | {"Content-Range": f"bytes {first}-{end}/{len(content)}"}, part


def _digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
