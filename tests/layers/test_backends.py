"""The layers give the same results with JAX: their own tests, run with that backend."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
# Rows of real constituents alone, which need shapes that only TensorFlow leaves open.
LEFT_OUT = {"test_packed_constituents", "test_packed_layers", Path(__file__).stem}
# With TensorFlow blocked from import.
PROGRAM = """
import sys
sys.modules["tensorflow"] = None
import keras, pytest
assert keras.backend.backend() == "jax"
sys.exit(pytest.main(sys.argv[1:]))
"""
FAST_COMPILATION = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
# Keras's variables trigger this with NumPy 2, in any backend.
WARNING = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def test_all_layers_pass_their_tests_with_jax(tmp_path):
    files = [path for path in sorted(HERE.glob("test_*.py")) if path.stem not in LEFT_OUT]
    report = tmp_path / "report.xml"
    command = [sys.executable, "-c", PROGRAM, *map(str, files), "-q", "-W", WARNING, f"--junitxml={report}"]
    backend = {"TAGWERK_TEST_BACKEND": "jax", "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    environment = os.environ | backend | {"XLA_FLAGS": FAST_COMPILATION}
    run = subprocess.run(
        command, cwd=HERE.parents[1], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert run.returncode == 0, run.stdout
    passed = [case.get("classname") for case in ElementTree.parse(report).iter("testcase") if not len(case)]
    assert set(passed) == {f"tests.layers.{path.stem}" for path in files}
    assert len(passed) >= 60, run.stdout
