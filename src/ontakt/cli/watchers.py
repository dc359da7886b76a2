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


def mend(tape: Path) -> None:
    """Give the recording of the cycle that was cut, if there is one, the end that a kill took."""
    if tape.is_file():
        from ontakt.runtime.recorder import recover

        recover(tape)
