import platform

import numpy as np

from tagwerk.provenance import versions


def test_versions_are_of_tagwerk_python_and_what_decides_a_result():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert {"tagwerk", "awkward", "fastjet", "keras", "pythia8mc", "scikit-learn", "tensorflow", "uproot"} <= set(found)
