"""Write reports that open anywhere: one page a notebook, and a page that leads to everything."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from .. import suppress, words
from ..render.results import FIGURES, TABLES, WEB
from .folders import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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


# The template of JupyterLab drops what a picture says of itself for whoever hears it.
DESCRIBED = """\
{%- extends 'index.html.j2' -%}
{%- block data_png scoped -%}
{%- set told = output | get_metadata('alt', 'image/png') -%}
{%- if told -%}
{{ super() | replace('<img ', '<img alt="' ~ (told | escape_html) ~ '" ', 1) }}
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
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
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
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    # Nothing is left to load, so the scripts that would load it go as well.
    head, body = page.split("<body", 1)
    head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
    # A page needs no trust, and runs no cell.
    for hint in words.strings()["maps.nothing_shows"].values():
        body = body.replace(f"<p><small>{escape(hint)}</small></p>", "")
    # The prose is in one language; what is printed and drawn below it may be in another.
    spoken = '<div class="jp-Cell-outputWrapper"'
    body = body.replace(spoken, f'{spoken} lang="{words.language()}"')
    style = (resources.files(__package__ or "hganalysis.build") / "report.css").read_text("utf-8")
    whole = f"{head.replace('</head>', f'<style>{style}</style></head>')}<body{body}"
    if found := requests(whole):
        lines = "\n".join(f"  {one}" for one in found)
        msg = f"the report {title!r} would ask the network for {len(found)} things:\n{lines}"
        raise BuildError(msg)
    return whole


def index(out: Path, *, reports: Mapping[str, str], kept: Sequence[Path]) -> str:
    """
    Write the page that leads to everything that was built.

    Parameters
    ----------
    out
        The folder of the outputs.
    reports
        Title of each report by its file name, in reading order.
    kept
        The files that notebooks kept, in the order in which they did, and those of leaves.
    """
    inside = [file.relative_to(out).as_posix() for file in kept]
    figures = [name for name in inside if name.startswith(f"{FIGURES}/") and name.endswith(".png")]
    web = [name for name in inside if name.startswith(f"{WEB}/")]
    tables = [name for name in inside if name.startswith(f"{TABLES}/")]
    leaves = [name for name in inside if "/" not in name]
    template = resources.files(__package__ or "hganalysis.build") / "index.html"
    return Template(template.read_text(encoding="utf-8")).substitute(
        lang=words.language(),
        title=escape(words.term("build.title")),
        note=escape(_note()),
        reports=_section("reports", [_link(file, text) for file, text in reports.items()]),
        leaves=_section("leaves", [_link(name, name) for name in leaves]),
        web=_section("web", [_link(name, _title(out / name)) for name in web]),
        figures=_section("figures", [_picture(out, name) for name in figures], kind="pictures"),
        tables=_section("tables", [_table(out, name) for name in tables]),
    )


def _note() -> str:
    note = words.term("build.note")
    return note if suppress.threshold() else f"{words.term('build.internal')} {note}"


def _section(key: str, items: Sequence[str], *, kind: str = "links") -> str:
    if not items:
        return ""
    lines = "\n".join(f"<li>{item}</li>" for item in items)
    heading = escape(words.term(f"build.{key}"))
    return f'<section><h2>{heading}</h2>\n<ul class="{kind}">\n{lines}\n</ul></section>'


def _link(file: str, text: str) -> str:
    return f'<a href="{escape(file)}">{escape(text)}</a>'


def _picture(out: Path, png: str) -> str:
    """Show a picture, small; itself and its SVG are one click away."""
    svg = f"{png[:-4]}.svg"
    name = escape(_title(out / svg))
    image = f'<img src="{png}" alt="{name}" loading="lazy" width="480" height="270">'
    return f'<a href="{png}">{image}</a><br>{name} · {_link(svg, "SVG")}'


def _table(out: Path, csv: str) -> str:
    """Name a table in words: its own, else those of the picture that bears its name."""
    stem = _stem(csv)
    svg = out / FIGURES / f"{stem}.svg"
    own = f"kept.{stem}"
    name = words.term(own) if own in words.strings() else _title(svg) if svg.is_file() else stem
    return _link(csv, name)  # the name of a file is for programs: it may name what a study has not


def _title(file: Path) -> str:
    """Read the title of a page or a picture: it is in words, a file name is not."""
    found = re.search(r"<title>(.*?)</title>", file.read_text(encoding="utf-8"), re.DOTALL)
    return unescape(found[1]) if found else file.stem


def _stem(file: str) -> str:
    return file.rsplit("/", 1)[1].rsplit(".", 1)[0]
