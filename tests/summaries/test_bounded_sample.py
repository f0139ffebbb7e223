import numpy as np
import pytest

from tagwerk.summaries.bounded_sample import BoundedSample


def sampled(identity, most=1000, chunk=700):
    sample = BoundedSample(most)
    for start in range(0, len(identity), chunk):
        some = identity[start : start + chunk]
        sample.add(some.astype(np.uint64), {"value": some})
    return sample.rows()["value"].to_numpy()


def test_few_rows_are_all_kept_in_their_order():
    assert sampled(np.arange(1000)).tolist() == list(range(1000))


@pytest.mark.parametrize("number", [1001, 2500, 40_000])
def test_of_many_rows_more_than_half_as_many_are_kept_as_may_be(number):
    assert 400 < len(sampled(np.arange(number))) <= 1000


def test_the_order_and_the_chunks_do_not_matter():
    identity = np.arange(10_000)
    shuffled = np.random.default_rng(1).permutation(identity)
    assert set(sampled(identity)) == set(sampled(shuffled, chunk=3))


def test_rows_are_kept_from_everywhere_and_by_no_rule_of_their_place():
    kept = sampled(np.arange(40_000), most=10_000)
    assert np.histogram(kept, 10, (0, 40_000))[0] == pytest.approx(len(kept) / 10, rel=0.15)
    assert (kept % 2).mean() == pytest.approx(0.5, abs=0.03)
