import numpy as np
import pytest

from tagwerk.summaries.bounded_sample import BoundedSample


def sampled(identity, max_rows=1000, chunk=700):
    sample = BoundedSample(max_rows)
    for start in range(0, len(identity), chunk):
        values = identity[start : start + chunk]
        sample.add(values.astype(np.uint64), {"value": values})
    return sample.rows()["value"].to_numpy()


def test_few_rows_are_all_kept_in_their_order():
    assert sampled(np.arange(1000)).tolist() == list(range(1000))


@pytest.mark.parametrize("rows", [1001, 2500, 40_000])
def test_a_full_sample_keeps_about_half_of_its_capacity_or_more(rows):
    assert 400 < len(sampled(np.arange(rows))) <= 1000


def test_order_and_chunks_do_not_matter():
    identity = np.arange(10_000)
    shuffled = np.random.default_rng(1).permutation(identity)
    assert set(sampled(identity)) == set(sampled(shuffled, chunk=3))


def test_rows_are_kept_regardless_of_their_position():
    kept = sampled(np.arange(40_000), max_rows=10_000)
    assert np.histogram(kept, 10, (0, 40_000))[0] == pytest.approx(len(kept) / 10, rel=0.15)
    assert (kept % 2).mean() == pytest.approx(0.5, abs=0.03)
