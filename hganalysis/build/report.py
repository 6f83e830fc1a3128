"""Write reports that open anywhere: one page a notebook, and a page that leads to everything."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING

from .. import places, words
from . import tables
from .folders import BuildError

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

# The prose of the notebooks; what they print and draw is in the language of the build.
PROSE = "en"
# Attributes by which a page fetches something. The href of a link <a> fetches nothing.
FETCHING = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "background"}
OUTSIDE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(\s*|@import\s+)[\"']?\s*(?:https?:)?//[^\"')\s]*", re.IGNORECASE)
IN_SCRIPT = re.compile(
    r"(?:\bimport\s*\(?|\bfrom|\bfetch\s*\()\s*[\"'`](?:https?:)?//[^\"'`]*", re.IGNORECASE
)


class _Requests(HTMLParser):
    """Collect what a page would ask the network for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            if value is None:
                continue
            if name == "srcdoc":
                self.found += requests(value)
            elif name == "style":
                self.found += IN_STYLE.findall(value)
            elif name in FETCHING and tag not in {"a", "area"} and OUTSIDE.match(value):
                self.found.append(f'<{tag} {name}="{value}">')

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  (its caller's signature)
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += IN_STYLE.findall(data)
        if self._inside == "script":
            self.found += IN_SCRIPT.findall(data)


def requests(page: str) -> list[str]:
    """
    List what a page would ask the network for, the pages in its frames too.

    A link that a reader may follow is no request.

    Examples
    --------
    >>> requests('<a href="https://example.org">read</a> <img src="//example.org/a.png">')
    ['<img src="//example.org/a.png">']
    """
    reader = _Requests()
    reader.feed(page)
    reader.close()
    return reader.found


# The template of JupyterLab drops what a picture says for whoever hears it; on a phone, where a
# picture is wider than the screen, its finding is read above it.
DESCRIBED = """\
{%- extends 'index.html.j2' -%}
{%- block data_png scoped -%}
{%- set told = output | get_metadata('alt', 'image/png') -%}
{%- if told -%}
{%- set title = output | get_metadata('title', 'image/png') or '' -%}
{%- set under = output | get_metadata('subtitle', 'image/png') or '' -%}
{%- set said = '<p class="finding" aria-hidden="true"><b>' ~ (title | escape_html) ~ '</b> '
      ~ (under | escape_html) ~ '</p>' if title else '' -%}
{{ super() | replace('<img ', said ~ '<img alt="' ~ (told | escape_html) ~ '" ', 1) }}
{%- else -%}
{{ super() }}
{%- endif -%}
{%- endblock data_png -%}
"""


def report(notebook: NotebookNode, *, title: str) -> str:
    """
    Turn an executed notebook into a page without code.

    Raises
    ------
    BuildError
        If the page would ask the network for anything; every case is listed.
    """
    # a tab among others and the head of a printed sheet say what place it is
    name = f"{title} · {places.province_name()}"
    page, _ = _exporter().from_notebook_node(notebook, resources={"metadata": {"name": name}})
    # Nothing is left to load, so the scripts that would load it go as well.
    head, body = page.split("<body", 1)
    head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
    # A page needs no trust, and runs no cell.
    for hint in words.strings()["maps.nothing_shows"].values():
        body = body.replace(f"<p><small>{escape(hint)}</small></p>", "")
    # The prose is in one language; what is printed and drawn below it may be in another.
    spoken = '<div class="jp-Cell-outputWrapper"'
    body = body.replace(spoken, f'{spoken} lang="{words.language()}"')
    body = tables.readable(body)
    # A picture that is wider than a phone shows a part of itself, and perhaps not its banner.
    banner = escape(words.term("words.simulated"))
    said = f'<img alt="{banner}. '
    body = body.replace(said, f'<strong class="banner" aria-hidden="true">{banner}</strong>{said}')
    style = (resources.files(__package__ or "hganalysis.build") / "report.css").read_text("utf-8")
    whole = f"{head.replace('</head>', f'<style>{style}</style></head>')}<body{body}"
    if found := requests(whole):
        lines = "\n".join(f"  {one}" for one in found)
        msg = f"the report {title!r} would ask the network for {len(found)} things:\n{lines}"
        raise BuildError(msg)
    return whole


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
