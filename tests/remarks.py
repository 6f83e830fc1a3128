"""
Make small workbooks in which a text says that a number is not what its column says.

The text stands in a column of remarks, in a cell without a heading, in a row, in a comment, in the
cell itself or in a heading. `UNCLEAR` are such files, `PLAIN` are files that must ask nothing;
`judge` says what became of each value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import corpus
import pandas as pd
from corpus import Form

from hganalysis import workbook

CODES = ("31318", "31321", "31324", "31327", "31330", "31333")
PLACE = CODES[2]
"""The commune that the text is about."""
FIELDS = ("teams", "members", "households", "app_users.count")
HEADS = {
    "code": "Mã xã",
    "commune": "Tên xã",
    "teams": "Số tổ",
    "members": "Số thành viên",
    "households": "Số hộ",
    "app_users.count": "Người dùng ứng dụng nền tảng số",
}
SHEET, YEAR = "Báo cáo", 2022
Values = Iterable[tuple[str, str]]
"""Codes and fields; an empty code is every commune, an empty field every number of it."""
OF_ROW: Values = [(PLACE, "")]
ALL: Values = [("", "")]


@dataclass(frozen=True)
class Sent:
    """
    A workbook that an office sent.

    `spoil` changes its form and gives the values that are not what their column says. `extra` are
    further columns, `heads` other headings, `units` a row of units below the headings.
    """

    spoil: Callable[[Form], Values] = lambda _: ()
    extra: tuple[str, ...] = ()
    heads: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ("BÁO CÁO NĂM 2022",)
    files: tuple[str, ...] = ("xlsx", "csv")
    is_plain: bool = False
    """Whether nothing is spoilt, and nothing may be asked."""


@dataclass
class Score:
    """How many values of a file are right, wrong, dropped or asked about."""

    right: int = 0
    wrong: int = 0
    dropped: int = 0
    asked: int = 0
    questions: int = 0
    is_complete: bool = False


@cache
def _report() -> corpus.Report:
    return corpus.report((YEAR,), more=("households",), codes=CODES)


def write(sent: Sent, file: Path) -> tuple[Form, set[tuple[str, str]]]:
    """Write a workbook; give its form and the values that are not what their column says."""
    report = deepcopy(_report())
    report.fields = ["code", "commune", *FIELDS, *sent.extra]
    headings = HEADS | {name: name for name in sent.extra} | dict(sent.heads)
    kind = file.suffix[1:]
    layout = corpus.Layout(titles=sent.titles, called=headings, units=sent.units, file=kind)
    form = corpus.lay_out(report, layout)
    cells_named = set(sent.spoil(form))
    cells_named = set() if sent.is_plain else cells_named
    spoilt = set()
    for code in CODES:
        for name in FIELDS:
            if cells_named & {(code, name), (code, ""), ("", name), ("", "")}:
                spoilt.add((code, name))
    corpus.save(form, file)
    return form, spoilt


def judge(sent: Sent, file: Path) -> Score:
    """Write a workbook, read it, and say what became of each of its values."""
    form, spoilt = write(sent, file)
    bundle = workbook.read(file)
    is_of_missing = bundle.faults["rule"].str.endswith("_missing")
    faults = bundle.faults[~is_of_missing]
    score = Score(questions=len(faults), is_complete=bundle.is_complete)
    places = {place for cells in faults["cells"] for place in cells}
    places |= {f"{fault.column}{fault.row}" for fault in faults.itertuples()}
    values = _delivered(bundle)
    for row in _rows(form):
        code = row.cells["code"]
        number = form.at(row)[1]
        for name in FIELDS:
            if form.get(form.place(row, name)) is None:
                continue
            column = chr(ord("A") + form.columns[name] - 1)
            place_of_number = rf"[A-Z]*{number}|{column}[0-9]+"
            is_named = any(re.fullmatch(place_of_number, place) for place in places)
            true = None if (code, name) in spoilt else row.cells[name]
            if (code, name) not in values:
                is_named = (is_named or len(bundle.errors) > 0) and not bundle.is_complete
                outcome = "asked" if is_named else "dropped"
            elif values[code, name] == true:
                outcome = "right"
            else:
                outcome = "asked" if is_named and not bundle.is_complete else "wrong"
            setattr(score, outcome, getattr(score, outcome) + 1)
    return score


def _rows(form: Form) -> list[corpus.Row]:
    [rows] = form.rows.values()
    return [row for row in rows if row.kind == "accepted"]


def _delivered(bundle: workbook.Checked) -> dict[tuple[str, str], int]:
    counts = bundle.reports[bundle.reports["indicator"] == "app_users"]
    users = counts.rename(columns={"count": "app_users.count"})
    tables = {"teams": bundle.teams, "members": bundle.teams}
    tables |= {"households": bundle.residents, "app_users.count": users}
    delivered = {}
    for name, table in tables.items():
        for code, number in zip(table["code"], table[name], strict=True):
            if pd.notna(number):
                delivered[str(code), name] = int(number)
    return delivered


# --- what changes a form ---


def _place(form: Form, name: str, code: str = PLACE) -> corpus.Place:
    rows = [row for row in _rows(form) if row.cells["code"] == code]
    return form.place(rows[0], name)


def remark(text: str, *, name: str = "Ghi chú", zeros: bool = False, code: str = PLACE):
    """Write a text into a further column of a row, and zeros for its numbers."""

    def spoil(form: Form) -> Values:
        form.put(_place(form, name, code), text)
        for field_ in FIELDS if zeros else ():
            form.put(_place(form, field_), 0)
        return [(code, "")]

    return spoil


def cell(name: str, write: str, *, look: str = ""):
    """Write a value into a cell as `write` has it, `{}` being the number; or show it so."""

    def spoil(form: Form) -> Values:
        place = _place(form, name)
        if look:
            form.looks[place] = look
        else:
            form.put(place, write.format(form.get(place)))
        return [(PLACE, name)]

    return spoil


def comment(name: str, text: str, *, zeros: bool = False, at_heading: bool = False):
    """Comment on a cell, or on the heading of its column."""

    def spoil(form: Form) -> Values:
        place = _place(form, name)
        if zeros:
            form.put(place, 0)
        form.comments[form.heads[name][0] if at_heading else place] = text
        return [("" if at_heading else PLACE, name)]

    return spoil


def line(texts: Mapping[int, str], before: str = "", *, cells: Values = ALL):
    """Add a row of texts, by their column, before the row of a commune or at the end."""

    def spoil(form: Form) -> Values:
        [(name, grid)] = form.sheets.items()
        row_index = len(grid)
        if before:
            row_index = _place(form, "code", before)[1] - 1
        columns = range(1, len(form.columns) + 1)
        new = [texts.get(column) for column in columns]
        grid.insert(row_index, new)
        form.rows[name].insert(row_index, corpus.Row("note"))
        return cells

    return spoil


def above(texts: Mapping[int, str], *, cells: Values, below: bool = False):
    """Add a row of headings above those of the columns, or below them."""

    def spoil(form: Form) -> Values:
        [(name, grid)] = form.sheets.items()
        row_index = _place(form, "code", CODES[0])[1] - 2 + below
        columns = range(1, len(form.columns) + 1)
        grid.insert(row_index, [texts.get(column) for column in columns])
        form.rows[name].insert(row_index, corpus.Row("header"))
        return cells

    return spoil


def numbers(name: str, heading_cells: Values):
    """Fill a further column with the numbers of members, less one."""

    def spoil(form: Form) -> Values:
        for row in _rows(form):
            place = form.place(row, name)
            form.put(place, row.cells["members"] - 1)
        return heading_cells

    return spoil


def combine(*spoils):
    """Change a form in several ways."""
    return lambda form: [value for spoil in spoils for value in spoil(form)]


# --- files in which something has to be asked ---

NOTE = ("Ghi chú",)
EMPTY = ("",)
SAYING = (
    "số năm 2021",
    "Số liệu năm trước",
    "tạm lấy số năm trước",
    "Lấy theo số kế hoạch",
    "KH năm 2022",
    "số ước",
    "Ước thực hiện",
    "ĐVT: nghìn người",
    "tính theo hộ",
    "Số 6 tháng đầu năm",
    "dự kiến",
    "so nam truoc",
    "chưa báo cáo",
)
MEMBERS = [("", "members")]
USERS = [("", "app_users.count")]
RIGHT = [*MEMBERS, ("", "households"), *USERS]
"""A heading above a column reaches to those on its right."""

UNCLEAR: dict[str, Sent] = {
    **{f"remark: {text}": Sent(remark(text), NOTE) for text in SAYING},
    **{
        f"no heading: {text}": Sent(remark(text, name=""), EMPTY)
        for text in (*SAYING[:3], *SAYING[5:7], "trong đó: nữ", "Nam")
    },
    "remark: 0 that was not reported": Sent(remark("Chưa báo cáo", zeros=True), NOTE),
    "no heading: 0 that was not reported": Sent(remark("Chưa báo cáo", name="", zeros=True), EMPTY),
    "heading of a block: an estimate": Sent(
        combine(remark(""), line({2: "Thành phố Vị Thanh", 7: "số ước"}, CODES[0])), NOTE
    ),
    "running number: an estimate": Sent(remark("số ước", name="STT"), ("STT",)),
    "comment: 0 that was not reported": Sent(
        comment("members", "Chưa báo cáo", zeros=True), files=("xlsx",)
    ),
    **{
        f"comment: {text}": Sent(comment("members", text), files=("xlsx",))
        for text in ("Số liệu năm 2021", "Năm 2021", "tạm lấy số năm trước", "số ước", "Nam", "hộ")
    },
    "comment at a heading: another year": Sent(
        comment("members", "Số liệu năm 2021", at_heading=True), files=("xlsx",)
    ),
    "row below: another year": Sent(line({1: "Ghi chú: số liệu năm 2021"})),
    "row below: the year before": Sent(line({1: "Một số xã tạm lấy số năm trước"})),
    "row between: an estimate": Sent(line({2: "Số ước"}, CODES[3])),
    "row between: a plan": Sent(line({2: "Kế hoạch"}, CODES[3])),
    "row between: not reported": Sent(line({1: "Các xã chưa báo cáo ghi 0"}, CODES[3])),
    "row between: women": Sent(line({2: "Nữ"}, CODES[0])),
    "row between: men": Sent(line({2: "Nam"}, CODES[0])),
    "cell: households of people": Sent(cell("app_users.count", "350 hộ")),
    "cell: households of members": Sent(cell("members", "{} hộ")),
    "cell: people of teams": Sent(cell("teams", "{} người")),
    "cell: visits of people": Sent(cell("app_users.count", "{} lượt")),
    "cell: a plan in brackets": Sent(cell("app_users.count", "{} (KH)")),
    "cell: thousands in brackets": Sent(cell("app_users.count", "2 (nghìn)")),
    "cell: the year before in brackets": Sent(cell("members", "{} (năm trước)")),
    "cell: women in brackets": Sent(cell("members", "{} (nữ)")),
    "cell: a plus": Sent(cell("members", "+{}")),
    "cell: a plus and a space": Sent(cell("app_users.count", "+ {}")),
    "format: a plus": Sent(cell("members", "", look="+0;-0;0"), files=("xlsx",)),
    "format: a plus and thousands": Sent(
        cell("app_users.count", "", look="+#,##0"), files=("xlsx",)
    ),
    "format: a minus": Sent(cell("members", "", look="-0"), files=("xlsx",)),
    "format: brackets": Sent(cell("members", "", look="(0)"), files=("xlsx",)),
    "format: households": Sent(cell("members", "", look='0" hộ"'), files=("xlsx",)),
    "format: a plan": Sent(cell("members", "", look='0" (KH)"'), files=("xlsx",)),
    "heading: men in brackets": Sent(lambda _: MEMBERS, heads={"members": "Số thành viên (Nam)"}),
    "heading: men behind a comma": Sent(lambda _: MEMBERS, heads={"members": "Thành viên, nam"}),
    "heading: men and women below": Sent(
        combine(above({4: "Nam", 7: "Nữ"}, cells=MEMBERS, below=True), numbers("", ())), EMPTY
    ),
    "heading: men below alone": Sent(above({4: "Nam"}, cells=MEMBERS, below=True)),
    "heading: men above alone": Sent(above({4: "Nam"}, cells=RIGHT)),
    "heading: women above": Sent(above({4: "Nữ", 5: "Kết quả"}, cells=MEMBERS)),
    "heading: of these, above": Sent(above({4: "Trong đó"}, cells=RIGHT)),
    "heading: men and women beside": Sent(
        combine(numbers("Nam", ()), numbers("Nữ", ())), ("Nam", "Nữ")
    ),
    "heading: of these, beside": Sent(numbers("Trong đó: nữ", ()), ("Trong đó: nữ",)),
    "row of units: men": Sent(
        lambda _: MEMBERS,
        units={
            "teams": "tổ",
            "members": "Nam",
            "households": "hộ",
        },
    ),
    "heading: a target beside what was done": Sent(
        above({4: "Chỉ tiêu", 6: "Thực hiện"}, cells=MEMBERS, below=True)
    ),
    "heading: a target above, what was done above": Sent(
        above(
            {
                3: "Thực hiện",
                4: "Chỉ tiêu",
                6: "Thực hiện",
            },
            cells=[("", "members"), ("", "households")],
        ),
    ),
    "heading: two columns of one measure": Sent(
        combine(above({6: "Chỉ tiêu", 7: "Thực hiện"}, cells=USERS, below=True), numbers("", ())),
        EMPTY,
    ),
    "heading: a target alone beside what was done": Sent(
        numbers("Chỉ tiêu", ()), ("Chỉ tiêu",), heads={"members": "Số thành viên (thực hiện)"}
    ),
}

# --- files that must ask nothing ---

PLAIN: dict[str, Sent] = {
    "remarks that say nothing of the numbers": Sent(
        combine(
            remark("đã kiểm tra"),
            remark("Xã nông thôn mới", code=CODES[0]),
            remark("Đạt chỉ tiêu, cả năm 2022", code=CODES[1]),
            remark("Chủ tịch là nữ", code=CODES[3]),
            remark("Nguyễn Văn Ước", code=CODES[4]),
            remark("Phường Tam Bình cũ", code=CODES[5]),
        ),
        NOTE,
    ),
    "units in cells": Sent(
        combine(
            cell("members", "{} người"),
            cell("households", "{} (hộ)"),
            cell("teams", "{} tổ"),
            cell("app_users.count", "{} người"),
        )
    ),
    "units below headings": Sent(
        units={
            "teams": "tổ",
            "members": "người",
            "households": "hộ",
            "app_users.count": "người",
        }
    ),
    "units below headings without diacritics": Sent(
        heads={
            "code": "MA XA",
            "commune": "TEN XA",
            "teams": "SO TO",
            "members": "SO THANH VIEN",
            "households": "SO HO",
            "app_users.count": "NGUOI DUNG UNG DUNG NEN TANG SO",
        },
        units={
            "teams": "to",
            "members": "nguoi",
            "households": "ho",
            "app_users.count": "nguoi",
        },
        titles=("BAO CAO NAM 2022",),
    ),
    "formats that change nothing": Sent(
        combine(
            cell("members", "", look='#,##0" người"'),
            cell("households", "", look="#,##0;-#,##0"),
            cell("app_users.count", "", look='_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-'),
            cell("teams", "", look="#,##0_);(#,##0)"),
        ),
        files=("xlsx",),
    ),
    "comments that change nothing": Sent(
        combine(comment("members", "đã kiểm tra"), comment("teams", "Số liệu năm 2022")),
        files=("xlsx",),
    ),
    "a banner over all measures": Sent(above({3: "Chỉ tiêu"}, cells=())),
    "what was done": Sent(above({3: "Kết quả thực hiện"}, cells=())),
    "a note of the year": Sent(line({1: "Ghi chú: số liệu năm 2022"}, cells=())),
    "a signature": Sent(
        combine(line({5: "Người lập biểu"}, cells=()), line({5: "Nguyễn Nam"}, cells=()))
    ),
    "a title without diacritics": Sent(titles=("BAO CAO KET QUA NAM 2022", "Nam bao cao: 2022")),
    "a year in a column": Sent(
        lambda form: [form.put(form.place(row, "Năm"), 2022) for row in _rows(form)],
        ("Năm",),
        titles=("BÁO CÁO",),
        units={
            "members": "người",
            "Năm": "năm",
            "teams": "tổ",
            "households": "hộ",
        },
    ),
    "a place whose remark says that it reported nothing": Sent(
        combine(
            remark("Chưa báo cáo"),
            lambda form: [form.put(_place(form, name), None) for name in FIELDS],
        ),
        NOTE,
    ),
}
PLAIN = {name: replace(sent, is_plain=True) for name, sent in PLAIN.items()}
