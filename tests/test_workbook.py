"""
Check that what is wrong is found at its cell, that nothing is invented, and nothing lost.

Each case is a workbook of its own: a layout, and what is planted in it (see `corpus.py`).
"""

import datetime
import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle

import defects
import pandas as pd
import pytest
import xlsxwriter
from corpus import (
    FIRST,
    Formula,
    Layout,
    Percent,
    Planted,
    Row,
    copied,
    put,
    report,
    several,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import places, workbook
from hganalysis.workbook.numbers import read_column

# Layouts that offices use; the cases take them in turn.
PLAIN = Layout()
TITLED = Layout(
    titles=("ỦY BAN NHÂN DÂN TỈNH HẬU GIANG", "BÁO CÁO KẾT QUẢ PHONG TRÀO THI ĐUA"),
    notes=("Người lập biểu", "Nguyễn Văn A"),
)
TOTALS = Layout(totals="districts all", titles=("Biểu tổng hợp",))
ABOVE = Layout(totals="above", blanks=True)
MACHINE = Layout(headers="machine")
ENGLISH = Layout(headers="en", notes=("Source: district offices",))
MERGED = Layout(merged=True)
SHUFFLED = Layout(order=(2, 1, 0, 3, 9, 8, 7, 6, 5, 4, 10, 11, 12))
CSV = Layout(file="csv", encoding="utf-8-sig", totals="all")
CSV_PLAIN = Layout(file="csv", encoding="utf-8")
CSV_16 = Layout(file="csv", encoding="utf-16")
CSV_1258 = Layout(file="csv", encoding="cp1258")

IN_TURN = cycle([PLAIN, TITLED, MACHINE, ENGLISH, SHUFFLED, CSV, CSV_PLAIN, CSV_16, MERGED])
WORKBOOKS = cycle([PLAIN, TITLED, MACHINE, ENGLISH, SHUFFLED, MERGED])


def bare(text):
    letters = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def at(code):
    """Give the position of a commune among the rows of a year."""
    communes = places.communes().sort_values("district_code", kind="stable")
    return communes.index.get_loc(code)


def with_residents(**cells):
    """Plant into a report that has residents and households."""
    return {"more": ("population", "households"), **cells}


def copy_row(rule, *, second_only=False, **changed):
    def plant(found):
        first = found.data()[20]
        twin = copied(found, 20, **{k: v(first.cells) for k, v in changed.items()})
        rows = [twin] if second_only else [first, twin]
        found.planted += [Planted(row, FIRST, rule) for row in rows]

    return plant


def drop(*codes, rule="commune_missing"):
    def plant(found):
        found.rows = [row for row in found.rows if row.cells["code"] not in codes]
        found.planted += [Planted(None, "", rule, "warning")] * (
            len(codes) if rule == "commune_missing" else 1
        )

    return plant


def district(code):
    return [one for one, row in places.communes().iterrows() if row["district_code"] == code]


def without_code(plant):
    """Plant, and take the code of that row away, so that its name has to tell."""

    def both(found):
        plant(found)
        row = found.planted[-1].row if found.planted else None
        if row is not None:
            home = row.cells.get("_home", row.cells["code"])
            row.cells = {**row.cells, "code": None, "_home": home}

    return both


def named(code, text, rule="", *, place="commune", missing=True, **cells):
    """Write the name of a commune in some way, without its code."""

    def plant(found):
        row = found.data()[at(code)]
        row.cells = {**row.cells, "commune": text, "code": None, "_home": code, **cells}
        if rule:
            found.planted.append(Planted(row, place, rule))
        if rule and missing:
            found.planted.append(Planted(None, "", "commune_missing", "warning"))

    return plant


def two_sheets(found):
    """Move the teams of every commune to a sheet of their own: nothing is wrong with that."""
    more = []
    for row in found.rows:
        keys = {key: row.cells[key] for key in ("code", "district", "commune", "year")}
        own = ("teams", "members")
        more.append(Row("accepted", {**keys, **{k: row.cells[k] for k in own}}, sheet="Tổ"))
        row.cells = {key: cell for key, cell in row.cells.items() if key not in own}
    found.rows += more


def hidden(found):
    found.hidden.append(found.data()[4])
    found.planted.append(Planted(found.data()[4], "", "hidden", "warning"))


def wrong_total(scope, field="members", by=10):
    """Change a total that the layout will write."""

    def plant(found):
        found.off.append((scope, field, by))

    return plant


CASES = {
    # --- sense: numbers ---
    "negative teams": ({}, put("teams", -3, "negative")),
    "negative count": ({}, put("app_users.count", -1500, "negative")),
    "fraction": ({}, put("members", 40.5, "fractional")),
    "no files received": ({}, put("files_online.out_of", 0, "zero_total")),
    "no residents": (with_residents(), put("population", 0, "zero_total")),
    "more users than residents": (
        {},
        put("app_users.count", 15_000, "count_above_residents"),
    ),
    "more users than reported residents": (
        with_residents(),
        put(
            "app_users.count",
            lambda row: row["population"] + 1,
            "count_above_residents",
        ),
    ),
    "more files online than files": (
        {},
        put("files_online.count", lambda row: row["files_online.out_of"] + 1, "count_above_total"),
    ),
    "as many files online as files": (
        {},
        put("files_online.count", lambda row: row["files_online.out_of"], ""),
    ),
    "count without its total": ({}, put("files_online.out_of", None, "total_missing")),
    "total without its count": (
        {},
        put("files_online.count", None, "count_missing", severity="warning"),
    ),
    "members and no team": (
        {},
        put("teams", 0, "members_without_teams", place="members"),
    ),
    "more teams than members": (
        {},
        put("teams", lambda row: row["members"] + 1, "teams_above_members"),
    ),
    "neither teams nor members": ({}, several(put("teams", 0, ""), put("members", 0, ""))),
    "residents far above the census": (
        with_residents(),
        put(
            "population",
            lambda row: int(row["population"] * 1.3),
            "far_from_census",
            severity="warning",
        ),
    ),
    "residents far below the census": (
        with_residents(),
        put(
            "population",
            lambda row: int(row["population"] * 0.8),
            "far_from_census",
            severity="warning",
        ),
    ),
    "residents near the census": (
        with_residents(),
        put("population", lambda row: int(row["population"] * 1.15), ""),
    ),
    "more households than residents": (
        with_residents(),
        put("households", lambda row: row["population"] + 1, "more_households_than_people"),
    ),
    "a zero too many": (
        {},
        put(
            "informed.count",
            lambda row: row["informed.count"] * 12,
            "unusually_high",
            severity="warning",
        ),
    ),
    "a digit too few": (
        {},
        put("files_online.out_of", lambda row: row["files_online.count"], "", at=30),
    ),
    "a count ten times too small": (
        {},
        put(
            "informed.count",
            lambda row: row["informed.count"] // 40,
            "unusually_low",
            severity="warning",
        ),
    ),
    "members ten times too many": (
        {},
        put("members", lambda row: row["members"] * 14, "unusually_high", severity="warning"),
    ),
    # --- sense: years ---
    "users fall": (
        {"years": (2022, 2023)},
        put(
            "app_users.count",
            lambda row: row["app_users.count"] // 2,
            "falls",
            severity="warning",
            year=2023,
        ),
    ),
    "a year that is not in the catalogue": ({}, put("year", 2019, "year_unknown")),
    "a year to come": ({}, put("year", 2031, "year_unknown")),
    "no year": ({}, put("year", None, "year_missing")),
    "a measure of another year": (
        {"years": (2022, 2023)},
        put("ewallet_users.count", 700, "measure_not_taken", year=2023),
    ),
    # --- sense: the whole ---
    "the same row twice": ({}, copy_row("duplicate_same", second_only=True)),
    "two rows that contradict each other": (
        {},
        copy_row("duplicate_differs", members=lambda row: row["members"] + 1),
    ),
    "teams on a sheet of their own": ({}, two_sheets),
    "three communes missing": ({}, drop("31318", "31411", "31495")),
    "a district missing": ({}, drop(*district("931"), rule="district_missing")),
    # --- places ---
    "no name and no code": (
        {},
        several(
            named("31417", None, "no_place", district=None, place=""),
        ),
    ),
    "a code that is on no list": ({}, put("code", "99999", "code_unknown")),
    "a code of another commune": ({}, put("code", "31495", "code_and_name")),
    "a commune in another district": (
        {},
        put("district", "Huyện Phụng Hiệp", "wrong_district"),
    ),
    "a name with a slip, and its code": ({}, put("commune", "Xã Hỏa Liễu", "name_proposed", at=6)),
    "a name with a slip": ({}, named("31336", "Xã Hỏa Liễu", "name_proposed")),
    "a name that is nobody's": ({}, named("31336", "Xã Quảng Trường Đỏ", "name_unknown")),
    "Vĩnh Tường without its district": (
        {},
        named("31459", "Vĩnh Tường", "name_ambiguous", district=None),
    ),
    "a district that is nobody's": ({}, put("district", "Huyện Ba Đình", "district_unknown")),
    "Long Mỹ without its type": (
        {},
        named("31471", "Phường Thuận An", "", district="Long Mỹ"),
    ),
    "a unit of 2025": (
        {},
        put("commune", "Phường Vị Thanh", "other_structure", at=1),
    ),
    "a unit of 2025 without its code": (
        {},
        named("31321", "Phường Vị Thanh", "other_structure"),
    ),
    # --- places, written otherwise and certain ---
    "no diacritics": ({}, lambda found: _rename(found, bare)),
    "upper case": ({}, lambda found: _rename(found, str.upper)),
    "letters taken apart": (
        {},
        lambda found: _rename(found, lambda text: unicodedata.normalize("NFD", text)),
    ),
    "spaces too many": (
        {},
        lambda found: _rename(found, lambda text: f" {text.replace(' ', '  ')} "),
    ),
    "abbreviations": ({}, lambda found: _rename(found, _short)),
    "Ngã Bảy as it was called": (
        {},
        lambda found: _rename(found, lambda text: text.replace("Thành phố Ngã", "Thị xã Ngã")),
    ),
    "Vĩnh Tường, settled by its district": ({}, named("31459", "Vĩnh Tường", missing=False)),
    "Arabic numbers of wards": (
        {},
        several(named("31318", "Phường 1"), named("31321", "P.3"), named("31330", "phường 7")),
    ),
    # --- numbers ---
    "12 %": ({}, put("files_online.count", "12 %", "percent")),
    "about 500": ({}, put("members", "khoảng 500", "approximate")),
    "a word": ({}, put("members", "đủ", "no_number")),
    "1.234 alone": ({}, put("app_users.count", "1.234", "ambiguous")),
    "a column that contradicts itself": (
        {},
        several(
            put("app_users.count", "1.234,0", "contradiction", at=3),
            put("app_users.count", "2,345.0", "contradiction", at=4),
        ),
    ),
    "points that the column explains": (
        {},
        lambda found: _retext(
            found, "app_users.count", lambda n: f"{n:,}".replace(",", ".") + ",0"
        ),
    ),
    "numbers as text": ({}, lambda found: _retext(found, "members", str)),
    "numbers with their unit": (
        {},
        lambda found: _retext(found, "members", lambda n: f"{n} người"),
    ),
    "no data, said so": ({}, put("members", "chưa có số liệu", "")),
}
IN_WORKBOOKS = {
    "a cell shown in per cent": ({}, put("files_online.count", Percent(0.12), "percent")),
    "a formula that nobody computed": (
        {},
        put("members", Formula("=SUM(A1:A2)", None), "uncomputed"),
    ),
    "a formula in error": (
        {},
        put("members", Formula("=1/0", "#DIV/0!"), "formula_error"),
    ),
    "formulas that were computed": (
        {},
        lambda found: _retext(found, "members", lambda n: Formula(f"=1*{n}", n)),
    ),
    "a hidden row": ({}, hidden),
    "injected formulas": (
        {},
        named("31336", "=cmd|' /C calc'!A0", "name_unknown"),
    ),
}
LAID_OUT = {
    "clean, with totals": ({}, TOTALS, None),
    "clean, districts above": ({}, ABOVE, None),
    "clean, merged districts": ({}, MERGED, None),
    "clean, csv of Windows": ({}, CSV_1258, None),
    "clean, two years on two sheets": ({"years": (2022, 2023)}, Layout(by_year=True), None),
    "clean, two years on one sheet": ({"years": (2022, 2023)}, PLAIN, None),
    "year in the title": (
        {},
        Layout(titles=("BÁO CÁO NĂM 2022",), without=("year",)),
        None,
    ),
    "no codes": ({}, Layout(without=("code",)), None),
    "no names": ({}, Layout(without=("commune", "district")), None),
    "no districts": ({}, Layout(without=("district",)), None),
    "a district that does not add up": (
        {},
        Layout(totals="districts all"),
        wrong_total("Huyện Vị Thủy"),
    ),
    "a district above that does not add up": (
        {},
        ABOVE,
        wrong_total("Thị xã Long Mỹ", "files_online.out_of", -1),
    ),
    "a province that does not add up": ({}, CSV, wrong_total("", "teams", 100)),
    "several totals that do not add up": (
        {},
        Layout(totals="districts all", titles=("Biểu 1",)),
        several(wrong_total("", "teams", 1), wrong_total("Huyện Long Mỹ", "informed.count", 1000)),
    ),
    "totals over a row that is wrong anyhow": (
        {},
        TOTALS,
        put("members", "khoảng 40", "approximate"),
    ),
    "totals over a row whose place is not known": (
        {},
        Layout(totals="districts all"),
        named("31336", "Xã Quảng Trường Đỏ", "name_unknown"),
    ),
    "totals beside a commune that is missing": (
        {},
        Layout(totals="districts"),
        drop("31318"),
    ),
}


def _rename(found, how):
    for row in found.rows:
        for name in ("commune", "district"):
            row.cells = {**row.cells, name: how(row.cells[name])}


def _retext(found, field, how):
    for row in found.rows:
        row.cells = {**row.cells, field: how(row.cells[field])}


def _short(text):
    for long, short in {
        "Thành phố ": "TP. ",
        "Thị xã ": "TX.",
        "Huyện ": "H. ",
        "Phường ": "P. ",
        "Thị trấn ": "TT. ",
        "Xã ": "X.",
    }.items():
        if text.startswith(long):
            return short + text.removeprefix(long)
    return text


def accounted(found):
    """Hold what is delivered to what was used: the numbers of a report are those of its cells."""
    uses = found.uses.set_index("sheet")
    assert set(uses.columns) == {"used", "ignored", "asked", "refused"}
    assert not found.complete or not uses["asked"].sum() + uses["refused"].sum()


def check(made, layout, file):
    """Compare what is found in a file with what was planted, and every row with its kind."""
    written = write(made, layout, file)
    found = workbook.read(written.file)
    faults = found.faults
    told = [
        (one.sheet, one.row + at, one.column, one.rule, one.severity)
        for one in faults.itertuples()
        for at in [int(re.sub("[A-Z]", "", cell) or 0) - one.row for cell in one.cells] or [0]
    ]
    # A fault of a whole row stands on its first cell, wherever that is.
    seen = Counter(told)
    planned = Counter(written.expected(made))
    planned["", 0, "", "encoding", "warning"] = int(layout.encoding == "cp1258")
    planned = +planned
    for one in made.planted:
        if one.row is None:
            key = ("", 0, "", one.rule, one.severity)
            planned[key] = sum(
                other.row is None and other.rule == one.rule for other in made.planted
            )
    assert seen == planned
    accounted(found)
    kinds = dict(
        zip(
            zip(found.rows["sheet"], found.rows["row"], strict=True),
            found.rows["kind"],
            strict=True,
        )
    )
    assert kinds == written.rows
    return found


@pytest.mark.parametrize(("case", "layout"), list(zip(CASES, IN_TURN, strict=False)), ids=str)
def test_every_planted_defect_is_found_and_none_is_invented(case, layout, tmp_path):
    options, plant = CASES[case]
    made = report(**{"years": (2022,), **options})
    plant(made)
    check(made, PLAIN if "sheet" in case else layout, tmp_path / f"report.{layout.file}")


@pytest.mark.parametrize(("case", "layout"), list(zip(IN_WORKBOOKS, WORKBOOKS, strict=False)))
def test_what_only_a_workbook_can_hold(case, layout, tmp_path):
    options, plant = IN_WORKBOOKS[case]
    made = report(**options)
    plant(made)
    check(made, layout, tmp_path / "report.xlsx")


@pytest.mark.parametrize("case", LAID_OUT)
def test_layouts_and_totals(case, tmp_path):
    options, layout, plant = LAID_OUT[case]
    made = report(**options)
    if plant is not None:
        plant(made)
    check(made, layout, tmp_path / f"report.{layout.file}")


def test_a_table_without_a_year_is_refused_as_a_whole(tmp_path):
    made = report(codes=["31318", "31321", "31324"])
    written = write(made, Layout(titles=("BÁO CÁO",), without=("year",)), tmp_path / "r.xlsx")
    found = workbook.read(written.file)
    assert found.errors["rule"].tolist() == ["missing_year"]
    assert found.rows["kind"].value_counts().to_dict() == {"rejected": 3, "title": 1, "header": 1}
    assert found.reports.empty


# --- small messy reports, in every format that can hold them ---

FILES = ("xlsx", "xls", "ods", "csv")


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
    files: tuple[str, ...] = FILES


A, B, C = ("31318", "Phường I"), ("31321", "Phường III"), ("31324", "Phường IV")
D, E = ("31327", "Phường V"), ("31330", "Phường VII")
BOTH = [["31318", 2023, 4, 27], ["31321", 2023, 6, 41]]
BLOCKS = [
    ["Đơn vị", "Số tổ", "Số thành viên"],
    ["I. Thành phố Vị Thanh"],
    ["Phường I", 4, 27],
    ["Phường III", 6, 41],
    ["Cộng I", 10, 68],
]
SIDE = [
    ["Mã xã", "Tên xã", "Số tổ", None, "Số thành viên", None],
    [None, None, 2022, 2023, 2022, 2023],
    [*A, 4, 5, 27, 31],
    [*B, 6, 7, 41, 45],
]
SIDES = [["31318", 2022, 4, 27], ["31321", 2022, 6, 41], ["31318", 2023, 5, 31]]
SIDES += [["31321", 2023, 7, 45]]
LONG = ["Mã số", "Tên xã", "Năm", "Số tổ", "Số TV"]
YEAR_END = [*LONG[:4], "Số thành viên (đến 31/12/2023)"]


def typed(*members, total=()):
    """Write the members of the first communes as they were typed."""
    rows = [[*one, 2023, 4, told] for one, told in zip((A, B, C, D, E), members, strict=False)]
    return {"B": [LONG, *rows, *total]}


MESSY = {
    "a unit under the title, communes in blocks": Messy(
        {"Biểu 2": [["BÁO CÁO NĂM 2023"], [None, None, "ĐVT: nghìn người"], *BLOCKS]},
        {"C2 unknown_words"},
        [],
    ),
    "a unit in one heading of years side by side": Messy(
        {"Biểu": [[*SIDE[0][:4], "Số thành viên (nghìn người)", None], *SIDE[1:]]},
        {"E2 unknown_column", "F2 unknown_column"},
        [[*one[:3], pd.NA] for one in SIDES],
        merges=((1, 3, 1, 4), (1, 5, 1, 6)),
    ),
    "a column of units, one of them a share": Messy(
        {
            "Năm 2023": [
                ["Mã xã", "Chỉ tiêu", "ĐVT", "Số lượng"],
                ["31318", "Người dùng ứng dụng nền tảng số", "người", 400],
                ["31321", "Người dùng ứng dụng nền tảng số", "%", 41],
            ]
        },
        {"C3 unit_differs"},
        [],
    ),
    "cells that show a share and thousands, in a summary by year": Messy(
        {"Tổng hợp": SIDE},
        {"C3 shown_differs", "F4 shown_differs"},
        [],
        looks={"C3": '0"%"', "F4": "#,##0,"},
        merges=((1, 3, 1, 4), (1, 5, 1, 6)),
    ),
    "cells that show their unit": Messy(
        {"Năm 2023": [LONG[:2] + LONG[3:], [*A, 4, 27], [*B, 6, 41]]},
        set(),
        BOTH,
        looks={"D2": '#,##0" người"', "D3": '#,##0" người"'},
    ),
    "marks of footnotes, and the note they stand for": Messy(
        {
            "Năm 2023": [
                LONG[:2] + LONG[3:],
                ["31318", [("Phường I", ""), ("(1)", "super")], 4, [("27", ""), ("2", "super")]],
                [*B, 6, 41],
                ["(1) Sáp nhập năm 2024"],
            ]
        },
        {"B2 raised", "D2 raised", "A4 unknown_words"},
        [],
    ),
    "a number that was struck out and written anew": Messy(
        {
            "Năm 2023": [
                LONG[:2] + LONG[3:],
                [*A, 4, [("21", "struck"), ("27", "")]],
                [*B, 6, 41],
                [*C, 7, 46],
            ]
        },
        {"D2 struck", "C4 struck"},
        BOTH[1:],
        looks={"C4": "struck"},
    ),
    "a heading of 2023 over one row of 2022": Messy(
        {"Biểu": [YEAR_END, *([*x, 2023, 4, 27] for x in (A, C, D)), [*B, 2022, 6, 41]]},
        {"C5 year_of_column"},
        [[one[0], 2023, 4, 27] for one in (A, C, D)],
    ),
    "nine months in the name of a sheet, beside a sheet of the year": Messy(
        {
            "9 tháng 2023": [LONG[:2] + LONG[3:], [*A, 3, 20]],
            "Cả năm 2023": [LONG[:2] + LONG[3:], [*A, 4, 27], [*B, 6, 41]],
        },
        {"1 unknown_words"},
        BOTH,
    ),
    "what was planned beside what was done": Messy(
        {
            "Năm 2023": [
                ["Mã xã", "Tên xã", "Số tổ", "Số thành viên", None],
                [None, None, None, "Kế hoạch", "Thực hiện"],
                [*A, 4, 30, 27],
                [*B, 6, 40, 41],
            ]
        },
        {"D2 unknown_column"},
        BOTH,
        merges=((1, 4, 1, 5), (1, 1, 2, 1), (1, 2, 2, 2), (1, 3, 2, 3)),
    ),
    "a dot, a comma and a slip that explain nothing": Messy(
        typed("1,647", "2,31", "2.000", 950),
        {"E2 ambiguous, E4", "E3 fractional"},
        [["31327", 2023, 4, 950]],
    ),
    "numbers that lost their thousands": Messy(
        typed(1.647, 2.31, 2, 950),
        {"E2 ambiguous, E3", "E4 zeros_lost"},
        [["31327", 2023, 4, 950]],
        files=FILES[:3],
    ),
    "numbers that lost their thousands, as texts": Messy(
        typed(1.647, 2.31, 2, 950),
        {"E2 ambiguous", "E3 fractional", "E4 zeros_lost"},
        [["31327", 2023, 4, 950]],
        files=FILES[3:],
    ),
    "one number that lost its thousands, and one that lost its zeros": Messy(
        typed(1.647, 2, 987, 845),
        {"E2 ambiguous", "E3 zeros_lost"},
        [["31324", 2023, 4, 987], ["31327", 2023, 4, 845]],
    ),
    "a two that is shown as 2.000, and nothing beside it": Messy(
        typed(5, 2, 987, 845),
        {"E3 shown_differs"},
        [["31318", 2023, 4, 5], ["31324", 2023, 4, 987], ["31327", 2023, 4, 845]],
        looks={"E3": "0.000"},
        files=FILES[:3],
    ),
}  # fmt: skip


def form_of(made):
    """Lay a messy report out as the writers of the random ones take it."""
    [first, *_] = made.sheets
    form = defects.Form(random.Random(0), None, sheets=made.sheets, merges={first: [*made.merges]})
    for cell, look in made.looks.items():
        place = first, int(cell[1:]), ord(cell[0]) - 64
        if look == "struck":
            form.struck.add(place)
        else:
            form.formats[place] = look
    return form


def plain(made):
    """Say whether text alone can hold a report: one sheet, no looks and no merged cells."""
    cells = [cell for grid in made.sheets.values() for line in grid for cell in line]
    rich = any(isinstance(cell, list) for cell in cells)
    return not (made.looks or made.merges or rich or len(made.sheets) > 1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name, made in MESSY.items()
        for kind in made.files
        # the name of a sheet, which says the year, is that of the file
        if kind != "csv" or (plain(made) and [*made.sheets] != ["Năm 2023"])
    ],
)
def test_it_is_read_right_or_refused_where_it_is_wrong(name, kind, tmp_path):
    made = MESSY[name]
    file = tmp_path / f"report.{kind}"
    defects.WRITERS[kind](form_of(made), file)
    found = workbook.read(file)
    told = found.faults[~found.faults["rule"].str.endswith("_missing")]
    seen = {
        ", ".join([f"{one.column}{one.row} {one.rule}", *one.cells[1:]])
        for one in told.itertuples()
    }
    assert seen == made.faults
    teams = found.teams[["code", "year", "teams", "members"]].to_numpy().tolist()
    assert sorted(map(repr, teams)) == sorted(map(repr, made.teams))
    assert not found.complete or not made.faults


# --- any grid at all ---

WORDS = ["Tên xã", "Số tổ", "Năm", "Mã xã", "Tổng cộng", "Xã Vị Tân", "1.234", "Huyện Vị Thủy"]
WORDS += ["Ghi chú: x", "-", "12 %", "31318", "2023", "Huyện", "Số thành viên", "9 tháng"]


@settings(max_examples=60)
@given(
    grid=st.lists(
        st.lists(
            st.none() | st.integers(-5, 3000) | st.sampled_from(WORDS) | st.text(max_size=5),
            max_size=6,
        ),
        max_size=12,
    )
)
def test_any_grid_at_all_is_accounted_for(tmp_path, grid):
    file, options = tmp_path / "grid.xlsx", {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        defects.write_grid(book.add_worksheet("Sheet1"), grid)
    found = workbook.read(file)
    held = [str(cell) for row in grid for cell in row if defects._holds(cell)]
    assert abs(found.uses.drop(columns="sheet").sum().sum() - len(held)) <= sum(
        not cell.strip("\u200b\ufeff \t\r\n\xa0") for cell in held
    )
    kinds = {"accepted", "rejected", "total", "title", "header", "note", "blank"}
    assert set(found.rows["kind"]) <= kinds
    # what is delivered stands in the file, digit by digit
    digits = {re.sub(r"\D", "", cell) for cell in held}
    for name in ("teams", "members"):
        assert {str(int(one)) for one in found.teams[name].dropna()} <= digits


# --- numbers, a column at a time ---

NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def number_of(cell):
    [number] = read_column([cell])
    return number


def values(*cells):
    return [number.value for number in read_column(cells)]


def broken(*cells):
    return [number.rule for number in read_column(cells)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (1234, 1234),
        (1234.0, 1234),
        (1234.5, 1234.5),
        (0.1 * 30, 3),
        ("1234", 1234),
        ("007", 7),
        ("0", 0),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("1.234,00", 1234),
        ("1 234", 1234),
        (f"1{NBSP}234{NBSP}567", 1234567),
        (f"1{NARROW}234,5", 1234.5),
        ("1 234.25", 1234.25),
        ("0.123", 0.123),
        ("0,123", 0.123),
        (",5", 0.5),
        ("12,5", 12.5),
        ("1234.567", 1234.567),
        ("１２３", 123),
        ("１．２３４，５", 1234.5),
        ("-5", -5),
        ("\N{MINUS SIGN}5", -5),
        ("– 5", -5),
        ("(123)", -123),
        ("+5", 5),
        ("123*", 123),
        ("123 (*)", 123),
        ("123¹", 123),
        ("123 (ước)", 123),
        ("123 người", 123),
        ("45 TỔ", 45),
        ("12 tổ (cũ)", 12),
        ("7 lượt người", 7),
        ("'123", 123),
        ("  123\n", 123),
    ],
)
def test_what_is_certain(cell, value):
    found = number_of(cell)
    assert (found.value, found.rule) == (value, "")
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    "cell",
    [
        *("-", "–", "—", "...", "…", "không có", "KHÔNG CÓ", "Chưa báo cáo", "chua bao cao"),
        *("n/a", "chưa có số liệu", " \xa0", "", None),
    ],
)
def test_what_is_missing_is_no_zero(cell):
    assert (number_of(cell).value, number_of(cell).rule) == (None, "missing")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        *((cell, "percent") for cell in ("12 %", "12%", "12,5 %", "１２％", "12 phần trăm", "5‰")),
        *((cell, "approximate") for cell in ("khoảng 500", "~500", "≈ 500", "trên 500", "gần 500")),
        *((cell, "approximate") for cell in ("> 500", "≥500", "500+", "500 trở lên", "ước 500")),
        *((cell, "approximate") for cell in ("500 (kế hoạch)", "500 (dự kiến)", "500 (khoảng)")),
        *(
            (cell, "approximate")
            for cell in ("500-600", "500 – 600", "từ 500 đến 600", "hơn 1.500")
        ),
        *((cell, "multiplied") for cell in ("5 nghìn", "1,2 triệu", "5k", "3 tr", "2 trăm")),
        *(
            (cell, "date")
            for cell in ("1-Feb", "Feb-23", "1/2", "31/12/2023", "2023-12-31", "1-thg 2")
        ),
        *((cell, "date") for cell in (datetime.date(2023, 2, 1), datetime.datetime(2023, 2, 1))),
        *((cell, "date") for cell in (datetime.time(1, 2), datetime.timedelta(hours=30))),
        *((cell, "no_number") for cell in ("không", "có", "năm trăm", "=1+2", "12a", "1.23.4")),
        *((cell, "no_number") for cell in ("1,23,4", "1.234,567,8", "12 (34)", "15/148", "1 23")),
        *((cell, "no_number") for cell in ("01.234.567", "½", "x", "٣", "1e5", "9" * 40, True)),
        *((cell, "no_number") for cell in ("?", "1..2", "--5", "5-", "12 (", "#DIV/0!")),
    ],
)
def test_what_is_refused(cell, rule):
    found = number_of(cell)
    assert (found.value, found.rule) == (None, rule)


def test_one_cell_decides_for_all():
    assert values("1.234", "1.000,5") == [1234, 1000.5]
    assert values("1.234", "4.00") == [1.234, 4]
    assert values("1,234", "5.678.901") == [1.234, 5678901]
    assert values("1.234", "2.345 (ước)", "12.345.678") == [1234, 2345, 12345678]


def test_what_does_not_decide():
    # numbers without a mark, spaces, what is missing or refused, and numbers of the workbook
    assert broken("1.234", "567", "1 234", "-", "khoảng 0,5", "12,5 %", 1008.5) == [
        *("ambiguous", "", "", "missing", "approximate", "percent", ""),
    ]


@pytest.mark.parametrize("slip", ["2,31", "0,5", "2.31", "1234,5", "0.123"])
def test_a_fraction_is_a_slip_and_no_witness(slip):
    assert broken("1,647", slip, "2.000") == ["ambiguous", "", "ambiguous"]
    assert broken("1.234.567", slip, "2.000") == ["", "", ""]  # nor does it contradict one


def test_a_person_says_what_no_cell_does():
    column = ["1.647", "2.310 người", "950", "1 234", "2,31", "-"]
    found = read_column(column, answer=",")
    assert [one.value for one in found] == [1647, 2310, 950, 1234, 2.31, None]
    assert [one.answered for one in found] == [True, True, False, False, False, False]
    assert [one.value for one in read_column(column[:3], answer=".")] == [1.647, 2.31, 950]
    # a cell that leaves no choice knows it better, and those that contradict each other stay so
    found = read_column(["1.234", "12,345,678"], answer=",")
    assert [(one.value, one.answered) for one in found] == [(1.234, False), (12345678, False)]
    torn = read_column(["1.234,5", "1,234.5", "1.234"], answer=",")
    assert [one.rule for one in torn] == ["contradiction"] * 3


def test_what_may_have_lost_its_thousands_is_asked():
    assert broken(1.647, 2.31, 2) == ["ambiguous", "ambiguous", "zeros_lost"]
    assert broken(1.647, 2.31, "2.000") == ["ambiguous"] * 3
    assert broken("1,647", "2,31", 2) == ["ambiguous", "", "zeros_lost"]
    assert broken("1.647", "2.31", "2") == ["ambiguous", "", "zeros_lost"]  # from a csv
    found = read_column([1.647, 2.31, 2])
    assert [one.readings for one in found] == [(1647, 1.647), (2310, 2.31), (2, 2000)]
    assert values(1.647, 2.31, 1200, 950) == [None, None, 1200, 950]  # 950.000 are no neighbours
    found = read_column([1.647, 2.31, 2, 950], answer=",")
    assert [(one.value, one.rule) for one in found] == [
        *((1647, ""), (2310, ""), (None, "zeros_lost"), (950, "")),
    ]
    assert [one.value for one in read_column([1.647, 2.31, 2], answer=".")] == [1.647, 2.31, 2]


GROUPS = st.sampled_from([".", ",", " ", NBSP])


def grouped(number, *, group, decimal):
    """Write a number with some marks, as Python does with its own."""
    text = f"{number:,}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", group)


@st.composite
def conventions(draw):
    group = draw(GROUPS)
    decimal = draw(st.sampled_from([mark for mark in ",." if mark != group]))
    return group, decimal


amounts = st.integers(0, 10**9) | st.integers(0, 10**6).map(lambda hundredth: hundredth / 100)


@given(st.lists(amounts, max_size=8), conventions())
def test_a_column_that_decides_reads_back(column, convention):
    group, decimal = convention
    decisive = [12345678.25, *column]
    cells = [grouped(number, group=group, decimal=decimal) for number in decisive]
    assert values(*cells) == decisive
    assert values(*reversed(cells)) == decisive[::-1]


cells = st.text(st.sampled_from("0123456789.,- %()*khoảngngười/~١½²\xa0"), max_size=12) | st.text(
    max_size=8
)


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
