"""The figure of docs/trees.md: the large-radius jet of a NanoAOD file whose mass is nearest to the top quark's.

Run: python docs/figures/jet_tree.py NANOAOD
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import merge_momenta
from tagwerk.plots.style import write_figure
from tagwerk.plots.tree import plot_tree
from tagwerk.readers.jet_record import ordered, with_trees
from tagwerk.readers.reading import JetReader

CARD = Path("config/datasets/nanoaod_fatjets.yaml")
TOP_MASS, LEAST_PT = 173, 400  # GeV


def main(file: Path) -> None:
    """Write the figure beside this file."""
    card = yaml.safe_load(CARD.read_text()) | {"files": [str(file)]}
    card["sequences"]["constituents"]["trees"] = ["cambridge_aachen"]
    dataset = Dataset.model_validate(card)
    (jets,) = (with_trees(ordered(some, dataset), dataset) for some in JetReader(CARD, dataset, file, file.stem))
    distance = np.where(jets.jet["pt"] > LEAST_PT, abs(jets.jet["mass"] - TOP_MASS), np.inf)
    jet = jets.take(np.array([distance.argmin()]))
    constituents, merges = jet.sequences["constituents"], jet.trees["constituents_cambridge_aachen"]
    merges = Ragged({**merges.values, **merge_momenta(constituents, merges).values}, merges.counts)
    pt, eta, phi, mass = (float(jet.jet[name][0]) for name in ("pt", "eta", "phi", "mass"))
    lines = [
        f"A large-radius jet of simulated top-quark events (CMS NanoAOD), pT {pt:.0f} GeV, mass {mass:.0f} GeV",
        "Cambridge/Aachen tree; areas and widths: pT; colours: branches of the two splittings of largest kT",
    ]
    write_figure(partial(plot_tree, constituents, merges, (eta, phi), *lines), Path(__file__).parent, "jet_tree")
    (Path(__file__).parent / "jet_tree.pdf").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
