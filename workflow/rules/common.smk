import math
import os
import re
import sys
from functools import cache
from itertools import chain
from pathlib import Path

from tagwerk.workflow.configuration import (
    check_card_name,
    check_study_names,
    configuration,
)
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import card_path
from tagwerk.cards.search import load_searches
from tagwerk.cards.load_study import load_cards
from tagwerk.damage import restore_times
from tagwerk.errors import UserError
from tagwerk.records.chunks import chunk_of, chunks_of
from tagwerk.remote import RemoteFile
from tagwerk.summaries.feature_lists import NONE
from tagwerk.surroundings import job_environment, set_up_process
from tagwerk.workflow import keys
from tagwerk.workflow.blocks import blocks
from tagwerk.workflow.code import contents, fingerprint, submodules
from tagwerk.workflow.lists import write_list


wildcard_constraints:
    study="[^/]+",
    dataset="[^/]+",
    part="[^/]+",
    tagger="[^/]+",
    run="(jets[0-9]+/)?seed[0-9]+",
    features="none|[0-9a-f]{8}",
    chunk="[0-9]+",
    example="[^/]+",
    search="[^/]+(/[^/]+)?",
    worker="[0-9]+",
    sample="[^/]+",


set_up_process()
os.environ.update(job_environment(os.environ))


def stop(mistake):
    """Exit Snakemake with one line that says what the user should correct."""
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8" and not str(mistake).isascii():
        mistake = f"{mistake}; this locale's encoding is {encoding}, try PYTHONUTF8=1 snakemake"
    print(f"tagwerk: {mistake}", file=sys.stderr)
    sys.exit(2)


if set("{}") & set(workflow.basedir):
    stop(
        f"{workflow.basedir}: Snakemake reads the braces in its workflow's path as a wildcard; rename the folder"
    )


def checked(load):
    """Return a cached loader of cards that stops Snakemake if a card is wrong."""

    @cache
    def loaded(name):
        try:
            return load(name)
        except UserError as mistake:
            stop(mistake)

    return loaded


dataset_card = checked(Dataset.load)


@checked
def study_cards(name):
    """Return a study's card and all cards that it names."""
    cards = load_cards(name)
    check_study_names(card_path("studies", name), cards)
    return cards


@checked
def blocks_of(dataset):
    """Return the input files of each part of a dataset in `results`: simulated, or the user's own."""
    parts = dataset_card(dataset).parts()
    if dataset_card(dataset).generator is None:
        return blocks(parts)
    return {
        part: [Path(f"results/datasets/{dataset}/files/{part}.root")] for part in parts
    }


@checked
def keys_of_blocks(dataset):
    """Return the fingerprints of the keys that ingest reads in a dataset's card, for each block."""
    return keys.of_blocks(dataset_card(dataset), blocks_of(dataset))


@checked
def parts_of(study):
    """Return the parts in `results` that a study uses: blocks of files, or a number of simulated files."""
    cards = study_cards(study)
    if cards.dataset is None or cards.dataset.generator is not None:
        return cards.parts()
    return list(blocks_of(cards.study.dataset))


@checked
def searches(name):
    """Return the cards of a search by their name in `results`, which ends with the tagger if the search has several."""
    path = card_path("searches", name)
    found = load_searches(path)
    for tagger, cards in found.items():
        check_card_name(tagger, f"{path}: a tagger")
        check_card_name(cards.search.study, f"{path}: key 'study'")
    return {
        f"{name}/{tagger}" if cards.search.taggers else name: cards
        for tagger, cards in found.items()
    }


def search_cards(name):
    """Return the cards of a search with one tagger by their name in `results`."""
    return searches(name.partition("/")[0])[name]


def code_of_reading(stage):
    """Return a function that fingerprints the code of a stage that reads files of one layout."""

    def code(wildcards):
        card = dataset_card(wildcards.dataset)
        layout = f"readers.layouts.{card.layout}"
        return fingerprint(stage, layout, card=card.model_dump_json())

    return code


def code_of_training(*stages):
    """Return a function that fingerprints the code of stages with one tagger."""

    def code(wildcards):
        tagger = study_cards(wildcards.study).taggers[wildcards.tagger]
        architecture = f"taggers.{tagger.architecture}"
        return fingerprint(*stages, architecture, card=tagger.model_dump_json())

    return code


METRICS = submodules("evaluation.metrics")


def code_of_search(wildcards):
    """Return the fingerprint of the code of a search with one tagger."""
    tagger = search_cards(wildcards.search).tagger
    stages = ("cli.tune", "tuning.objective")
    architecture = f"taggers.{tagger.architecture}"
    return fingerprint(*stages, architecture, card=tagger.model_dump_json())


# The names of study and search as the user wrote them: Snakemake would read 2024_01 as a number.
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
    stop(
        "config/config.yaml: key 'study' is missing; name a card in config/studies, or give --config study=<name>"
    )
if "search" in config:
    searches(config["search"])
study_cards(config["study"])
parts_of(config["study"])
if study_cards(config["study"]).dataset is not None:
    restore_times(
        Path(f"results/datasets/{study_cards(config['study']).study.dataset}/jets")
    )
