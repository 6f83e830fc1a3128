"""Small messy reports in every format that can hold them: read right, or refused where wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import defects
import pandas as pd
import pytest

from hganalysis import workbook

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
    "a unit that counts under the title": Messy(
        {"Biểu 2": [["BÁO CÁO NĂM 2023"], [None, None, "ĐVT: tổ, người"], *BLOCKS]}, set(), BOTH
    ),
    "a unit in one heading of years side by side": Messy(
        {"Biểu": [[*SIDE[0][:4], "Số thành viên (nghìn người)", None], *SIDE[1:]]},
        {"E2 unknown_column", "F2 unknown_column"},
        [[*one[:3], pd.NA] for one in SIDES],
        merges=((1, 3, 1, 4), (1, 5, 1, 6)),
    ),
    "a row of units above a row of numbers": Messy(
        {
            "Năm 2023": [
                ["Mã xã", "Tên xã", "Số tổ", "Số thành viên"],
                [None, None, "tổ", "triệu đồng"],
                ["(1)", "(2)", "(3)", "(4)"],
                [*A, 4, 27],
                [*B, 6, 41],
            ]
        },
        {"D2 unknown_column"},
        [[*one[:3], pd.NA] for one in BOTH],
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
        {"A4 unknown_words"},
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
        {"D2 struck_part", "C4 struck"},
        BOTH[1:],
        looks={"C4": "struck"},
    ),
    "a heading of 2023 over one row of 2022": Messy(
        {"Biểu": [YEAR_END, *([*x, 2023, 4, 27] for x in (A, C, D)), [*B, 2022, 6, 41]]},
        {"C5 year_of_column"},
        [[one[0], 2023, 4, 27] for one in (A, C, D)],
    ),
    "a heading of 2023 over rows of 2022": Messy(
        {"Biểu": [YEAR_END, [*A, 2022, 4, 27], [*B, 2022, 6, 41]]},
        {"E1 year_of_column"},
        [],
    ),
    "nine months in a title between others": Messy(
        {
            "Sheet1": [
                ["UBND TỈNH HẬU GIANG"],
                ["KẾT QUẢ 9 THÁNG ĐẦU NĂM 2023"],
                ["(Kèm theo công văn)"],
                *BLOCKS,
            ]
        },
        {"A2 unknown_words"},
        [],
    ),
    "nine months in the name of a sheet, beside a sheet of the year": Messy(
        {
            "9 tháng 2023": [LONG[:2] + LONG[3:], [*A, 3, 20]],
            "Cả năm 2023": [LONG[:2] + LONG[3:], [*A, 4, 27], [*B, 6, 41]],
        },
        {"1 unknown_words"},
        BOTH,
    ),
    "a plan in the title": Messy(
        {"Sheet1": [["KẾ HOẠCH NĂM 2023"], *BLOCKS]},
        {"A1 unknown_words"},
        [],
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
    "dots that a sum explains": Messy(
        typed("1.647", "2.000", total=[["Cộng", None, None, 8, "3.647,0"]]),
        set(),
        [["31318", 2023, 4, 1647], ["31321", 2023, 4, 2000]],
    ),
    "a dot, a comma and a slip that explain nothing": Messy(
        typed("1,647", "2,31", "2.000", 950),
        {"E2 ambiguous", "E3 fractional", "E4 ambiguous"},
        [["31327", 2023, 4, 950]],
    ),
    "numbers that lost their thousands": Messy(
        typed(1.647, 2.31, 2, 950),
        {"E2 ambiguous", "E3 ambiguous", "E4 zeros_lost"},
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
        f"{column}{row} {rule}"
        for column, row, rule in zip(told["column"], told["row"], told["rule"], strict=True)
    }
    assert seen == made.faults
    teams = found.teams[["code", "year", "teams", "members"]].to_numpy().tolist()
    assert sorted(map(repr, teams)) == sorted(map(repr, made.teams))
    assert not found.complete or not made.faults
