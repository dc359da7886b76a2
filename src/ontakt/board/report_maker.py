"""Reports on demand, in a process of their own: drawing one takes seconds and memory that a board
which runs for months must not hold.

`python -m ontakt.board.report_maker STORE SHIFT OUT` is that process.
"""

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ontakt.contract import RecordError

REPORT = "report.html"
_KEPT = 8
_FRESH_S = 60.0
"""A running shift is reported on anew after so long."""
_LONGEST_S = 120.0


class ReportMaker:
    """Reports in a folder of this process's own, never in the shift's: who looks changes nothing.
    One is made at a time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._folder: Path | None = None
        self._made: dict[str, tuple[int, float]] = {}
        """By shift: up to which event, and when."""
        self._turn = asyncio.Lock()

    async def report(self, store: Path, shift: str, seq: int, ended: bool) -> Path:
        """The page of `shift` as it stood at event `seq` or, while it runs, a minute ago at most.
        Raises RecordError where it cannot be made."""
        lying = store.parent / REPORT
        if ended and _newer(lying, store):
            return lying
        async with self._turn:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="ontakt-board-"))
            name = sha256(shift.encode()).hexdigest()[:16]
            out = self._folder / name / REPORT
            made, when = self._made.get(name, (-1, 0.0))
            recent = not ended and self._monotonic() - when < _FRESH_S
            if out.is_file() and (made == seq or recent):
                return out
            out.parent.mkdir(exist_ok=True)
            await self._make(store, shift, out)
            self._made[name] = (seq, self._monotonic())
            while len(self._made) > _KEPT:
                oldest = min(self._made, key=lambda one: self._made[one][1])
                del self._made[oldest]
                shutil.rmtree(self._folder / oldest, ignore_errors=True)
            return out

    async def _make(self, store: Path, shift: str, out: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(store), shift, str(out)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await asyncio.wait_for(process.communicate(), _LONGEST_S)
        except (TimeoutError, asyncio.CancelledError):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise RecordError(last[0] if last else "The report could not be made.")

    def close(self) -> None:
        """Take the made ones away."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _newer(report: Path, store: Path) -> bool:
    try:
        return report.stat().st_mtime_ns >= store.stat().st_mtime_ns
    except OSError:
        return False


def _write(store: Path, shift: str, out: Path) -> None:
    from ontakt.evidence.report import write_report
    from ontakt.evidence.store import open_store

    with open_store(store) as opened:
        write_report(list(opened.records(shift)), out, folder=store.parent)


if __name__ == "__main__":
    try:
        _write(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    except RecordError as error:
        sys.exit(str(error))
