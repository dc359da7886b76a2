"""`ontakt compare`: versions, lines, robots or shifts against each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

if TYPE_CHECKING:
    from ontakt.evidence.comparison import Arm, Comparison

COMPARISONS = Path("comparisons")


@dataclass(frozen=True)
class CompareCommand:
    """Hold two or more arms against each other, part by part where they worked the same parts, and
    say in one sentence which is better, or how large a difference is still possible.

    An arm is a shift, a qualification, a folder of shifts, or an imported log. Differences are the
    first arm minus the second.

    Examples:

      ontakt compare qualifications/new qualifications/old
      ontakt compare shifts/nut-loading-7-0a1b2c3d shifts/nut-loading-7-9e8d7c6b --json
      ontakt compare logs/line-1 logs/line-2 logs/line-3 --by line
      ontakt compare shifts --by version                each policy in it is an arm
    """

    arms: Annotated[
        Positional[tuple[Path, ...]], arg(metavar="ARM [ARM ...]", help_behavior_hint="")
    ]
    """A shift's folder, its events.db or its id, a qualification, a folder of shifts, an imported
    log."""
    by: Annotated[
        Literal["version", "line", "robot", "shift"] | None,
        arg(metavar="version|line|robot|shift", help_behavior_hint=""),
    ] = None
    """What the arms are, so that what else differs is warned of; told by the shifts when left out.
    A single place is split into the arms in it; by shift every place is."""
    out: Annotated[Path | None, arg(metavar="DIR", help_behavior_hint="")] = None
    """Where compare.html and compare.json go; comparisons/A-B-HASH when left out."""
    json: bool = False
    """Print the comparison as one JSON object as the last line on stdout."""

    def run(self, arguments: Sequence[str]) -> int:
        """Compare, write, tell. Returns the exit code."""
        import msgspec

        from ontakt.cli.comparing.arms import read_arms
        from ontakt.cli.comparing.table import print_comparison
        from ontakt.evidence.comparison import compare, write_comparison

        arms = read_arms(self.arms, self.by)
        found = compare(arms, self.by)
        folder = self.out or _folder(found, arms)
        page = write_comparison(found, ("ontakt", *arguments), folder)
        if self.json:
            said = {**msgspec.to_builtins(found), "page": str(page)}
            print(msgspec.json.encode(said).decode(), flush=True)
        else:
            print_comparison(found, page)
        return 0


def _folder(found: "Comparison", arms: Sequence["Arm"]) -> Path:
    """The same comparison, the same folder."""
    from ontakt.cli.provenance import digest

    shifts = [[[s.origin.shift, s.source and s.source.sha256] for s in arm.shifts] for arm in arms]
    what = (found.by, [arm.name for arm in arms], shifts)
    names = [re.sub(r"[^A-Za-z0-9._=-]+", "-", arm.name).strip("-.") for arm in arms[:2]]
    more = [f"{len(arms) - 2}-more"] if len(arms) > 2 else []
    return COMPARISONS / "-".join([*names, *more, digest(what)[:8]])
