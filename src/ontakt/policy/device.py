"""Where a model runs: devices by name, and how many threads a CPU gives it."""

import os

import torch

from ontakt.contract.errors import BadValue

SMALL = 100_000_000
"""Parameters of a model whose products are short."""


def find_device(name: str) -> torch.device:
    """The device called `name`; `auto` is the GPU where there is one. Raises BadValue for one that
    is not here."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    allowed = "cpu, cuda, cuda:N or auto"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadValue("device", name, allowed) from error
    if device.type not in ("cpu", "cuda"):
        raise BadValue("device", name, allowed)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise BadValue("device", name, f"this machine has {torch.cuda.device_count()} CUDA devices")
    return device


def choose_threads(parameters: int) -> int:
    """CPU threads for a model of so many: all that this process may use; for a small one at most
    two, and one core left to everything else. Its products are so short that a thread which waits
    for its core keeps the others waiting many times as long as the work would take."""
    allowed = getattr(os, "sched_getaffinity", None)  # macOS and Windows lack it
    cores = len(allowed(0)) if allowed is not None else os.cpu_count() or 1
    return min(max(cores - 1, 1), 2) if parameters < SMALL else cores
