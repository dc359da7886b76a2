"""XR-0, the model: its configuration, its numbers, its checkpoints."""
