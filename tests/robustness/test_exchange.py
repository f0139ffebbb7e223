"""Inputs exchanged between jets: each keeps its distribution, and everything else stays where it is."""

import numpy as np
import pytest

from tagwerk.robustness.exchange import (
    DIRECTION,
    MOMENTUM,
    exchange_columns,
    exchange_ranks,
    exchange_variable,
    ranks,
)
from tests.robustness.jets import chunk_of, random_chunk


def rng(seed=1):
    return np.random.default_rng(seed)


def test_a_variable_is_permuted_among_all_jets():
    jets = random_chunk()
    jets.jet["width"][:] = np.arange(len(jets))
    changed = exchange_variable(jets, rng(), "width")
    assert sorted(changed.jet["width"]) == sorted(jets.jet["width"])
    assert not np.array_equal(changed.jet["width"], jets.jet["width"])
    assert all(changed.jet[name] is jets.jet[name] for name in ("pt", "eta", "phi", "mass"))
    assert changed.sequences is jets.sequences


def test_ranks_start_from_one_in_every_jet():
    assert ranks(chunk_of([(5, 0, 3), (4, 0, 3)], [], [(1, 0, 3)]).sequences["constituents"]).tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("columns", "moving"),
    [([MOMENTUM], {"pt", "energy"}), ([DIRECTION], {"eta", "phi", "energy"}), (["tag"], {"tag"})],
)
def test_columns_are_permuted_among_constituents_of_the_same_rank_and_no_others_move(columns, moving):
    jets = random_chunk()
    before = jets.sequences["constituents"]
    after = exchange_columns(jets, rng(), "constituents", columns).sequences["constituents"]
    assert np.array_equal(before.counts, after.counts)
    rank = ranks(before)
    for name in before.values:
        assert np.array_equal(before.values[name], after.values[name]) == (name not in moving)
        if name != "energy":
            one, other = (
                np.remainder(each.values[name], 2 * np.pi if name == "phi" else 1e6) for each in (before, after)
            )
            assert np.allclose(*(each[np.lexsort((each, rank))] for each in (one, other)), rtol=1e-5)
    np.testing.assert_allclose(after.values["energy"], after.values["pt"] * np.cosh(after.values["eta"]), rtol=1e-5)


def test_the_share_of_the_jets_pt_and_the_direction_relative_to_its_axis_are_exchanged():
    jets = chunk_of([(50, 0.6, 3.1)], [(10, 0.2, 2.9)])
    jets.jet["pt"][:], jets.jet["eta"][:], jets.jet["phi"][:] = (100, 200), (0.5, 0.1), (3.0, -3.0)
    seed = next(seed for seed in range(100) if np.array_equal(np.argsort(rng(seed).uniform(size=2)), [1, 0]))
    changed = exchange_columns(jets, rng(seed), "constituents", [MOMENTUM, DIRECTION]).sequences["constituents"]
    np.testing.assert_allclose(changed.values["pt"], [5, 100], rtol=1e-6)
    np.testing.assert_allclose(changed.values["eta"], [0.5 + 0.1, 0.1 + 0.1], rtol=1e-6)
    # Δφ is 2.9 + 3 - 2π = -0.383 and 0.1.
    np.testing.assert_allclose(changed.values["phi"], [3 + 5.9 - 2 * np.pi, -2.9], rtol=1e-5)
    assert changed.values["tag"].tolist() == [0, 1]


def test_only_constituents_of_the_chosen_ranks_move_with_all_their_columns():
    jets = random_chunk()
    before = jets.sequences["constituents"]
    for first, last in ((1, 1), (4, 5), (6, None)):
        after = exchange_ranks(jets, rng(), "constituents", first, last).sequences["constituents"]
        rank = ranks(before)
        chosen = (rank >= first) & (rank <= (last or 99))
        donors = after.values["tag"].astype(int)
        assert np.array_equal(rank[donors], rank)
        assert np.array_equal(np.flatnonzero(~chosen), donors[~chosen])
        assert (donors[chosen] != np.flatnonzero(chosen)).mean() > 0.8
        np.testing.assert_allclose(after.values["pt"], before.values["pt"][donors], rtol=1e-5)
        np.testing.assert_allclose(after.values["eta"], before.values["eta"][donors], rtol=1e-5, atol=1e-6)


def test_a_rank_that_no_jet_has_changes_nothing():
    jets = random_chunk()
    before = jets.sequences["constituents"].values
    after = exchange_ranks(jets, rng(), "constituents", 50, None).sequences["constituents"].values
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_energies_beyond_the_momentum_follow_the_momentum():
    jets = random_chunk()
    values = jets.sequences["constituents"].values
    values["energy"][:] *= 1.5
    for columns in ([MOMENTUM], [DIRECTION]):
        after = exchange_columns(jets, rng(), "constituents", columns).sequences["constituents"].values
        np.testing.assert_allclose(after["energy"], 1.5 * after["pt"] * np.cosh(after["eta"]), rtol=1e-5)
