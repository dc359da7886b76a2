"""What differs from cycle to cycle: a setting for every axis, and the levels that name such sets.

Every axis draws its value uniformly from its setting, in a stream of its own, keyed by seed, cycle
and the axis's name: setting or adding one axis never changes what another draws, and a harsher
setting keeps the same directions. Nothing here draws an outcome.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct

from ontakt.contract.config import ConfigFile
from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.contract.units import UNITS
from ontakt.station.axes import AXES, Axis, Setting

__all__ = ["AXES", "Axis", "Setting", "Variation", "parse_variation", "read_levels", "stream"]


class Variation(Struct, frozen=True):
    """All axes, each with its setting, and the name of the level that they came from."""

    settings: Mapping[str, Setting]
    level: str

    def draw(self, seed: int, cycle: int) -> dict[str, float]:
        """What holds in `cycle`: every axis's value under its name and its components under
        `AXIS.COMPONENT`, in SI units. A pure function of its arguments."""
        drawn: dict[str, float] = {}
        for name, axis in AXES.items():
            rng = stream(seed, cycle, name)
            setting = self.settings[name]
            share = rng.random()
            if axis.dimension == "count":
                value = setting.low + math.floor(share * (setting.high - setting.low + 1.0))
            else:
                value = setting.low + share * (setting.high - setting.low)
            value = min(value, setting.high)
            drawn[name] = value
            for component, part in axis.components(value, rng).items():
                drawn[f"{name}.{component}"] = float(part)
        return drawn

    def describe(self) -> dict[str, str]:
        """For records: `level`, and per axis the text that `parse_variation` reads back."""
        texts = {"level": self.level}
        for name, setting in self.settings.items():
            low, high = AXES[name].text(setting.low), AXES[name].text(setting.high)
            texts[name] = low if setting.low == setting.high else f"{low}..{high}"
        return texts


def stream(seed: int, cycle: int, purpose: str) -> np.random.Generator:
    """The chance of one purpose in one cycle, independent of every other purpose's."""
    key = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence((seed, cycle, key)))


def parse_variation(words: Iterable[str], levels: Mapping[str, Variation]) -> Variation:
    """The variation that `words` ask for: names of levels, `AXIS=VALUE` and `AXIS=LOW..HIGH`;
    later words override. Starts from the level `nominal`, and from each axis's default without
    one. Raises UnknownName for a level or an axis, BadValue for a value."""
    base = levels.get("nominal") or Variation({n: a.default for n, a in AXES.items()}, "nominal")
    settings, level, changed = dict(base.settings), base.level, list[str]()
    for word in words:
        name, equals, text = (part.strip() for part in word.partition("="))
        if not equals:
            if name not in levels:
                known = [*levels, *(f"{axis}=VALUE" for axis in AXES)]
                raise UnknownName("variation", name, known)
            settings, level, changed = dict(levels[name].settings), name, []
        elif name not in AXES:
            raise UnknownName("variation axis", name, AXES)
        else:
            settings[name] = AXES[name].parse(text)
            changed.append(name)
    if changed:
        level += f" with {', '.join(dict.fromkeys(changed))} changed"
    return Variation(settings, level)


def read_levels(file: ConfigFile) -> dict[str, Variation]:
    """The levels of a station file: every table `[variation.NAME]` with `AXIS = [LOW, HIGH]`; an
    axis that a level leaves out has its default. Raises SetupError naming file, line and key."""
    kind = msgspec.defstruct(
        "Level",
        [(name, _hint(axis), (axis.default.low, axis.default.high)) for name, axis in AXES.items()],
    )
    levels = {}
    for level, table in file.tables.get("variation", {}).items():
        file.tables.setdefault(f"variation.{level}", table)  # sections go by their whole name
        section = file.section(f"variation.{level}", kind)
        try:
            settings = {name: axis.setting(*getattr(section, name)) for name, axis in AXES.items()}
        except BadValue as error:
            raise SetupError(f"{file.path}: [variation.{level}] {error}") from error
        levels[level] = Variation(settings, level)
    return levels


def _hint(axis: Axis) -> Any:
    """The field type by which a station file's range of this axis is read."""
    if axis.dimension not in UNITS:
        return tuple[float, float]
    quantity_type = Annotated[float, Meta(extra={"dimension": axis.dimension})]
    return tuple[quantity_type, quantity_type]
