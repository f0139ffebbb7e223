"""Which files the jobs of a study or a search read and write, by their wildcards."""


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
