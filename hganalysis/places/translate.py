"""Say what became of the communes on 1 July 2025, and show them in the structure since then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import study
from ..countries.letters import bare
from .lists import _NAMES, _read, _with_labels, communes, crosswalk, province

if TYPE_CHECKING:
    import geopandas as gpd

CODE_2025 = "code_2025"
"""
What a column or an index of codes since 1 July 2025 is called, everywhere. The codes were used
again, so that nothing but this name tells 31321, Phường Vị Thanh, from 31321, Phường III.
"""


def translate(codes: pd.Series, *, to: Literal[2025, 2020] = 2025) -> pd.Series:
    """
    Replace codes of communes of one structure by those of the other.

    Parameters
    ----------
    codes
        Codes; those since 1 July 2025 in a series that is named `code_2025`.
    to
        2025: the commune that each became a part of. 2020: the commune that each was made of,
        if it was made of a single one.

    Returns
    -------
    codes
        Same index; named `code_2025`, or `code`.

    Raises
    ------
    LookupError
        If a code is none of its structure, if the list of places does not say what became of its
        communes, or if a code has several answers: each is named with all of them.
    ValueError
        If the codes are of the structure already that they are to be translated to.

    Examples
    --------
    >>> translate(pd.Series(["31318", "31321", "31324"])).tolist()
    ['31321', '31321', '31333']
    """
    since = codes.name == CODE_2025
    if since == (to == 2025):
        of, wanted = ("since 1 July 2025", "2020") if since else ("until 30 June 2025", "2025")
        msg = (
            f"these are codes {of} already (the series is named {codes.name!r}, and only\n"
            f"{CODE_2025!r} means the later ones). Translate them with to={wanted}, or rename them."
        )
        raise ValueError(msg)
    known = _pairs()
    start, end = ("code", CODE_2025) if to == 2025 else (CODE_2025, "code")
    answers = known.groupby(start)[end].agg(list)
    unknown = sorted({str(code) for code in codes} - set(answers.index))
    if unknown:
        structure = "before" if to == 2025 else "since"
        msg = f"{len(unknown)} codes are no communes {structure} 1 July 2025: {', '.join(unknown)}."
        raise LookupError(msg)
    several = answers[(answers.map(len) > 1) & answers.index.isin(codes)]
    if len(several):
        lines = "\n".join(f"  {code}: {', '.join(found)}" for code, found in several.items())
        msg = (
            f"{len(several)} codes have no single answer:\n{lines}\n"
            "What was counted in one place cannot be divided among several."
        )
        raise LookupError(msg)
    return codes.map(answers.str[0]).rename(end)


def communes_2025() -> pd.DataFrame:
    """
    List the communes since 1 July 2025, with the census of the communes that each was made of.

    Returns
    -------
    communes
        Index `code_2025`. Columns: `name_vi`, `short_vi`, `name_en`, `label_vi`, `label_en`,
        `type_vi`, `type_en`, `communes` (how many it was made of), `lon`, `lat` (degrees: their
        centre, by residents), `population` (persons), `households`, `approximate` (whether its
        residents are an estimate in part, since a former commune was divided),
        `origin_of_residents` (`census`).
    """
    land = communes().join(_estimates())
    land = land.assign(**{CODE_2025: translate(land.index.to_series())})
    weighted = land[["lon", "lat"]].mul(land["population"], axis=0)
    parts = land.assign(lon=weighted["lon"], lat=weighted["lat"]).groupby(CODE_2025)
    made = parts.agg(
        communes=("population", "size"),
        lon=("lon", "sum"),
        lat=("lat", "sum"),
        population=("population", "sum"),
        households=("households", "sum"),
        approximate=("estimate", "any"),
    )
    made[["lon", "lat"]] = made[["lon", "lat"]].div(made["population"], axis=0)
    names = _pairs().drop_duplicates(CODE_2025).set_index(CODE_2025)["name_2025"]
    named = pd.DataFrame([_name(name) for name in names], index=names.index)
    above = pd.Series(province()["short_vi"], index=names.index)
    table = _with_labels(named, above)[_NAMES].join(made).sort_index()
    return table.assign(origin_of_residents="census")


def points_2025() -> gpd.GeoDataFrame:
    """Place the communes since 1 July 2025: `communes_2025()` and `geometry`, in metres."""
    import geopandas as gpd

    table = communes_2025()
    centres = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table, geometry=centres).to_crs(province()["crs"])


def areas_2025(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Join outlines of communes into those of the communes since 1 July 2025.

    Parameters
    ----------
    areas
        Outlines of all communes, with their code as the index.

    Returns
    -------
    areas
        `communes_2025()` and `geometry`, in the coordinates of `areas`.

    Raises
    ------
    LookupError
        If a commune has no outline: what it became a part of would have a hole.
    """
    import geopandas as gpd

    missing = sorted(set(_pairs()["code"]) - set(areas.index))
    if missing:
        msg = f"{len(missing)} communes have no outline: {', '.join(missing)}."
        raise LookupError(msg)
    code = translate(areas.index.to_series())
    joined = gpd.GeoDataFrame(geometry=areas.geometry).dissolve(by=code)
    return gpd.GeoDataFrame(communes_2025().join(joined), geometry="geometry", crs=areas.crs)


def _pairs() -> pd.DataFrame:
    """Give each commune with what it became: columns `code`, `code_2025`, `name_2025`."""
    pairs = crosswalk().reset_index()
    if pairs.empty:
        msg = (
            "the list of places does not say what became of its communes on 1 July 2025.\n"
            "It needs places/crosswalk_2025.csv: code_2025, name_2025, codes_2020."
        )
        raise LookupError(msg)
    return pairs


def _estimates() -> pd.Series:
    """Say of which communes the residents are an estimate: those with a note on them."""
    table = _read("places/communes.csv").set_index("code")
    notes = table.get("population_note", pd.Series(index=table.index, dtype="object"))
    return notes.notna().rename("estimate")


def _name(name: str) -> dict[str, str]:
    """Take a name apart, and write it in English as the others are: without marks, type last."""
    kinds = study.current().country.kinds["name"]
    kind, short = study.current().country.split(name, kinds) or ("", name)
    plain = bare(short.replace("Đ", "D"))
    return {
        "name_vi": name,
        "short_vi": short,
        "type_vi": kind,
        "type_en": kinds[kind],
        "name_en": f"{plain} {kinds[kind]}",
    }
