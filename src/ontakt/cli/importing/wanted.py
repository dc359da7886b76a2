"""From the options of `ontakt import` to the terms of an import."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from ontakt.contract import BadValue, SetupError
from ontakt.contract.units import quantity
from ontakt.evidence.imported import Terms


class Wanted(Protocol):
    """The options that say how a log is to be understood."""

    @property
    def map(self) -> Sequence[str]: ...
    @property
    def mapping(self) -> Path | None: ...
    @property
    def station(self) -> str | None: ...
    @property
    def robot(self) -> str | None: ...
    @property
    def policy(self) -> str | None: ...
    @property
    def takt(self) -> float | None: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def shift_gap(self) -> str: ...
    @property
    def minor_stop(self) -> str: ...
    @property
    def encoding(self) -> str | None: ...


class Mapping(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file."""

    columns: dict[str, str]


def terms_of(wanted: Wanted) -> Terms:
    """The terms that `wanted` names. Raises SetupError for what makes none."""
    takt = wanted.takt
    if takt is not None and not (math.isfinite(takt) and 0.001 <= takt <= 1e6):
        raise BadValue("--takt", takt, "takt is from 0.001 to a million seconds")
    columns = {} if wanted.mapping is None else _mapping(wanted.mapping)
    for pair in wanted.map:
        ours, separator, theirs = pair.partition("=")
        if not (separator and ours.strip() and theirs.strip()):
            raise BadValue("--map", pair, "it is as cycle_s=Dauer or cycle_s=Dauer:ms")
        if ours.strip() in columns and wanted.mapping is None:
            raise BadValue("--map", pair, f"{ours.strip()!r} is mapped twice")
        columns[ours.strip()] = theirs.strip()
    return Terms(
        station=wanted.station,
        robot=wanted.robot,
        policy=wanted.policy,
        takt_s=takt,
        timezone=wanted.timezone,
        shift_gap_s=None
        if wanted.shift_gap == "none"
        else quantity(wanted.shift_gap, "time", "--shift-gap"),
        minor_stop_s=quantity(wanted.minor_stop, "time", "--minor-stop"),
        columns=columns,
        encoding=wanted.encoding,
    )


def _mapping(path: Path) -> dict[str, str]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Mapping).columns
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error.strerror}).") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise SetupError(f"{path}: is no mapping of columns ({error}).") from error
