from pathlib import Path

import pytest
import yaml

from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.pythia import process_source


def make_generator(**changes):
    section = yaml.safe_load(Path("config/datasets/tau.yaml").read_text())["generator"]
    return TauGenerator.model_validate(
        section | {"jets_per_file": 60, "files": 2, "multiparton_interactions": False, "pileup": 0} | changes
    )


@pytest.fixture(scope="session")
def tau_generator():
    """The shipped card with few candidates, without multiparton interactions and pile-up."""
    return make_generator()


@pytest.fixture(scope="session")
def with_tau_changes():
    """A function that returns the small card with some keys changed."""
    return make_generator


@pytest.fixture(scope="session")
def tau_source(tau_generator):
    return process_source(tau_generator, "z", 5)


@pytest.fixture(scope="session")
def tau_record(tau_source):
    """Five hundred Z to tau tau events from Pythia."""
    return tau_source.generate(500)
