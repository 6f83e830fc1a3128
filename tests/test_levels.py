"""A level is a place in an order: with one, what is compared is what reports, within a cluster."""

import re

import invented
import nbformat
import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, places, publish, study, words, workbook
from hganalysis.publish import notebook
from hganalysis.publish.own import write

CLUSTER = """
[cluster]
column = "borough"
one = { vi = "khu cũ", en = "former borough" }
many = { vi = "khu cũ", en = "former boroughs" }
"""
EXPOSURE = """
[exposure]
one = { vi = "quầy", en = "desk" }
many = { vi = "quầy", en = "desks" }
"""
TWO = """
[levels.district]
one = { vi = "khu cũ", en = "former borough" }
many = { vi = "khu cũ", en = "former boroughs" }
"""
# No level of the harbour is called so, and no period of it either.
FOREIGN = re.compile(
    r"(?i)\bdistricts?\b|\bcommunes?\b|\byears?\b|\bhuyện\b|\bxã\b(?! hội)"
    r"|(?<!trong )\bnăm\b(?! \d{4})"
)
MEASURE = "filed_online"
FIRST = "2025-Q3"
LAST = "2026-Q2"


def lay(folder, tables, *, two_levels=False):
    """Lay out the harbour, whose wards lie in eight boroughs: a column, or a level of places."""
    files = invented.write_harbour(folder / "in")
    files["study"].write_text(invented.HARBOUR + EXPOSURE + tables, encoding="utf-8")
    listed = pd.read_csv(files["places"])
    listed["borough"] = [f"Old {number // 2}" for number in range(16)]
    if two_levels:
        listed = listed.rename(columns={"borough": "district"})
        listed["district_code"] = listed["district"].str[4:]
    # a column may be headed as the study calls the cluster
    listed = listed.rename(columns={"borough": "Former Borough"})
    listed.to_csv(files["places"], index=False)
    data = publish.lay_out(folder / "data", **files).folder
    teams = listed.merge(pd.Series(invented.QUARTERS, name="period"), how="cross")
    # of two neighbours one has many desks
    per_1000 = teams.index // 4 % 2 + np.random.default_rng(5).uniform(1, 1.3, len(teams))
    teams["members"] = (per_1000 * teams["population"] / 1000).astype(int)
    teams = teams.assign(teams=1, origin="reported")[
        ["code", "period", "teams", "members", "origin"]
    ]
    write(data, {frames.TEAMS: teams.to_csv(index=False).encode()})
    return study.Study.open(data)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory):
    return lay(tmp_path_factory.mktemp("harbour"), CLUSTER)


def ask(design):
    """Ask all that report 04 asks."""
    return [
        design.headline(),
        design.ladder(FIRST),
        design.leave_one_out(),
        design.denominators(),
        design.sensitivity(),
        design.bootstrap(draws=199),
    ]


def test_boroughs_as_a_column_of_one_level_and_as_a_level_give_the_same(harbour, tmp_path):
    with harbour.use():
        tables = [answer.table for answer in ask(hg.Design.of_reports(MEASURE, LAST))]
        assert "needs-clusters" not in notebook.unmet()
    with lay(tmp_path, TWO, two_levels=True).use():
        expected = [answer.table for answer in ask(hg.Design.of_reports(MEASURE, LAST))]
    expected[2]["left_out"] = "Old " + expected[2]["left_out"]
    for table, of_levels in zip(tables, expected, strict=True):
        pd.testing.assert_frame_equal(table, of_levels)
    assert set(tables[0]["rung"]) == {2}
    assert len(tables[2]) == 8


def test_without_a_cluster_the_report_says_what_to_name(tmp_path):
    with lay(tmp_path, "").use(language="en"):
        assert "(its table cluster)" in notebook.unmet()["needs-clusters"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_study_of_one_level_speaks_of_no_other_and_of_no_year(harbour, language):
    with harbour.use(language=language):
        design = hg.Design.of_reports(MEASURE, LAST)
        answers = [hg.uptake(MEASURE, LAST), hg.compare(MEASURE, FIRST, LAST), *ask(design)]
        pictures = [answer.picture() for answer in answers[2:]]
        figures = [picture.figure for picture in pictures if picture]
        figures += [picture() for answer in answers[:2] for picture in answer.figures.values()]
        texts = [repr(design), *map(str, answers)]
        for figure in figures:
            texts += [figure.title, figure.subtitle, figure.source, str(figure.table)]
        reasons = notebook.unmet()
        for file in sorted((study.PACKAGE.parent / "notebooks" / language).glob("0[0-4]*.ipynb")):
            book = notebook.without(nbformat.read(file, as_version=4), reasons)
            texts += [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    foreign = [text for text in texts if FOREIGN.search(text)]
    assert foreign == []
    own = {"en": "within former boroughs", "vi": "trong cùng khu cũ"}[language]
    assert own in texts[3].lower()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda listed: listed.drop(columns="borough"), "borough"),
        (lambda listed: listed.assign(borough=["Old 1", None] * 8), r"row 3, column borough"),
    ],
)
def test_a_list_without_the_cluster_is_refused(tmp_path, change, message):
    files = invented.write_harbour(tmp_path / "in")
    files["study"].write_text(invented.HARBOUR + CLUSTER, encoding="utf-8")
    listed = pd.read_csv(files["places"]).assign(borough="Old 1")
    change(listed).to_csv(files["places"], index=False)
    with words.use("en"), pytest.raises(publish.BuildError, match=message):
        publish.lay_out(tmp_path / "data", **files)


# Vị Thanh is a city, and a commune of Vị Thủy District.
REPORTS = {
    "Huyện,Năm,app_users.count\nVị Thanh,2023,900": True,
    "Đơn vị,Năm,app_users.count\nThành phố Vị Thanh,2023,900\nTỔNG CỘNG,2023,900": True,
    "Mã huyện,Huyện,Năm,app_users.count\n930,TP Vị Thanh,2023,900": True,
    "Mã,Năm,app_users.count\n31318,2023,930": False,
    "Huyện,Xã,Năm,app_users.count\nVị Thủy,Vị Thanh,2023,900": False,
    "Huyện,Xã,Năm,app_users.count\nVị Thủy,Xã Vị Thanq,2023,900": False,
    "Năm,app_users.count\n2023,930": False,
}


@pytest.mark.parametrize("text", REPORTS)
def test_the_level_of_a_report_is_chosen_by_its_columns_of_places(text, tmp_path):
    file = tmp_path / "report.csv"
    file.write_text(text, encoding="utf-8")
    assert workbook.is_of_compared(file) == REPORTS[text]
    with study.use(written=places.describe_compared()[study.FILE].decode()):
        assert not workbook.is_of_compared(file)  # one level: there is nothing to choose
