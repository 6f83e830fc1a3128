"""Hold every data file to its card, the dictionary and its known oddities."""

import json
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from hganalysis import sources, study

DATA = Path(__file__).parents[1] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
FILES = sorted(
    file.relative_to(DATA).as_posix()
    for file in DATA.rglob("*")
    if file.is_file() and file.suffix not in {".md", ".py"}
    if not file.is_relative_to(DATA / "studies")  # each has a card and a register of its own
)

REGISTERS = ["dictionary.csv", "sources.csv"]


def read(file):
    """Read every cell as text, one row a record, one column a key."""
    if file.endswith(".geojson"):
        features = json.loads((DATA / file).read_text(encoding="utf-8"))["features"]
        return pd.DataFrame(
            [one["properties"] | {"geometry": str(one["geometry"])} for one in features]
        )
    if file == study.FILE:
        tables = study.read_description((DATA / file).read_text(encoding="utf-8"))
        return pd.DataFrame(list(tables.values()), dtype=object).fillna("")
    if file.endswith(".toml"):
        groups = tomllib.loads((DATA / file).read_text(encoding="utf-8"))
        entries = [entry for group in groups.values() for entry in group.values()]
        return pd.DataFrame(entries).astype(object).map(lambda x: "" if x is None else x)
    return pd.read_csv(DATA / file, dtype=str, keep_default_na=False)


def card(file):
    found = re.search(rf"^### {re.escape(file)} — .+?(?=^##|\Z)", README, flags=re.M | re.S)
    assert found, f"data/README.md has no card for {file}"
    return found[0]


def field(file, name):
    return re.search(rf"^\| {name} \| (.+?) \|$", card(file), flags=re.M)[1]


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_as_its_card_the_register_and_the_dictionary_say(file):
    table = read(file)
    rows, columns = map(int, re.match(r"(\d+) × (\d+)", field(file, "Rows × columns")).groups())
    assert (rows, columns) == table.drop(columns="geometry", errors="ignore").shape
    raw = (DATA / file).read_bytes()
    text = raw.decode("utf-8")
    assert b"\r" not in raw
    assert text == unicodedata.normalize("NFC", text)
    assert not text.startswith("\ufeff")
    if file not in REGISTERS:
        register = sources.cards()[file]
        assert field(file, "SHA-256") == f"`{register['sha256']}`", "put the new checksum there"
        assert sources.path(file).is_file()
        real = field(file, "Real or invented").replace("*", "")
        kind = register["real_or_invented"].split(",")[0]
        assert real.startswith({"definitions": "neither"}.get(kind, kind))
    dictionary = read("dictionary.csv").query("file == @file")
    assert sorted(dictionary["column"]) == sorted(table.columns)
    assert (dictionary["meaning"] != "").all()
    wrong = []
    for row in dictionary.itertuples():
        cells = table[row.column].dropna().astype(str)
        empty = len(table) - (cells != "").sum()
        if (row.missing == "no" and empty) or (row.missing == "yes" and not empty):
            wrong.append(f"{row.column}: {empty} empty cells")
        wrong += [
            f"{row.column}: {cell!r} is not {row.allowed}"
            for cell in cells[cells != ""]
            if not allows(row.allowed, row.type, cell)
        ]
    assert wrong == []


def test_every_file_stands_in_the_registers_and_no_other():
    assert sorted(sources.cards()) == sorted(set(FILES) - set(REGISTERS))
    titles = re.findall(r"^### (\S+) — ", README, flags=re.M)
    assert sorted(titles) == FILES == sorted(set(read("dictionary.csv")["file"]))


def allows(allowed, kind, cell):
    if kind == "integer" and not re.fullmatch(r"-?\d+", cell):
        return False
    if allowed == "any":
        return True
    if allowed.startswith("/"):
        return re.fullmatch(allowed[1:-1], cell) is not None
    if ".." in allowed:
        low, high = allowed.split("..")
        return float(low) <= float(cell) <= float(high)
    return cell in allowed.split(" | ")


def test_the_dictionary_can_refuse():
    assert not allows("1..5", "integer", "6")
    assert not allows("1..5", "integer", "2.0")
    assert not allows("/31[0-9]{3}/", "text", "313180")
    assert not allows("a | b", "text", "c")


# Known oddities of the lists of places, which names are matched by: found by rule, in the words of
# the card; card and findings must be the same list.


def with_commas(number):
    return f"{int(number):,}"


def plain(text):
    """Drop diacritics, and the bar of đ, as a hasty typist does."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in text if not unicodedata.combining(letter)).lower()


def shared_names(table):
    for name, group in table.groupby("short_vi"):
        if len(group) > 1:
            yield f"{name} is the short name of both {' and '.join(group['code'])}"


def odd_districts():
    table = read("places/districts.csv")
    yield from shared_names(table)
    for row in table.itertuples():
        if row.urban_population_2019 != row.pop_in_2020_urban_units:
            yield (
                f"{row.code}: {with_commas(row.urban_population_2019)} urban residents in the"
                f" census of 2019, {with_commas(row.pop_in_2020_urban_units)} residents of the"
                " urban communes of 2020"
            )
    for row in table.itertuples():
        if row.area_km2_published == "":
            yield f"{row.code} has no published area"


def odd_communes():
    table, districts = read("places/communes.csv"), read("places/districts.csv")
    yield from shared_names(table)
    for _, group in table.drop_duplicates("short_vi").groupby(table["short_vi"].map(plain)):
        if len(group) > 1:
            names = " and ".join(group["short_vi"] + " " + group["code"])
            yield f"{names} are one name without diacritics"
    for row in table.merge(districts, on="short_vi", suffixes=("", "_district")).itertuples():
        if row.district_code != row.code_district:
            yield (
                f"{row.name_vi} {row.code} bears the name of {row.code_district}"
                f" and lies in {row.district_code}"
            )
    for row in table[table["population_note"] != ""].itertuples():
        yield f"{row.code} {row.population_note}"
    usual = table["point_note"].mode()[0]
    for row in table[table["point_note"] != usual].itertuples():
        yield f"{row.code}: {row.point_note}"


def odd_crosswalk():
    table = read("places/crosswalk_2025.csv")
    before = read("places/communes.csv")
    now = table.merge(before, left_on="code_2025", right_on="code")
    yield (
        f"{len(now)} of the {len(table)} codes are also codes of 2020:"
        " only the date tells which commune is meant"
    )
    short = now["name_2025"].str.replace(r"^(Phường|Xã) ", "", regex=True)
    same = now["name_2025"] == now["name_vi"]
    retyped = ~same & (short == now["short_vi"])
    taken = (short != now["short_vi"]) & short.isin(before["short_vi"])
    for rows, says in [
        (same, "keep type and name, on a larger territory"),
        (retyped, "keep the name and change the type"),
        (taken, "take a name that another code had in 2020"),
    ]:
        yield f"{rows.sum()} codes {says}: {', '.join(now.loc[rows, 'code_2025'])}"


ODD = {
    "places/districts.csv": odd_districts,
    "places/communes.csv": odd_communes,
    "places/crosswalk_2025.csv": odd_crosswalk,
}


@pytest.mark.parametrize("file", ODD)
def test_oddities_are_exactly_those_on_the_card(file):
    on_the_card = re.findall(r"^- (.+)$", card(file).split("Known oddities:")[1], flags=re.M)
    assert sorted(on_the_card) == sorted(ODD[file]())


# What the published figures say, and what they don't.


def test_of_all_published_figures_two_are_of_a_district():
    figures = read("published/published.csv")
    assert figures["unit_code"].value_counts().to_dict() == {"93": 60, "932": 2}
    district = figures[figures["unit_code"] == "932"]
    # no teams, members or uptake below the province: the reason why the demo is simulated
    assert sorted(district["indicator"]) == ["dti_district_rank", "dti_district_score"]
    assert set(figures["qualifier"]) == {"exact", "over", "nearly"}


# The studies of elsewhere: as their cards say.

STUDIES = DATA / study.STUDIES
NAMES = sorted(folder.name for folder in STUDIES.iterdir() if folder.is_dir())


@cache
def raw(name, file):
    """Read a table as it is shipped, before small counts are hidden."""
    return pd.read_csv(STUDIES / name / file, dtype={"code": "str", "district_code": "str"})


def oddities(name):
    reports = raw(name, "reports/reports.csv")
    called = raw(name, "places/communes.csv").set_index("code")
    if name == "kenya_2019":
        buyers = reports[reports["indicator"] == "online_buyers"].set_index("code")["count"]
        without = called.loc[buyers.index[buyers.isna()]].sort_values("population")
        twice = called["name_en"].value_counts()
        users = reports.loc[reports["indicator"] == "internet_users", "count"].sum()
        yield f"{len(without)} sub-counties have no count of online buyers: "
        yield from (f"{row.name_en} {row.population}" for row in without.itertuples())
        yield f"{(buyers < 500).sum()} sub-counties have fewer than 500 online buyers"
        yield f"{(twice > 1).sum()} names are borne by several sub-counties"
        yield f"{users:,.0f} people used the internet"
    else:
        wide = reports.pivot_table(index="code", columns=["indicator", "year"], values="count")
        more = called["name_en"][wide["registered_users", 2023] > called["population"]]
        fewer = called["name_en"][wide["transactions", 2023] < wide["transactions", 2022]]
        growth = wide["registered_users", 2023] / wide["registered_users", 2022]
        yield f"{len(more)} districts have more registered users in 2023 than residents in 2011: "
        yield f"{len(fewer)} districts have fewer transactions in 2023 than in 2022, "
        yield from {*more, *fewer}
        yield f"between {growth.min():.2f} and {growth.max():.2f} times everywhere"


@pytest.mark.parametrize("name", NAMES)
def test_every_file_has_its_checksum_its_licence_and_its_oddities(name):
    folder = STUDIES / name
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*.*")}
    assert study.Study.open(name).own.keys() == files - {"README.md", study.SOURCES}
    for one in study.register(folder).values():
        assert one["licence"]
        assert one["origin"]
        assert one["real_or_invented"] in ("real", "definitions")
    listed = (folder / "README.md").read_text(encoding="utf-8").split("Known oddities:")[1]
    assert [said for said in oddities(name) if said not in listed] == []
    licence = " ".join((folder / "LICENSE.txt").read_text(encoding="utf-8").split())
    licence = licence.replace("–", "-")
    mit, cdla = "Permission is hereby granted", "Data License Agreement - Permissive - Version 2.0"
    assert (mit if name == "kenya_2019" else cdla) in licence
