"""The workflow's own time and memory for a study of many input files: building the DAG, and a run with nothing to do.

Run: python benchmarks/many_files.py [--files 100 1000 5000] [--bytes 20000]

Snakemake really runs every job of a study of two networks and boosted trees, but in place of `tagwerk` a shell script
writes empty outputs at once: what is measured is Snakemake with Tagwerk's rules. The input files are sparse, of the
size given: small ones share jobs, files of 100 MB or more have one job each. CPU seconds hold on a busy machine too.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import yaml
from process_cost import Cost, measured

ROOT = Path(__file__).parents[1]

# The outputs of each command, below --out.
STUB = """set -e
stage="$1"
while [ $# -gt 0 ]; do
    case "$1" in --out) out="$2" ;; --check) check="$2" ;; --chunk) chunk=1 ;; --) break ;; esac
    shift
done
case "$stage" in
    ingest) files="train.parquet validation.parquet test.parquet"; mkdir -p "${check%/*}"; echo > "$check" ;;
    survey) files="survey.json sample.parquet" ;;
    train) files="training.json history.csv" ;;
    score) files="scores.parquet validation.parquet about.json" ;;
    compare)
        files="comparison.json figures.json roc.png auc_by_tagger.png score_distributions.png" ;;
    *) mkdir -p "${out%/*}"; echo "$stage" > "$out"; exit ;;
esac
mkdir -p "$out"
for file in $files; do echo "$stage" > "$out/$file"; done
"""


def write_project(folder: Path, files: int, size: int) -> None:
    """Write a project with a study of many sparse files of this size in bytes, and the stub."""
    (folder / "data").mkdir()
    for index in range(files):
        with (folder / f"data/jets_{index:05d}.root").open("wb") as file:
            file.truncate(size)
    shutil.copytree(ROOT / "workflow", folder / "workflow")
    shutil.copy(ROOT / "environment.yml", folder)
    card = yaml.safe_load((ROOT / "config/datasets/top.yaml").read_text(encoding="utf-8"))
    classes = [card["classes"][0], card["classes"][1] | {"files": ["data/*[02468].root"]}]
    card = {key: card[key] for key in card if key != "generator"} | {"files": ["data/*.root"], "classes": classes}
    study = {"title": "Many files", "dataset": "many", "taggers": ["lstm", "gru", "boosted_trees"], "epochs": 1}
    study |= {"signal": "top", "background": "qcd"}
    for path, content in {
        "config.yaml": {"study": "many"}, "datasets/many.yaml": card, "studies/many.yaml": study
    }.items():  # fmt: skip
        target = folder / "config" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(content), encoding="utf-8")
    (folder / "stub.sh").write_text(STUB, encoding="utf-8")


def snakemake(folder: Path, *arguments: str) -> Cost:
    """Run Snakemake in a project, with the stub as a function of the shell, which goes before programs."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT / "src"),
        "BASH_FUNC_tagwerk%%": f'() {{ sh "{folder}/stub.sh" "$@"; }}',
    }
    return measured("snakemake", "--cores", "2", *arguments, folder=folder, environment=environment)


def measure(files: int, size: int) -> dict[str, Cost]:
    """Return the cost of a dry run of a new study, of the run, and of a second one."""
    with tempfile.TemporaryDirectory(prefix="tagwerk_many_files_") as name:
        folder = Path(name)
        write_project(folder, files, size)
        costs = {"DAG": snakemake(folder, "--dry-run", "--quiet", "all")}
        costs["all jobs"] = snakemake(folder, "--printshellcmds")
        costs["second run"] = snakemake(folder)
        if "Nothing to be done" not in costs["second run"].output:
            raise SystemExit("the second run found something to do:\n" + costs["second run"].output[-3000:])
        return costs


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--bytes", type=int, default=20_000)
    arguments = parser.parse_args()
    print(f"{'files':>6} {'':10} {'s':>7} {'CPU s':>7} {'GB':>6}")
    for files in arguments.files:
        for name, cost in measure(files, arguments.bytes).items():
            line = f"{files:6} {name:10} {cost.seconds:7.1f} {cost.cpu_seconds:7.1f} {cost.gigabytes:6.2f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
