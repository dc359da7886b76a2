"""`ontakt policy parity`: the brain's numbers against those of the reference model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from tyro.conf import arg

from ontakt.contract import MissingExtra, SetupError

if TYPE_CHECKING:
    from ontakt.policy.parity.verdict import Parity

CHECKOUT = Path("tests/data/xr0")
"""Where the project's own golden data lies in a checkout; wheels are without it."""


@dataclass(frozen=True)
class ParityCommand:
    """Compute every tensor in a folder of golden data again, and compare.

    Exits with 1 where a difference is above the tolerance, or where something that the folder
    names was not compared. The answers are compared through the optimised engine too.

    Examples:

      ontakt policy parity
      ontakt policy parity --data golden --atol 1e-5 --json
    """

    data: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """Folder of golden data; the project's own, in a checkout, when left out."""
    atol: Annotated[float, arg(metavar="X")] = 2e-5
    """Greatest absolute difference. Whole numbers and masks must be equal."""
    json: bool = False
    """Print one JSON object instead of a table."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Compare, and print the worst difference per tensor."""
        folder = find_data() if self.data is None else self.data
        try:
            from ontakt.policy.parity.compare import compare
            from ontakt.policy.xr0.engine.engine import Xr0Engine
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("ontakt"):
                raise
            raise MissingExtra("ontakt policy parity", "policy") from error
        parity = compare(folder, self.atol, {"engine": Xr0Engine})
        if self.json:
            print(msgspec.json.encode(as_builtins(parity)).decode())
        else:
            _print(parity, folder)
        return 0 if parity.passed else 1


def find_data() -> Path:
    """The golden data of the checkout that this package runs from. Raises SetupError elsewhere."""
    import ontakt

    folder = Path(ontakt.__file__).parents[2] / CHECKOUT
    if not folder.is_dir():
        raise SetupError(
            f"The installed package carries no golden data: name a folder with --data, as "
            f"{CHECKOUT} of a checkout."
        )
    return folder


def as_builtins(parity: "Parity") -> dict[str, object]:
    """What `--json` prints; a difference that is no finite number is null."""
    return {
        "passed": parity.passed,
        "atol": parity.atol,
        "compared": len(parity.tensors),
        "checks": len(parity.checks),
        "skipped": parity.skipped,
        "worst": {k: v if math.isfinite(v) else None for k, v in parity.worst.items()},
        "failing": parity.failing,
    }


def _print(parity: "Parity", folder: Path) -> None:
    """A line per tensor, one per group, what was not compared, and a line to end with."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(Text("  worst  tensor", style="bold"))
    failing = set(parity.failing)
    for name, worst in parity.worst.items():
        line = Text(f"{worst:7.1e}  {name}")
        if name in failing:
            line.append("  fails", style="bold red")
        console.print(line)
    console.print(Text("\n  worst  group", style="bold"))
    for name, (count, worst) in parity.groups().items():
        console.print(f"{worst:7.1e}  {name} ({count})")
    if parity.skipped:
        console.print(Text("\nNot compared", style="bold red"))
    for skip in parity.skipped:
        console.print(f"{skip.name}: {skip.reason}")
    console.print(
        f"\n{folder}: {len(parity.tensors)} tensors compared, {len(parity.skipped)} not compared; "
        f"{len(parity.checks)} checks besides; {len(failing)} above {parity.atol:g}."
    )
