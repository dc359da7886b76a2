"""A log as Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ontakt.contract import MissingExtra
from ontakt.evidence.imported.problems import BadLog, Problems
from ontakt.evidence.imported.table import BLOCK, About, Block

MAGIC = b"PAR1"


class ParquetTable:
    """A Parquet file; its columns of lists and structs are left out."""

    kind = "parquet"
    commas = False
    about = About()

    def __init__(self, path: Path) -> None:
        """Read the schema. Raises BadLog for a damaged file, MissingExtra without pyarrow."""
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            raise MissingExtra(f"{path.name}: reading Parquet", "record") from error
        try:
            self._file: Any = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise BadLog((f"{path.name} is no Parquet that can be read ({error}).",)) from error
        schema = self._file.schema_arrow
        self._names: Sequence[str] = [f.name for f in schema if not pa.types.is_nested(f.type)]
        self.header: Sequence[str] = tuple(name.strip() for name in self._names)

    def blocks(self, _problems: Problems) -> Iterator[Block]:
        """The rows, counted as if the header were row 1."""
        row = 2
        for batch in self._file.iter_batches(batch_size=BLOCK, columns=self._names):
            n = batch.num_rows
            yield Block(np.arange(row, row + n), [_texts(column) for column in batch.columns])
            row += n


def _texts(column: Any) -> list[str]:
    import pyarrow as pa

    return ["" if text is None else text for text in column.cast(pa.string()).to_pylist()]
