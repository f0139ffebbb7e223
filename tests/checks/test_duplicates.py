import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.checks.duplicates import Duplicates
from tagwerk.checks.identities import temporary_identities


def fault_of(**parts):
    with temporary_identities() as identities:
        duplicates = Duplicates(identities)
        for name, jets in parts.items():
            duplicates.add(name, np.array(jets, np.uint64))
        return duplicates.fault("error")


def test_distinct_jets_have_no_fault():
    assert fault_of(a=[1, 2], b=[], c=[3]) is None
    assert fault_of() is None


def test_parts_with_the_same_jet_are_named():
    fault = fault_of(a=[1, 2], b=[3], c=[5, 2, 2])
    assert (fault.count, fault.of, fault.severity) == (2, 6, "error")
    assert "such as one of 'a' in 'c'" in fault.text


# Close to each other, and over all 64 bits.
_IDENTITIES = st.one_of(st.integers(0, 20), st.sampled_from([0, 1 << 57, (1 << 57) - 1, 1 << 63, (1 << 64) - 1]))


@given(st.lists(st.lists(_IDENTITIES, max_size=10), max_size=5))
def test_all_but_the_first_of_equal_jets_are_counted(parts):
    jets = [identity for part in parts for identity in part]
    fault = fault_of(**{f"part_{index}": part for index, part in enumerate(parts)})
    assert (fault.count if fault else 0) == len(jets) - len(set(jets))


def test_two_million_jets_take_at_most_four_megabytes():
    random = np.random.default_rng(1)
    tracemalloc.start()
    with temporary_identities() as identities:
        duplicates = Duplicates(identities)
        for chunk in range(200):
            duplicates.add(f"part_{chunk % 3}", random.integers(0, 2**64, 10_000, np.uint64))
        assert duplicates.fault("error") is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6
