"""Post-training from demonstrations: lessons to a table, a table to batches, batches to weights."""
