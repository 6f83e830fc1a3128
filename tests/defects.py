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
CALLED = {
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
UNITS = {"teams": "tổ", "files_online": "hồ sơ", "ecommerce_guided": "hộ"}
STATED = "Đơn vị tính: người, hộ, tổ, hồ sơ"
PLANNED = "Tổng số tổ theo kế hoạch:"
TYPES = {
    **{"Thành phố ": ("TP. ", "TP "), "Thị xã ": ("TX.", "TX "), "Huyện ": ("H. ", "H.")},
    **{"Phường ": ("P. ", "P."), "Thị trấn ": ("TT. ", "TT "), "Xã ": ("X. ", "X.")},
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
        return frozenset(
            key
            for key, place in self.cells.items()
            if sheet in ("", place[0]) and name in ("", key[2]) and row in (None, key[:2])
        )

    def line(self, key: tuple[str, int]) -> Place:
        return (*self.form.at(self.rows[key]), 0)

    def any_row(self) -> tuple[str, int]:
        touched = {key[:2] for one in self.planted for key in one.keys}
        return self.rng.choice(sorted(set(self.rows) - touched) or sorted(self.rows))

    def heads(self, name: str) -> list[Place]:
        return self.form.heads[name]


def written(name: str, how: str, rng: random.Random) -> str:
    """Write the name of a place in one of the ways in which people do."""
    kind = next(kind for kind in TYPES if name.startswith(kind))
    rest = name.removeprefix(kind)
    if how == "plain":
        letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
        return letters.encode("ascii", "ignore").decode()
    if how == "core":
        small = kind in {"Xã ", "Phường ", "Thị trấn "} and not set(rest) <= set("IVX")
        return rest if small else name
    return {"short": rng.choice(TYPES[kind]) + rest, "upper": name.upper()}.get(how, name)


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
    report, labels = corpus.report(periods), corpus.district_names()
    chosen = rng.sample(sorted(labels), 1 if district == "title" else rng.choice([1, 2, 3, 8, 8]))
    report.rows = [row for row in report.rows if corpus.home(row) in chosen]
    for at, row in enumerate(report.rows, 1):
        home = labels[corpus.home(row)]
        row.sheet = home if district == "sheets" else row.sheet
        row.cells |= {
            "commune": written(row.cells["commune"], names, rng),
            "district": written(home, names, rng),
            **{"STT": at, "text": rng.choice(["Trần B", "Lê C", None])},
            **{"nothing": rng.randint(1, 9), "area": rng.randint(300, 4000)},
            "remark": rng.choice([None, None, "đã kiểm tra"]),
        }
    both = [
        name for name in corpus.fields_of(periods[0])[6:] if name in corpus.fields_of(periods[-1])
    ]
    measures = list(dict.fromkeys(name.split(".")[0] for name in both))
    some = rng.sample(measures, rng.randint(1, len(measures)))
    fields = ["teams", "members", *(name for name in both if name.split(".")[0] in some)]
    extras = [one for one in ("STT", "remark", "text", "area") if rng.random() < 0.25]
    numbers = [*fields, *(one for one in extras if one != "STT")]
    rng.shuffle(numbers)
    where = {
        "STT": "STT" in extras,
        "code": district == "none" or rng.random() < 0.4,
        "district": district in {"column", "first", "merged"},
        "commune": True,
        "period": period == "column",
    }
    nothing = ["nothing"] * (rng.random() < 0.1)
    report.fields = [*(name for name in where if where[name]), *numbers, *nothing]
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
    layout = corpus.Layout(
        titles=tuple(titles),
        notes=tuple(rng.sample(NOTES, 2)) if rng.random() < 0.4 else (),
        headers=headers,
        called={
            name: rng.choice(told) for name, told in CALLED.items() if plain or name in UNKNOWN
        },
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
    left = sum(name in UNKNOWN for name in report.fields)
    for sheet, lines in form.rows.items():
        for at, row in enumerate(lines, 1):
            if row.label == PLANNED:
                form.put((sheet, at, 2), 525)
                left += 1
    rows = {(row.cells["code"], row.cells["period"]): row for row in report.rows}
    cells = {(*key, name): form.place(row, name) for key, row in rows.items() for name in fields}
    truth = {key: rows[key[:2]].cells[key[2]] for key in cells}
    return Case(rng, form, rows, cells, truth, left)


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
        key = case.rng.choice(
            [one for one in keys if kind != "too many" or "_users" in one[2]] or [""]
        )
        told = CELLS[kind](case.truth[key], case.rng) if key else None
        if told is None:
            return None
        case.form.put(case.cells[key], told)
        return {case.cells[key]}, frozenset({key})

    return plant


def _pair(*pairs: tuple[str, str], least: int):
    """Swap two cells of a row that cannot be each other, or put one above the other."""

    def plant(case: Case) -> Spoilt | None:
        row = case.any_row()
        for one, other in pairs:
            a, b = (*row, one), (*row, other)
            if a in case.cells and case.truth[a] < case.truth[b]:
                case.form.put(case.cells[a], case.truth[b] + least)
                if not least:
                    case.form.put(case.cells[b], case.truth[a])
                return {case.line(row)}, frozenset({a} if least else {a, b})
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
        told = case.rng.choice(tellers)(case, row, case.form.get(place))
        if told is None or case.form.get(place) is None:
            return None
        case.form.put(place, told)
        return {case.line(row)}, case.of(row=row)

    return plant


def _slip(case: Case, _: object, name: str) -> str | None:
    if sum(map(str.isalpha, name)) < 8 or name.split()[-1].strip(".").upper() in corpus.ROMAN:
        return None
    return case.rng.choice([f"{name}h", f"{name[:-2]}q{name[-2:]}", f"{name[:-1]}z"])


def _other_period(case: Case, _: object, period: int) -> int:
    both = len({period for _, period in case.rows}) > 1
    return case.rng.choice([2019, 2031, 2019 if both else 4045 - period])


def _other_district(case: Case, row: tuple[str, int], _: object) -> str | None:
    own = corpus.district_names()[corpus.home(case.rows[row])]
    others = [name for name in corpus.district_names().values() if name != own]
    return None if case.form.layout.merged or case.form.layout.first else case.rng.choice(others)


def _other_code(case: Case, row: tuple[str, int], _: object) -> str:
    codes = [one for one in corpus.lists()[0].index if one != row[0]]
    return case.rng.choice([*codes[:20], "99999"])


def _shifted(case: Case) -> Spoilt:
    """Move the numbers of a row one cell to the right."""
    row = case.any_row()
    sheet, at, _ = case.line(row)
    first = min(case.cells[key][2] for key in case.of(row=row))
    case.form.sheets[sheet][at - 1].insert(first - 1, None)
    return {case.line(row)}, case.of(row=row)


def _wrong_total(case: Case) -> Spoilt | None:
    totals = [
        row for rows in case.form.rows.values() for row in rows if row.kind == "total" and row.cells
    ]
    if not totals or case.planted:
        return None
    place = case.form.place(case.rng.choice(totals), "members")
    case.form.put(place, case.form.get(place) + case.rng.choice([-1, 1, 10, 100]))
    return {place}, frozenset()


def _stray(case: Case) -> Spoilt | None:
    """Type a number into the remarks of a row, or right of its table."""
    row = case.any_row()
    sheet, at, _ = case.line(row)
    if "nothing" in case.form.columns:
        return None
    width = len(case.form.sheets[sheet][at - 1])
    remark = case.form.columns.get("remark", width + 1)
    place = (sheet, at, case.rng.choice([remark, width + 1, width + 3]))
    case.form.put(place, case.rng.randint(1, 5000))
    return {place}, case.of(row=row)


def _block(case: Case) -> Spoilt:
    """Put a small block of numbers below the table, right of it or on a sheet of its own."""
    name = case.rng.choice(list(case.form.sheets))
    if case.form.layout.file != "csv" and case.rng.random() < 0.5:
        name = "Khác"
    grid = case.form.sheets.setdefault(name, [])
    right = [None] * case.rng.choice([0, max(map(len, grid), default=0) + 1])
    grid += [[], [*right, "Máy tính", "Điểm"], [*right, 5, 67], [*right, 8, 90]]
    place = (name, len(grid) - 1, len(right) + 1)
    return {place, (*place[:2], 0)}, frozenset()


def _head(*ways: str, alone: bool = False):
    """Say in a heading of its own that a column holds another thing."""

    def plant(case: Case) -> Spoilt | None:
        layout = case.form.layout
        if layout.two_rows or layout.headers == "machine" or case.planted or layout.units:
            return None
        periods = {period for _, period in case.rows}
        way = case.rng.choice(ways)
        if "{period}" in way and (len(periods) > 1 or "period" not in case.form.columns):
            return None
        name = case.rng.choice(sorted({key[2] for key in case.cells if key[2] not in FILES}))
        for place in case.heads(name):
            text = str(case.form.get(place)).split(" (")[0]
            case.form.put(place, way.format(text, period=4045 - min(periods)))
        keys = _spoil(case, case.of(name=name))
        return set(case.heads(name)[:1]), keys if alone else frozenset(case.cells)

    return plant


def _title(*texts: str, wrong: bool = True):
    """Say in the first title that the table is of another thing than a year that has passed."""

    def plant(case: Case) -> Spoilt | None:
        name = case.rng.choice(sorted(case.form.sheets))
        first = case.form.rows[name][0]
        homes = {corpus.home(row) for row in case.rows.values()}
        others = [told for code, told in corpus.district_names().items() if code not in homes]
        fixed = any(one.startswith("BIỂU") for one in case.form.layout.titles)
        if first.label not in TITLES or case.planted or (not wrong and (fixed or not others)):
            return None
        if not wrong and (
            len(case.form.sheets) > 1 or "district" not in "".join(case.form.columns)
        ):
            return None
        text = case.rng.choice(texts).format(*(others[:1] or [""]), period=min(case.rows)[1])
        case.form.put((name, 1, 1), text.upper())
        keys = case.of(name)
        rows = {case.line(row) for row in case.rows} if not wrong else set()
        tops = {(name, at, 0) for at in range(1, 12)} if not wrong else {(name, 1, 1)}
        return rows | tops, _spoil(case, keys) if wrong else keys

    return plant


def _unit(*units: str, row: bool):
    """Say above a table, or below a header, that numbers are thousands, shares or money."""

    def plant(case: Case) -> Spoilt | None:
        name, rows = next(iter(case.form.rows.items()))
        at = next((at for at, one in enumerate(rows, 1) if one.label == STATED), 0)
        layout, unit = case.form.layout, case.rng.choice(units)
        if row and layout.units:
            field_ = case.rng.choice(sorted(layout.units))
            for sheet, top, column in case.heads(field_):
                case.form.put((sheet, top + 1 + layout.two_rows, column), unit)
            _spoil(case, case.of(name=field_))
            places = {(one[0], one[1] + 1 + layout.two_rows, one[2]) for one in case.heads(field_)}
            return places | set(case.heads(field_)), frozenset(case.cells)
        if row or not at:
            return None
        case.form.put((name, at, 3), case.rng.choice(["Đơn vị tính: {}", "(ĐVT: {})"]).format(unit))
        return {(name, at, 3)}, _spoil(case, case.of(name))

    return plant


def _look(*looks: str):
    """Let a cell show another thing than it holds, or strike it out."""

    def plant(case: Case) -> Spoilt | None:
        key = case.rng.choice(sorted(case.of(row=case.any_row())))
        place, true, look = case.cells[key], case.truth[key], case.rng.choice(looks)
        if case.form.layout.file == "csv" or type(case.form.get(place)) is not int:
            return None
        if look == "rich":
            case.form.put(place, [(str(true + 1), "struck"), (str(true), "")])
        else:
            case.form.put(place, 1000 * true if look == "#,##0," else true)
            case.form.looks[place] = look
        return {place}, _spoil(case, frozenset({key}))

    return plant


DEFECTS = {
    **{kind: _cell(kind) for kind in CELLS},
    "above its total": _pair(FILES, least=1),
    "swapped cells": _pair(("teams", "members"), FILES, least=0),
    "misspelt name": _of_row("commune", _slip),
    "another year": _of_row("period", _other_period),
    "another district": _of_row("district", _other_district),
    "another code": _of_row("code", _other_code),
    **{"shifted row": _shifted, "wrong total": _wrong_total},
    **{"stray number": _stray, "block outside": _block},
    "unknown header": _head("Số máy tính bảng", "Kinh phí", "Chỉ số phụ", alone=True),
    "unit in a heading": _head("{} (nghìn người)", "{}, ĐVT: nghìn người", "{} - triệu đồng"),
    "plan in a heading": _head("Kế hoạch: {}", "{} (kế hoạch)", "KH {}"),
    "another year in a heading": _head("{} (đến 31/12/{period})"),
    "part of a year": _title("báo cáo 9 tháng đầu năm {period}", "báo cáo quý III năm {period}"),
    "plan in a title": _title("báo cáo kế hoạch năm {period}", "chỉ tiêu kế hoạch năm {period}"),
    "another district in the title": _title("báo cáo của {}", wrong=False),
    "unit of a table": _unit("nghìn người", "%", "triệu đồng", "1.000 người", row=False),
    "unit in a row of units": _unit("nghìn người", "1.000 hộ", "triệu đồng", row=True),
    "number format": _look('0"%"', "#,##0,", '0.0" nghìn"'),
    "struck out": _look("struck", "rich"),
}


def make(seed: int) -> Case:
    """Make the file of a seed: its layout, and up to four defects in it."""
    rng = random.Random(seed)
    case = draw(rng)
    for kind in rng.sample(list(DEFECTS), rng.choice([0, 1, 2, 4, 6])):
        touched = {key[:2] for one in case.planted for key in one.keys}
        if touched and kind in {"block outside", "shifted row"}:
            continue
        found = DEFECTS[kind](case)
        if found is not None:
            places, keys = found
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
    complete: bool = False


def judge(seed: int, folder: Path) -> Verdict:
    """Make the file of a seed, read it, and say of each value what became of it."""
    case = make(seed)
    form = case.form
    file = folder / f"report.{form.layout.file}"
    corpus.save(form, file)
    read = workbook.read(file)
    done = Verdict(complete=read.complete, plain=not (case.planted or case.left))
    done.questions = int(read.faults["rule"].isin(QUESTIONS).sum())
    faults = [
        (one.sheet, *at, one.rule, one.severity, one.message)
        for one in read.faults.itertuples()
        for at in [*map(_cell_of, one.cells)] or [_cell_of(f"{one.column}{one.row}")]
    ]
    delivered = _delivered(read)
    spoilt = {key for one in case.planted for key in one.keys}
    first = {
        sheet: min(place[1] for place in case.cells.values() if place[0] == sheet)
        for sheet in {place[0] for place in case.cells.values()}
    }
    refused = read.rows[read.rows["kind"] == "rejected"]
    rejected = set(zip(refused["sheet"], refused["row"], strict=True))
    for key, true in case.truth.items():
        sheet, row, column = case.cells[key]
        at_row = [one for one in faults if one[:2] == (sheet, row)]
        at_cell = [one for one in at_row if one[2] == column]
        # what is said of a column or a table as a whole, at its header or a title; or of the file
        above = [
            one
            for one in faults
            if (one[0] == sheet and one[1] < first[sheet] and one[2] == column)
            or (one[4] == "error" and not one[0])
            or (one[4] == "error" and (sheet, row) in rejected and one[0] == sheet)
        ]
        if key not in delivered:
            said = above or any(one[4] == "error" for one in at_row)
            outcome = "refused" if said and not read.complete else "dropped"
        else:
            outcome = "right" if delivered[key] == true else "asked" if at_row or above else "wrong"
        done.outcomes[outcome] += 1
        if outcome in {"dropped", "wrong"}:
            done.failures.append(f"{outcome} {key} true {true} delivered {delivered.get(key)}")
        if key not in spoilt:
            done.clean += 1
            falls = at_cell and all(one[3] == "falls" for one in at_cell)  # some really do
            touched = key[:2] in {one[:2] for one in spoilt}
            if (outcome != "right" and not touched) or (at_cell and not falls):
                done.alarms.append(f"{key} {outcome} {[one[3] for one in (at_row or above)]}")
    where = {one[:3] for one in faults}
    rows = {place[:2] for place in where}
    for one in case.planted:
        done.planted[one.kind] += 1
        hit = any(
            place[:2] in rows if place[2] == 0 else place in where or (*place[:2], 0) in where
            for place in one.places
        )
        # a sum with a wrong part is held to nothing: it is found once that is mended
        hit = hit or (one.kind == "wrong total" and len(case.planted) > 1 and not read.complete)
        done.found[one.kind] += bool(hit)
        done.missed += [] if hit else [f"{one.kind} at {sorted(one.places)[:2]}"]
    named = {
        place[:2] for one in case.planted for place in one.places if one.kind == "another year"
    }
    if set(delivered) - set(case.truth) and not named & rows:
        done.failures.append(f"nobody's: {sorted(set(delivered) - set(case.truth))[:3]}")
    held = sum(holds(cell) for grid in form.sheets.values() for line in grid for cell in line)
    told = int(read.uses.drop(columns="sheet").sum().sum())
    lines = sum(_height(grid) for grid in form.sheets.values())
    if (held, lines) != (told, len(read.rows)):
        done.failures.append(f"{held} cells, {lines} rows; accounted for {told}, {len(read.rows)}")
    if case.left and read.complete:
        done.failures.append("a column that nobody knows was left out under all is accepted")
    return done


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
    return max((row for row, line in enumerate(grid, 1) if any(map(holds, line))), default=0)


def _delivered(read: workbook.Checked) -> dict[Key, int]:
    counts = read.reports.rename(columns={"indicator": "name"})
    of_residents = counts["name"] != "files_online"
    counts["out_of"] = counts["out_of"].mask(of_residents)
    found: dict[Key, int] = {}
    for table in (counts, read.teams.assign(name="")):
        parts = [one for one in ("count", "out_of", "teams", "members") if one in table]
        for line in table.itertuples():
            told = {part: getattr(line, part) for part in parts}
            name = f"{line.name}." if line.name else ""
            key = str(line.code), int(line.period)
            found |= {(*key, name + at): int(one) for at, one in told.items() if pd.notna(one)}
    return found
