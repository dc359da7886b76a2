"""What a latency study is made of: its words taken apart, checked, and named cell by cell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from ontakt.cli.fleet.claim import claimed
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.options import ShiftOptions
from ontakt.cli.provenance import digest
from ontakt.cli.shift_run import ShiftRun
from ontakt.contract import BadValue, SetupError
from ontakt.evidence.latency_study import Refused
from ontakt.runtime.latency import Fixed, parse_latency
from ontakt.runtime.strategies import parse_strategy

STUDIES = Path("studies")


@dataclass(frozen=True)
class PlannedCell:
    """One shift of a study."""

    options: ShiftOptions
    folder: str
    """Relative to the study's."""
    nominal_ms: float | None
    """The latency of a model that has but one."""

    policy_hash: str
    """The policy that the study is about."""

    @property
    def order(self) -> ShiftOrder:
        """The shift to work; a latency that is measured bears nothing beside it."""
        alone = self.options.latency == "measured"
        return ShiftOrder(self.folder, self.options, alone, self.policy_hash)


@dataclass(frozen=True)
class LatencyPlan:
    """The cells to work, and the strategies that do not apply."""

    cells: tuple[PlannedCell, ...]
    refused: tuple[Refused, ...]

    @classmethod
    def new(
        cls, options: ShiftOptions, strategies: Sequence[str], latencies: Sequence[str]
    ) -> Self:
        """`options` with each of `strategies` at each of `latencies`, as they were typed. Raises
        SetupError for whatever cannot be worked, and when no strategy applies."""
        names = _once("--strategy", split_strategies(strategies))
        models = _once("--latency", split_latencies(latencies))
        makers = {name: parse_strategy(name) for name in names}
        parsed = {text: parse_latency(text, options.seed) for text in models}
        run = ShiftRun.new(replace(options, strategy="sync", latency=models[0]), None)
        run.station.close()
        refused = []
        for name, make in makers.items():
            try:
                make(run.policy.spec)
            except SetupError as error:
                refused.append(Refused(name, " ".join(str(error).split())))
        out = {one.strategy for one in refused}
        cells = [
            PlannedCell(
                options=replace(run.options, strategy=name, latency=text),
                folder=f"cells/{_slug(name)}-{_latency_slug(text)}",
                nominal_ms=1000.0 * model.seconds if isinstance(model, Fixed) else None,
                policy_hash=run.origin.policy_hash,
            )
            for name in names
            for text, model in parsed.items()
            if name not in out
        ]
        if not cells:
            reasons = " ".join(one.reason for one in refused)
            raise SetupError(f"No strategy applies to policy {options.policy!r}. {reasons}")
        _once("--strategy and --latency", [cell.folder for cell in cells])
        return cls(tuple(cells), tuple(refused))

    @property
    def parts(self) -> ShiftOptions:
        """What all cells share: the parts and their chances."""
        return replace(self.cells[0].options, strategy="", latency="")

    def folder(self) -> Path:
        """Where the study goes when nobody says where: the same study, the same folder."""
        parts = self.parts
        name = Path(parts.station).stem
        return STUDIES / f"latency-{name}-{parts.seed}-{digest(parts.command())[:8]}"


def claim(folder: Path, plan: LatencyPlan) -> AbstractContextManager[Path]:
    """`folder` as this study's while the block lasts. Raises SetupError as `claimed`."""
    return claimed(folder, {"parts": plan.parts.command()}, "study", _told)


def _told(plan: Mapping[str, Any]) -> str:
    return " ".join(map(str, plan["parts"][2:]))


def split_strategies(words: Sequence[str]) -> list[str]:
    """`sync,async lerp` as `sync`, `async`, `lerp`."""
    return [part.strip() for word in words for part in word.split(",")]


def split_latencies(words: Sequence[str]) -> list[str]:
    """`0,80 normal:80,15` as `fixed:0`, `fixed:80`, `normal:80,15`: a word with a colon names one
    model, commas and all; a number is milliseconds."""
    models = []
    for word in words:
        for part in [word] if ":" in word else word.split(","):
            text = part.strip()
            models.append(text if ":" in text or text == "measured" else f"fixed:{text}")
    return models


def _once(what: str, items: Iterable[str]) -> list[str]:
    """`items`, none of which may stand there twice. Raises BadValue."""
    found: list[str] = []
    for item in items:
        if item in found:
            raise BadValue(what, item, "each stands there once")
        found.append(item)
    if not found:
        raise SetupError(f"{what} names nothing; a study has at least one.")
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.")


def _latency_slug(text: str) -> str:
    """`fixed:80` and `fixed:80ms` are one folder, `80ms`."""
    kind, _, value = text.partition(":")
    if kind != "fixed":
        return _slug(text)
    return _slug(value if value.endswith("s") else f"{value}ms")
