import awkward as ak
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.simulate.truth import Genealogy, decay_quarks, find_ancestors, find_tops, genealogy, last_tops, no_tops


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


def test_quarks_are_found_through_copies_of_the_w():
    quarks, hadronic = decay_quarks(EVENT, np.array([2]))
    assert quarks.tolist() == [[4, 6, 7]]
    assert hadronic.tolist() == [True]


def test_a_top_whose_w_decays_to_leptons_is_not_hadronic():
    leptonic = EVENT._replace(id=np.where(np.isin(np.arange(10), [6, 7]), [0] * 6 + [-11, 12] + [0] * 2, EVENT.id))
    assert decay_quarks(leptonic, np.array([2]))[1].tolist() == [False]


def test_descendants_point_to_the_ancestor_and_all_others_to_the_event():
    assert find_ancestors(EVENT, np.array([2])).tolist() == [0, 0, 2, 2, 2, 2, 2, 2, 2, 0]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.sets(st.integers(0, 59), max_size=5))
def test_ancestors_agree_with_a_walk_up_the_record(draws, chosen):
    mothers = np.array([0, *(draw % (n + 1) for n, draw in enumerate(draws))])
    candidates = np.array(sorted(index for index in chosen if index < len(mothers)), dtype=int)
    none = np.zeros(len(mothers), dtype=int)
    ancestors = find_ancestors(Genealogy(none, none, mothers, np.stack([none, none], axis=1)), candidates)
    for particle, ancestor in enumerate(ancestors):
        while particle not in candidates and particle != 0:
            particle = mothers[particle]
        assert ancestor == particle


def brute_force_ancestors(event):
    """The top that each particle of an event descends from, by a walk up the event record."""
    tops = [
        n
        for n, p in enumerate(event)
        if abs(p["id"]) == 6 and all(abs(event[p[d]]["id"]) != 6 for d in ("daughter1", "daughter2"))
    ]
    ancestors = []
    for index in range(len(event)):
        while index not in tops and index != 0:
            index = event[index]["mother2" if abs(event[index]["status"]) == 84 else "mother1"]
        ancestors.append(tops.index(index) if index in tops else -1)
    return ancestors


def test_ancestors_in_pythia_events_agree_with_a_plain_loop(record):
    _, ancestors = find_tops(record)
    fields = ["id", "status", "mother1", "mother2", "daughter1", "daughter2"]
    expected = [brute_force_ancestors(event) for event in record[fields][:30].to_list()]
    assert ancestors[: sum(map(len, expected))].tolist() == [top for event in expected for top in event]


def test_every_pythia_event_has_two_tops_with_three_quarks_that_carry_their_energy(record):
    tops, _ = find_tops(record)
    assert tops.event.tolist() == [event for event in range(len(record)) for _ in range(2)]
    assert tops.ordinal.tolist() == [0, 1] * len(record)
    flat, relations = ak.flatten(record), genealogy(record)
    index = last_tops(relations)
    quarks, _ = decay_quarks(relations, index)
    energies = ak.to_numpy(flat.p.e)
    # The quark produced with the W radiates before the W decays, and the W's copies recoil against it.
    assert np.median(np.abs(energies[quarks].sum(axis=1) / energies[index] - 1)) < 0.01


def test_b_hadrons_come_from_tops(record):
    _, ancestors = find_tops(record)
    pdg, status = (ak.to_numpy(ak.flatten(record)[field]) for field in ("id", "status"))
    primary = (np.abs(status) // 10 == 8) & (np.abs(pdg) // 100 % 10 == 5)
    # Gluons that split to b quarks are rare.
    assert np.mean(ancestors[primary] >= 0) > 0.9


def test_without_a_search_for_tops_nothing_descends_from_one(record):
    tops, ancestors = no_tops(record)
    assert len(tops.event) == 0
    assert ancestors.tolist() == [-1] * ak.sum(ak.num(record))
