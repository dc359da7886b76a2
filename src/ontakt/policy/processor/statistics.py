"""Mean and deviation of a robot type's actions: what the model's numbers mean.

They live in a checkpoint's `preprocessor_config.json` under `action_config`, one entry for every
robot type, each number of shape (T, D): the horizon of a robot type is that T.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.contract.spaces import Array

Float32 = NDArray[np.float32]

ACTIVE = 1e-5
"""A dimension whose deviation is not above this carries nothing for the robot type: the released
model masks it (XR-0's released processor)."""
RELEASED_EPSILON = 0.0
TRAINED_EPSILON = 1e-6
"""Added to the deviation by XR-0's post-training code, in both directions."""


class Statistics(Struct, frozen=True, kw_only=True, eq=False):
    """How the actions of one robot type are normalised: (a - mean) / (std + epsilon).

    `read` checks what comes from a file; `Statistics.of` checks what comes from a program.
    """

    robot_type: str
    mean: Float32
    """Shape (T, D), in the units of the embodiment's action layout."""
    std: Float32
    """Shape (T, D), likewise."""
    mask: Float32
    """Shape (T, D): 1 where a dimension is active, 0 elsewhere."""
    epsilon: float = RELEASED_EPSILON

    @classmethod
    def of(
        cls,
        robot_type: str,
        mean: Any,
        std: Any,
        *,
        epsilon: float = TRAINED_EPSILON,
        active: Any = None,
        place: str = "statistics",
    ) -> "Statistics":
        """Checked statistics; arrays are copied and read-only.

        `active` (D,) of 0 and 1 replaces the rule std > 1e-5. Raises BadValue that names `place`
        and the robot type for shapes that differ or are not (T, D), for NaN, infinity or a
        negative deviation, and for another epsilon than 0 or 1e-6.
        """
        where = f"{place}: robot type {robot_type!r}"
        values = {"mean": _array(mean, f"{where}: mean"), "std": _array(std, f"{where}: std")}
        if values["mean"].shape != values["std"].shape:
            raise BadValue(
                f"{where}: shape of std", values["std"].shape, f"mean has {values['mean'].shape}"
            )
        if (values["std"] < 0).any():
            row, column = np.argwhere(values["std"] < 0)[0].tolist()
            negative = float(values["std"][row, column])
            raise BadValue(f"{where}: std[{row}][{column}]", negative, "it must not be negative")
        if epsilon not in (RELEASED_EPSILON, TRAINED_EPSILON):
            raise BadValue(
                f"{where}: epsilon",
                epsilon,
                f"it is {RELEASED_EPSILON} (released) or {TRAINED_EPSILON} (post-training)",
            )
        mask = (values["std"] > ACTIVE).astype(np.float32)
        if active is not None:
            chosen = _flags(active, f"{where}: active", mask.shape[1])
            mask = np.repeat(chosen[None], len(mask), axis=0)
        for array in (*values.values(), mask):
            array.setflags(write=False)
        return cls(robot_type=robot_type, mask=mask, epsilon=epsilon, **values)

    @classmethod
    def read(
        cls,
        config: Mapping[str, Any],
        robot_type: str | None,
        *,
        width: int | None = None,
        place: str = "preprocessor_config.json",
    ) -> "Statistics":
        """The statistics of `robot_type` from a checkpoint's preprocessor configuration.

        Raises SetupError without a robot type and UnknownName for one that is not there, both
        listing those that are; BadValue as `of`, and where D is not `width`.
        """
        known = robot_types(config, place)
        if robot_type is None:
            raise SetupError(
                f"{place}: a robot type must be named; available: {', '.join(sorted(known))}."
            )
        if robot_type not in known:
            raise UnknownName("robot type", robot_type, known)
        entry = known[robot_type]
        for key in ("mean", "std"):
            if not isinstance(entry, Mapping) or key not in entry:
                raise SetupError(f"{place}: robot type {robot_type!r} has no {key!r}.")
        found = cls.of(
            robot_type,
            entry["mean"],
            entry["std"],
            epsilon=entry.get("epsilon", RELEASED_EPSILON),
            active=entry.get("active"),
            place=place,
        )
        if width is not None and found.width != width:
            raise BadValue(
                f"{place}: width of robot type {robot_type!r}", found.width, f"it must be {width}"
            )
        return found

    @property
    def horizon(self) -> int:
        """Rows: the control steps of a chunk."""
        return int(self.mean.shape[0])

    @property
    def width(self) -> int:
        """Columns: the numbers of one action, active or not."""
        return int(self.mean.shape[1])

    def encode(self, actions: Array) -> Float32:
        """Normalised `actions` (P, D), which are the first P steps of a chunk; 0 where a
        dimension is not active."""
        rows = len(actions)
        scale = self.std[:rows].astype(np.float64) + self.epsilon
        mask = self.mask[:rows] > 0
        # Only a released mask guarantees a deviation above zero; elsewhere nothing is divided.
        scale = np.where(mask & (scale > 0), scale, 1.0)
        return np.where(mask, (actions - self.mean[:rows]) / scale, 0.0).astype(np.float32)

    def decode(self, actions: Any) -> Array:
        """Actions (T, D) in their own units from the model's normalised ones. Inactive dimensions
        are whatever the mean is: nobody reads them."""
        rows = len(actions)
        scale = self.std[:rows].astype(np.float64) + self.epsilon
        return np.asarray(np.asarray(actions, dtype=np.float64) * scale + self.mean[:rows])

    def entry(self) -> dict[str, Any]:
        """What `read` takes under `action_config`, as JSON values."""
        entry: dict[str, Any] = {
            "mean": self.mean.tolist(),
            "std": self.std.tolist(),
            "epsilon": self.epsilon,
        }
        if not np.array_equal(self.mask, self.std > ACTIVE):
            entry["active"] = self.mask[0].tolist()
        return entry


def robot_types(
    config: Mapping[str, Any], place: str = "preprocessor_config.json"
) -> dict[str, Any]:
    """Every robot type of a preprocessor configuration with its entry. Raises SetupError where
    there is none."""
    known = config.get("action_config")
    if not isinstance(known, Mapping) or not known:
        raise SetupError(f"{place}: 'action_config' with statistics of a robot type is missing.")
    return dict(known)


def _array(values: Any, what: str) -> Float32:
    try:
        with np.errstate(over="ignore"):  # what overflows is refused as infinite below
            array = np.array(values, dtype=np.float32)
    except (OverflowError, TypeError, ValueError) as error:
        raise BadValue(
            what, type(values).__name__, f"it must be a table of numbers ({error})"
        ) from error
    if array.ndim != 2 or 0 in array.shape:
        raise BadValue(f"{what}: shape", array.shape, "it must be (horizon, width)")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0].tolist()
        raise BadValue(f"{what}[{row}][{column}]", float(array[row, column]), "it must be finite")
    return array


def _flags(values: Any, what: str, width: int) -> Float32:
    try:
        flags = np.array(values, dtype=np.float32)
    except (TypeError, ValueError):
        flags = np.empty(0, dtype=np.float32)
    if flags.shape != (width,) or not np.isin(flags, (0.0, 1.0)).all():
        raise BadValue(what, values, f"it must be {width} numbers, each 0 or 1")
    return flags
