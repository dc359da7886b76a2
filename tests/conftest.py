"""What every test relies on: no screen, no chance, no clock."""

import os

from hypothesis import settings

# These are read when the library is first imported; `make` may have found another GL backend.
os.environ.setdefault("MUJOCO_GL", "egl")
os.environ.setdefault("MPLBACKEND", "agg")
# Threads that wait for a core which others hold spin many times as long as the work would take.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A law that fails must fail the same way for everyone, and never because a machine was busy.
settings.register_profile("ontakt", derandomize=True, deadline=None)
settings.load_profile("ontakt")
