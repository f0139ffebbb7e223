"""The layers are the same in Keras's other backends: their own tests, run with JAX."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
# These are about the fast path that TensorFlow has beside the portable one, and the test here itself.
LEFT_OUT = {"test_packed", "test_packing", "test_recursive_packed", "test_backends"}
# With TensorFlow not to be imported at all. Keras's variables ask NumPy 2 as they should not, in any backend.
PROGRAM = """
import sys
sys.modules["tensorflow"] = None
import keras, pytest
assert keras.backend.backend() == "jax"
sys.exit(pytest.main(sys.argv[1:]))
"""
WARNING = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def test_all_layers_pass_their_tests_in_jax(tmp_path):
    files = [path for path in sorted(HERE.glob("test_*.py")) if path.stem not in LEFT_OUT]
    report = tmp_path / "report.xml"
    command = [sys.executable, "-c", PROGRAM, *map(str, files), "-q", "-W", WARNING, f"--junitxml={report}"]
    environment = os.environ | {"TAGWERK_TEST_BACKEND": "jax", "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run(
        command, cwd=HERE.parents[1], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert run.returncode == 0, run.stdout
    passed = [each.get("classname") for each in ElementTree.parse(report).iter("testcase") if not len(each)]
    assert set(passed) == {f"tests.layers.{path.stem}" for path in files}
    assert len(passed) >= 60, run.stdout
