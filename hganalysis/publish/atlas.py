"""The atlas: every measure, year and place of the study in use, in pages that open offline."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress as passing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from .. import figure, indicators, places, words
from ..countries.letters import bare
from ..ranking import counts
from ..ranking.counts import SHOWN
from ..ranking.measure import Measure, describe, load_reports, reported
from ..ranking.pictures import find_shapes, legend, note_on_tiny, write_ranks
from .answers import answers
from .folders import BuildError
from .pages import ROOM, internal, render

if TYPE_CHECKING:
    from ..indicators import Classes
    from ..places import Level
    from ..ranking.pictures import WriteSeries
    from .answers import Card

    Cell = int | list[int]
    """Why there is no count; or the count and what it is out of."""
    Tables = dict[str, dict[int, pd.DataFrame]]
    """By level and year, one row for each place: see `Counted.table`."""

LIMIT = 2000
"""Communes that one page has; of a country with more, each province has a page of its own."""

# The longer side of the drawing; outlines are whole numbers, simplified by half of one.
SIDE = 1000

# Instead of a count: why there is none. The page has a word for each.
MISSING, HIDDEN, FEW, INCOMPLETE = 0, 1, 2, 3

PLAIN = ["count", "out_of"]

# Digits of a share in the data of a page: enough to keep the order of places.
DIGITS = 9


def write(file: str | Path, ready_answers: Sequence[Card] | None = None) -> list[Path]:
    """
    Write the atlas; it opens in the language in use, and has both.

    Parameters
    ----------
    file
        The page. Where it has no room for all communes, it has the districts, and leads to a page
        for each province beside it: `atlas-01-an-binh.html`.
    ready_answers
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
    file = Path(file)
    measures = [count(name, years) for name, years in reported().items()]
    if not measures:
        raise LookupError(words.term("answers.no_reports"))
    shown: list[Level] = ["district"]
    if any(len(counted.levels["commune"]) for counted in measures):
        shown.append("commune")
    lines, provinces = _lines(ready_answers), places.provinces()
    if len(shown) < 2 or len(provinces) < 2 or len(places.communes()) <= LIMIT:
        return [_page(file, gather(measures, shown) | {"answers": lines})]
    links = []
    for province in figure.iterate_rows(provinces):
        name = f"{file.stem}-{_slug(str(province.Index))}-{_slug(province.short_vi)}{file.suffix}"
        names = {"vi": province.short_vi, "en": province.short_en}
        links.append({"file": name, "name": names})
    pages = [_page(file, gather(measures, shown[:1]) | {"answers": lines, "parts": links})]
    for code, link in zip(provinces.index, links, strict=True):
        page = file.with_name(str(link["file"]))
        with places.within(str(code)):
            pages.append(_page(page, gather(measures, shown) | {"back": file.name}))
    return pages


def _lines(ready_answers: Sequence[Card] | None) -> list[dict[str, Any]]:
    """Give each answer its line, in both languages, and the view that shows it."""
    language_in_use = words.language()
    by_language: dict[str, Sequence[Card]] = {}
    for language in words.LANGUAGES:
        with words.use(language):
            if ready_answers and language == language_in_use:
                by_language[language] = ready_answers
            else:
                by_language[language] = answers()
    lines = []
    for translations in zip(*by_language.values(), strict=True):
        line: dict[str, Any] = {"view": translations[0].view}
        for language, answer in zip(by_language, translations, strict=True):
            line[language] = [answer.question, answer.line]
        lines.append(line)
    return lines


def _page(file: Path, data: dict[str, Any]) -> Path:
    """Write one page: its data, its style and its one script, which no other may follow."""
    data |= {
        "nothing_real": term("index.nothing_real"),
        "internal": internal() and term("index.internal"),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    script = (ROOM / "atlas.js").read_text("utf-8")
    page = render(
        "atlas",
        title=_title(),
        digest=hashlib.sha256(text.encode()).hexdigest()[:12],
        allowed=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        script=Markup(script),
        data=Markup(text),
    )
    file.write_text(page, encoding="utf-8", newline="\n")
    return file


def _slug(name: str) -> str:
    """Write a name in small letters, digits and hyphens: what every disk and stick takes."""
    return re.sub(r"[^a-z0-9]+", "-", bare(name.lower())).strip("-")


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


@dataclass(frozen=True, eq=False)
class Counted:
    """A measure in its years, counted in the whole list: a page takes its places out of it."""

    measure: Measure
    levels: dict[str, pd.DataFrame]
    """By level, one row for each `code` and `year`: `count`, `out_of`, `place` (its district), and
    `why` a number is missing."""
    rankings: dict[int, counts.Ranking]
    """By year, the ranking of all districts that `hg.uptake` gives."""
    origin: str
    in_step: bool

    def table(self, level: str, year: int, codes: pd.Index) -> pd.DataFrame:
        """Give each place its `count`, `out_of` and `share`, or `why` it has none."""
        rows = _rows_of_year(self.levels[level], year)
        return _add_share(rows.reindex(codes))

    def whole(self, year: int, codes: pd.Index) -> pd.DataFrame:
        """Add districts up, where each has a number, to a table of one row."""
        rows = _rows_of_year(self.levels["district"], year).reindex(codes)
        sums = rows[PLAIN].sum(skipna=False)
        sums["why"] = rows["why"].min()
        is_known = rows["count"].notna() | (rows["why"] == INCOMPLETE)
        if is_known.any():
            sums["why"] = INCOMPLETE
        return _add_share(sums.to_frame().T)

    def why_no_sum(self, year: int, codes: pd.Index) -> str:
        """Say how many of the places that would be added up have no number."""
        level = "commune" if len(self.levels["commune"]) else "district"
        rows = _rows_of_year(self.levels[level], year)
        rows = rows[rows["place"].isin(codes)]
        return _say_gaps("no_sum", level, rows["count"], year=year)


def _rows_of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    is_of_year = rows.index.get_level_values("year") == year
    return rows[is_of_year].droplevel("year")


def _add_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Divide; a count too small to be shown has no share."""
    count, out_of = rows["count"], rows["out_of"]
    is_known = count.notna() & out_of.notna()
    is_shown = is_known & (count >= SHOWN) & (out_of > 0)
    share = (count / out_of).where(is_shown)
    why = rows["why"].astype(float).fillna(MISSING)
    why = why.mask(is_known, FEW).mask(is_shown)
    return rows.assign(share=share, why=why)


def _say_gaps(key: str, level: str, numbers: pd.Series, **blanks: object) -> str:
    """Say how many places have no number, out of how many."""
    gaps = words.number(numbers.isna().sum())
    n_places = words.number(len(numbers))
    return words.term(f"atlas.{key}_{level}", gaps=gaps, all=n_places, **blanks)


def count(name: str, years: list[int]) -> Counted:
    """Count a measure in all places of all its years; a hidden number goes no further than here."""
    rows = counts.select_periods(name, load_reports(name), years)
    rows["why"] = np.where(rows["hidden"], HIDDEN, MISSING)
    is_part = rows["code"] != rows["place"]
    parts = rows[is_part].set_index(["code", "year"])
    parts[PLAIN] = parts[PLAIN].astype(float).mask(parts["hidden"])
    levels = {"district": _sum_by_place(rows), "commune": parts}
    rankings = {}
    for number, year in enumerate(years, start=1):
        rankings[year] = _rank(name, rows, years[:number])
    measure = describe(name, rows, years)
    origin = figure.worst_origin(rows)
    in_step = False
    if len(years) > 1:
        last_two_years = rows[rows["year"].isin(years[-2:])]
        in_step = counts.moved_in_step(last_two_years, measure)
    return Counted(measure, levels, rankings, origin, in_step)


def _sum_by_place(rows: pd.DataFrame) -> pd.DataFrame:
    """Add parts up where each has a number; else say why there is no sum."""
    by_place = [rows["place"].rename("code"), rows["year"]]
    sums = rows.groupby(by_place)[PLAIN].sum(skipna=False)
    sums["place"] = sums.index.get_level_values("code")
    # that a report never came is said rather than that one is hidden
    has_count = rows["count"].notna()
    why = rows["why"].mask(has_count)
    why = why.groupby(by_place).min()
    is_known = has_count & ~rows["hidden"]
    some_are_known = is_known.groupby(by_place).any()
    sums["why"] = why.mask(some_are_known, INCOMPLETE)
    return sums


def _rank(name: str, rows: pd.DataFrame, years: list[int]) -> counts.Ranking:
    """Rank districts in the last of some years, as `hg.uptake` does."""
    rows = rows[rows["year"].isin(years)]
    measure = describe(name, rows, years)
    table = counts.rank_places(rows, measure)
    return counts.add_intervals(table, rows, measure)


def gather(measures: Sequence[Counted], shown: Sequence[Level]) -> dict[str, Any]:
    """Collect what a page shows of the places in use, in both languages."""
    levels = _levels(shown)
    codes = {}
    for level in levels:
        codes[level["id"]] = pd.Index([place["code"] for place in level["places"]])
    banner = None
    if any(counted.origin == "simulated" for counted in measures):
        banner = in_languages(lambda: figure.banner("simulated"))
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
    shown = words.number(SHOWN)
    texts = {}
    for key in words.strings():
        section, _, name = key.partition(".")
        if section == "atlas_page":
            texts[name] = words.term(key, shown=shown)
    return texts


def _measure(counted: Counted, codes: dict[str, pd.Index]) -> dict[str, Any]:
    """Describe a measure: its counts, and its views (each year, and the last change)."""
    name, years = counted.measure.name, counted.measure.years
    tables: Tables = {}
    for level in codes:
        tables[level] = {year: counted.table(level, year, codes[level]) for year in years}
    tables["whole"] = {year: counted.whole(year, codes["district"]) for year in years}
    values = {}
    for year in years:
        values[year] = {level: _cells(tables[level][year]) for level in tables}
    views = [_view_of_year(counted, tables, year) for year in years]
    if len(years) > 1:
        with passing(LookupError):  # the catalogue has no classes of its change
            views.append(_view_of_change(counted, tables))
    return {
        "id": name,
        "fake": counted.origin == "simulated",
        "label": in_languages(lambda: indicators.measure_label(name)),
        "source": in_languages(lambda: figure.credit(counted.origin)),
        "views": views,
        "values": values,
    }


def _cells(table: pd.DataFrame) -> list[Cell]:
    """Give the count of each place and what it is out of, or why it has none."""
    cells: list[Cell] = []
    for row in figure.iterate_rows(table.rename(columns={"count": "n"})):
        if pd.isna(row.why):
            cells.append([round(row.n), round(row.out_of)])
        else:
            cells.append(int(row.why))
    return cells


def _view_of_year(counted: Counted, tables: Tables, year: int) -> dict[str, Any]:
    """Describe a measure in one year; texts are in both languages."""
    classes = indicators.classes(counted.measure.name)
    rows = {}
    for level, by_year in tables.items():
        table = by_year[year]
        kinds = classes.index(table["share"])
        is_tiny = _is_tiny(counted.measure, table)
        rows[level] = _columns(table["share"], kinds, table["why"], is_tiny)
    codes = tables["district"][year].index
    ranked = counted.rankings[year].table.index
    ranked = ranked[ranked.isin(codes)]
    rows["district"]["order"] = codes.get_indexer(ranked).tolist()
    return {
        "id": str(year),
        "period": str(year),
        "rows": rows,
        "colours": classes.colours,
        "legend": _legend(classes, rows, counted.measure.write_series),
        "texts": in_languages(partial(_texts_of_year, counted, tables, year)),
    }


def _view_of_change(counted: Counted, tables: Tables) -> dict[str, Any]:
    """Describe how a measure changed between its last two years."""
    before, after = counted.measure.years[-2:]
    classes = indicators.classes(counted.measure.name, of_change=True)
    rows = {}
    for level, by_year in tables.items():
        first, last = by_year[before], by_year[after]
        why = last["why"].fillna(first["why"])
        moved = last["share"] - first["share"]
        kinds = classes.index(100 * moved)
        is_tiny = _is_tiny(counted.measure, first) | _is_tiny(counted.measure, last)
        rows[level] = _columns(moved, kinds, why, is_tiny)
    return {
        "id": "change",
        "period": str(after),
        "rows": rows,
        "colours": classes.colours,
        "legend": _legend(classes, rows, partial(words.series, scale=classes.unit, bare=True)),
        "texts": in_languages(partial(_texts_of_change, counted, tables)),
    }


def _is_tiny(measure: Measure, table: pd.DataFrame) -> pd.Series:
    """Say which places are too tiny to be ranked."""
    return table["share"].notna() & counts.rank_shares(table, measure).isna()


def _columns(
    amounts: pd.Series, kinds: pd.Series, why: pd.Series, is_tiny: pd.Series
) -> dict[str, list[Any]]:
    """
    Give the numbers of all places: value, class, why it is missing, and the order of places.

    Tiny places are listed last, since chance alone or a few persons decide where they stand.
    """
    rounded = pd.Series([float(f"{amount:.{DIGITS}g}") for amount in amounts])
    group = np.where(amounts.isna(), 2, is_tiny.astype(int))
    order = np.lexsort((-amounts.fillna(0).to_numpy(), group))
    return {
        "value": _without_missing(rounded),
        "kind": _without_missing(kinds),
        "why": _without_missing(why.astype("Int64")),
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
    used: set[str] = set()
    for columns in rows.values():
        used.update(classes.colours[kind] for kind in columns["kind"] if kind is not None)
    shown = legend(classes, write, used, "")
    return {
        "colours": shown.colours,
        "shares": np.round(shown.shares, 4).tolist(),
        "edges": in_languages(lambda: legend(classes, write, used, "").edges),
    }


def _texts_of_year(counted: Counted, tables: Tables, year: int) -> dict[str, Any]:
    """Write all that a view says, in the language in use."""
    measure, ranking = counted.measure, counted.rankings[year]
    indicator = indicators.get(measure.name, year=year)
    scale = indicators.classes(measure.name)
    codes = tables["district"][year].index
    position = measure.years.index(year)
    before = measure.years[position - 1] if position else None

    rows: dict[str, dict[str, list[str]]] = {}
    for level, by_year in tables.items():
        texts = {"text": _write_shares(measure, by_year, year)}
        texts["counted"] = _write_counts(indicator, by_year[year])
        if before:
            texts["since"] = _write_changes(measure.name, by_year[before], by_year[year])
        rows[level] = texts
    rows["district"]["rank"] = _write_ranks(ranking, codes)
    rows["district"]["similar"] = _write_intervals(ranking, codes, scale)

    view: dict[str, Any] = {"rows": rows, "label": str(year), "when": indicator.when}
    view["what"] = indicator.over + _write_unit(scale.unit)
    view["gaps"] = _write_gaps(tables, [year])
    view["no_sum"] = counted.why_no_sum(year, codes)
    view["star"] = note_on_tiny(measure).strip()
    if before:
        view["since"] = words.term("atlas.since", y=before)
    years = ranking.measure.evidence_years
    if years:
        view["again"] = words.term("atlas.again", a=years[0], b=years[-1])
    return view


def _texts_of_change(counted: Counted, tables: Tables) -> dict[str, Any]:
    """Write all that the view of the change says, in the language in use."""
    name = counted.measure.name
    before, after = counted.measure.years[-2:]
    indicator = indicators.get(name, year=after)
    scale = indicators.classes(name, of_change=True)

    rows = {}
    for level, by_year in tables.items():
        first, last = by_year[before], by_year[after]
        texts = {"text": _write_changes(name, first, last)}
        texts["counted"] = _write_counts(indicator, last)
        rows[level] = texts

    view: dict[str, Any] = {"rows": rows}
    view["label"] = words.term("atlas.change", a=before, b=after)
    view["when"] = words.term("atlas.change_when", a=before, b=after)
    view["what"] = indicator.over + _write_unit(scale.unit)
    view["gaps"] = _write_gaps(tables, [before, after])
    has_last_sum = tables["whole"][after]["share"].notna().all()
    year_without_sum = before if has_last_sum else after
    view["no_sum"] = counted.why_no_sum(year_without_sum, tables["district"][after].index)
    if counted.in_step:
        view["note"] = words.term("change.in_step").strip()
    return view


def _write_shares(measure: Measure, by_year: dict[int, pd.DataFrame], year: int) -> list[str]:
    """Write the share of each place; those of its other years decide on the decimals, too."""
    shares = pd.DataFrame({period: by_year[period]["share"] for period in measure.years})
    is_tiny = _is_tiny(measure, by_year[year])
    texts = measure.write_rows(shares)[year] + np.where(is_tiny, "*", "")
    return _blank_missing(shares[year], texts)


def _write_counts(indicator: indicators.Indicator, table: pd.DataFrame) -> list[str]:
    """Write the count of each place and what it is out of."""
    key = f"atlas.of_{indicator.kind}"
    texts = []
    for row in table[PLAIN].to_numpy():
        count, out_of = map(words.number, row)
        texts.append(words.term(key, a=count, b=out_of))
    return _blank_missing(table["share"], texts)


def _write_changes(name: str, first: pd.DataFrame, last: pd.DataFrame) -> list[str]:
    """Write how the share of each place changed."""
    scale = indicators.change_scale(name)
    change_pp = 100 * (last["share"] - first["share"])
    texts = [words.value(number, scale, bare=True) for number in change_pp]
    return _blank_missing(change_pp, texts)


def _write_intervals(ranking: counts.Ranking, codes: pd.Index, scale: Classes) -> list[str]:
    """Write in which interval each district would be in a similar year, where that is known."""
    ends = ranking.table.reindex(codes)[["low", "high"]]
    return _blank_missing(ends["low"], figure.write_spans(ends, scale))


def _blank_missing(numbers: pd.Series, texts: list[str] | pd.Series) -> list[str]:
    written = pd.Series(texts, numbers.index, dtype=object)
    return written.where(numbers.notna(), "").tolist()


def _write_ranks(ranking: counts.Ranking, codes: pd.Index) -> list[str]:
    """Write the ranks that each district could have among those of a page, where it is known."""
    ranks = ranking.table.reindex(codes)[["rank_low", "rank_high"]]
    has_rank = ranks["rank_low"].notna()
    ranked = codes[has_rank]
    above = ranking.above.loc[ranked, ranked].astype(bool)
    n_surely_higher = above.sum(axis="index")
    n_surely_lower = above.sum(axis="columns")
    ranks.loc[ranked, "rank_low"] = 1 + n_surely_higher
    ranks.loc[ranked, "rank_high"] = len(ranked) - n_surely_lower
    return write_ranks(ranks)


def _write_unit(unit: str) -> str:
    """Name the unit behind what a measure is out of; a share has its sign at each number."""
    if unit == "points":
        return words.term("atlas.points")
    _, _, per = unit.removesuffix("_change").partition("per_")
    if per in ("", "1"):
        return ""
    number = words.number(int(per))
    return words.term("atlas.unit", per=number)


def _write_gaps(tables: Tables, years: list[int]) -> dict[str, str]:
    """Say for each level how many places are not shown; nothing where all are."""
    texts = {}
    for level, by_year in tables.items():
        if level == "whole":
            continue
        shares = pd.concat([by_year[year]["share"] for year in years], axis="columns")
        sums = shares.sum(axis="columns", skipna=False)
        texts[level] = _say_gaps("gaps", level, sums) if sums.isna().any() else ""
    return texts


def _levels(shown: Sequence[Level]) -> list[dict[str, Any]]:
    """Lay the places of each level out in one drawing."""
    shapes = {level: find_shapes(level) for level in shown}
    everywhere = gpd.GeoSeries(pd.concat([drawn.places.geometry for drawn in shapes.values()]))
    west, south, east, north = everywhere.total_bounds
    scale = SIDE / max(east - west, north - south)
    to_drawing = [scale, 0, 0, -scale, -west * scale, north * scale]
    levels = []
    for level, drawn in shapes.items():
        kind, is_apart = drawn.kind, drawn.kind == "circles"
        scaled = drawn.places.geometry.affine_transform(to_drawing)
        levels.append(
            {
                "id": level,
                "size": [round((east - west) * scale), round((north - south) * scale)],
                "ground": kind.endswith("outlines") or is_apart,
                "label": term(f"atlas.{level}s"),
                "note": in_languages(lambda kind=kind: words.term(f"figure.{kind}").strip()),  # type: ignore[misc]
                "places": _places(level, scaled, is_apart=is_apart),
            }
        )
    return levels


def _places(level: Level, shapes: gpd.GeoSeries, *, is_apart: bool) -> list[dict[str, Any]]:
    """Write each place: its names, in which district it lies, its path, where a label stands."""
    names = [in_languages(lambda code=code: places.label(code)) for code in shapes.index]  # type: ignore[misc]
    rows = pd.DataFrame(names).assign(code=shapes.index, **{"in": -1})
    if level == "commune":
        parents = pd.Index(places.parents(rows["code"], "district"))
        rows["in"] = pd.Index(places.districts().index).get_indexer(parents)
    simplify = shapely.simplify if is_apart else shapely.coverage_simplify
    rows["d"] = [_path(shape) for shape in simplify(shapes.to_numpy(), 0.5)]
    _require_paths(rows)
    spots = [shapely.maximum_inscribed_circle(shape).coords[0] for shape in shapes]
    rows["at"] = [[round(x), round(y)] for x, y in spots]
    return cast("list[dict[str, Any]]", rows.to_dict("records"))


def _path(shape: shapely.Geometry) -> str:
    """Write every ring of a shape as a path of SVG: whole numbers, relative to the last point."""
    path = ""
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = shapely.get_coordinates(ring)[:-1].round().astype(int)
        steps = np.diff(points, axis=0).tolist()
        path += "M{} {}l".format(*points[0]) + " ".join(f"{x} {y}" for x, y in steps) + "z"
    return path.replace(" -", "-")


def _require_paths(rows: pd.DataFrame) -> None:
    """Stop the build if the outline of a place would not be drawn."""
    names = rows.loc[rows["d"] == "", words.language()].tolist()
    if names:
        msg = words.term("atlas.no_path", number=len(names), names=figure.join_some(names))
        raise BuildError(msg)
