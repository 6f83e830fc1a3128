"""Build the documentation: `make docs`. Nothing in it asks the network when a page is opened."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pages
from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import hganalysis

project = "hganalysis"
project_copyright = "the hganalysis team"
version = release = hganalysis.__version__

extensions = ["sphinx.ext.autodoc", "numpydoc"]  # numpydoc brings the tables of summaries
exclude_patterns = ["made"]
default_role = "py:obj"  # `rates.uptake` in a docstring is a link where there is such a name
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 88
autosummary_generate = False
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

# Of the reader's own machine, with all marks of Vietnamese.
LETTERS = "'Segoe UI', 'Noto Sans', Roboto, 'Helvetica Neue', Arial, sans-serif"
html_theme = "alabaster"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_copy_source = html_show_sourcelink = html_show_sphinx = False
html_show_search_summary = False  # a page that is opened from a disk may not read another
html_theme_options = {
    "description": "Map, compare and explain uptake by district",
    "show_powered_by": False,
    "font_family": LETTERS,
    "head_font_family": LETTERS,
    "page_width": "1200px",
    "sidebar_width": "250px",
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}


def linked(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Element
) -> Element | None:
    """Find `rates.uptake`, as docstrings say it, where it is `hganalysis.rates.uptake`."""
    if node.get("reftype") != "obj":
        return None
    domain, target = env.get_domain("py"), f"hganalysis.{node['reftarget']}"
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def setup(app: Sphinx) -> None:
    """Write the pages that are made before any page is read."""
    app.connect("builder-inited", lambda app: pages.write(Path(app.srcdir)))
    app.connect("missing-reference", linked)
