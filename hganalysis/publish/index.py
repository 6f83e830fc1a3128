"""The index: one screen with three answers, what can be taken along, and the rest folded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from .. import figure, frames, places, suppress, words
from ..draw.picture import FIGURES, KINDS, WIDTHS
from .tables import about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .answers import Answer

ROOM = Path(__file__).parent

# A third of the screen: 410 by 250 pixels, with letters of 13.
THUMB = {"width": 78, "height": 47.6, "kind": "svg"}

TAKEN = {
    "atlas": "atlas.html",
    "slides": "slides.pptx",
    "tables": "tables.xlsx",
    "figures": "figures.zip",
}
"""What lies beside the index, where it was written."""


def thumbs(out: Path, answers: Sequence[Answer]) -> None:
    """Draw the pictures of the answers as small as the index shows them."""
    from ..draw import page

    (out / FIGURES).mkdir(exist_ok=True)
    for at, one in enumerate(answers, 1):
        if one.picture:
            panel = one.picture.figure.panels[0]
            if isinstance(panel, figure.Scatter):  # there is no room for all that it says
                ticks = dict([*panel.ticks.items()][::2])
                panel = replace(panel, axes=(panel.axes[0], ""), ticks=ticks)
            bare = replace(one.picture.figure.bare(), panels=(panel,))
            (out / _thumb(at)).write_bytes(page.draw(bare, **THUMB))  # type: ignore[arg-type]


def index(
    out: Path,
    answers: Sequence[Answer],
    reports: Mapping[str, tuple[str, str]],
    *,
    at: Callable[[str], str] = str,
    licence: str = "",
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
    at
        Gives a file the name that it has in the end.
    licence
        The file of the licence that goes along, if there is one.
    """
    kept, rows = about(out), frames.reports()
    told = [
        {**one.__dict__, "thumb": _thumb(number)} | _large(one, kept)
        for number, one in enumerate(answers, 1)
    ]
    internal = "" if suppress.threshold() else words.term("index.internal")
    said = {
        key.split(".")[1]: words.term(key)
        for key in words.strings()
        if key.startswith("index.") and "{" not in words.strings()[key]["vi"]
    }
    said |= {"about": _about(), "internal": internal}
    said["title"] = words.term("index.title", place=places.province_name())
    origin = figure.worst(rows)
    maker = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return maker.from_string((ROOM / "index.html").read_text("utf-8")).render(
        lang=words.language(),
        style=Markup((ROOM / "index.css").read_text("utf-8")),
        say=said,
        banner=figure.banner(origin),
        source=figure.credit(origin),
        answers=told,
        along={key: file for key, file in TAKEN.items() if (out / at(file)).is_file()},
        reports=reports,
        figures={name: {**one, "files": [*_files(name)]} for name, one in kept.items()},
        licence=licence,
        at=at,
    )


def _about() -> str:
    years = frames.reports()["year"]
    said = words.term("index.places", many=words.number(len(places.districts())))
    if len(places.levels()) > 1:
        said += words.term("index.parts", parts=words.number(len(places.communes())))
    ends = "–".join(dict.fromkeys(map(str, (years.min(), years.max()))))
    return words.term("index.about", places=said, years=ends)


def _thumb(number: int) -> str:
    return f"{FIGURES}/thumb-{number}.svg"


def _large(one: Answer, kept: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Find the file of an answer's picture, where a notebook kept it."""
    digest = one.picture.figure.digest if one.picture else ""
    names = [name for name, said in kept.items() if said["digest"] == digest]
    return {"large": f"{FIGURES}/{names[0]}-slide.png"} if names else {}


def _files(name: str) -> Iterator[tuple[str, str, str]]:
    for medium in WIDTHS:
        for kind in KINDS[:2]:
            yield medium, kind, f"{FIGURES}/{name}-{medium}.{kind}"
