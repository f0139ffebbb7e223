"""The examples of docs/export.md, run as a reader would run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.exports.conftest import trained
from tests.exports.test_export import keras_scores

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
HEADER = "onnxruntime_cxx_api.h"
FOLDERS = [os.environ.get("ONNXRUNTIME_INCLUDE", ""), "/usr/include/onnxruntime", "/usr/local/include/onnxruntime"]
LIBRARIES = sorted((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*"))


@pytest.fixture(scope="module")
def tagger(tensorflow, tmp_path_factory):
    """An exported tagger, and its scores of the jet of the examples."""
    from tagwerk.exports.export import export

    tagger, model = trained("lstm"), tmp_path_factory.mktemp("example") / "tagger.onnx"
    model.write_bytes(export(tagger).SerializeToString())
    jet = {"pt": 600.0, "eta": 0.2, "phi": 3.1, "mass": 170.0}
    constituents = [(250.0, 0.3, 3.0, 265.0), (200.0, -0.1, -3.1, 202.0), (150.0, 0.4, 3.1, 163.0)]
    jets = {
        "jet": np.array([[jet.get(name, 0) for name in tagger.record.schema_.scalars]], np.float32),
        "constituents": np.array([constituents], np.float32),
        "constituents_mask": np.ones((1, 3), bool),
    }
    return model, keras_scores(tagger, jets)[0]


def test_the_python_example_scores_its_jet(tagger):
    model, expected = tagger
    command = [sys.executable, str(EXAMPLES / "score_one_jet.py"), str(model)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert printed[::2] == ["qcd", "top"]
    np.testing.assert_allclose([float(each) for each in printed[1::2]], expected, atol=1e-5)


def test_the_cpp_example_scores_its_jet(tagger, tmp_path):
    folder = next((each for each in FOLDERS if each and (Path(each) / HEADER).exists()), None)
    if shutil.which("g++") is None or folder is None or not LIBRARIES:
        pytest.skip("needs g++, and ONNX Runtime's headers: Debian's libonnxruntime-dev, or in $ONNXRUNTIME_INCLUDE")
    model, expected = tagger
    # The library of the Python package, under the name by which programs ask for it.
    (tmp_path / "libonnxruntime.so.1").symlink_to(LIBRARIES[-1])
    source, program = EXAMPLES / "score_one_jet.cpp", tmp_path / "score_one_jet"
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{folder}", str(source), "-o", str(program)]
    subprocess.run([*command, str(LIBRARIES[-1]), f"-Wl,-rpath,{tmp_path}"], check=True)
    printed = subprocess.run([str(program), str(model)], capture_output=True, text=True, check=True).stdout.split()
    np.testing.assert_allclose([float(each) for each in printed], expected, atol=1e-5)
