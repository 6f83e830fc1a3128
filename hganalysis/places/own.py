"""Read a list of places of one's own: another province, or the whole country."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .. import limits, sources, study, words
from ..countries import ANYWHERE, COUNTRIES, Country
from ..countries.letters import bare, fold
from .faults import REQUIRED, checked, country_of
from .lists import Level, levels
from .matching import listed
from .names import text_of


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
        told = (words.term(f"reading.{error.rule}{end}", **blanks) for end in ("", "_suggestion"))
        raise ValueError(" ".join(told)) from error
    cells = book.sheets[0].rows
    rows = {at: {one.column: _cell(one.value) for one in row} for at, row in cells.items()}
    filled = [(at, row) for at, row in rows.items() if any(row.values())]
    named = {at: heading for at, heading in filled[0][1].items() if heading} if filled else {}
    msg = ""
    if book.encoding.startswith("cp"):
        msg = (
            f"{file.name} is not UTF-8 text. In Excel, save it as\n"
            "'CSV UTF-8 (Comma delimited)', or as a workbook (.xlsx)."
        )
    elif len(filled) > limits.MOST_PLACES:
        msg = f"{file.name} has {len(filled)} rows; at most {limits.MOST_PLACES} are expected."
    elif len(filled) < 2:
        msg = f"{file.name} is empty: expected a row of headings and a row for each place."
    if msg:
        raise ValueError(msg)
    table = [[row.get(at, "") for at in named] for _, row in filled[1:]]
    return pd.DataFrame(table, [at for at, _ in filled[1:]], [*named.values()], dtype="str")


def _cell(cell: object) -> str:
    text = text_of(int(cell) if isinstance(cell, bool) else cell)
    shown = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    return unicodedata.normalize("NFC", " ".join(shown.split()))


@dataclass(frozen=True)
class OwnList:
    """A list of places in the shape of `data/places/`: text and numbers, `code` as a column."""

    province: pd.DataFrame
    """The province; of several, first a row for all of them."""
    districts: pd.DataFrame
    communes: pd.DataFrame
    old_names: pd.DataFrame
    level: Level | None = None
    """The one level of places below the province, where there is only one, or the province where
    there is none: districts and communes are then the same, each in itself."""
    country: Country = ANYWHERE
    """Whose types names begin with."""


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
"""The columns of a list of places, and the headings under which each is taken anywhere."""


def read_list(file: Path, *, country: Country | None = None) -> OwnList:
    """
    Read a list of places, and stop with every fault that it has.

    Parameters
    ----------
    file
        A CSV file in UTF-8 or a workbook (its first sheet): headings, then one row for each
        commune. Needed: `code`, `name` (with its type, such as "Xã Vị Tân"), `district_code`,
        `district` (with its type), `population` (persons). Used where given: `type` (for names
        without one), `name_en`, `province_code`, `province`, `households`, `urban` (1 or 0; else
        phường and thị trấn are urban, and of names without types nothing is known), `lon`, `lat`
        (degrees), `old_names` (with their type, separated by semicolons), `valid_from`, `valid_to`
        (such as 2020-02-01, the same in every row). The headings of the
        code list of the General Statistics Office ("Mã PX", "Phường Xã", ...) are taken too. Other
        columns are left alone.

        Where there is one level of places below the province, either pair of columns is enough:
        `code` and `name` (communes without districts, as in Viet Nam since July 2025), or
        `district_code` and `district` (districts only). A province alone, which reports of itself,
        has `province_code` and `province`, in one row. What the study in use calls its levels heads
        their columns, too.
    country
        Whose places they are: where one is known, each name begins with a type of it, and codes get
        their zeros back. Inferred unless said: one name with a type tells what the others lack.

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
    cells, controls = read_sheet(file), [*study.current().controls]
    headings, cells.columns = [*cells.columns], _names(cells.columns)
    level = _one_level(cells)
    cells = cells.rename(columns={f"{level}_code": "code", str(level): "name"})
    columns = [*cells.columns]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    required = [one for one in REQUIRED if not (level and one.startswith("district"))]
    missing = [column for column in [*required, *controls] if column not in columns]
    if twice or missing:
        blanks = {"columns": ", ".join(twice or missing), "found": ", ".join(headings)}
        wrong = "twice" if twice else "missing"
        raise ValueError(words.term(f"places.list_{wrong}", file=file.name, **blanks))
    cells = cells.drop(columns="", errors="ignore")
    table = cells.reindex(columns=[*COLUMNS, *controls], fill_value="")
    country = country or country_of(table, level=level)
    # a spreadsheet drops the zeros before a number
    widths = {**country.widths, "code": country.widths.get(f"{level}_code", country.widths["code"])}
    for column, length in widths.items():
        number = table[column].str.fullmatch(r"[0-9]+")
        table[column] = table[column].where(~number, table[column].str.zfill(length))
    for upper in ("district", "province")[: {None: 0, "province": 2}.get(level, 1)]:
        table = table.assign(**{f"{upper}_code": table["code"], upper: table["name"]})
    table, faults = checked(table, level=level, country=country)
    if faults:
        # under the heading that the file itself has
        its = dict(zip(columns, headings, strict=True))
        shown = [
            words.term("places.list_fault", row=row, column=its.get(column, column), text=text)
            for row, column, text in faults
        ]
        head = words.term("places.list_faults", file=file.name, count=words.number(len(faults)))
        raise ValueError(head + listed(shown))
    return _frames(table, level=level, country=country)


def _one_level(cells: pd.DataFrame) -> Level | None:
    """Say which level a list has, by its columns: none where it has both."""
    given = set(cells.columns)
    units, above = {"code", "name"} & given, {"district_code", "district"} & given
    whole = {"province_code", "province"}
    if not above and (whole <= given if not units else not study.current().levels):
        return "province"
    if units == {"code", "name"} and not above:
        # of districts under the headings of communes, or of communes
        of_districts = any(
            all(country.split(one, country.kinds["district"]) for one in cells["name"])
            for country in COUNTRIES.values()
        )
        return "district" if of_districts else "commune"
    return "district" if len(above) == 2 and not units else None


def _names(headings: Iterable[str]) -> list[str]:
    """
    Name each column that is known, by its heading, whatever the language of that; what the study
    in use calls its levels heads columns too: county, county code.
    """
    known = {
        name: column
        for some in (COLUMNS, *(country.headings for country in COUNTRIES.values()))
        for column, names in some.items()
        for name in names
    }
    for language, coded in {"vi": "mã {}", "en": "{} code"}.items():
        nouns = study.blanks(study.current().written, language)
        for level in ("province", *study.BELOW):
            unit = level == "commune"
            for noun in (nouns[level], nouns[f"{level}_long"]):
                known[_plainly(noun)] = "name" if unit else level
                known[_plainly(coded.format(noun))] = "code" if unit else f"{level}_code"
    # the names of programs are the same in every study
    exact = {*COLUMNS, *study.current().controls}
    return [one if one in exact else known.get(_plainly(one), "") for one in headings]


def _plainly(heading: str) -> str:
    return " ".join(re.split(r"[\s,/.-]+", bare(fold(heading))))


def _frames(table: pd.DataFrame, *, level: Level | None, country: Country) -> OwnList:
    numbers = ["population", "households", "urban", "lon", "lat"]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    home, summed = table["district_code"], ["population", "households"]
    communes = _described(table, "code", "name", level=level, country=country)
    derived = communes["type_vi"].isin(country.urban).astype(int)
    communes["urban"] = table["urban"].fillna(derived).astype(int)
    communes["name_en"] = communes["name_en"].where(table["name_en"] == "", table["name_en"])
    communes[["district_code", "lon", "lat"]] = table[["district_code", "lon", "lat"]]
    communes[summed] = table[summed].astype("Int64")
    for column in study.current().controls:
        communes[column] = pd.to_numeric(table[column], errors="coerce")

    groups = table.groupby("district_code", sort=False)
    first = groups.first().reset_index()
    named = "name" if level else "district"
    districts = _described(first, "district_code", named, level=level, country=country)
    for column in summed:
        districts[column] = groups[column].sum(min_count=1).to_numpy()
    # Without types and without the column nobody knows what is urban: that is not nothing. Nor does
    # the type of a province tell.
    typed = (communes["type_vi"] != "") & (level != "province")
    known = (table["urban"].notna() | typed).any()
    urban = table["population"].where(communes["urban"] == 1, 0 if known else float("nan"))
    districts["urban_population"] = urban.groupby(home, sort=False).sum(min_count=1).to_numpy()
    districts["area_km2"] = float("nan")
    districts["communes"] = groups.size().to_numpy()
    province = _province(table, country=country)
    districts["province_code"] = first["province_code"].replace("", province["code"].iloc[0])
    old = table[["code", "old_names"]].assign(name_vi=table["old_names"].str.split(";"))
    old = old.explode("name_vi").assign(changed_by="")
    return OwnList(
        province=province,
        districts=districts.sort_values("code", ignore_index=True),
        communes=communes.sort_values(["district_code", "code"], ignore_index=True),
        old_names=old.loc[old["name_vi"] != "", ["code", "name_vi", "changed_by"]],
        level=level,
        country=country,
    )


def _province(table: pd.DataFrame, *, country: Country) -> pd.DataFrame:
    """Describe the province; of several, or of none, a row for the whole list comes first."""
    named = table[table["province_code"] != ""].drop_duplicates("province_code")
    rows = _described(named, "province_code", "province", level=None, country=country)
    rows["short_en"] = rows["short_vi"].map(_plain)
    if len(rows) != 1:
        whole = words.strings()["places.list_whole"]
        texts = {f"{of}_{one}": whole[one] for of in ("name", "short") for one in study.LANGUAGES}
        rows = pd.concat([pd.DataFrame([{"code": WHOLE, **texts}]), rows], ignore_index=True)
    at = table[["lon", "lat"]]
    # what lies around the whole Earth, or nobody knows where, has a projection for all of it
    known = at["lon"].max() - at["lon"].min() <= 180
    crs = country.projection([*at.min(), *at.max()]) if known else country.grid["wide"]
    first = table.iloc[0]
    return rows.assign(
        crs=crs,
        structure_from=first["valid_from"],
        structure_to=first["valid_to"],
    )[_PROVINCE]


WHOLE = "00"
"""The code of the whole list, where it has several provinces or names none."""

_PROVINCE = [
    "code", "name_vi", "short_vi", "name_en", "short_en", "crs", "structure_from", "structure_to"
]  # fmt: skip


def _described(
    table: pd.DataFrame, code: str, name: str, *, level: Level | None, country: Country
) -> pd.DataFrame:
    """Take codes and names apart into the columns that every level has."""
    kinds = country.kinds_of(name, level=level)
    pairs = [country.split(text, kinds) or ("", text) for text in table[name]]
    described = pd.DataFrame(pairs, columns=["type_vi", "short_vi"], index=table.index)
    english = described["type_vi"].map({**kinds, "": ""})
    short = described["short_vi"].map(_plain)
    numbered = described["short_vi"].str.fullmatch(r"[0-9]+|[IVX]+")
    name_en = (short + " " + english).where(~numbered, english + " " + short)
    return described.assign(
        code=table[code],
        name_vi=table[name],
        name_en=name_en.where(english != "", described["short_vi"]),
        type_en=english,
    )


def _plain(text: str) -> str:
    return bare(text).replace("Đ", "D")


def read_described(file: Path, described: bytes | None) -> tuple[OwnList, bytes]:
    """
    Read a list of places, as `read_list` does, and say what study it is of.

    Parameters
    ----------
    file
        The list.
    described
        What somebody wrote of the study; none where nobody did, and the list says what it can.

    Raises
    ------
    ValueError
        If the list has other levels than the study, or as of `read_list`.
    """
    if described is None:
        listed = read_list(file)
        return listed, described_by(listed)
    with study.use(written=described.decode()):
        found = study.current()
        listed = read_list(file, country=found.country)
        _require_levels(file.name, {None: 2, "province": 0}.get(listed.level, 1))
    whole = listed.province["code"] == WHOLE
    for language in study.LANGUAGES:
        name = study.in_language(found.says("", "name"), language)
        listed.province.loc[whole, [f"name_{language}", f"short_{language}"]] = name
    return listed, described


def require_levels(described: bytes) -> None:
    """
    Refuse the description of a study that has other levels than the list of places in use, or
    names controls that are no columns of it.

    Reports by district alone are no others: the list in use knows the districts.
    """
    there, columns = levels(), sources.text(sources.LIST).splitlines()[0].split(",")
    with study.use(written=described.decode()):
        found = study.current()
        if lacking := ", ".join(one for one in found.controls if one not in columns):
            known = {"file": sources.LIST, "found": ", ".join(columns)}
            raise ValueError(words.term("places.list_missing", columns=lacking, **known))
        if (found.levels, len(there)) != (("district",), 2):
            _require_levels(sources.LIST, len(there))


def _require_levels(file: str, listed: int) -> None:
    """Refuse a list of other levels below the whole than the study in use has."""
    if (described := len(levels())) != listed:
        said = words.term("places.list_levels", file=file, described=described, listed=listed)
        raise ValueError(said)


def described_by(listed: OwnList) -> bytes:
    """
    Describe a study by its list of places alone.

    One of its country is called as the shipped study is: its levels, and its exposure. Of another,
    nobody knows what its levels are called.
    """
    shipped, anywhere = study.Study.open(), study.read_description(study.plain())
    home, country = listed.country is shipped.country, listed.country
    said = shipped.described if home else anywhere
    # no text of a description may hold these
    named = {
        one: re.sub(r"[\[\]{}<>&\s]+", " ", listed.province[f"short_{one}"].iloc[0]).strip() or "–"
        for one in study.LANGUAGES
    }
    tables: dict[str, dict[str, Any]] = {"": {"name": named}}
    tables[""] |= {"country": country.code} if country.code else {}
    below = [one for one in study.BELOW if listed.level in (None, one)]
    for level in ("province", *below, *["hamlet"] * (home and listed.level != "province")):
        # whose codes a list has, it alone knows
        kept = {k: v for k, v in said[f"levels.{level}"].items() if k not in ("codes", "code")}
        tables[f"levels.{level}"] = kept
    for at in ("exposure", "exposure.team"):
        keys = shipped.described[at] if home else ("one", "many")
        tables[at] = {key: shipped.described[at][key] for key in keys}
    if home and len(listed.province) > 1:
        of = tables["levels.province"]
        tables["levels.part"] = {k: of[k] for k in ("one", "many")} | {"long": country.provinces}
        tables["levels.province"] = anywhere["levels.province"]
    elif not home and listed.level == "province":
        tables["levels.province"] = anywhere["levels.commune"]
    if home and listed.level == "commune":
        tables["levels.commune"] |= country.one_level
    return study.write(tables)
