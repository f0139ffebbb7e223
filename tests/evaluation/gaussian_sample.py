"""Test jets whose score, pT and mass have simple laws."""

import numpy as np

from tagwerk.evaluation.compared_jets import ComparedJets


def gaussian_sample(jets: int, seeds: int = 1, weighted: bool = False) -> tuple[ComparedJets, np.ndarray]:
    """Return signal and background in turn, two per event, and scores (seeds, jets) that separate them."""
    random = np.random.default_rng(2)
    signal = np.arange(jets) % 2 == 1
    common = random.normal(size=jets) + 2 * signal
    logits = common + 0.3 * random.normal(size=(seeds, jets))
    sample = ComparedJets(
        signal=signal,
        weight=random.uniform(0.5, 1.5, jets) if weighted else np.ones(jets),
        event=np.arange(jets) // 2,
        variables={
            "pt": random.uniform(500, 900, jets),
            "mass": np.where(signal, 170, 80) + 20 * random.normal(size=jets),
        },
    )
    return sample, 1 / (1 + np.exp(-logits))
