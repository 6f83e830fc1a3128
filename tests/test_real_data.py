"""Hold every data file to its card, its register and the dictionary."""

import json
import re
import tomllib
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from hganalysis import study

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
        register = study.current().cards[file]
        assert field(file, "SHA-256") == f"`{register['sha256']}`", "put the new checksum there"
        assert study.current().path(file).is_file()
        real = field(file, "Real or invented").replace("*", "")
        kind = register["real_or_invented"].split(",")[0]
        assert real.startswith({"definitions": "neither"}.get(kind, kind))
        assert re.search(r"^Known oddities:\n\n- \S", card(file), flags=re.M)
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
    assert sorted(study.current().cards) == sorted(set(FILES) - set(REGISTERS))
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


# What the published figures say, and what they don't.


def test_of_all_published_figures_two_are_of_a_district():
    figures = read("published/published.csv")
    assert figures["unit_code"].value_counts().to_dict() == {"93": 60, "932": 2}
    district = figures[figures["unit_code"] == "932"]
    # no teams, members or uptake below the province: the reason why the demo is simulated
    assert sorted(district["indicator"]) == ["dti_district_rank", "dti_district_score"]
    assert set(figures["qualifier"]) == {"exact", "over", "nearly"}


def printed(subject):
    press = read("published/press.csv")
    return press[press["subject"] == subject]


def test_each_figure_that_readers_see_is_one_that_was_published_with_its_unit_and_address():
    figures = read("published/published.csv")
    is_date = figures["indicator"] == "campaign_start"
    same = ["unit", "n", "url"]
    expected = figures.assign(n=figures["value"].mask(is_date, ""))[same]
    assert printed("province")[same].to_numpy().tolist() == expected.to_numpy().tolist()
    for language, qualifiers in {"vi": ("hơn", "gần"), "en": ("over", "nearly")}.items():
        values = printed("province")[f"value_{language}"].str.split().str[0]
        said = dict(zip(qualifiers, ("over", "nearly"), strict=True))
        assert values.map(said).fillna("exact").tolist() == figures["qualifier"].tolist()
        for row in printed("province")[~is_date.to_numpy()].itertuples():
            value = getattr(row, f"value_{language}").replace(".", "").replace(",", "")
            digits = f"{100 * float(row.n):g}" if row.unit.startswith("share") else row.n
            assert digits.replace(".", "").lstrip("0") in value
    # what is set side by side is of those figures
    known = {tuple(row) for row in printed("province").drop(columns=["subject", "note"]).to_numpy()}
    for subject, n_figures in (("total", 5), ("contested", 11), ("readings", 1)):
        rows = printed(subject).drop(columns=["subject", "note"]).to_numpy()
        assert len([row for row in rows if tuple(row) in known]) == n_figures


def test_each_contested_figure_is_there_with_all_that_was_printed_of_it():
    figures = read("published/published.csv")
    wanted = figures["indicator"].isin(["teams_hamlet", "team_members", "campaign_start"])
    rows = printed("contested")
    assert len(rows) == wanted.sum() == 11
    assert rows.groupby("figure_en")["value_en"].nunique().to_dict() == {
        "Community digital technology teams of hamlets": 2,
        "Members of the teams": 4,
        "Start of the campaign": 2,
    }


def test_readings_follow_from_the_published_figures_and_choose_none_of_two():
    figures = read("published/published.csv")
    campaign = figures[figures["period"] == "2022 campaign"].set_index("indicator")["value"]
    users = campaign[["app_users", "ewallet_users", "online_service_users", "ecommerce_guided"]]
    users = users.astype(int)
    parts = campaign[["informed", *users.index]].astype(int)
    residents = read("places/districts.csv")["population_2019"].astype(int).sum()
    total, bounds = printed("total")["figure_en"].iloc[:2]
    for number in (int(campaign["participations_all"]), parts.sum(), parts["informed"]):
        assert f"{number:,}" in total
    assert "does not count people" in total
    for number in (users.max(), users.sum(), residents):
        assert f"{number:,}" in bounds
    share = [f"{100 * number / residents:.1f}" for number in (users.max(), users.sum())]
    assert f"({'–'.join(share)}%)" in bounds
    [found] = printed("found")["figure_en"]
    below = (figures["unit_code"] != "93").sum()
    subjects = figures["indicator"].nunique()
    counts = f"{len(figures)} published figures on {subjects} subjects were found, "
    assert found.startswith(counts + f"{len(figures) - below} of them for the province and {below}")

    points, relative = printed("readings").iloc[-2:].itertuples()
    after, rise = printed("readings")["n"].iloc[:2].astype(float)
    assert float(points.n) == round(after - rise / 100, 2)
    assert float(relative.n) == round(after / (1 + rise / 100), 2)
    assert [points.value_en, relative.value_en] == [
        "below 51% of applications",
        "below 64% of applications",
    ]
    assert "both readings are kept" in printed("readings")["figure_en"].iloc[1]


# The studies of elsewhere: as their cards say.

STUDIES = DATA / study.STUDIES
NAMES = sorted(folder.name for folder in STUDIES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_elsewhere_has_its_checksum_and_its_licence(name):
    folder = STUDIES / name
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*.*")}
    assert study.Study.open(name).own.keys() == files - {"README.md", study.SOURCES}
    for file, one in study.register(folder).items():
        assert one["licence"]
        assert one["origin"]
        may_be_invented = "reports/" in file or file.endswith("targets.csv")
        is_invented = name.startswith("hau_giang") and may_be_invented
        kinds = ["simulated"] if is_invented else ["real", "definitions"]
        assert one["real_or_invented"] in kinds
    if name.startswith("hau_giang"):
        return
    licence = " ".join((folder / "LICENSE.txt").read_text(encoding="utf-8").split())
    licence = licence.replace("–", "-")
    mit, cdla = "Permission is hereby granted", "Data License Agreement - Permissive - Version 2.0"
    assert (cdla if name == "india_2023" else mit) in licence
