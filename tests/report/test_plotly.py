"""The plotting library is complete and unmodified."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

from tagwerk.report.plotly import SHA256, VERSION, plotly_source

VENDOR = files("tagwerk.report") / "vendor"
ROOT = Path(__file__).parents[2]


def test_it_is_the_version_that_its_checksum_says():
    source = (VENDOR / "plotly-basic.min.js").read_bytes()
    assert hashlib.sha256(source).hexdigest() == SHA256
    assert f"plotly.js (basic - minified) v{VERSION}" in source[:100].decode()


def test_its_licence_goes_with_it_and_no_tag_in_it_ends_the_script():
    source = plotly_source()
    assert "MIT License" in source[:20]
    assert "Permission is hereby granted, free of charge" in source
    assert "</script" not in source


def test_templates_scripts_and_library_are_part_of_the_package():
    """Hatch packages all files of the folder unless Git ignores them."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["packages"] == ["src/tagwerk", "src/snakemake_logger_plugin_tagwerk"]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert not {"vendor", "vendor/", "*.js", "*.min.js", "*.txt"} & set(ignored)
