"""The section of a dataset card that sets the severity of the faults that a check of its files finds."""

from typing import Literal

from pydantic import Field

from tagwerk.cards.base import Section

Severity = Literal["error", "warning", "note"]


class Checks(Section):
    """Severity of each fault: an error stops, a warning is counted in the report, a note appears in the check only."""

    no_jets: Severity = Field(default="error", description="no jet of a file passes the selections")
    not_finite: Severity = Field(
        default="error", description="a value is infinite or NaN; unless an error, such jets are dropped"
    )
    negative_energy: Severity = Field(
        default="error", description="a pT or energy is negative; unless an error, such jets are dropped"
    )
    mass_shell: Severity = Field(
        default="warning", description="an energy is smaller than the momentum, beyond rounding, or a mass is negative"
    )
    padding: Severity = Field(
        default="warning", description="constituents look like padding: no momentum, or values such as -999"
    )
    repeated: Severity = Field(
        default="warning", description="lists end in identical constituents, as if padded with a constant"
    )
    inverted: Severity = Field(
        default="error", description="nearly all constituents are padding, or no jet has any constituent"
    )
    sentinels: Severity = Field(
        default="warning", description="values are -1, -99, -999 or similar, as placeholders for missing values"
    )
    spikes: Severity = Field(
        default="note", description="many values of a continuous variable are identical, such as 0"
    )
    outliers: Severity = Field(default="warning", description="a few values of a variable are far from all others")
    negative_weights: Severity = Field(default="error", description="a jet's weight is negative")
    duplicates: Severity = Field(
        default="error", description="a jet is duplicated: same event and momentum, in one file or in two"
    )
    unsplit: Severity = Field(
        default="error", description="a jet is in no piece of an official split; unless an error, it is dropped"
    )
    leaks: Severity = Field(
        default="error", description="an event has jets in two pieces of an official split, such as train and test"
    )
    units: Severity = Field(default="error", description="momenta look like MeV read as GeV, or GeV read as MeV")
    angles: Severity = Field(default="error", description="azimuths look like degrees, or η like an angle")
    balance: Severity = Field(
        default="warning", description="the constituents' pT does not add up to anything near the jet's"
    )
    far: Severity = Field(
        default="warning", description="constituents are far from their jet, as if they belonged to another"
    )
    masked: Severity = Field(default="warning", description="a mask removes constituents that have a momentum")
    dangling_links: Severity = Field(default="warning", description="links point to no constituent in the file")
    long_jets: Severity = Field(
        default="warning", description="jets have more constituents than `max_length`; the last ones are dropped"
    )
    empty_jets: Severity = Field(default="note", description="jets have no constituents; they are kept")
    empty_classes: Severity = Field(default="note", description="a class has no jet in a file")
    unordered: Severity = Field(default="note", description="constituents are not in order; ingest sorts them")
