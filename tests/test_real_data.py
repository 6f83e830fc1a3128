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
STUDIES = DATA / study.STUDIES
FILES = []
for path in sorted(DATA.rglob("*")):
    # each study has a card and a register of its own
    is_data = path.is_file() and path.suffix not in {".md", ".py"}
    if is_data and not path.is_relative_to(STUDIES):
        FILES.append(path.relative_to(DATA).as_posix())
FILES = sorted(FILES)

REGISTERS = ["dictionary.csv", "sources.csv"]


def read(file):
    """Read every cell as text, one row a record, one column a key."""
    if file.endswith(".geojson"):
        text = (DATA / file).read_text(encoding="utf-8")
        features = json.loads(text)["features"]
        rows = [
            feature["properties"] | {"geometry": str(feature["geometry"])} for feature in features
        ]
        return pd.DataFrame(rows)
    if file == study.FILE:
        tables = study.read_description((DATA / file).read_text(encoding="utf-8"))
        return pd.DataFrame(list(tables.values()), dtype=object).fillna("")
    if file.endswith(".toml"):
        groups = tomllib.loads((DATA / file).read_text(encoding="utf-8"))
        entries = [entry for group in groups.values() for entry in group.values()]
        table = pd.DataFrame(entries).astype(object)
        return table.map(lambda x: "" if x is None else x)
    return pd.read_csv(DATA / file, dtype=str, keep_default_na=False)


def card(file):
    match = re.search(rf"^### {re.escape(file)} — .+?(?=^##|\Z)", README, flags=re.M | re.S)
    assert match, f"data/README.md has no card for {file}"
    return match[0]


def field(file, name):
    return re.search(rf"^\| {name} \| (.+?) \|$", card(file), flags=re.M)[1]


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_as_its_card_the_register_and_the_dictionary_say(file):
    table = read(file)
    size = re.match(r"(\d+) × (\d+)", field(file, "Rows × columns"))
    without_geometry = table.drop(columns="geometry", errors="ignore")
    assert tuple(map(int, size.groups())) == without_geometry.shape
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
        is_wrong = row.missing == "no" and empty
        if is_wrong or (row.missing == "yes" and not empty):
            wrong.append(f"{row.column}: {empty} empty cells")
        for cell in cells[cells != ""]:
            if not allows(row.allowed, row.type, cell):
                wrong.append(f"{row.column}: {cell!r} is not {row.allowed}")
    assert wrong == []


def test_every_file_stands_in_the_registers_and_no_other():
    data_files = set(FILES) - set(REGISTERS)
    assert sorted(study.current().cards) == sorted(data_files)
    titles = re.findall(r"^### (\S+) — ", README, flags=re.M)
    assert sorted(titles) == FILES
    assert sorted(set(read("dictionary.csv")["file"])) == FILES


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
    n_by_code = figures["unit_code"].value_counts()
    assert n_by_code.to_dict() == {"93": 60, "932": 2}
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
    counts = figures["value"].mask(is_date, "")
    expected = figures.assign(n=counts)[same]
    shown = printed("province")[same]
    assert shown.to_numpy().tolist() == expected.to_numpy().tolist()
    qualifiers_of = {"vi": ("hơn", "gần"), "en": ("over", "nearly")}
    for language, qualifiers in qualifiers_of.items():
        values = printed("province")[f"value_{language}"].str.split().str[0]
        words_of_qualifiers = dict(zip(qualifiers, ("over", "nearly"), strict=True))
        read_qualifiers = values.map(words_of_qualifiers).fillna("exact")
        assert read_qualifiers.tolist() == figures["qualifier"].tolist()
        for row in printed("province")[~is_date.to_numpy()].itertuples():
            value = getattr(row, f"value_{language}")
            value = value.replace(".", "").replace(",", "")
            digits = f"{100 * float(row.n):g}" if row.unit.startswith("share") else row.n
            assert digits.replace(".", "").lstrip("0") in value
    # what is set side by side is of those figures
    rows_of_province = printed("province").drop(columns=["subject", "note"])
    rows_known = {tuple(row) for row in rows_of_province.to_numpy()}
    subjects = (("total", 5), ("contested", 11), ("readings", 1))
    for subject, n_figures in subjects:
        rows = printed(subject).drop(columns=["subject", "note"])
        rows_of_subject = [row for row in rows.to_numpy().tolist() if tuple(row) in rows_known]
        assert len(rows_of_subject) == n_figures


def test_each_contested_figure_is_there_with_all_that_was_printed_of_it():
    figures = read("published/published.csv")
    wanted = figures["indicator"].isin(["teams_hamlet", "team_members", "campaign_start"])
    rows = printed("contested")
    assert len(rows) == wanted.sum() == 11
    n_values = rows.groupby("figure_en")["value_en"].nunique().to_dict()
    expected = {"Community digital technology teams of hamlets": 2}
    expected |= {"Members of the teams": 4, "Start of the campaign": 2}
    assert n_values == expected


def test_readings_follow_from_the_published_figures_and_choose_none_of_two():
    figures = read("published/published.csv")
    campaign = figures[figures["period"] == "2022 campaign"].set_index("indicator")["value"]
    users = campaign[["app_users", "ewallet_users", "online_service_users", "ecommerce_guided"]]
    users = users.astype(int)
    parts = campaign[["informed", *users.index]].astype(int)
    residents = read("places/districts.csv")["population_2019"].astype(int).sum()
    total, bounds = printed("total")["figure_en"].iloc[:2]
    participations = int(campaign["participations_all"])
    for number in (participations, parts.sum(), parts["informed"]):
        assert f"{number:,}" in total
    assert "does not count people" in total
    for number in (users.max(), users.sum(), residents):
        assert f"{number:,}" in bounds
    users_of_bounds = (users.max(), users.sum())
    share = [f"{100 * number / residents:.1f}" for number in users_of_bounds]
    assert f"({'–'.join(share)}%)" in bounds
    [sentence] = printed("found")["figure_en"]
    below = (figures["unit_code"] != "93").sum()
    subjects = figures["indicator"].nunique()
    counts = f"{len(figures)} published figures on {subjects} subjects were found, "
    assert sentence.startswith(
        counts + f"{len(figures) - below} of them for the province and {below}"
    )

    points, relative = printed("readings").iloc[-2:].itertuples()
    numbers = printed("readings")["n"]
    after, rise = numbers.iloc[:2].astype(float)
    assert float(points.n) == round(after - rise / 100, 2)
    before = after / (1 + rise / 100)
    assert float(relative.n) == round(before, 2)
    assert points.value_en == "below 51% of applications"
    assert relative.value_en == "below 64% of applications"
    assert "both readings are kept" in printed("readings")["figure_en"].iloc[1]


# The studies of elsewhere: as their cards say.

FOLDERS = [folder for folder in STUDIES.iterdir() if folder.is_dir()]
NAMES = sorted(folder.name for folder in FOLDERS)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_elsewhere_has_its_checksum_and_its_licence(name):
    folder = STUDIES / name
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*.*")}
    assert study.Study.open(name).own.keys() == files - {"README.md", study.SOURCES}
    for file, card_of_file in study.register(folder).items():
        assert card_of_file["licence"]
        assert card_of_file["origin"]
        may_be_invented = "reports/" in file or file.endswith("targets.csv")
        is_invented = name.startswith("hau_giang") and may_be_invented
        kinds = ["simulated"] if is_invented else ["real", "definitions"]
        assert card_of_file["real_or_invented"] in kinds
    if name.startswith("hau_giang"):
        return
    text = (folder / "LICENSE.txt").read_text(encoding="utf-8").split()
    licence = " ".join(text)
    licence = licence.replace("–", "-")
    mit, cdla = "Permission is hereby granted", "Data License Agreement - Permissive - Version 2.0"
    assert (cdla if name == "india_2023" else mit) in licence
