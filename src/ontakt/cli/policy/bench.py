"""`ontakt policy bench`: what an inference takes, and what it would take at best."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from tyro.conf import arg

from ontakt.cli.policy.bench_table import print_bench, print_counts
from ontakt.contract import BadValue, MissingExtra

if TYPE_CHECKING:
    from ontakt.policy.bench.bench import Tell
    from ontakt.policy.bench.case import Case
    from ontakt.policy.bench.figures import Bench
    from ontakt.policy.xr0.config import Xr0Config
    from ontakt.policy.xr0.engine.engine import Acceleration

Device = Literal["cpu", "cuda"]
Number = Literal["float32", "bfloat16"]
Choice = Literal["auto", "plain", "compile", "graph", "compile+graph"]
DEFAULT = "xr0-compact"


@dataclass(frozen=True)
class BenchCommand:
    """Time one inference by stage, beside the eager model and the device's own limits.

    Weights, images and arms are random unless a checkpoint is given; times do not depend on them.
    The engine and the eager model run in turn, so that whatever disturbs the machine disturbs both.

    Examples:

      ontakt policy bench
      ontakt policy bench --config xr0 --device cuda --dtype bfloat16
      ontakt policy bench --checkpoint brains/compact --robot-type ontakt-compact --prefix 4
      ontakt policy bench --config xr0 --dtype bfloat16 --count-only --rate 989 --bandwidth 3350
    """

    config: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """xr0, xr0-compact (the default), or a folder with a config.json."""
    checkpoint: Annotated[str | None, arg(metavar="CHECKPOINT", help_behavior_hint="")] = None
    """A folder or hub id whose weights, words and views are used."""
    robot_type: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """Of the checkpoint: whose statistics and views are used."""
    device: Device = "cpu"
    """Where the model runs."""
    dtype: Annotated[Number | None, arg(metavar="{float32,bfloat16}", help_behavior_hint="")] = None
    """Of the weights; float32 on a CPU and bfloat16 on a GPU when left out."""
    views: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Images; 3 when left out."""
    image: Annotated[tuple[int, int] | None, arg(metavar="WIDTH HEIGHT", help_behavior_hint="")] = (
        None
    )
    """Of every camera [px]; 96 96 for the station's robot, 640 480 for others when left out."""
    horizon: Annotated[int | None, arg(metavar="T", help_behavior_hint="")] = None
    """Actions of a chunk; the configuration's when left out: 30 for xr0, 16 for xr0-compact."""
    prefix: Annotated[int, arg(metavar="P")] = 0
    """Committed actions that the chunk begins with."""
    steps: Annotated[int, arg(metavar="N")] = 5
    """Of the flow."""
    acceleration: Choice = "auto"
    """How the engine runs; auto is compile+graph on a GPU and plain on a CPU."""
    threads: Annotated[int | None, arg(metavar="N", help_behavior_hint="")] = None
    """Of the CPU; when left out all, for a small model all but one and two at most."""
    repeats: Annotated[int, arg(metavar="N")] = 200
    """Rounds that count, of one inference each."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Of weights, observation and noise."""
    eager: bool = True
    """Time the eager model too; with --no-eager nothing is compared."""
    count_only: bool = False
    """Run nothing: only operations and bytes, and the roofline of --rate and --bandwidth."""
    rate: Annotated[float | None, arg(metavar="TFLOP/S", help_behavior_hint="")] = None
    """The device's rate of matrix products, in place of the measured one."""
    bandwidth: Annotated[float | None, arg(metavar="GB/S", help_behavior_hint="")] = None
    """The device's bandwidth, in place of the measured one."""
    json: bool = False
    """Print one JSON object."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Measure and print."""
        self._check()
        try:
            return self._count() if self.count_only else self._measure()
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("ontakt"):
                raise
            raise MissingExtra("ontakt policy bench", "policy") from error

    def _check(self) -> None:
        of_checkpoint = "it comes with the checkpoint"
        for flag, value in (
            ("--config", self.config),
            ("--views", self.views),
            ("--horizon", self.horizon),
        ):
            if self.checkpoint is not None and value is not None:
                raise BadValue(flag, value, of_checkpoint)
        if self.checkpoint is None and self.robot_type is not None:
            raise BadValue("--robot-type", self.robot_type, "it needs a --checkpoint")
        for flag, number in (
            ("--rate", self.rate),
            ("--bandwidth", self.bandwidth),
            ("--threads", self.threads),
        ):
            if number is not None and not 0 < number < float("inf"):
                raise BadValue(flag, number, "it is greater than 0")
        if self.count_only and (self.rate is None) != (self.bandwidth is None):
            raise BadValue("--rate and --bandwidth", (self.rate, self.bandwidth), "give both")

    def _number(self) -> Number:
        return self.dtype or ("bfloat16" if self.device == "cuda" else "float32")

    def _acceleration(self) -> "Acceleration":
        if self.acceleration != "auto":
            return self.acceleration
        return "compile+graph" if self.device == "cuda" else "plain"

    def _case(self) -> "tuple[Xr0Config, Case]":
        from ontakt.cli.policy.configuration import read_configuration
        from ontakt.policy.bench.case import make_case, read_case
        from ontakt.policy.xr0.config import read_config
        from ontakt.policy.xr0.source import find_checkpoint

        if self.checkpoint is not None:
            folder = find_checkpoint(self.checkpoint)
            config = read_config(folder)
            case = read_case(folder, config, self.robot_type, self.prefix, self.image, self.seed)
        else:
            config = read_configuration(self.config or DEFAULT)
            case = make_case(config, self.views, self.horizon, self.prefix, self.image, self.seed)
        return config, case

    def _name(self) -> str:
        return self.checkpoint or self.config or DEFAULT

    def _count(self) -> int:
        from ontakt.policy.bench.bench import counted

        found = counted(*self._case(), self._number(), self.steps)
        rooflines = None
        if self.rate is not None and self.bandwidth is not None:
            from ontakt.policy.bench.roofline import Ceiling

            ceiling = Ceiling(rate=1e12 * self.rate, bandwidth=1e9 * self.bandwidth)
            rooflines = {
                name: (1e3 * ceiling.seconds(work), ceiling.limit(work))
                for name, work in found.work.items()
            }
        if self.json:
            told = {"config": self._name(), **msgspec.to_builtins(found)}
            told["roofline_ms"] = rooflines and {name: ms for name, (ms, _) in rooflines.items()}
            print(msgspec.json.encode(told).decode())
        else:
            print_counts(self._name(), found, rooflines)
        return 0

    def _measure(self) -> int:
        import torch

        from ontakt.policy.bench.bench import parameters_of, run_bench
        from ontakt.policy.device import choose_threads, find_device
        from ontakt.policy.xr0.checkpoint import load_checkpoint
        from ontakt.policy.xr0.initialisation import new_model
        from ontakt.policy.xr0.model import Xr0Model
        from ontakt.policy.xr0.source import find_checkpoint

        device = find_device(self.device)
        config, case = self._case()
        number = self._number()
        torch.set_num_threads(self.threads or choose_threads(parameters_of(config)))

        def make() -> Xr0Model:
            dtype = getattr(torch, number)
            if self.checkpoint is not None:
                return load_checkpoint(find_checkpoint(self.checkpoint), config, dtype, device)
            return new_model(config, self.seed, dtype, device)

        with _Progress() as tell:
            bench = run_bench(
                self._name(),
                config,
                make,
                case,
                device,
                number,
                self.steps,
                self._acceleration(),
                self.repeats,
                self.seed,
                self.eager,
                None if self.rate is None else 1e12 * self.rate,
                None if self.bandwidth is None else 1e9 * self.bandwidth,
                tell,
            )
        if self.json:
            print(msgspec.json.encode(as_builtins(bench)).decode())
        else:
            print_bench(bench)
        return 0


class _Progress:
    """What is being done: a live line on a terminal's stderr, elsewhere a line a stage."""

    def __enter__(self) -> "Tell":
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, markup=False)
        self._status = self._console.status("starting")
        if self._console.is_terminal:
            self._status.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def _tell(self, what: str, done: int = 0, total: int = 0) -> None:
        if self._console.is_terminal:
            self._status.update(f"{what}, {done} of {total}" if total else what)
        elif done <= 1:
            print(what, file=sys.stderr, flush=True)


def as_builtins(bench: "Bench") -> dict[str, Any]:
    """What `--json` prints: the figures, and the ratios that follow from them."""
    told: dict[str, Any] = msgspec.to_builtins(bench)
    for key, stage in (("model", bench.model), ("whole", bench.whole)):
        told[key]["over_roofline"] = stage.over_roofline
    for row, stage in zip(told["stages"], bench.stages, strict=True):
        row["over_roofline"] = stage.over_roofline
    told["faster"] = {name: bench.faster(name) for name in ("p50", "p95", "p99")}
    return told
