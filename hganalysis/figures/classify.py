"""Decide what a map shows of each place, before anything is drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .. import frames, places, suppress, words
from ..places.shapes import GAP
from . import facts
from .colours import WHITE
from .states import KNOWN, LAND, LOOKS, NO_DATA, STATES, UNRELIABLE, state_name

if TYPE_CHECKING:
    import geopandas as gpd

    from ..indicators import Classes
    from .overlays import Overlay

Labels = Literal["both", "names", "values", "none"]
MOST_NAMED = 4
"""Places that are named where a map leaves them out; more are counted only."""
MOST_MARKED = 20
"""Places on a map that names its highest and its lowest: among more, a mark is not seen."""
HIGHEST, LOWEST, CHANCE = "▲", "▼", "○"
CIRCLES_COVER = 0.18
"""Part of the land that all circles together cover: large enough to see, few overlaps."""


@dataclass(frozen=True)
class Places:
    """
    Places on a map, by their colour, or as circles of a `radius` in metres on a `ground`.

    `table` has one row a place, by code: `name`, `label`, `text`, `state`, `colour`, `geometry`,
    and all columns it came with.
    """

    table: gpd.GeoDataFrame
    ground: gpd.GeoDataFrame | None = field(default=None, kw_only=True)
    radius: pd.Series | None = field(default=None, kw_only=True)
    labels: Labels = field(default="both", kw_only=True)
    """What is written on each place: its name and its value, one of them, or nothing."""
    without: tuple[str, ...] = field(default=(), kw_only=True)
    """Names of the places that are left out on purpose."""
    overlays: tuple[Overlay, ...] = field(default=(), kw_only=True)
    """Lines and points over the places."""
    marking: bool = field(default=False, kw_only=True)
    """Whether what the finding is about is marked: there has to be room to say what marks mean."""

    def written(self, table: gpd.GeoDataFrame, *, marked: bool = True) -> gpd.GeoDataFrame:
        """Leave of `label` and `text` of places what is to be written on each, with its mark."""
        blank = {"names": ["text"], "values": ["label"], "none": ["label", "text"]}
        around = self.marks if marked else {}
        marks = table.index.map(lambda code: around.get(code, "{}"))
        texts = [mark.format(text) for mark, text in zip(marks, table["text"], strict=True)]
        return table.assign(text=texts).assign(**dict.fromkeys(blank.get(self.labels, []), ""))

    @property
    def marks(self) -> dict[str, str]:
        """Give what stands around the value of each place that the finding is about."""
        return {}

    @property
    def marked(self) -> str:
        """Say what the marks mean; nothing where there are none."""
        return ""

    @property
    def part(self) -> str:
        """Say of how many places those are that are drawn; nothing where all are."""
        if not self.without:
            return ""
        shown = len(self.table)
        return words.term(
            "maps.only" if len(self.without) <= MOST_NAMED else "maps.only_counted",
            shown=words.number(shown),
            all=words.number(shown + len(self.without)),
            others=", ".join(self.without),
        )

    @property
    def outlines(self) -> gpd.GeoDataFrame:
        """Give the outlines on the map: those of the places, or those below circles."""
        return self.table if self.ground is None else self.ground

    def homes(self) -> gpd.GeoDataFrame | None:
        """
        Join the squares of each district, to be drawn round and named where no square has room for
        its own name; none where there are no such squares, or of one district alone.
        """
        table = self.table
        if "tile" not in table or len(table) <= MOST_MARKED or self.ground is not None:
            return None
        codes = table.get("district_code")
        if codes is None or codes.nunique() < 2 or (codes == table.index).all():
            return None
        west, _, east, _ = table.bounds.iloc[0]
        # half of the gap between two squares, and a little over it
        grown = table.buffer(0.6 * GAP * (east - west), join_style="mitre")
        joined = table[["tile"]].set_geometry(grown).dissolve(by=codes.rename("code"))
        names = [places.label(str(one)) for one in joined.index]
        return joined.assign(label=names, text="", colour=WHITE)

    @property
    def labelled(self) -> bool:
        """Are the places labelled, and not the land below their circles, which has parts?"""
        return self.ground is None or len(self.ground) == 1

    @property
    def simulated(self) -> bool:
        """Is a single row of it simulated?"""
        return bool((self.table["origin"] == "simulated").any())

    @property
    def states(self) -> list[str]:
        """States that are present, `known` apart."""
        return [state for state in LOOKS if (self.table["state"] == state).any()]

    def places_with(self, state: str) -> int:
        """Count the places in a state."""
        return int((self.table["state"] == state).sum())


@dataclass(frozen=True)
class Map(Places):
    """
    A map of one measure: its `table` also has `value` (none unless it is shown), `number` (of the
    class).
    """

    column: str
    classes: Classes

    def bare(self) -> gpd.GeoDataFrame:
        """Give the table with `text` without its unit, which the legend has: many have no room."""
        said = [words.value(one, self.classes, bare=True) for one in self.table["value"]]
        texts = [one if text else "" for one, text in zip(said, self.table["text"], strict=True)]
        return self.table.assign(text=texts)

    @property
    def marks(self) -> dict[str, str]:
        """Mark the highest and the lowest share, and each change that is no more than chance."""
        if not self.marking:
            return {}
        known = self.table[self.table["value"].notna()]
        if self.column == "change_pp" and {"change_low_pp", "change_high_pp"} <= set(known):
            chance = (known["change_low_pp"] <= 0) & (known["change_high_pp"] >= 0)
            return dict.fromkeys(known.index[chance], f"{CHANCE}\N{NO-BREAK SPACE}{{}}")
        if self.column != "share" or len(known) < 3 or len(self.table) > MOST_MARKED:
            return {}
        ends = {HIGHEST: known["value"].max(), LOWEST: known["value"].min()}
        at = {mark: known.index[known["value"] == value] for mark, value in ends.items()}
        return {codes[0]: f"{mark}{{}}" for mark, codes in at.items() if len(codes) == 1}

    @property
    def marked(self) -> str:
        """Say what the marks mean; nothing where there are none."""
        if not self.marks or self.labels in ("names", "none") or not self.labelled:
            return ""
        return words.term("maps.marked_change" if self.column == "change_pp" else "maps.marked")

    @property
    def said(self) -> list[str]:
        """Say every place with its value, or why it has none."""
        rows = self.table.sort_values("value", ascending=False, na_position="last", kind="stable")
        each = [f"{row.label} {row.text or state_name(row.state)}" for row in rows.itertuples()]
        return [*each, *(one.text for one in self.overlays)]

    @property
    def facts(self) -> pd.DataFrame:
        """Write down what is known of each place, by its code."""
        return facts.write(self.table, self.column, self.classes)

    def places_in(self, number: int) -> int:
        """Count the places in a class."""
        return int((self.table["number"] == number).sum())

    def text(self) -> str:
        """Write the digest: see `digest`."""
        lines = [
            f"{self.places_in(number):>3}  {colour}     {label}"
            for number, (colour, label) in enumerate(
                zip(self.classes.colours, intervals(self.classes), strict=True)
            )
        ]
        # "No data" is always named: that it is nowhere is news too.
        for state in dict.fromkeys([*self.states, NO_DATA]):
            look = LOOKS[state]
            shown = f"{look.colour or ' ' * 7} {look.hatch:<2}"
            lines.append(f"{self.places_with(state):>3}  {shown}  {state_name(state)}")
        lines += [f"     {one.colour}     {one.text}" for one in self.overlays]
        return "\n".join([*lines, self._last_line()])

    def lines(self) -> list[str]:
        """Write what is shown of each place, the same in both languages, for the passport."""
        of = [
            sorted({str(one) for one in self.table[name].dropna()}) if name in self.table else []
            for name in ("indicator", "year")
        ]
        with words.use("en"):
            texts = [
                "" if np.isnan(value) else value_text(value, self.classes)
                for value in self.table["value"]
            ]
        facts = zip(self.table.index, texts, self.table["number"], self.table["state"], strict=True)
        return [
            " ".join([self.column, *of[0], *of[1]]),
            *("\t".join(map(str, ("" if pd.isna(one) else one for one in row))) for row in facts),
            *(one.line for one in self.overlays),
        ]

    def _last_line(self) -> str:
        data = "\n".join(
            f"{code} {'' if np.isnan(value) else format(value, '.6g')} {state}"
            for code, value, state in zip(
                self.table.index, self.table["value"], self.table["state"], strict=True
            )
        )
        origins = [
            words.term(f"maps.origin_{origin}")
            for origin in frames.ORIGINS
            if (self.table["origin"] == origin).any()
        ]
        return words.term(
            "maps.digest",
            known=int(self.table["value"].notna().sum()),
            places=len(self.table),
            origin=", ".join(origins) or "–",
            checksum=hashlib.sha256(data.encode()).hexdigest()[:12],
        )


def locate(table: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give each row of a table the shape and the names of its place.

    Parameters
    ----------
    table
        One row a place, with its `code` as a column or as the index: rows of one measure and
        one year, say, with their `origin`: without one, nothing can be drawn of them.
    areas
        Outlines or points with the code as index, such as `places.areas()`. An index called
        `code_2025` holds communes since 1 July 2025, and then so must the table's column or index.
        Names, residents and shapes are taken from it where the table lacks them, and nothing else:
        where the numbers come from, or their state, is never another frame's.

    Returns
    -------
    located
        One row for each place of `areas`, in its order. A place that the table lacks stays, with
        `state` "no data": a hole in a map would look like a lake.

    Raises
    ------
    ValueError
        If a code stands twice in the table, or is none of `areas`, with every such code; if the
        codes of one are of 2025 and those of the other are not.
    """
    key = places.CODE_2025 if areas.index.name == places.CODE_2025 else "code"
    _require_structure(table, key)
    rows = table.set_index(key) if key in table.columns else table
    faults = [
        f"  {code}: {fault}"
        for fault, codes in {
            "stands more than once; keep one measure and one year": rows.index[
                rows.index.duplicated()
            ],
            "is no place of the map": rows.index.difference(areas.index),
        }.items()
        for code in codes.unique()
    ]
    if faults:
        msg = f"{len(faults)} codes cannot be put on the map:\n" + "\n".join(faults)
        raise ValueError(msg)
    of_places = [*_OF_PLACES, areas.geometry.name]
    kept = [name for name in areas if name in of_places and name not in rows.columns]
    located = areas[kept].join(rows)
    if "state" in located:
        located["state"] = located["state"].where(located.index.isin(rows.index), NO_DATA)
    return located


# What a list of places says of a place. A frame of outlines may hold more, such as the numbers that
# were laid on it before: their origin, state or interval are not those of other numbers.
_OF_PLACES = (
    "name_vi", "short_vi", "name_en", "label_vi", "label_en", "type_vi", "type_en",
    "province_code", "district_code", "urban", "lon", "lat", "communes", "area_km2",
    "population", "urban_population", "households", "tile",
)  # fmt: skip


def _require_structure(table: pd.DataFrame, key: str) -> None:
    """Stop before codes of one structure are taken for those of the other: they are the same."""
    found = {*table.columns, table.index.name} & {"code", places.CODE_2025}
    if found != {key} and (found or key == places.CODE_2025):
        has = " and ".join(sorted(found)) or "neither"
        msg = (
            f"the map has places by {key!r}, the table by {has}.\n"
            "Communes since 1 July 2025 carry the codes of former ones, so they are kept apart:\n"
            "rates.uptake_2025() goes with places.points_2025(), rates.uptake() with points()."
        )
        raise ValueError(msg)


def digest(areas: gpd.GeoDataFrame, column: str, *, classes: Classes) -> str:
    """
    Write down what a map shows, so that a changed map is seen in a changed text.

    Parameters
    ----------
    areas, column, classes
        As for `choropleth`.

    Returns
    -------
    digest
        One line a class (number of places, colour, interval), one for each state that is present
        and for "no data" always (places, colour, hatch, name), and one with the number of places
        with a value, the origin, and the start of the SHA-256 of what is drawn: code, value to
        six digits and state of each place. In the language in use; the checksum is the same
        in both.
    """
    return prepare(areas, column, classes).text()


def value_text(value: float, classes: Classes) -> str:
    """Write a value as short as a map needs it; the legend names the unit of a change."""
    return words.value(value, classes, bare=bool(unit_text(classes)))


def intervals(classes: Classes) -> list[str]:
    """Give the interval of each class; without the unit that is named above: see `unit_text`."""
    unit = unit_text(classes)
    return [label.replace(f" {unit}", "") if unit else label for label in classes.labels]


def unit_text(classes: Classes) -> str:
    """Name the unit that intervals and labels leave out, if any."""
    return words.unit_text(classes) if classes.unit in words.NAMED_ONCE else ""


def prepare(areas: gpd.GeoDataFrame, column: str, classes: Classes) -> Map:
    """Check a frame, and decide the colour, the state and the text of each place."""
    _require_columns(areas, column)
    suppress.refuse_small(areas)
    if classes.unit == "count":  # a count by whatever name
        suppress.refuse_small(pd.DataFrame(areas).assign(count=areas[column]))
    table = areas.sort_index()
    value = pd.to_numeric(table[column], errors="coerce").astype(float)
    state = table["state"] if "state" in table else pd.Series(KNOWN, index=table.index)
    state = state.astype(object).where(state.notna(), KNOWN)
    _require_rows(table, column, classes, value, state)

    # A value that must not be shown is forgotten here, so that no label, tooltip or checksum
    # can give it away; a value that is missing is "no data", whatever its state says.
    shown = value.notna() & state.isin([KNOWN, UNRELIABLE])
    state = state.mask(~shown & state.isin([KNOWN, UNRELIABLE]), NO_DATA)
    value = value.where(shown)
    number = classes.index(value)
    colour = [
        classes.colours[cls] if shows else LOOKS[of].colour
        for cls, shows, of in zip(number, shown, state, strict=True)
    ]
    name, label = words.column("name"), words.column("label")
    return Map(
        table.assign(
            name=_first_of(table, name, label),
            label=_first_of(table, label, name),
            value=value,
            text=["" if np.isnan(one) else value_text(one, classes) for one in value],
            number=number,
            state=state,
            colour=colour,
        ),
        column,
        classes,
    )


def circled(
    areas: gpd.GeoDataFrame, points: gpd.GeoDataFrame, column: str, *, classes: Classes
) -> Map:
    """Compose the map of `circles`."""
    drawn = prepare(points, column, classes)
    _require_sizes(drawn.table)
    radius = in_proportion(drawn.table["population"], areas.union_all().area)
    ground = areas.assign(label=areas[words.column("label")], text="", colour=LAND)
    return replace(drawn, ground=ground, radius=radius)


def _first_of(table: pd.DataFrame, *columns: str) -> pd.Series:
    for column in columns:
        if column in table:
            return table[column].astype(str)
    return pd.Series(table.index.astype(str), index=table.index)


def _require_columns(areas: gpd.GeoDataFrame, column: str) -> None:
    if column not in areas.columns:
        msg = f"there is no column {column!r} to draw. Columns: {', '.join(map(str, areas))}."
        raise LookupError(msg)
    frames.require_origin(areas)
    if areas.crs is None or not areas.crs.is_projected:
        msg = (
            f"the shapes are in {areas.crs}, not in metres, so a scale bar would be wrong.\n"
            "Use areas.to_crs(places.province()['crs'])."
        )
        raise ValueError(msg)
    if areas.empty:
        msg = "the frame has no rows, so there is no map to draw."
        raise ValueError(msg)


def _require_rows(
    table: gpd.GeoDataFrame, column: str, classes: Classes, value: pd.Series, state: pd.Series
) -> None:
    geometry, origin = table.geometry, table["origin"]
    faults = {
        "stands twice": table.index.duplicated(keep=False),
        "has no shape": geometry.isna() | geometry.is_empty,
        f"has a {column} that is no finite number": (table[column].notna() & value.isna())
        | np.isinf(value),
        f"has a state that is none of {', '.join(STATES)}": ~state.isin(STATES),
        f"has an origin that is none of {', '.join(frames.ORIGINS)}": ~origin.isin(frames.ORIGINS)
        & (value.notna() | origin.notna()),
    }
    if classes.unit == "share":
        faults[f"has a {column} that is no share between 0 and 1"] = (value < 0) | (value > 1)
    lines = [
        f"  {code}: {fault} ({column}={table[column].iloc[at]}, state={state.iloc[at]}, "
        f"origin={origin.iloc[at]})"
        for fault, rows in faults.items()
        for at, code in enumerate(table.index)
        if np.asarray(rows, dtype=bool)[at]
    ]
    if lines:
        msg = f"{len(lines)} faults in {len(table)} places to draw:\n" + "\n".join(lines)
        raise ValueError(msg)


def _require_sizes(table: gpd.GeoDataFrame) -> None:
    if "population" not in table.columns:
        msg = "circles need a column 'population' for their size: places.points() has it."
        raise LookupError(msg)
    wrong = table[~(table["population"] > 0)]
    if len(wrong):
        rows = "\n".join(f"  {code}: {size}" for code, size in wrong["population"].items())
        msg = f"{len(wrong)} of {len(table)} points have no population above 0:\n{rows}"
        raise ValueError(msg)


def in_proportion(size: pd.Series, land: float) -> pd.Series:
    """Turn sizes into radii of circles with areas in proportion, on so much land."""
    return size.div(size.sum()).mul(CIRCLES_COVER * land / np.pi).pow(0.5)
