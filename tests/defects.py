"""
Put random defects into random layouts, and say of each value what became of it.

Of every value that was written the outcome is `right`, `refused` (a fault at its cell, row, column
or table), `asked` (delivered with a warning at it, or left out and listed), `wrong` (delivered
otherwise than it is true, and nothing said) or `dropped` (neither delivered nor named).
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import corpus
import pandas as pd
from corpus import Form, Place, Row

from hganalysis import workbook
from hganalysis.workbook.faults import QUESTIONS

Key = tuple[str, int, str]
"""Commune, year and field of a value."""
NEVER = -1
"""The truth of a number that is none: whatever is delivered for it is wrong."""
TITLES = (
    "ỦY BAN NHÂN DÂN TỈNH HẬU GIANG",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "BÁO CÁO KẾT QUẢ PHONG TRÀO THI ĐUA",
    "Vị Thanh, ngày 15 tháng 01 năm 2024",
    "(Kèm theo Công văn số 12/BC-UBND)",
)
NOTES = ("Ghi chú: số liệu chính thức", "Người lập biểu", "Nguyễn Văn A", "* Nguồn: UBND các xã")
HEADINGS = {
    "code": ("Mã xã", "Mã ĐVHC", "Mã"),
    "district": ("Huyện, thị xã, thành phố", "Quận/Huyện", "Huyện"),
    "commune": ("Xã, phường, thị trấn", "Tên xã", "Đơn vị hành chính", "Địa phương"),
    "period": ("Năm", "Năm báo cáo"),
    "teams": ("Số tổ", "Số tổ công nghệ số cộng đồng", "Tổ CNSCĐ", "SL tổ"),
    "members": ("Số thành viên", "Thành viên", "Số TV"),
    "STT": ("STT", "TT", "Số TT"),
    "remark": ("Ghi chú", "Nhận xét"),
    "text": ("Cán bộ phụ trách", "Tên tổ trưởng"),
    "nothing": ("",),
    "area": ("Diện tích (ha)", "Số máy tính"),
}
UNKNOWN = {"text", "nothing", "area"}
UNITS = {
    "teams": "tổ",
    "files_online": "hồ sơ",
    "ecommerce_guided": "hộ",
}
STATED = "Đơn vị tính: người, hộ, tổ, hồ sơ"
PLANNED = "Tổng số tổ theo kế hoạch:"
TYPES = {
    "Thành phố ": ("TP. ", "TP "),
    "Thị xã ": ("TX.", "TX "),
    "Huyện ": ("H. ", "H."),
    "Phường ": ("P. ", "P."),
    "Thị trấn ": ("TT. ", "TT "),
    "Xã ": ("X. ", "X."),
}


@dataclass(frozen=True)
class Planted:
    """A defect: the cells of which one has to be named, and the values that it spoils."""

    kind: str
    places: frozenset[Place]
    keys: frozenset[Key]


@dataclass
class Case:
    """A file that is being made."""

    rng: random.Random
    form: Form
    rows: dict[tuple[str, int], Row]
    """The row of each commune and year."""
    cells: dict[Key, Place]
    truth: dict[Key, int]
    left: int
    """Columns and blocks that nobody knows, which have to be listed."""
    planted: list[Planted] = field(default_factory=list)

    def of(self, sheet: str = "", *, name: str = "", row: object = None) -> frozenset[Key]:
        """Give the values of a sheet, a field or a row."""
        keys = set()
        for key, place in self.cells.items():
            is_in_sheet = sheet in ("", place[0])
            if is_in_sheet and name in ("", key[2]) and row in (None, key[:2]):
                keys.add(key)
        return frozenset(keys)

    def line(self, key: tuple[str, int]) -> Place:
        return (*self.form.at(self.rows[key]), 0)

    def any_row(self) -> tuple[str, int]:
        touched = {key[:2] for defect in self.planted for key in defect.keys}
        untouched = sorted(set(self.rows) - touched)
        return self.rng.choice(untouched or sorted(self.rows))

    def heads(self, name: str) -> list[Place]:
        return self.form.heads[name]


def write_name(name: str, how: str, rng: random.Random) -> str:
    """Write the name of a place in one of the ways in which people do."""
    kind = next(kind for kind in TYPES if name.startswith(kind))
    rest = name.removeprefix(kind)
    if how == "plain":
        with_d = name.replace("đ", "d").replace("Đ", "D")
        letters = unicodedata.normalize("NFD", with_d)
        return letters.encode("ascii", "ignore").decode()
    if how == "core":
        small = kind in {"Xã ", "Phường ", "Thị trấn "} and not set(rest) <= set("IVX")
        return rest if small else name
    forms = {"short": rng.choice(TYPES[kind]) + rest, "upper": name.upper()}
    return forms.get(how, name)


def draw(rng: random.Random) -> Case:
    """Draw a report that is right, leaving out what nobody could read."""
    periods = rng.choice([(2022,), (2022,), (2023,), (2022, 2023)])
    file = rng.choice(["xlsx", "xlsx", "xlsx", "csv", "xlsx"])
    ways = ["column", "first", "merged", "blocks", "blocks", "title", "sheets", "none"]
    district = rng.choice(ways)
    district = "title" if file == "csv" and district == "sheets" else district
    district = "first" if file == "csv" and district == "merged" else district
    period = "title" if len(periods) == 1 and rng.random() < 0.5 else "column"
    if len(periods) > 1 and file != "csv" and district not in {"sheets", "title"}:
        period = rng.choice(["column", "sheets"])
    names = rng.choice(["full", "upper", "plain", "short", "core"])
    names = "full" if names == "core" and district == "none" else names
    report = corpus.report(periods)
    labels = corpus.district_names()
    n_districts = 1 if district == "title" else rng.choice([1, 2, 3, 8, 8])
    chosen = rng.sample(sorted(labels), n_districts)
    report.rows = [row for row in report.rows if corpus.home(row) in chosen]
    for number, row in enumerate(report.rows, 1):
        home = labels[corpus.home(row)]
        row.sheet = home if district == "sheets" else row.sheet
        row.cells["commune"] = write_name(row.cells["commune"], names, rng)
        row.cells["district"] = write_name(home, names, rng)
        row.cells["STT"] = number
        row.cells["text"] = rng.choice(["Trần B", "Lê C", None])
        row.cells["nothing"] = rng.randint(1, 9)
        row.cells["area"] = rng.randint(300, 4000)
        row.cells["remark"] = rng.choice([None, None, "đã kiểm tra"])
    fields_before, fields_after = (corpus.fields_of(period) for period in (periods[0], periods[-1]))
    fields_of_both = [name for name in fields_before[6:] if name in fields_after]
    measures = list(dict.fromkeys(name.split(".")[0] for name in fields_of_both))
    measures_drawn = rng.sample(measures, rng.randint(1, len(measures)))
    fields = [name for name in fields_of_both if name.split(".")[0] in measures_drawn]
    fields = ["teams", "members", *fields]
    extras = ("STT", "remark", "text", "area")
    extras = [extra for extra in extras if rng.random() < 0.25]
    numbers = [*fields, *(extra for extra in extras if extra != "STT")]
    rng.shuffle(numbers)
    where = {
        "STT": "STT" in extras,
        "code": district == "none" or rng.random() < 0.4,
        "district": district in {"column", "first", "merged"},
        "commune": True,
        "period": period == "column",
    }
    nothing = ["nothing"] * (rng.random() < 0.1)
    shown = [name for name in where if where[name]]
    report.fields = [*shown, *numbers, *nothing]
    titles = rng.sample(TITLES, rng.randint(0, 3))
    titles += [f"BIỂU TỔNG HỢP CỦA {labels[chosen[0]].upper()}"] * (district == "title")
    titles += [f"SỐ LIỆU NĂM {periods[0]}"] * (period == "title")
    titles += [PLANNED] * (rng.random() < 0.1)
    stated = rng.random() < 0.3
    titles += [STATED] * stated
    totals = rng.choice(["", "", "districts", "all", "districts all"])
    totals = totals if len(periods) == 1 or period == "sheets" else ""
    if district == "blocks":
        sums = rng.random() < 0.5 and (len(periods) == 1 or period == "sheets")
        totals = totals.replace("districts", "") + (" above" if sums else " heads")
    headers = rng.choice(["vi", "form", "counts", "en", "machine"])
    plain = headers != "machine"
    units = {name: UNITS.get(name.split(".")[0], "người") for name in fields}
    notes = tuple(rng.sample(NOTES, 2)) if rng.random() < 0.4 else ()
    called = {}
    for name, texts in HEADINGS.items():
        if plain or name in UNKNOWN:
            called[name] = rng.choice(texts)
    layout = corpus.Layout(
        titles=tuple(titles),
        notes=notes,
        headers=headers,
        called=called,
        totals=totals,
        mark=rng.choice(["{}. ", "{} - ", "{}) ", "{}/ ", ""]),
        by_period=period == "sheets",
        file=file,
        encoding=rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1258"]),
        merged=district == "merged",
        first=district == "first",
        numbered=rng.random() < 0.2 and plain,
        two_rows=rng.random() < 0.25 and file == "xlsx" and headers == "vi",
        units=units if rng.random() < 0.2 and plain and not stated else {},
    )
    form = corpus.lay_out(report, layout)
    n_unknown = sum(name in UNKNOWN for name in report.fields)
    for sheet, lines in form.rows.items():
        for number, row in enumerate(lines, 1):
            if row.label == PLANNED:
                form.put((sheet, number, 2), 525)
                n_unknown += 1
    rows = {}
    for row in report.rows:
        rows[row.cells["code"], row.cells["period"]] = row
    cells, truth = {}, {}
    for key, row in rows.items():
        for name in fields:
            cells[(*key, name)] = form.place(row, name)
            truth[(*key, name)] = row.cells[name]
    return Case(rng, form, rows, cells, truth, n_unknown)


# --- planting: each gives the cells of which one has to be named, and the values it spoils ---

Spoilt = tuple[set[Place], frozenset[Key]]


def _spoil(case: Case, keys: frozenset[Key]) -> frozenset[Key]:
    case.truth |= dict.fromkeys(keys, NEVER)
    return keys


def _dotted(true: int, rng: random.Random) -> str | None:
    return f"{true:,}".replace(",", rng.choice(".,")) if true > 999 else None


CELLS = {
    "letters": lambda true, rng: rng.choice(["{}O", "l{}", "{}a", "x{}", "{}?"]).format(true),
    "negative": lambda true, _: -true or None,
    "fraction": lambda true, _: true + 0.5,
    "per cent": lambda _, rng: rng.choice(["12 %", "87,5%"]),
    "about": lambda true, _: f"khoảng {true}",
    "word": lambda _, rng: rng.choice(["đủ", "nhiều", "như trên"]),
    "too many": lambda *_: 90_000,
    "dot that marks what": _dotted,
}


def _cell(kind: str):
    def plant(case: Case) -> Spoilt | None:
        keys = sorted(case.of(row=case.any_row()))
        if kind == "too many":
            keys = [key_of_row for key_of_row in keys if "_users" in key_of_row[2]]
        key = case.rng.choice(keys or [""])
        text = CELLS[kind](case.truth[key], case.rng) if key else None
        if text is None:
            return None
        case.form.put(case.cells[key], text)
        return {case.cells[key]}, frozenset({key})

    return plant


def _swap_pair(*pairs: tuple[str, str], excess: int):
    """Swap two cells of a row that cannot be each other, or put one above the other."""

    def plant(case: Case) -> Spoilt | None:
        row = case.any_row()
        for first, second in pairs:
            a = (*row, first)
            b = (*row, second)
            if a not in case.cells or case.truth[a] >= case.truth[b]:
                continue
            case.form.put(case.cells[a], case.truth[b] + excess)
            if excess:
                return {case.line(row)}, frozenset({a})
            case.form.put(case.cells[b], case.truth[a])
            return {case.line(row)}, frozenset({a, b})
        return None

    return plant


FILES = ("files_online.count", "files_online.out_of")


def _of_row(name: str, *tellers):
    """Write another place or year into a row."""

    def plant(case: Case) -> Spoilt | None:
        row = case.any_row()
        if name not in case.form.columns:
            return None
        place = case.form.place(case.rows[row], name)
        tell = case.rng.choice(tellers)
        text = tell(case, row, case.form.get(place))
        if text is None or case.form.get(place) is None:
            return None
        case.form.put(place, text)
        return {case.line(row)}, case.of(row=row)

    return plant


def _slip(case: Case, _: object, name: str) -> str | None:
    last_word = name.split()[-1].strip(".").upper()
    if sum(map(str.isalpha, name)) < 8 or last_word in corpus.ROMAN:
        return None
    return case.rng.choice([f"{name}h", f"{name[:-2]}q{name[-2:]}", f"{name[:-1]}z"])


def _other_period(case: Case, _: object, period: int) -> int:
    has_two = len({period for _, period in case.rows}) > 1
    other = 2019 if has_two else 4045 - period
    return case.rng.choice([2019, 2031, other])


def _other_district(case: Case, row: tuple[str, int], _: object) -> str | None:
    district = corpus.district_names()[corpus.home(case.rows[row])]
    names = corpus.district_names().values()
    other_districts = [name for name in names if name != district]
    if case.form.layout.merged or case.form.layout.first:
        return None
    return case.rng.choice(other_districts)


def _other_code(case: Case, row: tuple[str, int], _: object) -> str:
    all_codes = corpus.lists()[0].index
    codes = [code for code in all_codes if code != row[0]]
    return case.rng.choice([*codes[:20], "99999"])


def _shifted(case: Case) -> Spoilt:
    """Move the numbers of a row one cell to the right."""
    row = case.any_row()
    sheet, row_number, _ = case.line(row)
    first_column = min(case.cells[key][2] for key in case.of(row=row))
    cells = case.form.sheets[sheet][row_number - 1]
    cells.insert(first_column - 1, None)
    return {case.line(row)}, case.of(row=row)


def _wrong_total(case: Case) -> Spoilt | None:
    rows = [row for rows in case.form.rows.values() for row in rows]
    totals = [row for row in rows if row.kind == "total" and row.cells]
    if not totals or case.planted:
        return None
    place = case.form.place(case.rng.choice(totals), "members")
    by = case.rng.choice([-1, 1, 10, 100])
    case.form.put(place, case.form.get(place) + by)
    return {place}, frozenset()


def _stray(case: Case) -> Spoilt | None:
    """Type a number into the remarks of a row, or right of its table."""
    row = case.any_row()
    sheet, row_number, _ = case.line(row)
    if "nothing" in case.form.columns:
        return None
    width = len(case.form.sheets[sheet][row_number - 1])
    remark = case.form.columns.get("remark", width + 1)
    column = case.rng.choice([remark, width + 1, width + 3])
    place = (sheet, row_number, column)
    case.form.put(place, case.rng.randint(1, 5000))
    return {place}, case.of(row=row)


def _block(case: Case) -> Spoilt:
    """Put a small block of numbers below the table, right of it or on a sheet of its own."""
    name = case.rng.choice(list(case.form.sheets))
    if case.form.layout.file != "csv" and case.rng.random() < 0.5:
        name = "Khác"
    grid = case.form.sheets.setdefault(name, [])
    width = max(map(len, grid), default=0)
    right = [None] * case.rng.choice([0, width + 1])
    grid += [[], [*right, "Máy tính", "Điểm"]]
    grid += [[*right, 5, 67], [*right, 8, 90]]
    place = (name, len(grid) - 1, len(right) + 1)
    return {place, (*place[:2], 0)}, frozenset()


def _spoil_heading(*patterns: str, alone: bool = False):
    """Say in a heading of its own that a column holds another thing."""

    def plant(case: Case) -> Spoilt | None:
        layout = case.form.layout
        is_plain = not (layout.two_rows or layout.headers == "machine" or layout.units)
        if not is_plain or case.planted:
            return None
        periods = {period for _, period in case.rows}
        pattern = case.rng.choice(patterns)
        has_one_year = len(periods) == 1 and "period" in case.form.columns
        if "{period}" in pattern and not has_one_year:
            return None
        names = {key[2] for key in case.cells if key[2] not in FILES}
        name = case.rng.choice(sorted(names))
        for place in case.heads(name):
            head = str(case.form.get(place))
            text = head.split(" (")[0]
            heading = pattern.format(text, period=4045 - min(periods))
            case.form.put(place, heading)
        keys = _spoil(case, case.of(name=name))
        spoilt = keys if alone else frozenset(case.cells)
        return set(case.heads(name)[:1]), spoilt

    return plant


def _spoil_title(*texts: str, wrong: bool = True):
    """Say in the first title that the table is of another thing than a year that has passed."""

    def plant(case: Case) -> Spoilt | None:
        name = case.rng.choice(sorted(case.form.sheets))
        first = case.form.rows[name][0]
        homes = {corpus.home(row) for row in case.rows.values()}
        districts = corpus.district_names().items()
        other_districts = [district for code, district in districts if code not in homes]
        fixed = any(title.startswith("BIỂU") for title in case.form.layout.titles)
        if first.label not in TITLES or case.planted:
            return None
        if not wrong:
            is_of_all = fixed or not other_districts or len(case.form.sheets) > 1
            if is_of_all or "district" not in "".join(case.form.columns):
                return None
        blanks = other_districts[:1] or [""]
        text = case.rng.choice(texts).format(*blanks, period=min(case.rows)[1])
        case.form.put((name, 1, 1), text.upper())
        keys = case.of(name)
        if wrong:
            return {(name, 1, 1)}, _spoil(case, keys)
        rows = {case.line(row) for row in case.rows}
        tops = {(name, row_number, 0) for row_number in range(1, 12)}
        return rows | tops, keys

    return plant


def _spoil_unit(*units: str, row: bool):
    """Say above a table, or below a header, that numbers are thousands, shares or money."""

    def plant(case: Case) -> Spoilt | None:
        name, rows = next(iter(case.form.rows.items()))
        stated = [
            number for number, row_of_sheet in enumerate(rows, 1) if row_of_sheet.label == STATED
        ]
        layout = case.form.layout
        unit = case.rng.choice(units)
        if row and layout.units:
            field_ = case.rng.choice(sorted(layout.units))
            places = set()
            for sheet, top, column in case.heads(field_):
                place = (sheet, top + 1 + layout.two_rows, column)
                case.form.put(place, unit)
                places.add(place)
            _spoil(case, case.of(name=field_))
            return places | set(case.heads(field_)), frozenset(case.cells)
        if row or not stated:
            return None
        place = (name, stated[0], 3)
        text = case.rng.choice(["Đơn vị tính: {}", "(ĐVT: {})"])
        case.form.put(place, text.format(unit))
        return {place}, _spoil(case, case.of(name))

    return plant


def _spoil_look(*looks: str):
    """Let a cell show another thing than it holds, or strike it out."""

    def plant(case: Case) -> Spoilt | None:
        keys = case.of(row=case.any_row())
        key = case.rng.choice(sorted(keys))
        place = case.cells[key]
        true = case.truth[key]
        look = case.rng.choice(looks)
        is_number = type(case.form.get(place)) is int
        if case.form.layout.file == "csv" or not is_number:
            return None
        if look == "rich":
            parts = [(str(true + 1), "struck"), (str(true), "")]
            case.form.put(place, parts)
        else:
            case.form.put(place, 1000 * true if look == "#,##0," else true)
            case.form.looks[place] = look
        return {place}, _spoil(case, frozenset({key}))

    return plant


DEFECTS = {
    **{kind: _cell(kind) for kind in CELLS},
    "above its total": _swap_pair(FILES, excess=1),
    "swapped cells": _swap_pair(("teams", "members"), FILES, excess=0),
    "misspelt name": _of_row("commune", _slip),
    "another year": _of_row("period", _other_period),
    "another district": _of_row("district", _other_district),
    "another code": _of_row("code", _other_code),
    "shifted row": _shifted,
    "wrong total": _wrong_total,
    "stray number": _stray,
    "block outside": _block,
    "unknown header": _spoil_heading("Số máy tính bảng", "Kinh phí", "Chỉ số phụ", alone=True),
    "unit in a heading": _spoil_heading(
        "{} (nghìn người)", "{}, ĐVT: nghìn người", "{} - triệu đồng"
    ),
    "plan in a heading": _spoil_heading("Kế hoạch: {}", "{} (kế hoạch)", "KH {}"),
    "another year in a heading": _spoil_heading("{} (đến 31/12/{period})"),
    "part of a year": _spoil_title(
        "báo cáo 9 tháng đầu năm {period}", "báo cáo quý III năm {period}"
    ),
    "plan in a title": _spoil_title(
        "báo cáo kế hoạch năm {period}", "chỉ tiêu kế hoạch năm {period}"
    ),
    "another district in the title": _spoil_title("báo cáo của {}", wrong=False),
    "unit of a table": _spoil_unit("nghìn người", "%", "triệu đồng", "1.000 người", row=False),
    "unit in a row of units": _spoil_unit("nghìn người", "1.000 hộ", "triệu đồng", row=True),
    "number format": _spoil_look('0"%"', "#,##0,", '0.0" nghìn"'),
    "struck out": _spoil_look("struck", "rich"),
}


def make(seed: int) -> Case:
    """Make the file of a seed: its layout, and up to four defects in it."""
    rng = random.Random(seed)
    case = draw(rng)
    n_defects = rng.choice([0, 1, 2, 4, 6])
    for kind in rng.sample(list(DEFECTS), n_defects):
        touched = {key[:2] for defect in case.planted for key in defect.keys}
        if touched and kind in {"block outside", "shifted row"}:
            continue
        spoilt_cells = DEFECTS[kind](case)
        if spoilt_cells is not None:
            places, keys = spoilt_cells
            case.planted.append(Planted(kind, frozenset(places), keys))
            if touched & {key[:2] for key in keys}:
                break
    return case


# --- judging ---


@dataclass
class Verdict:
    """What became of a file."""

    outcomes: Counter = field(default_factory=Counter)
    planted: Counter = field(default_factory=Counter)
    found: Counter = field(default_factory=Counter)
    clean: int = 0
    alarms: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What must never be: values wrong or dropped, rows lost, cells that do not add up."""
    missed: list[str] = field(default_factory=list)
    questions: int = 0
    plain: bool = False
    """Whether nothing is wrong in the file and every column is known."""
    is_complete: bool = False


def _list_faults(read: workbook.Checked) -> list[tuple[str, int, int, str, str, str]]:
    """Give each fault as sheet, row, column, rule, severity and message, cell by cell."""
    faults = []
    for fault in read.faults.itertuples():
        cells = [_cell_of(cell) for cell in fault.cells]
        for place in cells or [_cell_of(f"{fault.column}{fault.row}")]:
            faults.append((fault.sheet, *place, fault.rule, fault.severity, fault.message))
    return faults


def _faults_above(faults: list, place: Place, first_row: int, *, is_rejected: bool) -> list:
    """List what is said of a column or a table as a whole, at a header or a title; or of a file."""
    sheet, _, column = place
    above = []
    for fault in faults:
        is_of_column = fault[0] == sheet and fault[1] < first_row and fault[2] == column
        is_of_file = fault[4] == "error" and not fault[0]
        is_of_sheet = fault[4] == "error" and is_rejected and fault[0] == sheet
        if is_of_column or is_of_file or is_of_sheet:
            above.append(fault)
    return above


def _is_named(place: Place, where: set, rows: set) -> bool:
    """Say whether a fault is at a place, or at its row."""
    if place[2] == 0:
        return place[:2] in rows
    return place in where or (*place[:2], 0) in where


def judge(seed: int, folder: Path) -> Verdict:
    """Make the file of a seed, read it, and say of each value what became of it."""
    case = make(seed)
    form = case.form
    file = folder / f"report.{form.layout.file}"
    corpus.save(form, file)
    read = workbook.read(file)
    verdict = Verdict(is_complete=read.is_complete, plain=not (case.planted or case.left))
    is_question = read.faults["rule"].isin(QUESTIONS)
    verdict.questions = int(is_question.sum())
    faults = _list_faults(read)
    delivered = _delivered(read)
    spoilt = {key for defect in case.planted for key in defect.keys}
    first_rows: dict[str, int] = {}
    for sheet, row, _ in case.cells.values():
        first_rows[sheet] = min(row, first_rows.get(sheet, row))
    refused = read.rows[read.rows["kind"] == "rejected"]
    rejected = set(zip(refused["sheet"], refused["row"], strict=True))
    for key, true in case.truth.items():
        sheet, row, column = case.cells[key]
        faults_of_row = [fault for fault in faults if fault[:2] == (sheet, row)]
        faults_of_cell = [fault for fault in faults_of_row if fault[2] == column]
        is_rejected = (sheet, row) in rejected
        above = _faults_above(faults, case.cells[key], first_rows[sheet], is_rejected=is_rejected)
        if key not in delivered:
            is_said = above or any(fault[4] == "error" for fault in faults_of_row)
            outcome = "refused" if is_said and not read.is_complete else "dropped"
        elif delivered[key] == true:
            outcome = "right"
        else:
            outcome = "asked" if faults_of_row or above else "wrong"
        verdict.outcomes[outcome] += 1
        if outcome in {"dropped", "wrong"}:
            verdict.failures.append(f"{outcome} {key} true {true} delivered {delivered.get(key)}")
        if key not in spoilt:
            verdict.clean += 1
            # some really do
            falls = faults_of_cell and all(fault[3] == "falls" for fault in faults_of_cell)
            touched = key[:2] in {spoilt_key[:2] for spoilt_key in spoilt}
            if (outcome != "right" and not touched) or (faults_of_cell and not falls):
                rules = [fault[3] for fault in (faults_of_row or above)]
                verdict.alarms.append(f"{key} {outcome} {rules}")
    where = {fault[:3] for fault in faults}
    rows = {place[:2] for place in where}
    for defect in case.planted:
        verdict.planted[defect.kind] += 1
        hit = any(_is_named(place, where, rows) for place in defect.places)
        # a sum with a wrong part is held to nothing: it is found once that is mended
        is_beside_others = defect.kind == "wrong total" and len(case.planted) > 1
        hit = hit or (is_beside_others and not read.is_complete)
        verdict.found[defect.kind] += bool(hit)
        verdict.missed += [] if hit else [f"{defect.kind} at {sorted(defect.places)[:2]}"]
    years = [defect for defect in case.planted if defect.kind == "another year"]
    other_years = {place[:2] for defect in years for place in defect.places}
    if set(delivered) - set(case.truth) and not other_years & rows:
        verdict.failures.append(f"nobody's: {sorted(set(delivered) - set(case.truth))[:3]}")
    cells = [cell for grid in form.sheets.values() for line in grid for cell in line]
    n_held = sum(map(holds, cells))
    uses = read.uses.drop(columns="sheet")
    n_accounted_for = int(uses.sum().sum())
    lines = sum(_height(grid) for grid in form.sheets.values())
    if (n_held, lines) != (n_accounted_for, len(read.rows)):
        verdict.failures.append(f"{n_held} cells, {lines} rows; accounted for {n_accounted_for}")
    if case.left and read.is_complete:
        verdict.failures.append("a column that nobody knows was left out under all is accepted")
    return verdict


def _cell_of(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(address[len(letters) :] or 0), column


def holds(cell: object) -> bool:
    """Say whether something stands in a cell."""
    return cell is not None and str(cell).strip() != ""


def _height(grid: list[list[object]]) -> int:
    filled = [row for row, line in enumerate(grid, 1) if any(map(holds, line))]
    return max(filled, default=0)


def _delivered(read: workbook.Checked) -> dict[Key, int]:
    counts = read.reports.rename(columns={"indicator": "name"})
    of_residents = counts["name"] != "files_online"
    counts["out_of"] = counts["out_of"].mask(of_residents)
    delivered: dict[Key, int] = {}
    for table in (counts, read.teams.assign(name="")):
        parts = [part for part in ("count", "out_of", "teams", "members") if part in table]
        for line in table.itertuples():
            numbers = {part: getattr(line, part) for part in parts}
            name = f"{line.name}." if line.name else ""
            key = str(line.code), int(line.period)
            for part, number in numbers.items():
                if pd.notna(number):
                    delivered[(*key, name + part)] = int(number)
    return delivered
