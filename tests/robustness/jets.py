"""Hand-made jets as columns: their constituents' pT, η, φ and energy, and a column `tag` that numbers them."""

import numpy as np

from tagwerk.jets.chunk import Chunk
from tagwerk.jets.ragged import Ragged


def chunk_of(*jets: list[tuple[float, float, float]], sequence: str = "constituents") -> Chunk:
    """Jets of massless constituents (pt, eta, phi); every jet has pT 100 and mass 10 along η = 0.5, φ = 3."""
    flat = np.array([each for jet in jets for each in jet], np.float32).reshape(-1, 3)
    pt, eta, phi = flat.T
    values = {"pt": pt, "eta": eta, "phi": phi, "energy": (pt * np.cosh(eta)).astype(np.float32)}
    values["tag"] = np.arange(len(pt), dtype=np.float32)
    one = np.ones(len(jets), np.float32)
    return Chunk(
        source="",
        event=np.arange(len(jets), dtype=np.uint64),
        piece=np.zeros(len(jets), np.int64),
        label=np.arange(len(jets)) % 2,
        weight=one,
        jet={"pt": 100 * one, "eta": 0.5 * one, "phi": 3 * one, "mass": 10 * one, "width": 0.1 * one},
        sequences={sequence: Ragged(values, np.array([len(jet) for jet in jets], np.int64))},
    )


def random_chunk(jets: int = 200, seed: int = 3) -> Chunk:
    """Jets of zero to twelve constituents about their axis, in order of falling pT."""
    random = np.random.default_rng(seed)
    return chunk_of(
        *(
            sorted(
                zip(
                    random.exponential(5, count) + 0.5,
                    random.normal(0.5, 0.2, count),
                    np.remainder(random.normal(3, 0.2, count) + np.pi, 2 * np.pi) - np.pi,
                    strict=True,
                ),
                reverse=True,
            )
            for count in random.integers(0, 13, jets)
        )
    )
