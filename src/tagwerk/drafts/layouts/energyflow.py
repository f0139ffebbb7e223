"""EnergyFlow's .npz files: arrays `X` of particles and `y`, a number a jet."""

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Archive, Source
from tagwerk.readers.npz import open_rows


def candidates(source: Source) -> list[Draft]:
    """Return the one draft that there is."""
    if not isinstance(source, Archive) or not {"X", "y"} <= set(source.arrays):
        return []
    with open_rows(source.file, "X") as (particles,):
        shape = particles.shape
    if len(shape) != 3 or shape[2] != 4:
        return []
    constituents = {name: name for name in ("pt", "eta", "phi", "energy")} | {"extra": {"pdg_id": "pdg_id"}}
    draft = Draft(
        "X",
        f"EnergyFlow's arrays, {shape[0]:,} jets",
        {"layout": "energyflow", "event": names.of_rows(), "sequences": {"constituents": constituents}},
        ("y",),
        meanings={"y": {0: "gluon", 1: "quark"}},
    )
    return [draft.remark("sequences", "without the key 'jet' the jet is the sum of its constituents")]
