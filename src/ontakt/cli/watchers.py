"""What `--record` and `--video` put beside a shift: observers that keep files open."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ontakt.contract import Clock, MissingExtra, Station
from ontakt.runtime.observers import Listener, Observer


class Watcher(Observer, Listener, Protocol):
    """An observer of ticks and events that keeps files open."""

    def close(self) -> None:
        """Finish the files."""
        ...


MakeWatcher = Callable[[Path, Station, Clock], Watcher]


def make_watchers(record: bool, video: bool) -> list[MakeWatcher]:
    """Makers of what was asked for. Raises MissingExtra."""
    makers: list[MakeWatcher] = []
    try:
        if record:
            from ontakt.runtime.recorder import Recorder

            makers.append(
                lambda folder, s, clock: Recorder(
                    folder, s.spec.action_space, clock, tuple(c.name for c in s.spec.cameras)
                )
            )
        if video:
            from ontakt.runtime.video import Film

            makers.append(lambda folder, s, clock: Film(folder, s, clock, view=s.spec.views[0]))
    except ModuleNotFoundError as error:
        raise MissingExtra("Recording" if record else "Video", "record") from error
    return makers


def mend(folder: Path, cut: int) -> None:
    """Give the recordings of the cut cycle, and of the one before, the end that a kill took.

    A cycle's start is on record before the recording of the one before is closed. A recording of
    nothing goes.
    """
    for cycle in (cut - 1, cut):
        tape = folder / "cycles" / f"{cycle:05d}.mcap"
        if not tape.is_file():
            continue
        from ontakt.runtime.recorder import recover

        if not tape.stat().st_size or not recover(tape):
            tape.unlink()
