"""The files of jets, their parts, chunks, sums, lists and checks, from the wildcards of a job."""


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


@cache
def list_of_alternative(study, sample):
    file = f"results/studies/{study}/samples/{sample}.txt"
    return current_list(file, parts_of_sample(sample))


def list_of_sample(wildcards):
    return list_of_alternative(wildcards.study, wildcards.sample)


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
