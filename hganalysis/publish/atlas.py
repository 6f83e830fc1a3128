"""The atlas: every measure, period and place of the study in use, in pages that open offline."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress as passing
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from .. import figure, indicators, places, study, words
from ..change.sentences import write_step
from ..change.volume import write_volumes
from ..countries.letters import slug
from ..indicators import Classes, Indicator
from ..periods import PeriodKey, count_steps
from ..places import Level
from ..ranking import Uptake, clusters
from ..ranking.levels import are_alike
from ..ranking.measure import Measure, reported
from ..ranking.pictures import (
    Shapes,
    WriteSeries,
    find_shapes,
    legend,
    note_on_ranks,
    write_ranks,
)
from ..ranking.sentences import why_no_other_period
from .answers import answers
from .atlas_counts import FEW, PLAIN, Counted, count, count_density, say_gaps
from .folders import BuildError
from .pages import PUBLISH_FOLDER, internal, render

Tables = dict[str, dict[PeriodKey, pd.DataFrame]]
"""By level and period, one row for each place: see `Counted.table`."""

LIMIT = 2000
"""Communes that one page has; of a country with more, each province has a page of its own."""

# The longer side of the drawing; outlines are whole numbers, simplified by half of one.
SIDE = 1000

# With more periods than this, each place has a small line over time beside its value.
MAX_WITHOUT_LINE = 3

# A number in one language is one in the other, with these marks changed.
SWAP = str.maketrans(",.", ".,")
SWAPPED = ("text", "since", "similar", "rank")
"""Texts of a place that are numbers alone: of the second language, the page works them out."""

# Digits of a share in the data of a page: enough to keep the order of places.
DIGITS = 9


def write(file: str | Path, *, home: str = "") -> list[Path]:
    """
    Write the atlas; it opens in the language in use, and has both.

    Parameters
    ----------
    file
        The page. Where it has no room for all communes, it has the districts, and leads to a page
        for each province beside it: `atlas-01-an-binh.html`.
    home
        The page beside it that each of its pages leads back to; "" for none.

    Returns
    -------
    files
        What was written, the page to open first.

    Raises
    ------
    LookupError
        If there are no reports, or nobody knows where the places lie.
    """
    file = Path(file)
    measures = [count(name, periods) for name, periods in reported(groups=True).items()]
    if not measures:
        raise LookupError(words.term("answers.no_reports"))
    measures += count_density(study.current())
    has_communes = any(len(counted.levels["commune"]) for counted in measures)
    shown: list[Level] = ["district", "commune"] if has_communes else ["district"]
    provinces = places.provinces()
    if not has_communes or len(provinces) < 2 or len(places.units()) <= LIMIT:
        return [_page(file, gather(measures, shown) | {"answers": _lines()}, home)]
    # of a country with many communes: a page of districts, and one for each province
    links: list[dict[str, Any]] = [
        {
            "file": f"{file.stem}-{slug(f'{row.Index} {row.short_vi}')}{file.suffix}",
            "name": {"vi": row.short_vi, "en": row.short_en},
        }
        for row in figure.iterate_rows(provinces)
    ]
    whole = gather(measures, ["district"]) | {"answers": _lines(), "parts": links}
    pages = [_page(file, whole, home)]
    for code, link in zip(provinces.index, links, strict=True):
        with places.within(str(code)):
            part = gather(measures, shown) | {"back": file.name}
            pages.append(_page(file.with_name(link["file"]), part, home))
    return pages


def _lines() -> list[dict[str, Any]]:
    """Give each answer its line, in both languages, and the view that shows it."""
    cards = in_languages(answers)
    columns = {"view": [card.view for card in cards[words.language()]]}
    for language, translations in cards.items():
        columns[language] = [[card.question, card.line] for card in translations]
    return pd.DataFrame(columns).to_dict("records")  # type: ignore[return-value]


def _page(file: Path, data: dict[str, Any], home: str) -> Path:
    """Write one page: its data, its style and its one script, which no other may follow."""
    data |= {
        "nothing_real": term("index.nothing_real"),
        "internal": internal() and term("index.internal"),
    }
    _pack(data)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    script = (PUBLISH_FOLDER / "atlas.js").read_text("utf-8")
    page = render(
        "atlas",
        title=_title(),
        home=home,
        digest=hashlib.sha256(text.encode()).hexdigest()[:12],
        allowed=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        script=Markup(script),
        data=Markup(text),
    )
    file.write_bytes(page.encode())
    return file


def _pack(data: dict[str, Any]) -> None:
    """Leave out what the page works out itself (`unpack`): it must give back the very same."""
    bases: list[list[int]] = []
    for measure in data["measures"]:
        by_period = {str(period): by_level for period, by_level in measure["values"].items()}
        for view in measure["views"]:
            for level in view["rows"]:
                _pack_view(view, level, by_period[view["period"]][level])
        for by_level in measure["values"].values():
            for level, cells in by_level.items():
                by_level[level] = _pack_cells(bases, cells)
    data["of"] = bases


def _pack_cells(bases: list[list[int]], cells: list[int | list[int]]) -> list[int]:
    """Give the number of the denominators, and the counts; a reason is a number below 0."""
    counts = []
    out_of = []
    for cell in cells:
        if isinstance(cell, list):
            counts.append(cell[0])
            out_of.append(cell[1])
        else:
            counts.append(-1 - cell)
            out_of.append(0)
    return [_share_base(bases, out_of), *counts]


def _share_base(bases: list[list[int]], out_of: list[int]) -> int:
    """Give the number of the denominators that agree wherever both are known."""
    for number, base in enumerate(bases):
        if len(base) != len(out_of):
            continue
        pairs = list(zip(base, out_of, strict=True))
        if all(a == b or not a or not b for a, b in pairs):
            bases[number] = [a or b for a, b in pairs]
            return number
    bases.append(out_of)
    return len(bases) - 1


def _pack_view(view: dict[str, Any], level: str, cells: list[Any]) -> None:
    row = view["rows"][level]
    texts = {language: by_level["rows"][level] for language, by_level in view["texts"].items()}
    vietnamese, *translations = texts.values()
    for key, numbers in _derive_row(row, vietnamese["text"], cells).items():
        if row[key] == numbers:
            del row[key]
    for language, columns in texts.items():
        with words.use(language):
            _pack_counts(columns, cells)
    for columns in translations:
        for key in SWAPPED:
            swapped = [_swap_marks(text) for text in vietnamese.get(key, ())]
            if swapped == columns.get(key):
                del columns[key]


def _swap_marks(text: str) -> str:
    """Write a number of Vietnamese in English: `37,2 %` is `37.2%`."""
    return text.translate(SWAP).replace("\N{NO-BREAK SPACE}%", "%")


def _derive_row(row: dict[str, Any], texts: list[str], cells: list[Any]) -> dict[str, list[Any]]:
    """Work out, as the page does, what follows from the counts and from the stars of texts."""
    values: list[float | None] = []
    reasons: list[int | None] = []
    for cell in cells:
        if isinstance(cell, list):
            share = cell[0] / cell[1]
            values.append(float(f"{share:.{DIGITS}g}"))
            reasons.append(None)
        else:
            values.append(None)
            reasons.append(cell)

    # places with a star are listed after the others, and those without a number last
    sort_keys = []
    for value, text in zip(row["value"], texts, strict=True):
        group = 2 if value is None else int(text.endswith("*"))
        sort_keys.append((group, -(value or 0)))
    order = sorted(range(len(cells)), key=sort_keys.__getitem__)
    return {"value": values, "why": reasons, "order": order}


def _pack_counts(columns: dict[str, Any], cells: list[Any]) -> None:
    """Give the template of counts in place of them, if all follow one, in the language in use."""
    for kind in ("share", "ratio"):
        texts = []
        for cell, text in zip(cells, columns["counted"], strict=True):
            if isinstance(cell, list) and text:
                count, out_of = map(words.number, cell)
                texts.append(words.term(f"atlas.of_{kind}", a=count, b=out_of))
            else:
                texts.append("")
        if texts == columns["counted"]:
            columns["counted"] = words.term(f"atlas.of_{kind}", a="{a}", b="{b}")
            return


def in_languages(make: Callable[[], Any]) -> dict[str, Any]:
    """Ask for a text, or for several, in each language."""
    texts = {}
    for language in words.LANGUAGES:
        with words.use(language):
            texts[language] = make()
    return texts


def term(key: str, **blanks: object) -> dict[str, str]:
    """Give one of the texts in each language."""
    return in_languages(lambda: words.term(key, **blanks))


def gather(measures: Sequence[Counted], shown: Sequence[Level]) -> dict[str, Any]:
    """Collect what a page shows of the places in use, in both languages."""
    levels = _levels(shown)
    codes = {
        level["id"]: pd.Index([place["code"] for place in level["places"]]) for level in levels
    }
    has_simulated = any(counted.origin == "simulated" for counted in measures)
    banner = term("words.simulated") if has_simulated else None
    return {
        "words": in_languages(_fixed_texts),
        "title": in_languages(_title),
        "place": in_languages(places.province_name),
        "fake": banner,
        "levels": levels,
        "measures": [_measure(counted, codes) for counted in measures],
    }


def _title() -> str:
    return words.term("atlas.title", p=places.province_name())


def _fixed_texts() -> dict[str, str]:
    """Give the texts that are the same in every view."""
    section = "atlas_page."
    keys = [key for key in words.strings() if key.startswith(section)]
    return {key.removeprefix(section): words.term(key) for key in keys}


def _measure(counted: Counted, codes: dict[str, pd.Index]) -> dict[str, Any]:
    """Describe a measure: its counts, and its views (each period, and the last change)."""
    name = counted.measure.name
    periods = counted.measure.periods
    tables: Tables = {}
    for level in codes:
        tables[level] = {period: counted.table(level, period, codes[level]) for period in periods}
    tables["whole"] = {period: counted.whole(period, codes["district"]) for period in periods}
    values = {
        period: {level: _cells(tables[level][period]) for level in tables} for period in periods
    }
    views = [_view_of_period(counted, tables, period) for period in periods]
    if len(periods) > 1:
        with passing(LookupError):  # the catalogue has no classes of its change
            views.append(_view_of_change(counted, tables))
    described = {
        "id": name,
        "fake": counted.origin == "simulated",
        "label": in_languages(lambda: indicators.measure_label(name)),
        "source": in_languages(lambda: figure.credit(counted.origin, measures=[name])),
        "views": views,
        "values": values,
    }
    for split in indicators.splits():
        if name in (split.whole, *split.groups):
            described["whole"] = split.whole  # their bars have one scale
    if len(periods) > MAX_WITHOUT_LINE:
        described["line"] = _line(periods)
    return described


def _line(periods: Sequence[PeriodKey]) -> dict[str, Any]:
    """Describe the small line of a place over time: where each period lies, and what is said."""
    return {
        "steps": np.cumsum([0, *count_steps(periods)]).tolist(),
        "head": in_languages(lambda: figure.capitalise(words.period_span(periods))),
        "note": term("atlas.line"),
    }


def _cells(table: pd.DataFrame) -> list[int | list[int]]:
    """Give the count of each place and what it is out of, or why that is not said."""
    rows = table.rename(columns={"count": "n"})  # a tuple has a method of that name
    cells: list[int | list[int]] = []
    for row, has_counts in zip(figure.iterate_rows(rows), _has_counts(table), strict=True):
        if has_counts:
            cells.append([round(row.n), round(row.out_of)])
        else:
            cells.append(int(row.why))
    return cells


def _has_counts(table: pd.DataFrame) -> pd.Series:
    """Say which places have counts that are said; of too few there is no share, but counts."""
    has_reason = table["why"].notna() & (table["why"] != FEW)
    has_numbers = table[PLAIN].notna().all(axis="columns")
    return has_numbers & (table["out_of"] > 0) & ~has_reason


def _view_of_period(counted: Counted, tables: Tables, period: PeriodKey) -> dict[str, Any]:
    """Describe a measure in one period; texts are in both languages."""
    classes = counted.measure.classes
    rows = {level: _columns(by_period[period], classes) for level, by_period in tables.items()}
    return {
        "id": str(period),
        "period": str(period),
        "rows": rows,
        "colours": classes.colours,
        "legend": _legend(classes, rows, counted.measure.write_series),
        "texts": in_languages(partial(_texts_of_period, counted, tables, period)),
    }


def _view_of_change(counted: Counted, tables: Tables) -> dict[str, Any]:
    """Describe how a measure changed between its last two periods."""
    before, after = counted.measure.periods[-2:]
    classes = indicators.classes(counted.measure.name, of_change=True)
    rows = {
        level: _columns(_subtract(by_period[before], by_period[after]), classes)
        for level, by_period in tables.items()
    }
    return {
        "id": "change",
        "period": str(after),
        "rows": rows,
        "colours": classes.colours,
        "legend": _legend(classes, rows, partial(words.series, scale=classes.unit, bare=True)),
        "texts": in_languages(partial(_texts_of_change, counted, tables)),
    }


def _subtract(first: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Give each place the change of its share as `share`, or `why` it has none."""
    # that a number is missing or hidden comes before what is too few
    comes_later = first["why"].isna() | first["why"].eq(FEW)
    is_few = last["why"].eq(FEW) & ~comes_later
    why = last["why"].mask(is_few).fillna(first["why"])
    return last.assign(
        share=last["share"] - first["share"],
        why=why,
        is_tiny=first["is_tiny"] | last["is_tiny"],
    )


def _columns(table: pd.DataFrame, classes: Classes) -> dict[str, list[Any]]:
    """
    Give the numbers of all places: value, class, why it is missing, and the order of places.

    Tiny places are listed last, since chance alone or a few persons decide where they stand.
    """
    amounts = table["share"]
    # classes of a change are of percentage points
    class_numbers = classes.index(100 * amounts if classes.is_diverging else amounts)
    rounded = amounts.map(lambda amount: float(f"{amount:.{DIGITS}g}"))
    group = np.where(amounts.isna(), 2, table["is_tiny"].astype(int))
    order = np.lexsort((-amounts.fillna(0).to_numpy(), group))
    return {
        "value": _without_missing(rounded),
        "class_number": _without_missing(class_numbers),
        "why": _without_missing(table["why"].astype("Int64")),
        "order": order.tolist(),
    }


def _without_missing(numbers: pd.Series) -> list[Any]:
    """List numbers as JSON has them, where a missing one is null."""
    values = numbers.astype(object)
    return values.where(numbers.notna(), None).tolist()


def _legend(
    classes: Classes, rows: dict[str, dict[str, list[Any]]], write: WriteSeries
) -> dict[str, Any]:
    """Describe the legend that pictures have, with the texts at its edges in each language."""
    numbers = {number for columns in rows.values() for number in columns["class_number"]}
    used = {classes.colours[number] for number in numbers - {None}}
    legends = in_languages(lambda: legend(classes, write, used, ""))
    shown = legends[words.language()]
    return {
        "colours": shown.colours,
        "shares": np.round(shown.shares, 4).tolist(),
        "edges": {language: translated.edges for language, translated in legends.items()},
    }


def _texts_of_period(counted: Counted, tables: Tables, period: PeriodKey) -> dict[str, Any]:
    """Write all that a view says, in the language in use."""
    measure = counted.measure
    ranking = counted.rankings.get(period)
    indicator = counted.indicator(period)
    codes = tables["district"][period].index
    position = measure.periods.index(period)
    before = measure.periods[position - 1] if position and ranking else None

    rows = {}
    for level, by_period in tables.items():
        texts = {"text": _write_shares(measure, by_period, period)}
        texts["counted"] = _write_counts(indicator, by_period[period])
        if before:
            texts["since"] = _write_changes(measure.name, by_period[before], by_period[period])
        rows[level] = texts

    stars = {}
    for level, by_period in tables.items():
        if level != "whole":
            stars[level] = _explain_ranks(counted, level, by_period[period], period)
    view: dict[str, Any] = {
        "rows": rows,
        "label": figure.capitalise(words.short_period(period)),
        "when": indicator.when,
        "what": indicator.over + _write_unit(measure.classes.unit),
        "gaps": _write_gaps(tables, [period]),
        "no_sum": counted.why_no_sum(period, codes),
        "star": stars,
        "note": words.of_study("[Caution]"),
    }
    if before:
        view["since"] = words.term("atlas.since", y=words.short_period(before))
    if ranking:
        _add_ranking(view, ranking, codes)
    return view


def _explain_ranks(counted: Counted, level: str, table: pd.DataFrame, period: PeriodKey) -> str:
    """Say what a star on a page means, or that no place has a rank; else nothing."""
    every_place = counted.table(level, period)
    if not table["is_tiny"].any() and not are_alike(every_place, counted.measure):
        return ""
    return note_on_ranks(every_place, counted.measure).strip()


def _add_ranking(view: dict[str, Any], ranking: Uptake, codes: pd.Index) -> None:
    """Add to a view what the ranking says: ranks, targets, and where a similar period would lie."""
    estimated = ranking.measure.estimates.note()
    notes = estimated + why_no_other_period(ranking) + clusters.sentence(ranking)
    view["note"] = notes.strip()
    rows = view["rows"]["district"]
    ranked = ranking.counted.set_index("code").loc[codes]
    if "target" in ranked:
        rows["counted"] = _write_targets(ranking.measure, ranked, rows["counted"])
    rows["rank"] = _write_ranks(ranked, ranking.above)
    similar = figure.write_spans(ranked[["low", "high"]], ranking.measure.classes)
    rows["similar"] = _blank_missing(ranked["low"], similar)
    periods = ranking.measure.evidence_periods
    if periods:
        start, *_, end = map(words.short_period, periods)
        view["again"] = words.term("atlas.again", a=start, b=end)


def _texts_of_change(counted: Counted, tables: Tables) -> dict[str, Any]:
    """Write all that the view of the change says, in the language in use."""
    name = counted.measure.name
    before, after = counted.measure.periods[-2:]
    indicator = indicators.get(name, period=after)
    scale = indicators.classes(name, of_change=True)

    rows = {
        level: {
            "text": _write_changes(name, by_period[before], by_period[after]),
            "counted": _write_counts(indicator, by_period[after]),
        }
        for level, by_period in tables.items()
    }
    has_last_sum = tables["whole"][after]["share"].notna().all()
    period_without_sum = before if has_last_sum else after
    start = words.short_period(before)
    end = words.short_period(after)
    view: dict[str, Any] = {
        "rows": rows,
        "label": words.term("atlas.change", a=start, b=end),
        "when": words.term("atlas.change_when", a=start, b=end),
        "what": indicator.over + _write_unit(scale.unit),
        "gaps": _write_gaps(tables, [before, after]),
        "no_sum": counted.why_no_sum(period_without_sum, tables["district"][after].index),
    }
    step = write_step(counted.step, has_parts="commune" in rows)
    unlike = write_volumes(counted.volumes, counted.measure.periods)
    view["note"] = (unlike + step + counted.measure.estimates.note()).strip()
    return view


def _write_shares(
    measure: Measure, by_period: dict[PeriodKey, pd.DataFrame], period: PeriodKey
) -> list[str]:
    """Write the share of each place; what differs from the period before looks different."""
    # of the first period, from the one after
    first = max(measure.periods.index(period) - 1, 0)
    compared = measure.periods[first : first + 2]
    shares = pd.DataFrame({period: by_period[period]["share"] for period in compared})
    stars = np.where(by_period[period]["is_tiny"], "*", "")
    return _blank_missing(shares[period], measure.write_rows(shares)[period] + stars)


def _write_counts(indicator: Indicator, table: pd.DataFrame) -> list[str]:
    """Write the count of each place and what it is out of."""
    key = f"atlas.of_{indicator.kind}"
    numbers = table[PLAIN].map(words.number).to_numpy()
    texts = [words.term(key, a=count, b=out_of) for count, out_of in numbers]
    return _blank_missing(table["count"].where(_has_counts(table)), texts)


def _write_targets(measure: Measure, ranked: pd.DataFrame, counted: list[str]) -> list[str]:
    """Write the target of each place behind its count, and how many it is short of it."""
    texts = []
    for text, target, short in zip(counted, ranked["target"], ranked["short"], strict=True):
        if text and target > 0 and pd.notna(short):
            key = "short" if short > 0 else "reached"
            blanks = {"target": measure.write(target), "short": words.number(short)}
            text += words.term(f"atlas.{key}", **blanks)
        texts.append(text)
    return texts


def _write_changes(name: str, first: pd.DataFrame, last: pd.DataFrame) -> list[str]:
    """Write how the share of each place changed."""
    scale = indicators.change_scale(name)
    change_pp = 100 * (last["share"] - first["share"])
    texts = [words.value(number, scale, bare=True) for number in change_pp]
    return _blank_missing(change_pp, texts)


def _blank_missing(numbers: pd.Series, texts: list[str] | pd.Series) -> list[str]:
    written = pd.Series(texts, numbers.index, dtype=object)
    return written.where(numbers.notna(), "").tolist()


def _write_ranks(table: pd.DataFrame, above: pd.DataFrame) -> list[str]:
    """Write the ranks that each district could have among those of a page, where it is known."""
    ranks = table[["rank_low", "rank_high"]].copy()
    ranked = ranks.dropna().index
    is_above = above.loc[ranked, ranked].astype(bool)
    ranks.loc[ranked, "rank_low"] = 1 + is_above.sum(axis="index")
    ranks.loc[ranked, "rank_high"] = len(ranked) - is_above.sum(axis="columns")
    return write_ranks(ranks)


def _write_unit(unit: str) -> str:
    """Name the unit behind what a measure is out of; a share has its sign at each number."""
    if unit == "points":
        return words.term("atlas.points")
    per = unit.removesuffix("_change").partition("per_")[2]
    return words.term("atlas.unit", per=words.number(int(per))) if per not in ("", "1") else ""


def _write_gaps(tables: Tables, periods: list[PeriodKey]) -> dict[str, str]:
    """Say for each level how many places are not shown; nothing where all are."""
    texts = {}
    for level, by_period in tables.items():
        if level == "whole":
            continue
        shares = pd.concat([by_period[period]["share"] for period in periods], axis="columns")
        sums = shares.sum(axis="columns", skipna=False)
        texts[level] = say_gaps("gaps", level, sums) if sums.isna().any() else ""
    return texts


def _levels(shown: Sequence[Level]) -> list[dict[str, Any]]:
    """Lay the places of each level out in one drawing."""
    shapes = {level: find_shapes(level) for level in shown}
    everywhere = gpd.GeoSeries(pd.concat([drawn.places.geometry for drawn in shapes.values()]))
    west, south, east, north = everywhere.total_bounds
    scale = SIDE / max(east - west, north - south)
    to_drawing = [scale, 0, 0, -scale, -west * scale, north * scale]
    size = [round((east - west) * scale), round((north - south) * scale)]
    return [
        {
            "id": level,
            "size": size,
            "tiled": drawn.is_tiled,
            "label": term(f"atlas.{level}s"),
            "note": in_languages(drawn.note),
            "places": _places(level, drawn, to_drawing),
        }
        for level, drawn in shapes.items()
    ]


def _places(level: Level, drawn: Shapes, to_drawing: list[float]) -> list[dict[str, Any]]:
    """
    Write each place: its names, the number of its district, its path, where its label is.

    A place without a shape is in the list, with an empty path.
    """
    shapes = drawn.places.geometry.affine_transform(to_drawing)
    simplify = shapely.simplify if drawn.kind == "circles" else shapely.coverage_simplify
    simple_shapes = simplify(shapes.to_numpy(), 0.5)
    paths = dict(zip(shapes.index, map(_path, simple_shapes), strict=True))

    codes = pd.Series([*shapes.index, *drawn.unmapped])
    numbers = np.full(len(codes), -1)
    if level == "commune":
        parents = places.parents(codes, "district")
        numbers = places.compared().index.get_indexer(pd.Index(parents))

    rows = []
    undrawn = []
    for code, number in zip(codes, numbers, strict=True):
        row: dict[str, Any] = in_languages(partial(places.label, code))
        row |= {"code": code, "in": int(number), "d": paths.get(code, ""), "at": None}
        if drawn.is_tiled:  # a square has room for little
            row["short"] = in_languages(partial(places.short, code))
        if code in paths:
            x, y = shapely.maximum_inscribed_circle(shapes[code]).coords[0]
            row["at"] = [round(x), round(y)]
            if not row["d"]:
                undrawn.append(row[words.language()])
        rows.append(row)
    if undrawn:
        names = words.join_some(undrawn)
        raise BuildError(words.term("atlas.no_path", number=len(undrawn), names=names))
    return rows


def _path(shape: shapely.Geometry) -> str:
    """Write every ring of a shape as a path of SVG: whole numbers, relative to the last point."""
    path = ""
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = shapely.get_coordinates(ring)[:-1].round().astype(int)
        steps = np.diff(points, axis=0).tolist()
        path += "M{} {}l".format(*points[0]) + " ".join(f"{x} {y}" for x, y in steps) + "z"
    return path.replace(" -", "-")
