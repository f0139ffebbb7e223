"""EnergyFlow .npz files: arrays `X` of particles and `y`, one label per jet."""

from tagwerk.drafts import names
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceArchive
from tagwerk.readers.npz import open_npz


def candidates(source: Source) -> list[Draft]:
    """Return the file's only draft."""
    if not isinstance(source, SourceArchive) or not {"X", "y"} <= set(source.arrays):
        return []
    with open_npz(source.file, "X") as (particles,):
        shape = particles.shape
    if len(shape) != 3 or shape[2] != 4:
        return []
    constituents = {name: name for name in ("pt", "eta", "phi", "energy")} | {"extra": {"pdg_id": "pdg_id"}}
    draft = Draft(
        "X",
        f"EnergyFlow arrays, {shape[0]:,} jets",
        {"layout": "energyflow", "event": names.row_identity(), "sequences": {"constituents": constituents}},
        ("y",),
        meanings={"y": {0: "gluon", 1: "quark"}},
    )
    return [draft.with_comment("sequences", "without the key 'jet' the jet is the sum of its constituents")]
