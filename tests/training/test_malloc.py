"""Freed memory is reused."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import numpy as np
from tagwerk.training.malloc import reuse_freed_memory
if sys.argv[1] == "reused":
    reuse_freed_memory()

def page_faults(repetitions):
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(repetitions):
        arrays = [np.full(2_000_000, 1, np.float32) for _ in range(6)]  # as many as a batch frees
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start

page_faults(3)
print(page_faults(20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_arrays_of_a_freed_size_cause_no_page_faults():
    faults = {
        mode: int(
            subprocess.run([sys.executable, "-c", SCRIPT, mode], check=True, capture_output=True, text=True).stdout
        )
        for mode in ("default", "reused")
    }
    assert faults["reused"] < 100 < faults["default"]
