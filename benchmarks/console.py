"""How long a press of hold or stop takes from the page to the line: `python benchmarks/console.py`.

A toy shift on a wall clock with a board beside it, both as they ship. Each press is an HTTP POST on
loopback with a session and its mark, as the page sends it. Told are two times from the moment the
POST is sent: until the line's answer is stamped (UTC of RequestAnswered), and until the page has
it. After each stop the shift is brought back by resume and start.
"""

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from ontakt.contract.event import RequestAnswered
from ontakt.evidence.store import open_store

_PATIENCE_S = 30.0


class Page:
    """What a browser does, without one."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        self._cookies: dict[str, str] = {}
        field = re.search(r'name="form" value="(\w+)"', self._get("/login")[1])
        assert field is not None
        self._post("/login", {"token": token, "form": field[1], "next": "/andon"})
        address = self._get("/console")[0].headers["location"]
        mark = re.search(r'data-csrf="([^"]+)"', self._get(address)[1])
        assert mark is not None
        self._address, self._mark = address, mark[1]

    def press(self, button: str) -> dict[str, object]:
        """The answer."""
        form = {"csrf": self._mark, "button": button, "out_of_cell": "yes"}
        told = json.loads(self._post(f"{self._address}/ask", form)[1])
        assert isinstance(told, dict)
        return told

    def buttons(self) -> list[str]:
        """What is offered."""
        found: list[str] = json.loads(self._get(f"{self._address}/now")[1])["buttons"]
        return found

    def wait_for(self, button: str) -> None:
        """Until it is offered."""
        end = time.monotonic() + _PATIENCE_S
        while button not in self.buttons():
            assert time.monotonic() < end, f"{button} is not offered"
            time.sleep(0.05)

    def _get(self, path: str) -> tuple[http.client.HTTPResponse, str]:
        return self._ask("GET", path, None)

    def _post(self, path: str, form: dict[str, str]) -> tuple[http.client.HTTPResponse, str]:
        return self._ask("POST", path, urlencode(form))

    def _ask(
        self, method: str, path: str, body: str | None
    ) -> tuple[http.client.HTTPResponse, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._line.request(method, path, body, headers)
        reply = self._line.getresponse()
        text = reply.read().decode()
        for cookie in reply.headers.get_all("set-cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value.strip('"')
        return reply, text


def measure(presses: int, folder: Path) -> dict[str, list[tuple[float, float]]]:
    """(until the line's answer, until the page has it) [ms] of each press, by button."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "ontakt.cli", "shift", "toy", "--policy", "expert", "--cycles",
            "10000", "--clock", "wall", "--operator", "board", "--board", "127.0.0.1:0", "--out",
            str(folder),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    sent: list[tuple[str, int, int]] = []
    try:
        said = b""
        while b"Console: " not in said:
            said += process.stderr.readline()
        port = re.search(rb"Board: http://127\.0\.0\.1:(\d+)", said)
        token = re.search(r'token = "(.+)"', (folder / "board-tokens.toml").read_text())
        assert port is not None
        assert token is not None
        end = time.monotonic() + _PATIENCE_S
        while not (folder / "console.json").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        page = Page(int(port[1]), token[1])
        for k in range(presses):
            button = ("hold", "stop")[k % 2]
            time.sleep(0.05 + 0.033 * (k % 7) / 7)  # anywhere in the line's tick
            before = time.time_ns()
            reply = page.press(button)
            sent.append((button, before, time.time_ns()))
            assert reply["obeyed"], reply
            page.wait_for("resume")
            page.press("resume")
            if button == "stop":
                page.wait_for("start")
                page.press("start")
            end = time.monotonic() + _PATIENCE_S
            while "resume" in page.buttons() or "start" in page.buttons():
                assert time.monotonic() < end
                time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stderr.close()
    with open_store(folder / "events.db") as store:
        answered = [
            (record.event.wish, record.utc_ns)
            for record in store.records(store.find().shift)
            if isinstance(record.event, RequestAnswered) and record.event.wish in ("hold", "stop")
        ]
    assert [wish for wish, _ in answered] == [button for button, _, _ in sent]
    found: dict[str, list[tuple[float, float]]] = {"hold": [], "stop": []}
    for (button, before, after), (_, utc) in zip(sent, answered, strict=True):
        found[button].append(((utc - before) / 1e6, (after - before) / 1e6))
    return found


def main() -> None:
    """Print p50, p99 and the worst."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presses", type=int, default=200)
    presses = parser.parse_args().presses
    with tempfile.TemporaryDirectory() as place:
        found = measure(presses, Path(place) / "shift")
    load = os.getloadavg()[0]
    print(f"{presses} presses; load of the machine {load:.1f} on {os.cpu_count()} processors")
    for button, times in found.items():
        for name, values in zip(("line", "page"), zip(*times, strict=True), strict=True):
            p50, p99, worst = np.percentile(values, [50, 99, 100])
            print(f"{button:5} {name:5} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  worst {worst:6.1f}")


if __name__ == "__main__":
    main()
