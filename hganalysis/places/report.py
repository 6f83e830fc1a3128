"""Say about outlines whatever a map of them would hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from .geometry import gaps, overlaps
from .lists import Level, communes, districts, name
from .matching import Match, listed

if TYPE_CHECKING:
    import geopandas as gpd

# A centre this far outside its outline is no inaccuracy: two places were mixed up.
_AWAY = 3_000.0

Note = tuple[str, str]
"""Kind and text."""


def match_note(matched: Match, shapes: int, file: str) -> Note:
    """Say how many shapes were matched, and by which column."""
    key = "places.areas_by_name" if matched.by_name else "places.areas_by_code"
    found = matched.codes.dropna()
    return "match", words.term(
        key,
        file=file,
        shapes=words.number(shapes),
        places=words.number(found.nunique()),
        column=matched.column,
    )


def case_note(kind: str, cases: list[str]) -> list[Note]:
    """Note cases of one kind, if there are any."""
    return [(kind, words.term(f"places.areas_{kind}", cases=listed(cases)))] if cases else []


_FAULTS = {"empty": "empty", "no area": "no_area", "mended": "mended", "tangled": "tangled"}


def fault_notes(faults: pd.Series, codes: pd.Series) -> list[Note]:
    """Note the shapes that were mended or left out."""
    notes = []
    for fault, kind in _FAULTS.items():
        cases = [
            name(code) if isinstance(code, str) else words.term("places.areas_shape", row=at + 1)
            for at, (fault_, code) in enumerate(zip(faults, codes, strict=True))
            if fault_ == fault
        ]
        notes += case_note(kind, cases)
    return notes


def report(areas: gpd.GeoSeries, where: pd.DataFrame, level: Level) -> list[Note]:
    """Note what a map of these areas would hide."""
    missing = [code for code in table(level).index if code not in areas.index]
    lost = _points(where.loc[where.index.intersection(missing)], areas)
    away = _away(areas, where)
    twice = overlaps(areas)
    between = [
        # the hole where a place has no outline is reported as that
        hole
        for hole in gaps(areas)
        if not lost.within(hole).any()
    ]
    return [
        *case_note("missing", [name(code) for code in missing]),
        *case_note(
            "elsewhere",
            [
                words.term("places.areas_away", place=name(code), km=_km(metres))
                for code, metres in zip(away.index, away.tolist(), strict=True)
            ],
        ),
        *case_note(
            "overlaps",
            [
                words.term("places.areas_overlap", one=name(one), other=name(other), km2=_km2(m2))
                for one, other, m2 in zip(
                    twice["one"], twice["other"], twice["m2"].tolist(), strict=True
                )
            ],
        ),
        *case_note(
            "gaps",
            [
                words.term(
                    "places.areas_gap",
                    km2=_km2(hole.area),
                    places=", ".join(name(code) for code in areas.index[areas.intersects(hole)]),
                )
                for hole in between
            ],
        ),
    ]


def table(level: Level) -> pd.DataFrame:
    """List the places of a level."""
    return communes() if level == "commune" else districts()


def _km(metres: float) -> str:
    return words.number(metres / 1e3, decimals=1)


def _km2(m2: float) -> str:
    return words.number(m2 / 1e6, decimals=2)


def _points(known: pd.DataFrame, areas: gpd.GeoSeries) -> gpd.GeoSeries:
    import geopandas as gpd

    places = gpd.points_from_xy(known["lon"], known["lat"], crs="EPSG:4326")
    return gpd.GeoSeries(places, index=known.index).to_crs(areas.crs)


def _away(areas: gpd.GeoSeries, where: pd.DataFrame) -> pd.Series:
    """Measure how far a place's known centre lies outside its outline, where that is far."""
    codes = areas.index.intersection(where.index)
    metres = pd.Series(areas.loc[codes].distance(_points(where.loc[codes], areas)))
    return metres[metres > _AWAY]
