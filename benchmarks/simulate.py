"""Selected jets per second of CPU time on one core, against a loop over Pythia's record and FastJet's PseudoJets.

Run: python benchmarks/simulate.py [--jets 300] [--card config/datasets/top.yaml]
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjet
import pythia8mc

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.generator import Generator
from tagwerk.simulate.chain import simulate
from tagwerk.simulate.pythia import settings
from tagwerk.simulate.seeds import seeds


def tagwerk(generator: Generator, process: str) -> int:
    """Simulate the first part of a process; return the number of jets."""
    return sum(len(jets) for jets in simulate(generator, f"{process}_0000"))


def plain_loop(generator: Generator, process: str) -> int:
    """Do the same without detector and early veto, one particle at a time."""
    pythia = pythia8mc.Pythia("", False)
    for setting in ("Print:quiet = on", "Random:setSeed = on", "ParticleDecays:limitTau0 = on"):
        pythia.readString(setting)
    for setting in settings(generator, process, seeds(generator.seed, process, 0).pythia):
        pythia.readString(setting)
    for setting in generator.processes[process].pythia:
        pythia.readString(setting)
    pythia.init()
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, generator.jet.radius)
    selected = 0
    while selected < generator.jets_per_file:
        if pythia.next():
            selected += is_selected(pythia.event, definition, generator, generator.processes[process].match is not None)
    return selected


def is_selected(event: Any, definition: Any, generator: Generator, match: bool) -> bool:
    """Cluster the visible particles of one event; return whether its leading jet is selected."""
    leaves = [
        fastjet.PseudoJet(particle.px(), particle.py(), particle.pz(), particle.e())
        for particle in event
        if particle.isFinal() and particle.isVisible() and abs(particle.eta()) < 4.9
    ]
    sequence = fastjet._swig.ClusterSequence(leaves, definition)
    jet = max(sequence.inclusive_jets(100.0), key=lambda jet: jet.pt(), default=None)
    if jet is None or not generator.jet.pt[0] < jet.pt() < generator.jet.pt[1]:
        return False
    if abs(jet.eta()) > generator.jet.abs_eta or len(jet.constituents()) == 0:
        return False
    return not match or any(contains_top(jet, event, top, definition.R()) for top in range(event.size()))


def contains_top(jet: Any, event: Any, top: int, radius: float) -> bool:
    """Return whether an entry of the event record is a top quark that decays inside the jet."""
    if abs(event[top].id()) != 6 or any(abs(event[d].id()) == 6 for d in event[top].daughterList()):
        return False
    family = [top]
    for daughter in event[top].daughterList():
        last = event[daughter].iBotCopyId()
        family += list(event[last].daughterList()) if abs(event[last].id()) == 24 else [daughter]
    return all(delta_r(jet, event[particle]) < radius for particle in family)


def delta_r(jet: Any, particle: Any) -> float:
    """Return delta R between a jet and a particle."""
    return math.hypot(jet.eta() - particle.eta(), math.remainder(jet.phi() - particle.phi(), 2 * math.pi))


def rate(make: Callable[[Generator, str], int], generator: Generator, process: str) -> float:
    """Return selected jets per second of CPU time, including the start of Pythia."""
    begin = time.process_time()
    return make(generator, process) / (time.process_time() - begin)


def without_veto(generator: Generator) -> Generator:
    """Return the same settings without the early veto."""
    processes = {name: process.model_copy(update={"veto": None}) for name, process in generator.processes.items()}
    return generator.model_copy(update={"processes": processes})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jets", type=int, default=300, help="selected jets for each cell of the table")
    parser.add_argument("--card", type=Path, default=Path("config/datasets/top.yaml"), help="dataset card")
    arguments = parser.parse_args()
    generator = Dataset.load(arguments.card).generator
    assert isinstance(generator, Generator), "the card has no generator of collisions"
    full = generator.model_copy(update={"jets_per_file": arguments.jets, "detector": True})
    bare = full.model_copy(update={"detector": False})
    few = without_veto(bare).model_copy(update={"jets_per_file": max(arguments.jets // 10, 10)})
    columns = ("process", "detector", "none", "no veto", "plain loop", "none / plain", "no veto / plain")
    print("".join(f"{column:>17}" for column in columns))
    times = 0.0
    for process in generator.processes:
        rates = [
            rate(tagwerk, full, process),
            rate(tagwerk, bare, process),
            rate(tagwerk, few, process),
            rate(plain_loop, few, process),
        ]
        times += 1 / rates[0]
        ratios = (rates[1] / rates[3], rates[2] / rates[3])
        print(f"{process:>17}" + "".join(f"{value:17.1f}" for value in (*rates, *ratios)), flush=True)
    print(f"all processes together, with detector: {len(generator.processes) / times:.1f} selected jets/s")
    print("selected jets per second of CPU time on one core; 'plain loop' has neither detector nor veto")


if __name__ == "__main__":
    main()
