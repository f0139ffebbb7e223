"""Memory that is used again."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import numpy as np
from tagwerk.training.malloc import keep_memory
if sys.argv[1] == "kept":
    keep_memory()

def pages(repetitions):
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(repetitions):
        arrays = [np.full(2_000_000, 1, np.float32) for _ in range(6)]  # as many as a batch leaves behind
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start

pages(3)
print(pages(20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_arrays_of_a_size_that_was_freed_need_no_new_pages():
    new = {
        how: int(subprocess.run([sys.executable, "-c", SCRIPT, how], check=True, capture_output=True, text=True).stdout)
        for how in ("as it comes", "kept")
    }
    assert new["kept"] < 100 < new["as it comes"]
