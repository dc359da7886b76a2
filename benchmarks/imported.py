"""A log of a million cycles: imported, read back and reported, in seconds and memory.

Each step runs in a process of its own, so that its memory is its own; seconds are of wall and of
processor. The log runs day and night without a break and is one shift, or several with SHIFTS.

Run: python -m benchmarks.imported [CYCLES] [SHIFTS]
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

TAKT_S = 20.0
START = datetime(2025, 1, 6, 6, tzinfo=UTC).timestamp()
BREAK_S = 3 * 3600
LIMITS = {"import": (20.0, 2.0), "report": (20.0, 2.0)}
"""Step to the seconds and GiB that it may take."""


def write_log(path: Path, count: int, shifts: int) -> None:
    """Some of everything that a cell writes down: results by side, beliefs, step-ins, stops,
    failure modes and an axis of variation."""
    chance = np.random.default_rng(7)
    bad = chance.random((count, 2)) < 0.01
    knew = chance.random(count) < 0.9
    stopped = chance.random(count) < 0.01
    seconds = np.round(chance.normal(16.0, 1.0, count).clip(11.0, 19.9), 2)
    stop = np.where(stopped, np.round(chance.gamma(3.0, 20.0, count), 1), 0.0)
    number = np.arange(count) * shifts // count
    starts = START + number * BREAK_S
    starts[1:] += np.cumsum(np.maximum(TAKT_S, seconds + stop))[:-1]
    who = np.where(chance.random(count) < 0.7, "robot", "upstream")
    mode = chance.choice(["jam", "drop", "no_grasp"], count)
    level = chance.choice(["0.0003", "0.0005", "0.0008"], count)
    words = np.array(["false", "true"])
    columns = (
        np.arange(count).astype(str).tolist(),
        np.datetime_as_string((starts * 1000).round().astype("datetime64[ms]"), timezone="UTC"),
        seconds.tolist(),
        *(words[(~bad[:, side]).astype(int)].tolist() for side in (0, 1)),
        *(words[(~(bad[:, side] & knew)).astype(int)].tolist() for side in (0, 1)),
        (stopped & (who == "robot")).astype(int).tolist(),
        stop.tolist(),
        np.where(stopped, who, "").tolist(),
        np.where(bad.any(axis=1), mode, "").tolist(),
        level.tolist(),
    )
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "cycle,start,cycle_s,left_ok,right_ok,left_believed_ok,right_believed_ok,step_ins,"
            "stop_s,stop_by,failure,variation.tolerance\n"
        )
        file.writelines(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def run_import(folder: Path) -> dict[str, object]:
    from ontakt.evidence.imported import Terms, import_log

    imported = import_log(folder / "log.csv", folder / "cell", Terms(takt_s=TAKT_S))
    return {"rows": imported.rows, "bytes": (folder / "cell" / "cycles.csv").stat().st_size}


def run_report(folder: Path) -> dict[str, object]:
    from ontakt.evidence.imported import CYCLES, read_import, read_manifest
    from ontakt.evidence.report import RawFile, write_page

    begin = time.perf_counter()
    shifts, manifest = read_import(folder / "cell"), read_manifest(folder / "cell")
    reading = time.perf_counter() - begin
    memory = _memory()
    raw = RawFile(CYCLES, manifest.rows, manifest.cycles_sha256, "cycles")
    page = write_page(shifts, raw, folder / "cell" / "report.html")
    return {"reading_s": reading, "reading_gib": memory, "bytes": page.stat().st_size}


STEPS: dict[str, Callable[[Path], dict[str, object]]] = {
    "import": run_import,
    "report": run_report,
}


def _memory() -> float:
    """The most memory that this process has held [GiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def step(name: str, folder: Path) -> None:
    """Do one step and print what it took."""
    begin, processor = time.perf_counter(), time.process_time()
    told = STEPS[name](folder)
    told |= {
        "seconds": time.perf_counter() - begin,
        "processor": time.process_time() - processor,
        "gib": _memory(),
    }
    print(json.dumps(told))


def main(count: int, shifts: int) -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as place:
        folder = Path(place)
        write_log(folder / "log.csv", count, shifts)
        size = (folder / "log.csv").stat().st_size / 2**20
        print(f"log: {count:,} cycles in {shifts} shifts, {size:.0f} MiB")
        for name, (most_s, most_gib) in LIMITS.items():
            command = [sys.executable, "-m", "benchmarks.imported", name, place]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout)
            print(
                f"{name:7} {told['seconds']:6.1f} s ({told['seconds'] / most_s:4.2f} of the limit; "
                f"processor {told['processor']:5.1f} s), {told['gib']:5.2f} GiB "
                f"({told['gib'] / most_gib:4.2f} of the limit), {told['bytes'] / 2**20:.1f} MiB"
            )
            if "reading_s" in told:
                print(
                    f"        of it read_import {told['reading_s']:5.1f} s, "
                    f"{told['reading_gib']:5.2f} GiB"
                )


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in STEPS:
        step(sys.argv[1], Path(sys.argv[2]))
    else:
        numbers = [int(word) for word in sys.argv[1:]]
        main(*(numbers + [1_000_000, 1][len(numbers) :]))
