"""Read your own list of places: another province, or a whole country."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from .. import limits, study, words
from ..countries import ANYWHERE, COUNTRIES, Country
from ..countries.letters import bare, fold, spaced
from ..study import Study
from .faults import check, guess_country, required_columns
from .lists import Level
from .matching import as_lines, pad_codes
from .names import text_of

# Headings, and one place.
MIN_ROWS = 2


def read_sheet(file: Path) -> pd.DataFrame:
    """
    Read the first sheet of a workbook, or a CSV file, as text.

    Parameters
    ----------
    file
        `.csv` (UTF-8 or UTF-16; commas, semicolons or tabs), `.xlsx`, `.xls` or `.ods`. The
        first row that is not empty holds the headings.

    Returns
    -------
    table
        Text in NFC, an empty cell as "". The index counts rows as a spreadsheet shows them.

    Raises
    ------
    ValueError
        If there is no such file, or it is too large, of another kind, or empty.
    """
    from .. import grid

    try:
        book = grid.read(file)
    except grid.UnreadableError as error:
        blanks = {"file": file.name, **error.blanks}
        refusal = words.term(f"reading.{error.rule}", **blanks)
        suggestion = words.term(f"reading.{error.rule}_suggestion", **blanks)
        raise ValueError(" ".join([refusal, suggestion])) from error

    # rows with any text, by their number: the first has the headings
    rows = {}
    for number, row in book.sheets[0].rows.items():
        cells = {cell.column: _cell_text(cell.value) for cell in row}
        if any(cells.values()):
            rows[number] = cells
    _require_size(file, encoding=book.encoding, n_rows=len(rows))
    table = pd.DataFrame.from_dict(rows, orient="index", dtype="str").fillna("")
    headings = table.iloc[0]
    has_heading = headings != ""
    return table.iloc[1:].loc[:, has_heading].set_axis(headings[has_heading], axis="columns")


def _require_size(file: Path, *, encoding: str, n_rows: int) -> None:
    """Refuse a text file of an old encoding, and a table that is too long or empty."""
    if encoding.startswith("cp"):
        msg = words.term("places_errors.not_utf8", file=file.name)
        raise ValueError(msg)
    if n_rows > limits.MOST_PLACES:
        blanks = {"rows": n_rows, "most": limits.MOST_PLACES}
        msg = words.term("places_errors.many_rows", file=file.name, **blanks)
        raise ValueError(msg)
    if n_rows < MIN_ROWS:
        msg = words.term("places_errors.no_rows", file=file.name)
        raise ValueError(msg)


def _cell_text(cell: object) -> str:
    """Write what a cell holds, with single spaces in place of control characters."""
    text = text_of(int(cell) if isinstance(cell, bool) else cell)
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)
    return spaced(text)


@dataclass(frozen=True)
class OwnList:
    """A list of places in the shape of `data/places/`: text and numbers, `code` as a column."""

    province: pd.DataFrame
    """The province; if there are several, the first row is the whole list."""
    districts: pd.DataFrame
    communes: pd.DataFrame
    old_names: pd.DataFrame
    level: Level | None
    """None if the list has communes and districts. Else the one level below the province, or the
    province alone: districts and communes are then the same places, each in itself."""
    country: Country
    """The country of the types that names begin with."""


COLUMNS = list(ANYWHERE.headings)
"""The columns of a list of places; their headings are told by the files of countries."""

_NUMBERS = ["population", "households", "urban", "lon", "lat"]
# Columns that are added up by district.
_SUMS = ["population", "households"]


def read_list(file: Path, *, country: Country | None = None, residents: bool = True) -> OwnList:
    """
    Read a list of places, or refuse it with every fault that it has.

    Parameters
    ----------
    file
        A CSV file in UTF-8 or a workbook (its first sheet): headings, then one row for each
        commune. Needed:

        - `code`, `district_code`;
        - `name`, `district`: with the type, such as "Xã Vị Tân";
        - `population`: persons, unless the study does not need residents.

        Optional:

        - `type`: for names without one;
        - `other_code`: that of another list, by which reports may name the place, too;
        - `name_en`, `province_code`, `province`, `households`;
        - `urban`: 1 or 0. Without it, phường and thị trấn are urban; of names without types it is
          unknown;
        - `lon`, `lat`: degrees;
        - `old_names`: with their type, separated by semicolons;
        - `valid_from`, `valid_to`: such as 2020-02-01, the same in every row.

        The headings of the code list of the General Statistics Office ("Mã PX", "Phường Xã", ...)
        may be used, too, and the names that the study in use gives its levels. Other columns are
        ignored.

        If there is one level of places below the province, one pair of columns is enough: `code`
        and `name` (communes without districts, as in Viet Nam since July 2025), or `district_code`
        and `district` (districts only). A province alone, which reports for itself, has
        `province_code` and `province`, in one row.
    country
        Of the places. Each name then begins with a type of the country, and codes get their zeros
        back. By default it is guessed: one name with a type is enough.
    residents
        Whether the list must say how many there are: see `study.needs_residents`.

    Returns
    -------
    places
        Frames in the shape of the shipped ones; districts and provinces are added up.

    Raises
    ------
    ValueError
        With every fault: row, column, what is there and what was expected.

    Notes
    -----
    Codes that are numbers get back the zeros that a spreadsheet drops: five digits for a commune,
    three for a district, two for a province, as the General Statistics Office writes them.
    """
    in_use = study.current()
    cells = read_sheet(file)
    headings = list(cells.columns)
    cells.columns = _column_names(headings, in_use)
    level = _one_level(cells, in_use)
    cells = cells.rename(columns={f"{level}_code": "code", str(level): "name"})
    columns = list(cells.columns)
    required = [*required_columns(level, residents=residents), *in_use.own_columns]
    _require_columns(file, headings, columns, required)
    cells = cells.drop(columns="", errors="ignore")
    table_columns = dict.fromkeys([*COLUMNS, *in_use.own_columns])
    table = cells.reindex(columns=list(table_columns), fill_value="")
    country = country or guess_country(table, level)
    n_digits: dict[str, int] = dict(country.widths)
    n_digits["code"] = n_digits.get(f"{level}_code", n_digits["code"])
    for column, length in n_digits.items():
        table[column] = pad_codes(table[column], length)
    if level is not None:
        table = table.assign(district_code=table["code"], district=table["name"])
    if level == "province":
        table = table.assign(province_code=table["code"], province=table["name"])
    table, faults = check(table, level, country, in_use.cluster, residents=residents)
    if faults:
        # under the heading that the file itself has
        heading_of = dict(zip(columns, headings, strict=True))
        lines = []
        for row, column, text in faults:
            blanks = {"row": row, "column": heading_of.get(column, column), "text": text}
            lines.append(words.term("places.list_fault", **blanks))
        title = words.term("places.list_faults", file=file.name, count=words.number(len(faults)))
        raise ValueError(title + as_lines(lines))
    return _frames(table, level, country, in_use)


def _require_columns(
    file: Path, headings: list[str], columns: list[str], required: list[str]
) -> None:
    """Refuse a list that has a column twice, or lacks one that is required."""
    repeated = sorted({column for column in columns if column and columns.count(column) > 1})
    missing = [column for column in required if column not in columns]
    for key, wrong in (("list_twice", repeated), ("list_missing", missing)):
        if wrong:
            blanks = {"columns": ", ".join(wrong), "found": ", ".join(headings)}
            msg = words.term(f"places.{key}", file=file.name, **blanks)
            raise ValueError(msg)


def _one_level(cells: pd.DataFrame, in_use: Study) -> Level | None:
    """Say by the columns of a list which level it has; none if it has communes and districts."""
    columns = set(cells.columns)
    units = {"code", "name"} & columns
    parents = {"district_code", "district"} & columns
    if not parents:
        has_provinces = {"province_code", "province"} <= columns
        if (not units and has_provinces) or (units and not in_use.levels):
            return "province"
        if len(units) == 2:
            return "district" if _has_district_names(cells) else "commune"
    if len(parents) == 2 and not units:
        return "district"
    return None


def _has_district_names(cells: pd.DataFrame) -> bool:
    """Say whether every name of a list has a type of districts of one country."""
    return any(
        all(country.split(name, country.kinds["district"]) for name in cells["name"])
        for country in COUNTRIES.values()
    )


def _column_names(headings: Iterable[str], in_use: Study) -> list[str]:
    """
    Name each column by its heading, in any language; an unknown one is "".

    The names that a study gives its levels and its cluster are headings, too: county code.
    """
    column_of: dict[str, str] = {}
    for country in (ANYWHERE, *COUNTRIES.values()):
        for column, names in country.headings.items():
            column_of |= dict.fromkeys(names, column)
    column_of |= _level_headings(in_use)
    # the names of columns are the same in every study
    column_names = {*COLUMNS, *in_use.own_columns}
    return [
        heading if heading in column_names else column_of.get(_plain_heading(heading), "")
        for heading in headings
    ]


def _level_headings(in_use: Study) -> dict[str, str]:
    """Give the column of each heading that names a level or the cluster, in any language."""
    column_of = {}
    for language, code_text in {"vi": "mã {}", "en": "{} code"}.items():
        nouns = in_use.nouns(language)
        for level in ("province", *study.BELOW):
            column, code_column = level, f"{level}_code"
            if level == "commune":
                column, code_column = "name", "code"
            for noun in (nouns[level], nouns[f"{level}_long"]):
                column_of[_plain_heading(noun)] = column
                column_of[_plain_heading(code_text.format(noun))] = code_column
        if in_use.cluster:
            column_of[_plain_heading(nouns["cluster"])] = in_use.cluster
    return column_of


def _plain_heading(heading: str) -> str:
    return " ".join(re.split(r"[\s,/.-]+", bare(fold(heading))))


def _frames(table: pd.DataFrame, level: Level | None, country: Country, in_use: Study) -> OwnList:
    """Make the tables of each level of a list without faults."""
    table[_NUMBERS] = table[_NUMBERS].apply(pd.to_numeric)
    communes = _communes(table, level, country)
    for column in in_use.controls:
        communes[column] = pd.to_numeric(table[column], errors="coerce")
    if in_use.cluster:
        communes[in_use.cluster] = table[in_use.cluster]
    districts = _districts(table, communes, level, country)
    province = _province(table, country)
    first_province = province["code"].iloc[0]
    districts["province_code"] = districts["province_code"].replace("", first_province)
    old_names = table[["code"]].assign(name_vi=table["old_names"].str.split(";"), changed_by="")
    old_names = old_names.explode("name_vi")
    return OwnList(
        province=province,
        districts=_sort_by_number(districts, "code"),
        communes=_sort_by_number(communes, "district_code", "code"),
        old_names=old_names[old_names["name_vi"] != ""],
        level=level,
        country=country,
    )


def _sort_by_number(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Sort by codes, in which numbers count as numbers: H44.9 is before H44.10."""
    return table.sort_values(
        [*columns],
        key=lambda codes: codes.str.replace("[0-9]+", _pad_number, regex=True),
        ignore_index=True,
    )


def _pad_number(match: re.Match[str]) -> str:
    return match[0].zfill(MAX_CODE_LETTERS)


def _communes(table: pd.DataFrame, level: Level | None, country: Country) -> pd.DataFrame:
    communes = _name_columns(table, "code", "name", level, country)
    has_urban_type = communes["type_vi"].isin(country.urban).astype(int)
    communes["urban"] = table["urban"].fillna(has_urban_type).astype(int)
    communes["name_en"] = communes["name_en"].where(table["name_en"] == "", table["name_en"])
    communes[["district_code", "lon", "lat"]] = table[["district_code", "lon", "lat"]]
    if table["other_code"].any():
        communes["other_code"] = table["other_code"]
    communes[_SUMS] = table[_SUMS].astype("Int64")
    return communes


def _districts(
    table: pd.DataFrame, communes: pd.DataFrame, level: Level | None, country: Country
) -> pd.DataFrame:
    """Add the communes up by district."""
    groups = table.groupby("district_code", sort=False)
    first = groups.first().reset_index()
    name = "name" if level else "district"
    names = _name_columns(first, "district_code", name, level, country)
    # without types and without the column `urban`, urban residents are unknown, and not none; the
    # type of a province does not say it
    has_type = (communes["type_vi"] != "") & (level != "province")
    is_known = (table["urban"].notna() | has_type).any()
    rural = 0 if is_known else float("nan")
    urban = table["population"].where(communes["urban"] == 1, rural)
    sums = table[_SUMS].assign(urban_population=urban).groupby(table["district_code"], sort=False)
    districts = names.join(sums.sum(min_count=1).reset_index(drop=True))
    return districts.assign(
        area_km2=float("nan"),
        communes=groups.size().to_numpy(),
        province_code=first["province_code"],
    )


def _province(table: pd.DataFrame, country: Country) -> pd.DataFrame:
    """Describe the province; if it is not exactly one, the first row is the whole list."""
    with_province = table[table["province_code"] != ""].drop_duplicates("province_code")
    rows = _name_columns(with_province, "province_code", "province", None, country)
    rows["short_en"] = rows["short_vi"].map(bare)
    if len(rows) != 1:
        whole = {"code": WHOLE_CODE}
        for language, name in words.strings()["places.list_whole"].items():
            whole |= {f"name_{language}": name, f"short_{language}": name}
        rows = pd.concat([pd.DataFrame([whole]), rows], ignore_index=True)
    points = table[["lon", "lat"]]
    # places all around the Earth, or without any point, get the projection for all of it
    if points["lon"].max() - points["lon"].min() <= 180:
        crs = country.projection([*points.min(), *points.max()])
    else:
        crs = country.grid["wide"]
    days = table[["valid_from", "valid_to"]].iloc[0]
    rows[["crs", "structure_from", "structure_to"]] = [crs, *days]
    return rows[_PROVINCE_COLUMNS]


MAX_CODE_LETTERS = 20
"""No code is longer."""

WHOLE_CODE = "00"
"""The code of the whole list, if it has several provinces or names none."""

_PROVINCE_COLUMNS = [
    "code", "name_vi", "short_vi", "name_en", "short_en", "crs", "structure_from", "structure_to"
]  # fmt: skip


def _name_columns(
    table: pd.DataFrame, code: str, name: str, level: Level | None, country: Country
) -> pd.DataFrame:
    """Make the columns of codes and names that every level has."""
    kinds = country.kinds_of(name, level=level)
    pairs = [country.split(text, kinds) or ("", text) for text in table[name]]
    columns = pd.DataFrame(pairs, columns=["type_vi", "short_vi"], index=table.index)
    type_en = columns["type_vi"].map({**kinds, "": ""})
    short_en = columns["short_vi"].map(bare)
    # "Long My District", but "Ward 5"
    is_number = columns["short_vi"].str.fullmatch(r"[0-9]+|[IVX]+")
    name_en = (short_en + " " + type_en).where(~is_number, type_en + " " + short_en)
    return columns.assign(
        code=table[code],
        name_vi=table[name],
        name_en=name_en.where(type_en != "", columns["short_vi"]),
        type_en=type_en,
    )


def read_described(
    file: Path, description: bytes | None, catalogue: bytes = b""
) -> tuple[OwnList, bytes]:
    """
    Read a list of places, as `read_list` does, with the description of its study.

    Parameters
    ----------
    file
        The list.
    description
        The content of `study.toml`; if none, the list alone describes the study.
    catalogue
        The content of its `indicators.toml`, if it has one.

    Raises
    ------
    ValueError
        If the list has other levels than the study, or as `read_list`.
    """
    if description is None:
        own_list = read_list(file)
        return own_list, described_by(own_list)
    residents = study.needs_residents(description.decode(), catalogue.decode())
    described = replace(study.current(), written=description.decode())
    with described.use_here():
        own_list = read_list(file, country=described.country, residents=residents)
        n_levels = {None: 2, "province": 0}.get(own_list.level, 1)
        _require_n_levels(described, file.name, n_levels)
    is_whole = own_list.province["code"] == WHOLE_CODE
    for language in study.LANGUAGES:
        name = study.in_language(described.says("", "name"), language)
        own_list.province.loc[is_whole, [f"name_{language}", f"short_{language}"]] = name
    return own_list, description


def require_levels(description: bytes) -> None:
    """
    Refuse a study whose levels, controls or cluster are not in the list of places in use.

    Reports by district alone are allowed: the list in use knows the districts.
    """
    in_use = study.current()
    n_levels = len(in_use.levels)
    columns = in_use.text(study.LIST).splitlines()[0].split(",")
    described = replace(in_use, written=description.decode())
    with described.use_here():
        missing = [column for column in described.own_columns if column not in columns]
        if missing:
            blanks = {"columns": ", ".join(missing), "found": ", ".join(columns)}
            msg = words.term("places.list_missing", file=study.LIST, **blanks)
            raise ValueError(msg)
        if described.levels == ("district",) and n_levels == 2:
            return
        _require_n_levels(described, study.LIST, n_levels)


def describe_compared() -> dict[str, bytes]:
    """
    Describe the study in use as one whose compared places report: its first level alone.

    Returns
    -------
    files
        Its `study.toml`, as `study.rewrite_description` gives it.
    """
    in_use = study.current()
    levels = [f"levels.{level}" for level in in_use.levels[-1:]]
    return study.rewrite_description(in_use, *levels, study.CONTROLS, "cluster")


def _require_n_levels(described: Study, file: str, n_levels: int) -> None:
    """Refuse a list whose number of levels below the whole is not that of its study."""
    expected = len(described.levels)
    if expected != n_levels:
        blanks = {"described": expected, "listed": n_levels}
        msg = words.term("places.list_levels", file=file, **blanks)
        raise ValueError(msg)


# The tables of a description of a study, as in TOML.
_Tables = dict[str, dict[str, Any]]

# Keys of a level that only a list of places knows: whose codes the level has.
OF_THE_LIST = ("codes", "code")


def described_by(own_list: OwnList) -> bytes:
    """
    Describe a study by its list of places alone.

    In the country of the shipped study, levels and exposure have the same names as there. In
    another, nobody knows what the levels are called.
    """
    shipped = study.Study.open()
    anywhere = study.read_description(study.default_description())
    country, level = own_list.country, own_list.level
    is_shipped_country = country is shipped.country
    nouns = shipped.described if is_shipped_country else anywhere

    tables: _Tables = {"": {"name": _province_names(own_list)}}
    if country.code:
        tables[""]["country"] = country.code
    names: list[str] = ["province"]
    names += [name for name in study.BELOW if level in (None, name)]
    if is_shipped_country and level != "province":
        names.append("hamlet")
    for name in names:
        table = nouns[f"levels.{name}"]
        tables[f"levels.{name}"] = {key: table[key] for key in table if key not in OF_THE_LIST}
    for name in ("exposure", "exposure.team"):
        # what is said of the exposure is true of the shipped country only
        keys = shipped.described[name] if is_shipped_country else ("one", "many")
        tables[name] = {key: shipped.described[name][key] for key in keys}

    if is_shipped_country:
        _rename_levels(tables, own_list, anywhere)
    elif level == "province":
        tables["levels.province"] = anywhere["levels.commune"]
    return study.write(tables)


def _rename_levels(tables: _Tables, own_list: OwnList, anywhere: _Tables) -> None:
    """Name levels as the shipped country does where a list has one level, or several provinces."""
    country = own_list.country
    if own_list.level == "commune":
        tables["levels.commune"] |= country.one_level
    if len(own_list.province) > 1:
        # the provinces are parts of the whole
        nouns = tables["levels.province"]
        part = {"one": nouns["one"], "many": nouns["many"], "long": country.provinces}
        tables["levels.part"] = part
        tables["levels.province"] = anywhere["levels.province"]


def _province_names(own_list: OwnList) -> dict[str, str]:
    """Name the province in each language, without the signs that no description may have."""
    names = {}
    for language in study.LANGUAGES:
        text = own_list.province[f"short_{language}"].iloc[0]
        names[language] = re.sub(r"[\[\]{}<>&\s]+", " ", text).strip() or "–"
    return names
