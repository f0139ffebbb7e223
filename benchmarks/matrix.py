"""The fastest single-precision matrix product of a library on this machine; run by `train.py`.

Run: python benchmarks/matrix.py FOLDER {numpy|torch} THREADS
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

SIZES, SECONDS = (512, 1024, 2048), 1.5


def numpy_product(size: int, threads: int) -> Callable[[], object]:
    """Return a function that multiplies two square matrices with NumPy."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    a, b = np.random.default_rng(1).random((2, size, size), np.float32)
    out = np.empty((size, size), np.float32)
    return lambda: np.dot(a, b, out)


def torch_product(size: int, threads: int) -> Callable[[], object]:
    """Return the same for PyTorch."""
    import torch

    torch.set_num_threads(threads)
    a, b = torch.rand((2, size, size))
    out = torch.empty((size, size))
    return lambda: torch.matmul(a, b, out=out)


def rate(product: Callable[[], object], size: int) -> float:
    """Return the floating-point operations per second of the fastest repetition."""
    product()
    end, best = perf_counter() + SECONDS, float("inf")
    while perf_counter() < end:
        start = perf_counter()
        product()
        best = min(best, perf_counter() - start)
    return 2 * size**3 / best


def main(folder: Path, library: str, threads: int) -> None:
    """Write the highest rate over all sizes."""
    products = {"numpy": numpy_product, "torch": torch_product}
    highest = max(rate(products[library](size, threads), size) for size in SIZES)
    (folder / f"matrix_{library}.json").write_text(json.dumps({"rate": highest}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
