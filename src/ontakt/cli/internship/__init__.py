"""The internship loop: a shift under supervision, what was corrected on it, training, a test."""
