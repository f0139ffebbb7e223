"""The files and options of searches, from the wildcards of a job."""


def jets_of_search(wildcards):
    return jets_of_study(study_of_search(wildcards), "train", "validation")


def list_for_search(wildcards):
    return list_of_study(study_of_search(wildcards))


def study_of_search(wildcards):
    """Return the study whose jets a search trains on."""
    return search_cards(wildcards.search).search.study


def passes_of_worker(wildcards):
    """Return how often one of the jobs of a search reads the jets, if they share its trials equally."""
    found = search_cards(wildcards.search)
    return found.search.trials * found.cards.study.epochs / found.search.workers


def summary_of_search(wildcards):
    return summary_for(
        study_of_search(wildcards), search_cards(wildcards.search).tagger
    )


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
