"""Build the documentation: `make docs`. Nothing in it asks the network when a page is opened."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import constants
import manual
import measured
from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import hganalysis as hg

project = "hganalysis"
project_copyright = "the hganalysis team"
version = release = hg.__version__
hg.words.use("en")

# The reference has names as people type them: `hg.map`, `hg.frames.reports`.
sys.modules["hg"] = hg
for room in hg.__all__:
    sys.modules[f"hg.{room}"] = getattr(hg, room)

extensions = ["sphinx.ext.autodoc", "numpydoc", "sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "figures",
    "gallery_dirs": "gallery",
    "filename_pattern": "/",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("pictures",),
    "capture_repr": ("_repr_html_",),
    "download_all_examples": False,
    "show_signature": False,
    "remove_config_comments": True,
    "write_computation_times": False,  # its pages ask the network for scripts
}
default_role = "py:obj"  # `frames.reports` in a docstring is a link where there is such a name
suppress_warnings = ["ref.python"]  # `.table` of a docstring is of several answers
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 88
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

# Of the reader's own machine, with all marks of Vietnamese.
LETTERS = "'Segoe UI', 'Noto Sans', Roboto, 'Helvetica Neue', Arial, sans-serif"
html_theme = "alabaster"
html_static_path = ["_static"]
html_css_files = ["look.css"]
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

UNKNOWN = ", **unknown: object"


def linked(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Element
) -> Element | None:
    """Find `frames.reports`, as docstrings say it, where it is `hg.frames.reports`."""
    if node.get("reftype") != "obj":
        return None
    domain, target = env.get_domain("py"), f"hg.{node['reftarget']}"
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def without_unknown(*event: str) -> tuple[str, str] | None:
    """Leave `**unknown`, which takes unknown names only to refuse them, out of a signature."""
    *_, signature, returns = event
    if not signature or UNKNOWN not in signature:
        return None
    return signature.replace(UNKNOWN, ""), returns


def write_tables(app: Sphinx) -> None:
    """Write the tables of what was measured, and of what the code has."""
    made = Path(app.srcdir) / "made"
    measured.write(made)
    manual.write(made)
    (made / "constants.txt").write_text(constants.lay_out(), encoding="utf-8")


def name_language(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:  # noqa: ARG001
    """Let a page say which language it is in: browsers read it aloud, and break its lines."""
    if page.startswith("vi/"):
        context["language"] = "vi"


def setup(app: Sphinx) -> None:
    """Write tables before any page is read."""
    app.connect("builder-inited", write_tables)
    app.connect("html-page-context", name_language)
    app.connect("missing-reference", linked)
    app.connect("autodoc-process-signature", without_unknown)
