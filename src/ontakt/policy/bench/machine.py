"""The machine that a bench runs on: its memory and its name."""

import platform
import sys

import torch


def peak_memory(device: torch.device, before: int | None) -> int | None:
    """The most bytes that tensors held at once on a GPU; on a CPU by how much this process's
    greatest resident size grew over `before`. None where it cannot be told."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    now = resident()
    return None if now is None or before is None else now - before


def resident() -> int | None:
    """The greatest resident size [bytes] that this process has had."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def device_name(device: torch.device) -> str:
    """What the machine calls `device`, as far as it says."""
    if device.type == "cuda":
        return torch.cuda.get_device_name()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            found = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    except OSError:
        found = []
    return found[0].strip() if found else platform.processor() or platform.machine()
