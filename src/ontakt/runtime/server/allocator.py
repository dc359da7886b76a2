"""Memory that a request has used is kept for the next one."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_... of glibc's malloc.h
_KEPT_BUFFER = 4 << 20
_KEPT_TOTAL = 64 << 20


def keep_freed_memory() -> bool:
    """Have this process keep what it frees: buffers up to 4 MiB, 64 MiB in all.

    Left alone, glibc gives the buffers of each image back to the system and asks for them anew with
    the next request, a hundred page faults that cost more than everything else the server does
    (`python -m benchmarks.server`). Larger buffers still go back at once. False where the C library
    is another one: then all is as it was. Source: mallopt(3).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _KEPT_BUFFER) and mallopt(_TRIM_THRESHOLD, _KEPT_TOTAL))
