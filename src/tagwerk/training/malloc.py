"""Settings of the C library's memory allocator."""

import ctypes

# M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_MAX of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_NEVER, _LARGE_PAD = 2**31 - 1, 2**28


def reuse_freed_memory() -> None:
    """Reuse the memory of one batch's arrays for the next batch.

    By default glibc returns freed large arrays to the system and requests them again: training would spend up to a
    seventh of its time on page faults. Other C libraries are left as they are.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _LARGE_PAD)):
            set_option(option, value)
