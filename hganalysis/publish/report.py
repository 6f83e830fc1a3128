"""Write reports that open anywhere: one page a notebook, and a page that leads to everything."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape, unescape
from importlib import resources
from typing import TYPE_CHECKING

from .. import figure, frames, places, suppress, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

# The prose of the notebooks; what they print and draw is in the language of the build.
PROSE = "en"
# What a browser lets a page fetch: what stands in it, and nothing of a network.
ALLOWED = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline' data:; "
    "script-src 'unsafe-inline' data:"
)

# The template of JupyterLab drops what a picture says for whoever hears it.
DESCRIBED = """\
{%- extends 'index.html.j2' -%}
{%- block data_png scoped -%}
{%- set told = output | get_metadata('alt', 'image/png') or '' -%}
{{ super() | replace('<img ', '<img alt="' ~ (told | escape_html) ~ '" ', 1) }}
{%- endblock data_png -%}
"""

# A cell without a digit is a text.
TEXT = re.compile(r"<td>(?=[^<0-9]*</td>)")


IMAGE = re.compile(r'<img alt="([^"]+)"[^>]*>')


def report(notebook: NotebookNode, *, title: str, columns: Mapping[str, Path] | None = None) -> str:
    """
    Turn an executed notebook into a page without code, which fetches nothing wherever it is opened.

    Parameters
    ----------
    notebook
        As it was run.
    title
        Of the page; the place is named behind it.
    columns
        Pictures for a column, by their alt text: a phone shows these, whose letters it can.
    """
    # a tab among others and the head of a printed sheet say what place it is
    name = f"{title} · {places.province_name()}"
    page, _ = _exporter().from_notebook_node(notebook, resources={"metadata": {"name": name}})
    # Nothing is left to load, so the scripts that would load it go as well.
    head, body = page.split("<body", 1)
    head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
    allowed = f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED}">'
    head = head.replace("<head>", f"<head>{allowed}", 1)
    # The prose is in one language; what is printed and drawn below it may be in another.
    spoken = '<div class="jp-Cell-outputWrapper"'
    body = body.replace(spoken, f'{spoken} lang="{words.language()}"')
    body = TEXT.sub('<td class="text">', body)
    narrow = columns or {}
    body = IMAGE.sub(lambda found: _narrow(found[0], narrow.get(unescape(found[1]))), body)
    style = (resources.files(__package__ or "hganalysis.publish") / "report.css").read_text("utf-8")
    digits = hashlib.sha256(body.encode()).hexdigest()[:12]
    about = f'<meta name="identifier" content="hganalysis:{digits}"><style>{style}</style></head>'
    tag, _, inside = body.partition(">")
    return f"{head.replace('</head>', about)}<body{tag}>{_banner()}{inside}"


def _narrow(image: str, column: Path | None) -> str:
    """Show a phone the picture for a column, where there is one."""
    if column is None:
        return image
    data = f"data:image/svg+xml;base64,{base64.b64encode(column.read_bytes()).decode()}"
    return f'<picture><source media="(max-width: 700px)" srcset="{data}">{image}</picture>'


def _banner() -> str:
    """Say on top of a page that its numbers are simulated, or not to be released."""
    said = [figure.banner(figure.worst(frames.reports()))]
    said += ["" if suppress.threshold() else words.term("index.internal")]
    text = ". ".join(filter(None, said))
    return f'<header class="banner"><b>{escape(text)}</b></header>' if text else ""


@cache  # its templates are compiled once for all pages
def _exporter() -> HTMLExporter:
    from nbconvert import HTMLExporter

    return HTMLExporter(
        raw_template=DESCRIBED,
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        language_code=PROSE,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
    )
