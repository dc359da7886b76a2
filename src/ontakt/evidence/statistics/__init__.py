"""Intervals, tests and plans: counts in, bounds out; no records, no clock, no files."""
