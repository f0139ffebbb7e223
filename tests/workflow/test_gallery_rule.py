"""`snakemake gallery` runs the page that the configuration names, after what the page reads."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def plan(folder, example, *settings):
    """What Snakemake would do for a page in an empty folder."""
    configuration = ["study=demo", f"example={example}", *settings]
    options = ["--dry-run", "--printshellcmds", "--cores", "1", "--config", *configuration]
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "workflow/Snakefile", "gallery", *options]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "rules"),
    [
        ("sine", {"gallery_page"}),
        ("attention", {"gallery_page", "simulate", "ingest"}),
        ("variable_length", {"gallery_page", "simulate", "ingest", "summarise_features", "train", "score", "compare"}),
    ],
)
def test_a_page_waits_for_the_jets_and_the_comparison_that_it_reads(example, rules, tmp_path):
    done = plan(tmp_path, example)
    assert done.returncode == 0, done.stdout
    jobs = set(re.findall(r"^rule (\w+):$", done.stdout, re.MULTILINE)) - {"gallery"}
    assert rules <= jobs
    assert "simulate" in rules or jobs == rules


@pytest.mark.slow
def test_an_unknown_page_is_refused_with_the_nearest_known_one(tmp_path):
    done = plan(tmp_path, "sin")
    assert done.returncode == 2
    assert "key 'example': no page 'sin' in docs/gallery of a checkout; did you mean 'sine'?" in done.stdout


@pytest.mark.slow
def test_a_text_and_a_budget_reach_the_page_as_they_were_given(tmp_path):
    done = plan(tmp_path, "sine", "text=one two.txt", "budget=0.5")
    assert "env 'GALLERY_TEXT=one two.txt' GALLERY_BUDGET=0.5 python -- " in done.stdout


@pytest.mark.slow
def test_the_budget_of_each_network_is_added_to_the_time_of_the_job(tmp_path):
    assert "runtime=60" in plan(tmp_path, "shakespeare", "text=text.txt").stdout
    assert "runtime=165" in plan(tmp_path, "shakespeare", "text=text.txt", "budget=35").stdout
