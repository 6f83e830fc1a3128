"""List the places: codes, names, types, people, and which place lies in which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import pandas as pd

from .. import words
from ..study import Study, current, once_each, use


class NotGivenError(ValueError):
    """
    Say that the data in use cannot answer a question, and which data could.

    A build shows the message in place of the answer, and goes on.
    """

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in a notebook, without the lines of code that led to it."""
        return [str(self)]


Level = Literal["commune", "district", "province"]


def levels() -> tuple[Level, ...]:
    """
    Name the levels of places below the province, the larger first.

    The places of the first are compared, and those of the last report. With one level these are
    the same: each is compared in itself, `compared_code` is its own code. If there is none, the
    province is compared and reports.

    Examples
    --------
    >>> levels()
    ('district', 'commune')
    """
    return current().levels


@contextmanager
def within(code: str) -> Iterator[None]:
    """
    Use one province only, if the list of places has several.

    Parameters
    ----------
    code
        Of the province. While the block runs, `province()` is this one, and `compared()` and
        `units()` are those in it. Their labels stay as they are in the whole list.

    Raises
    ------
    LookupError
        If the list has no such province.

    Examples
    --------
    >>> with within("93"):
    ...     len(units())
    75
    """
    if code not in provinces().index:
        codes = ", ".join(provinces().index)
        msg = words.term("places_errors.no_part", code=code, codes=codes)
        raise LookupError(msg)
    with use(province=code):
        yield


def province() -> pd.Series:
    """
    Describe the province.

    Returns
    -------
    province
        - `code`, and names as in `provinces`;
        - `crs`: the projection for maps, in metres;
        - `structure_from`, `structure_to`: from when to when its list of places holds;
        - `population`, `households`: sums of its districts.

    Examples
    --------
    >>> province()["code"]
    '93'
    """
    return describe_province(current())


def describe_province(study: Study) -> pd.Series:
    """Describe the province of a study: see `province`."""
    return _describe_province(study).copy()


@once_each  # every map and list asks for it
def _describe_province(study: Study) -> pd.Series:
    table = _read(study, "places/province.csv").set_index("code")
    row = table.iloc[0] if study.province is None else table.loc[study.province]
    compared = list_compared(study)
    people = compared[["population", "households"]].sum(min_count=1)
    crs = study.says("", "projection") or row["crs"]
    return pd.Series({"code": row.name, **row, **people, "crs": crs})


def province_name() -> str:
    """Give the short name of the province in the language in use."""
    return str(province()[words.column("short")])


def provinces() -> pd.DataFrame:
    """
    List the provinces, without the row for the whole list that several provinces have first.

    Returns
    -------
    provinces
        Index `code` (text). Columns: `name_vi`, `name_en`, `short_vi`, `short_en`, `type_vi`.

    Examples
    --------
    >>> provinces()["name_vi"].tolist()
    ['Tỉnh Hậu Giang']
    """
    return list_provinces(current())


def list_provinces(study: Study) -> pd.DataFrame:
    """List the provinces of a study: see `provinces`."""
    table = _provinces(study)
    if study.province is not None:
        table = table.loc[[study.province]]
    names = zip(table["name_vi"], table["short_vi"], strict=True)
    table["type_vi"] = [name.removesuffix(short).strip() for name, short in names]
    return table[["name_vi", "name_en", "short_vi", "short_en", "type_vi"]]


def _provinces(study: Study) -> pd.DataFrame:
    table = _read(study, "places/province.csv").set_index("code")
    if len(table) > 1:
        return table.iloc[1:].copy()  # the first row is the whole list
    return table


def compared() -> pd.DataFrame:
    """
    List the places that are compared: those of the first level.

    Returns
    -------
    compared
        Index `code` (text). In the shipped study these are the districts, with the census of 2019.

        - `name_vi`, `name_en`;
        - `short_vi`: without its type;
        - `label_vi`, `label_en`: short, and different for any two places;
        - `type_vi`, `type_en`, `province_code`;
        - `population`, `urban_population`: persons; urban as the census counted it in 2019;
        - `households`;
        - `area_km2`: published; missing for 932;
        - `communes`: how many it has;
        - `origin_of_residents`: `census`, or `reported` for a list of your own. It is not called
          `origin`, because other tables that are joined have an `origin` of their own.

    Examples
    --------
    >>> compared()["name_vi"].head(2).to_dict()
    {'930': 'Thành phố Vị Thanh', '931': 'Thành phố Ngã Bảy'}
    """
    return list_compared(current())


def list_compared(study: Study) -> pd.DataFrame:
    """List the places that a study compares: see `compared`."""
    table = _compared(study).assign(origin_of_residents=_origin_of_residents(study))
    if study.province is None:
        return table
    return table[table["province_code"] == study.province]


@once_each
def _compared(study: Study) -> pd.DataFrame:
    new_names = {
        "population_2019": "population",
        "urban_population_2019": "urban_population",
        "households_2019": "households",
        "area_km2_published": "area_km2",
        "communes_after_2020": "communes",
    }
    table = _read(study, "places/districts.csv")
    table = table.set_index("code").rename(columns=new_names)
    if "province_code" not in table:
        table["province_code"] = _read(study, "places/province.csv")["code"].iloc[0]
    province_names = table["province_code"].map(_provinces(study)["short_vi"])
    columns = [*_NAMES, "province_code", *new_names.values()]
    return _with_labels(table, province_names, study.country.short)[columns]


def official_code(code: str) -> str:
    """Replace a code of another list by that of the list in use; any text that is none stays."""
    return other_codes(current()).get(write_with_dots(code), code)


def write_with_dots(code: str) -> str:
    """
    Write a code in capitals with a dot for every other mark: offices write hyphens, too.

    Examples
    --------
    >>> write_with_dots("h44-100"), write_with_dots("H44 – 100")
    ('H44.100', 'H44.100')
    """
    return _MARKS.sub(".", code.strip()).upper()


@once_each
def other_codes(study: Study) -> dict[str, str]:
    """
    Give the code of each place by what reports may call it, written with dots.

    These are its code on another list, if the list in use has these, and its own if that has a
    mark. Two codes that differ in their marks alone are no code.
    """
    table = _read(study, "places/communes.csv")
    own_codes = pd.Series(table["code"].to_numpy(), table["code"])
    codes = own_codes[own_codes.str.contains(_MARKS)]
    if _OTHER_CODE in table:
        others = table.dropna(subset=_OTHER_CODE).set_index(_OTHER_CODE)["code"]
        codes = pd.concat([codes, others])
    codes.index = codes.index.map(write_with_dots)
    is_of_one_place = codes.groupby(level=0).transform("nunique") == 1
    return {str(written): code for written, code in codes[is_of_one_place].items()}


def cluster_column() -> str:
    """Name the column of units that the study in use compares within."""
    return name_cluster_column(current())


def name_cluster_column(study: Study) -> str:
    """Name the column of units that a study compares within."""
    return study.cluster or "compared_code"


def units() -> pd.DataFrame:
    """
    List the places that report: those of the last level.

    Returns
    -------
    units
        Index `code` (text). In the shipped study these are the communes of 1 February 2020 to 30
        June 2025, with the census of 1 April 2019.

        - `name_vi`, `short_vi`, `name_en`, `label_vi`, `label_en`, `type_vi`, `type_en`: as of
          `compared()`;
        - `compared_code`: of the place that it is compared in, with one level its own;
        - `urban`: 1 for a ward or township, else 0;
        - `lon`, `lat`: degrees, EPSG:4326;
        - `population` (persons), `households`;
        - the columns that the study names: its controls, and its cluster;
        - `origin_of_residents`: `census`, or `reported` for a list of your own.

    Examples
    --------
    >>> units()[["name_vi", "compared_code"]].head(1).to_dict("index")
    {'31318': {'name_vi': 'Phường I', 'compared_code': '930'}}
    """
    return list_units(current())


def list_units(study: Study) -> pd.DataFrame:
    """List the places that report in a study: see `units`."""
    table = _units(study).assign(origin_of_residents=_origin_of_residents(study))
    if study.province is None:
        return table
    return table[table["compared_code"].isin(list_compared(study).index)]


@once_each
def _units(study: Study) -> pd.DataFrame:
    new_names = {
        "district_code": "compared_code",
        "population_2019": "population",
        "households_2019": "households",
    }
    table = _read(study, "places/communes.csv")
    table = table.set_index("code").rename(columns=new_names)
    compared = _compared(study)
    if study.levels == ("district",):
        table = _sum_up(table, compared, study.own_columns)
    else:
        parent_names = table["compared_code"].map(compared["label_vi"])
        table = _with_labels(table, parent_names, study.country.short)
    columns = [*_NAMES, "compared_code", "urban", "lon", "lat", "population", "households"]
    return table[[*columns, *study.own_columns]]


def _sum_up(parts: pd.DataFrame, compared: pd.DataFrame, own_columns: list[str]) -> pd.DataFrame:
    """Let places that are compared report, each in itself; urban if most residents are."""
    # of the parts whose place is known
    located = parts.dropna(subset="lon")
    points, residents = located[["lon", "lat"]], weights(located)
    is_urban = 2 * compared["urban_population"] > compared["population"]
    return compared.assign(
        compared_code=compared.index,
        urban=is_urban.astype(int),
        **middle_of_residents(points, residents, located["compared_code"]),
        **parts.groupby("compared_code")[own_columns].first(),
    )


def weights(table: pd.DataFrame) -> pd.Series:
    """Weigh places by their residents; equally where a list does not say how many there are."""
    if table["population"].isna().all():
        return pd.Series(1, index=table.index)
    return table["population"]


def middle_of_residents(
    points: pd.DataFrame, residents: pd.Series, districts: pd.Series
) -> pd.DataFrame:
    """Find the middle of the residents of each place, where these live at some points."""
    residents = residents.astype(float)
    sums = points.mul(residents, axis=0).groupby(districts).sum(min_count=1)
    return sums.div(residents.groupby(districts).sum(), axis=0)


def crosswalk() -> pd.DataFrame:
    """
    List which commune of 2025 each commune became on 1 July 2025; empty for a list of your own.

    Returns
    -------
    crosswalk
        Index `code` (of 2020). Columns: `code_2025`, `name_2025`. The codes were used again:
        each of 2025 is also a code of 2020, so only a date tells which place is meant.

    Examples
    --------
    >>> crosswalk().iloc[0].to_dict()
    {'code_2025': '31321', 'name_2025': 'Phường Vị Thanh'}
    """
    return read_crosswalk(current())


def read_crosswalk(study: Study) -> pd.DataFrame:
    """List which commune of 2025 each commune of a study became: see `crosswalk`."""
    return _crosswalk(study).copy()


@once_each  # each report that is read asks for it
def _crosswalk(study: Study) -> pd.DataFrame:
    table = _read(study, "places/crosswalk_2025.csv", ["code_2025", "name_2025", "codes_2020"])
    if "commune" not in study.levels:
        table = table.iloc[:0]  # the codes in use are not of communes
    table["code"] = table["codes_2020"].str.split(",")
    return table.explode("code").set_index("code")[["code_2025", "name_2025"]].sort_index()


def former() -> pd.DataFrame:
    """
    Read the former names of places: columns `code`, `name_vi`, `changed_by` (the document).

    Only a place that is still the same has a row; a part of a former commune has none.

    Examples
    --------
    >>> former()["name_vi"].iloc[0]
    'Thị xã Vị Thanh'
    """
    return read_former(current())


def read_former(study: Study) -> pd.DataFrame:
    """Read the former names of places of a study: see `former`."""
    return _read(study, "places/old_names.csv", ["code", "name_vi", "changed_by"])


def parents(codes: pd.Series, level: Level | None = None) -> pd.Series:
    """
    Replace the code of each commune by that of its district or province.

    Parameters
    ----------
    codes
        Of communes.
    level
        By default the level above: the district, or without districts the province.

    Raises
    ------
    LookupError
        If a code is of no commune. The message lists all these codes.

    Examples
    --------
    >>> parents(pd.Series(["31318", "31473"])).tolist()
    ['930', '937']
    """
    study = current()
    compared_codes = codes.map(list_units(study)["compared_code"])
    unknown = sorted({str(code) for code in codes[compared_codes.isna()]})
    if unknown:
        msg = words.term("places_errors.no_commune", number=len(unknown), codes=", ".join(unknown))
        raise LookupError(msg)
    levels_above: tuple[Level, ...] = ("province", *study.levels[:-1])
    level = level or levels_above[-1]
    if level == "commune":
        return codes
    if level == "province":
        return pd.Series(describe_province(study)["code"], index=codes.index)
    return compared_codes


def of_level(level: Level) -> pd.DataFrame:
    """List the communes or the districts."""
    return units() if level == "commune" else compared()


def name(code: str) -> str:
    """
    Give the full name of a place in the language in use.

    Examples
    --------
    >>> name("937"), name("93")
    ('Thị xã Long Mỹ', 'Tỉnh Hậu Giang')
    """
    return _text_of(current(), "name", code)


def label(code: str) -> str:
    """
    Give the short name of a district or commune for a map, in the language in use.

    Examples
    --------
    >>> label("937").replace("\N{NO-BREAK SPACE}", " ")
    'TX. Long Mỹ'
    """
    return _text_of(current(), "label", code)


def labels(codes: Iterable[str]) -> list[str]:
    """
    Give the short names of some places, as `label` does.

    Examples
    --------
    >>> [text.replace("\N{NO-BREAK SPACE}", " ") for text in labels(["937", "936"])]
    ['TX. Long Mỹ', 'H. Long Mỹ']
    """
    study = current()
    return [_text_of(study, "label", code) for code in codes]


def short(code: str) -> str:
    """
    Give the name of a place where there is little room: without the type that most of them have.

    "Long Mỹ" alone is two districts: the one that is a town keeps its type.

    Examples
    --------
    >>> short("936"), short("937").replace("\N{NO-BREAK SPACE}", " "), short("933")
    ('Long Mỹ', 'TX. Long Mỹ', 'Châu Thành')
    """
    study = current()
    return _short_texts(study, study.language).get(code) or _text_of(study, "label", code)


@once_each
def _short_texts(study: Study, language: str) -> dict[str, str]:
    """Take the commonest type off the labels of each level, where all stay different."""
    texts: dict[str, str] = {}
    for table in (list_units(study), list_compared(study)):
        labels, types = table[f"label_{language}"], table["type_vi"]
        if types.empty or not types.mode().iloc[0]:
            continue
        is_common = types == types.mode().iloc[0]
        if language == "vi":
            names = table["short_vi"]
        else:
            kinds = zip(table["name_en"], table["type_en"], strict=True)
            without_kind = [name.removesuffix(f" {kind}") for name, kind in kinds]
            names = pd.Series(without_kind, table.index)
        is_one = ~names.where(is_common, labels).duplicated(keep=False)
        short_names = names.where(is_common & is_one, labels)
        texts |= {str(code): text for code, text in short_names.items()}
    return texts


def _text_of(study: Study, kind: str, code: str) -> str:
    texts = _texts_by_code(study, f"{kind}_{study.language}")
    if code not in texts:
        msg = words.term("places_errors.no_place", code=code)
        raise LookupError(msg)
    return texts[code]


@once_each
def _texts_by_code(study: Study, column: str) -> dict[str, str]:
    """Take one column of the places of all levels."""
    tables = [_units(study), _compared(study)]
    if column.startswith("name"):
        tables.append(_read(study, "places/province.csv").set_index("code"))
    texts: dict[str, str] = pd.concat([table[column] for table in tables]).astype(str).to_dict()
    return texts


def _read(study: Study, file: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a file; a list of your own may lack one with `columns`, which is then empty."""
    if columns and file not in study.cards:
        return pd.DataFrame(columns=pd.Index(columns), dtype="str")
    text_columns = {**_TEXT_COLUMNS, study.cluster: "str"}
    return pd.read_csv(study.path(file), dtype=text_columns)


# Codes are names, and some lists have zeros before them. A ward may be called 5.
_OTHER_CODE = "other_code"
_MARKS = re.compile(r"[\W_]+")
_CODES = ["code", "district_code", "province_code", "unit_code", "code_2025", "codes_2020"]
_TEXTS = [
    _OTHER_CODE,
    "name_vi",
    "short_vi",
    "name_en",
    "short_en",
    "structure_from",
    "structure_to",
]
_TEXT_COLUMNS = dict.fromkeys([*_CODES, *_TEXTS], "str")

_NAMES = ["name_vi", "short_vi", "name_en", "label_vi", "label_en", "type_vi", "type_en"]


def _origin_of_residents(study: Study) -> str:
    """Say who counted the residents: reported by the owner, if the study does not say it."""
    return study.says("residents", "origin") or "reported"


def _with_labels(
    table: pd.DataFrame, parent_names: pd.Series, short_types: Mapping[str, str]
) -> pd.DataFrame:
    """Add short names; if two places of the list share one, add the name of the parent."""
    # a list of another country has no types
    types = {column: table[column].astype("str").fillna("") for column in ("type_vi", "type_en")}
    table = table.assign(**types)
    # the type stays: "Long Mỹ" alone is two districts
    type_short = table["type_vi"].map(lambda kind: short_types.get(kind, kind))
    typed_name = type_short + "\N{NO-BREAK SPACE}" + table["short_vi"]
    label_vi = typed_name.where(table["type_vi"] != "", table["short_vi"])
    for column, label in {"label_vi": label_vi, "label_en": table["name_en"]}.items():
        is_shared = label.duplicated(keep=False)
        table[column] = label.mask(is_shared, label + ", " + parent_names)
    return table
