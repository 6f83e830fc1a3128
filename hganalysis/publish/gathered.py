"""What a page of the atlas shows: places with their shapes, measures with their counts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import figure, indicators, places, words
from ..uptake import levels, measure
from ..uptake.levels import SHOWN, SMALL
from ..uptake.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..places import Level

    Both = dict[str, str]
    Cell = int | list[float]
    """Why there is no count; or the count and what it is out of, perhaps with `low` and `high`."""

# The longer side of the drawing; outlines are whole numbers, simplified by half of one.
SIDE = 1000

# Instead of a count: why there is none. The page has a word for each.
MISSING, HIDDEN, FEW = 0, 1, 2


def both(make: Callable[[], str]) -> Both:
    """Ask for a text in each language."""
    found = {}
    for language in words.LANGUAGES:
        with words.use(language):
            found[language] = make()
    return found


@dataclass(frozen=True, eq=False)
class Counted:
    """A measure in its years, counted in the whole list: a page takes its places out of it."""

    name: str
    years: list[int]
    rows: pd.DataFrame
    """By `level`, `code` and `year`: `count`, `out_of`, and `why` there is none."""
    similar: pd.DataFrame
    """Between what a similar year would find each district: `low`, `high`."""
    origin: str
    in_step: bool

    def cells(self, level: str, year: int, codes: pd.Index) -> list[Cell]:
        """Give the count of each place, or why there is none."""
        rows = self.rows.loc[level] if level in self.rows.index.levels[0] else self.rows.iloc[:0]
        rows = rows[rows.index.get_level_values("year") == year].droplevel(-1).reindex(codes)
        return [_cell(*row) for row in rows.fillna({"why": MISSING}).to_numpy().tolist()]

    def whole(self, year: int, codes: pd.Index) -> Cell:
        """Add the districts up, where each has a number."""
        rows = self.rows.loc["district"]
        rows = rows[rows.index.get_level_values("year") == year].droplevel(-1).reindex(codes)
        lost = rows.loc[rows["count"].isna(), "why"].fillna(MISSING)
        return _cell(*rows[["count", "out_of"]].sum(skipna=False), lost.min())


def count(name: str, years: list[int]) -> Counted:
    """
    Count a measure in all places of all its years; of what is hidden, no number goes any further.
    """
    told = measure.rows_of(name, years)
    rows = levels.counts(told)
    rows["why"] = np.where(rows["hidden"], HIDDEN, MISSING)
    own = rows[rows["code"] != rows["place"]].set_index(["code", "year"])
    own = own[["count", "out_of", "why"]].mask(own["hidden"] & (own["why"] == HIDDEN), HIDDEN)
    own.loc[own["why"] == HIDDEN, ["count", "out_of"]] = np.nan
    sums = rows.groupby(["place", "year"])
    total = sums[["count", "out_of"]].agg(lambda x: x.sum(skipna=False))
    # a report that never came is said before one that is hidden
    total["why"] = (
        rows["why"].where(rows["count"].isna()).groupby([rows["place"], rows["year"]]).min()
    )
    total = total.rename_axis(["code", "year"])
    about = measure.of_catalogue(name, years)
    table = levels.would_hold(levels.levels(rows), rows, about)[0]
    step = len(years) > 1 and levels.in_step(rows, about)
    every = pd.concat({"district": total, "commune": own}, names=["level"])
    return Counted(name, years, every, table[["low", "high"]], figure.worst(told), step)


def _cell(count: float, out_of: float, why: float) -> Cell:
    if pd.isna(count) or pd.isna(out_of):
        return MISSING if pd.isna(why) else int(why)
    return FEW if count < SHOWN or out_of <= 0 else [round(count), round(out_of)]


def gather(found: Sequence[Counted], shown: Sequence[Level]) -> dict[str, Any]:
    """Collect what a page shows of the places in use, in both languages."""
    told = [key for key in words.strings() if key.startswith("atlas_page.")]
    said = {
        one: {key.split(".")[1]: words.strings()[key][one] for key in told}
        for one in words.LANGUAGES
    }
    simulated = any(one.origin == "simulated" for one in found)
    drawn = _levels(shown)
    codes = {level["id"]: pd.Index([one["code"] for one in level["places"]]) for level in drawn}
    return {
        "words": said,
        "place": both(places.province_name),
        "fake": both(lambda: words.term("words.simulated")) if simulated else None,
        "small": SMALL,
        "shown": SHOWN,
        "levels": drawn,
        "measures": [_measure(one, codes) for one in found],
    }


def _measure(one: Counted, codes: dict[str, pd.Index]) -> dict[str, Any]:
    """Describe a measure: its views (periods, and the last change) and its counts."""
    asked = {year: indicators.get(one.name, year=year) for year in one.years}
    since = {}
    for before, after in pairwise(one.years):
        with suppress(ValueError):
            indicators.require_comparable(asked[before], asked[after])
            since[after] = before
    kinds = indicators.classes(one.name)
    views = []
    for year in one.years:
        when = both(lambda year=year: indicators.get(one.name, year=year).when)
        view = {
            "id": str(year),
            "since": since.get(year),
            "label": both(lambda year=year: str(year)),
        }
        views.append({**view, "when": when, "breaks": kinds.breaks, "colours": kinds.colours})
    last = one.years[-1]
    with suppress(LookupError, KeyError):
        views.append(_change(one, since[last]))
    values = {
        year: {level: one.cells(level, year, its) for level, its in codes.items()}
        for year in one.years
    }
    for year in one.years:
        values[year]["whole"] = [one.whole(year, codes["district"])]
    ends = one.similar.reindex(codes["district"]).to_numpy().tolist()
    for cell, between in zip(values[last]["district"], ends, strict=True):
        if isinstance(cell, list) and between[0] == between[0]:
            cell += [float(f"{end:.4g}") for end in between]
    return {
        "id": one.name,
        "unit": kinds.unit,
        "fake": one.origin == "simulated",
        "label": both(lambda: indicators.measure_label(one.name)),
        "over": both(lambda: indicators.get(one.name, year=last).over),
        "source": both(lambda: figure.credit(one.origin)),
        "views": views,
        "values": values,
    }


def _change(one: Counted, before: int) -> dict[str, Any]:
    """Describe the view of the last change."""
    moved, ends = indicators.classes(one.name, of_change=True), {"a": before, "b": one.years[-1]}
    return {
        "id": "change",
        "since": before,
        "label": both(lambda: words.term("atlas_page.change", **ends)),
        "when": both(lambda: words.term("atlas_page.change_when", **ends)),
        "breaks": [at / 100 for at in moved.breaks],
        "colours": moved.colours,
        "note": both(lambda: words.term("change.in_step")) if one.in_step else None,
        **ends,
    }


def _levels(shown: Sequence[Level]) -> list[dict[str, Any]]:
    """Lay the places of each level out in one drawing."""
    shapes = {level: shapes_of(level) for level in shown}
    bounds = gpd.GeoSeries(pd.concat([drawn.geometry for drawn, _, _ in shapes.values()]))
    west, south, east, north = bounds.total_bounds
    per = SIDE / max(east - west, north - south)
    homes, made = places.districts().index, []
    for level, (drawn, _, how) in shapes.items():
        scaled = drawn.geometry.affine_transform([per, 0, 0, -per, -west * per, north * per])
        simplify = shapely.simplify if how == "circles" else shapely.coverage_simplify
        told = pd.DataFrame({"code": drawn.index})
        for language in words.LANGUAGES:
            with words.use(language):
                told[language] = [places.label(code) for code in drawn.index]
        told["in"] = (
            -1
            if level == "district"
            else homes.get_indexer(places.parents(drawn.index.to_series(), "district"))
        )
        told["d"] = [_path(shape) for shape in simplify(scaled.to_numpy(), 0.5)]
        spots = [shapely.maximum_inscribed_circle(shape).coords[0] for shape in scaled]
        told["at"] = [[round(x), round(y)] for x, y in spots]
        size = [round((east - west) * per), round((north - south) * per)]
        about = {"id": level, "size": size, "ground": how in ("outlines", "circles")}
        about["label"] = both(lambda level=level: words.term(f"atlas_page.{level}s"))
        about["note"] = both(lambda how=how: words.term(f"figure.{how}").strip())
        made.append({**about, "places": told.to_dict("records")})
    return made


def _path(shape: shapely.Geometry) -> str:
    """Write a shape as the path of SVG, in whole numbers, each relative to the one before."""
    said = ""
    for ring in shapely.get_rings(shape):
        points = shapely.get_coordinates(ring)[:-1].round().astype(int)
        steps = np.diff(points, axis=0).tolist()
        said += "M{} {}l".format(*points[0]) + " ".join(f"{x} {y}" for x, y in steps) + "z"
    return said.replace(" -", "-")
