"""List the places: codes, names, types, people, and what lies in what."""

from __future__ import annotations

import io
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import sources, study, words

if TYPE_CHECKING:
    from collections.abc import Iterator


class NotGivenError(ValueError):
    """
    The data in use do not hold what was asked for; the message says what, and what would.

    A build says so where the answer would have stood, and goes on.
    """

    def _render_traceback_(self) -> list[str]:
        """Say it in a notebook in one line; where in a program it happened is no matter."""
        return [str(self)]


Level = Literal["commune", "district", "province"]


def levels() -> tuple[Level, ...]:
    """
    Name the levels of places that there are below the province, the larger first.

    Where there is one only (reports by district, or communes without districts), `districts()` and
    `communes()` hold the same units, and each lies in itself: `district_code` is its own code.
    Where there is none, both hold the province, which reports of itself.

    Examples
    --------
    >>> levels()
    ('district', 'commune')
    """
    return study.current().levels


def homes(codes: pd.Series) -> pd.Series:
    """
    Say what each commune is a part of: its district, or the province where there are no districts.

    Raises
    ------
    LookupError
        If a code is no commune's, with every such code.

    Examples
    --------
    >>> homes(pd.Series(["31318", "31473"])).tolist()
    ['930', '937']
    """
    return parents(codes, "district" if len(levels()) > 1 else "province")


@contextmanager
def within(code: str) -> Iterator[None]:
    """
    Speak of one province only, where the list of places has several.

    Parameters
    ----------
    code
        Of the province. As long as the block runs, `province()` is this one, and `districts()`
        and `communes()` are those in it; their labels stay as they are in the whole list.

    Raises
    ------
    LookupError
        If the list has no such province.
    """
    if code not in provinces().index:
        known = ", ".join(provinces().index)
        msg = f"{code!r} is no code of a part of the list. Known codes: {known}."
        raise LookupError(msg)
    with study.use(province=code):
        yield


def _within() -> str | None:
    return study.current().province


def province() -> pd.Series:
    """
    Describe the province: `code`, names, `crs` for maps in metres, dates of its structure,
    and, from the census, `population` and `households`.
    """
    table, within = _read("places/province.csv").set_index("code"), _within()
    row = table.iloc[0] if within is None else table.loc[within]
    people = districts()[["population", "households"]].sum(min_count=1)
    crs = study.current().says("", "projection") or row["crs"]
    return pd.Series({"code": row.name, **row, **people, "crs": crs})


def province_name() -> str:
    """Name the province, short, in the language in use."""
    return str(province()[words.column("short")])


def provinces() -> pd.DataFrame:
    """
    List the provinces: of one province that one; of several, those within the whole.

    Returns
    -------
    provinces
        Index `code` (text). Columns: `name_vi`, `name_en`, `short_vi`, `short_en`, `type_vi`. A
        list of places in several provinces has a first row for all of it, which `province()`
        describes; it is no province and is left out here.
    """
    table = _provinces()
    table = table if _within() is None else table.loc[[_within()]]
    names = zip(table["name_vi"], table["short_vi"], strict=True)
    table["type_vi"] = [name.removesuffix(short).strip() for name, short in names]
    return table[["name_vi", "name_en", "short_vi", "short_en", "type_vi"]]


def _provinces() -> pd.DataFrame:
    table = _read("places/province.csv").set_index("code")
    return table.iloc[1:].copy() if len(table) > 1 else table


def districts() -> pd.DataFrame:
    """
    List the districts, with the census of 1 April 2019.

    Returns
    -------
    districts
        Index `code` (three digits, text). Columns: `name_vi`, `short_vi` (without its type),
        `name_en`, `label_vi`, `label_en` (short, and still different for the town and the district
        of Long Mỹ), `type_vi`, `type_en`, `province_code`, `population`, `urban_population`
        (persons, urban as the census counted it in 2019), `households`, `area_km2` (published; none
        for 932), `communes` (how many), `origin_of_residents` (`census`; `reported` where the list
        is your own): it is not called `origin`, which numbers laid beside it would take over.
    """
    table = _districts(versions()).assign(origin_of_residents=_origin())
    return table if _within() is None else table[table["province_code"] == _within()]


@lru_cache(maxsize=2)
def _districts(_files: tuple[str, ...]) -> pd.DataFrame:
    columns = {
        "population_2019": "population",
        "urban_population_2019": "urban_population",
        "households_2019": "households",
        "area_km2_published": "area_km2",
        "communes_after_2020": "communes",
    }
    table = _read("places/districts.csv").set_index("code").rename(columns=columns)
    if "province_code" not in table:
        table = table.assign(province_code=_read("places/province.csv")["code"].iloc[0])
    above = table["province_code"].map(_provinces()["short_vi"])
    others = ["province_code", *columns.values()]
    return _with_labels(table, above)[[*_NAMES, *others]]


def communes() -> pd.DataFrame:
    """
    List the communes of 1 February 2020 to 30 June 2025, with the census of 1 April 2019.

    Returns
    -------
    communes
        Index `code` (five digits, text). Columns: `name_vi`, `short_vi` (without its type),
        `name_en`, `label_vi`, `label_en` (short), `type_vi`, `type_en`,
        `district_code`, `urban` (1 for a ward or township of 2020), `lon`, `lat` (degrees,
        EPSG:4326), `population` (persons), `households`, `origin_of_residents` (`census`;
        `reported` where the list is your own).
    """
    table = _communes(versions()).assign(origin_of_residents=_origin())
    return table if _within() is None else table[table["district_code"].isin(districts().index)]


@lru_cache(maxsize=2)
def _communes(files: tuple[str, ...]) -> pd.DataFrame:
    if levels() == ("district",):
        return _as_communes(_districts(files))
    columns = {"population_2019": "population", "households_2019": "households"}
    table = _read("places/communes.csv").set_index("code").rename(columns=columns)
    above = table["district_code"].map(_districts(files)["label_vi"])
    others = ["district_code", "urban", "lon", "lat"]
    others += [*columns.values(), *study.current().controls]
    return _with_labels(table, above)[[*_NAMES, *others]]


def _as_communes(districts: pd.DataFrame) -> pd.DataFrame:
    """Take districts for the units that report, each in itself; urban if most of its people are."""
    controls = list(study.current().controls)
    inside = _read("places/communes.csv").rename(columns={"population_2019": "population"})
    home, people = inside["district_code"], inside["population"].where(inside["lon"].notna())
    weighed = inside[["lon", "lat"]].mul(people, axis=0).assign(people=people.astype(float))
    sums = weighed.groupby(home).sum(min_count=1)
    table = districts.assign(
        district_code=districts.index,
        urban=(2 * districts["urban_population"] > districts["population"]).astype(int),
        **sums[["lon", "lat"]].div(sums["people"], axis=0),
        **inside.groupby(home)[controls].first(),
    )
    others = ["district_code", "urban", "lon", "lat", "population", "households", *controls]
    return table[[*_NAMES, *others]]


def crosswalk() -> pd.DataFrame:
    """
    Say what became of each commune on 1 July 2025: no row where the list of places is another.

    Returns
    -------
    crosswalk
        Index `code` (of 2020). Columns: `code_2025`, `name_2025`. The codes were used again:
        each of 2025 is also a code of 2020, so only a date tells which one is meant.
    """
    table = _read("places/crosswalk_2025.csv", ["code_2025", "name_2025", "codes_2020"])
    if "commune" not in levels():
        table = table.iloc[:0]  # the codes in use are none of communes
    table["code"] = table["codes_2020"].str.split(",")
    return table.explode("code").set_index("code")[["code_2025", "name_2025"]].sort_index()


def former() -> pd.DataFrame:
    """
    Read names that places had before: columns `code`, `name_vi`, `changed_by` (the document).

    Only names of what is the same place still: a part of a former commune has no row.
    """
    return _read("places/old_names.csv", ["code", "name_vi", "changed_by"])


def parents(codes: pd.Series, level: Level) -> pd.Series:
    """
    Replace the code of each commune by that of the district or province it is in.

    Raises
    ------
    LookupError
        If a code is no commune's, with every such code.

    Examples
    --------
    >>> parents(pd.Series(["31318", "31473"]), "district").tolist()
    ['930', '937']
    """
    district = codes.map(communes()["district_code"])
    unknown = sorted({str(code) for code in codes[district.isna()]})
    if unknown:
        msg = f"{len(unknown)} codes are of no place that reports: {', '.join(unknown)}."
        raise LookupError(msg)
    if level == "commune":
        return codes
    if level == "province":
        return pd.Series(province()["code"], index=codes.index)
    return district


def of_level(level: Level) -> pd.DataFrame:
    """List the communes or the districts."""
    return communes() if level == "commune" else districts()


def name(code: str) -> str:
    """
    Give the full name of a place in the language in use.

    Examples
    --------
    >>> name("937"), name("93")
    ('Thị xã Long Mỹ', 'Tỉnh Hậu Giang')
    """
    return _told("name", code)


def label(code: str) -> str:
    """
    Give the short name of a district or commune, as it stands on a map, in the language in use.

    Examples
    --------
    >>> label("937").replace("\N{NO-BREAK SPACE}", " ")
    'TX. Long Mỹ'
    """
    return _told("label", code)


def _told(kind: str, code: str) -> str:
    known = _known(words.column(kind), versions())
    if code not in known:
        msg = f"{code!r} is no code of a place of the list."
        raise LookupError(msg)
    return known[code]


@lru_cache(maxsize=8)
def _known(column: str, files: tuple[str, ...]) -> dict[str, str]:
    """Give one column of all levels by code, read once for each state of the files."""
    tables = [_communes(files), _districts(files)]
    if column.startswith("name"):
        tables.append(_read("places/province.csv").set_index("code"))
    return {str(code): str(text) for table in tables for code, text in table[column].items()}


def versions() -> tuple[str, ...]:
    """Say by their checksums which list of places is in use: what was read of it, holds so long."""
    return tuple(sources.cards()[file]["sha256"] for file in FILES if file in sources.cards())


def _read(file: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a file; one that another list of places may lack has columns all the same."""
    if columns and file not in sources.cards():
        return pd.DataFrame(columns=pd.Index(columns), dtype="str")
    # one that the data in use leave out has no card, and is refused where it is opened
    return _parsed(file, sources.cards().get(file, {}).get("sha256", "")).copy()


@lru_cache(maxsize=16)
def _parsed(file: str, _sha256: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(sources.text(file)), dtype=_TEXT)


# Codes are text: they are names, and some lists start them with a zero. So is a ward called 5.
_OF_CODES = ["code", "district_code", "province_code", "unit_code", "code_2025", "codes_2020"]
_OF_NAMES = ["name_vi", "short_vi", "name_en", "short_en", "structure_from", "structure_to"]
_TEXT = dict.fromkeys([*_OF_CODES, *_OF_NAMES], "str")


_LISTS = ("province", "districts", "communes", "old_names", "crosswalk_2025")
FILES = (*(f"places/{file}.csv" for file in _LISTS), study.FILE)
"""The files that hold the list of places, and what its levels are."""

_NAMES = ["name_vi", "short_vi", "name_en", "label_vi", "label_en", "type_vi", "type_en"]


def _origin() -> str:
    """Say who counted the people of the list: where the study does not, its owner alone knows."""
    return study.current().says("residents", "origin") or "reported"


def _with_labels(table: pd.DataFrame, above: pd.Series) -> pd.DataFrame:
    """Add short names; where two places of the list share one, say where each lies."""
    # a list of another country has no types
    kinds = {kind: table[kind].astype("str").fillna("") for kind in ("type_vi", "type_en")}
    table = table.assign(**kinds)
    typed = table["type_vi"] != ""
    # the type stays: "Long Mỹ" alone is two districts
    known = study.current().country.short
    short = table["type_vi"].map(lambda kind: known.get(kind, kind))
    full = short + "\N{NO-BREAK SPACE}" + table["short_vi"]
    labels = {"label_vi": full.where(typed, table["short_vi"]), "label_en": table["name_en"]}
    for column, text in labels.items():
        table[column] = text.mask(text.duplicated(keep=False), text + ", " + above)
    return table
