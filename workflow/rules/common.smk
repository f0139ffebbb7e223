import os
import re
import sys
from functools import cache
from itertools import chain
from pathlib import Path

import grimp

import tagwerk
from tagwerk.cards.configuration import (
    check_card_name,
    check_study_names,
    configuration,
)
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.search import load_search
from tagwerk.cards.study import load_cards
from tagwerk.errors import UserError
from tagwerk.surroundings import settle


wildcard_constraints:
    study="[^/]+",
    dataset="[^/]+",
    part="[^/]+",
    tagger="[^/]+",
    run="(jets[0-9]+/)?seed[0-9]+",
    search="[^/]+",
    worker="[0-9]+",


settle()
# Jobs run with the Python that runs Snakemake, unless a rule's environment comes before it, and in any environment
# with the code that stands beside this workflow; what the user's own PYTHONPATH holds stays within reach.
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    ),
    PYTHONPATH=os.pathsep.join(
        filter(
            None,
            [str(Path(tagwerk.__file__).parent.parent), os.environ.get("PYTHONPATH")],
        )
    ),
    PYTHONUTF8="1",
    TAGWERK_WORKFLOW="1",
)


def stop(mistake):
    """End Snakemake with the one line that says what the user should mend."""
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8" and not str(mistake).isascii():
        mistake = f"{mistake}; this locale's encoding is {encoding}, try PYTHONUTF8=1 snakemake"
    print(f"tagwerk: {mistake}", file=sys.stderr)
    sys.exit(2)


def checked(load):
    """Return a function that loads a card once, and stops Snakemake where the card is wrong."""

    @cache
    def loaded(name):
        try:
            return load(name)
        except UserError as mistake:
            stop(mistake)

    return loaded


dataset_card = checked(lambda name: Dataset.load(Path(f"config/datasets/{name}.yaml")))
files_of = checked(lambda name: dataset_card(name).parts())
parts_of = checked(lambda name: study_cards(name).parts())


@checked
def study_cards(name):
    """Return a study's card and all that it names."""
    path = Path(f"config/studies/{name}.yaml")
    cards = load_cards(path)
    check_study_names(path, cards)
    return cards


@checked
def search_cards(name):
    """Return a search's card and all that it names."""
    path = Path(f"config/searches/{name}.yaml")
    found = load_search(path)
    check_card_name(found.search.tagger, f"{path}: key 'tagger'")
    check_card_name(found.search.study, f"{path}: key 'study'")
    return found


package = Path(os.path.relpath(Path(tagwerk.__file__).parent))
templates = [str(path) for path in sorted(package.glob("report/templates/*"))]
imports = cache(lambda: grimp.build_graph("tagwerk", cache_dir=None))


def sources(*modules):
    """Return the source files that modules of Tagwerk consist of, found by following their imports.

    They are inputs of the rules, so that a change to the code reruns what it can change, and nothing else.
    """
    names = {f"tagwerk.{module}" for module in modules}
    names |= {
        name for module in names for name in imports().find_upstream_modules(module)
    }
    paths = [package.joinpath(*name.split(".")[1:]) for name in sorted(names)]
    return [
        str(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
        for path in paths
    ]


def code_of_reading(stage):
    """Return a function that lists the source files of a stage with one layout; other layouts' are not among them."""

    def code(wildcards):
        layout = dataset_card(wildcards.dataset).layout
        return sources(stage, f"readers.layouts.{layout}")

    return code


def code_of(stage):
    """Return a function that lists the source files of a stage with one tagger; other taggers' are not among them."""

    def code(wildcards):
        tagger = study_cards(wildcards.study).taggers[wildcards.tagger]
        return sources(stage, f"taggers.{tagger.architecture}")

    return code


def input_file(wildcards):
    """Return the file of a part: simulated, or the user's own."""
    file = files_of(wildcards.dataset)[wildcards.part]
    return file or f"results/datasets/{wildcards.dataset}/files/{wildcards.part}.root"


def pieces_of(dataset):
    """Return the names of the files in a part's directory of jet records: its splits or folds."""
    return sorted(chain.from_iterable(dataset.split.pieces().values()))


def pieces_in_use():
    """Return the kinds of pieces there are, each with a pattern of the datasets that consist of such pieces."""
    studies = [config["study"]]
    if "search" in config:
        studies.append(search_cards(config["search"]).search.study)
    datasets = {}
    for cards in map(study_cards, studies):
        name = re.escape(cards.study.dataset)
        datasets.setdefault(tuple(pieces_of(cards.dataset)), []).append(name)
    if len(datasets) == 1:
        return dict.fromkeys(datasets, "[^/]+")
    return {pieces: "|".join(names) for pieces, names in datasets.items()}


def parts_of_study(study):
    """Return the directories of jet records that a study uses."""
    dataset = study_cards(study).study.dataset
    return [f"results/datasets/{dataset}/jets/{part}" for part in parts_of(study)]


def jets_of_study(study, *splits):
    """Return the files of jet records that a study uses, of these splits alone."""
    cards = study_cards(study)
    pieces = cards.dataset.split.pieces(cards.study.fold)
    return [
        f"{part}/{piece}.parquet"
        for part in parts_of_study(study)
        for split in splits
        for piece in pieces[split]
    ]


def parts_to_read(wildcards):
    return parts_of_study(wildcards.study)


def jets_to_train_on(wildcards):
    return jets_of_study(wildcards.study, "train", "validation")


def jets_to_score(wildcards):
    return jets_of_study(wildcards.study, "test")


def all_jets(wildcards):
    return jets_of_study(wildcards.study, "train", "validation", "test")


def jets_of_search(wildcards):
    return jets_of_study(study_of_search(wildcards), "train", "validation")


def parts_of_search(wildcards):
    return parts_of_study(study_of_search(wildcards))


def checks_of(wildcards):
    """Return what was found in the files that a study uses."""
    dataset = study_cards(wildcards.study).study.dataset
    return [
        f"results/datasets/{dataset}/checks/{part}.json"
        for part in parts_of(wildcards.study)
    ]


def card_of_dataset(wildcards):
    return f"config/datasets/{study_cards(wildcards.study).study.dataset}.yaml"


def cards_of_taggers(wildcards):
    return [
        f"config/taggers/{tagger}.yaml"
        for tagger in study_cards(wildcards.study).study.taggers
    ]


def runs_of(wildcards):
    """Return the directories of all trainings of a study: every tagger on every number of jets with every seed."""
    study = study_cards(wildcards.study).study
    return [
        f"results/studies/{wildcards.study}/{tagger}/{size}seed{seed}"
        for tagger in study.taggers
        for size in [f"jets{jets}/" for jets in study.training_jets] or [""]
        for seed in study.seeds
    ]


def options_of(wildcards):
    """Return what the name of a run, such as `seed1` or `jets2000/seed1`, says to `tagwerk train`."""
    size, _, seed = wildcards.run.rpartition("seed")
    jets = size.removeprefix("jets").removesuffix("/")
    epochs = study_cards(wildcards.study).study.most_epochs(int(jets) if jets else None)
    options = ["--epochs", epochs, "--seed", seed]
    return [*options, "--training-jets", jets] if jets else options


def study_of_search(wildcards):
    """Return the study on whose jets a search trains."""
    return search_cards(wildcards.search).search.study


def summary_of_search(wildcards):
    return f"results/studies/{study_of_search(wildcards)}/summary.json"


def cards_of_search(wildcards):
    """Return the cards that a search's card names."""
    found = search_cards(wildcards.search)
    study = found.search.study
    return [
        str(found.tagger_path),
        f"config/studies/{study}.yaml",
        str(found.cards.dataset_path),
    ]


def code_of_search(wildcards):
    """Return the source files of a search with one tagger; other taggers' are not among them."""
    architecture = search_cards(wildcards.search).tagger.architecture
    return sources("cli.tune", "tuning.objective", f"taggers.{architecture}")


def workers_of(wildcards):
    """Return what the jobs leave behind that share the trials of a search."""
    workers = search_cards(wildcards.search).search.workers
    return [
        f"results/searches/{wildcards.search}/workers/{worker}.done"
        for worker in range(1, workers + 1)
    ]


def wanted_search():
    """Return the search that the configuration names."""
    if "search" not in config:
        stop(
            "key 'search' is missing; name a card in config/searches: --config search=<name>"
        )
    return config["search"]


# The names of study and search as the user wrote them: Snakemake takes 2024_01 for a number.
given = workflow.config_settings
own = [] if given.replace_workflow_config else [Path("config/config.yaml")]
try:
    config.update(
        configuration(
            [*filter(Path.exists, own), *given.configfiles], given.config_args or []
        )
    )
except UserError as mistake:
    stop(mistake)
if "study" not in config:
    stop("config/config.yaml: key 'study' is missing; name a card in config/studies")
if "search" in config:
    search_cards(config["search"])
study_cards(config["study"])
parts_of(config["study"])
