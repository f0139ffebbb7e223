"""Pythia settings of a card: those with which Pythia would run a plug-in, or read or write a file, are refused."""

import shutil
import subprocess
from pathlib import Path

import pytest
import pythia8mc

from tagwerk.errors import UserError
from tagwerk.simulate.pythia import EventSource
from tagwerk.simulate.pythia_settings import check_setting

PLUGIN = """
#include <stdio.h>
__attribute__((constructor)) static void run(void) { fclose(fopen("%s", "w")); }
"""


@pytest.fixture(scope="module")
def pythia():
    return pythia8mc.Pythia("", False)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A library that creates the file `hacked` when it is loaded."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    (tmp_path / "plugin.c").write_text(PLUGIN % (tmp_path / "hacked"))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "plugin.so", "plugin.c"], cwd=tmp_path, check=True)
    return tmp_path / "plugin.so"


@pytest.mark.parametrize("setting", ["Init:plugins = {%s::Hack}", " init::PLUGINS\v{%s::Hack}", "Init:plugins={%s::H}"])
def test_a_plugin_is_not_loaded(plugin, setting):
    pythia8mc.Pythia("", False).readString(setting % plugin, False)
    (plugin.parent / "hacked").unlink()  # Pythia itself loads it as soon as it reads the setting
    with pytest.raises(UserError, match=r"^key 'pythia': '.*' (can make Pythia .* run a plug-in|is not of the form)"):
        EventSource([], [setting % plugin], "pythia")
    assert not (plugin.parent / "hacked").exists()


def test_no_file_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = ["HardQCD:all = on", "MultipartonInteractions:reuseInit = 1"]
    naive = pythia8mc.Pythia("", False)
    for setting in ("Print:quiet = on", *settings, "MultipartonInteractions:initFile = hacked"):
        assert naive.readString(setting)
    assert naive.init()
    Path("hacked").unlink()
    for refused in (settings, [settings[0], "MultipartonInteractions:initFile = hacked"]):
        with pytest.raises(UserError, match="can make Pythia read or write a file"):
            EventSource([], refused, "pythia")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "setting", ["PDF:pSet = LHAPDF6:x", "SLHA:file = /etc/passwd", "Beams:LHEF = x.lhe", "Vincia:MEplugin = 1"]
)
def test_names_of_files_are_refused(pythia, setting):
    with pytest.raises(UserError, match="can make Pythia read or write a file"):
        check_setting(pythia.settings, setting, "pythia")


@pytest.mark.parametrize("setting", ["xmlPath = /tmp", "include = x", "= Init:plugins {a}", "", "HardQCD:all on\nb"])
def test_what_is_not_a_setting_is_refused(pythia, setting):
    with pytest.raises(UserError, match="is not of the form"):
        check_setting(pythia.settings, setting, "pythia")


@pytest.mark.parametrize(
    "setting",
    [
        "HardQCD:all = on",
        "  24:onIfAny = 1 2 3 4 5 ",
        "-24:mWidth=2.1",
        "HardQCD::all on",
        "PDF:pSet = 13",
        "TauDecays:tauPolarization = -0.147",
        "9900042:all = H++ H-- 3 6 0 200. 1. 0. 0. 0",
        "Unknown:setting = 1",
    ],
)
def test_numbers_and_switches_are_left_to_pythia(pythia, setting):
    check_setting(pythia.settings, setting, "pythia")
