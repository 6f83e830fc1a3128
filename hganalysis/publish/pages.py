"""Write pages that open anywhere: one of each notebook, and the index that leads to everything."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from .. import figure, frames, places, suppress, words
from ..countries.letters import slug
from ..draw.picture import FIGURES, KINDS, ON_PHONE, PHONE, WIDTHS
from ..figure import Map, Rows, Scatter
from ..periods import order_periods
from .tables import ARCHIVE, BOOK, figure_records

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

    from ..figure import Panel
    from .answers import Card

PUBLISH_FOLDER = Path(__file__).parent

# What a browser lets a page fetch: what stands in it, and nothing of a network.
ALLOWED = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline' data:; "
    "script-src 'unsafe-inline' data:"
)

# The template of JupyterLab drops what a picture says for whoever hears it, and its narrow form.
DESCRIBED = """\
{%- extends 'index.html.j2' -%}
{%- block data_png scoped -%}
{%- set alt = output | get_metadata('alt', 'image/png') or '' -%}
{%- set narrow = output | get_metadata('PHONE', 'image/png') or '' -%}
{%- set source = '<source media="(max-width: 600px)" srcset="' ~ narrow ~ '">' if narrow else '' -%}
{%- set image = '<picture>' ~ source ~ '<img alt="' ~ (alt | escape_html) ~ '" ' -%}
{{ super() | replace('<img ', image, 1) | replace('</div>', '</picture></div>', 1) }}
{%- endblock data_png -%}
""".replace("PHONE", ON_PHONE)

# A cell without a digit is a text.
TEXT = re.compile(r"<td>(?=[^<0-9]*</td>)")
# One notebook leads to another; its page to the page of the other.
NOTEBOOK_LINK = re.compile(r'(<a href="\w+)\.ipynb"')

# In mm: a third of a screen, with the letters of a phone.
THUMB_HEIGHT, THUMB_WITH_SQUARES = 50, 62
# Rows from each end that can be read there.
THUMB_ROWS = 6

INDEX = "index.html"
TAKEN = {
    "atlas": "atlas.html",
    "slides": "slides.pptx",
    "briefs": "briefs.pdf",
    "poster": "poster.pdf",
    "brief": "brief.docx",
    "tables": BOOK,
    "figures": ARCHIVE,
}
"""What lies beside the index, where it was written."""
BRIEFS = "briefs"
"""The folder with a sheet for each place."""
LICENCE = "LICENSE.txt"
"""Of the data of a study, beside its description; what is made of them takes it along."""


# --- one of each notebook ---


def report(
    notebook: NotebookNode,
    *,
    title: str,
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
    is_simulated
        Whether simulated numbers were read: the page then has the strip.
    """
    # a tab among others and the head of a printed sheet say what place it is
    name = f"{title} · {places.province_name()}"
    page, _ = _exporter(words.language()).from_notebook_node(
        notebook, resources={"metadata": {"name": name}}
    )
    # Nothing is left to load, so the scripts that would load it go as well.
    head, body = page.split("<body", 1)
    head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
    allowed = f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED}">'
    head = head.replace("<head>", f"<head>{allowed}", 1)
    body = TEXT.sub('<td class="text">', body)
    body = NOTEBOOK_LINK.sub(r'\1.html"', body)
    style = (PUBLISH_FOLDER / "report.css").read_text("utf-8")
    digits = hashlib.sha256(body.encode()).hexdigest()[:12]
    text = warning(figure.banner("simulated") if is_simulated else "")
    style += paper_strip(text)
    mark = f'<meta name="identifier" content="hganalysis:{digits}"><style>{style}</style></head>'
    strip = f'<header class="banner"><b>{escape(text)}</b></header>' if text else ""
    strip += f'<nav><a href="{INDEX}">← {escape(words.term("atlas_page.home"))}</a></nav>'
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
    return Template((PUBLISH_FOLDER / "strip.css").read_text("utf-8")).substitute(text=text)


def render(name: str, **blanks: object) -> str:
    """Fill one of the pages of this room in, with its style: no text becomes markup."""
    import jinja2

    maker = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = maker.from_string((PUBLISH_FOLDER / f"{name}.html").read_text("utf-8"))
    style = Markup((PUBLISH_FOLDER / f"{name}.css").read_text("utf-8"))
    return page.render(lang=words.language(), style=style, **blanks)


def internal() -> str:
    """Say of what hides no small counts that it is not to be released."""
    return "" if suppress.threshold() else words.term("index.internal")


@cache  # its templates are compiled once for all pages
def _exporter(language: str) -> HTMLExporter:
    from nbconvert import HTMLExporter

    parts = ("input", "input_prompt", "output_prompt", "anchor_links")
    loaded = ("mathjax", "require_js", "jquery", "mermaid_js", "mermaid_layout_elk_js")
    options: dict[str, bool | str] = {f"exclude_{part}": True for part in parts}
    options |= {f"{script}_url": "" for script in loaded}
    return HTMLExporter(raw_template=DESCRIBED, language_code=language, **options)


# --- the index: one screen with three answers, what can be taken along, and the rest folded ---


def thumbs(out: Path, answers: Sequence[Card]) -> None:
    """Draw the pictures of the answers as small as the index shows them."""
    from ..draw import page

    (out / FIGURES).mkdir(exist_ok=True)
    drawn = [answer.thumb.figure.panels[0] for answer in answers if answer.thumb]
    has_squares = any(isinstance(panel, Map) and panel.is_tiled for panel in drawn)
    height = THUMB_WITH_SQUARES if has_squares else THUMB_HEIGHT
    for number, answer in enumerate(answers, 1):
        if answer.thumb:
            panel = _reduce(answer.thumb.figure.panels[0], answer.ends)
            bare = answer.thumb.figure.bare(panel)
            file = out / FIGURES / f"thumb-{number}.svg"
            content = page.draw_page(bare, width=PHONE, height=height, kind="svg")
            file.write_bytes(content)


def _reduce(panel: Panel, ends: tuple[str, ...] = ()) -> Panel:
    """Leave out of a panel what cannot be read where it is small; some places stay named."""
    if isinstance(panel, Scatter):
        y_ticks = dict(list(panel.y_ticks.items())[::2])
        # its ratio stands above, in large letters; what goes up stands above the axis
        return replace(panel, line_label="", y_ticks=y_ticks)
    if isinstance(panel, Map):
        return _reduce_map(panel, ends)
    if isinstance(panel, Rows) and "is_whole" in panel.rows:
        names = [_brief(name) for name in panel.rows["name"]]
        return replace(panel, rows=panel.rows.assign(name=names))
    if isinstance(panel, Rows) and len(panel.rows) > 2 * THUMB_ROWS:
        highest, lowest = panel.rows.head(THUMB_ROWS), panel.rows.tail(THUMB_ROWS)
        rows = pd.concat([highest, lowest])
        # a legend would take the room of the rows
        key = {"value": panel.key["value"]}
        return replace(panel, rows=rows.reset_index(drop=True), key=key, gap=THUMB_ROWS)
    return panel


def _reduce_map(panel: Map, ends: tuple[str, ...]) -> Map:
    """Write short names; of many places, those of squares and of the two ends alone."""
    names = [places.short(code) for code in panel.places.index]
    drawn = panel.places.assign(name=names)
    if len(panel.places) <= figure.MAX_ROWS:
        return replace(panel, places=drawn, always_named=ends)
    if not panel.is_tiled:  # the few labels with room would not be those of places that matter
        drawn["text"] = None
    return replace(panel, places=drawn, labels_only_named=True, always_named=ends)


def _brief(name: str) -> str:
    """Take the short name of a compared place, if it is one."""
    for code in places.compared().index:
        if name in (places.name(code), places.label(code)):
            return places.short(code)
    return name


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
    records = figure_records(out)
    rows = frames.reports()
    place_sheets = []
    for code in places.compared().index:
        name = places.label(code)
        file = f"{BRIEFS}/{slug(f'{code} {name}')}.pdf"
        if (out / file).is_file():
            place_sheets.append((file, name))
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
    banner = max(banners, default="")
    return render(
        "index",
        say=lambda key: words.term(f"index.{key}"),
        title=figure.capitalise(words.term("index.title", place=places.province_name())),
        about=words.term("index.about", places=listed, periods=periods),
        internal=internal(),
        banner=banner,
        paper_strip=Markup(paper_strip(warning(banner))),
        source=figure.credit_all(rows),
        answers=answers,
        along={key: file for key, file in TAKEN.items() if (out / file).is_file()},
        reports=reports,
        place_sheets=place_sheets,
        figures=records,
        media=WIDTHS,
        kinds=KINDS[:2],
        licence=LICENCE if (out / LICENCE).is_file() else "",
    )
