"""The fastest product of matrices in single precision that a library makes on this machine; `train.py` runs it.

Run: python benchmarks/matrix.py FOLDER {numpy|torch} THREADS
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

SIZES, SECONDS = (512, 1024, 2048), 1.5


def by_numpy(size: int, threads: int) -> Callable[[], object]:
    """Return a product of two square matrices by NumPy."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    one, other = np.random.default_rng(1).random((2, size, size), np.float32)
    out = np.empty((size, size), np.float32)
    return lambda: np.dot(one, other, out)


def by_torch(size: int, threads: int) -> Callable[[], object]:
    """Return the same by PyTorch."""
    import torch

    torch.set_num_threads(threads)
    one, other = torch.rand((2, size, size))
    out = torch.empty((size, size))
    return lambda: torch.matmul(one, other, out=out)


def rate(product: Callable[[], object], size: int) -> float:
    """Return floating-point operations a second, of the fastest repetition."""
    product()
    end, best = perf_counter() + SECONDS, float("inf")
    while perf_counter() < end:
        start = perf_counter()
        product()
        best = min(best, perf_counter() - start)
    return 2 * size**3 / best


def main(folder: Path, library: str, threads: int) -> None:
    """Write the highest rate of all sizes."""
    products = {"numpy": by_numpy, "torch": by_torch}
    found = max(rate(products[library](size, threads), size) for size in SIZES)
    (folder / f"matrix_{library}.json").write_text(json.dumps({"rate": found}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
