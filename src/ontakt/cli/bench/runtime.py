"""`ontakt bench runtime`: how late control ticks are, what the server and the strategies take."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from tyro.conf import arg

from ontakt.cli.bench.runtime_table import print_costs, print_jitter, print_round_trips
from ontakt.contract import BadValue, MissingExtra

Part = Literal["jitter", "round-trip", "strategies"]
PARTS: tuple[Part, ...] = ("jitter", "round-trip", "strategies")
Tell = Callable[[str, int, int], object]


@dataclass(frozen=True)
class RuntimeBenchCommand:
    """Measure the runtime on this machine: how punctual control ticks are while a policy thinks,
    what a question to the policy server takes, and what each strategy costs.

    The jitter runs three loops in turn, in blocks of ten seconds: ours, with the policy in a
    process of its own; a plain one with time.sleep and the policy in a thread; and ours with the
    policy in a thread. The policy is busy for --think ms with every answer, without a pause.

    Examples:

      ontakt bench runtime
      ontakt bench runtime --only jitter --seconds 300
      ontakt bench runtime --only strategies --json
    """

    seconds: Annotated[float, arg(metavar="S")] = 30.0
    """Of each loop of the jitter."""
    think: Annotated[float, arg(metavar="MS")] = 80.0
    """How long the policy is busy with an answer."""
    questions: Annotated[int, arg(metavar="N")] = 200
    """To the server, for each size of image."""
    ticks: Annotated[int, arg(metavar="N")] = 3000
    """Control ticks of one run of a strategy; the fastest of five runs counts."""
    real_time: bool = False
    """Let our loop run once more with a real-time priority, which needs the right to it."""
    only: Annotated[Part | None, arg(metavar="{jitter,round-trip,strategies}")] = None
    """Measure only this; all three when left out."""
    json: bool = False
    """Print one JSON object: "jitter", "round_trip" and "strategies", as they were measured."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Measure and print. Returns 0."""
        for flag, value, least, most in (
            ("--seconds", self.seconds, 0.5, 86400.0),
            ("--think", self.think, 1.0, 5000.0),
            ("--questions", self.questions, 1, 1_000_000),
            ("--ticks", self.ticks, 30, 10_000_000),
        ):
            if not least <= value <= most:
                raise BadValue(flag, value, f"it lies between {least:g} and {most:.0f}")
        if self.real_time and self.only not in (None, "jitter"):
            raise BadValue("--only", self.only, "--real-time belongs to the jitter")
        wanted = PARTS if self.only is None else (self.only,)
        try:
            with _Progress() as tell:
                found = {part: self._measure(part, tell) for part in wanted}
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("ontakt"):
                raise
            raise MissingExtra("ontakt bench runtime", "serve") from error
        if self.json:
            told = {part.replace("-", "_"): as_builtins(each) for part, each in found.items()}
            print(msgspec.json.encode(told).decode())
            return 0
        for part, each in found.items():
            _PRINT[part](each)
        return 0

    def _measure(self, part: Part, tell: Tell) -> Any:
        if part == "jitter":
            from ontakt.runtime.bench.jitter import jitter

            return jitter(self.seconds, self.think / 1e3, tell, real_time=self.real_time)
        if part == "round-trip":
            from ontakt.runtime.bench.round_trip import round_trips

            return round_trips(self.questions, tell)
        from ontakt.runtime.bench.costs import costs

        return costs(self.ticks, tell)


_PRINT: Mapping[Part, Callable[[Any], None]] = {
    "jitter": print_jitter,
    "round-trip": print_round_trips,
    "strategies": print_costs,
}


def as_builtins(found: object) -> Any:
    """What `--json` prints of one part: the figures, and the ratio that follows from them."""
    told = msgspec.to_builtins(found)
    if hasattr(found, "ratio"):
        told["plain_over_ours"] = found.ratio
    return told


class _Progress:
    """What is being done: a live line on a terminal's stderr, elsewhere a line a part."""

    def __enter__(self) -> Tell:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._status = self._console.status("starting")
        self._told: set[str] = set()
        if self._console.is_terminal:
            self._status.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._console.is_terminal:
            self._status.update(f"{what}, {done} of {total}")
        elif what not in self._told:
            self._told.add(what)
            print(what, file=sys.stderr, flush=True)
