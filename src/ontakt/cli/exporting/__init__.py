"""From a recorded shift to a dataset: the work that was really done, as lessons."""
