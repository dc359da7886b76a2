"""Processes below a process, as Linux tells them."""

import os
import time
from collections.abc import Iterable
from pathlib import Path


def children(parent: int) -> list[int]:
    """The processes that `parent` has started and those that they have."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(after_name[1]) == parent and after_name[0] != "Z":
            pid = int(stat.parent.name)
            found += [pid, *children(pid)]
    return found


def gone(pid: int) -> bool:
    """True when it has ended, whoever has still to take note of it."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def all_gone(pids: Iterable[int], seconds: float) -> bool:
    """True when all have ended within `seconds`."""
    end = time.monotonic() + seconds
    while not all(map(gone, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
