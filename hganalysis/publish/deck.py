"""The deck: a slide for each thing that the study has; each with what to say."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pptx
from pptx.util import Pt

from .. import effect, escaping, figure, frames, indicators, places, study, words
from ..draw import Picture
from ..figure import Figure, TextTable
from ..gaps import gap
from ..periods import PeriodKey
from ..ranking import Uptake, uptake
from ..ranking.maps import draw_map
from ..ranking.measure import reported
from ..ranking.sentences import has_many_places, lowest_of_few
from ..starts import plan, rollout
from ..study import Study
from ..suppress import is_hidden
from .answers import Card, answers, periods_of_exposure, related_measure
from .tables import timeless

# Of 16:9, in points.
WIDE, HIGH = 960, 540


def write(file: str | Path, ready_answers: Sequence[Card] | None = None) -> Path:
    """
    Write the deck: answers, where and communes, limits and sources, as far as the study has them.

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
        raise ValueError(words.term("publish_errors.slides_suffix", file=file.name, stem=file.stem))
    if not reported():
        raise LookupError(words.term("answers.no_reports"))
    # a slide for each picture, with notes for whoever speaks
    deck = pptx.Presentation()
    deck.slide_width = Pt(WIDE)
    deck.slide_height = Pt(HIGH)
    headline, periods = next(iter(reported().items()))
    has_many = has_many_places(uptake(headline, periods[-1]))
    for name, picture in pictures(ready_answers or answers()).items():
        slide = picture.slide(deck)
        notes = _notes(name, picture.figure, has_many=has_many)
        slide.notes_slide.notes_text_frame.text = escaping.lines(notes)
    # who wrote it; the time is taken out, so that the same numbers have the same bytes
    core = deck.core_properties
    core.title = words.term("deck.answers", place=places.province_name())
    core.author = core.last_modified_by = "hganalysis"
    content = io.BytesIO()
    deck.save(content)
    file.write_bytes(timeless(content.getvalue()))
    return file


def pictures(ready_answers: Sequence[Card]) -> dict[str, Picture]:
    """Give what the slides show by name, as far as the study in use has it; no picture twice."""
    in_use = study.current()
    cards = {card.name: card.picture for card in ready_answers}
    headline, periods = next(iter(reported().items()))
    ranking = uptake(headline, periods[-1])
    files = indicators.role("files") or ""
    steps: dict[str, Callable[[], Picture | None]] = {
        "where": lambda: _first_slide(cards.get("where"), headline, ranking),
        "order": ranking.order,
        "communes": ranking.communes,
        "change": lambda: cards.get("changed"),
        **_gap_slides(),
        # another measure than the headline
        "files": lambda: draw_map(files, reported()[files][-2:]),
        "density": lambda: draw_map(in_use.density, periods_of_exposure()[0]),
        "related": lambda: cards.get("related"),
        "ways": lambda: effect.Design.of_reports(*related_measure()).ways(),
        "starts": lambda: _starts_slide(in_use, headline),
        "limits": lambda: _table_picture("limits", limits(), "limit"),
        "sources": lambda: _table_picture(
            "sources", [*_sources()], "measure", "out_of", "periods", "source"
        ),
    }
    shown: dict[str, Picture] = {}
    for name, step in steps.items():
        with suppress(LookupError, ValueError):
            picture = step()
            digests = [other.figure.digest for other in shown.values()]
            if picture and picture.figure.digest not in digests:
                shown[name] = picture
    return shown


def _first_slide(where: Picture | None, headline: str, ranking: Uptake) -> Picture | None:
    """Name measure and period in the title, before where it is highest; few counts below."""
    if not where:
        return None
    shown = where.figure
    measure = ranking.measure
    title = words.term(
        "deck.first",
        measure=indicators.measure_label(headline),
        period=words.short_period(measure.periods[-1]),
        finding=shown.title.split(";")[0],
    )
    source = shown.source + lowest_of_few(ranking.table, measure)
    return Picture(replace(shown, title=title, source=source))


def _notes(name: str, shown: Figure, *, has_many: bool) -> str:
    """Write what to say: what is shown, the finding, what not to conclude, the source; in lines."""
    kind = name.split()[0]
    if has_many and kind in {"where", "order"}:
        kind += "_many"
    if kind == "gap" and indicators.counted(indicators.splits()[0].whole) != "complete":
        kind += "_uncounted"
    care = words.term(f"deck.say_{kind}")
    if isinstance(shown.panels[0], TextTable):
        return care
    finding = "simulated" if shown.banner else "finding"
    key = f"deck.notes_{finding}"
    notes = words.term(key, shown=shown.subtitle, title=shown.title, care=care)
    return f"{notes}\n{shown.source}"


def _gap_slides() -> dict[str, Callable[[], Picture | None]]:
    """Show how far groups of people are apart, a slide for each way to split the first measure."""
    splits = indicators.splits()
    return {
        f"gap {split.by}": partial(_gap_rows, split)
        for split in splits
        if split.whole == splits[0].whole
    }


def _gap_rows(split: indicators.Split) -> Picture | None:
    return gap(split.whole, by=split.by).rows()


def limits() -> list[str]:
    """Say what the numbers of the study in use do not say."""
    rows = frames.reports()
    hides = is_hidden(rows).any()
    names = ["cause", "hidden" if hides else "missing"]
    if len(reported()) > 1:
        names.insert(0, "counts")
    if figure.worst_origin(rows) == "simulated":
        names.append("simulated")
    return [*_limits_of_levels(), *(words.term(f"deck.limit_{name}") for name in names)]


def _limits_of_levels() -> Iterator[str]:
    """Say of which measures levels are estimates or come from a sample; others are counts."""
    by_kind: dict[str, list[str]] = {"estimated": [], "sampled": [], "complete": []}
    for name in reported():
        by_kind[indicators.counted(name)].append(indicators.measure_label(name))
    complete = by_kind.pop("complete")
    for kind, labels in by_kind.items():
        if labels:
            measures = words.join_some(labels, more="words.more_measures")
            yield words.term(f"deck.limit_levels_{kind}", measures=measures)
    if complete:
        has_others = any(by_kind.values())
        yield words.term("deck.limit_levels_others" if has_others else "deck.limit_levels")


def _starts_slide(of: Study, headline: str) -> Picture | None:
    """Show what came with the starts; of the simulated province, what a lot could find."""
    if "starts" in of.described:
        return rollout(headline).picture()
    if "demo/truth.csv" in of.cards:
        return plan(headline).picture()
    return None


def _sources() -> Iterator[tuple[str, ...]]:
    rows = frames.reports()
    for name, periods in reported().items():
        indicator = indicators.get(name, period=periods[-1])
        origin = figure.worst_origin(rows[rows["indicator"] == name])
        credit = figure.capitalise(figure.name_source({name: origin}))
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
    title = words.term(f"deck.{name}")
    reports = frames.reports()
    origin = figure.worst_origin(reports)
    alt = f"{words.term('deck.table')}: {title}"
    source = figure.credit_all(reports)
    return Picture(
        Figure(title, "", (TextTable(table),), source, alt, table, figure.banner(origin))
    )
