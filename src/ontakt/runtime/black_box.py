"""The black box: the last seconds of a cell, kept around every fault."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ontakt.contract import Command, HaltError, Observation, Side, Signals
from ontakt.runtime.wanted import Wanted

_ARM_FIELDS = (
    "position", "quaternion", "opening", "grip_force", "wrist_force", "target", "target_opening",
)  # fmt: skip


class BlackBox:
    """A ring of the last `ticks` control ticks: what was measured, wanted, commanded, clipped.

    An observer; it holds references to frozen values and costs nothing until something is kept.
    Images are not held: the recorder has them.
    """

    def __init__(self, ticks: int) -> None:
        self._ring: deque[tuple[Observation, Mapping[Side, Wanted], Command, Signals]] = deque(
            maxlen=ticks
        )

    def on_tick(
        self,
        tick: int,  # noqa: ARG002
        observation: Observation,
        wanted: Mapping[Side, Wanted],
        command: Command,
        signals: Signals,
    ) -> None:
        """As `Observer.on_tick`."""
        if observation.images:
            observation = Observation(observation.tick, observation.utc_ns, observation.arms)
        self._ring.append((observation, wanted, command, signals))

    def keep(self, path: Path) -> Path:
        """Write the ring to `path`, a compressed npz that `numpy.load` opens without pickle.

        Arrays of n ticks: `tick`, `utc_ns`, `command` (n, width), `hold`, `starved`; per side
        `SIDE_position`, `SIDE_wanted` (n, 8; NaN where nothing was wanted), `SIDE_drive`, ...;
        and `trips` as text, one a tick. Raises HaltError when it cannot be written.
        """
        ring = list(self._ring)
        arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
            "tick": np.array([o.tick for o, *_ in ring], dtype=np.int64),
            "utc_ns": np.array([o.utc_ns for o, *_ in ring], dtype=np.int64),
            "command": np.array([c.target for *_, c, _ in ring], dtype=np.float64),
            "hold": np.array([c.hold for *_, c, _ in ring], dtype=np.bool_),
            "starved": np.array([s.starved for *_, s in ring], dtype=np.bool_),
            "trips": np.array([_told(s) for *_, s in ring], dtype=np.str_),
        }
        for side in ring[-1][0].arms if ring else ():
            for field in _ARM_FIELDS:
                values = [getattr(o.arms[side], field) for o, *_ in ring]
                arrays[f"{side}_{field}"] = np.array(values, dtype=np.float64)
            nothing = np.full(8, np.nan)
            rows = [w[side].target if side in w else nothing for _, w, *_ in ring]
            arrays[f"{side}_wanted"] = np.array(rows, dtype=np.float64)
            arrays[f"{side}_drive"] = np.array([s.drives[side] for *_, s in ring], dtype=np.str_)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                np.savez_compressed(file, allow_pickle=False, **arrays)
        except OSError as error:
            raise HaltError(f"{path}: the black box cannot be written ({error}).") from error
        return path


def _told(signals: Signals) -> str:
    """The guard's interventions of one tick, as text."""
    return "; ".join(
        f"{trip.side or 'all'} {trip.rule} {trip.action} {trip.value} > {trip.limit}"
        for trip in signals.trips
    )
