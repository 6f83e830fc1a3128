"""The atlas: every measure, year and place of the study in use, in pages that open offline."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress as passing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from .. import figure, indicators, places, words
from ..countries.letters import bare
from ..ranking import counts, measure
from ..ranking.counts import SHOWN, SMALL
from ..ranking.pictures import find_shapes
from .answers import answers
from .folders import BuildError
from .pages import ROOM, internal, rendered

if TYPE_CHECKING:
    from ..places import Level
    from .answers import Answer

    Both = dict[str, str]
    """A text in each language."""
    Cell = int | list[float]
    """Why there is no count; or the count and what it is out of, perhaps with `low` and `high`."""

LIMIT = 2000
"""Communes that one page has; of a country with more, each province has a page of its own."""

# The longer side of the drawing; outlines are whole numbers, simplified by half of one.
SIDE = 1000

# Instead of a count: why there is none. The page has a word for each.
MISSING, HIDDEN, FEW = 0, 1, 2

PLAIN = ["count", "out_of"]


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
    file, found = Path(file), [count(*one) for one in measure.reported().items()]
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
        title=words.term("atlas_page.title", p=places.province_name()),
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


def both(make: Callable[[], str]) -> Both:
    """Ask for a text in each language."""
    found = {}
    for language in words.LANGUAGES:
        with words.use(language):
            found[language] = make()
    return found


def term(key: str, **blanks: object) -> Both:
    """Give one of the texts in each language."""
    return both(lambda: words.term(key, **blanks))


@dataclass(frozen=True, eq=False)
class Counted:
    """A measure in its years, counted in the whole list: a page takes its places out of it."""

    name: str
    years: list[int]
    levels: dict[str, pd.DataFrame]
    """By level, a row a `code` and `year`: `count`, `out_of`, and `why` there is none."""
    similar: pd.DataFrame
    """Between what a similar year would find each district: `low`, `high`."""
    origin: str
    in_step: bool

    def cells(self, level: str, year: int, codes: pd.Index) -> list[Cell]:
        """Give the count of each place, or why there is none."""
        rows = self._rows(level, year, codes)
        return [_cell(*row) for row in zip(rows["count"], rows["out_of"], rows["why"], strict=True)]

    def whole(self, year: int, codes: pd.Index) -> Cell:
        """Add the districts up, where each has a number."""
        rows = self._rows("district", year, codes)
        count, out_of = rows[PLAIN].sum(skipna=False)
        return _cell(count, out_of, rows["why"].where(rows["count"].isna()).min())

    def _rows(self, level: str, year: int, codes: pd.Index) -> pd.DataFrame:
        rows = self.levels[level]
        rows = rows[rows.index.get_level_values("year") == year].droplevel("year")
        return rows.reindex(codes).fillna({"why": MISSING})


def count(name: str, years: list[int]) -> Counted:
    """Count a measure in all places of all its years; a hidden number goes no further than here."""
    rows = counts.select_periods(name, measure.load_reports(name), years)
    about = measure.describe(name, rows, years)
    rows["why"] = np.where(rows["hidden"], HIDDEN, MISSING)
    parts = rows[rows["code"] != rows["place"]].set_index(["code", "year"])
    parts[PLAIN] = parts[PLAIN].astype(float).mask(parts["hidden"])
    by_place = [rows["place"].rename("code"), rows["year"]]
    sums = rows.groupby(by_place)[PLAIN].sum(skipna=False)
    # that a report never came is said rather than that one is hidden
    sums["why"] = rows["why"].where(rows["count"].isna()).groupby(by_place).min()
    table = counts.add_intervals(counts.rank_places(rows), rows, about).table
    step = len(years) > 1 and counts.moved_in_step(rows, about)
    every = {"district": sums, "commune": parts}
    return Counted(name, years, every, table[["low", "high"]], figure.worst_origin(rows), step)


def _cell(count: float, out_of: float, why: float) -> Cell:
    if pd.isna(count) or pd.isna(out_of):
        return MISSING if pd.isna(why) else int(why)
    return FEW if count < SHOWN or out_of <= 0 else [round(count), round(out_of)]


def gather(found: Sequence[Counted], shown: Sequence[Level]) -> dict[str, Any]:
    """Collect what a page shows of the places in use, in both languages."""
    texts = {key: text for key, text in words.strings().items() if key.startswith("atlas_page.")}
    said = {
        language: {key.split(".")[1]: text[language] for key, text in texts.items()}
        for language in words.LANGUAGES
    }
    drawn = _levels(shown)
    codes = {level["id"]: pd.Index([one["code"] for one in level["places"]]) for level in drawn}
    simulated = any(one.origin == "simulated" for one in found)
    return {
        "words": said,
        "place": both(places.province_name),
        "fake": both(lambda: figure.banner("simulated")) if simulated else None,
        "small": SMALL,
        "shown": SHOWN,
        "levels": drawn,
        "measures": [_measure(one, codes) for one in found],
    }


def _measure(one: Counted, codes: dict[str, pd.Index]) -> dict[str, Any]:
    """Describe a measure: its views (periods, and the last change) and its counts."""
    kinds, last = indicators.classes(one.name), one.years[-1]
    look = {"breaks": kinds.breaks, "colours": kinds.colours}
    since, views, values = dict(zip(one.years[1:], one.years, strict=False)), [], {}
    for year in one.years:
        view = {"id": str(year), "since": since.get(year), "label": both(str(year).format)}
        views.append({**view, "when": both(lambda at=year: _about(one, at).when), **look})  # type: ignore[misc]
        values[year] = {level: one.cells(level, year, its) for level, its in codes.items()}
        values[year]["whole"] = [one.whole(year, codes["district"])]
    with passing(LookupError):
        views.append(_change(one, since[last]))
    ends = one.similar.reindex(codes["district"]).to_numpy().tolist()
    for cell, (low, high) in zip(values[last]["district"], ends, strict=True):
        if isinstance(cell, list) and low == low:
            cell += [float(f"{low:.4g}"), float(f"{high:.4g}")]
    return {
        "id": one.name,
        "unit": kinds.unit,
        "kind": indicators.kind(one.name),
        "fake": one.origin == "simulated",
        "label": both(lambda: indicators.measure_label(one.name)),
        "over": both(lambda: _about(one, last).over),
        "source": both(lambda: figure.credit(one.origin)),
        "views": views,
        "values": values,
    }


def _about(one: Counted, year: int) -> indicators.Indicator:
    return indicators.get(one.name, year=year)


def _change(one: Counted, before: int) -> dict[str, Any]:
    """Describe the view of the last change."""
    moved, ends = indicators.classes(one.name, of_change=True), {"a": before, "b": one.years[-1]}
    return {
        "id": "change",
        "since": before,
        "label": term("atlas_page.change", **ends),
        "when": term("atlas_page.change_when", **ends),
        "breaks": [at / 100 for at in moved.breaks],
        "colours": moved.colours,
        "note": term("change.in_step") if one.in_step else None,
        **ends,
    }


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
            "label": term(f"atlas_page.{level}s"),
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
        msg = words.term("atlas_page.no_path", number=len(names), names=figure.join_some(names))
        raise BuildError(msg)
