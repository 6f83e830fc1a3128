"""The deck: eleven slides, fewer where the study lacks something; each with alt text and notes."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pptx
from pptx.util import Pt

from .. import figure, frames, indicators, places, study, words
from ..draw import Answer, Picture
from ..figure import Figure, TextTable
from ..gaps import gap
from ..periods import order_periods
from ..ranking import uptake
from ..ranking.maps import draw_map
from ..ranking.measure import reported
from ..starts import plan, rollout
from .answers import answers, design
from .tables import timeless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..periods import PeriodKey
    from .answers import Card

# Of 16:9, in points.
WIDE, HIGH = 960, 540


def write(file: str | Path, ready_answers: Sequence[Card] | None = None) -> Path:
    """
    Write the deck: answers, where, order, change, gaps, files, density, related, starts, limits.

    Parameters
    ----------
    file
        A name that ends in `.pptx`.
    ready_answers
        The answers, as `answers()` gives them.

    Returns
    -------
    file
        The same bytes for the same numbers, in the language in use.

    Raises
    ------
    ValueError
        If the file is no `.pptx`.
    LookupError
        If there are no reports.
    """
    file = Path(file)
    if file.suffix != ".pptx":
        msg = f"{file.name} is no name of a deck: let it end in .pptx."
        raise ValueError(msg)
    if not reported():
        raise LookupError(words.term("answers.no_reports"))
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Pt(WIDE), Pt(HIGH)
    shown = pictures(ready_answers or answers())
    by_digest = {picture.figure.digest: picture for picture in shown}
    for picture in by_digest.values():
        picture.slide(deck)
    core = deck.core_properties
    core.title = words.term("deck.answers", place=places.province_name())
    core.author = core.last_modified_by = "hganalysis"
    content = io.BytesIO()
    deck.save(content)
    file.write_bytes(timeless(content.getvalue()))
    return file


def pictures(ready_answers: Sequence[Card]) -> Iterator[Picture]:
    """List what the slides show, as far as the study in use has it."""
    where, changed, *related = ready_answers
    headline, periods = next(iter(reported().items()))
    files = indicators.role("files") or ""
    rows = [
        (answer.question, f"{answer.number.text} {answer.number.label}", answer.line)
        for answer in ready_answers
    ]
    yield _table_picture("answers", rows, "question", "number", "answer")
    steps: list[Callable[[], Picture | None]]
    steps = [
        lambda: where.picture,
        lambda: uptake(headline, periods[-1]).order(),
        lambda: changed.picture,
        *[partial(_gap_picture, split) for split in indicators.splits()],
        # another measure than the headline
        lambda: draw_map(files, reported()[files][-2:]),
        lambda: draw_map(study.current().density, _first_period_of_exposure()),
        *[lambda: related[0].picture for _ in related],
        lambda: design().ways(),
        lambda: _answer_on_starts(headline).picture(),
    ]
    for step in steps:
        with suppress(LookupError, ValueError):
            picture = step()
            if picture:
                yield picture
    yield _table_picture("limits", limits(), "limit")
    yield _table_picture("sources", [*_sources()], "measure", "out_of", "periods", "source")


def _gap_picture(split: indicators.Split) -> Picture:
    return gap(split.whole, by=split.by).rows()


def limits() -> list[str]:
    """Say what the numbers of the study in use do not say."""
    names = ["levels", "cause", "hidden"]
    if len(reported()) > 1:
        names.insert(1, "counts")
    if figure.worst_origin(frames.reports()) == "simulated":
        names.append("simulated")
    return [words.term(f"deck.limit_{name}") for name in names]


def _answer_on_starts(headline: str) -> Answer:
    """Say what came with the starts of the study, or what it would take to know."""
    if "starts" in study.current().described:
        return rollout(headline)
    return plan(headline)


def _first_period_of_exposure() -> PeriodKey:
    return order_periods(frames.teams().dropna(subset="members")["period"].unique())[0]


def _sources() -> Iterator[tuple[str, ...]]:
    rows = frames.reports()
    for name, periods in reported().items():
        indicator = indicators.get(name, period=periods[-1])
        origin = figure.worst_origin(rows[rows["indicator"] == name])
        credit = figure.capitalise(words.term(f"figure.by_{origin}"))
        yield (
            indicator.label,
            indicator.out_of,
            _name_periods(periods),
            credit,
        )


def _name_periods(periods: list[PeriodKey]) -> str:
    """Name one or two periods, and of more the first and the last."""
    if len(periods) > 2:
        return words.period_span(periods)
    return ", ".join(words.short_period(period) for period in periods)


def _table_picture(name: str, rows: list[Any], *heads: str) -> Picture:
    """Make a table a picture of its own."""
    table = pd.DataFrame(rows, columns=[words.term(f"deck.{head}") for head in heads])
    title = words.term(f"deck.{name}", place=places.province_name())[: figure.MAX_TITLE_LENGTH]
    origin = figure.worst_origin(frames.reports())
    alt = f"{words.term('deck.table')}: {title}"
    source = figure.credit(origin)
    return Picture(
        Figure(title, "", (TextTable(table),), source, alt, table, figure.banner(origin))
    )
