"""Check the form that is handed out: filled in, it comes back as it was filled."""

import openpyxl
import pandas as pd
import pytest
from forms import fill

from hganalysis import frames, places, words, workbook
from hganalysis.workbook import corrections


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Give the template of each year, filled in."""
    folder = tmp_path_factory.mktemp("filled")
    return {
        year: fill(workbook.template(folder / f"{year}.xlsx", year=year), year)
        for year in (2022, 2023)
    }


@pytest.mark.parametrize("year", [2022, 2023])
def test_a_filled_template_comes_back_as_it_was_filled(filled, year):
    found = workbook.read(filled[year])
    assert found.complete
    assert found.faults.empty
    assert found.changes.empty
    for frame, ours in ((found.reports, frames.reports()), (found.teams, frames.teams())):
        expected = ours[ours["year"] == year].reset_index(drop=True).assign(origin="reported")
        pd.testing.assert_frame_equal(frame, expected)
    assert found.residents.empty  # the list has them
    frames.require_reports(found.reports)
    frames.require_teams(found.teams)


# --- the form ---


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    return openpyxl.load_workbook(
        workbook.template(tmp_path_factory.mktemp("form") / "t.xlsx", year=2022)
    )


def test_only_the_cells_to_fill_in_are_open_and_all_of_them_are_coloured(form):
    sheet = form["Báo cáo"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    for row in sheet.iter_rows():
        for at, cell in enumerate(row):
            is_open = cell.row > 2 and at >= 4
            assert cell.protection.locked is not is_open
            assert cell.fill.fill_type == "solid"


def test_each_open_column_takes_whole_numbers_only_and_says_what_belongs_there(form):
    rules = {str(rule.sqref): rule for rule in form["Báo cáo"].data_validations.dataValidation}
    assert len(rules) == 16
    assert {area[0] for area in rules} == set("EFGHIJKLMNOPQRST")
    for area, rule in rules.items():
        assert area.endswith("77")
        assert (rule.type, rule.operator, rule.formula1) == ("whole", None, "0")
        assert rule.errorStyle in (None, "stop")
        assert rule.prompt
        assert len(rule.prompt) <= 255
        assert len(rule.promptTitle) <= 32


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("year", [2022, 2023])
def test_every_column_is_explained(tmp_path, language, year):
    book = openpyxl.load_workbook(
        workbook.template(tmp_path / "t.xlsx", year=year, language=language)
    )
    report, guide = book.worksheets
    rows = [[cell.value for cell in row] for row in guide.iter_rows()]
    explained = {row[1]: row for row in rows if row[4]}
    for cell in report[1]:
        assert cell.value in explained
        assert explained[cell.value][0] == cell.column_letter
        assert all(explained[cell.value])
    assert book.defined_names["hganalysis_version"].attr_text.endswith("!$A$2")
    assert "hganalysis 0" in guide["A2"].value


def test_a_row_that_was_not_filled_in_is_a_missing_commune(tmp_path):
    def clear(sheet):
        for cell in sheet[10][4:]:
            cell.value = None

    file = fill(workbook.template(tmp_path / "t.xlsx", year=2023), 2023, change=clear)
    found = workbook.read(file)
    assert found.complete
    assert found.faults[["row", "rule", "severity"]].to_numpy().tolist() == [
        [10, "commune_missing", "warning"]
    ]
    assert found.rows.set_index(["sheet", "row"]).loc[("Báo cáo", 10), "kind"] == "blank"
    assert len(found.teams) == 74


def test_an_empty_form_is_no_report(tmp_path):
    found = workbook.read(workbook.template(tmp_path / "t.xlsx"))
    assert not found.complete
    assert found.errors.empty
    assert found.reports.empty


def test_names_that_would_be_formulas_stay_texts(tmp_path, monkeypatch):
    land = places.communes()
    land.loc["31318", ["name_vi", "name_en"]] = "=1+1"
    monkeypatch.setattr(places, "communes", lambda: land)
    book = openpyxl.load_workbook(workbook.template(tmp_path / "t.xlsx"))
    cell = book.worksheets[0]["C3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_year_without_measures_and_a_wrong_name_are_refused(tmp_path):
    with pytest.raises(LookupError, match="it has the years 2022, 2023"):
        workbook.template(tmp_path / "t.xlsx", year=1999)
    with pytest.raises(ValueError, match=r"does not end in \.xlsx"):
        workbook.template(tmp_path / "t.xls")
    assert not list(tmp_path.iterdir())


# --- the whole story ---


def test_broken_in_ten_ways_and_mended_by_the_comments(tmp_path):
    broken = {
        "I3": "1.647",
        "F4": "khoảng 41",
        "E5": -6,
        "K6": "87 %",
        "E7": 60,
        "I8": 64001,
        "B10": "TP. Ngã Bảy",
        "D11": 2032,
        "L13": None,
        "A15": "31411",
    }
    right = {}

    def spoil(sheet):
        for place, value in broken.items():
            right[place] = sheet[place].value
            sheet[place].value = value

    file = fill(workbook.template(tmp_path / "t.xlsx", year=2023), 2023, change=spoil)
    found = workbook.read(file)
    marked = set(found.errors["column"] + found.errors["row"].astype(str))
    assert marked == set(broken)
    back = workbook.give_back(found, file, to=tmp_path / "t.checked.xlsx")
    book = openpyxl.load_workbook(back.file)
    sheet = book.worksheets[0]
    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment} == marked
    for place in marked:
        assert not sheet[place].protection.locked
        sheet[place].value = right[place]
    book.save(tmp_path / "mended.xlsx")
    again = workbook.read(tmp_path / "mended.xlsx")
    assert again.complete
    assert again.faults.empty
    expected = frames.reports().query("year == 2023").reset_index(drop=True)
    pd.testing.assert_frame_equal(again.reports, expected.assign(origin="reported"))


# --- a file a year ---


def test_a_file_a_year_is_one_report(filled):
    found = workbook.read(filled[2022], filled[2023])
    assert found.complete
    pd.testing.assert_frame_equal(found.reports, frames.reports().assign(origin="reported"))
    pd.testing.assert_frame_equal(found.teams, frames.teams().assign(origin="reported"))
    each = [workbook.read(filled[year]) for year in (2022, 2023)]
    assert len(found.rows) == sum(len(one.rows) for one in each)
    assert set(found.accepted["sheet"]) == {"2022.xlsx: Báo cáo", "2023.xlsx: Báo cáo"}
    # only side by side can a count be seen to fall
    assert all(one.faults.empty for one in each)
    wide = found.reports.query("indicator == 'app_users'").pivot_table(
        index="code", columns="year", values="count"
    )
    assert (found.faults["rule"] == "falls").sum() == (wide[2023] < wide[2022]).sum() > 0


def test_a_row_that_another_file_has_too_is_refused(filled, tmp_path):
    again = tmp_path / filled[2023].name
    again.write_bytes(filled[2023].read_bytes())
    found = workbook.read(filled[2023], again)
    assert len(found.accepted) == 75
    assert set(found.errors["rule"]) == {"duplicate_same"}
    assert set(found.errors["sheet"]) == {f"{again}: Báo cáo"}  # of one name: their folders, too
    with pytest.raises(ValueError, match="given twice"):
        workbook.read(filled[2023], filled[2023].parent / "." / "2023.xlsx")


def test_a_file_that_cannot_be_opened_is_named_beside_one_that_can(filled, tmp_path):
    found = workbook.read(filled[2022], tmp_path / "none.xlsx")
    assert not found.complete
    assert len(found.accepted) == 75
    assert found.errors["sheet"].tolist() == ["none.xlsx"]


def test_corrections_beside_each_file_hold_and_must_agree(tmp_path):
    def change(sheet):
        sheet["A3"].value, sheet["C3"].value = None, "Phường Một Cũ"

    files = []
    for year in (2022, 2023):
        folder = tmp_path / str(year)
        folder.mkdir()
        form = workbook.template(folder / f"{year}.xlsx", year=year)
        files.append(fill(form, year, change=change))
    head = ",".join(corrections.COLUMNS)
    first, second = (file.with_name(corrections.NAME) for file in files)
    first.write_text(f"{head}\nPhường Một Cũ,,commune,31318,,Lan\n", encoding="utf-8")
    found = workbook.read(*files)
    assert found.complete
    pd.testing.assert_frame_equal(found.reports, frames.reports().assign(origin="reported"))
    second.write_text(f"{head}\nPhường Một Cũ,,commune,31321,,Hoa\n", encoding="utf-8")
    with pytest.raises(ValueError, match="contradict each other:\n  'Phường Một Cũ'"):
        workbook.read(*files)
    assert workbook.read(*files, corrections=first).complete
