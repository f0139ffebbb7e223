"""Authors and licence of a study are what Zenodo, HEPData and ORCID take."""

import pytest
from pydantic import ValidationError

from tagwerk.cards.publication import Author, Publication


@pytest.mark.parametrize("identifier", ["CC-BY-4.0", "BSD-3-Clause", "GPL-2.0+", "MIT"])
def test_a_licence_is_linked_by_its_identifier(identifier):
    assert Publication(license=identifier).license_url == f"https://spdx.org/licenses/{identifier}.html"


@pytest.mark.parametrize("text", ["CC BY 4.0", "https://creativecommons.org", "", "C"])
def test_another_text_is_not_taken_for_a_licence(text):
    with pytest.raises(ValidationError, match=r"is not an identifier of spdx\.org, such as CC-BY-4\.0; give one"):
        Publication(license=text)


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"])
def test_published_examples_of_orcids_are_accepted(orcid):
    """Those of orcid.org's documentation of the check digit."""
    assert Author(name="Doe, Jo", orcid=orcid).orcid == orcid


@pytest.mark.parametrize(
    ("orcid", "message"),
    [
        ("0000-0002-1825-0079", "has a wrong check digit as an ORCID; correct it"),
        ("0000-0002-1694-2330", "has a wrong check digit as an ORCID; correct it"),
        ("0000000218250097", "is not an ORCID, such as 0000-0002-1825-0097; correct it"),
    ],
)
def test_a_mistyped_orcid_is_refused(orcid, message):
    with pytest.raises(ValidationError, match=message):
        Author(name="Doe, Jo", orcid=orcid)
