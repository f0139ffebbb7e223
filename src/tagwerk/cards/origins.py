"""The origins of constituents: what their truth says of each, and what a tagger that labels them learns."""

from pydantic import Field

from tagwerk.cards.base import Section
from tagwerk.cards.identifiers import Name
from tagwerk.cards.titles import FigureText

# The truth of a constituent whose origin is not known: it counts neither in training nor in results.
UNKNOWN = -1


class Origin(Section):
    """An origin of constituents, such as a tau decay or pile-up."""

    name: Name = Field(description="name in score files")
    label: FigureText = Field(description="name in tables")


# Of a truth that is 0 or 1, where the card names no origins.
SIGNAL_OR_NOT = (Origin(name="other", label="Rest of the jet"), Origin(name="signal", label="Signal decay"))
