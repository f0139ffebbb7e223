"""What the trials of a search have in common, so that no other search goes on with them."""

import json

from tagwerk.cards.search import Search
from tagwerk.training.checkpoint import identity as identity_of_training
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task


def identity(search: Search, task: Task, jets: SplitJets) -> dict[str, str]:
    """Return what the losses of trials depend on, by the names that a message gives them.

    Not among them: how many trials there are, for a search may be made longer; titles and colours; and the versions of
    packages, for a search of days should outlive an update, which moves the losses by less than a seed does.
    """
    training = identity_of_training(task, jets)
    search_keys = {"space", "random_trials", "pruning"}
    return {
        "tagger card": task.tagger.model_dump_json(exclude={"title", "color"}),
        "'space', 'random_trials' or 'pruning' in its card": json.dumps(search.model_dump(include=search_keys)),
    } | {name: training[name] for name in ("dataset", "number of epochs", "seed")}
