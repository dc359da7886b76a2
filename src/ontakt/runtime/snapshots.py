"""Pictures and last seconds, as files beneath a shift's folder."""

import re
from pathlib import Path

from ontakt.contract import HaltError, Side, Station
from ontakt.runtime.black_box import BlackBox

_PICTURE = (640, 360)
"""Width and height [px] of a picture beside the record."""


class Snapshots:
    """Writes beneath `folder`; nothing without one."""

    def __init__(self, station: Station, black_box: BlackBox, folder: Path | None) -> None:
        self._station, self._black_box, self._folder = station, black_box, folder

    def picture(self, cycle: int, what: str, side: Side | None = None) -> str | None:
        """As `Cell.picture`: a JPEG of the side's own view for people, or of the best one. Raises
        HaltError where it cannot be written."""
        views = self._station.spec.views
        if self._folder is None or not views:
            return None
        from PIL import Image

        path = self._folder / "pictures" / f"{_file_name(cycle, what)}.jpg"
        close = f"{side}_close"
        seen = self._station.picture(close if close in views else views[0], *_PICTURE)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(seen).save(path, quality=88)
        except OSError as error:
            raise HaltError(f"{path}: the picture cannot be written ({error}).") from error
        return path.relative_to(self._folder).as_posix()

    def black_box(self, cycle: int, reason: str, tick: int) -> str | None:
        """As `Cell.keep_black_box`. The tick is in the name: a side may fail twice in a cycle."""
        if self._folder is None:
            return None
        path = self._folder / "black_box" / f"{_file_name(cycle, reason)}-tick-{tick}.npz"
        return self._black_box.keep(path).relative_to(self._folder).as_posix()


def _file_name(cycle: int, what: str) -> str:
    """`cycle-00012-drop-left`: sorts by cycle and is a file name everywhere."""
    return f"cycle-{cycle:05d}-{re.sub(r'[^a-z0-9]+', '-', what.lower()).strip('-') or 'x'}"
