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
from tagwerk.surroundings import for_jobs, settle


wildcard_constraints:
    study="[^/]+",
    dataset="[^/]+",
    part="[^/]+",
    tagger="[^/]+",
    run="(jets[0-9]+/)?seed[0-9]+",
    search="[^/]+",
    worker="[0-9]+",


settle()
os.environ.update(for_jobs(os.environ))


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


def code_of_search(wildcards):
    """Return the source files of a search with one tagger; other taggers' are not among them."""
    architecture = search_cards(wildcards.search).tagger.architecture
    return sources("cli.tune", "tuning.objective", f"taggers.{architecture}")


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
