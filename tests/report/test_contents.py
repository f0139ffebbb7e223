"""The table of contents lists the page's sections."""

from tagwerk.report.contents import ContentsEntry, contents

PAGE = """
<section id="one"><h2>First <i>section</i></h2><h3>Part</h3><p>Text.</p></section>
<section id="two" class="needs-script wide"><h2 data-contents="Second">A long heading</h2></section>
<section><h2>Without an anchor</h2></section>
<section id="three"><p>Text</p><h2>Q &amp; A</h2><h2>Another heading</h2></section>
"""


def test_it_lists_the_first_heading_of_every_section_with_an_anchor():
    assert contents(PAGE) == [
        ContentsEntry("one", "First section", False),
        ContentsEntry("two", "Second", True),
        ContentsEntry("three", "Q & A", False),
    ]
