"""Logs of real cells and of evaluations, as the same shift records that events fold to."""

from ontakt.evidence.imported.folder import (
    CYCLES,
    IMPORT,
    Imported,
    is_import,
    read_import,
    read_manifest,
)
from ontakt.evidence.imported.importing import import_log
from ontakt.evidence.imported.problems import BadLog
from ontakt.evidence.imported.terms import Terms

__all__ = [
    "CYCLES",
    "IMPORT",
    "BadLog",
    "Imported",
    "Terms",
    "import_log",
    "is_import",
    "read_import",
    "read_manifest",
]
