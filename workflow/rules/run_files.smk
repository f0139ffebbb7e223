"""What the trainings of a study read and write, with which options, from the wildcards of a job."""


def summary_of(wildcards):
    """Return the summary of a study's dataset; a study of score files alone has none."""
    has_dataset = study_cards(wildcards.study).dataset is not None
    return f"results/studies/{wildcards.study}/summary.json" if has_dataset else []


def score_files_of(wildcards):
    """Return the score files that a study compares."""
    cards = study_cards(wildcards.study).scores.values()
    return [str(file) for card in cards for file in card.paths()]


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


@checked
def exports_of(study):
    """Return the exported taggers of all trainings of a study, in its layouts, and their model cards."""
    cards = study_cards(study)
    if cards.study.export is None:
        return []
    if cards.study.export.layouts != ["tagwerk"]:
        # Here, since it takes a second that other studies need not wait for.
        from tagwerk.exports.study_exports import check_exports

        check_exports(card_path("studies", study), cards)
    of_layout = {
        "tagwerk": ["model.onnx"],
        "atlas": ["model.atlas.onnx"],
        "cms": ["model.cms.onnx", "model.cms.json"],
    }
    names = [
        name for layout in cards.study.export.layouts for name in of_layout[layout]
    ]
    return [
        f"{run}/{name}"
        for run, (tagger, *_) in zip(runs_of_study(study), cards.runs())
        if tagger in cards.exported
        for name in [*names, "model_card.md"]
    ]


def options_of_export(layout):
    """Return a function that returns the options of `tagwerk export` for an experiment's layout."""

    def options(wildcards):
        cards = study_cards(wildcards.study)
        names = [
            f"{ours}={theirs}" for ours, theirs in cards.export_names(layout).items()
        ]
        given = [option for each in names for option in ("--name", each)]
        selected = cards.study.export is not None and cards.study.export.selected
        return ["--layout", layout, *given, *(["--selected"] if selected else [])]

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
