"""The brain: XR-0, its checkpoints, data and training; torch lives here only."""
