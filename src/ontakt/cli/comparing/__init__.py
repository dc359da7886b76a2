"""Shifts, qualifications and logs read as the arms of a comparison, and what came of it told."""
