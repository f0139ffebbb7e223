"""Jets as the tests of layouts feed them."""

from dataclasses import replace

import numpy as np

from tests.exports.conftest import jets_for


def around_pi(tagger, counts):
    """Random jets with these numbers of constituents, on both sides of φ = π."""
    schema = tagger.record.schema_
    jets = jets_for(schema, counts)
    jets["jet"][:, schema.scalars.index("phi")] += np.float32(np.pi)
    for sequence in schema.sequences:
        jets[sequence][..., 2] = np.where(jets[f"{sequence}_mask"], jets[sequence][..., 2] + np.pi, 0)
    for azimuths in (jets["jet"][:, schema.scalars.index("phi")], *(jets[each][..., 2] for each in schema.sequences)):
        azimuths[...] = np.mod(azimuths + np.pi, 2 * np.pi) - np.pi
    return jets


def cut(jets, max_length):
    """The same jets with at most this number of constituents."""
    return {key: values if key == "jet" else values[:, :max_length] for key, values in jets.items()}


def without_scalars(tagger):
    """A tagger whose record names no jet variables."""
    inputs = tagger.record.tagger.inputs.model_copy(update={"scalars": []})
    card = tagger.record.tagger.model_copy(update={"inputs": inputs})
    return replace(tagger, record=tagger.record.model_copy(update={"tagger": card}))


def in_athena(tagger, jets, kind, names, seed=None):
    """Each jet and its constituents as a job has them, in MeV, and in random order with a seed."""
    schema = tagger.record.schema_
    (sequence,) = schema.sequences
    columns = schema.sequences[sequence]
    for values, rows, mask in zip(jets["jet"], jets[sequence], jets[f"{sequence}_mask"], strict=True):
        jet = {name: float(value) for name, value in zip(schema.scalars, values, strict=True)}
        jet |= {name: 1000 * jet[name] for name in ("pt", "mass")}
        particles = [dict(zip(columns, row.tolist(), strict=True)) for row in rows[mask]]
        for each in particles:
            each |= {name: 1000 * each[name] for name in ("pt", "energy")}
            each |= {names[column]: each[column] for column in columns[4:]}
        if seed is not None:
            particles = [particles[index] for index in np.random.default_rng(seed).permutation(len(particles))]
        yield jet, {kind: particles, "tracks": particles if kind == "tracks" else [{"pt": 1.0}]}


def in_cmssw(tagger, jets, charges, names, seed=None):
    """Each jet and its candidates as the producer has them, lost tracks among them, in random order with a seed."""
    schema = tagger.record.schema_
    columns = schema.sequences["constituents"]
    for values, rows, mask, charge in zip(
        jets["jet"], jets["constituents"], jets["constituents_mask"], charges, strict=True
    ):
        jet = {name: float(value) for name, value in zip(schema.scalars, values, strict=True)}
        candidates = []
        for row, each in zip(rows[mask].tolist(), charge[mask].tolist(), strict=True):
            candidate = dict(zip(columns, row, strict=True)) | {"charge": each}
            candidates.append(candidate | {theirs: candidate.get(ours, 0) for ours, theirs in names.items()})
        lost = {"pt": 40.0, "eta": jet["eta"], "phi": jet["phi"], "energy": 90.0, "charge": 1, "isLostTrack": 1}
        candidates += [lost] * (len(candidates) % 3)
        if seed is not None:
            candidates = [candidates[index] for index in np.random.default_rng(seed).permutation(len(candidates))]
        yield jet, candidates
