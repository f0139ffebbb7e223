"""The kinds of generator: a section without `kind` is of the first."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from tagwerk.cards.base import UNION_TAG
from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.cards.generator import Generator


def _kind(section: Any) -> str:
    kind = section.get("kind") if isinstance(section, dict) else getattr(section, "kind", None)
    # Any other kind is refused by the model of the first.
    return f"{UNION_TAG}exact" if kind == "exact" else f"{UNION_TAG}pythia"


AnyGenerator = Annotated[
    Annotated[Generator, Tag(f"{UNION_TAG}pythia")] | Annotated[ExactGenerator, Tag(f"{UNION_TAG}exact")],
    Discriminator(_kind),
]
