from pathlib import Path

from tagwerk.provenance.lineage import Lineage
from tagwerk.provenance.overview import Overview
from tagwerk.provenance.provenance_record import Source
from tagwerk.provenance.provenance_text import provenance_text
from tests.provenance.test_overview import ONE, overview, result

EXPECTED = f"""\
results/studies/demo

command   runs  commit     machine  first start (UTC)  total time
simulate  1     111111111  node1    2026-11-29 06:00   10 s
train     2     111111111  node1    2026-11-29 07:00   20 s

Commit    {ONE}
Packages  tagwerk 0.1.0, numpy 2.4.6
Machine   node1: Fast CPU, 2 cores, no GPU, Linux 6
Seeds     train --seed = 1, 2
Cards     config/datasets/top.yaml, SHA-256 {{}}
Files     none: all jets were simulated"""


def test_it_can_be_pasted_into_a_note():
    trainings = [result("train", seed, seeds={"train --seed": seed}) for seed in (1, 2)]
    found = overview(result("simulate"), *trainings)
    assert provenance_text(Path("results/studies/demo"), found) == EXPECTED.format(found.cards[0].sha256)


def test_thousands_of_parts_make_it_no_longer():
    def text(count):
        files = {f"{index}.root": Source(path=f"{index}.root", sha256="0" * 64, size=10**6) for index in range(count)}
        parts = {f"{index}": result("ingest", index) for index in range(count)}
        return provenance_text(Path("results"), Overview(Lineage(results=parts, files=files, problems=["a"] * count)))

    assert len(text(3000).splitlines()) == len(text(12).splitlines()) < 40
    assert "ingest   3,000  " in text(3000)
    assert "and 2,990 more, which --json lists" in text(3000)
    assert "3,000 files, 3 GB, SHA-256 of their list " in text(3000)
