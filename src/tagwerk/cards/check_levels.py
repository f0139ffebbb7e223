"""The section of a dataset card that says what becomes of the faults that a check of its files finds."""

from typing import Literal

from pydantic import Field

from tagwerk.cards.base import Section

Severity = Literal["error", "warning", "note"]


class Checks(Section):
    """How grave each fault is: an error stops, a warning is counted in the report, a note stands in the check alone."""

    no_jets: Severity = Field(default="error", description="no jet of a file passes the selections")
    not_finite: Severity = Field(
        default="error", description="a value is infinite or not a number; unless an error, such jets are left out"
    )
    negative_energy: Severity = Field(
        default="error", description="a pT or energy is below zero; unless an error, such jets are left out"
    )
    mass_shell: Severity = Field(
        default="warning", description="an energy is smaller than the momentum, beyond rounding, or a mass negative"
    )
    padding: Severity = Field(
        default="warning", description="constituents without momentum, or with values such as -999, as in padding"
    )
    repeated: Severity = Field(
        default="warning", description="lists end in constituents that are all alike, as in padding by a constant"
    )
    inverted: Severity = Field(
        default="error", description="nearly all constituents are padding, or no jet has any constituent"
    )
    sentinels: Severity = Field(
        default="warning", description="values are -1, -99, -999 or the like, as where nothing was measured"
    )
    spikes: Severity = Field(
        default="note", description="many values of a continuous variable are exactly the same one, such as 0"
    )
    outliers: Severity = Field(default="warning", description="a few values of a variable are far from all others")
    negative_weights: Severity = Field(default="error", description="a jet's weight is below zero")
    duplicates: Severity = Field(
        default="error", description="a jet stands twice: the same event and momentum, in one file or in two"
    )
    unsplit: Severity = Field(
        default="error", description="a jet is of no piece of an official split; unless an error, it is left out"
    )
    leaks: Severity = Field(
        default="error", description="an event has jets in two pieces of an official split, such as train and test"
    )
    units: Severity = Field(default="error", description="momenta look like MeV taken for GeV, or GeV for MeV")
    angles: Severity = Field(default="error", description="azimuths look like degrees, or η like an angle")
    balance: Severity = Field(
        default="warning", description="the constituents' pT does not add up to anything like the jet's"
    )
    far: Severity = Field(default="warning", description="constituents are far from their jet, as if of another one")
    masked: Severity = Field(default="warning", description="a mask leaves out constituents that hold a momentum")
    dangling_links: Severity = Field(default="warning", description="links lead to no constituent in the file")
    long_jets: Severity = Field(
        default="warning", description="jets have more constituents than `max_length`; the last are left out"
    )
    empty_jets: Severity = Field(default="note", description="jets are without constituents; they are kept")
    empty_classes: Severity = Field(default="note", description="a class has no jet in a file")
    unordered: Severity = Field(default="note", description="constituents are not in order; ingest orders them")
