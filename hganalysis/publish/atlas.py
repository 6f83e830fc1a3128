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
from ..ranking.counts import SHOWN, SMALL
from ..ranking.measure import Measure, describe, load_reports, reported
from ..ranking.pictures import find_shapes, write_ranks
from .answers import answers
from .folders import BuildError
from .pages import ROOM, internal, rendered

if TYPE_CHECKING:
    from ..indicators import Classes
    from ..places import Level
    from .answers import Answer

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
    links = [
        {
            "file": f"{file.stem}-{_slug(str(one.Index))}-{_slug(one.short_vi)}{file.suffix}",
            "name": {"vi": one.short_vi, "en": one.short_en},
        }
        for one in figure.iterate_rows(provinces)
    ]
    pages = [_page(file, gather(found, shown[:1]) | {"answers": lines, "parts": links})]
    for code, link in zip(provinces.index, links, strict=True):
        page = file.with_name(str(link["file"]))
        with places.within(str(code)):
            pages.append(_page(page, gather(found, shown) | {"back": file.name}))
    return pages


def _lines(told: Sequence[Answer] | None) -> list[dict[str, Any]]:
    """Give each answer its line, in both languages, and the view that shows it."""
    lines: list[dict[str, Any]] = [{} for _ in range(3)]
    own = words.language()
    for language in words.LANGUAGES:
        with words.use(language):
            said = told if told and language == own else answers()
            for line, one in zip(lines, said, strict=True):
                line |= {language: [one.question, one.line], "view": one.view}
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
    page = rendered(
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


def both(make: Callable[[], Any]) -> dict[str, Any]:
    """Ask for a text, or for several, in each language."""
    texts = {}
    for language in words.LANGUAGES:
        with words.use(language):
            texts[language] = make()
    return texts


def term(key: str, **blanks: object) -> dict[str, str]:
    """Give one of the texts in each language."""
    return both(lambda: words.term(key, **blanks))


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
        return _add_share(_rows_of_year(self.levels[level], year).reindex(codes))

    def whole(self, year: int, codes: pd.Index) -> pd.DataFrame:
        """Add districts up, where each has a number, to a table of one row."""
        rows = _rows_of_year(self.levels["district"], year).reindex(codes)
        is_known = rows["count"].notna() | (rows["why"] == INCOMPLETE)
        why = INCOMPLETE if is_known.any() else rows["why"].min()
        count, out_of = rows[PLAIN].sum(skipna=False)
        return _add_share(pd.DataFrame([{"count": count, "out_of": out_of, "why": why}]))

    def why_no_sum(self, year: int, codes: pd.Index) -> str:
        """Say how many of the places that would be added up have no number."""
        level = "commune" if len(self.levels["commune"]) else "district"
        rows = _rows_of_year(self.levels[level], year)
        return _say_gaps("no_sum", level, rows.loc[rows["place"].isin(codes), "count"], year=year)


def _rows_of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    return rows[rows.index.get_level_values("year") == year].droplevel("year")


def _add_share(rows: pd.DataFrame) -> pd.DataFrame:
    """Divide; a count too small to be shown has no share."""
    is_known = rows[PLAIN].notna().all(axis="columns")
    is_shown = is_known & (rows["count"] >= SHOWN) & (rows["out_of"] > 0)
    why = rows["why"].astype(float).fillna(MISSING).mask(is_known, FEW).mask(is_shown)
    return rows.assign(share=(rows["count"] / rows["out_of"]).where(is_shown), why=why)


def _say_gaps(key: str, level: str, numbers: pd.Series, **blanks: object) -> str:
    """Say how many places have no number, out of how many."""
    n_gaps, n_places = words.number(numbers.isna().sum()), words.number(len(numbers))
    return words.term(f"atlas.{key}_{level}", gaps=n_gaps, all=n_places, **blanks)


def count(name: str, years: list[int]) -> Counted:
    """Count a measure in all places of all its years; a hidden number goes no further than here."""
    rows = counts.select_periods(name, load_reports(name), years)
    rows["why"] = np.where(rows["hidden"], HIDDEN, MISSING)
    parts = rows[rows["code"] != rows["place"]].set_index(["code", "year"])
    parts[PLAIN] = parts[PLAIN].astype(float).mask(parts["hidden"])
    measure = describe(name, rows, years)
    last_two_years = rows[rows["year"].isin(years[-2:])]
    return Counted(
        measure=measure,
        levels={"district": _sum_by_place(rows), "commune": parts},
        rankings={year: _rank(name, rows, [at for at in years if at <= year]) for year in years},
        origin=figure.worst_origin(rows),
        in_step=len(years) > 1 and counts.moved_in_step(last_two_years, measure),
    )


def _sum_by_place(rows: pd.DataFrame) -> pd.DataFrame:
    """Add parts up where each has a number; else say why there is no sum."""
    by_place = [rows["place"].rename("code"), rows["year"]]
    sums = rows.groupby(by_place)[PLAIN].sum(skipna=False)
    # that a report never came is said rather than that one is hidden
    why = rows["why"].where(rows["count"].isna()).groupby(by_place).min()
    is_known = rows["count"].notna() & ~rows["hidden"]
    why = why.mask(is_known.groupby(by_place).any(), INCOMPLETE)
    return sums.assign(why=why, place=sums.index.get_level_values("code"))


def _rank(name: str, rows: pd.DataFrame, years: list[int]) -> counts.Ranking:
    """Rank districts in the last of some years, as `hg.uptake` does."""
    rows = rows[rows["year"].isin(years)]
    return counts.add_intervals(counts.rank_places(rows), rows, describe(name, rows, years))


def gather(measures: Sequence[Counted], shown: Sequence[Level]) -> dict[str, Any]:
    """Collect what a page shows of the places in use, in both languages."""
    levels = _levels(shown)
    codes = {
        level["id"]: pd.Index([place["code"] for place in level["places"]]) for level in levels
    }
    is_simulated = any(counted.origin == "simulated" for counted in measures)
    return {
        "words": both(_fixed_texts),
        "title": both(_title),
        "place": both(places.province_name),
        "fake": both(lambda: figure.banner("simulated")) if is_simulated else None,
        "levels": levels,
        "measures": [_measure(counted, codes) for counted in measures],
    }


def _title() -> str:
    return words.term("atlas.title", p=places.province_name())


def _fixed_texts() -> dict[str, str]:
    """Give the texts that are the same in every view."""
    keys = [key for key in words.strings() if key.startswith("atlas_page.")]
    limits = {"small": words.number(SMALL), "shown": words.number(SHOWN)}
    return {key.removeprefix("atlas_page."): words.term(key, **limits) for key in keys}


def _measure(counted: Counted, codes: dict[str, pd.Index]) -> dict[str, Any]:
    """Describe a measure: its counts, and its views (each year, and the last change)."""
    name, years = counted.measure.name, counted.measure.years
    tables: Tables = {
        level: {year: counted.table(level, year, codes[level]) for year in years} for level in codes
    }
    tables["whole"] = {year: counted.whole(year, codes["district"]) for year in years}
    values = {
        year: {level: _cells(by_year[year]) for level, by_year in tables.items()} for year in years
    }
    views = [_view_of_year(counted, tables, year) for year in years]
    if len(years) > 1:
        with passing(LookupError):  # the catalogue has no classes of its change
            views.append(_view_of_change(counted, tables))
    return {
        "id": name,
        "fake": counted.origin == "simulated",
        "label": both(lambda: indicators.measure_label(name)),
        "source": both(lambda: figure.credit(counted.origin)),
        "views": views,
        "values": values,
    }


def _cells(table: pd.DataFrame) -> list[Cell]:
    """Give the count of each place and what it is out of, or why it has none."""
    return [
        [round(count), round(out_of)] if pd.isna(why) else int(why)
        for count, out_of, why in zip(table["count"], table["out_of"], table["why"], strict=True)
    ]


def _view_of_year(counted: Counted, tables: Tables, year: int) -> dict[str, Any]:
    """Describe a measure in one year; texts are in both languages."""
    classes = indicators.classes(counted.measure.name)
    rows = {}
    for level, by_year in tables.items():
        table = by_year[year]
        kinds = classes.index(table["share"])
        rows[level] = _columns(table["share"], kinds, table["why"], table["count"] < SMALL)
    ranking = counted.rankings[year].table.index
    codes = tables["district"][year].index
    rows["district"]["order"] = codes.get_indexer(ranking[ranking.isin(codes)]).tolist()
    return {
        "id": str(year),
        "period": str(year),
        "rows": rows,
        "legend": _legend(classes, rows),
        "texts": both(partial(_texts_of_year, counted, tables, year)),
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
        is_small = pd.concat([first["count"], last["count"]], axis=1).min(axis=1) < SMALL
        rows[level] = _columns(moved, classes.index(100 * moved), why, is_small)
    return {
        "id": "change",
        "period": str(after),
        "rows": rows,
        "legend": _legend(classes, rows),
        "texts": both(partial(_texts_of_change, counted, tables)),
    }


def _columns(
    amounts: pd.Series, kinds: pd.Series, why: pd.Series, is_small: pd.Series
) -> dict[str, list[Any]]:
    """
    Give the numbers of all places: value, class, why it is missing, and the order of places.

    Small counts are listed last, since chance alone changes them a lot.
    """
    rounded = [float(f"{amount:.{DIGITS}g}") for amount in amounts]
    group = np.where(amounts.isna(), 2, is_small)
    return {
        "value": _without_missing(pd.Series(rounded)),
        "kind": _without_missing(kinds),
        "why": _without_missing(why.astype("Int64")),
        "order": np.lexsort([-amounts.fillna(0), group]).tolist(),
    }


def _without_missing(numbers: pd.Series) -> list[Any]:
    """List numbers as JSON has them, where a missing one is null."""
    return numbers.astype(object).where(numbers.notna(), None).tolist()


def _legend(classes: Classes, rows: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    """List classes; of a change, leave out the side (rise or fall) where no place lies."""
    used = {kind for columns in rows.values() for kind in columns["kind"] if kind is not None}
    first, end = 0, len(classes.widths)
    if classes.diverging and used:
        zero = end // 2
        if min(used) >= zero:
            first = zero
        elif max(used) < zero:
            end = zero
    widest = max(classes.widths)
    return {
        "colours": classes.colours,
        "widths": [float(f"{width / widest:.4g}") for width in classes.widths],
        "shown": [*range(first, end)],
    }


def _texts_of_year(counted: Counted, tables: Tables, year: int) -> dict[str, Any]:
    """Write all that a view says, in the language in use."""
    name, years = counted.measure.name, counted.measure.years
    indicator = indicators.get(name, year=year)
    scale = indicators.classes(name)
    ranking = counted.rankings[year]
    codes = tables["district"][year].index
    before = max((at for at in years if at < year), default=None)
    rows: dict[str, dict[str, list[str]]] = {}
    for level, by_year in tables.items():
        rows[level] = {
            "text": _write_shares(counted.measure, by_year, year),
            "counted": _write_counts(indicator, by_year[year]),
        }
        if before:
            rows[level]["since"] = _write_changes(name, by_year[before], by_year[year])
    rows["district"]["rank"] = _write_ranks(ranking, codes)
    ends = ranking.table.reindex(codes)[["low", "high"]].to_numpy()
    rows["district"]["similar"] = [
        "" if np.isnan(low) else words.span(low, high, scale) for low, high in ends
    ]
    texts = {
        "label": str(year),
        "when": indicator.when,
        "what": indicator.over + _write_unit(scale.unit),
        "borders": words.series(scale.breaks, scale.unit, bare=counted.measure.is_ratio),
        "rows": rows,
        "gaps": _write_gaps(tables, [year]),
        "no_sum": counted.why_no_sum(year, codes),
    }
    if before:
        texts["since"] = words.term("atlas.since", y=before)
    if evidence_years := ranking.measure.evidence_years:
        first, last = evidence_years[0], evidence_years[-1]
        texts["again"] = words.term("atlas.again", a=first, b=last)
    return texts


def _texts_of_change(counted: Counted, tables: Tables) -> dict[str, Any]:
    """Write all that the view of the change says, in the language in use."""
    name = counted.measure.name
    before, after = counted.measure.years[-2:]
    indicator = indicators.get(name, year=after)
    scale = indicators.classes(name, of_change=True)
    codes = tables["district"][after].index
    rows = {
        level: {
            "text": _write_changes(name, by_year[before], by_year[after]),
            "counted": _write_counts(indicator, by_year[after]),
        }
        for level, by_year in tables.items()
    }
    is_sum_of_last_missing = tables["whole"][after]["share"].isna().any()
    return {
        "label": words.term("atlas.change", a=before, b=after),
        "when": words.term("atlas.change_when", a=before, b=after),
        "what": indicator.over + _write_unit(scale.unit),
        "borders": words.series(scale.breaks, scale.unit, bare=True),
        "rows": rows,
        "gaps": _write_gaps(tables, [before, after]),
        "no_sum": counted.why_no_sum(after if is_sum_of_last_missing else before, codes),
        "note": words.term("change.in_step").strip() if counted.in_step else "",
    }


def _write_shares(measure: Measure, by_year: dict[int, pd.DataFrame], year: int) -> list[str]:
    """Write the share of each place; those of its other years decide on the decimals, too."""
    shares = pd.DataFrame({at: by_year[at]["share"] for at in measure.years})
    position = measure.years.index(year)
    texts = [measure.write_compared(row)[position] for row in shares.to_numpy()]
    stars = np.where(by_year[year]["count"] < SMALL, "*", "")
    return _blank_missing(shares[year], [a + b for a, b in zip(texts, stars, strict=True)])


def _write_counts(indicator: indicators.Indicator, table: pd.DataFrame) -> list[str]:
    """Write the count of each place and what it is out of."""
    key = f"atlas.of_{indicator.kind}"
    texts = [
        words.term(key, a=words.number(count), b=words.number(out_of))
        for count, out_of in table[PLAIN].to_numpy()
    ]
    return _blank_missing(table["share"], texts)


def _write_changes(name: str, first: pd.DataFrame, last: pd.DataFrame) -> list[str]:
    """Write how the share of each place changed."""
    change_pp = 100 * (last["share"] - first["share"])
    scale = indicators.change_scale(name)
    return _blank_missing(change_pp, [words.value(pp, scale, bare=True) for pp in change_pp])


def _blank_missing(numbers: pd.Series, texts: list[str]) -> list[str]:
    return ["" if pd.isna(number) else text for number, text in zip(numbers, texts, strict=True)]


def _write_ranks(ranking: counts.Ranking, codes: pd.Index) -> list[str]:
    """Write the ranks that each district could have among those of a page, where it is known."""
    ranks = ranking.table.reindex(codes)[["rank_low", "rank_high"]]
    known = codes[ranks["rank_low"].notna()]
    above = ranking.above.loc[known, known].astype(bool)
    ranks.loc[known, "rank_low"] = 1 + above.sum(axis="index")
    ranks.loc[known, "rank_high"] = len(known) - above.sum(axis="columns")
    return write_ranks(ranks)


def _write_unit(unit: str) -> str:
    """Name the unit behind what a measure is out of; a share has its sign at each number."""
    if unit == "points":
        return words.term("atlas.points")
    _, _, per = unit.removesuffix("_change").partition("per_")
    return words.term("atlas.unit", per=words.number(int(per))) if per not in ("", "1") else ""


def _write_gaps(tables: Tables, years: list[int]) -> dict[str, str]:
    """Say for each level how many places are not shown; nothing where all are."""
    texts = {}
    for level in tables.keys() - {"whole"}:
        shares = pd.DataFrame({year: tables[level][year]["share"] for year in years})
        sums = shares.sum(axis="columns", skipna=False)
        texts[level] = _say_gaps("gaps", level, sums) if sums.isna().any() else ""
    return texts


def _levels(shown: Sequence[Level]) -> list[dict[str, Any]]:
    """Lay the places of each level out in one drawing."""
    shapes = {level: find_shapes(level) for level in shown}
    every = gpd.GeoSeries(pd.concat([drawn.geometry for drawn, _, _ in shapes.values()]))
    west, south, east, north = every.total_bounds
    per = SIDE / max(east - west, north - south)
    made = []
    for level, (drawn, _, how) in shapes.items():
        scaled = drawn.geometry.affine_transform([per, 0, 0, -per, -west * per, north * per])
        about = {
            "id": level,
            "size": [round((east - west) * per), round((north - south) * per)],
            "ground": how.endswith("outlines") or how == "circles",
            "label": term(f"atlas.{level}s"),
            "note": both(lambda how=how: words.term(f"figure.{how}").strip()),  # type: ignore[misc]
        }
        made.append({**about, "places": _places(level, scaled, apart=how == "circles")})
    return made


def _places(level: Level, shapes: gpd.GeoSeries, *, apart: bool) -> list[dict[str, Any]]:
    """Write each place: its names, in which district it lies, its path, where a label stands."""
    told = pd.DataFrame([both(lambda at=at: places.label(at)) for at in shapes.index])  # type: ignore[misc]
    told = told.assign(code=shapes.index, **{"in": -1})
    if level == "commune":
        homes = pd.Index(places.parents(told["code"], "district"))
        told["in"] = pd.Index(places.districts().index).get_indexer(homes)
    simplify = shapely.simplify if apart else shapely.coverage_simplify
    told["d"] = [_path(shape) for shape in simplify(shapes.to_numpy(), 0.5)]
    _require_paths(told)
    spots = [shapely.maximum_inscribed_circle(shape).coords[0] for shape in shapes]
    told["at"] = [[round(x), round(y)] for x, y in spots]
    return cast("list[dict[str, Any]]", told.to_dict("records"))


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
