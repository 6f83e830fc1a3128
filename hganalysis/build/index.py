"""Write the page that leads to everything: the three answers, then what was made, by question."""

from __future__ import annotations

import csv
import re
from html import escape, unescape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from .. import escaping, frames, places, suppress, words
from ..render.results import FIGURES, TABLES, WEB
from ..slides.three_answers import heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ANSWERS = "answers"
"""Under this name the answers are kept: a table of them, and a picture of each that has one."""


def index(
    out: Path,
    *,
    reports: Mapping[str, str],
    kept: Mapping[str, Sequence[Path]],
    questions: Mapping[str, str] | None = None,
    leaves: Sequence[Path] = (),
) -> str:
    """
    Write the page that leads to everything that was built.

    Parameters
    ----------
    out
        The folder of the outputs.
    reports
        Title of each report by its file name, in reading order.
    kept
        The files that the notebook of each report kept, in the order in which it did.
    questions
        What a report asks, by its file name: the heading of all that it shows.
    leaves
        What was written besides: deck, atlas, answers.
    """
    template = resources.files(__package__ or "hganalysis.build") / "index.html"
    besides = [file.relative_to(out).as_posix() for file in leaves]
    asked = questions or {}
    along = [_leaf(name) for name in besides if "/" not in name]
    return Template(template.read_text(encoding="utf-8")).substitute(
        lang=words.language(),
        title=escape(words.term("build.title", province=places.province_name())),
        note=escape(_note()),
        answers="\n".join(_answers(out, besides)),
        leaves=_section(escape(words.term("build.leaves")), "", along) if along else "",
        reports="\n".join(
            _report(out, names, _link(page, title), asked.get(page, ""))
            for page, title in reports.items()
            for names in [[file.relative_to(out).as_posix() for file in kept[page]]]
        ),
    )


def _note() -> str:
    note = words.term("build.note")
    if (frames.reports()["origin"] == "simulated").any():
        note = f"{note} {words.term('build.note_simulated')}"
    return note if suppress.threshold() else f"{words.term('build.internal')} {note}"


def _answers(out: Path, names: Sequence[str]) -> Iterator[str]:
    """Set each answer beside its picture; of one without a picture the sentence alone."""
    table = f"{TABLES}/{ANSWERS}.csv"
    if table not in names:
        return
    with (out / table).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    items = []
    for row in rows:
        png, its = f"{FIGURES}/{row['picture']}.png", f"{TABLES}/{row['picture']}.csv"
        said = f"<h3>{escape(row['question'])}</h3>\n<p>{escaping.html(row['answer'])}</p>"
        shown = _image(out, png) + _also(out, png, [its]) if row["picture"] else ""
        items.append(f"{said}\n{shown}")
    title = heading(sum(bool(row["picture"]) for row in rows), len(rows))
    yield _section(escape(title), "answers", items)


def _report(out: Path, names: Sequence[str], link: str, question: str) -> str:
    """Set what a report shows below what it asks: each picture with all that there is of it."""
    pictures = [one for one in names if one.startswith(f"{FIGURES}/") and one.endswith(".png")]
    left = [one for one in names if one.startswith((f"{WEB}/", f"{TABLES}/"))]
    items = []
    for png in pictures:
        stem = re.escape(_stem(png))
        its = [one for one in left if re.fullmatch(rf"{stem}(-\d+)?", _stem(one))]
        left = [one for one in left if one not in its]
        table = f"{TABLES}/{_stem(png)}.csv"
        if table not in its and (out / table).is_file():  # kept by another report
            its.append(table)
        items.append(
            f"{_image(out, png)}\n<p>{escaping.html(_named(out, png))}</p>{_also(out, png, its)}"
        )
    items += [f"<p>{_link(one, _named(out, one))}</p>" for one in left]
    if not question:
        return _section(link, "pictures", items)
    return _section(escape(question), "pictures", items, below=f"\n<p>{link}</p>")


def _section(heading: str, kind: str, items: Sequence[str], *, below: str = "") -> str:
    """Set items below a heading and what is said below it, which are HTML as they are."""
    lines = "\n".join(f"<li>{item}</li>" for item in items)
    inside = f'\n<ul class="{kind}">\n{lines}\n</ul>' if items else ""
    return f"<section><h2>{heading}</h2>{below}{inside}</section>"


def _leaf(name: str) -> str:
    said = words.term(f"build.leaf_{name.rsplit('.', 1)[-1]}")
    return f"{_link(name, name)} <small>{escape(said)}</small>"


def _link(file: str, text: str) -> str:
    return f'<a href="{escape(file)}">{escaping.html(text)}</a>'


def _image(out: Path, png: str) -> str:
    """Show a picture, small; itself is one click away."""
    name = escape(_named(out, png))
    image = f'<img src="{png}" alt="{name}" loading="lazy" width="480" height="270">'
    return f'<a href="{png}">{image}</a>'


def _also(out: Path, png: str, its: Sequence[str]) -> str:
    """Link to all that there is of a picture: for print, for slides, for a map, for numbers."""
    links = [_link(png, "PNG"), _link(f"{png[:-4]}.svg", "SVG")]
    pages = [one for one in its if one.startswith(WEB)]
    told = _apart([_named(out, one) for one in pages])
    links += [
        _link(
            one, f"{words.term('build.web')}: {what}" if len(pages) > 1 else words.term("build.web")
        )
        for one, what in zip(pages, told, strict=True)
    ]
    links += [_link(one, "CSV") for one in its if one.startswith(TABLES)]
    return f'\n<p class="also">{" ".join(links)}</p>'


def _apart(titles: Sequence[str]) -> list[str]:
    """Give of each title, which is parts with a colon between, the first that others have not."""
    parts = [title.split(": ") for title in titles]
    common = set(parts[0]).intersection(*parts[1:]) if parts else set()
    return [next((one for one in each if one not in common), each[0]) for each in parts]


def _named(out: Path, name: str) -> str:
    """
    Name a file in words: a page and a picture bear their title, a table is named by us.

    The name of a file is for programs: it may name what a study has not.
    """
    stem = _stem(name)
    own = f"kept.{stem}"
    if name.startswith(TABLES) and own in words.strings():
        return words.term(own)
    file = out / name if name.startswith(WEB) else out / FIGURES / f"{stem}.svg"
    found = file.is_file() and re.search(
        r"<title>(.*?)</title>", file.read_text(encoding="utf-8"), re.DOTALL
    )
    return unescape(found[1]) if found else stem


def _stem(file: str) -> str:
    return file.rsplit("/", 1)[1].rsplit(".", 1)[0]
