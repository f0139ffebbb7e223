"""The kinds of generator: a section without `kind` is of the first."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from tagwerk.cards.base import UNION_TAG, UNKNOWN_KIND
from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.cards.generator import Generator
from tagwerk.cards.tau_generator import TauGenerator


def _kind(section: Any) -> str:
    kind = section.get("kind", "pythia") if isinstance(section, dict) else getattr(section, "kind", "pythia")
    return f"{UNION_TAG}{kind}"


AnyGenerator = Annotated[
    Annotated[Generator, Tag(f"{UNION_TAG}pythia")]
    | Annotated[TauGenerator, Tag(f"{UNION_TAG}tau")]
    | Annotated[ExactGenerator, Tag(f"{UNION_TAG}exact")],
    Discriminator(
        _kind,
        custom_error_type=UNKNOWN_KIND,
        custom_error_message="unknown 'kind'; known: pythia (the default), tau, exact",
    ),
]
