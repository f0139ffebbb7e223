import numpy as np
import pytest

from tagwerk.cards.generator import Generator
from tagwerk.simulate.pythia import process_source

TOP = ["Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "24:onMode = off", "24:onIfAny = 1 2 3 4 5"]


def make_generator(**changes):
    section = {
        "seed": 3,
        "jets_per_file": 40,
        "files": 2,
        "jet": {"pt": [550, 650]},
        "processes": {
            "qcd": {"pythia": ["HardQCD:all = on"], "pthat": [560, 680]},
            "top": {"pythia": TOP, "pthat": [560, 680], "match": "top"},
        },
    }
    return Generator.model_validate(section | changes)


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture(scope="session")
def generator():
    return make_generator()


@pytest.fixture(scope="session")
def with_changes():
    """A function that returns the small generator card with some keys changed."""
    return make_generator


@pytest.fixture(scope="session")
def source(generator):
    return process_source(generator, "top", 5)


@pytest.fixture(scope="session")
def record(source):
    """Two hundred tt̄ events from Pythia."""
    return source.generate(200)
