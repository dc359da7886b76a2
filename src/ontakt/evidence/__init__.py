"""Counts and confidence: events become cycles, KPIs, verdicts and reports."""
