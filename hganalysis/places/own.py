"""Read a list of places of one's own: another province, or the whole country."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from .. import words
from .sheet import read_sheet
from .spelling import bare, fold, readings
from .zones import COUNTRY, zone


@dataclass(frozen=True)
class OwnList:
    """A list of places in the shape of `data/places/`: text and numbers, `code` as a column."""

    province: pd.DataFrame
    """The province; of several, first a row for all of them."""
    districts: pd.DataFrame
    communes: pd.DataFrame
    old_names: pd.DataFrame


COLUMNS = {
    "code": ("code", "commune_code", "ma px", "ma xa", "ma phuong xa", "ma don vi", "ma"),
    "name": ("name", "name_vi", "commune", "phuong xa", "xa phuong", "ten xa", "ten don vi", "xa"),
    "type": ("type", "type_vi", "cap", "loai"),
    "name_en": ("name_en", "ten tieng anh"),
    "district_code": ("district_code", "ma qh", "ma huyen", "ma quan huyen"),
    "district": ("district", "district_name", "quan huyen", "ten huyen", "huyen"),
    "province_code": ("province_code", "ma tp", "ma tinh"),
    "province": ("province", "province_name", "tinh thanh pho", "ten tinh", "tinh"),
    "population": ("population", "dan so"),
    "households": ("households", "so ho", "ho"),
    "urban": ("urban", "thanh thi"),
    "lon": ("lon", "longitude", "kinh do"),
    "lat": ("lat", "latitude", "vi do"),
    "old_names": ("old_names", "ten cu"),
    "valid_from": ("valid_from", "hieu luc tu"),
    "valid_to": ("valid_to", "hieu luc den"),
    "crs": ("crs", "he toa do"),
}
"""The columns of a list of places, and the headings under which each is taken."""

REQUIRED = ("code", "name", "district_code", "district", "population")
_LENGTHS = {"code": 5, "district_code": 3, "province_code": 2}
_CODE = re.compile(r"[0-9A-Za-z]{1,12}")
# The mainland and all islands: what lies outside was typed wrongly.
_LON, _LAT = (102.0, 118.0), (6.0, 24.0)

_KINDS = {
    "name": {"Phường": "Ward", "Thị trấn": "Township", "Xã": "Commune"},
    "district": {"Thành phố": "City", "Thị xã": "Town", "Huyện": "District", "Quận": "District"},
    "province": {"Tỉnh": "Province", "Thành phố": "City"},
}
_URBAN = ("Phường", "Thị trấn")
_SHOWN = 200


def read_list(file: Path) -> OwnList:
    """
    Read a list of places, and stop with every fault that it has.

    Parameters
    ----------
    file
        A CSV file in UTF-8 or a workbook (its first sheet): headings, then one row for each
        commune. Needed: `code`, `name` (with its type, such as "Xã Vị Tân"), `district_code`,
        `district` (with its type), `population` (persons). Used where given: `type` (for names
        without one), `name_en`, `province_code`, `province`, `households`, `urban` (1 or 0; else
        phường and thị trấn are urban), `lon`, `lat` (degrees), `old_names` (with their type,
        separated by semicolons), `valid_from`, `valid_to` (such as 2020-02-01, the same in every
        row), `crs` (such as EPSG:5897). The headings of the code list of the General Statistics
        Office ("Mã PX", "Phường Xã", ...) are taken too. Other columns are left alone.

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
    table = _columns(read_sheet(file), file.name)
    faults = [fault for check in _CHECKS for fault in check(table)]
    if not faults:
        table = _whole_names(table)
        faults = list(_agreement(table))
    if faults:
        lines = sorted(dict.fromkeys(faults))
        shown = [
            words.term("places.list_fault", row=row, column=column, text=text)
            for row, column, text in lines[:_SHOWN]
        ]
        head = words.term("places.list_faults", file=file.name, count=words.number(len(lines)))
        more = [words.term("places.list_more", count=words.number(len(lines) - _SHOWN))]
        raise ValueError("\n".join([head, *shown, *(more if len(lines) > _SHOWN else [])]))
    return _frames(table)


Fault = tuple[int, str, str]
"""Row, column, and what is wrong there."""


def _columns(table: pd.DataFrame, file: str) -> pd.DataFrame:
    """Give the columns their names, whatever language they are headed in."""
    aliases = {alias: column for column, known in COLUMNS.items() for alias in known}
    names = {
        heading: aliases[plain]
        for heading in table.columns
        if (plain := " ".join(re.split(r"[\s,/.-]+", bare(fold(heading))))) in aliases
    }
    columns = list(names.values())
    twice = sorted({column for column in columns if columns.count(column) > 1})
    missing = [column for column in REQUIRED if column not in columns]
    if twice or missing:
        msg = words.term(
            "places.list_twice" if twice else "places.list_missing",
            file=file,
            columns=", ".join(twice or missing),
            found=", ".join(table.columns),
        )
        raise ValueError(msg)
    table = table[list(names)].rename(columns=names)
    table = table.reindex(columns=list(COLUMNS), fill_value="")
    for column, length in _LENGTHS.items():
        number = table[column].str.fullmatch(r"[0-9]+")
        table[column] = table[column].where(~number, table[column].str.zfill(length))
    return table


def _empty(table: pd.DataFrame) -> Iterator[Fault]:
    given = [c for c in ("province_code", "province", "households") if table[c].any()]
    for column in (*REQUIRED, *given):
        for row in table.index[table[column] == ""]:
            yield row, column, words.term("places.list_empty")


def _codes(table: pd.DataFrame) -> Iterator[Fault]:
    for column in _LENGTHS:
        for row, code in table.loc[table[column] != "", column].items():
            if not _CODE.fullmatch(code):
                yield int(str(row)), column, words.term("places.list_code", found=code)
    for row, code in table.loc[table["code"].duplicated(keep=False), "code"].items():
        if code:
            yield int(str(row)), "code", words.term("places.list_code_twice", found=code)
    for column, below in (("district_code", "code"), ("province_code", "district_code")):
        for row, code in table.loc[table[below].isin(set(table[column]) - {""}), below].items():
            yield int(str(row)), below, words.term("places.list_code_levels", found=code)


def _numbers(table: pd.DataFrame) -> Iterator[Fault]:
    for column, low in (("population", 1), ("households", 1)):
        for row, text in table.loc[table[column] != "", column].items():
            if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < low:
                yield int(str(row)), column, words.term("places.list_number", found=text)
    for row, text in table.loc[~table["urban"].isin(["", "0", "1"]), "urban"].items():
        yield int(str(row)), "urban", words.term("places.list_urban", found=text)
    for column, (low_, high) in (("lon", _LON), ("lat", _LAT)):
        for row, text in table.loc[table[column] != "", column].items():
            number = _decimal(text)
            if not low_ <= number <= high:
                other_low, other_high = _LAT if column == "lon" else _LON
                swapped = other_low <= number <= other_high
                key = "places.list_swapped" if swapped else "places.list_degrees"
                yield int(str(row)), column, words.term(key, found=text, low=low_, high=high)
    for row in table.index[(table["lon"] == "") != (table["lat"] == "")]:
        yield row, "lon", words.term("places.list_half")


def _constants(table: pd.DataFrame) -> Iterator[Fault]:
    for column in ("valid_from", "valid_to", "crs"):
        if len(set(table[column])) > 1:
            values = ", ".join(sorted(set(table[column]))[:5])
            yield int(table.index[0]), column, words.term("places.list_constant", found=values)
    first, last = table.iloc[0][["valid_from", "valid_to"]]
    for column, text in (("valid_from", first), ("valid_to", last)):
        if text and not _day(text):
            yield int(table.index[0]), column, words.term("places.list_day", found=text)
    if _day(first) and _day(last) and first > last:
        yield (
            int(table.index[0]),
            "valid_to",
            words.term("places.list_order", first=first, last=last),
        )
    crs = table.iloc[0]["crs"]
    if crs and not re.fullmatch(r"EPSG:[0-9]{4,5}", crs):
        yield int(table.index[0]), "crs", words.term("places.list_crs", found=crs)


def _types(table: pd.DataFrame) -> Iterator[Fault]:
    for column, kinds in _KINDS.items():
        expected = ", ".join(kinds)
        beside = table["type"] if column == "name" else [""] * len(table)
        for row, text, kind in zip(table.index, table[column], beside, strict=True):
            if text and split_type(text, kinds, kind) is None:
                yield (
                    int(str(row)),
                    column,
                    words.term(
                        "places.list_type", found=f"{kind} {text}".strip(), expected=expected
                    ),
                )
    for row, text in table.loc[table["old_names"] != "", "old_names"].items():
        for old in text.split(";"):
            if split_type(old, _KINDS["name"], "") is None:
                yield (
                    int(str(row)),
                    "old_names",
                    words.term(
                        "places.list_type", found=old.strip(), expected=", ".join(_KINDS["name"])
                    ),
                )


def split_type(text: str, kinds: Collection[str], kind: str) -> tuple[str, str] | None:
    """
    Split an official name into its type and the rest, or take the type from beside it.

    Parameters
    ----------
    text
        A name, with or without its type.
    kinds
        The types that there may be.
    kind
        The type that stands beside the name; may be empty. None is found where the two differ.

    Examples
    --------
    >>> split_type("Thị trấn Cái Tắc", ["Thị trấn"], ""), split_type("Cái Tắc", ["Thị trấn"], "")
    (('Thị trấn', 'Cái Tắc'), None)
    """
    beside = next((known for known in kinds if fold(kind) == fold(known)), None)
    for reading in readings(fold(text)):
        found = reading.kind
        if found and found in kinds and reading.core and not reading.short:
            short = " ".join(text.split()[len(found.split()) :])
            return (found, short) if not kind or beside == found else None
    return (beside, text.strip()) if beside else None


def _agreement(table: pd.DataFrame) -> Iterator[Fault]:
    """Find codes with two names or two places above, and districts that nothing tells apart."""
    pairs = (
        ("district_code", "district"),
        ("district_code", "province_code"),
        ("province_code", "province"),
    )
    for one, other in pairs:
        several = table.groupby(one)[other].transform("nunique") > 1
        for row, code in table.loc[several & (table[one] != ""), one].items():
            found = ", ".join(sorted(set(table.loc[table[one] == code, other])))
            yield int(str(row)), one, words.term("places.list_two", code=code, found=found)
    # Two communes of one district may share a name (the country has such a pair): a code tells them
    # apart, and find_codes calls the name ambiguous. Districts of one province never do.
    keys = [table["district"].map(fold), table["province_code"]]
    several = table["district_code"].groupby(keys).transform("nunique") > 1
    for row, found in table.loc[several, "district"].items():
        yield int(str(row)), "district", words.term("places.list_same", found=found)


def _whole_names(table: pd.DataFrame) -> pd.DataFrame:
    """Write every name with its type, as the official lists do."""
    table = table.copy()
    for column, kinds in _KINDS.items():
        kinds_beside = table["type"] if column == "name" else [""] * len(table)
        pairs = [
            split_type(text, kinds, kind) or ("", text)
            for text, kind in zip(table[column], kinds_beside, strict=True)
        ]
        table[column] = [f"{kind} {short}".strip() for kind, short in pairs]
    return table


def _frames(table: pd.DataFrame) -> OwnList:
    numbers = {
        column: pd.to_numeric(table[column])
        for column in ("population", "households", "urban", "lon", "lat")
    }
    table = table.assign(**numbers)
    communes = _described(table, "code", "name")
    derived = communes["type_vi"].isin(_URBAN).astype(int)
    communes["urban"] = table["urban"].fillna(derived).astype(int)
    for column in ("district_code", "lon", "lat", "population", "households"):
        communes[column] = table[column]
    given = communes["name_en"].where(table["name_en"] == "", table["name_en"])
    whole = dict.fromkeys(["population", "households"], "Int64")
    communes = communes.assign(name_en=given).astype(whole)

    groups = table.groupby("district_code", sort=False)
    first = groups.first().reset_index()
    districts = _described(first, "district_code", "district")
    for column in ("population", "households"):
        districts[column] = groups[column].sum(min_count=1).to_numpy()
    urban = table["population"].where(communes["urban"] == 1, 0)
    districts["urban_population"] = (
        urban.groupby(table["district_code"], sort=False).sum().to_numpy()
    )
    districts["area_km2"] = float("nan")
    districts["communes"] = groups.size().to_numpy()
    province = _province(table)
    districts["province_code"] = first["province_code"].where(
        first["province_code"] != "", province["code"].iloc[0]
    )
    old = [
        (code, " ".join(name.split()), "")
        for code, names in zip(table["code"], table["old_names"], strict=True)
        for name in filter(None, names.split(";"))
    ]
    return OwnList(
        province=province,
        districts=districts.sort_values("code", ignore_index=True),
        communes=communes.sort_values(["district_code", "code"], ignore_index=True),
        old_names=pd.DataFrame(old, columns=["code", "name_vi", "changed_by"]),
    )


def _province(table: pd.DataFrame) -> pd.DataFrame:
    """Describe the province; of several, or of none, a row for the whole list comes first."""
    named = table[table["province_code"] != ""].drop_duplicates("province_code")
    rows = _described(named, "province_code", "province")
    rows["short_en"] = rows["short_vi"].map(_plain)
    if len(rows) != 1:
        texts = {
            "name_vi": words.strings()["places.list_whole"]["vi"].format(count=len(rows)),
            "name_en": words.strings()["places.list_whole"]["en"].format(count=len(rows)),
        }
        whole = {"code": WHOLE, **texts, "short_vi": texts["name_vi"]}
        whole["short_en"] = texts["name_en"]
        rows = pd.concat([pd.DataFrame([whole]), rows], ignore_index=True)
    first = table.iloc[0]
    placed = table["lon"].notna().any()
    crs = zone(table["lon"].min(), table["lon"].max()) if placed else COUNTRY
    return rows.assign(
        crs=first["crs"] or crs,
        structure_from=first["valid_from"],
        structure_to=first["valid_to"],
    )[_PROVINCE]


WHOLE = "00"
"""The code of the whole list, where it has several provinces or names none."""

_PROVINCE = [
    "code", "name_vi", "short_vi", "name_en", "short_en", "crs", "structure_from", "structure_to"
]  # fmt: skip


def _described(table: pd.DataFrame, code: str, name: str) -> pd.DataFrame:
    """Take codes and names apart into the columns that every level has."""
    pairs = [split_type(text, _KINDS[name], "") or ("", text) for text in table[name]]
    described = pd.DataFrame(pairs, columns=["type_vi", "short_vi"], index=table.index)
    english = described["type_vi"].map(_KINDS[name])
    short = described["short_vi"].map(_plain)
    numbered = described["short_vi"].str.fullmatch(r"[0-9]+|[IVX]+")
    return pd.DataFrame(
        {
            "code": table[code],
            "name_vi": table[name],
            "short_vi": described["short_vi"],
            "name_en": (short + " " + english).where(~numbered, english + " " + short),
            "type_vi": described["type_vi"],
            "type_en": english,
        }
    )


def _plain(text: str) -> str:
    return bare(text).replace("Đ", "D")


def _decimal(text: str) -> float:
    return float(text) if re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]+)?", text) else float("nan")


def _day(text: str) -> bool:
    try:
        return text == date.fromisoformat(text).isoformat()
    except ValueError:
        return False


_CHECKS = (_empty, _codes, _numbers, _constants, _types)
