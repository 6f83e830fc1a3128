"""Check what people fill in: the form that is handed out, and corrections.csv."""

import openpyxl
import pandas as pd
import pytest
from corpus import Layout, change_row, fill, report, write
from refusal_texts import says, words_of
from typer.testing import CliRunner

from hganalysis import frames, places, words, workbook
from hganalysis.cli import app
from hganalysis.workbook import corrections


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Give the template of each year, filled in."""
    folder = tmp_path_factory.mktemp("filled")
    files = {}
    for period in (2022, 2023):
        form = workbook.template(folder / f"{period}.xlsx", period=period)
        files[period] = fill(form, period)
    return files


@pytest.fixture(scope="module")
def checked(filled):
    return {period: workbook.read(file) for period, file in filled.items()}


@pytest.mark.parametrize("period", [2022, 2023])
def test_a_filled_template_comes_back_as_it_was_filled(checked, period):
    bundle = checked[period]
    assert bundle.is_complete
    assert bundle.faults.empty
    assert bundle.changes.empty
    pairs = ((bundle.reports, frames.reports()), (bundle.teams, frames.teams()))
    for frame, ours in pairs:
        of_period = ours[ours["period"] == period].reset_index(drop=True)
        expected = of_period.assign(origin="reported")
        pd.testing.assert_frame_equal(frame, expected)
    assert bundle.residents.empty  # the list has them
    frames.require_reports(bundle.reports)
    frames.require_teams(bundle.teams)


# --- the form ---


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    file = tmp_path_factory.mktemp("form") / "t.xlsx"
    return openpyxl.load_workbook(workbook.template(file, period=2022))


def test_only_the_cells_to_fill_in_are_open_and_each_says_what_belongs_there(form):
    sheet = form["Báo cáo"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    for row in sheet.iter_rows():
        for column, cell in enumerate(row):
            is_open = cell.row > 2 and column >= 4
            assert cell.protection.locked is not is_open
            assert cell.fill.fill_type == "solid"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert {area[0] for area in rules} == set("EFGHIJKLMNOPQRST")
    for area, rule in rules.items():
        assert area.endswith("77")
        assert rule.type == "whole"
        assert (rule.operator, rule.formula1) == (None, "0")
        assert rule.errorStyle in (None, "stop")
        assert 0 < len(rule.prompt) <= 255
    report, guide = form.worksheets
    rows_of_guide = guide.iter_rows(values_only=True)
    explained = {row[1]: row for row in rows_of_guide if row[4]}
    for cell in report[1]:
        assert explained[cell.value][0] == cell.column_letter
        assert all(explained[cell.value])
    assert "hganalysis 0" in guide["A2"].value


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_only_the_line_of_the_receiving_office_has_a_command(tmp_path, language):
    with words.use(language):
        form = openpyxl.load_workbook(workbook.template(tmp_path / "t.xlsx", period=2022))
        receiver = words.term("template.receiver")
    guide = [row[0] for row in form.worksheets[1].iter_rows(values_only=True) if row[0]]
    steps = guide[2:8]  # below the title and the version
    assert [step[:2] for step in steps] == ["1.", "2.", "3.", "4.", "5.", "6."]
    commands = [text for text in guide if "hganalysis check" in text]
    assert commands == [receiver] == [guide[8]]
    office = {"vi": "cơ quan tổng hợp", "en": "receiving office"}[language]
    assert all(office in text for text in (*steps[-2:], receiver))


def test_a_row_that_was_not_filled_in_is_a_missing_commune_and_an_empty_form_no_report(tmp_path):
    def clear(sheet):
        for cell in sheet[10][4:]:
            cell.value = None

    form = workbook.template(tmp_path / "t.xlsx", period=2023)
    bundle = workbook.read(form)
    assert not bundle.is_complete
    assert bundle.errors.empty
    assert bundle.reports.empty
    bundle = workbook.read(fill(form, 2023, change=clear))
    assert bundle.is_complete
    [fault] = bundle.faults.to_dict("records")
    assert (fault["row"], fault["rule"]) == (10, "commune_missing")
    assert fault["severity"] == "warning"
    rows = bundle.rows.set_index(["sheet", "row"])
    assert rows.loc[("Báo cáo", 10), "kind"] == "blank"
    assert len(bundle.teams) == 74


def test_names_that_would_be_formulas_stay_texts(tmp_path, monkeypatch):
    land = places.units()
    land.loc["31318", ["name_vi", "name_en"]] = "=1+1"
    monkeypatch.setattr(places, "units", lambda: land)
    book = openpyxl.load_workbook(workbook.template(tmp_path / "t.xlsx"))
    cell = book.worksheets[0]["C3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert cell.quotePrefix


def test_a_period_without_measures_and_a_wrong_name_are_refused(tmp_path):
    no_measure = says("workbook_errors.no_measure", period=1999, periods="2022, 2023")
    with pytest.raises(LookupError, match=no_measure):
        workbook.template(tmp_path / "t.xlsx", period=1999)
    with pytest.raises(ValueError, match=says("workbook_errors.form_suffix", stem="t")):
        workbook.template(tmp_path / "t.xls")
    assert not list(tmp_path.iterdir())


# --- the whole story ---


def test_broken_in_ten_ways_and_mended_by_the_comments(tmp_path):
    broken = {
        **{
            "I3": "1.647",
            "F4": "khoảng 41",
            "E5": -6,
            "K6": "87 %",
            "E7": 60,
            "I8": 64001,
        },
        **{
            "B10": "TP. Ngã Bảy",
            "D11": 2032,
            "L13": None,
            "A15": "31411",
        },
    }
    right = {}

    def spoil(sheet):
        for place, value in broken.items():
            right[place] = sheet[place].value
            sheet[place].value = value

    form = workbook.template(tmp_path / "t.xlsx", period=2023)
    file = fill(form, 2023, change=spoil)
    bundle = workbook.read(file)
    rows = bundle.errors["row"].astype(str)
    marked = set(bundle.errors["column"] + rows)
    assert marked == set(broken)
    back = workbook.give_back(bundle, file, to=tmp_path / "t.checked.xlsx")
    book = openpyxl.load_workbook(back.file)
    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.coordinate for cell in cells if cell.comment} == marked
    for place in marked:
        assert not sheet[place].protection.locked
        sheet[place].value = right[place]
    book.save(tmp_path / "mended.xlsx")
    mended = workbook.read(tmp_path / "mended.xlsx")
    assert mended.is_complete
    assert mended.faults.empty
    expected = frames.reports().query("period == 2023").reset_index(drop=True)
    pd.testing.assert_frame_equal(mended.reports, expected.assign(origin="reported"))


# --- a file a year ---


def test_a_file_a_period_is_one_report(filled, checked):
    bundle = workbook.read(filled[2022], filled[2023])
    assert bundle.is_complete
    expected = frames.reports().assign(origin="reported")
    pd.testing.assert_frame_equal(bundle.reports, expected)
    expected = frames.teams().assign(origin="reported")
    pd.testing.assert_frame_equal(bundle.teams, expected)
    n_rows = [len(bundle_of_year.rows) for bundle_of_year in checked.values()]
    assert len(bundle.rows) == sum(n_rows)
    assert set(bundle.accepted["sheet"]) == {"2022.xlsx: Báo cáo", "2023.xlsx: Báo cáo"}
    # only side by side can a count be seen to fall
    assert all(bundle_of_year.faults.empty for bundle_of_year in checked.values())
    users = bundle.reports.query("indicator == 'app_users'")
    wide = users.pivot_table(index="code", columns="period", values="count")
    n_falls = (bundle.faults["rule"] == "falls").sum()
    assert n_falls == (wide[2023] < wide[2022]).sum() > 0


def test_a_row_that_another_file_has_too_is_refused_and_a_file_is_given_once(filled, tmp_path):
    copy = tmp_path / filled[2023].name
    copy.write_bytes(filled[2023].read_bytes())
    bundle = workbook.read(filled[2023], copy)
    assert len(bundle.accepted) == 75
    assert set(bundle.errors["rule"]) == {"duplicate_same"}
    assert set(bundle.errors["sheet"]) == {f"{copy}: Báo cáo"}  # of one name: their folders, too
    with pytest.raises(ValueError, match=says("workbook_errors.twice")):
        workbook.read(filled[2023], filled[2023].parent / "." / "2023.xlsx")
    bundle = workbook.read(filled[2022], tmp_path / "none.xlsx")  # cannot be opened: it is named
    assert len(bundle.accepted) == 75
    assert bundle.errors["sheet"].tolist() == ["none.xlsx"]


# --- what a person accepts ---


def lines_of(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def sign(file, code, sep=","):
    table = lines_of(file)
    table.loc[table["code"] == code, "accepted_by"] = "Trần Thị B"
    table.to_csv(file, index=False, sep=sep, encoding="utf-8-sig")


def check(file):
    """Run the command, and give its status and what it printed."""
    done = CliRunner().invoke(app, ["check", str(file)])
    return done.exit_code, done.output


@pytest.fixture
def misspelt(tmp_path):
    report_made = report()
    row = report_made.data()[6]
    change_row(6, commune="Xã Hỏa Liễu", code=None)(report_made)
    assert row.cells["_home"] == "31336"
    return write(report_made, Layout(), tmp_path / "report.xlsx").file


def test_a_proposal_that_is_signed_is_applied_and_logged(misspelt):
    status, output = check(misspelt)
    assert status == 1
    assert "corrections.csv" in output
    file = misspelt.with_name("corrections.csv")
    table = lines_of(file)
    before = file.read_bytes()
    assert table.columns.tolist() == list(corrections.COLUMNS)
    assert set(table["written"]) == {"Xã Hỏa Liễu"}
    assert set(table["accepted_by"]) == {""}
    assert table["name"][table["code"] == "31336"].item() == "Xã Hỏa Lựu, Thành phố Vị Thanh"
    # unsigned, it changes nothing, and is proposed once
    status, output = check(misspelt)
    assert status == 1
    assert "không có trong danh mục xã" in output
    assert file.read_bytes() == before
    assert workbook.read(misspelt).errors["rule"].tolist() == ["name_proposed"]
    sign(file, "31336", sep=";")
    status, _ = check(misspelt)
    assert status == 0
    bundle = workbook.read(misspelt)
    change = bundle.changes.iloc[0]
    assert (change["before"], change["after"]) == ("Xã Hỏa Liễu", "Xã Hỏa Lựu")
    assert "Trần Thị B" in change["why"]
    assert "31336" in set(bundle.teams["code"])


def accept(file, *lines):
    head = ",".join(corrections.COLUMNS)
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    return file


def test_signed_lines_that_cannot_be_applied_are_all_listed(tmp_path):
    wrong = {
        2: ("Xã A,,commune,99999,,B", words_of("workbook_errors.codes_of_level", level="commune")),
        3: ("Xã C,,village,31336,,B", "write one of commune, district, number"),
        4: (",,commune,31336,,B", words_of("workbook_errors.no_name")),
        5: ("Xã D,,commune,31336,,B", ""),
        6: ("xã  d,,commune,31338,,C", "accepted for 31336 and for 31338"),
        7: ("Xã E,,commune,99999,,", ""),
        8: ("report.csv,,number,dot_thousands,,B", ""),
        9: ("Report.checked.xlsx,,number,dot_decimals,,C", "dot_thousands and for dot_decimals"),
        10: ("other.csv,,number,31336,,B", "not one of dot_thousands, dot_decimals"),
    }
    lines = [line for line, _ in wrong.values()]
    file = accept(tmp_path / "corrections.csv", *lines)
    refused = pytest.raises(ValueError, match=says("workbook_errors.corrections", number=6))
    with words.use("en"), refused as stopped:
        corrections.read(file)
    lines = str(stopped.value).splitlines()[1:-1]
    expected = [
        (f", line {number}: ", message) for number, (_, message) in wrong.items() if message
    ]
    assert len(lines) == len(expected)
    for fault, (place, message) in zip(lines, expected, strict=True):
        assert place in fault
        assert message in fault


def test_corrections_of_a_district_and_for_one_district_only(tmp_path, monkeypatch):
    file = accept(
        tmp_path / "c.csv",
        "Châu Thánh,,district,933,,B",
        "Xã A,Huyện Vị Thủy,commune,31441,,B",
        "Xã B,,commune,31336,,B",
        "Xã B,Huyện Vị Thủy,commune,31444,,C",
        "Xã D,,commune,36,,B",
    )
    land = places.units().rename(index={"31338": "00036"})  # a spreadsheet drops the zeros
    monkeypatch.setattr(places, "units", lambda: land)
    accepted = corrections.read(file)
    names = (
        # what holds for one district goes before what holds for all
        ("commune", "Xã B", "Huyện Vị Thủy", "31444", "C"),
        ("commune", "Xã B", "Huyện Long Mỹ", "31336", "B"),
        ("commune", "xã b", "", "31336", "B"),
        ("commune", "Xã A", "huyện vị thủy", "31441", "B"),
        ("commune", "Xã A", "", "", ""),
        ("commune", "Xã A", "Huyện Long Mỹ", "", ""),
        ("district", "châu  thánh", "", "933", "B"),
        ("commune", "xã d", "", "00036", "B"),
    )
    for level, written, district, code, who in names:
        correction = accepted.find(level, written, district)
        assert correction.code == code, (written, district)
        assert correction.accepted_by == who, (written, district)


def test_a_file_that_is_no_list_of_corrections_is_refused(tmp_path):
    contents = (
        (b"a,b\n1,2\n", says("workbook_errors.columns", file="c.csv")),
        (b"written\xff", says("workbook_errors.not_utf8", file="c.csv")),
    )
    for content, message in contents:
        (tmp_path / "c.csv").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            corrections.read(tmp_path / "c.csv")


@pytest.fixture
def dotted(tmp_path):
    """A report in which nothing says what the dots mark."""
    report_made = report()
    for row in report_made.rows:
        count = row.cells["app_users.count"]
        row.cells["app_users.count"] = f"{count:,}".replace(",", ".")
    layout = Layout(file="csv", encoding="utf-8")
    return write(report_made, layout, tmp_path / "report.csv").file


def test_dots_that_nothing_explains_are_one_question_and_one_line_answers_it(dotted):
    status, output = check(dotted)
    assert status == 1
    assert output.count("LỖI: ") == 1
    [fault] = workbook.read(dotted).errors.itertuples()
    number = len(fault.cells)
    assert number > 50
    lines = output.splitlines()
    [line] = [line for line in lines if line.startswith("  dot_thousands: ")]
    assert f"({number} ô: " in line
    assert line.endswith(", …)")
    file = dotted.with_name("corrections.csv")
    table = lines_of(file)
    assert table["code"].tolist() == ["dot_thousands", "dot_decimals"]
    assert set(table["level"]) == {"number"}
    sign(file, "dot_thousands")
    status, output = check(dotted)
    assert status == 0
    assert "dot_thousands" not in output
    bundle = workbook.read(dotted)
    rows = report().rows
    sent = {row.cells["code"]: row.cells["app_users.count"] for row in rows}
    users = bundle.reports[bundle.reports["indicator"] == "app_users"]
    read = users.set_index("code")["count"]
    assert read.to_dict() == sent
    why = bundle.changes.loc[bundle.changes["column"] != "", "why"]
    is_signed = why.str.contains("Trần Thị B")
    assert is_signed.sum() == sum(number > 999 for number in sent.values())
    # the workbook that goes back is the same report; another file beside it is another one
    back = dotted.with_name("report.csv.checked.xlsx")
    assert workbook.read(back).is_complete
    other_file = dotted.with_name("other.csv")
    other_file.write_bytes(dotted.read_bytes())
    assert set(workbook.read(other_file).errors["rule"]) == {"ambiguous"}
    before = file.read_bytes()
    check(back)
    assert file.read_bytes() == before
    check(other_file)
    assert set(lines_of(file)["written"]) == {"report.csv", "other.csv"}


def test_no_formula_gets_into_the_file_of_corrections(tmp_path):
    cells = {
        "written": "=1+1",
        "district": "@x",
        "level": "commune",
        "code": "31336",
    }
    line = pd.DataFrame([cells])
    corrections.propose(line, tmp_path / "c.csv")
    text = (tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1,'@x,commune" in text
    # and it is still the same name when it is read again: it is not proposed twice
    assert corrections.propose(line, tmp_path / "c.csv") == 0


def test_corrections_beside_each_file_hold_and_must_agree(tmp_path):
    def change(sheet):
        sheet["A3"].value = None
        sheet["C3"].value = "Phường Một Cũ"

    files = []
    for period in (2022, 2023):
        folder = tmp_path / str(period)
        folder.mkdir()
        form = workbook.template(folder / f"{period}.xlsx", period=period)
        files.append(fill(form, period, change=change))
    head = ",".join(corrections.COLUMNS)
    first, second = (file.with_name(corrections.FILE_NAME) for file in files)
    first.write_text(f"{head}\nPhường Một Cũ,,commune,31318,,Lan\n", encoding="utf-8")
    bundle = workbook.read(*files)
    assert bundle.is_complete
    expected = frames.reports().assign(origin="reported")
    pd.testing.assert_frame_equal(bundle.reports, expected)
    second.write_text(f"{head}\nPhường Một Cũ,,commune,31321,,Hoa\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"Phường Một Cũ' .* 31318,? .* 31321"):
        workbook.read(*files)
    assert workbook.read(*files, corrections=first).is_complete
