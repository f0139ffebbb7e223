"""The site's configuration: `make docs` builds docs/*.md into build/docs, without a network.

Sphinx with MyST, as for hist and other packages of Scikit-HEP, reads the Markdown that GitHub shows. Furo fetches
nothing, and its search is Sphinx's own, which works from file://.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(Path(__file__).parent)]

from tagwerk import __version__  # noqa: E402

project, author, version, release = "Tagwerk", "The Tagwerk developers", __version__, __version__
project_copyright = "The Tagwerk developers, BSD 3-Clause"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    # Of this folder:
    "command_pages",
    "gallery_pages",
    "mathml",
    "quiet_tensorflow",
    "repository_links",
    "shipped_cards",
]
exclude_patterns = ["examples/*.py", "figures/*.py", "site"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_use_ivar, napoleon_attr_annotations = True, False  # one list of attributes
nitpicky = True
# Types of other packages, whose pages only a network could find, and those inside Tagwerk have no page here.
nitpick_ignore_regex = [("py:class", r"(?!tagwerk\.\w+$).*")]
default_role = "literal"
html_math_renderer = "mathml"

highlight_language = "none"  # of blocks of commands, which name none
html_theme = "furo"
html_title = "Tagwerk"
html_static_path = ["static"]
html_css_files = ["tagwerk.css"]
html_show_sphinx = False
html_copy_source = False
html_search_scorer = str(Path(__file__).with_name("scorer.js"))
html_show_search_summary = False  # it fetches pages, which browsers refuse on file://
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
copybutton_prompt_text = "$ "
linkcheck_timeout = 20
