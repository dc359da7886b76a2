"""`ontakt policy card`: what a checkpoint was trained on, how it was tested, where it fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from ontakt.cli.policies import SHIPPED

if TYPE_CHECKING:
    from rich.table import Table

    from ontakt.cli.evaluation.evaluation import Evaluation, Share
    from ontakt.cli.policy.model_card import Learning, Learnt, ModelCard


@dataclass(frozen=True)
class CardCommand:
    """Say what a checkpoint was trained on, how it was tested, and where it fails.

    That is read from training.json and evaluations.json beside the weights, which are not loaded.
    What is not known is called unknown.

    Examples:

      ontakt policy card
      ontakt policy card runs/first/checkpoint --json
      ontakt policy card runs/first/checkpoint --add evaluations/nut-loading-0-20260301T101500Z
    """

    policy: Annotated[Positional[str], arg(metavar="POLICY|CHECKPOINT")] = SHIPPED
    """The checkpoint that ships, xr0:CHECKPOINT, a folder, or a hub id."""
    add: Annotated[Path | None, arg(metavar="DIR|JSON", help_behavior_hint="")] = None
    """Keep an evaluation of this checkpoint beside its weights first: the folder of ontakt
    evaluate, or a file with what its --json printed."""
    json: bool = False
    """Print one JSON object."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Keep what is to be added, and print the card."""
        import msgspec

        from ontakt.cli.policy.model_card import checkpoint_folder, read_card
        from ontakt.cli.policy.results import keep, read_results

        if self.add is not None:
            keep(read_results(self.add), checkpoint_folder(self.policy))
        card = read_card(self.policy)
        if self.json:
            print(msgspec.json.encode(card).decode())
        else:
            print_card(card)
        return 0


def print_card(card: "ModelCard") -> None:
    """The card on a terminal, a fact a line where a program reads it."""
    from rich.text import Text

    from ontakt.cli.figure_table import figure_console

    console = figure_console()
    console.print(Text(card.policy, style="bold"))
    console.print(_facts(_what(card)))
    console.print(Text("\nTrained on", style="bold"))
    console.print(_facts(_trained(card.learning)))
    console.print(Text("\nTested", style="bold"))
    if card.evaluations:
        console.print(_tests(card.evaluations))
    else:
        console.print(_facts([("in closed loop", "unknown")]))
    if card.outdated:
        console.print(Text(f"{card.outdated} more of other weights, not told", style="yellow"))
    console.print(Text("\nFails", style="bold"))
    console.print(_facts(_fails(card)))


def _what(card: "ModelCard") -> list[tuple[str, str]]:
    return [
        ("parameters", f"{card.parameters:,}"),
        ("robot types", ", ".join(card.robot_types) or "unknown"),
        ("embodiment", card.embodiment or "unknown"),
        ("horizon", _count(card.horizon, "action")),
        ("goes on from", _count(card.trained_prefix, "committed action")),
        ("files", card.files[:16]),
    ]


def _trained(learning: "Learning | None") -> list[tuple[str, str]]:
    from ontakt.evidence.numbers import duration

    if learning is None:
        return [("data", "unknown"), ("steps", "unknown")]
    data = [("data", _data(one)) for one in learning.data]
    return [
        *(data or [("data", "unknown")]),
        ("recipe", learning.recipe or "unknown"),
        ("steps", "unknown" if learning.step is None else f"{learning.step:,}"),
        ("time", f"{duration(learning.seconds)} on {learning.device or 'unknown'}"),
        ("begun with", "weights by chance" if learning.init is None else learning.init[:16]),
        ("software", ", ".join(f"{k} {v}" for k, v in learning.software.items()) or "unknown"),
    ]


def _data(one: "Learnt") -> str:
    share = "unknown" if one.share is None else f"{one.share:g}"
    told = f"{_count(one.episodes, 'episode')}, {_count(one.lessons, 'lesson')}, share {share}"
    made = one.facts.get("command")
    return f"{told}, {(one.hash or 'unknown')[:16]}" + (f": {made}" if made else "")


def _tests(evaluations: Sequence["Evaluation"]) -> "Table":
    from ontakt.cli.figure_table import figure_table

    table = figure_table("at", "how", "as ordered", "both sides", "95 %", "p50 s")
    for told in evaluations:
        shown = f", cameras {told.cameras}" * (told.cameras != "none")
        p50 = told.time_s.get("p50")
        table.add_row(
            f"{told.station}, {' '.join(told.variation)}, {told.instruction!r}{shown}",
            f"{told.strategy}, {told.latency}, seed {told.seed}",
            _of(told.obeyed),
            _of(told.both),
            _between(told.both),
            "unknown" if p50 is None else f"{p50:.1f}",
        )
    return table


def _fails(card: "ModelCard") -> list[tuple[str, str]]:
    seen = [told for told in card.evaluations if told.cameras == "none"]
    if not seen:
        return [("failures", "unknown")]
    worked = sum(told.episodes for told in seen)
    if not card.failures:
        return [("failures", f"none seen in {_count(worked, 'episode')}")]
    return [
        (f"{side}: {mode}", f"{count} in {_count(worked, 'episode')}")
        for (side, mode), count in card.failures.items()
    ]


def _facts(rows: Sequence[tuple[str, str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in rows:
        line = " ".join(fact.split())  # what a stranger's file brings must not steer a terminal
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        table.add_row(Text(name), Text(shown))
    return table


def _of(share: "Share") -> str:
    return f"{share.good} of {share.n}" if share.n else "unknown"


def _between(share: "Share") -> str:
    if share.low is None or share.high is None:
        return "unknown"
    return f"{100 * share.low:.1f}-{100 * share.high:.1f}"


def _count(value: int | None, noun: str) -> str:
    return "unknown" if value is None else f"{value:,} {noun}{'' if value == 1 else 's'}"
