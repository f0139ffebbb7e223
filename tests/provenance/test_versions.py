import platform

import numpy as np

from tagwerk.provenance.versions import versions


def test_versions_include_tagwerk_python_and_the_packages_that_affect_results():
    packages = versions()
    assert packages["python"] == platform.python_version()
    assert packages["numpy"] == np.__version__
    expected = {"tagwerk", "awkward", "fastjet", "keras", "pythia8mc", "scikit-learn", "tensorflow", "uproot"}
    assert expected <= set(packages)
