"""The report that a quality engineer shows: verdict, ten answers, figures, definitions, hashes."""

from ontakt.evidence.report.page import RawFile, write_page, write_report

__all__ = ["RawFile", "write_page", "write_report"]
