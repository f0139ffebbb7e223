import awkward as ak
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.simulate.truth import Genealogy, decay_quarks, descent, find_tops, genealogy, last_tops, no_tops


def family(*members):
    """One event from rows of (id, mother, first daughter, last daughter)."""
    pdg, mother, first, last = np.array(members).T
    return Genealogy(np.zeros(len(pdg), dtype=int), pdg, mother, np.stack([first, last], axis=1))


# 0 the event, 1 a top, 2 its recoil copy, 3 the W, 4 the b, 5 the W's copy, 6 and 7 quarks, 8 a hadron of 6, 9 a gluon.
EVENT = family(
    (90, 0, 0, 0),
    (6, 0, 2, 2),
    (6, 1, 3, 4),
    (24, 2, 5, 5),
    (5, 2, 0, 0),
    (24, 3, 6, 7),
    (2, 5, 8, 8),
    (-1, 5, 0, 0),
    (211, 6, 0, 0),
    (21, 0, 0, 0),
)


def test_only_the_top_that_decays_counts():
    assert last_tops(EVENT).tolist() == [2]


def test_quarks_are_found_behind_copies_of_the_w():
    quarks, hadronic = decay_quarks(EVENT, np.array([2]))
    assert quarks.tolist() == [[4, 6, 7]]
    assert hadronic.tolist() == [True]


def test_a_top_whose_w_decays_to_leptons_is_not_hadronic():
    leptonic = EVENT._replace(id=np.where(np.isin(np.arange(10), [6, 7]), [0] * 6 + [-11, 12] + [0] * 2, EVENT.id))
    assert decay_quarks(leptonic, np.array([2]))[1].tolist() == [False]


def test_descendants_point_at_the_ancestor_and_all_others_at_the_event():
    assert descent(EVENT, np.array([2])).tolist() == [0, 0, 2, 2, 2, 2, 2, 2, 2, 0]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.sets(st.integers(0, 59), max_size=5))
def test_descent_is_what_a_walk_up_finds(draws, chosen):
    mothers = np.array([0, *(draw % (n + 1) for n, draw in enumerate(draws))])
    ancestors = np.array(sorted(each for each in chosen if each < len(mothers)), dtype=int)
    none = np.zeros(len(mothers), dtype=int)
    found = descent(Genealogy(none, none, mothers, np.stack([none, none], axis=1)), ancestors)
    for particle, end in enumerate(found):
        while particle not in ancestors and particle != 0:
            particle = mothers[particle]
        assert end == particle


def slowly(event):
    """Which top each particle of an event descends from, by a plain walk up the event record."""
    tops = [
        n
        for n, p in enumerate(event)
        if abs(p["id"]) == 6 and all(abs(event[p[d]]["id"]) != 6 for d in ("daughter1", "daughter2"))
    ]
    found = []
    for start in range(len(event)):
        here = start
        while here not in tops and here != 0:
            here = event[here]["mother2" if abs(event[here]["status"]) == 84 else "mother1"]
        found.append(tops.index(here) if here in tops else -1)
    return found


def test_descent_in_real_events_is_that_of_a_plain_loop(record):
    _, descends = find_tops(record)
    fields = ["id", "status", "mother1", "mother2", "daughter1", "daughter2"]
    expected = [slowly(event) for event in record[fields][:30].to_list()]
    assert descends[: sum(map(len, expected))].tolist() == [top for event in expected for top in event]


def test_every_real_event_has_two_tops_with_three_quarks_that_carry_their_momentum(record):
    tops, _ = find_tops(record)
    assert tops.event.tolist() == [event for event in range(len(record)) for _ in range(2)]
    assert tops.ordinal.tolist() == [0, 1] * len(record)
    flat, kin = ak.flatten(record), genealogy(record)
    index = last_tops(kin)
    quarks, _ = decay_quarks(kin, index)
    energies = ak.to_numpy(flat.p.e)
    # The quark beside the W radiates before the W decays, and the W's copies recoil against that.
    assert np.median(np.abs(energies[quarks].sum(axis=1) / energies[index] - 1)) < 0.01


def test_hadrons_with_a_b_quark_come_from_the_tops(record):
    _, descends = find_tops(record)
    pdg, status = (ak.to_numpy(ak.flatten(record)[field]) for field in ("id", "status"))
    primary = (np.abs(status) // 10 == 8) & (np.abs(pdg) // 100 % 10 == 5)
    # A gluon that splits to b quarks is rare.
    assert np.mean(descends[primary] >= 0) > 0.9


def test_without_tops_to_look_for_nothing_descends_from_one(record):
    tops, descends = no_tops(record)
    assert len(tops.event) == 0
    assert descends.tolist() == [-1] * ak.sum(ak.num(record))
