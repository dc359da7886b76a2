"""The cells of a latency study worked: each a shift in a process of its own, kept when complete."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from ontakt.cli.folder import STORE
from ontakt.cli.latency_plan import PlannedCell
from ontakt.cli.latency_progress import StudyProgress
from ontakt.cli.provenance import software
from ontakt.contract import OntaktError, SetupError
from ontakt.evidence.latency_study import CellRun
from ontakt.evidence.store import open_store

_SHIFT = """
import os, sys, threading

def outlive_nobody():
    os.read(0, 1)  # ends with the study that holds the other end, however that ended
    os._exit(1)

threading.Thread(target=outlive_nobody, daemon=True).start()
from ontakt.cli.main import main
main()
"""
_PROGRAM = (sys.executable, "-c", _SHIFT, "shift")
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
_WORKED = (0, 3)
"""Exit codes of a shift that has a record: it ended, or it halted."""


class CellFailed(OntaktError):
    """A cell's process ended without a shift; the cells that are complete are kept."""


def read_cell(folder: Path, cell: PlannedCell) -> CellRun | None:
    """The cell as it lies in the study's `folder`; None where it was not worked to its end. Raises
    SetupError when what lies there is another shift."""
    store = folder / cell.folder / STORE
    if not store.is_file():
        return None
    with open_store(store) as opened:
        records = list(opened.records(opened.find().shift))
    run = CellRun.from_records(cell.folder, records, cell.nominal_ms)
    if run.shift.started.command != cell.options.command():
        raise SetupError(f"{store.parent} holds another shift; choose another --out.")
    return None if run.shift.cut else run


def complete_cells(folder: Path, cells: Sequence[PlannedCell]) -> dict[str, CellRun]:
    """The cells that need not be worked again. Raises SetupError when they were worked with other
    software than the rest would be: cells are compared with one another."""
    found = {}
    for cell in cells:
        run = read_cell(folder, cell)
        if run is None:
            continue
        if run.shift.started.software != software():
            raise SetupError(
                f"{folder / cell.folder} was worked with other software than this; choose another "
                "--out, so that all cells can be compared."
            )
        found[cell.folder] = run
    return found


def work_cells(
    folder: Path, cells: Sequence[PlannedCell], jobs: int, progress: StudyProgress
) -> dict[str, CellRun]:
    """Work `cells`, `jobs` at a time; a measured latency by itself. Raises CellFailed for a cell
    that cannot be worked, after those under way have ended."""
    for torn in (folder / "cells").glob(".*.partial"):
        shutil.rmtree(torn, ignore_errors=True)
    found: dict[str, CellRun] = {}
    beside = [cell for cell in cells if not cell.alone]
    for batch, width in ((beside, jobs), ([c for c in cells if c.alone], 1)):
        found |= _batch(folder, batch, width, progress)
    return found


def _batch(
    folder: Path, cells: Sequence[PlannedCell], jobs: int, progress: StudyProgress
) -> dict[str, CellRun]:
    found: dict[str, CellRun] = {}
    under_way: dict[Future[CellRun], PlannedCell] = {}
    processes: dict[str, subprocess.Popen[str]] = {}
    left, failure = list(cells), None
    with ThreadPoolExecutor(jobs) as pool:
        try:
            while left or under_way:
                while left and len(under_way) < jobs:
                    cell = left.pop(0)
                    progress.begins(cell)
                    under_way[pool.submit(_work, folder, cell, processes)] = cell
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    cell = under_way.pop(done)
                    error = done.exception()
                    if error is not None:
                        failure, left = failure or error, []
                        continue
                    found[cell.folder] = done.result()
                    progress.ended(cell, done.result())
        except BaseException:  # Ctrl-C: nothing goes on behind the user's back
            for process in list(processes.values()):
                process.kill()
            raise
    if failure is not None:
        raise failure
    return found


def _work(folder: Path, cell: PlannedCell, processes: dict[str, subprocess.Popen[str]]) -> CellRun:
    final = folder / cell.folder
    partial = final.with_name(f".{final.name}.{os.getpid()}.partial")
    words = (*cell.options.command()[2:], "--out", str(partial), "--json")
    process = subprocess.Popen(
        (*_PROGRAM, *words),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **({} if cell.alone else _ONE_THREAD)},
    )
    processes[cell.folder] = process
    with process:
        assert process.stderr is not None  # it is a pipe
        said = process.stderr.read().strip().splitlines()
        process.wait()
    del processes[cell.folder]
    if process.returncode not in _WORKED:
        why = said[-1] if said else f"exit code {process.returncode}"
        raise CellFailed(f"{cell.folder}: {why.removeprefix('ontakt: ')}")
    if final.exists():  # a shift that was cut: it is worked anew
        shutil.rmtree(final)
    partial.rename(final)
    run = read_cell(folder, cell)
    if run is None:
        raise CellFailed(f"{cell.folder}: the shift was stopped")
    return run
