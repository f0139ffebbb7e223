"""The private parts of other packages that are used still do what they are used for."""

import subprocess
import sys

FASTJET = """
import numpy as np
from tagwerk.simulate.jet_finding import find_jets
one = np.ones(1)
momenta = {"px": one, "py": 0 * one, "pz": 0 * one, "energy": one}
print(len(find_jets(momenta, np.zeros(1, int), 1, 0.4, 0.0).pt))
"""
PYTHIA = """
import pythia8mc
from tagwerk.cards.generator import Veto
from tagwerk.simulate.veto import EarlyVeto
event = pythia8mc.Event()
event.init()
event.append(90, 11, 0, 0, 0.0, 0.0, 0.0, 100.0, 0.0)
event.append(21, 23, 0, 0, 50.0, 0.0, 0.0, 50.0, 0.0)
print(int(EarlyVeto(Veto(scale=20, at_scale=(10, 90), at_end=(10, 90)), 0.8).doVetoPartonLevel(event)))
"""


def output(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True).stdout


def test_fastjet_prints_no_banner():
    assert output(FASTJET) == "1\n"


def test_pythia_s_copy_of_fastjet_prints_no_banner():
    assert output(PYTHIA) == "0\n"
