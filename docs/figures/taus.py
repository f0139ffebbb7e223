"""The figure of docs/taus.md: the simulated taus and jets against each other, and against what is published of taus.

Run: python docs/figures/taus.py [--candidates 3000]
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import awkward as ak
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.plots.style import write_figure
from tagwerk.readers.jet_record import finished
from tagwerk.readers.reading import JetReader
from tagwerk.simulate.output import branch_arrays, jet_file, metadata
from tagwerk.simulate.simulated_jets import columns, simulated_jets

CARD = Path("config/datasets/tau.yaml")
ALL_PRONGS = list(range(11))
TRUTH = {name: f"jet_{name}" for name in ("decay_mode", "visible_pt", "visible_mass")}
MODES = ("1p0n", "1p1n", "1pXn", "3p0n", "3pXn")
# Branching fractions over that of all hadronic decays, 64.8 % (Particle Data Group, Phys. Rev. D 110 (2024) 030001):
# h⁻, h⁻ π⁰, h⁻ ≥ 2π⁰, 3h, 3h ≥ 1π⁰, all without neutral kaons.
PUBLISHED = np.array([11.51, 25.93, 10.81, 9.80, 5.29]) / 64.79
RHO, A1 = 0.775, 1.23  # GeV, of the same review
MODE_COLORS = ("#3f90da", "#ffa90e", "#bd1f01", "#832db6", "#94a4a2")
TAU, QCD = "#e42536", "#5790fc"

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Simulate candidates with any number of prongs, and write the figure beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=3000, help="candidates of each process")
    arguments = parser.parse_args()
    dataset = _with_all_prongs(Dataset.load(CARD), arguments.candidates)
    jets = simulated(dataset)
    here = Path(__file__).parent
    write_figure(partial(draw, jets), here, "taus")
    (here / "taus.pdf").unlink()


def _with_all_prongs(dataset: Dataset, candidates: int) -> Dataset:
    generator = dataset.generator
    assert isinstance(generator, TauGenerator)
    selection = generator.candidates.model_copy(update={"prongs": ALL_PRONGS})
    changes = {"candidates": selection, "jets_per_file": candidates, "files": 1}
    assert dataset.jet is not None
    jet = dataset.jet.model_copy(update={"extra": dataset.jet.extra | TRUTH})
    return dataset.model_copy(update={"generator": generator.model_copy(update=changes), "jet": jet})


def simulated(dataset: Dataset) -> ak.Array:
    """Return the jet records of one file of each process."""
    assert dataset.generator is not None
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{part}.root" for part in dataset.parts()]
        for file in files:
            with jet_file(file, metadata(dataset.generator, file.stem), *columns(dataset.generator)) as tree:
                for chunk in simulated_jets(dataset.generator, file.stem):
                    tree.extend(branch_arrays(chunk))
        return ak.concatenate([records(dataset, CARD, file) for file in files])


def records(dataset: Dataset, card: Path, file: Path) -> ak.Array:
    """Return the jet records of one file."""
    return ak.concatenate([finished(chunk, dataset) for chunk in JetReader(card, dataset, file, file.stem)])


def draw(jets: ak.Array) -> Figure:
    """Return the figure."""
    figure = Figure(figsize=(21, 10.5))
    panels = figure.subplots(2, 4).ravel()
    tau = jets.label == 1
    one, three = jets.jet.prongs == 1, jets.jet.prongs == 3
    visible_mass(panels[0], jets[tau])
    decay_modes(panels[1], jets[tau])
    prongs(panels[2], jets)
    response(panels[3], jets[tau])
    compare(panels[4], jets[one], "ip_sig_lead_track", np.linspace(0, 12, 25), r"Leading track $|d_0|/\sigma$, 1-prong")
    compare(panels[5], jets[three], "tr_flight_path_sig", np.linspace(-12, 24, 25), r"$L_{xy}/\sigma$, 3-prong")
    compare(panels[6], jets[one | three], "cent_frac", np.linspace(0, 1, 21), r"$f_\mathrm{cent}$, 1- and 3-prong")
    compare(panels[7], jets[three], "mass_track_system", np.linspace(0, 4, 25), "Mass of the tracks [GeV], 3-prong")
    return figure


def visible_mass(axes: Axes, taus: ak.Array) -> None:
    """Draw the true visible mass of each decay mode but 1p0n, which has the mass of the pion."""
    for mode in range(1, 5):
        masses = ak.to_numpy(taus.jet.visible_mass[taus.jet.decay_mode == mode])
        heights, edges = np.histogram(masses, np.linspace(0, 1.8, 37))
        axes.stairs(heights / max(len(masses), 1), edges, color=MODE_COLORS[mode], label=MODES[mode])
    for mass, name in ((RHO, r"$\rho$"), (A1, "$a_1$")):
        axes.axvline(mass, color="black", linestyle=":", linewidth=1)
        axes.text(mass + 0.02, axes.get_ylim()[1] * 0.93, name)
    axes.set(xlabel="True visible mass [GeV]", ylabel="Fraction per bin", xlim=(0, 1.8))
    axes.legend(loc="upper left", fontsize=13)


def decay_modes(axes: Axes, taus: ak.Array) -> None:
    """Draw the fractions of decay modes with those of the Particle Data Group, before any selection by mode."""
    counts = np.bincount(ak.to_numpy(taus.jet.decay_mode).astype(int), minlength=6)[:5]
    shares, places = counts / len(taus), np.arange(5)
    errors = np.sqrt(shares * (1 - shares) / len(taus))
    axes.bar(places, PUBLISHED, color="lightgrey", label="All decays (PDG 2024)")
    axes.errorbar(places, shares, errors, fmt="o", color=TAU, label="Candidates, 20-500 GeV")
    axes.set(xticks=places, xticklabels=MODES, ylabel="Fraction of hadronic decays", ylim=(0, 0.6))
    axes.legend(fontsize=13)


def prongs(axes: Axes, jets: ak.Array) -> None:
    """Draw the number of core tracks before any selection on it."""
    mode = jets.jet.decay_mode
    kinds = {
        "1-prong decays": (jets[(mode >= 0) & (mode < 3)], TAU),
        "3-prong decays": (jets[(mode >= 3) & (mode < 5)], "#832db6"),
        "QCD jets": (jets[mode < 0], QCD),
    }
    for label, (chosen, color) in kinds.items():
        counts = np.bincount(ak.to_numpy(chosen.jet.prongs).astype(int), minlength=11)[:11]
        axes.stairs(counts / len(chosen), np.arange(12) - 0.5, color=color, label=label)
    axes.set(xlabel="Tracks in the core", ylabel="Fraction of candidates", xlim=(-0.5, 8.5))
    axes.legend(fontsize=13)


def response(axes: Axes, taus: ak.Array) -> None:
    """Draw the candidate's pT over the true visible one, in two ranges of pT."""
    for low, high, style in ((20, 40, "-"), (100, 200, "--")):
        chosen = taus[(taus.jet.visible_pt > low) & (taus.jet.visible_pt < high)]
        ratios = ak.to_numpy(chosen.jet.pt / chosen.jet.visible_pt)
        heights, edges = np.histogram(ratios, np.linspace(0.5, 1.8, 40))
        middle, spread = np.median(ratios), (np.quantile(ratios, 0.84) - np.quantile(ratios, 0.16)) / 2
        label = f"{low}-{high} GeV: {middle:.2f} ± {spread:.2f}"
        axes.stairs(heights / len(ratios), edges, color=TAU, linestyle=style, label=label)
    axes.set(xlabel=r"$p_\mathrm{T}$ / true visible $p_\mathrm{T}$", ylabel="Fraction per bin")
    axes.legend(fontsize=13)


def compare(axes: Axes, jets: ak.Array, name: str, edges: Floats, label: str) -> None:
    """Draw a variable of taus and jets, with what is outside in the outermost bins."""
    kinds: Sequence[tuple[int, str, str]] = ((1, TAU, "Hadronic taus"), (0, QCD, "QCD jets"))
    for index, color, title in kinds:
        values = np.clip(ak.to_numpy(jets.jet[name][jets.label == index]), edges[0], edges[-1])
        heights = np.histogram(values, edges)[0] / max(len(values), 1)
        axes.stairs(heights, edges, color=color, label=title)
        axes.stairs(heights, edges, color=color, fill=True, alpha=0.2)
    axes.set(xlabel=label, ylabel="Fraction per bin", xlim=(edges[0], edges[-1]))
    axes.legend(fontsize=13)


if __name__ == "__main__":
    main()
