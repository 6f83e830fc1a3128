"""The atlas: every measure, year and place of the study in use, in pages that open offline."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from .. import places, suppress, words
from ..countries.letters import bare
from ..uptake.measure import reported
from .answers import answers
from .gathered import count, gather, term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..places import Level
    from .answers import Answer

ROOM = Path(__file__).parent

LIMIT = 2000
"""Communes that one page has; of a country with more, each province has a page of its own."""


def write(file: str | Path, told: Sequence[Answer] | None = None) -> list[Path]:
    """
    Write the atlas; it opens in the language in use, and has both.

    Parameters
    ----------
    file
        The page. Where it has no room for all communes, it has the districts, and leads to a page
        for each province beside it: `atlas-01-an-binh.html`.
    told
        The answers that stand on top, as `answers()` gives them.

    Returns
    -------
    files
        What was written, the page to open first.

    Raises
    ------
    LookupError
        If there are no reports, or nobody knows where the places lie.
    """
    file, found = Path(file), [count(*one) for one in reported().items()]
    if not found:
        raise LookupError(words.term("answers.no_reports"))
    shown: list[Level] = ["district"]
    if any(len(one.levels["commune"]) for one in found):
        shown.append("commune")
    lines, provinces = _lines(told), places.provinces()
    if len(shown) < 2 or len(provinces) < 2 or len(places.communes()) <= LIMIT:
        return [_page(file, gather(found, shown) | {"answers": lines})]
    beside = {
        str(code): f"{file.stem}-{_slug(str(code))}-{_slug(name)}{file.suffix}"
        for code, name in provinces["short_vi"].items()
    }
    names = {
        code: {one: provinces.loc[code, f"short_{one}"] for one in words.LANGUAGES}
        for code in beside
    }
    links = [{"file": beside[code], "name": names[code]} for code in beside]
    pages = [_page(file, gather(found, shown[:1]) | {"answers": lines, "parts": links})]
    for code, name in beside.items():
        with places.within(code):
            pages.append(_page(file.with_name(name), gather(found, shown) | {"back": file.name}))
    return pages


def _lines(told: Sequence[Answer] | None) -> list[dict[str, Any]]:
    """Give each answer its line, in both languages, and the view that shows it."""
    lines: list[dict[str, Any]] = [{} for _ in range(3)]
    own = words.language()
    for language in words.LANGUAGES:
        with words.use(language):
            for line, one in zip(
                lines, told if told and language == own else answers(), strict=True
            ):
                line |= {language: [one.question, one.line], "view": one.view}
    return lines


def _page(file: Path, data: dict[str, Any]) -> Path:
    """Write one page: its data, its style and its one script, which no other may follow."""
    internal = "" if suppress.threshold() else term("index.internal")
    data |= {"nothing_real": term("index.nothing_real"), "internal": internal}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    script = (ROOM / "atlas.js").read_text("utf-8")
    maker = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = maker.from_string((ROOM / "atlas.html").read_text("utf-8")).render(
        lang=words.language(),
        title=words.term("atlas_page.title", p=places.province_name()),
        digest=hashlib.sha256(text.encode()).hexdigest()[:12],
        allowed=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=Markup((ROOM / "atlas.css").read_text("utf-8")),
        script=Markup(script),
        data=Markup(text),
    )
    file.write_text(page, encoding="utf-8", newline="\n")
    return file


def _slug(name: str) -> str:
    """Write a name in small letters, digits and hyphens: what every disk and stick takes."""
    return re.sub(r"[^a-z0-9]+", "-", bare(name.lower())).strip("-")
