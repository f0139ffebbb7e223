"""The files that jobs of a study or a search read and write, from their wildcards."""


def files_of(wildcards):
    """Return the files of a block, simulated or the user's own."""
    return blocks_of(wildcards.dataset)[wildcards.part]


def input_files(wildcards):
    """Return the files of a block, but for those on a server, where Snakemake does not look."""
    return [file for file in files_of(wildcards) if not isinstance(file, RemoteFile)]


def pieces_of(dataset):
    """Return the names of the files in a part's directory of jet records: one per split or fold."""
    return sorted(chain.from_iterable(dataset.split.pieces().values()))


def pieces_in_use():
    """Return each set of pieces in use, with a pattern for the datasets that are split into these."""
    studies = [config["study"]]
    if "search" in config:
        studies += [cards.search.study for cards in searches(config["search"]).values()]
    datasets = {}
    for cards in map(study_cards, studies):
        if cards.dataset is None:
            continue
        # Snakemake counts braces in a constraint, also escaped ones.
        # Alternative samples have the pieces of the dataset.
        for dataset in (cards.study.dataset, *cards.alternatives):
            name = re.escape(dataset).replace(r"\{", r"\x7b").replace(r"\}", r"\x7d")
            datasets.setdefault(tuple(pieces_of(cards.dataset)), []).append(name)
    if len(datasets) == 1:
        return dict.fromkeys(datasets, "[^/]+")
    return {pieces: "|".join(names) for pieces, names in datasets.items()}


def parts_of_study(study):
    """Return the directories of the jet records that a study uses."""
    dataset = study_cards(study).study.dataset
    return [f"results/datasets/{dataset}/jets/{part}" for part in parts_of(study)]


def jets_of_study(study, *splits, chunk=None):
    """Return the files of the jet records that a study uses, of these splits only, and of one chunk only if given."""
    cards = study_cards(study)
    pieces = cards.dataset.split.pieces(cards.study.fold)
    parts = parts_of_study(study)
    return [
        f"{part}/{piece}.parquet"
        for part in (parts if chunk is None else chunk_of(parts, int(chunk)))
        for split in splits
        for piece in pieces[split]
    ]


def parts_of_sample(sample):
    """Return the directories of the jet records of an alternative sample."""
    return [f"results/datasets/{sample}/jets/{part}" for part in blocks_of(sample)]


def jets_of_sample(wildcards):
    """Return all files of the jet records of an alternative sample."""
    pieces = pieces_of(dataset_card(wildcards.sample))
    return [
        f"{part}/{piece}.parquet"
        for part in parts_of_sample(wildcards.sample)
        for piece in pieces
    ]


def jets_to_train_on(wildcards):
    return jets_of_study(wildcards.study, "train", "validation")


def jets_or_chunks_to_score(wildcards):
    """Return the jets that a run scores, or the scores of their chunks in a large dataset."""
    chunks = chunks_of_study(wildcards)
    if not chunks:
        return jets_of_study(wildcards.study, "validation", "test")
    folders = [f"{folder_of_scores(wildcards)}/{chunk}" for chunk in chunks]
    # The directories too: Snakemake removes a temporary output that no job reads.
    files = [
        f"{folder}/{name}"
        for folder in folders
        for name in ("scores.parquet", "about.json")
    ]
    return folders + files


def chunk_to_score(wildcards):
    return jets_of_study(wildcards.study, "validation", "test", chunk=wildcards.chunk)


def folder_of_scores(wildcards):
    return (
        f"results/studies/{wildcards.study}/{wildcards.tagger}/{wildcards.run}/chunks"
    )


def chunks_to_score(wildcards):
    """Return the options of `tagwerk score` that join the chunks of a large dataset."""
    chunks = chunks_of_study(wildcards)
    return ["--chunks", folder_of_scores(wildcards)] if chunks else []


def jets_to_probe(wildcards):
    return jets_of_study(wildcards.study, "test")


def all_jets(wildcards):
    return jets_of_study(wildcards.study, "train", "validation", "test")


def chunks_of_study(wildcards):
    """Return the numbers of the chunks of a large dataset, none for a small one."""
    chunks = chunks_of(parts_of(wildcards.study))
    return range(1, len(chunks) + 1) if len(chunks) > 1 else []


def folder_of_sums(wildcards):
    name = getattr(wildcards, "features", NONE)
    return f"results/studies/{wildcards.study}/sums/{name}"


def jets_or_sums(wildcards):
    """Return the jets to summarise, or the survey and the sums of the chunks in a large dataset."""
    chunks = chunks_of_study(wildcards)
    if not chunks:
        return all_jets(wildcards)
    survey = f"results/studies/{wildcards.study}/survey"
    sums = [f"{folder_of_sums(wildcards)}/{chunk}.json" for chunk in chunks]
    return [f"{survey}/survey.json", f"{survey}/sample.parquet", *sums]


def chunk_to_sum(wildcards):
    return jets_of_study(wildcards.study, "train", chunk=wildcards.chunk)


def sums_to_summarise(wildcards):
    """Return the options of `tagwerk summarise` that add the chunks of a large dataset."""
    if not chunks_of_study(wildcards):
        return []
    survey = f"results/studies/{wildcards.study}/survey"
    return ["--survey", survey, "--chunks", folder_of_sums(wildcards)]


def chunk_option_of_sums(wildcards):
    survey = f"results/studies/{wildcards.study}/survey"
    return ["--survey", survey, "--chunk", wildcards.chunk]


def jets_of_search(wildcards):
    return jets_of_study(study_of_search(wildcards), "train", "validation")


def current_list(file, paths):
    """Return a list of paths as an input, which is written here if it differs, while Snakemake looks for jobs.

    Jobs that read it have its paths as inputs, so its age says nothing. No job can write it, since Snakemake 9 forgets
    the jobs downstream of one that reruns if they read its output as `ancient`
    (https://github.com/snakemake/snakemake/issues/4166).
    """
    if not workflow.is_main_process:  # a job reads what it was planned with
        return file
    starts_jobs = workflow.executor_plugin is not None and not workflow.dryrun
    try:
        # A dry run replaces none: a run in progress may be reading it.
        write_list(Path(file), paths, replace=starts_jobs)
    except UserError as mistake:
        if starts_jobs:
            stop(mistake)
        return []
    # Snakemake may have looked into the folder before.
    workflow.iocache.exists_local[file] = True
    return file


@cache
def list_of_study(study):
    return current_list(f"results/studies/{study}/parts.txt", parts_of_study(study))


def list_of_parts(wildcards):
    return list_of_study(wildcards.study)


def list_for_search(wildcards):
    return list_of_study(study_of_search(wildcards))


@cache
def list_of_alternative(study, sample):
    file = f"results/studies/{study}/samples/{sample}.txt"
    return current_list(file, parts_of_sample(sample))


def list_of_sample(wildcards):
    return list_of_alternative(wildcards.study, wildcards.sample)


def summary_of(wildcards):
    """Return the summary of a study's dataset; a study of score files alone has none."""
    has_dataset = study_cards(wildcards.study).dataset is not None
    return f"results/studies/{wildcards.study}/summary.json" if has_dataset else []


def score_files_of(wildcards):
    """Return the score files that a study compares."""
    cards = study_cards(wildcards.study).scores.values()
    return [str(file) for card in cards for file in card.paths()]


def checks_of_study(study):
    """Return the results of the checks of the files that a study uses."""
    dataset = study_cards(study).study.dataset
    return [
        f"results/datasets/{dataset}/checks/{part}.json" for part in parts_of(study)
    ]


def checks_of(wildcards):
    return checks_of_study(wildcards.study)


def list_of_checks(wildcards):
    """Return the list of the checks of a study; a study of score files alone has none."""
    study = wildcards.study
    if study_cards(study).dataset is None:
        return []
    return current_list(f"results/studies/{study}/checks.txt", checks_of_study(study))


def fold_of(wildcards):
    return study_cards(wildcards.study).study.fold


def dataset_of(wildcards):
    return study_cards(wildcards.study).study.dataset


def runs_of(wildcards):
    return runs_of_study(wildcards.study)


def runs_of_study(study):
    """Return the directories of all trainings of a study: one per tagger, training-set size and seed."""
    return [
        f"results/studies/{study}/{tagger}/{f'jets{jets}/' if jets else ''}seed{seed}"
        for tagger, jets, seed in study_cards(study).runs()
    ]


def robustness_of(wildcards):
    """Return the results of probing each tagger, trained with the study's first seed at its largest size, if asked."""
    study = study_cards(wildcards.study).study
    largest = f"jets{max(study.training_jets)}/" if study.training_jets else ""
    folders = [
        f"results/studies/{wildcards.study}/{tagger}/{largest}seed{study.seeds[0]}"
        for tagger in study.taggers
    ]
    return [f"{each}/robustness.json" for each in folders if study.robustness.jets]


def exports_of(study):
    """Return the exported taggers of all trainings of a study, in its layouts, and their model cards.

    A file of a trained model is one already.
    """
    cards = study_cards(study)
    of_layout = {
        "tagwerk": ["model.onnx"],
        "atlas": ["model.atlas.onnx"],
        "cms": ["model.cms.onnx", "model.cms.json"],
    }
    names = [name for layout in cards.study.export for name in of_layout[layout]]
    return [
        f"{run}/{name}"
        for run, (tagger, *_) in zip(runs_of_study(study), cards.runs())
        if names and cards.taggers[tagger].model is None
        for name in [*names, "model_card.md"]
    ]


def options_of_export(layout):
    """Return a function that returns the options of `tagwerk export` for an experiment's layout."""

    def options(wildcards):
        study = study_cards(wildcards.study).study
        names = [f"{ours}={theirs}" for ours, theirs in study.export_names.items()]
        given = [option for each in names for option in ("--name", each)]
        return [
            "--layout",
            layout,
            *given,
            *(["--selected"] if study.export_selected else []),
        ]

    return options


def alternatives_of(wildcards):
    """Return the scores of alternative samples by the trainings at the study's largest size."""
    cards = study_cards(wildcards.study)
    largest = max(cards.study.training_jets, default=None)
    folders = [
        f"{run}/alternatives/{sample}"
        for run, (tagger, jets, _) in zip(runs_of(wildcards), cards.runs())
        for sample in cards.alternatives
        if jets == largest and tagger in cards.study.taggers
    ]
    return [
        f"{each}/{name}"
        for each in folders
        for name in ("scores.parquet", "about.json")
    ]


def files_of_model(wildcards):
    """Return the files that the section `model` of a tagger's card names."""
    model = study_cards(wildcards.study).taggers[wildcards.tagger].model
    return [] if model is None else [*filter(None, (model.file, model.preprocess))]


def jets_and_seed(wildcards):
    """Return number of training jets, None for all, and seed of a run such as `seed1` or `jets2000/seed1`."""
    size, _, seed = wildcards.run.rpartition("seed")
    jets = size.removeprefix("jets").removesuffix("/")
    return int(jets) if jets else None, seed


def epochs_of(wildcards):
    """Return the maximum number of epochs of a training."""
    jets, _ = jets_and_seed(wildcards)
    return study_cards(wildcards.study).study.max_epochs(jets)


def options_of(wildcards):
    """Return the options of `tagwerk train` for a run."""
    jets, seed = jets_and_seed(wildcards)
    options = ["--epochs", epochs_of(wildcards), "--seed", seed]
    return [*options, "--training-jets", jets] if jets else options


def study_of_search(wildcards):
    """Return the study whose jets a search trains on."""
    return search_cards(wildcards.search).search.study


def passes_of_worker(wildcards):
    """Return how often one of the jobs of a search reads the jets, if they share its trials equally."""
    found = search_cards(wildcards.search)
    return found.search.trials * found.cards.study.epochs / found.search.workers


def summary_for(study, tagger):
    """Return the summary with the moments of the features that a tagger uses."""
    features = keys.features_read(tagger)
    if features == NONE:
        return f"results/studies/{study}/summary.json"
    return f"results/studies/{study}/features/{keys.file_name(features)}.json"


def summary_to_train(wildcards):
    return summary_for(
        wildcards.study, study_cards(wildcards.study).taggers[wildcards.tagger]
    )


def summary_of_search(wildcards):
    return summary_for(
        study_of_search(wildcards), search_cards(wildcards.search).tagger
    )


def features_of_file(wildcards):
    """Return the features of the taggers of a study, or of a search on it, that share a summary."""
    if wildcards.features == NONE:
        return NONE
    taggers = list(study_cards(wildcards.study).taggers.values())
    if "search" in config:
        taggers += [cards.tagger for cards in searches(config["search"]).values()]
    lists = {
        keys.file_name(features): features
        for features in map(keys.features_read, taggers)
    }
    return lists[wildcards.features]


def code_of_features(wildcards):
    return fingerprint("cli.summarise", card=features_of_file(wildcards))


def workers_of(wildcards):
    """Return the marker files of the jobs that share the trials of a search."""
    workers = search_cards(wildcards.search).search.workers
    return [
        f"results/searches/{wildcards.search}/workers/{worker}.done"
        for worker in range(1, workers + 1)
    ]


def options_of_search(wildcards):
    """Return the options of `tagwerk tune` for one of several taggers."""
    _, _, tagger = wildcards.search.partition("/")
    return [f"--tagger={tagger}"] if tagger else []


def card_of_search(wildcards):
    return wildcards.search.partition("/")[0]


def wanted_searches():
    """Return the names in `results` of the search in the configuration, one per tagger."""
    if "search" not in config:
        stop(
            "key 'search' is missing; name a card in config/searches: --config search=<name>"
        )
    return searches(config["search"])


def read_of_file(wildcards):
    return keys_of_blocks(wildcards.dataset)[wildcards.part]


def read_of_summary(wildcards):
    return keys.of_summary(study_cards(wildcards.study).dataset)


def read_of_training(wildcards):
    cards = study_cards(wildcards.study)
    return keys.of_training(cards.dataset, cards.taggers[wildcards.tagger])


def read_of_probe(wildcards):
    cards = study_cards(wildcards.study)
    return keys.of_probe(cards, cards.taggers[wildcards.tagger])


def read_of_comparison(wildcards):
    return keys.of_comparison(study_cards(wildcards.study))


def read_of_model_card(wildcards):
    return keys.of_model_card(study_cards(wildcards.study))


def read_of_search(wildcards):
    return keys.of_search(search_cards(wildcards.search))


# The pages of the gallery, runs of minutes, in a checkout: the package does not contain them.
GALLERY = {
    page.stem: page
    for page in sorted((Path(workflow.basedir).parent / "docs/gallery").glob("*.py"))
}
if "example" in config and config["example"] not in GALLERY:
    stop(
        f"--config: key 'example': no page '{config['example']}' in docs/gallery of a checkout;"
        f" {suggestion(config['example'], list(GALLERY))}"
    )


def jets_of_page(wildcards):
    """Return the demo's jets if a page reads them, and the demo's comparison if it quotes that."""
    text, files = GALLERY[wildcards.example].read_text(encoding="utf-8"), []
    if "results/datasets/top/jets" in text:
        files += jets_of_study("demo", "train", "validation", "test")
    if "results/studies/demo/comparison" in text:
        files += ["results/studies/demo/comparison/comparison.json"]
    return files


def takes_settings(example):
    """Return whether a page reads a text and has a budget; it uses two cores."""
    return "GALLERY_BUDGET" in GALLERY[example].read_text(encoding="utf-8")


def pages_to_run():
    """Return the page that the configuration names, or all; one on a text only if that is given."""
    if "example" in config:
        return [config["example"]]
    return [page for page in GALLERY if "text" in config or not takes_settings(page)]


def settings_of_page(wildcards):
    """Return the environment variables of a page: the file or address of its text, and its budget in minutes."""
    return [
        f"GALLERY_{key.upper()}={config[key]}"
        for key in ("text", "budget")
        if key in config
    ]
