"""How long from an event written to the pages that show it, and what the board takes of a core.

    python -m benchmarks.board [--clients 20] [--rate 5] [--seconds 30]

A process of its own serves a shift that this one writes; so many clients read the stream. Latency
is from the moment `append` has returned to the moment a client has the wall that holds the event.
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
import threading
import time
from pathlib import Path

import numpy as np

from ontakt.contract.event import Origin, PhaseEntered, Record, ShiftStarted
from ontakt.evidence.store import open_store

ORIGIN = Origin(
    shift="bench", station="nut-loading", robot="sim:g1", policy_hash="p", config_hash="c"
)
HZ = 30


def _started() -> ShiftStarted:
    return ShiftStarted(
        seed=1, takt_s=76.0, control_hz=HZ, policy="bench", sides=("left", "right"),
        planned_cycles=None, planned_s=8 * 3600.0, variation={}, latency="measured",
        strategy="prefix", minor_stop_s=60.0, software={}, command=(), clock="wall",
    )  # fmt: skip


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


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def main() -> None:
    """Serve, write, read, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rate", type=float, default=5.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "events.db", write=True)
        begin = time.time_ns()

        def write(seq: int) -> None:
            now = time.time_ns()
            event = _started() if seq == 0 else PhaseEntered(cycle=0, side="left", phase="reach")
            tick = (now - begin) * HZ // 1_000_000_000
            store.append(Record(origin=ORIGIN, seq=seq, tick=tick, utc_ns=now, event=event))

        write(0)
        command = [sys.executable, "-m", "ontakt.cli", "board", folder, "--port", "0"]
        board = subprocess.Popen(command, stderr=subprocess.PIPE)
        assert board.stderr is not None
        found = re.search(rb":(\d+)/", board.stderr.readline())
        assert found is not None
        clients = [Client(int(found[1])) for _ in range(asked.clients)]
        for client in clients:
            client.start()
        for client in clients:
            client.ready.wait(30)
        time.sleep(2.0)
        quiet_from, quiet_cpu = time.perf_counter(), _cpu_s(board.pid)
        time.sleep(5.0)
        quiet = (_cpu_s(board.pid) - quiet_cpu) / (time.perf_counter() - quiet_from)
        before, cpu, memory = time.perf_counter(), _cpu_s(board.pid), _memory_mib(board.pid)
        written: dict[int, float] = {}
        for seq in range(1, round(asked.rate * asked.seconds) + 1):
            due = before + seq / asked.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            write(seq)
            written[seq] = time.perf_counter()
        share = (_cpu_s(board.pid) - cpu) / (time.perf_counter() - before)
        time.sleep(2.0)
        grown = _memory_mib(board.pid) - memory
        board.send_signal(signal.SIGTERM)
        board.wait()
        store.close()
    late = np.array([(c.seen[s] - at) * 1e3 for c in clients for s, at in written.items()
                     if s in c.seen])  # fmt: skip
    told = {
        "clients": asked.clients,
        "events": len(written),
        "missed": asked.clients * len(written) - len(late),
        "latency_ms": {
            "p50": round(float(np.percentile(late, 50)), 1),
            "p95": round(float(np.percentile(late, 95)), 1),
            "max": round(float(late.max()), 1),
        },
        "cpu_share": round(share, 4),
        "cpu_share_without_events": round(quiet, 4),
        "memory_mib": round(memory, 1),
        "memory_grown_mib": round(grown, 2),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
