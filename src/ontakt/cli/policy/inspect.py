"""`ontakt policy inspect`: what a checkpoint is, without loading its weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
from tyro.conf import Positional, arg

if TYPE_CHECKING:
    from rich.table import Table

    from ontakt.policy.inspection import Inspection

_UNFOLDED = 1000
"""Columns, more than any line has."""
_LISTED = 10
"""Tensors of one kind that are listed when they are not as they should be."""


@dataclass(frozen=True)
class InspectCommand:
    """Say what an XR-0 checkpoint is: configuration, parameters, robot types, views, prompts.

    No weight is loaded: from the hub, only JSON files and the headers of the weights are fetched.
    Exit code 1 where tensors are missing, extra or misshapen.

    Examples:

      ontakt policy inspect brains/compact
      ontakt policy inspect XiaomiRobotics/Xiaomi-Robotics-0-LIBERO
      ontakt policy inspect owner/name@revision --json
    """

    checkpoint: Annotated[Positional[str], arg(metavar="CHECKPOINT")]
    """A folder, or a hub id: owner/name, owner/name@revision."""
    json: bool = False
    """Print one JSON object."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Print it."""
        from ontakt.policy.inspection import inspect

        found = inspect(self.checkpoint)
        if self.json:
            print(msgspec.json.encode(found).decode())
        else:
            _print(found)
        return 0 if found.complete else 1


def _print(found: "Inspection") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNFOLDED  # another program reads it: one fact, one line
    console.print(Text(found.place, style="bold"))
    for table in (_config(found), _parts(found), _storage(found)):
        console.print(table)
        console.print()
    if found.statistics:
        console.print(Text(_harmless(f"No robot type: {found.statistics}"), style="yellow"))
    for kind in _robot_types(found):
        console.print(kind)
        console.print()
    first, *rest = _verdict(found)
    console.print(Text(first, style="green" if found.complete else "red"))
    for line in rest:
        console.print(Text(_harmless(line)))


def _facts() -> "Table":
    from rich.table import Table

    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _row(table: "Table", name: str, fact: str, style: str = "") -> None:
    from rich.text import Text

    table.add_row(name, Text(_harmless(fact), style=style))


def _harmless(text: str) -> str:
    """`text` from a stranger's checkpoint, without what would steer a terminal. (As rich's Text it
    is no markup either.)"""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _config(found: "Inspection") -> "Table":
    config = found.config
    vision, text, dit = config.vision, config.text, config.dit_config
    table = _facts()
    _row(
        table,
        "vision",
        f"{vision['depth']} layers of {vision['hidden_size']}, {vision['num_heads']} heads, "
        f"patches of {vision['patch_size']} px merged {vision['spatial_merge_size']} x "
        f"{vision['spatial_merge_size']}, deepstack at {_list(vision['deepstack_visual_indexes'])}",
    )
    _row(
        table,
        "text",
        f"{config.text_layers} layers of {text['hidden_size']}, {text['num_attention_heads']} "
        f"heads of {config.text_head_dim}, {config.text_kv_heads} in the cache, vocabulary "
        f"{text['vocab_size']:,}",
    )
    read = f"text layers {config.first_layer} to {config.text_layers - 1}"
    _row(
        table,
        "DiT",
        f"{dit.num_hidden_layers} layers of {dit.hidden_size}, {dit.heads} heads of "
        f"{dit.head_dim}, on the cache of {read}",
    )
    _row(
        table,
        "state, action",
        f"{config.state_length} x {config.state_dim}, {config.action_dim} wide",
    )
    window = config.action_window
    seen = "all earlier ones (released)" if window is None else f"{window} before it (post-trained)"
    _row(table, "an action sees", seen)
    offset = config.action_rope_offset
    origin = "post-trained" if offset else "released"
    _row(table, "action offset", f"{offset} positions ({origin})")
    _row(table, "rotary", config.rotary.replace("_", " "))
    return table


def _parts(found: "Inspection") -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    kinds = sorted({kind for part in found.parts for kind in part.bytes})
    total = {kind: sum(part.bytes.get(kind, 0) for part in found.parts) for kind in kinds}
    table.add_column("part", footer="all")
    table.add_column("tensors", justify="right", footer=f"{sum(p.tensors for p in found.parts):,}")
    table.add_column("parameters", justify="right", footer=f"{found.parameters:,}")
    for kind in kinds:
        table.add_column(f"{kind} bytes", justify="right", footer=f"{total[kind]:,}")
    for part in found.parts:
        sizes = (f"{part.bytes[kind]:,}" if kind in part.bytes else "" for kind in kinds)
        table.add_row(part.name, f"{part.tensors:,}", f"{part.parameters:,}", *sizes)
    return table


def _storage(found: "Inspection") -> "Table":
    table = _facts()
    _row(table, "on disk", f"{_size(found.bytes)} in {_count(len(found.files), 'file')}")
    for file in found.files:
        _row(table, "", f"{file.name}  {_size(file.bytes)}, {_count(file.tensors, 'tensor')}")
    if found.head_stored:
        _row(table, "tied head", "stored; must equal the embedding, which loading checks")
    if found.ignored:
        _row(table, "made anew", f"{_count(len(found.ignored), 'stored buffer')}")
    _row(table, "tokenizer", found.tokenizer or "none", "" if found.tokenizer else "yellow")
    return table


def _robot_types(found: "Inspection") -> list["Table"]:
    tables = []
    for kind in found.robot_types:
        table = _facts()
        _row(table, "robot type", kind.name, "bold")
        if kind.horizon is not None:
            _row(table, "horizon", f"{kind.horizon} actions")
            _row(table, "active", f"{len(kind.active)} of {kind.width}: {_ranges(kind.active)}")
        if kind.embodiment is not None:
            _row(table, "embodiment", kind.embodiment)
            _row(table, "views", ", ".join(f"{v.label} ({v.camera})" for v in kind.views))
        if kind.prompt is not None:
            _row(table, "prompt", kind.prompt.rstrip("\n"), "cyan")
        if kind.problem is not None:
            _row(table, "problem", kind.problem, "yellow")
        tables.append(table)
    return tables


def _verdict(found: "Inspection") -> list[str]:
    """Whether every tensor is there, and the first of those that are not as they should be."""
    counted = f"{found.tensors} of {found.needed} tensors"
    lines = [f"complete: {counted}" if found.complete else f"incomplete: {counted}"]
    for what, names in (
        ("missing", found.missing),
        ("extra", found.extra),
        ("wrong", found.misshapen),
    ):
        lines += [f"  {what}: {name}" for name in names[:_LISTED]]
        if len(names) > _LISTED:
            lines.append(f"  {what}: {len(names) - _LISTED} more; --json has them all")
    return lines


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _ranges(numbers: Sequence[int]) -> str:
    """`0-6, 14-20` for the numbers in between."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs) or "none"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(count: int) -> str:
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.2f} {name}"
    return f"{count} bytes"
