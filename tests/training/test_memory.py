"""The limit on the memory of a process, as measured by the system."""

import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.training.memory import MemoryLimit, peak_bytes

SIZE = 200_000_000  # bytes


def raise_peak(size):
    """Allocate arrays until the peak is higher by at least this many bytes."""
    before, arrays = peak_bytes(), []
    while peak_bytes() < before + size:
        arrays.append(np.ones(size // 8))


def test_the_peak_rises_with_what_is_allocated_and_stays():
    before = peak_bytes()
    raise_peak(SIZE)
    # The kernel counts pages in batches.
    assert 0.95 * SIZE < peak_bytes() - before < 2.1 * SIZE


def test_the_room_is_what_the_peak_leaves_with_a_reserve_of_a_tenth():
    megabytes = round(2 * peak_bytes() / 1e6)
    assert MemoryLimit(megabytes).room() == pytest.approx(0.9e6 * megabytes - peak_bytes(), abs=1e6)


def test_an_excess_is_told_once(capsys):
    limit = MemoryLimit(round((peak_bytes() + SIZE / 2) / 1e6))
    assert not limit.is_exceeded()
    raise_peak(SIZE)
    assert limit.is_exceeded()
    assert limit.is_exceeded()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tagwerk: --mem-mb {limit.megabytes}: this process takes ")


def test_too_low_a_limit_is_refused_with_what_is_needed():
    limit = MemoryLimit(1000)
    limit.check(1e9, "too little")
    with pytest.raises(UserError, match=r"^--mem-mb 1000: too little; give at least 1300$"):
        limit.check(1.101e9, "too little")
