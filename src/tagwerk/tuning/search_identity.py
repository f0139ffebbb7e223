"""The identity of a search, so that no other search continues its journal."""

import json

from tagwerk.cards.search import Search
from tagwerk.training.checkpoint import training_identity
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task


def search_identity(search: Search, task: Task, jets: SplitJets) -> dict[str, str]:
    """Return all that the losses of trials depend on, by the names used in messages.

    It excludes the number of trials, since a search may be extended; titles and colours; and package versions, since a
    search of days should survive an update, which changes losses by less than another seed.
    """
    training = training_identity(task, jets)
    search_keys = {"space", "random_trials", "pruning"}
    return {
        "tagger card": task.tagger.model_dump_json(exclude={"title", "color"}),
        "'space', 'random_trials' or 'pruning' in its card": json.dumps(search.model_dump(include=search_keys)),
    } | {name: training[name] for name in ("dataset", "number of epochs", "seed")}
