"""Columns as parquet, laid out as LeRobot 0.6 reads them.

Importing this module raises MissingExtra without pyarrow.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import MissingExtra, SetupError
from ontakt.policy.dataset.columns import Columns
from ontakt.policy.dataset.layout import Feature

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise MissingExtra("a dataset", "record") from error

_TYPES = {"float32": pa.float32(), "int64": pa.int64(), "bool": pa.bool_()}


class TableWriter:
    """One parquet file of `features`; every `write` is a row group. A context manager."""

    def __init__(self, path: Path, features: Mapping[str, Feature]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._features = features
        self._writer = pq.ParquetWriter(str(path), schema(features), compression="snappy")

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, columns: Columns) -> None:
        """Append rows, each column (n, *shape)."""
        wanted = schema(self._features)
        arrays = [_array(columns[k], f, wanted.field(k).type) for k, f in self._features.items()]
        table = pa.Table.from_arrays(arrays, schema=wanted)
        self._writer.write_table(table, row_group_size=len(table))


class TableReader:
    """One parquet file of `features`. Raises SetupError for a file that is missing, truncated or
    has other columns, with their names."""

    def __init__(self, path: Path, features: Mapping[str, Feature]) -> None:
        self._path, self._features = path, features
        with _parquet(path):
            self._file = pq.ParquetFile(str(path))
        wanted, found = schema(features), self._file.schema_arrow
        other = sorted(set(wanted) - set(found) | set(found) - set(wanted), key=lambda f: f.name)
        if other:
            names = ", ".join(dict.fromkeys(field.name for field in other))
            raise SetupError(f"{path}: columns differ from meta/info.json: {names}.")

    @property
    def groups(self) -> int:
        """Row groups in the file."""
        return int(self._file.num_row_groups)

    def read(self, group: int) -> Columns:
        """The rows of row group `group`, each column (n, *shape)."""
        with _parquet(self._path):
            table = self._file.read_row_group(group)
            return {k: _values(table.column(k), f) for k, f in self._features.items()}


def schema(features: Mapping[str, Feature]) -> pa.Schema:
    """Scalars for shape (1,), fixed lists for vectors, lists of lists for matrices."""
    return pa.schema([(name, _type(feature)) for name, feature in features.items()])


def write_records(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """One parquet row a record; all have the same keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pydict({key: [r[key] for r in records] for key in records[0]})
    pq.write_table(table, str(path), compression="snappy")


def read_records(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """What `write_records` wrote, of `columns` alone. Raises SetupError for a file that is missing,
    damaged or without one of them."""
    with _parquet(path):
        file = pq.ParquetFile(str(path))
        missing = [name for name in columns if name not in file.schema_arrow.names]
        if missing:
            raise SetupError(f"{path}: column {missing[0]!r} is missing.")
        found: list[dict[str, Any]] = file.read(list(columns)).to_pylist()
        return found


def write_tasks(path: Path, tasks: Sequence[str]) -> None:
    """LeRobot's tasks.parquet: a pandas frame with index `task` and column `task_index`.

    Pandas keeps an index as an ordinary last column and says in the metadata that it is one.
    """
    columns = [
        {
            "name": name,
            "field_name": name,
            "pandas_type": kind,
            "numpy_type": numpy,
            "metadata": None,
        }
        for name, kind, numpy in (("task_index", "int64", "int64"), ("task", "unicode", "object"))
    ]
    unnamed = {
        "name": None,
        "field_name": None,
        "pandas_type": "unicode",
        "numpy_type": "object",
        "metadata": {"encoding": "UTF-8"},
    }
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [unnamed],
        "columns": columns,
        "attributes": {},
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.2.0",
    }
    table = pa.table(
        {
            "task_index": pa.array(range(len(tasks)), pa.int64()),
            "task": pa.array(tasks, pa.string()),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(pandas)}), str(path))


def _type(feature: Feature) -> Any:
    kind = _TYPES[feature.dtype]
    if feature.shape == (1,):
        return kind
    if len(feature.shape) == 1:
        return pa.list_(pa.field("element", kind), feature.shape[0])
    return pa.list_(pa.field("element", pa.list_(pa.field("element", kind))))


def _array(values: NDArray[Any], feature: Feature, kind: Any) -> Any:
    flat = pa.array(values.reshape(-1), _TYPES[feature.dtype])
    if feature.shape == (1,):
        return flat
    if len(feature.shape) == 1:
        return pa.FixedSizeListArray.from_arrays(flat, type=kind)
    rows = pa.ListArray.from_arrays(_ends(flat, feature.shape[1]), flat, type=kind.value_type)
    return pa.ListArray.from_arrays(_ends(rows, feature.shape[0]), rows, type=kind)


def _ends(array: Any, width: int) -> Any:
    return pa.array(np.arange(0, len(array) + 1, width, dtype=np.int32))


def _values(column: Any, feature: Feature) -> NDArray[Any]:
    array = column.combine_chunks()
    while not array.null_count and hasattr(array, "flatten") and pa.types.is_nested(array.type):
        array = array.flatten()
    if array.null_count:
        raise ValueError("an empty cell")
    values: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return values.reshape(len(column), *feature.shape)


@contextmanager
def _parquet(path: Path) -> Iterator[None]:
    if not path.is_file():
        raise SetupError(f"{path}: no such file.")
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise SetupError(f"{path}: damaged or not parquet ({first}).") from error
