"""The checks of the jet variables that a dataset's card lets Tagwerk compute from its sequences."""

from collections.abc import Collection, Mapping

from tagwerk.cards.base import suggestion
from tagwerk.cards.momenta import Sequence
from tagwerk.jets.tau_variables import TAU_VARIABLES


def require_known(key: str, names: list[str], known: Collection[str]) -> None:
    """Raise ValueError if a key names a variable that Tagwerk does not compute."""
    for name in names:
        if name not in known:
            raise ValueError(f"key '{key}': unknown variable '{name}'; {suggestion(name, list(known))}")


def require_columns(names: list[str], sequences: Mapping[str, Sequence]) -> None:
    """Raise ValueError if a variable of tau candidates needs a sequence, or of it a variable, that the card lacks."""
    for name in names:
        for sequence, extra in TAU_VARIABLES[name].needs.items():
            needs = f"key 'tau_variables': '{name}' needs"
            if sequence not in sequences:
                raise ValueError(f"{needs} a sequence named '{sequence}'; add it or drop the variable")
            for column in extra:
                if column not in sequences[sequence].extra:
                    where = f"key 'sequences.{sequence}.extra'"
                    raise ValueError(f"{needs} '{column}'; add it to the {where} or drop the variable")
