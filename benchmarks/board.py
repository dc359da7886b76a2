"""How long from an event written to the pages that show it, and what the board takes of a core.

    python -m benchmarks.board [--clients 20] [--rate 5] [--seconds 30] [--browser]

A process of its own serves a shift that this one writes; so many clients read the stream. Latency
is from the moment `append` has returned to the moment a client has the wall that holds the event.

Every event is one more failure of one mode, so that the wall shows the number of each. With
`--browser` one of the clients is a real headless Chromium with the wall open, and it notes at what
time the frame was drawn in which that number stood: two animation frames after the number changed,
when the first of them has gone to the screen.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ontakt.contract.event import (
    CycleStarted,
    Event,
    FailureDetected,
    Origin,
    Record,
    ShiftStarted,
)
from ontakt.evidence.store import open_store

ORIGIN = Origin(
    shift="bench", station="nut-loading", robot="sim:g1", policy_hash="p", config_hash="c"
)
HZ = 30
_FIRST = 2
"""The seq of the first failure; the wall then says 1."""
_WATCH = """() => {
  window.drawn = [];
  let last = "";
  const note = () => {
    const text = document.querySelector('[data-f="fail0-count"]').textContent;
    if (text === last) return;
    last = text;
    const told = () => drawn.push([Number(text), Date.now()]);
    requestAnimationFrame(() => requestAnimationFrame(told));
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(note).observe(document.querySelector("[data-wall]"), all);
}"""


def _started() -> ShiftStarted:
    return ShiftStarted(
        seed=1, takt_s=76.0, control_hz=HZ, policy="bench", sides=("left", "right"),
        planned_cycles=None, planned_s=8 * 3600.0, variation={}, latency="measured",
        strategy="prefix", minor_stop_s=60.0, software={}, command=(), clock="wall",
    )  # fmt: skip


def _event(seq: int) -> Event:
    match seq:
        case 0:
            return _started()
        case 1:
            return CycleStarted(cycle=0, due_tick=0, job=("left", "right"), variation={})
    return FailureDetected(
        cycle=0, side="left", mode="no_grasp", signal="opening 0.2 mm", attempt=seq - _FIRST
    )


class Client(threading.Thread):
    """One page: notes when it had which event."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.seen: dict[int, float] = {}
        self.ready = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/events?on=andon")
        answer = connection.getresponse()
        name, last = "", -1
        while line := answer.readline():
            key, _, value = line.decode().rstrip("\r\n").partition(": ")
            if key == "id":
                name = value
            elif not key and name:  # the message is whole
                at, seq = time.perf_counter(), int(name.rpartition(":")[2])
                for missed in range(last + 1, seq + 1):
                    self.seen[missed] = at
                last, name = seq, ""
                self.ready.set()


@contextmanager
def _browser(port: int) -> Iterator[Callable[[], dict[int, float]]]:
    """Chromium with the wall open; answers when the frame with each event was drawn (UTC [s])."""
    from playwright.sync_api import sync_playwright  # of the tests; other runs do without

    path = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert path is not None, "chromium is not installed; scripts/chromium.sh finds or installs one"
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://127.0.0.1:{port}/andon")
        page.wait_for_selector("[data-tone]")
        page.evaluate(_WATCH)

        def drawn() -> dict[int, float]:
            return {n + _FIRST - 1: ms / 1e3 for n, ms in page.evaluate("drawn")}

        yield drawn
        browser.close()


def _percentiles(late: list[float]) -> dict[str, float]:
    """Of latencies [s], in ms."""
    p50, p95, p99, most = np.percentile(np.array(late) * 1e3, [50, 95, 99, 100])
    told = {"p50": p50, "p95": p95, "p99": p99, "max": most}
    return {name: round(float(value), 1) for name, value in told.items()}


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def main() -> None:
    """Serve, write, read, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rate", type=float, default=5.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--browser", action="store_true", help="one client is a real Chromium")
    asked = parser.parse_args()
    told = measure(asked.clients, asked.rate, asked.seconds, browser=asked.browser)
    print(json.dumps(told, indent=2))


def measure(clients: int, rate: float, seconds: float, *, browser: bool) -> dict[str, object]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        store = ending.enter_context(open_store(Path(folder) / "events.db", write=True))
        begin = time.time_ns()

        def write(seq: int) -> None:
            now = time.time_ns()
            tick = (now - begin) * HZ // 1_000_000_000
            store.append(Record(origin=ORIGIN, seq=seq, tick=tick, utc_ns=now, event=_event(seq)))

        for seq in range(_FIRST):
            write(seq)
        command = [sys.executable, "-m", "ontakt.cli", "board", folder, "--port", "0"]
        board = subprocess.Popen(command, stderr=subprocess.PIPE)
        ending.callback(board.wait)
        ending.callback(board.terminate)
        assert board.stderr is not None
        found = re.search(rb":(\d+)/", board.stderr.readline())
        assert found is not None
        port = int(found[1])
        streams = [Client(port) for _ in range(clients - browser)]
        for client in streams:
            client.start()
        for client in streams:
            client.ready.wait(30)
        drawn = ending.enter_context(_browser(port)) if browser else dict
        time.sleep(2.0)
        quiet_from, quiet_cpu = time.perf_counter(), cpu_s(board.pid)
        time.sleep(5.0)
        quiet = (cpu_s(board.pid) - quiet_cpu) / (time.perf_counter() - quiet_from)
        before, cpu, memory = time.perf_counter(), cpu_s(board.pid), memory_mib(board.pid)
        written: dict[int, tuple[float, float]] = {}
        for k in range(round(rate * seconds)):
            due = before + (k + 1) / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            write(_FIRST + k)
            written[_FIRST + k] = time.perf_counter(), time.time()
        share = (cpu_s(board.pid) - cpu) / (time.perf_counter() - before)
        load = os.getloadavg()[0]
        time.sleep(2.0)
        grown = memory_mib(board.pid) - memory
        frames = drawn()
    had = [c.seen[s] - at for c in streams for s, (at, _) in written.items() if s in c.seen]
    told: dict[str, object] = {
        "clients": clients,
        "events": len(written),
        "missed": len(streams) * len(written) - len(had),
        "latency_ms": _percentiles(had),
        "cpu_share": round(share, 4),
        "cpu_share_without_events": round(quiet, 4),
        "memory_mib": round(memory, 1),
        "memory_grown_mib": round(grown, 2),
        "load_of_machine": round(load, 1),
        "processors": os.cpu_count(),
    }
    if browser:
        told["browser"] = _of_browser({s: at for s, (_, at) in written.items()}, frames)
    return told


def _of_browser(written: Mapping[int, float], frames: Mapping[int, float]) -> dict[str, object]:
    """What became of each event on the page. A number that never stood there alone was seen with
    the next one that did."""
    shown = {
        seq: min((at for n, at in frames.items() if n >= seq), default=None) for seq in written
    }
    late = [at - written[seq] for seq, at in shown.items() if at is not None]
    return {
        "missed": len(written) - len(late),
        "seen_with_the_next": sum(seq not in frames for seq, at in shown.items() if at is not None),
        "to_the_frame_ms": _percentiles(late),
    }


if __name__ == "__main__":
    main()
