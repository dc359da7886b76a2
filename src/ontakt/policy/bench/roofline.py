"""What this device could do at best, measured: its rate in matrix products, its bandwidth.

A stage that does W operations and moves B bytes takes max(W / rate, B / bandwidth) at least
(Williams, Waterman, Patterson: Roofline, CACM 2009).
"""

import time
from collections.abc import Callable

import torch
from msgspec import Struct

from ontakt.policy.bench.counts import Work

LARGE = {"cpu": 1 << 29, "cuda": 1 << 32}
"""Bytes of a working set that no cache holds."""
_SIDE = {"cpu": 2048, "cuda": 8192}
"""Rows of the square matrices whose product tells the rate: large enough to be limited by it."""
_TRIES = 7
_LEAST_S = 2e-3
"""A single measurement repeats its work until it takes so long."""


class Ceiling(Struct, frozen=True, kw_only=True):
    """The two limits of a device."""

    rate: float
    """FLOP/s of matrix products."""
    bandwidth: float
    """bytes/s."""

    def seconds(self, work: Work) -> float:
        """The least time for `work`."""
        return max(work.flop / self.rate, work.bytes / self.bandwidth)

    def limit(self, work: Work) -> str:
        """Which of the two it is: `rate` or `bandwidth`."""
        return "rate" if work.flop / self.rate > work.bytes / self.bandwidth else "bandwidth"


class Bandwidth(Struct, frozen=True, kw_only=True):
    """Measured over one working set."""

    bytes: int
    """Its size."""
    copy: float
    """bytes/s, read and written, of a copy from one half to the other."""
    product: float
    """bytes/s, read, of a matrix times a vector: how weights are read for a single token."""

    @property
    def best(self) -> float:
        """The greater of both; a ceiling must not be too low."""
        return max(self.copy, self.product)


def measure_rate(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of a large product of square matrices of `dtype`, the best of several."""
    side = _SIDE.get(device.type, _SIDE["cpu"])
    a, b = (torch.rand(side, side, device=device).sub_(0.5).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    return 2 * side**3 / _best_s(device, lambda: torch.mm(a, b, out=out))


def measure_bandwidth(device: torch.device, dtype: torch.dtype, size: int) -> Bandwidth:
    """Over a working set of `size` bytes, the best of several."""
    width = 1024
    rows = max(2, size // (width * dtype.itemsize)) // 2 * 2
    whole = torch.ones(rows, width, device=device, dtype=dtype)
    first, second = whole[: rows // 2], whole[rows // 2 :]
    vector = torch.ones(width, device=device, dtype=dtype)
    out = torch.empty(rows, device=device, dtype=dtype)
    return Bandwidth(
        bytes=whole.nbytes,
        copy=whole.nbytes / _best_s(device, lambda: second.copy_(first)),
        product=whole.nbytes / _best_s(device, lambda: torch.mv(whole, vector, out=out)),
    )


def _best_s(device: torch.device, work: Callable[[], object]) -> float:
    """Seconds of one `work`, in the best of several tries."""

    def seconds(times: int) -> float:
        if device.type == "cuda":
            torch.cuda.synchronize()
        begun = time.perf_counter()
        for _ in range(times):
            work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begun

    seconds(1)  # libraries choose their kernels
    times = max(1, round(_LEAST_S / seconds(1)))
    return min(seconds(times) for _ in range(_TRIES)) / times
