"""How the C library hands out memory."""

import ctypes

# The numbers that glibc's malloc.h gives to its parameters.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_NEVER, _MUCH = 2**31 - 1, 2**28


def keep_memory() -> None:
    """Have the memory of one batch's arrays used again for the next one's.

    By default glibc returns large arrays to the system when they are freed, and asks for them anew: training would
    spend up to a seventh of its time on pages that the system hands out. Other C libraries are left as they are.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _MUCH)):
            set_option(option, value)
