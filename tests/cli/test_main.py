import re
import subprocess
import sys

import pytest

from tagwerk.cli import STAGES
from tests.conftest import DATASET, changed, run, write_card

HEAVY = "{'tensorflow', 'keras', 'awkward', 'uproot', 'sklearn', 'pandas', 'numpy', 'matplotlib', 'snakemake'}"


def python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_help_lists_and_describes_the_stages_in_the_order_of_the_data_flow():
    done = subprocess.run([sys.executable, "-m", "tagwerk", "--help"], capture_output=True, text=True, check=True)
    listed = re.findall(rf"^[│ ]*({'|'.join(STAGES)})  +(\w.*)$", done.stdout, re.MULTILINE)
    assert tuple(stage for stage, _ in listed) == STAGES
    data_flow = ("simulate", "ingest", "summarise", "train", "score", "compare", "report")
    assert tuple(stage for stage in STAGES if stage in data_flow) == data_flow


def test_help_imports_no_slow_library():
    program = f"""
import sys
sys.argv = ["tagwerk", "--help"]
from tagwerk.cli import main
try:
    main()
except SystemExit:
    print("imported:", {HEAVY} & set(sys.modules))
"""
    done = python(program)
    assert done.stdout.splitlines()[-1] == "imported: set()", done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], *([stage, "--help"] for stage in STAGES)], ids=" ".join)
def test_every_command_has_a_help_text(capsys, arguments):
    assert run(*arguments) == 0
    assert "Usage: tagwerk" in re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [["trian"], ["train"], ["ingest", "a.root", "--fast"]], ids=" ".join)
def test_a_wrong_command_line_exits_with_status_two(capsys, arguments):
    assert run(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_program_itself_shows_no_traceback(config):
    write_card(config.card, changed(DATASET, "jet.ptt", "jet_pt"))
    arguments = [sys.executable, "-m", "tagwerk", "ingest", config.card, config.files[0], "--out", config.parts[0]]
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    expected = f"tagwerk: {config.card}: unknown key 'ptt' (value 'jet_pt'); did you mean 'pt'? (in 'jet')"
    assert done.stderr.splitlines() == [expected]


@pytest.mark.parametrize("in_workflow", [True, False])
def test_only_in_the_workflow_a_damaged_result_is_moved_aside(capsys, config, monkeypatch, in_workflow):
    monkeypatch.delenv("TAGWERK_WORKFLOW", raising=False)
    if in_workflow:
        monkeypatch.setenv("TAGWERK_WORKFLOW", "1")
    (piece := config.parts[0] / "train.parquet").parent.mkdir(parents=True)
    piece.write_bytes(b"PAR1 and no more")
    assert run("summarise", config.card, "--out", config.summary, config.parts[0]) == 2
    (line,) = (text for text in capsys.readouterr().err.splitlines() if text.startswith("tagwerk:"))
    assert f"{piece}: " in line
    aside = config.parts[0].with_name("toy_0.damaged.1")
    moved = f"; {config.parts[0]} is now in {aside}: restart snakemake to make it again "
    assert (moved in line) is in_workflow
    assert line.endswith("; run `tagwerk ingest` again") is not in_workflow
    where = aside / "toy_0/train.parquet" if in_workflow else piece
    assert where.read_bytes() == b"PAR1 and no more"
