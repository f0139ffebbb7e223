"""Products of matrices in single precision and in bfloat16, of any size, against NumPy in double precision."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwerk.packed import products, tiles

SIZES = st.tuples(*[st.integers(1, 70)] * 3)


def matrices(shape, seed=1):
    """Matrices (m, k) and (k, n), and an output (m, n) that is not empty, with rows after it that are not its own."""
    rows, inner, columns = shape
    random = np.random.default_rng(seed)
    sizes = [(rows, inner), (inner, columns), (rows + 2, columns)]
    return [random.normal(size=size).astype(np.float32) for size in sizes]


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, atol=2e-5, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(SIZES)
def test_products_are_those_of_numpy_and_write_nothing_else(shape):
    a, b, out = matrices(shape)
    exact, before, rows = a.astype(float) @ b, out.copy(), len(a)
    products.matmul(a, b, out[:rows])
    assert_close(out[:rows], exact)
    panels = products.in_panels(b)
    products.panel_matmul(a, panels, out[:rows])
    assert_close(out[:rows], exact)
    products.add_panel_matmul(a, panels, out[:rows])
    assert_close(out[:rows], 2 * exact)
    products.add_transposed_matmul(np.ascontiguousarray(a.T), b, out[:rows])
    assert_close(out[:rows], 3 * exact)
    np.testing.assert_array_equal(out[rows:], before[rows:])


@pytest.mark.parametrize("inner", [5, 40])
@pytest.mark.parametrize("columns", [8, 40])
def test_a_batch_without_rows_adds_nothing(inner, columns):
    none, out = np.empty((0, columns), np.float32), np.ones((inner, columns), np.float32)
    products.add_transposed_matmul(np.empty((0, inner), np.float32), none, out)
    assert (out == 1).all()
    products.matmul(np.empty((0, inner), np.float32), out, none)


@pytest.mark.slow
def test_products_are_the_same_on_a_processor_with_narrow_registers(tmp_path):
    """Without AVX-512 and AMX, products are those of BLAS, and networks in bfloat16 compute in single precision."""
    narrow = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma", "NUMBA_CACHE_DIR": str(tmp_path)}
    selected = ["nearest_bfloat16", "bfloat16_take_any_mask", "those_of_numpy", "lanes", "layers_by_hand"]
    folder = Path(__file__).parent
    files = [str(folder), str(folder.parent / "layers/test_row_layers.py")]
    command = [sys.executable, "-m", "pytest", "-q", "-k", " or ".join(selected), *files]
    subprocess.run(command, check=True, env=os.environ | narrow)


def rounded(values):
    """Values rounded to bfloat16, the upper half of single precision, ties to even."""
    bits = values.view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def test_values_are_rounded_to_the_nearest_bfloat16():
    """On a processor with instructions for bfloat16 and on others."""
    from tagwerk.packed import bfloat16

    random = np.random.default_rng(3)
    special = [0, -0.0, np.inf, -np.inf, 3.4e38, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20]
    values = np.concatenate([special, random.normal(0, 1, 31) * 10.0 ** random.integers(-30, 30, 31)]).astype("float32")
    out = bfloat16.empty_rows(1, len(values) + 1)
    bfloat16.round_rows(np.append(values, np.float32(np.nan))[None], 0, out)
    found = (out[0, : len(values) + 1].astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(found[:-1].view(np.uint32), rounded(values).view(np.uint32))
    assert np.isnan(found[-1])


@pytest.mark.skipif(not tiles.has_tiles(), reason="the processor has no AMX")
@settings(max_examples=60, deadline=None)
@given(SIZES)
def test_products_in_bfloat16_are_exact_products_of_rounded_operands(shape):
    from tagwerk.packed import bfloat16

    a, b, out = matrices(shape)
    exact, before, rows = rounded(a).astype(float) @ rounded(b), out.copy(), len(a)
    left, right = bfloat16.empty_rows(*a.shape), bfloat16.paired(b)
    bfloat16.round_rows(a, 0, left)
    steps = right.shape[1] // 16
    bfloat16.multiply(left, right, steps, False, out[:rows])
    assert_close(out[:rows], exact)
    bfloat16.multiply(left, right, steps, True, out[:rows])
    assert_close(out[:rows], 2 * exact)
    np.testing.assert_array_equal(out[rows:], before[rows:])


@pytest.mark.skipif(not tiles.has_tiles(), reason="the processor has no AMX")
@settings(max_examples=60, deadline=None)
@given(SIZES)
def test_transposed_products_in_bfloat16_are_exact_products_of_rounded_operands(shape):
    from tagwerk.packed import bfloat16

    a, b, _ = matrices(shape)
    left, right = bfloat16.paired(np.ascontiguousarray(a.T)), bfloat16.paired(b)
    transposed = bfloat16.empty_rows(left.shape[0] * 16, 2 * left.shape[1])
    bfloat16.transpose_pairs(left, left.shape[1], transposed)
    out = np.empty((len(a), b.shape[1]), np.float32)
    bfloat16.multiply(transposed, right, right.shape[1] // 16, False, out)
    assert_close(out, rounded(a).astype(float) @ rounded(b))


def test_lanes_are_those_of_single_numbers():
    """Sums, products, quotients and extrema of arrays of any length, which is not a multiple of the lanes."""
    from tagwerk.packed.lanes import LANES, load, store

    @products.compiled
    def mixed(x, y, out):
        for u in range(0, len(x), LANES):
            a, b = load(x, u), load(y, u)
            store(max(a, b) / (np.float32(2) + a * a) - min(a, b), out, u)

    for length in (1, 15, 16, 17, 40):
        x, y, out = np.random.default_rng(length).normal(size=(3, length + 1)).astype(np.float32)
        after = out[-1]
        mixed(x[:-1], y[:-1], out[:-1])
        expected = np.maximum(x, y) / (2 + x * x) - np.minimum(x, y)
        np.testing.assert_allclose(out[:-1], expected[:-1], rtol=1e-5, atol=1e-6)
        assert out[-1] == after
