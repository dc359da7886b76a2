"""How long an inference takes, as a model: this machine's own time, a constant, a normal
distribution, or a trace.

An inference that starts on tick k delivers on tick k + ceil(delay * hz).
"""

import math
import re
from pathlib import Path
from typing import Protocol

import numpy as np
from msgspec import Struct

from ontakt.contract import BadValue
from ontakt.contract.units import quantity

_ALLOWED = (
    "write measured, fixed:MS, normal:MS,SD or trace:FILE with one number of milliseconds a line"
)


class Latency(Protocol):
    """Seconds from the start of an inference to its answer."""

    @property
    def text(self) -> str:
        """What `parse_latency` read, for the record."""
        ...

    def delay(self, measured_s: float, index: int) -> float:
        """Delay [s] of the inference number `index` (0, 1, ...) that took `measured_s` here."""
        ...


class Fixed(Struct, frozen=True):
    """Every inference takes `seconds`: deterministic, the default in simulation."""

    seconds: float
    text: str

    def delay(self, measured_s: float, index: int) -> float:  # noqa: ARG002
        """The constant."""
        return self.seconds


class Measured(Struct, frozen=True):
    """Every inference takes what it took on this machine; runs are not repeatable."""

    text: str = "measured"

    def delay(self, measured_s: float, index: int) -> float:  # noqa: ARG002
        """The measured time."""
        return measured_s


class Normal(Struct, frozen=True):
    """Delays from a normal distribution, never below 0: inference `index` has the same one in every
    run of a seed."""

    mean_s: float
    deviation_s: float
    seed: int
    text: str

    def delay(self, measured_s: float, index: int) -> float:  # noqa: ARG002
        """The draw of this index."""
        chance = np.random.default_rng(np.random.SeedSequence((self.seed, index)))
        return max(0.0, float(chance.normal(self.mean_s, self.deviation_s)))


class Trace(Struct, frozen=True):
    """Inferences take what a recording says, over and over: deterministic and realistic."""

    seconds: tuple[float, ...]
    text: str

    def delay(self, measured_s: float, index: int) -> float:  # noqa: ARG002
        """The recorded delay of this index, from the start again after the last one."""
        return self.seconds[index % len(self.seconds)]


def parse_latency(text: str, seed: int = 0) -> Latency:
    """The latency model that `text` names: `measured`, `fixed:80`, `normal:80,15` or `trace:FILE`.

    A number without a unit is milliseconds. A trace holds milliseconds, separated by lines or
    commas; `#` begins a comment. All chance of a model comes from `seed`.
    Raises BadValue for anything else, for a negative delay and for an unreadable or empty trace.
    """
    kind, _, value = text.partition(":")
    if kind == "measured" and not value:
        return Measured()
    if kind == "fixed" and value:
        return Fixed(_seconds(value, text), text)
    if kind == "normal" and value.count(",") == 1:
        mean, deviation = (_seconds(part, text) for part in value.split(","))
        return Normal(mean, deviation, seed, text)
    if kind == "trace" and value:
        return Trace(_trace(Path(value)), text)
    raise BadValue("latency", text, _ALLOWED)


def find_latency(text: str) -> str:
    """`text`, the path of a trace in it made absolute, so that a shift can be resumed anywhere."""
    kind, _, value = text.partition(":")
    return f"trace:{Path(value).absolute()}" if kind == "trace" and value else text


def _seconds(value: str, text: str) -> float:
    """`value` in seconds: a time with its unit, or milliseconds. Raises BadValue."""
    try:
        seconds = float(value) / 1000
    except ValueError:
        seconds = quantity(value, "time", "latency")
    if not (math.isfinite(seconds) and seconds >= 0):
        raise BadValue("latency", text, "a time of 0 or more: answers follow their questions")
    return seconds


def _trace(path: Path) -> tuple[float, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue("latency trace", str(path), f"it cannot be read ({error})") from error
    seconds: list[float] = []
    for number, line in enumerate(lines, start=1):
        for word in re.split(r"[\s,;]+", line.partition("#")[0].strip()):
            if not word:
                continue
            try:
                ms = float(word)
            except ValueError:
                ms = math.nan
            if not (math.isfinite(ms) and ms >= 0):
                raise BadValue(f"{path}:{number}", word, "a trace holds milliseconds, 0 or more")
            seconds.append(ms / 1000)
    if not seconds:
        raise BadValue("latency trace", str(path), "it holds no number; give milliseconds")
    return tuple(seconds)
