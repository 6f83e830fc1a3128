"""Read your own list of places: another province, or a whole country."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .. import limits, study, words
from ..countries import ANYWHERE, COUNTRIES, Country
from ..countries.letters import bare, fold
from .faults import REQUIRED, check, guess_country
from .lists import Level, levels
from .matching import as_lines
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
        If the file is too large, of another kind, or empty.
    """
    from .. import grid

    if not file.is_file():
        msg = f"there is no file {file}."
        raise FileNotFoundError(msg)
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
    first, *numbers = rows
    headings = {column: text for column, text in rows[first].items() if text}
    table = [[rows[number].get(column, "") for column in headings] for number in numbers]
    return pd.DataFrame(table, numbers, list(headings.values()), dtype="str")


def _require_size(file: Path, *, encoding: str, n_rows: int) -> None:
    """Refuse a text file of an old encoding, and a table that is too long or empty."""
    msg = ""
    if encoding.startswith("cp"):
        msg = (
            f"{file.name} is not UTF-8 text. In Excel, save it as\n"
            "'CSV UTF-8 (Comma delimited)', or as a workbook (.xlsx)."
        )
    elif n_rows > limits.MOST_PLACES:
        msg = f"{file.name} has {n_rows} rows; at most {limits.MOST_PLACES} are expected."
    elif n_rows < MIN_ROWS:
        msg = f"{file.name} is empty: expected a row of headings and a row for each place."
    if msg:
        raise ValueError(msg)


def _cell_text(cell: object) -> str:
    """Write what a cell holds, with single spaces in place of control characters."""
    text = text_of(int(cell) if isinstance(cell, bool) else cell)
    letters = [" " if unicodedata.category(letter) == "Cc" else letter for letter in text]
    return unicodedata.normalize("NFC", " ".join("".join(letters).split()))


# The tables of a description of a study, as in TOML.
_Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class OwnList:
    """A list of places in the shape of `data/places/`: text and numbers, `code` as a column."""

    province: pd.DataFrame
    """The province; if there are several, the first row is the whole list."""
    districts: pd.DataFrame
    communes: pd.DataFrame
    old_names: pd.DataFrame
    level: Level | None = None
    """None if the list has communes and districts. Else the one level below the province, or the
    province alone: districts and communes are then the same places, each in itself."""
    country: Country = ANYWHERE
    """The country of the types that names begin with."""


COLUMNS = {
    "code": ("code", "commune_code", "ma don vi", "ma"),
    "name": ("name", "name_vi", "commune", "ten don vi"),
    "type": ("type", "type_vi", "cap", "loai"),
    "name_en": ("name_en", "ten tieng anh"),
    "district_code": ("district_code",),
    "district": ("district", "district_name"),
    "province_code": ("province_code",),
    "province": ("province", "province_name"),
    "population": ("population", "dan so"),
    "households": ("households", "so ho", "ho"),
    "urban": ("urban", "thanh thi"),
    "lon": ("lon", "longitude", "kinh do"),
    "lat": ("lat", "latitude", "vi do"),
    "old_names": ("old_names", "ten cu"),
    "valid_from": ("valid_from", "hieu luc tu"),
    "valid_to": ("valid_to", "hieu luc den"),
}
"""The columns of a list of places, with the headings that each may have in any country."""

_NUMBERS = ["population", "households", "urban", "lon", "lat"]
# Columns that are added up by district.
_SUMS = ["population", "households"]


def read_list(file: Path, *, country: Country | None = None) -> OwnList:
    """
    Read a list of places, or refuse it with every fault that it has.

    Parameters
    ----------
    file
        A CSV file in UTF-8 or a workbook (its first sheet): headings, then one row for each
        commune. Needed:

        - `code`, `district_code`;
        - `name`, `district`: with the type, such as "Xã Vị Tân";
        - `population`: persons.

        Optional:

        - `type`: for names without one;
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
    cells = read_sheet(file)
    headings = list(cells.columns)
    cells.columns = _column_names(headings)
    level = _one_level(cells)
    cells = cells.rename(columns={f"{level}_code": "code", str(level): "name"})
    columns = list(cells.columns)
    _require_columns(file, headings, columns, level)
    cells = cells.drop(columns="", errors="ignore")
    table = cells.reindex(columns=[*COLUMNS, *study.current().controls], fill_value="")
    country = country or guess_country(table, level)
    _pad_codes(table, level, country)
    if level is not None:
        table = table.assign(district_code=table["code"], district=table["name"])
    if level == "province":
        table = table.assign(province_code=table["code"], province=table["name"])
    table, faults = check(table, level, country)
    if faults:
        # under the heading that the file itself has
        heading_of = dict(zip(columns, headings, strict=True))
        lines = []
        for row, column, text in faults:
            blanks = {"row": row, "column": heading_of.get(column, column), "text": text}
            lines.append(words.term("places.list_fault", **blanks))
        title = words.term("places.list_faults", file=file.name, count=words.number(len(faults)))
        raise ValueError(title + as_lines(lines))
    return _frames(table, level, country)


def _require_columns(
    file: Path, headings: list[str], columns: list[str], level: Level | None
) -> None:
    """Refuse a list that has a column twice, or lacks one that is required."""
    repeated = sorted({column for column in columns if column and columns.count(column) > 1})
    required = [*REQUIRED, *study.current().controls]
    if level is not None:
        required = [column for column in required if column not in ("district_code", "district")]
    missing = [column for column in required if column not in columns]
    if not repeated and not missing:
        return
    key = "places.list_twice" if repeated else "places.list_missing"
    blanks = {"columns": ", ".join(repeated or missing), "found": ", ".join(headings)}
    raise ValueError(words.term(key, file=file.name, **blanks))


def _pad_codes(table: pd.DataFrame, level: Level | None, country: Country) -> None:
    """Put back the zeros before a number, which a spreadsheet drops."""
    n_digits = dict(country.widths)
    n_digits["code"] = n_digits.get(f"{level}_code", n_digits["code"])
    for column, length in n_digits.items():
        is_number = table[column].str.fullmatch(r"[0-9]+")
        table[column] = table[column].where(~is_number, table[column].str.zfill(length))


def _one_level(cells: pd.DataFrame) -> Level | None:
    """Say by the columns of a list which level it has; none if it has communes and districts."""
    columns = set(cells.columns)
    units = {"code", "name"} & columns
    parents = {"district_code", "district"} & columns
    if not units and not parents and {"province_code", "province"} <= columns:
        return "province"
    if units and not parents and not study.current().levels:
        return "province"
    if len(units) == 2 and not parents:
        return "district" if _has_district_names(cells) else "commune"
    if len(parents) == 2 and not units:
        return "district"
    return None


def _has_district_names(cells: pd.DataFrame) -> bool:
    """Say whether every name of a list has a type of districts of one country."""
    for country in COUNTRIES.values():
        kinds = country.kinds["district"]
        if all(country.split(name, kinds) for name in cells["name"]):
            return True
    return False


def _column_names(headings: Iterable[str]) -> list[str]:
    """
    Name each column by its heading, in any language; an unknown one is "".

    The names that the study in use gives its levels are headings, too: county, county code.
    """
    column_of: dict[str, str] = {}
    for table in (COLUMNS, *(country.headings for country in COUNTRIES.values())):
        for column, names in table.items():
            column_of |= dict.fromkeys(names, column)
    column_of |= _level_headings()
    # the names of columns are the same in every study
    column_names = {*COLUMNS, *study.current().controls}
    return [
        heading if heading in column_names else column_of.get(_plain_heading(heading), "")
        for heading in headings
    ]


def _level_headings() -> dict[str, str]:
    """Give the column of each heading that the study in use gives its levels, in any language."""
    column_of = {}
    for language, code_text in {"vi": "mã {}", "en": "{} code"}.items():
        nouns = study.blanks(study.current().written, language)
        for level in ("province", *study.BELOW):
            column, code_column = level, f"{level}_code"
            if level == "commune":
                column, code_column = "name", "code"
            for noun in (nouns[level], nouns[f"{level}_long"]):
                column_of[_plain_heading(noun)] = column
                column_of[_plain_heading(code_text.format(noun))] = code_column
    return column_of


def _plain_heading(heading: str) -> str:
    return " ".join(re.split(r"[\s,/.-]+", bare(fold(heading))))


def _frames(table: pd.DataFrame, level: Level | None, country: Country) -> OwnList:
    """Make the tables of each level of a list without faults."""
    table[_NUMBERS] = table[_NUMBERS].apply(pd.to_numeric)
    communes = _communes(table, level, country)
    districts = _districts(table, communes, level, country)
    province = _province(table, country)
    first_province = province["code"].iloc[0]
    districts["province_code"] = districts["province_code"].replace("", first_province)
    old_names = table[["code", "old_names"]].assign(name_vi=table["old_names"].str.split(";"))
    old_names = old_names.explode("name_vi").assign(changed_by="")
    return OwnList(
        province=province,
        districts=districts.sort_values("code", ignore_index=True),
        communes=communes.sort_values(["district_code", "code"], ignore_index=True),
        old_names=old_names.loc[old_names["name_vi"] != "", ["code", "name_vi", "changed_by"]],
        level=level,
        country=country,
    )


def _communes(table: pd.DataFrame, level: Level | None, country: Country) -> pd.DataFrame:
    communes = _name_columns(table, "code", "name", level, country)
    has_urban_type = communes["type_vi"].isin(country.urban).astype(int)
    communes["urban"] = table["urban"].fillna(has_urban_type).astype(int)
    communes["name_en"] = communes["name_en"].where(table["name_en"] == "", table["name_en"])
    communes[["district_code", "lon", "lat"]] = table[["district_code", "lon", "lat"]]
    communes[_SUMS] = table[_SUMS].astype("Int64")
    for column in study.current().controls:
        communes[column] = pd.to_numeric(table[column], errors="coerce")
    return communes


def _districts(
    table: pd.DataFrame, communes: pd.DataFrame, level: Level | None, country: Country
) -> pd.DataFrame:
    """Add the communes up by district."""
    groups = table.groupby("district_code", sort=False)
    first = groups.first().reset_index()
    name = "name" if level else "district"
    districts = _name_columns(first, "district_code", name, level, country)
    for column in _SUMS:
        districts[column] = groups[column].sum(min_count=1).to_numpy()
    # without types and without the column `urban`, urban residents are unknown, and not none; the
    # type of a province does not say it
    has_type = (communes["type_vi"] != "") & (level != "province")
    is_known = (table["urban"].notna() | has_type).any()
    rural = 0 if is_known else float("nan")
    urban = table["population"].where(communes["urban"] == 1, rural)
    urban_sums = urban.groupby(table["district_code"], sort=False).sum(min_count=1)
    districts["urban_population"] = urban_sums.to_numpy()
    districts["area_km2"] = float("nan")
    districts["communes"] = groups.size().to_numpy()
    districts["province_code"] = first["province_code"]
    return districts


def _province(table: pd.DataFrame, country: Country) -> pd.DataFrame:
    """Describe the province; if it is not exactly one, the first row is the whole list."""
    with_province = table[table["province_code"] != ""].drop_duplicates("province_code")
    rows = _name_columns(with_province, "province_code", "province", None, country)
    rows["short_en"] = rows["short_vi"].map(_plain_text)
    if len(rows) != 1:
        texts = words.strings()["places.list_whole"]
        whole = {"code": WHOLE_CODE}
        for language in study.LANGUAGES:
            whole[f"name_{language}"] = whole[f"short_{language}"] = texts[language]
        rows = pd.concat([pd.DataFrame([whole]), rows], ignore_index=True)
    points = table[["lon", "lat"]]
    # places all around the Earth, or without any point, get the projection for all of it
    if points["lon"].max() - points["lon"].min() <= 180:
        crs = country.projection([*points.min(), *points.max()])
    else:
        crs = country.grid["wide"]
    first = table.iloc[0]
    return rows.assign(
        crs=crs,
        structure_from=first["valid_from"],
        structure_to=first["valid_to"],
    )[_PROVINCE_COLUMNS]


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
    short_en = columns["short_vi"].map(_plain_text)
    # "Long My District", but "Ward 5"
    is_number = columns["short_vi"].str.fullmatch(r"[0-9]+|[IVX]+")
    name_en = (short_en + " " + type_en).where(~is_number, type_en + " " + short_en)
    return columns.assign(
        code=table[code],
        name_vi=table[name],
        name_en=name_en.where(type_en != "", columns["short_vi"]),
        type_en=type_en,
    )


def _plain_text(text: str) -> str:
    return bare(text).replace("Đ", "D")


def read_described(file: Path, description: bytes | None) -> tuple[OwnList, bytes]:
    """
    Read a list of places, as `read_list` does, with the description of its study.

    Parameters
    ----------
    file
        The list.
    description
        The content of `study.toml`; if none, the list alone describes the study.

    Raises
    ------
    ValueError
        If the list has other levels than the study, or as `read_list`.
    """
    if description is None:
        own_list = read_list(file)
        return own_list, described_by(own_list)
    with study.use(written=description.decode()):
        current = study.current()
        own_list = read_list(file, country=current.country)
        n_levels = {None: 2, "province": 0}.get(own_list.level, 1)
        _require_n_levels(file.name, n_levels)
    is_whole = own_list.province["code"] == WHOLE_CODE
    for language in study.LANGUAGES:
        name = study.in_language(current.says("", "name"), language)
        own_list.province.loc[is_whole, [f"name_{language}", f"short_{language}"]] = name
    return own_list, description


def require_levels(description: bytes) -> None:
    """
    Refuse a study whose levels or controls are not in the list of places in use.

    Reports by district alone are allowed: the list in use knows the districts.
    """
    n_levels = len(levels())
    columns = study.current().text(study.LIST).splitlines()[0].split(",")
    with study.use(written=description.decode()):
        current = study.current()
        missing = [control for control in current.controls if control not in columns]
        if missing:
            blanks = {"columns": ", ".join(missing), "found": ", ".join(columns)}
            raise ValueError(words.term("places.list_missing", file=study.LIST, **blanks))
        if current.levels == ("district",) and n_levels == 2:
            return
        _require_n_levels(study.LIST, n_levels)


def _require_n_levels(file: str, n_levels: int) -> None:
    """Refuse a list whose number of levels below the whole is not that of the study in use."""
    expected = len(levels())
    if expected != n_levels:
        blanks = {"described": expected, "listed": n_levels}
        raise ValueError(words.term("places.list_levels", file=file, **blanks))


def described_by(own_list: OwnList) -> bytes:
    """
    Describe a study by its list of places alone.

    In the country of the shipped study, levels and exposure have the same names as there. In
    another, nobody knows what the levels are called.
    """
    shipped, anywhere = study.Study.open(), study.read_description(study.default_description())
    is_same_country = own_list.country is shipped.country
    tables: _Tables = {"": {"name": _province_names(own_list)}}
    if own_list.country.code:
        tables[""]["country"] = own_list.country.code
    if is_same_country:
        tables |= _tables_of_country(own_list, shipped.described, anywhere)
    else:
        tables |= _tables_of_anywhere(own_list, shipped.described, anywhere)
    return study.write(tables)


def _tables_of_country(own_list: OwnList, shipped: _Tables, anywhere: _Tables) -> _Tables:
    """Name levels and exposure as the shipped study does."""
    tables = _level_tables(own_list, shipped)
    if own_list.level != "province":
        tables["levels.hamlet"] = _without_codes(shipped["levels.hamlet"])
    for name in ("exposure", "exposure.team"):
        tables[name] = dict(shipped[name])
    if len(own_list.province) > 1:
        # the provinces are parts of the whole
        nouns = tables["levels.province"]
        long = own_list.country.provinces
        tables["levels.part"] = {"one": nouns["one"], "many": nouns["many"], "long": long}
        tables["levels.province"] = anywhere["levels.province"]
    if own_list.level == "commune":
        tables["levels.commune"] |= own_list.country.one_level
    return tables


def _tables_of_anywhere(own_list: OwnList, shipped: _Tables, anywhere: _Tables) -> _Tables:
    """Name levels as anywhere, and the exposure without the shipped texts on it."""
    tables = _level_tables(own_list, anywhere)
    for name in ("exposure", "exposure.team"):
        tables[name] = {key: shipped[name][key] for key in ("one", "many")}
    if own_list.level == "province":
        tables["levels.province"] = anywhere["levels.commune"]
    return tables


def _level_tables(own_list: OwnList, described: _Tables) -> _Tables:
    """Copy what the province and the levels of a list are called."""
    below = [level for level in study.BELOW if own_list.level in (None, level)]
    names = [f"levels.{level}" for level in ("province", *below)]
    return {name: _without_codes(described[name]) for name in names}


def _without_codes(table: dict[str, Any]) -> dict[str, Any]:
    """Leave out whose codes a level has: only the list knows it."""
    return {key: text for key, text in table.items() if key not in ("codes", "code")}


def _province_names(own_list: OwnList) -> dict[str, str]:
    """Name the province in each language, without the signs that no description may have."""
    names = {}
    for language in study.LANGUAGES:
        text = own_list.province[f"short_{language}"].iloc[0]
        names[language] = re.sub(r"[\[\]{}<>&\s]+", " ", text).strip() or "–"
    return names
