"""
Check that what is wrong is found at its cell, that nothing is invented, and nothing lost.

Layouts and defects are drawn (`defects.py`), or said one by one (`corpus.py`).
"""

import datetime
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import corpus
import defects
import odd_files
import old_excel
import openpyxl
import pandas as pd
import pytest
import remarks
import xlsxwriter
from corpus import (
    FIRST,
    Form,
    Formula,
    Layout,
    Percent,
    Planted,
    Row,
    add_copy,
    put,
    report,
    several,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from hganalysis import places, study, workbook
from hganalysis.publish.own import write as write_data
from hganalysis.workbook import corrections
from hganalysis.workbook.numbers import read_column

GOLDEN = Path(__file__).parent / "golden"

# --- any layout, any defect ---

SEEDS = range(1_000, 1_030)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("defects")
    return [defects.judge(seed, folder) for seed in SEEDS]


def test_nothing_is_wrong_or_dropped_in_silence(verdicts):
    assert [line for verdict in verdicts for line in verdict.failures] == []
    assert sum(verdict.outcomes["right"] for verdict in verdicts) > 1_000


def test_defects_are_found_where_they_are_and_what_is_right_is_left_alone(verdicts):
    planted = sum(sum(verdict.planted.values()) for verdict in verdicts)
    n_found = sum(sum(verdict.found.values()) for verdict in verdicts)
    assert planted > len(SEEDS) / 2
    assert n_found >= 0.98 * planted, [line for verdict in verdicts for line in verdict.missed]
    alarms = [line for verdict in verdicts for line in verdict.alarms]
    assert len(alarms) <= 0.02 * sum(verdict.clean for verdict in verdicts), alarms


def test_a_file_asks_few_questions_and_a_plain_one_none(verdicts):
    questions = sorted(verdict.questions for verdict in verdicts)
    assert questions[len(questions) // 2] <= 2
    assert questions[-1] <= 10
    plain = [verdict for verdict in verdicts if verdict.plain]
    assert len(plain) > 1
    assert [(verdict.questions, verdict.is_complete) for verdict in plain] == [(0, True)] * len(
        plain
    )


@pytest.mark.parametrize(
    ("delivered", "complete", "fails"),
    [("kept", True, False), ("changed", True, True), ("gone", True, True), ("gone", False, True)],
)
def test_the_judge_sees_what_a_reader_does_wrong(monkeypatch, tmp_path, delivered, complete, fails):
    """A judge that passes everything would be no test: it is shown three readers that lie."""
    real = workbook.read

    def read(file):
        checked = real(file)
        teams = checked.teams.copy()
        if delivered == "changed":
            teams.loc[0, "members"] += 1
        elif delivered == "gone":
            teams = teams.iloc[1:]
        uses = checked.uses if complete else checked.uses.assign(asked=1)
        return workbook.Checked(**{**vars(checked), "teams": teams, "uses": uses})

    seed = next(seed for seed in range(100) if not defects.make(seed).planted)
    monkeypatch.setattr(workbook, "read", read)
    assert bool(defects.judge(seed, tmp_path).failures) == fails


# --- files in which a whole column, sheet or structure is another than it says ---


@pytest.mark.parametrize("name", odd_files.ODD)
def test_an_odd_file_is_asked_about_and_nothing_of_it_is_wrong_or_dropped(name, tmp_path):
    kind = odd_files.ODD[name]
    score = odd_files.score(kind, tmp_path)
    assert (score.wrong, score.dropped) == (0, 0)
    assert kind.rules & score.rules
    assert score.questions <= kind.questions


@pytest.mark.parametrize("name", odd_files.PLAIN)
def test_a_plain_file_that_looks_like_an_odd_one_asks_nothing(name, tmp_path):
    score = odd_files.score(odd_files.PLAIN[name], tmp_path)
    assert (score.wrong, score.dropped, score.questions) == (0, 0, 0)
    assert score.is_complete


def sign_all(folder):
    """Sign every line of the corrections of a folder."""
    file = folder / "corrections.csv"
    [head, *lines] = file.read_text("utf-8-sig").splitlines()
    signed = [f"{line}head of office" for line in lines]
    file.write_text("\n".join([head, *signed]), encoding="utf-8")
    return signed


def test_names_of_units_of_2025_that_a_person_accepts_are_those_of_communes_of_before(tmp_path):
    file = odd_files.ODD["units of 2025 under old names"].write(tmp_path)
    checked = workbook.read(file)
    [fault] = checked.errors.to_dict("records")
    assert len(fault["cells"]) == len(checked.proposals) == 20
    corrections.propose(checked.proposals, tmp_path / "corrections.csv")
    sign_all(tmp_path)
    checked_again = workbook.read(file)
    assert checked_again.is_complete
    assert sorted(checked_again.teams["code"]) == sorted(checked.proposals["code"])


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("Theo Nghị quyết 1668", True),
        ("Đơn vị hành chính sau khi sắp xếp", True),
        ("Số liệu từ 1/7/2025", True),
        ("Cần Thơ, ngày 1 tháng 7 năm 2025", True),
        ("Vị Thanh, ngày 30 tháng 6 năm 2025", False),
        ("In ngày 30/6/2025", False),
        ("Kèm theo Công văn số 12/2025", False),
        ("Có 1668 người", False),
    ],
)
def test_what_is_said_around_a_table_tells_of_which_structure_it_is(text, is_asked, tmp_path):
    rows = [*odd_files.THREE_COMMUNES, *odd_files.OLD_NAMES]
    file = odd_files.of_2025("NĂM 2023", rows, 2, 3, 4, note=text)(tmp_path)
    assert ("old_or_new" in set(workbook.read(file).faults["rule"])) == is_asked


@pytest.mark.parametrize(("codes", "is_asked"), [(["31340"], True), (["31340", "31318"], False)])
def test_codes_alone_that_are_all_codes_of_2025_are_asked_about(codes, is_asked, tmp_path):
    rows, _ = odd_files.reported(codes)
    checked = workbook.read(odd_files.of_2025("NĂM 2023", rows, 0, 3, 4)(tmp_path))
    assert ("old_or_new" in set(checked.faults["rule"])) == is_asked
    assert len(checked.teams) == (0 if is_asked else 2)


# --- a study of today that follows one of former communes ---

TODAY = study.DATA / "studies" / "hau_giang_2025"


def read_today(sheet, names, districts=None):
    """Read teams of communes by name in the study of today, with a column "Huyện" or without."""
    rows = [["Tên xã", "Số tổ", "Số thành viên"], *([name, 4, 27] for name in names)]
    if districts:
        rows = [[*row, text] for row, text in zip(rows, ["Huyện", *districts], strict=True)]
    with study.Study.open(TODAY).use(language="vi"):
        return sheet([["QUÝ III/2025"], *rows])


def names_of_today(number):
    with study.Study.open(TODAY).use():
        return [*places.units()["name_vi"]][:number]


@pytest.mark.parametrize("district", ["Huyện Vị Thủy", None])
def test_a_column_of_a_level_that_is_gone_is_asked_about_once_and_the_answer_is_kept(
    sheet, district, tmp_path
):
    names = names_of_today(12)
    checked = read_today(sheet, names, [district] * 12)
    is_asked = checked.faults[checked.faults["rule"] == "former_level"]
    assert is_asked["cells"].tolist() == ([("D2",)] if district else [])
    assert len(checked.teams) == (0 if district else 12)
    if district:
        lines = corrections.question(checked.faults, "report.xlsx")
        assert corrections.propose(lines, tmp_path / "corrections.csv") == 1
        sign_all(tmp_path)
        assert len(read_today(sheet, names, [district] * 12).teams) == 12


@pytest.mark.parametrize(("n_today", "is_asked"), [(10, False), (9, True)])
def test_where_most_rows_are_of_no_commune_of_today_the_others_may_be_former_too(
    sheet, n_today, is_asked, tmp_path
):
    names = names_of_today(n_today)
    checked = read_today(sheet, [*names, *(f"Xã Cũ {number}" for number in range(10))])
    questions = checked.faults[checked.faults["rule"] == "former_names"]
    assert [len(cells) for cells in questions["cells"]] == ([n_today] if is_asked else [])
    assert len(checked.teams) == (0 if is_asked else n_today)
    if is_asked:
        proposed = checked.proposals[checked.proposals["written"].isin(names)]
        assert corrections.propose(proposed, tmp_path / "corrections.csv") == n_today
        sign_all(tmp_path)
        checked_again = read_today(sheet, [*names, *(f"Xã Cũ {number}" for number in range(10))])
        assert len(checked_again.teams) == n_today


def test_a_list_of_all_former_communes_gives_no_count_to_one_of_today(sheet):
    names = [*places.units()["name_vi"]]
    checked = read_today(sheet, names)
    assert (len(names), len(checked.teams)) == (75, 0)
    assert "former_names" in set(checked.faults["rule"])


def test_sheets_for_each_month_are_one_question_that_names_all_of_them(tmp_path):
    file = odd_files.ODD["a sheet for each month"].write(tmp_path)
    checked = workbook.read(file)
    [fault] = checked.errors.to_dict("records")
    assert fault["cells"][:4] == ("A1", "2", "Tháng 2!A1", "Tháng 2!2")
    assert len(fault["cells"]) == 24
    back = workbook.give_back(checked, file, to=tmp_path / "back.xlsx")
    book = openpyxl.load_workbook(back.file)
    assert all(book[f"Tháng {month}"]["A1"].comment for month in range(1, 13))
    lines = corrections.question(checked.faults, file.name)
    corrections.propose(lines, tmp_path / "corrections.csv")
    assert len(sign_all(tmp_path)) == 24
    checked_again = workbook.read(file)
    assert "unknown_words" not in set(checked_again.faults["rule"])
    assert not checked_again.is_sound  # twelve numbers for one place and year


def test_two_headings_are_swapped_only_where_most_rows_say_so(sheet):
    rows = odd_files.THREE_COMMUNES
    swapped = [[code, commune, district, *counts] for code, district, commune, *counts in rows]
    for n_swapped, rule in ((1, "district_unknown"), (2, "columns_swapped")):
        checked = sheet([odd_files.HEADS, *swapped[:n_swapped], *rows[n_swapped:]], title="2023")
        assert rule in set(checked.errors["rule"])
        assert ("columns_swapped" in set(checked.errors["rule"])) == (n_swapped == 2)
        assert len(checked.accepted) == (2 if n_swapped == 1 else 0)


def test_an_empty_count_says_which_district_will_have_no_level(tmp_path):
    file = odd_files.ODD["an empty count beside filled ones"].write(tmp_path)
    [fault] = workbook.read(file).faults.to_dict("records")
    assert fault["cells"] == ("G7",)
    assert "năm 2023 của cả Thành phố Vị Thanh" in fault["message"]
    report = corpus.report((2023,))
    for row in report.rows:
        del row.cells["app_users.count"]  # a column that is left empty stands for nothing
    assert workbook.read(corpus.write(report, PLAIN, file).file).faults.empty


def test_an_empty_text_is_a_result_where_other_formulas_have_one(tmp_path):
    computed, _, third = odd_files.COMPUTED
    file = odd_files.formulas(computed, old_excel.Formula(), third)(tmp_path)
    checked = workbook.read(file)
    assert checked.is_complete
    assert checked.teams["members"].isna().sum() == 1


def test_a_study_whose_name_has_brackets_reads_its_own_form(tmp_path):
    province = study.current().text("places/province.csv")
    province = province.replace("Tỉnh Hậu Giang", "Thành phố Cần Thơ (40 xã)")
    data = write_data(tmp_path / "data", {"places/province.csv": province.encode()})
    with study.Study.open(data).use():
        form = workbook.template(tmp_path / "form.xlsx", period=2023)
        checked = workbook.read(corpus.fill(form, 2023))
    assert checked.is_complete
    assert len(checked.accepted) == 75


# --- one defect at a time, in the layouts that offices use ---

PLAIN = Layout()
CSV = Layout(file="csv", totals="all")
TITLED = Layout(
    titles=("ỦY BAN NHÂN DÂN TỈNH HẬU GIANG", "BÁO CÁO KẾT QUẢ PHONG TRÀO THI ĐUA"),
    notes=("Người lập biểu", "Nguyễn Văn A"),
)
ABOVE = Layout(totals="above", blanks=True)
MERGED = Layout(merged=True)
MACHINE = Layout(headers="machine")
ENGLISH = Layout(headers="en", notes=("Source: district offices",))
TEXTS = [CSV, Layout(file="csv", encoding="utf-8"), Layout(file="csv", encoding="utf-16")]
WORKBOOKS = [PLAIN, TITLED, MACHINE, ENGLISH, MERGED]
RESIDENTS = ("population", "households")


def times(name, by):
    return lambda row: int(row[name] * by)


def plus(name, by=1):
    return lambda row: row[name] + by


def warn(name, value, rule, **options):
    return put(name, value, rule, severity="warning", **options)


def change(how, *names):
    """Write every cell of some columns in another way: nothing is wrong with that."""

    def plant(content):
        for row in content.rows:
            row.cells = {**row.cells, **{name: how(row.cells[name]) for name in names}}

    return plant


def rename(how):
    return change(how, "commune", "district")


def copy_row(rule, *, second_only=False, **changed):
    def plant(content):
        first = content.data()[20]
        twin = add_copy(content, 20, **{name: how(first.cells) for name, how in changed.items()})
        content.planted += [Planted(row, FIRST, rule) for row in [first, twin][second_only:]]

    return plant


def drop(*codes, rule="commune_missing"):
    def plant(content):
        content.rows = [row for row in content.rows if row.cells["code"] not in codes]
        number = len(codes) if rule == "commune_missing" else 1
        content.planted += [Planted(None, "", rule, "warning")] * number

    return plant


def name_place(code, text, rule="", *, place="commune", **cells):
    """Write the name of a commune in some way, without its code."""

    def plant(content):
        row = content.of(code)
        row.cells = {**row.cells, "commune": text, "code": None, "_home": code, **cells}
        if rule:
            content.planted.append(Planted(row, place, rule))
            content.planted.append(Planted(None, "", "commune_missing", "warning"))

    return plant


def two_sheets(content):
    """Move the teams of every commune to a sheet of their own: nothing is wrong with that."""
    for row in list(content.rows):
        keys = {key: row.cells[key] for key in ("code", "district", "commune", "period")}
        counts_of_teams = {key: row.cells.pop(key) for key in ("teams", "members")}
        content.rows.append(Row("accepted", {**keys, **counts_of_teams}, sheet="Tổ"))


def hidden(content):
    content.hidden.append(content.data()[4])
    content.planted.append(Planted(content.data()[4], "", "hidden", "warning"))


def wrong_total(scope, name="members", by=10):
    """Change a total that the layout will write."""
    return lambda content: content.off.append((scope, name, by))


VI_THUY = places.units().query("compared_code == '935'").index
CASES = {
    # --- numbers ---
    "negative teams": put("teams", -3, "negative"),
    "fraction": put("members", 40.5, "fractional"),
    "no files received": put("files_online.out_of", 0, "zero_total"),
    "more users than residents": put("app_users.count", 15_000, "count_above_residents"),
    "more files online than files": put(
        "files_online.count", plus("files_online.out_of"), "count_above_total"
    ),
    "all files online": put("files_online.count", plus("files_online.out_of", 0), ""),
    "count without its total": put("files_online.out_of", None, "total_missing"),
    "total without its count": warn("files_online.count", None, "count_missing"),
    "members and no team": put("teams", 0, "members_without_teams", place="members"),
    "more teams than members": put("teams", plus("members"), "teams_above_members"),
    "neither teams nor members": several(put("teams", 0, ""), put("members", 0, "")),
    "a zero too many": warn("informed.count", times("informed.count", 12), "unusually_high"),
    "a count far too small": warn("informed.count", times("informed.count", 0.02), "unusually_low"),
    "1.234 alone": put("app_users.count", "1.234", "ambiguous"),
    "a column that contradicts itself": several(
        put("app_users.count", "1.234,0", "contradiction", row_number=3),
        put("app_users.count", "2,345.0", "contradiction", row_number=4),
    ),
    "points that the column explains": change(
        lambda number: f"{number:,}".replace(",", ".") + ",0", "app_users.count"
    ),
    "no data, said so": put("members", "chưa có số liệu", ""),
    # --- years and the whole ---
    "a year that is not in the catalogue": put("period", 2019, "period_unknown"),
    "no year": put("period", None, "period_missing"),
    "the same row twice": copy_row("duplicate_same", second_only=True),
    "two rows that differ": copy_row("duplicate_differs", members=plus("members")),
    "teams on a sheet of their own": two_sheets,
    "three communes missing": drop("31318", "31411", "31495"),
    "a district missing": drop(*VI_THUY, rule="district_missing"),
    # --- places ---
    "no name and no code": name_place("31417", None, "no_place", district=None, place=""),
    "a code that is on no list": put("code", "99999", "code_unknown"),
    "a code of another commune": put("code", "31495", "code_and_name"),
    "a commune in another district": put("district", "Huyện Phụng Hiệp", "wrong_district"),
    "a name with a slip, and its code": put(
        "commune", "Xã Hỏa Liễu", "name_proposed", row_number=6
    ),
    "a name with a slip": name_place("31336", "Xã Hỏa Liễu", "name_proposed"),
    "a name that is nobody's": name_place("31336", "Xã Quảng Trường Đỏ", "name_unknown"),
    "no district to tell": name_place("31459", "Vĩnh Tường", "name_ambiguous", district=None),
    "its district tells": name_place("31459", "Vĩnh Tường"),
    "a district that is nobody's": put("district", "Huyện Ba Đình", "district_unknown"),
    "Long Mỹ without its type": name_place("31471", "Phường Thuận An", district="Long Mỹ"),
    "a unit of 2025": put("commune", "Phường Vị Thanh", "other_structure", row_number=1),
    "a unit of 2025, no code": name_place("31321", "Phường Vị Thanh", "other_structure"),
    "letters taken apart": rename(lambda text: unicodedata.normalize("NFD", text)),
    "spaces too many": rename(lambda text: f" {text.replace(' ', '  ')} "),
    "an old name": rename(lambda text: text.replace("Thành phố Ngã", "Thị xã Ngã")),
    "Arabic numbers of wards": several(
        name_place("31318", "Phường 1"), name_place("31321", "P.3"), name_place("31330", "phường 7")
    ),
}
WITH_RESIDENTS = {
    "no residents": put("population", 0, "zero_total"),
    "more users than reported residents": put(
        "app_users.count", plus("population"), "count_above_residents"
    ),
    "far above the census": warn("population", times("population", 1.3), "far_from_census"),
    "far below the census": warn("population", times("population", 0.8), "far_from_census"),
    "near the census": put("population", times("population", 1.15), ""),
    "more households than residents": put(
        "households", plus("population"), "more_households_than_people"
    ),
}
IN_TWO_YEARS = {
    "users fall": warn("app_users.count", times("app_users.count", 0.5), "falls", period=2023),
    "a measure of another year": put("ewallet_users.count", 700, "measure_not_taken", period=2023),
}
IN_WORKBOOKS = {
    "a cell shown in per cent": put("files_online.count", Percent(0.12), "percent"),
    "a formula that nobody computed": put("members", Formula("=SUM(A1:A2)", None), "uncomputed"),
    "a formula in error": put("members", Formula("=1/0", "#DIV/0!"), "formula_error"),
    "formulas that were computed": change(lambda n: Formula(f"=1*{n}", n), "members"),
    "a hidden row": hidden,
    "an injected formula": name_place("31336", "=cmd|' /C calc'!A0", "name_unknown"),
}
LAID_OUT = {
    "totals": (Layout(totals="districts all", titles=("Biểu tổng hợp",)), None),
    "districts above": (ABOVE, None),
    "csv of Windows": (
        Layout(file="csv", encoding="cp1258"),
        lambda content: content.planted.append(Planted(None, "", "encoding", "warning")),
    ),
    "no names": (Layout(without=("commune", "district")), None),
    "no districts": (Layout(without=("district",)), None),
    "a district does not add up": (Layout(totals="districts all"), wrong_total("Huyện Vị Thủy")),
    "one above does not": (ABOVE, wrong_total("Thị xã Long Mỹ", "files_online.out_of", -1)),
    "a province does not add up": (CSV, wrong_total("", "teams", 100)),
    "totals over a row that is wrong": (
        Layout(totals="districts all"),
        put("members", "khoảng 40", "approximate"),
    ),
    "totals over a row of no known place": (
        Layout(totals="districts all"),
        name_place("31336", "Xã Quảng Trường Đỏ", "name_unknown"),
    ),
    "totals beside a missing commune": (Layout(totals="districts"), drop("31318")),
}
TWO_YEARS = {"periods": (2022, 2023)}
ALL_CASES = [
    *((name, {}, layout, CASES[name]) for name, layout in zip(CASES, cycle([*WORKBOOKS, *TEXTS]))),
    *((name, {"more": RESIDENTS}, TITLED, plant) for name, plant in WITH_RESIDENTS.items()),
    *((name, TWO_YEARS, PLAIN, plant) for name, plant in IN_TWO_YEARS.items()),
    *(
        (name, {}, layout, IN_WORKBOOKS[name])
        for name, layout in zip(IN_WORKBOOKS, cycle(WORKBOOKS))
    ),
    *((name, {}, *layout_and_plant) for name, layout_and_plant in LAID_OUT.items()),
]


@pytest.mark.parametrize(
    ("case", "options", "layout", "plant"), ALL_CASES, ids=[case[0] for case in ALL_CASES]
)
def test_every_planted_defect_is_found_and_none_is_invented(case, options, layout, plant, tmp_path):
    content = report(**options)
    if plant is not None:
        plant(content)
    layout = PLAIN if "sheet of" in case else layout
    form = corpus.write(content, layout, tmp_path / f"report.{layout.file}")
    checked = workbook.read(form.file)
    seen = Counter(
        (fault.sheet, fault.row + offset, fault.column, fault.rule, fault.severity)
        for fault in checked.faults.itertuples()
        for offset in [int(re.sub("[A-Z]", "", cell) or 0) - fault.row for cell in fault.cells]
        or [0]
    )
    assert seen == Counter(form.expected(content))
    uses = checked.uses.set_index("sheet")
    assert set(uses.columns) == {"used", "ignored", "asked", "refused"}
    assert not checked.is_complete or not uses["asked"].sum() + uses["refused"].sum()
    kinds = checked.rows.set_index(["sheet", "row"])["kind"].to_dict()
    assert kinds == form.kinds(content)


def test_a_table_without_a_period_is_refused_as_a_whole(tmp_path):
    form = report(codes=["31318", "31321", "31324"])
    layout = Layout(titles=("BÁO CÁO",), without=("period",))
    checked = workbook.read(corpus.write(form, layout, tmp_path / "r.xlsx").file)
    assert checked.errors["rule"].tolist() == ["missing_period"]
    assert checked.rows["kind"].value_counts().to_dict() == {"rejected": 3, "title": 1, "header": 1}
    assert checked.reports.empty


# --- small messy reports, as text too where text can hold them ---


@dataclass(frozen=True)
class Messy:
    """
    Sheets, how some of their cells look, and what has to become of it.

    `faults` are the cells and the rules that they break, `teams` what is delivered: code, year,
    teams, members.
    """

    sheets: dict[str, list[list[object]]]
    faults: set[str]
    teams: list[list[object]]
    looks: dict[str, str] = field(default_factory=dict)
    merges: tuple[tuple[int, int, int, int], ...] = ()


A = ("31318", "Phường I")
B = ("31321", "Phường III")
C = ("31324", "Phường IV")
D = ("31327", "Phường V")
E = ("31330", "Phường VII")
TEAMS = [["31318", 2023, 4, 27], ["31321", 2023, 6, 41]]
ROWS = [[*A, 4, 27], [*B, 6, 41]]
HEADER = ["Mã xã", "Tên xã", "Số tổ", "Số thành viên"]
SIDE = [
    ["Mã xã", "Tên xã", "Số tổ", None, "Số thành viên", None],
    [None, None, 2022, 2023, 2022, 2023],
    [*A, 4, 5, 27, 31],
    [*B, 6, 7, 41, 45],
]
SIDES = [["31318", 2022, 4, 27], ["31321", 2022, 6, 41], ["31318", 2023, 5, 31]]
SIDES += [["31321", 2023, 7, 45]]
LONG = ["Mã số", "Tên xã", "Năm", "Số tổ", "Số TV"]


def typed(*members):
    """Write the members of the first communes as they were typed."""
    rows = (
        [*place, 2023, 4, n_members]
        for place, n_members in zip((A, B, C, D, E), members, strict=False)
    )
    return {"B": [LONG, *rows]}


MESSY = {
    "a unit in one heading of years side by side": Messy(
        {"Biểu": [[*SIDE[0][:4], "Số thành viên (nghìn người)", None], *SIDE[1:]]},
        {"E2 unknown_column", "F2 unknown_column"},
        [[*row[:3], pd.NA] for row in SIDES],
        merges=((1, 3, 1, 4), (1, 5, 1, 6)),
    ),
    "cells that show a share and thousands, in a summary by year": Messy(
        {"Tổng hợp": SIDE},
        {"C3 shown_differs", "F4 shown_differs"},
        [],
        {"C3": '0"%"', "F4": "#,##0,"},
        ((1, 3, 1, 4), (1, 5, 1, 6)),
    ),
    "cells that show their unit": Messy(
        {"Năm 2023": [HEADER, *ROWS]},
        set(),
        TEAMS,
        {"D2": '#,##0" người"', "D3": '#,##0" người"'},
    ),
    "marks of footnotes, and the note they stand for": Messy(
        {
            "Năm 2023": [
                HEADER,
                ["31318", [("Phường I", ""), ("(1)", "super")], 4, [("27", ""), ("2", "super")]],
                ROWS[1],
                ["(1) Sáp nhập năm 2024"],
            ]
        },
        {"B2 raised", "D2 raised", "A4 unknown_words"},
        [],
    ),
    "a number that was struck out and written anew": Messy(
        {
            "Năm 2023": [
                HEADER,
                [*A, 4, [("21", "struck"), ("27", "")]],
                ROWS[1],
                [*C, 7, 46],
            ]
        },
        {"D2 struck", "C4 struck"},
        TEAMS[1:],
        {"C4": "struck"},
    ),
    "a heading of 2023 over one row of 2022": Messy(
        {
            "Biểu": [
                [*LONG[:4], "Số thành viên (đến 31/12/2023)"],
                *([*x, 2023, 4, 27] for x in (A, C, D)),
                [*B, 2022, 6, 41],
            ]
        },
        {"C5 period_of_column"},
        [[place[0], 2023, 4, 27] for place in (A, C, D)],
    ),
    "nine months in the name of a sheet, beside a sheet of the year": Messy(
        {"9 tháng 2023": [HEADER, [*A, 3, 20]], "Cả năm 2023": [HEADER, *ROWS]},
        {"1 unknown_words"},
        TEAMS,
    ),
    "numbers that lost their thousands": Messy(
        typed(1.647, 2.31, 2, 950),
        {"E2 ambiguous, E3", "E4 zeros_lost"},
        [["31327", 2023, 4, 950]],
    ),
}


def as_text(form):
    """Say whether text alone can hold a report: one sheet, which does not say the year."""
    cells = [cell for rows in form.sheets.values() for row in rows for cell in row]
    shown = form.looks or form.merges or any(isinstance(cell, float | list) for cell in cells)
    return not (shown or len(form.sheets) > 1 or [*form.sheets] == ["Năm 2023"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, messy in MESSY.items() for kind in ["xlsx", *["csv"] * as_text(messy)]],
)
def test_it_is_read_right_or_refused_where_it_is_wrong(name, kind, tmp_path):
    messy = MESSY[name]
    [first, *_] = messy.sheets
    looks = {(first, int(cell[1:]), ord(cell[0]) - 64): look for cell, look in messy.looks.items()}
    form = Form(PLAIN, {}, messy.sheets, merges={first: [*messy.merges]}, looks=looks)
    corpus.save(form, tmp_path / f"report.{kind}")
    checked = workbook.read(form.file)
    present = checked.faults[~checked.faults["rule"].str.endswith("_missing")]
    seen = {
        ", ".join([f"{fault.column}{fault.row} {fault.rule}", *fault.cells[1:]])
        for fault in present.itertuples()
    }
    assert seen == messy.faults
    assert sorted(map(repr, teams(checked))) == sorted(map(repr, messy.teams))
    assert not checked.is_complete or not messy.faults


@pytest.mark.parametrize("name", ["messy", "shown"])
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_formats_of_other_programs_say_the_same(name, kind, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(GOLDEN)
    import workbooks

    form = tmp_path / f"{name}.xlsx"
    getattr(workbooks, name)(form)
    from_xlsx, from_kind = (workbook.read(file) for file in (form, GOLDEN / f"{name}.{kind}"))
    columns = ["sheet", "row", "column", "rule", "severity", "cells"]
    assert (
        from_xlsx.faults[columns].to_numpy().tolist()
        == from_kind.faults[columns].to_numpy().tolist()
    )
    assert from_xlsx.uses.equals(from_kind.uses)
    assert teams(from_xlsx) == teams(from_kind)


# --- any grid at all ---

WORDS = ["Tên xã", "Số tổ", "Năm", "Mã xã", "Tổng cộng", "Xã Vị Tân", "1.234", "Huyện Vị Thủy"]
WORDS += ["Ghi chú: x", "-", "12 %", "31318", "2023", "Huyện", "Số thành viên", "9 tháng"]
CELLS = st.none() | st.integers(-5, 3000) | st.sampled_from(WORDS) | st.text(max_size=5)


@settings(max_examples=60)
@given(cells=st.lists(st.lists(CELLS, max_size=6), max_size=12))
def test_any_grid_at_all_is_accounted_for(tmp_path, cells):
    corpus.save(Form(PLAIN, {}, {"Sheet1": cells}), tmp_path / "grid.xlsx")
    checked = workbook.read(tmp_path / "grid.xlsx")
    filled = [str(cell) for row in cells for cell in row if defects.holds(cell)]
    assert abs(checked.uses.drop(columns="sheet").sum().sum() - len(filled)) <= sum(
        not cell.strip("\u200b\ufeff \t\r\n\xa0") for cell in filled
    )
    kinds = {"accepted", "rejected", "total", "title", "header", "note", "blank"}
    assert set(checked.rows["kind"]) <= kinds
    # what is delivered stands in the file, digit by digit
    digits = {re.sub(r"\D", "", cell) for cell in filled}
    for name in ("teams", "members"):
        assert {str(int(number)) for number in checked.teams[name].dropna()} <= digits


# --- numbers, a column at a time ---

NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def number_of(cell):
    [number] = read_column([cell])
    return number


def values(*cells):
    return [number.value for number in read_column(cells)]


def broken(*cells):
    return [number.rule for number in read_column(cells)]


CERTAIN = {
    **{
        "1234": 1234,
        "007": 7,
        "0": 0,
        "1.234,5": 1234.5,
        "1,234.5": 1234.5,
        "1.234.567": 1234567,
    },
    **{
        "1,234,567": 1234567,
        "1.234,00": 1234,
        "1 234": 1234,
        f"1{NBSP}234{NBSP}567": 1234567,
    },
    **{
        f"1{NARROW}234,5": 1234.5,
        "1 234.25": 1234.25,
        "0.123": 0.123,
        "0,123": 0.123,
        ",5": 0.5,
    },
    **{
        "12,5": 12.5,
        "1234.567": 1234.567,
        "１２３": 123,
        "１．２３４，５": 1234.5,
        "-5": -5,
    },
    **{
        "\N{MINUS SIGN}5": -5,
        "– 5": -5,
        "(123)": -123,
        "123*": 123,
        "123 (*)": 123,
    },
    **{
        "123¹": 123,
        "123 người": 123,
        "45 TỔ": 45,
        "12 tổ (cũ)": 12,
    },
    **{
        "7 lượt người": 7,
        "'123": 123,
        "  123\n": 123,
        1234.0: 1234,
        1234.5: 1234.5,
        0.1 * 30: 3,
    },
}
NONE = ("-", "–", "—", "...", "…", "không có", "KHÔNG CÓ", "Chưa báo cáo", "chua bao cao", "n/a")
REFUSED = {
    "percent": ("12 %", "12%", "12,5 %", "１２％", "12 phần trăm", "5‰"),
    "approximate": (
        *("khoảng 500", "~500", "≈ 500", "trên 500", "gần 500", "> 500", "≥500", "500+", "ước 500"),
        *("500 trở lên", "500 (kế hoạch)", "500 (dự kiến)", "500 (ước)", "500-600", "500 – 600"),
        *("từ 500 đến 600", "hơn 1.500"),
    ),
    "signed": ("+5", "+ 1.234", "+5 người"),
    "multiplied": ("5 nghìn", "1,2 triệu", "5k", "3 tr", "2 trăm"),
    "date": (
        *("1-Feb", "Feb-23", "1/2", "31/12/2023", "2023-12-31", "1-thg 2"),
        *(datetime.date(2023, 2, 1), datetime.datetime(2023, 2, 1)),
        *(datetime.time(1, 2), datetime.timedelta(hours=30)),
    ),
    "no_number": (
        *("không", "có", "năm trăm", "=1+2", "12a", "1.23.4", "1,23,4", "1.234,567,8", "12 (34)"),
        *("15/148", "1 23", "01.234.567", "½", "x", "٣", "1e5", "9" * 40, True, "?", "1..2", "--5"),
        *("5-", "12 (", "#DIV/0!"),
    ),
    "missing": (*NONE, "chưa có số liệu", " \xa0", "", None),
}


def test_what_is_certain_is_read_and_what_is_not_is_refused():
    read = {cell: number_of(cell) for cell in CERTAIN}
    assert {cell: (type(number.value), number.value) for cell, number in read.items()} == {
        cell: (type(value), value) for cell, value in CERTAIN.items()
    }
    assert {number.rule for number in read.values()} == {""}
    for rule, cells in REFUSED.items():
        read_again = [(cell, number_of(cell).value, number_of(cell).rule) for cell in cells]
        assert read_again == [(cell, None, rule) for cell in cells]


def test_one_cell_decides_for_all():
    assert values("1.234", "1.000,5") == [1234, 1000.5]
    assert values("1.234", "4.00") == [1.234, 4]
    assert values("1,234", "5.678.901") == [1.234, 5678901]
    assert values("1.234", "2.345 (cũ)", "12.345.678") == [1234, 2345, 12345678]
    # numbers without a mark, spaces, what is missing or refused, and numbers of the workbook do not
    assert broken("1.234", "567", "1 234", "-", "khoảng 0,5", "12,5 %", 1008.5) == [
        *("ambiguous", "", "", "missing", "approximate", "percent", ""),
    ]
    for slip in ("2,31", "0,5", "2.31", "1234,5", "0.123"):  # a fraction is no witness
        assert broken("1,647", slip, "2.000") == ["ambiguous", "", "ambiguous"]
        assert broken("1.234.567", slip, "2.000") == ["", "", ""]  # nor does it contradict one


def test_a_person_says_what_no_cell_does():
    column = ["1.647", "2.310 người", "950", "1 234", "2,31", "-"]
    column_read = read_column(column, answer=",")
    assert [number.value for number in column_read] == [1647, 2310, 950, 1234, 2.31, None]
    assert [number.is_answered for number in column_read] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert [number.value for number in read_column(column[:3], answer=".")] == [1.647, 2.31, 950]
    # a cell that leaves no choice knows it better, and those that contradict each other stay so
    column_read = read_column(["1.234", "12,345,678"], answer=",")
    assert [(number.value, number.is_answered) for number in column_read] == [
        (1.234, False),
        (12345678, False),
    ]
    torn = read_column(["1.234,5", "1,234.5", "1.234"], answer=",")
    assert [number.rule for number in torn] == ["contradiction"] * 3


def test_what_may_have_lost_its_thousands_is_asked():
    assert broken(1.647, 2.31, 2) == ["ambiguous", "ambiguous", "zeros_lost"]
    assert broken(1.647, 2.31, "2.000") == ["ambiguous"] * 3
    assert broken("1,647", "2,31", 2) == ["ambiguous", "", "zeros_lost"]
    assert broken("1.647", "2.31", "2") == ["ambiguous", "", "zeros_lost"]  # from a csv
    column_read = read_column([1.647, 2.31, 2])
    assert [number.readings for number in column_read] == [(1647, 1.647), (2310, 2.31), (2, 2000)]
    assert values(1.647, 2.31, 1200, 950) == [None, None, 1200, 950]  # 950.000 are no neighbours
    column_read = read_column([1.647, 2.31, 2, 950], answer=",")
    assert [(number.value, number.rule) for number in column_read] == [
        *((1647, ""), (2310, ""), (None, "zeros_lost"), (950, "")),
    ]
    assert [number.value for number in read_column([1.647, 2.31, 2], answer=".")] == [
        1.647,
        2.31,
        2,
    ]


@pytest.mark.parametrize(("factor", "is_asked"), [(0.001, {"far_below"}), (0, set())])
def test_a_column_far_below_its_measure_is_asked_about_and_one_of_many_zeros_is_not(
    factor, is_asked, tmp_path
):
    content = report()
    for number, row in enumerate(content.rows):
        row.cells["app_users.count"] = int(
            row.cells["app_users.count"] * (factor if number % 3 else 1)
        )
    form = corpus.write(content, PLAIN, tmp_path / "report.xlsx")
    assert is_asked == {"far_below"} & set(workbook.read(form.file).faults["rule"])


MARKS = [(".", ","), (",", "."), (" ", ","), (" ", "."), (NBSP, ",")]


def grouped(number, group, decimal):
    """Write a number with some marks, as Python does with its own."""
    return f"{number:,}".translate({ord(","): group, ord("."): decimal})


amounts = st.integers(0, 10**9) | st.integers(0, 10**6).map(lambda hundredth: hundredth / 100)


@given(st.lists(amounts, max_size=8), st.sampled_from(MARKS))
def test_a_column_that_decides_reads_back(column, marks):
    decisive = [12345678.25, *column]
    cells = [grouped(number, *marks) for number in decisive]
    assert values(*cells) == decisive
    assert values(*reversed(cells)) == decisive[::-1]


LETTERS = "0123456789.,- %()*khoảngngười/~١½²\xa0"
cells = st.text(st.sampled_from(LETTERS), max_size=12) | st.text(max_size=8)


@given(st.lists(cells, max_size=6))
def test_nothing_is_invented(column):
    # whatever is read has exactly the digits that are written, in their order
    for cell, number in zip(column, read_column(column), strict=True):
        if number.rule == "zeros_lost":
            continue
        if number.value is None:
            assert number.rule
            continue
        written = re.sub(r"[^0-9]", "", cell.translate({0xFF10 + n: str(n) for n in range(10)}))
        digits = re.sub(
            r"[^0-9]", "", f"{number.value:.15f}" if number.value % 1 else str(number.value)
        )
        assert digits.strip("0") == written.strip("0")
        assert number.rule == ""


APP = "Người dùng ứng dụng nền tảng số"


@pytest.fixture
def sheet(tmp_path):
    """Write rows into a workbook and read it."""

    def write(rows, *, title="Báo cáo", merge=()):
        form = Form(PLAIN, {}, {title: rows}, merges={title: [*merge]})
        corpus.save(form, tmp_path / "report.xlsx")
        return workbook.read(form.file)

    return write


def rules(checked, severity="error"):
    """Give the rules broken, with their cells; what is not there at all is no matter here."""
    faults = checked.faults[checked.faults["severity"] == severity]
    faults = faults[~faults["rule"].str.endswith("_missing")]
    return [
        f"{rule} {column}{row}"
        for rule, column, row in zip(faults["rule"], faults["column"], faults["row"], strict=True)
    ]


def teams(checked):
    return checked.teams[["code", "period", "teams", "members"]].to_numpy().tolist()


def counts(checked):
    return checked.reports[["code", "period", "count", "out_of"]].to_numpy().tolist()


# --- what a title, a note, a comment or a sheet says ---

STRANGE = [
    *("DON VI TINH: NGHIN NGUOI", "Đơn vị tính: 1.000 người"),
    *("§¬n vÞ tÝnh: ngh×n ng­êi", "Đơn vị: triệu đồng", "Tỷ lệ người dân sử dụng (%)"),
    *("Đơn vị tính: sào", "in '000", "lakh", "(households, thousands)", "nghìn người"),
    *("BÁO CÁO 9 THÁNG ĐẦU NĂM 2023", "(tính đến 30/9/2023)", "BAO CAO QUY III", "Quý IV năm 2023"),
    *("January - September", "H1", "Q3 2023", "as of 30 September 2023", "bình quân tháng"),
    *("GIAO CHỈ TIÊU NĂM 2023", "Biểu số 3: Kế hoạch thực hiện năm 2023", "Số liệu sơ bộ"),
    *("số tăng thêm", "projected", "provisional", "lũy kế", "trong năm", "Số: 15/KH-UBND"),
    "Số liệu ước tính, ngày 5 tháng 01 năm 2024",
]


PLACES_OF_TEXTS = {
    "title": "B2",
    "title with a remark": "B2",
    "note": "A5",
    "comment": "C2",
    "page": "2",
}


@pytest.mark.parametrize(
    ("where", "line"),
    [
        *(("title", line) for line in STRANGE),
        *((where, line) for where in PLACES_OF_TEXTS for line in STRANGE[::6] if where != "title"),
    ],
)
def test_words_that_nobody_knows_hold_the_numbers_until_somebody_says(tmp_path, where, line):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Năm 2023"
    rows = [["BÁO CÁO"], *([[None, line]] if where[0] == "t" else []), HEADER, *ROWS]
    for row in [*rows, *([[line]] if where == "note" else [])]:
        page.append(row)
    if where == "comment":
        page["C2"].comment = Comment(line, "office")
    elif where == "title with a remark":  # it hides nothing
        page["B2"].comment = Comment("đã kiểm tra", "office")
    elif where == "page":
        page.oddHeader.center.text = line.replace("&", "&&")
    file = tmp_path / "report.xlsx"
    book.save(file)
    checked = workbook.read(file)
    assert set(checked.errors["rule"]) <= {"unknown_words", "periods_differ"}
    assert checked.accepted.empty
    assert f"unknown_words {PLACES_OF_TEXTS[where]}" in rules(checked)
    # answered once, it holds for every file that says the same
    lines = corrections.question(checked.faults, file.name)
    assert corrections.propose(lines, tmp_path / "corrections.csv") == len(lines) == 1
    text = (tmp_path / "corrections.csv").read_text("utf-8-sig").splitlines()
    text = [text[0], *(f"{line}head of office" for line in text[1:])]
    (tmp_path / "corrections.csv").write_text("\n".join(text), encoding="utf-8")
    checked_again = workbook.read(file)
    assert "unknown_words" not in set(checked_again.faults["rule"])
    assert teams(checked_again) == TEAMS or set(checked_again.errors["rule"]) <= {
        "periods_differ",
        "missing_period",
    }


PLAIN_LINES = [
    *("Đơn vị tính: người", "ĐVT: tổ, người, hộ", "Đơn vị: UBND thành phố Vị Thanh"),
    *("Đơn vị tính: tổ", "Người lập biểu", "Nguyễn Văn A", "Page"),
    *("Vị Thanh, ngày 05 tháng 01 năm 2024", "Cần Thơ, ngày 5 tháng 10 năm 2025"),
    *("Số: 125/BC-UBND", "Số:      /CV-VHTT", "Số 12/2024/BC-UBND"),
]


@pytest.mark.parametrize("line", PLAIN_LINES)
def test_what_is_known_changes_nothing(sheet, line):
    for rows in ([["BÁO CÁO NĂM 2023"], [line], HEADER, *ROWS], [HEADER, *ROWS, [], [line]]):
        checked = sheet(rows, title="Năm 2023")
        assert rules(checked) == []
        assert teams(checked) == TEAMS


def test_a_unit_that_none_of_the_columns_is_counted_in_is_asked_about(sheet):
    header = ["Mã xã", "Tên xã", APP]
    rows = [[*row[:2], 1000] for row in ROWS]
    for unit in ("Đơn vị tính: hộ", "(ĐVT: %)", "Đơn vị tính: phần trăm"):
        assert rules(sheet([["NĂM 2022"], [unit], header, *rows])) == ["unknown_words A2"]
    for heading in (f"{APP} (hộ)", f"{APP} (households)", f"{APP} tăng thêm", f"{APP} trong năm"):
        checked = sheet([["NĂM 2022"], [*header[:2], heading, "Số tổ"], *[[*r, 4] for r in rows]])
        assert rules(checked, "warning") == ["unknown_column C2"]
        assert checked.reports.empty


def test_what_looks_like_units_may_be_the_only_headings(sheet):
    heads = [["Mã xã", "Tên xã", "Tổ CNSCĐ", None], [None, None, "Tổ", "Thành viên"]]
    rows = [["NĂM 2023"], *heads, *ROWS]
    for merge in ([(2, 3, 2, 4)], []):
        assert teams(sheet(rows, merge=merge)) == TEAMS


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("word", "field"),
    [
        *((word, "") for word in ("Số hộ", "Số tổ", "Số thành viên", "Dân số", "Số khẩu")),
        *((word, "") for word in ("Số hồ sơ", "Số lượt", "lượt người")),
        *((word, "app_users.count") for word in ("Số người", "Số lượng", "người")),
    ],
)
def test_a_word_below_a_measure_is_a_part_of_the_measure_and_of_no_place(sheet, word, field, order):
    # beside it the place has its own
    heads = [["Mã xã", APP, "Số hộ"], [None, word, None]]
    rows = [[code, 1_000, 1_400] for code in ("31318", "31321", "31324")]
    checked = sheet([["NĂM 2023"], *[row[::order] for row in [*heads, *rows]]])
    assert checked.residents["households"].tolist() == [1_400] * 3
    assert (checked.teams.empty, checked.residents["population"].isna().all()) == (True, True)
    assert checked.reports["count"].tolist() == ([1_000] * 3 if field else [])
    assert ("unknown_column" in set(checked.faults["rule"])) is (not field)


@pytest.mark.parametrize(("word", "read"), [("Số", True), ("Số lượng", True), ("Số lượt", False)])
def test_visits_of_users_are_no_users(sheet, word, read):
    checked = sheet([["NĂM 2023"], ["Mã xã", f"{word} {APP.lower()}"], ["31318", 1_000]])
    assert checked.reports["count"].tolist() == [1_000] * read
    assert ("unknown_column" in set(checked.faults["rule"])) is (not read)


HEADS_OF_TWO = {
    "at the left": ([APP, None, None, "Người dùng ví điện tử", None, None], [1_000, 700]),
    "in the middle": ([None, APP, None, None, "Người dùng ví điện tử", None], []),
}


@pytest.mark.parametrize("where", HEADS_OF_TWO)
def test_a_heading_in_the_middle_of_its_group_takes_no_number_of_another(sheet, where):
    heads, read = HEADS_OF_TWO[where]
    below = ["Số lượng", "Tỷ lệ (%)", "Xếp hạng"] * 2
    rows = [["Mã xã", *heads], [None, *below], ["31318", 1_000, 17.8, 1, 700, 12.4, 1]]
    checked = sheet([["NĂM 2022"], *rows])
    assert checked.reports["count"].tolist() == read
    assert ("unknown_column B3" in rules(checked, "warning")) is (not read)


def test_households_below_a_measure_that_counts_households_are_its_count(sheet, tmp_path):
    text = study.current().text("indicators.toml")
    start = text.index('unit = "people"', text.index("[indicators.app_users]"))
    text = f'{text[:start]}unit = "households"{text[start + 15 :]}'
    with study.Study.open(write_data(tmp_path / "data", {"indicators.toml": text.encode()})).use():
        checked = sheet([["NĂM 2023"], ["Mã xã", APP], [None, "Số hộ"], ["31318", 1_000]])
    assert (checked.reports["count"].tolist(), checked.residents.empty) == ([1_000], True)


PLAIN_SHEETS = ["Trang tính1", "Trang_tính2", "Bảng1", "S1", "Biểu 1", "BC1", "Sheet1", "Table1"]


@pytest.mark.parametrize(
    ("name", "is_asked"),
    [*((name, False) for name in PLAIN_SHEETS), ("H1", True), ("S1 KH", True), ("9T", True)],
)
def test_the_name_that_a_program_gives_a_sheet_asks_nothing(sheet, name, is_asked):
    checked = sheet([["NĂM 2023"], HEADER, *ROWS], title=name)
    assert ("unknown_words" in set(checked.faults["rule"])) is is_asked
    assert teams(checked) == ([] if is_asked else TEAMS)


@pytest.mark.parametrize(
    ("title", "is_asked"),
    [
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ CẦN THƠ", False),
        ("UY BAN NHAN DAN THANH PHO CAN THO", False),
        ("SỞ KHOA HỌC VÀ CÔNG NGHỆ TP. CẦN THƠ", False),
        ("UBND TỈNH AN GIANG: KẾ HOẠCH", True),
        ("SỐ LIỆU THÀNH PHỐ CẦN THƠ", True),
        ("BÁO CÁO SAU SẮP XẾP", True),
    ],
)
def test_who_heads_a_letter_asks_nothing(sheet, title, is_asked):
    checked = sheet([[title], ["NĂM 2023"], HEADER, *ROWS])
    assert ("unknown_words" in set(checked.faults["rule"])) is is_asked


def test_of_what_communes_of_today_were_made_asks_nothing_beside_their_codes(sheet):
    with study.Study.open(TODAY).use(language="vi"):
        units = places.units()["name_vi"].head(12)
        rows = [[code, f"{name} (sáp nhập từ xã A, xã B)", 4, 27] for code, name in units.items()]
        titles = [["BÁO CÁO SAU SẮP XẾP"], ["QUÝ III/2025"]]
        checked = sheet([*titles, HEADER, *rows])
        assert (checked.is_complete, len(checked.teams)) == (True, 12)
        # of another commune, or without a code, the name is asked about
        rows[0][0], rows[1][0] = rows[2][0], None
        checked = sheet([*titles, HEADER, *rows])
    assert {"code_and_name", "name_unknown"} <= set(checked.errors["rule"])


@pytest.mark.parametrize("total", ["Tổng số", "Cộng"])
@pytest.mark.parametrize("groups", [("Nam", "Nữ"), ("Trong đó: nữ",), ("Thành thị", "Nông thôn")])
def test_a_total_beside_groups_is_the_count_of_their_measure(sheet, groups, total):
    cells = [400, 600][-len(groups) :]
    heads = [["Mã xã", APP, *[None] * len(groups)], [None, total, *groups]]
    checked = sheet([["NĂM 2023"], *heads, *([code, 1_000, *cells] for code in ("31318", "31321"))])
    assert checked.reports["count"].tolist() == [1_000] * 2
    assert rules(checked, "warning") == ["unknown_column C3", "unknown_column D3"][: len(groups)]
    # where there are no groups it may be what the count is out of
    heads = [["Mã xã", APP, None], [None, "Số lượng", "Tổng số"]]
    checked = sheet([["NĂM 2023"], *heads, ["31318", 1_000, 1_400]])
    assert checked.reports["count"].tolist() == [1_000]
    assert rules(checked, "warning") == ["unknown_column C3"]


@pytest.mark.parametrize("groups", [("Nam", "Nữ"), ("Trong đó: nữ",)])
def test_groups_without_what_they_are_out_of_are_one_fault_each(sheet, groups):
    heads = [["Mã xã", APP, *[None] * len(groups)], [None, "Tổng số", *groups]]
    with study.Study.open(study.DATA / "studies" / "hau_giang_groups").use(language="vi"):
        codes = [*places.units().index][:30]
        cells = [400, 600][-len(groups) :]
        checked = sheet([["NĂM 2023"], *heads, *([code, 1_000, *cells] for code in codes)])
    missing = checked.faults[checked.faults["rule"] == "total_missing"]
    assert [len(cells) for cells in missing["cells"]] == [30] * 2


@pytest.mark.parametrize(
    ("name", "title", "asked"),
    [
        ("Báo cáo", "BÁO CÁO NĂM 2023", False),
        ("Báo cáo", "BÁO CÁO NỮ NĂM 2023", True),
        ("Báo cáo", "Người từ 60 tuổi, năm 2023", True),
        ("Nữ", "BÁO CÁO NĂM 2023", True),
        ("Nữ 2023", "BÁO CÁO", True),
    ],
)
def test_a_text_around_that_names_a_group_is_asked_about_in_a_study_of_groups(
    sheet, name, title, asked
):
    with study.Study.open(study.DATA / "studies" / "hau_giang_groups").use(language="vi"):
        rows = [[code, 900] for code in [*places.units().index][:12]]
        found = sheet([[title], ["Mã xã", APP], *rows], title=name)
    assert ("unknown_words" in set(found.faults["rule"])) is asked
    assert found.reports.empty is asked


def read_ages(sheet, total, number):
    """Read a total beside the ages of a study, of some communes."""
    with study.Study.open(study.DATA / "studies" / "hau_giang_groups").use(language="vi"):
        ages = ["Người dưới 35 tuổi", "Người 35–59 tuổi", "Người từ 60 tuổi"]
        heads = [["Mã xã", APP, *[None] * 3], [None, total, *ages]]
        codes = [*places.units().index][:number]
        return sheet([["NĂM 2023"], *heads, *([code, 900, 500, 300, 100] for code in codes)])


def test_groups_of_the_study_have_a_total_beside_them_too(sheet):
    checked = read_ages(sheet, "Tổng số", 12)
    assert "groups_missing" not in set(checked.faults["rule"])
    assert not checked.uses["asked"].sum()


def test_groups_without_their_total_are_one_fault_of_the_table(sheet):
    checked = read_ages(sheet, "Con số kia", 12)
    missing = checked.faults[checked.faults["rule"] == "groups_missing"]
    assert [len(cells) for cells in missing["cells"]] == [12]


def test_codes_with_other_marks_are_one_fault_of_the_column(sheet):
    rows = [[f"{row[0][:2]}.{row[0][2:]}", *row[1:]] for row in ROWS]
    checked = sheet([["NĂM 2023"], HEADER, *rows])
    assert rules(checked) == ["code_unknown A3"]
    [cells] = checked.errors["cells"]
    assert len(cells) == len(ROWS)
    assert checked.accepted.empty


@pytest.mark.parametrize("kind", ["one commune", "unknown", "negative", "totals"])
def test_no_file_of_the_study_is_read_once_a_row(sheet, kind, monkeypatch):
    rows = {
        "one commune": lambda _: [*A, 4, 27],
        "unknown": lambda number: ["", f"Xã Không Có {number}", 4, 27],
        "negative": lambda _: [*A, -4, 27],
        "totals": lambda _: [None, "Tổng cộng huyện Vị Thủy", 4, 27],
    }
    n_read = Counter()
    may_read = study.require_unchanged

    def count(folder, name, checksum):
        n_read[name] += 1
        return may_read(folder, name, checksum)

    monkeypatch.setattr(study, "require_unchanged", count)
    sheet([["NĂM 2023"], HEADER, *(rows[kind](at) for at in range(10))])  # what is kept is read
    reads = []
    for n_rows in (10, 60):
        n_read.clear()
        sheet([["NĂM 2023"], HEADER, *(rows[kind](number) for number in range(n_rows))])
        reads.append(n_read.total())
    assert reads[0] == reads[1]


def test_a_column_of_units(sheet):
    rows = [
        ["NĂM 2023"],
        ["Mã xã", "Chỉ tiêu", "Đơn vị tính", "Số lượng", "Trên tổng số"],
        ["31318", "Hồ sơ nộp trực tuyến", "hồ sơ", 400, 500],
        ["31321", "Hồ sơ nộp trực tuyến", "nghìn hồ sơ", 4, 5],
    ]
    checked = sheet(rows)
    assert rules(checked) == ["remark C4"]
    assert counts(checked) == [["31318", 2023, 400, 500]]


# --- years ---


def test_periods_side_by_side_are_read_with_their_totals(sheet):
    rows = [
        ["Mã xã", "Tên xã", "Năm 2022", None, "Năm 2023", None],
        [None, None, "Số tổ", "Số TV", "Số tổ", "Số TV"],
        ["31318", "Phường I", 4, 27, 5, 28],
        ["31321", "Phường III", 6, 41, 7, 44],
        [None, "Tổng cộng", 10, 68, 12, 73],
    ]
    for merge in ([(1, 3, 1, 4), (1, 5, 1, 6)], []):  # files from elsewhere lose what is merged
        checked = sheet(rows, merge=merge)
        assert rules(checked) == ["sum_differs F5"]
        first = [["31318", 2022, 4, 27], ["31321", 2022, 6, 41]]
        assert teams(checked) == [*first, ["31318", 2023, 5, 28], ["31321", 2023, 7, 44]]
        assert checked.rows["kind"].tolist() == ["header"] * 2 + ["accepted"] * 2 + ["total"]
        assert set(checked.faults["field"]) <= {"members", ""}


def test_a_defect_of_one_period_is_found_in_its_column(sheet):
    rows = [
        ["Mã xã", "Số tổ 2022", "Số TV 2022", "Số tổ 2023", "Số TV 2023"],
        ["31318", 4, 27, 5, -28],
        ["31321", 6, "nhiều", 7, 44],
        ["99999", 6, 41, 7, 44],
    ]
    assert sorted(rules(sheet(rows))) == ["code_unknown A4", "negative E2", "no_number C3"]


def test_a_column_without_a_period_among_others_is_asked_for(sheet):
    rows = [["Mã xã", "Số tổ 2022", "Số tổ 2023", "Số TV", "Dân số"], ["31318", 4, 5, 28, 5628]]
    checked = sheet(rows)
    assert rules(checked) == ["periods_across D1"]  # residents may be of any year
    assert checked.accepted.empty


@pytest.mark.parametrize(
    ("title", "heading", "name", "rule"),
    [
        ("BÁO CÁO NĂM 2022", "Số tổ", "Báo cáo", "period_of_title A1"),
        ("BÁO CÁO", "Số tổ", "2022", "period_of_title 2"),
        ("BÁO CÁO", "Số tổ năm 2022", "Báo cáo", "period_of_column E3"),
        ("BÁO CÁO 9 THÁNG ĐẦU NĂM 2023", "Số tổ", "Báo cáo", "unknown_words A1"),
        ("(tính đến 30/9/2023)", "Số tổ", "Báo cáo", "unknown_words A1"),
        ("BAO CAO QUY III", "Số tổ", "Báo cáo", "unknown_words A1"),
    ],
)
def test_the_period_of_the_rows_is_held_to_what_is_said_above(sheet, title, heading, name, rule):
    header = ["Mã xã", "Tên xã", heading, "Số thành viên", "Năm"]
    checked = sheet([[title], header, *[[*row, 2023] for row in ROWS]], title=name)
    assert rules(checked) == [rule]
    assert checked.accepted.empty


def test_rows_of_another_period_than_a_heading_says_are_refused(sheet):
    header = ["Mã xã", "Tên xã", "Số tổ năm 2022", "Số thành viên", "Năm"]
    checked = sheet(
        [header, *[[*row, period] for row, period in zip(ROWS, (2022, 2023), strict=True)]]
    )
    assert rules(checked) == ["period_of_column E3"]
    assert teams(checked) == [["31318", 2022, 4, 27]]


def test_a_table_below_another_is_of_what_is_said_above_it_all(sheet):
    second = ["II. Số liệu bổ sung"]
    for line, rule in ((["NĂM 2023"], []), (["NĂM 2023 (ĐVT: %)"], ["unknown_words A1"])):
        checked = sheet([line, HEADER, ROWS[0], second, HEADER, ROWS[1]])
        assert rules(checked) == rule
        assert teams(checked) == ([] if rule else TEAMS)
    # a table that says its own time is held to that alone
    rows = [["9 THÁNG NĂM 2023"], HEADER, ROWS[0], ["NĂM 2023"], HEADER, ROWS[1]]
    checked = sheet(rows)
    assert rules(checked) == ["unknown_words A1"]
    assert teams(checked) == TEAMS[1:]


def test_a_commune_that_is_counted_is_not_taken_for_the_district_of_its_name(sheet):
    rows = [["1. Vị Thanh", "Huyện Vị Thủy", 4, 27], ["2. Vị Thủy", "Huyện Vị Thủy", 6, 41]]
    checked = sheet([["NĂM 2023"], ["Tên xã", "Huyện", *HEADER[2:]], *rows])
    assert checked.rows["kind"].tolist() == ["title", "header", "accepted", "accepted"]


# --- texts beside numbers that say another thing of them ---


def _kinds(files):
    """Write each file as xlsx or as csv by turns, where a csv can hold it."""
    return [
        (name, sent.files[number % len(sent.files)]) for number, (name, sent) in enumerate(files)
    ]


@pytest.mark.parametrize(("name", "kind"), _kinds(remarks.UNCLEAR.items()))
def test_a_number_that_a_text_says_is_another_is_asked_about(name, kind, tmp_path):
    score = remarks.judge(remarks.UNCLEAR[name], tmp_path / f"Báo cáo.{kind}")
    assert (score.wrong, score.dropped) == (0, 0)
    assert not score.is_complete
    assert 1 <= score.questions <= 3


@pytest.mark.parametrize(("name", "kind"), _kinds(remarks.PLAIN.items()))
def test_a_plain_file_asks_nothing(name, kind, tmp_path):
    score = remarks.judge(remarks.PLAIN[name], tmp_path / f"Báo cáo.{kind}")
    assert (score.wrong, score.dropped, score.asked, score.questions) == (0, 0, 0, 0)
    assert score.is_complete


def test_a_remark_is_answered_once_and_remembered(sheet, tmp_path):
    rows = [["NĂM 2023"], [*HEADER, "Ghi chú"], [*ROWS[0], "số ước"], [*ROWS[1], None]]
    rows.append([*C, 7, 46, "Số ước"])
    checked = sheet(rows)
    assert rules(checked) == ["remark E3"]
    assert checked.faults.loc[checked.faults["rule"] == "remark", "cells"].tolist() == [
        ("E3", "E5")
    ]
    assert teams(checked) == TEAMS[1:]
    lines = corrections.question(checked.faults, "report.xlsx")
    assert lines[["written", "level", "code"]].to_numpy().tolist() == [
        ["số ước", "title", "nothing"]
    ]
    signed = "written,district,level,code,name,accepted_by\nsố ước,,title,nothing,,office\n"
    (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
    checked_again = sheet(rows)
    assert checked_again.is_complete
    assert teams(checked_again) == [*TEAMS, ["31324", 2023, 7, 46]]


@pytest.mark.parametrize(("text", "is_asked"), [("số năm 2022", True), ("số năm 2023", False)])
def test_a_remark_is_held_to_the_period_of_its_own_row(sheet, text, is_asked):
    header = [*HEADER, "Năm", "Ghi chú"]
    checked = sheet([header, [*ROWS[0], 2022, text], [*ROWS[1], 2023, text]])
    expected = ["remark F3" if is_asked else "remark F2"]
    assert rules(checked) == expected
    assert teams(checked) == [["31318", 2022, 4, 27] if is_asked else ["31321", 2023, 6, 41]]


def test_the_words_of_a_remark_are_those_of_people_too(sheet):
    for text, is_asked in (("Ước", True), ("Lê Thị Ước", False), ("Phường Tam Bình", False)):
        checked = sheet([["NĂM 2023"], [*HEADER, "Ghi chú"], [*ROWS[0], text], ROWS[1]])
        assert rules(checked) == ["remark E3"] * is_asked


@pytest.mark.parametrize(("cell", "is_asked"), [(0, True), (None, False)])
def test_a_zero_that_was_not_reported_is_no_zero_and_an_empty_cell_is_none(sheet, cell, is_asked):
    row = [*A, cell, cell, "Chưa báo cáo"]
    checked = sheet([["NĂM 2023"], [*HEADER, "Ghi chú"], row, ROWS[1]])
    assert rules(checked) == ["remark E3"] * is_asked
    assert teams(checked) == TEAMS[1:]
    checked = sheet([["NĂM 2023"], HEADER, [*A, "Chưa báo cáo", cell], ROWS[1]])
    assert rules(checked) == ["remark C3"] * is_asked
    assert teams(checked) == TEAMS[1:]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        *(("27 người", ""), ("27 (tv)", ""), ("27 (số liệu chính thức)", "")),
        *(("27 hộ", "unit_of_cell D3"), ("27 (cũ)", "unit_of_cell D3"), ("+27", "signed D3")),
        *(("27 (KH)", "unit_of_cell D3"), ("2 (nghìn)", "unit_of_cell D3")),
    ],
)
def test_what_stands_behind_a_number_is_a_unit_of_its_column(sheet, cell, rule):
    checked = sheet([["NĂM 2023"], HEADER, [*A, 4, cell], ROWS[1]])
    assert rules(checked) == ([rule] if rule else [])
    assert teams(checked) == (TEAMS[1:] if rule else TEAMS)


def test_a_target_stands_beside_what_was_done_and_a_banner_over_measures_is_none(sheet):
    heads = [*HEADER, None]
    below = [None, None, None, "Chỉ tiêu", "Thực hiện"]
    checked = sheet([["NĂM 2023"], heads, below, *[[*row[:3], 50, row[3]] for row in ROWS]])
    assert (rules(checked, "warning"), rules(checked)) == (["unknown_column D3"], [])
    assert teams(checked) == TEAMS
    banner = [None, None, "Chỉ tiêu", None]
    upper = [None, None, "Kết quả thực hiện", None]
    for banners in ([banner], [upper, banner]):
        checked = sheet([["NĂM 2023"], *banners, HEADER, *ROWS])
        assert checked.is_complete
        assert teams(checked) == TEAMS


# --- headings that are not known ---


@pytest.mark.parametrize("over", ["Kế hoạch năm 2024", "Giao chỉ tiêu", "Năm sau", "Chỉ tiêu 2024"])
def test_a_group_that_nobody_knows_takes_all_of_its_columns_where_cells_are_not_merged(sheet, over):
    rows = [
        ["Mã xã", "Tên xã", "Thực hiện năm 2023", None, over, None],
        [None, None, "Số tổ", "Số TV", "Số tổ", "Số TV"],
        *[[*row, 50, 300] for row in ROWS],
    ]
    checked = sheet(rows)
    assert rules(checked) == []
    assert rules(checked, "warning") == ["unknown_column E2", "unknown_column F2"]
    assert teams(checked) == TEAMS
    assert checked.is_sound
    assert not checked.is_complete
    assert checked.uses["asked"].tolist() == [4]


@pytest.mark.parametrize("header", ["Số tổ 9 tháng", "Số tổ năm trước", "Số tổ KH", "Số tổ Q3"])
def test_a_heading_is_asked_about_once_and_remembered(sheet, tmp_path, header):
    rows = [["NĂM 2023"], [*HEADER, header], *[[*row, 8] for row in ROWS]]
    checked = sheet(rows)
    assert rules(checked, "warning") == ["unknown_column E2"]
    assert teams(checked) == TEAMS
    assert not checked.is_complete
    lines = corrections.question(checked.faults, "report.xlsx")
    assert set(lines["level"]) == {"heading"}
    assert lines["code"].tolist()[-1] == "unused"
    signed = f"written,district,level,code,name,accepted_by\n{header},,heading,unused,,office\n"
    (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
    assert sheet(rows).is_complete
    meant = [["NĂM 2023"], [*HEADER[:2], "Số máy", "Số thành viên"], *ROWS]
    signed = signed.replace(header, "Số máy").replace("unused", "teams")
    (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
    assert teams(sheet(meant)) == TEAMS
    (tmp_path / "corrections.csv").write_text(signed.replace("teams", "thing"), encoding="utf-8")
    with pytest.raises(ValueError, match="'thing' không phải một trong"):
        sheet(meant)


def test_a_measure_of_another_period_in_a_row_is_no_measure_of_this_one(sheet):
    header = ["Mã xã", "Năm", "Chỉ tiêu", "Số lượng", "Trên tổng số"]
    name = "Hồ sơ nộp trực tuyến"
    rows = [["31318", 2023, f"{name} năm 2022", 4, 5], ["31321", 2023, f"Kế hoạch {name}", 4, 5]]
    checked = sheet([header, *rows])
    assert rules(checked) == ["unknown_indicator C2"]


def test_formulas_that_all_give_nothing_were_not_computed(tmp_path):
    file = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Năm 2023")
        for number, row in enumerate([HEADER, *ROWS]):
            page.write_row(number, 0, row)
            if number:
                page.write_formula(number, 3, "=10+17", None, 0)
    checked = workbook.read(file)
    assert rules(checked) == ["uncomputed D2"]
    assert checked.accepted.empty


def test_a_comma_within_a_number_of_a_csv_shifts_nothing_unseen(tmp_path):
    file = tmp_path / "2023.csv"
    lines = ["Mã xã,Số tổ,Số thành viên,Dân số", "31318,4,1,429,", "31321,6,41,"]
    file.write_text("\n".join(lines), encoding="utf-8")
    checked = workbook.read(file)
    assert "ragged 2" in rules(checked)
    assert teams(checked) == [["31321", 2023, 6, 41]]


def test_a_period_below_the_table_is_held_to_that_of_the_file(tmp_path):
    file = tmp_path / "bao-cao-2022.csv"
    text = "Mã xã,Số tổ,Số thành viên\n31318,4,27\n31321,6,41\n\nSố liệu năm 2023,,\n"
    file.write_text(text, encoding="utf-8")
    assert rules(workbook.read(file)) == ["periods_differ 1"]
