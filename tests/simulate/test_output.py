"""The jets of a file are in few large baskets, whatever the chunks in which they were simulated."""

import awkward as ak
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.simulate.output import baskets


@given(st.lists(st.integers(0, 5), max_size=8), st.integers(1, 12))
def test_baskets_have_all_jets_in_order_and_at_least_as_many_as_asked_for(lengths, jets):
    numbers = iter(range(100))
    chunks = [ak.Array([next(numbers) for _ in range(length)]) for length in lengths]
    found = [basket.tolist() for basket in baskets(chunks, jets)]
    assert [number for basket in found for number in basket] == list(range(sum(lengths)))
    assert all(len(basket) >= jets for basket in found[:-1])
