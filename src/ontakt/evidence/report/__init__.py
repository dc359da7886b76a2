"""The report that a quality engineer shows: verdict, ten answers, figures, definitions, hashes."""

from ontakt.evidence.report.page import write_report

__all__ = ["write_report"]
