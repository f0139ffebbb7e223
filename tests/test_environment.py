"""pyproject.toml, requirements.lock and environment.yml name the same packages."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def locked() -> dict[str, str]:
    """Return the versions of all packages, those for Windows apart."""
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ]+)(.*)", text, flags=re.MULTILINE)
    return {
        canonicalize_name(name): version for name, version, marker in pins if "sys_platform == 'win32'" not in marker
    }


def project() -> dict[str, object]:
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def test_locked_versions_satisfy_the_project() -> None:
    settings = project()
    pins = locked()
    for line in [*settings["dependencies"], *settings["optional-dependencies"]["dev"]]:
        requirement = Requirement(line)
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, line


def test_every_locked_package_has_a_hash() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


def test_conda_installs_the_same_versions() -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pins = dict(line.split("==") for line in dependencies[-1]["pip"])
    assert {canonicalize_name(name): version for name, version in pins.items()} == locked()
    assert f"python={project()['requires-python'].split('>=')[1].split(',')[0]}" in dependencies
