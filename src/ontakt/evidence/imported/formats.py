"""Which kind of log a file is: by what it holds, not by what it is called.

A new layout of eval logs is one function in ADAPTERS, which returns None for what it does not know.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ontakt.contract import BadValue, RecordError
from ontakt.evidence.imported.csv_table import CsvTable
from ontakt.evidence.imported.episodes import Episodes
from ontakt.evidence.imported.inspect_robots import inspect_robots
from ontakt.evidence.imported.lerobot import lerobot
from ontakt.evidence.imported.parquet_table import MAGIC, ParquetTable
from ontakt.evidence.imported.problems import BadLog
from ontakt.evidence.imported.summary import summary
from ontakt.evidence.imported.table import Table

Adapter = Callable[[Mapping[str, Any]], Table | None]

ADAPTERS: Mapping[str, Adapter] = {
    "lerobot-eval's eval_info.json": lerobot,
    "an EvalLog of inspect-robots": inspect_robots,
    "a published summary": summary,
}


def open_log(path: Path, encoding: str | None = None) -> Table:
    """The log in `path`. Raises BadLog for what is none, RecordError for what cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}).") from error
    if head.startswith(MAGIC):
        return ParquetTable(path)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return _eval_log(path)
    return CsvTable(path, encoding)


def _eval_log(path: Path) -> Table:
    known = f"{', '.join(list(ADAPTERS)[:-1])} and {list(ADAPTERS)[-1]}"
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadLog((f"{path.name} is no JSON that can be read ({error}).",)) from error
    if not isinstance(document, dict):
        raise BadLog((f"{path.name} is JSON of no known layout; known are {known}.",))
    for name, adapter in ADAPTERS.items():
        try:
            table = adapter(document)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadLog((f"{path.name} looks like {name}, but lacks {error}.",)) from error
        except (msgspec.ValidationError, BadValue) as error:
            raise BadLog((f"{path.name} is not {name} as it has to be ({error}).",)) from error
        if isinstance(table, Episodes) and not table.episodes:
            raise BadLog((f"{path.name} holds no episode.",))
        if table is not None:
            return table
    keys = ", ".join(map(repr, list(document)[:8])) or "no key"
    raise BadLog((f"{path.name} is JSON of no known layout ({keys}); known are {known}.",))
