"""Write pages that open anywhere: one of each notebook, and the index that leads to everything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from .. import figure, frames, places, suppress, words
from ..draw.picture import FIGURES, KINDS, WIDTHS
from ..figure import Map, Rows, Scatter, Slopes
from ..periods import order_periods
from .tables import ARCHIVE, BOOK, figure_records

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

    from ..figure import Panel
    from .answers import Card

ROOM = Path(__file__).parent

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
# One notebook leads to another; its page to the page of the other.
NOTEBOOK_LINK = re.compile(r'(<a href="\w+)\.ipynb"')
IMAGE = re.compile(r'<img alt="([^"]+)"[^>]*>')

# A third of the screen: 410 by 250 pixels, with letters of 13.
THUMB = {"width": 78, "height": 47.6, "kind": "svg"}
# Rows or lines from each end that can be read there.
THUMB_ROWS = 6

TAKEN = {
    "atlas": "atlas.html",
    "slides": "slides.pptx",
    "brief": "brief.docx",
    "tables": BOOK,
    "figures": ARCHIVE,
}
"""What lies beside the index, where it was written."""
LICENCE = "LICENSE.txt"
"""Of the data of a study, beside its description; what is made of them takes it along."""


# --- one of each notebook ---


def report(
    notebook: NotebookNode,
    *,
    title: str,
    columns: Mapping[str, Path] | None = None,
    is_simulated: bool = False,
) -> str:
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
    is_simulated
        Whether simulated numbers were read: the page then has the strip.
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
    body = NOTEBOOK_LINK.sub(r'\1.html"', body)
    body = IMAGE.sub(lambda image: _narrow(image[0], narrow.get(unescape(image[1]))), body)
    style = (ROOM / "report.css").read_text("utf-8")
    digits = hashlib.sha256(body.encode()).hexdigest()[:12]
    text = warning(figure.banner("simulated") if is_simulated else "")
    style += paper_strip(text)
    mark = f'<meta name="identifier" content="hganalysis:{digits}"><style>{style}</style></head>'
    strip = f'<header class="banner"><b>{escape(text)}</b></header>' if text else ""
    tag, _, inside = body.partition(">")
    return f"{head.replace('</head>', mark)}<body{tag}>{strip}{inside}"


def warning(banner: str) -> str:
    """Say of a page that its numbers are simulated, or not to be released; "" if neither."""
    return ". ".join(filter(None, [banner, internal()]))


def paper_strip(warning: str) -> str:
    """
    Write the style that prints a strip on every sheet of a page; on the first stands its header.

    Parameters
    ----------
    warning
        The text of the strip; "" for none.
    """
    if not warning:
        return ""
    text = json.dumps(warning, ensure_ascii=False).replace("<", r"\3c ")
    return Template((ROOM / "strip.css").read_text("utf-8")).substitute(text=text)


def render(name: str, **blanks: object) -> str:
    """Fill one of the pages of this room in, with its style: no text becomes markup."""
    import jinja2

    maker = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = maker.from_string((ROOM / f"{name}.html").read_text("utf-8"))
    style = Markup((ROOM / f"{name}.css").read_text("utf-8"))
    return page.render(lang=words.language(), style=style, **blanks)


def internal() -> str:
    """Say of what hides no small counts that it is not to be released."""
    return "" if suppress.threshold() else words.term("index.internal")


def _narrow(image: str, column: Path | None) -> str:
    """Show a phone the picture for a column, where there is one."""
    if column is None:
        return image
    data = f"data:image/svg+xml;base64,{base64.b64encode(column.read_bytes()).decode()}"
    return f'<picture><source media="(max-width: 700px)" srcset="{data}">{image}</picture>'


@cache  # its templates are compiled once for all pages
def _exporter() -> HTMLExporter:
    from nbconvert import HTMLExporter

    parts = ("input", "input_prompt", "output_prompt", "anchor_links")
    loaded = ("mathjax", "require_js", "jquery", "mermaid_js", "mermaid_layout_elk_js")
    options: dict[str, bool | str] = {f"exclude_{part}": True for part in parts}
    options |= {f"{script}_url": "" for script in loaded}
    return HTMLExporter(raw_template=DESCRIBED, language_code=PROSE, **options)


# --- the index: one screen with three answers, what can be taken along, and the rest folded ---


def thumbs(out: Path, answers: Sequence[Card]) -> None:
    """Draw the pictures of the answers as small as the index shows them."""
    from ..draw import page

    (out / FIGURES).mkdir(exist_ok=True)
    for number, answer in enumerate(answers, 1):
        if answer.picture:
            panel = _reduce(answer.picture.figure.panels[0])
            bare = answer.picture.figure.bare(panel)
            file = out / FIGURES / f"thumb-{number}.svg"
            file.write_bytes(page.draw_page(bare, **THUMB))  # type: ignore[arg-type]


def _reduce(panel: Panel) -> Panel:
    """Leave out of a panel what cannot be read where it is small."""
    if isinstance(panel, Scatter):
        y_ticks = dict(list(panel.y_ticks.items())[::2])
        return replace(panel, axes=(panel.axes[0], ""), y_ticks=y_ticks)
    if isinstance(panel, Map) and len(panel.places) > figure.MAX_ROWS:
        # the few labels with room would not be those of the places that matter
        return replace(panel, places=panel.places.assign(text=None))
    if isinstance(panel, Rows | Slopes) and len(panel.rows) > 2 * THUMB_ROWS:
        ends = [panel.rows.head(THUMB_ROWS), panel.rows.tail(THUMB_ROWS)]
        panel = replace(panel, rows=pd.concat(ends, ignore_index=True))
        if isinstance(panel, Rows):  # a legend would take the room of the rows
            panel = replace(panel, key={"value": panel.key["value"]}, gap=THUMB_ROWS)
    return panel


def index(
    out: Path,
    answers: Sequence[Card],
    reports: Mapping[str, tuple[str, str]],
) -> str:
    """
    Write the page that leads to everything.

    Parameters
    ----------
    out
        The folder with all else that was written.
    answers
        As `answers()` gives them, drawn by `thumbs`.
    reports
        Title and question of each report, by its file.
    """
    records, rows = figure_records(out), frames.reports()
    listed = words.term(
        "index.places",
        many=words.number(len(places.compared())),
        parts=words.number(len(places.units())),
    )
    periods = words.period_span(order_periods(rows["period"].unique()))
    banners = [answer.picture.figure.banner for answer in answers if answer.picture]
    banners += [record["banner"] for record in records.values()]
    # where no question has an answer, sentences tell of the reports all the same
    if not any(answer.number.text for answer in answers):
        banners.append(figure.banner(figure.worst_origin(rows)))
    banner = next(filter(None, banners), "")
    return render(
        "index",
        say=lambda key: words.term(f"index.{key}"),
        title=words.term("index.title", place=places.province_name()),
        about=words.term("index.about", places=listed, periods=periods),
        internal=internal(),
        banner=banner,
        paper_strip=Markup(paper_strip(warning(banner))),
        source=figure.credit(figure.worst_origin(rows)),
        answers=answers,
        along={key: file for key, file in TAKEN.items() if (out / file).is_file()},
        reports=reports,
        figures=records,
        media=WIDTHS,
        kinds=KINDS[:2],
        licence=LICENCE if (out / LICENCE).is_file() else "",
    )
