"""
Put random defects into random layouts, and say of each value what became of it.

    python tests/defects.py 0 500        # seeds: the figures, and each seed that fails

Each seed makes a file of its own: places, years, headers, blocks, totals, format and encoding are
drawn, then up to five defects. Of every value that was written the outcome is `right`, `refused`
(a fault at its cell, row, column or table), `asked` (delivered with a warning at it, or left out
and listed), `wrong` (delivered otherwise than it is true, and nothing said) or `dropped` (neither
delivered nor named). Nothing here uses the reader that is tested.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

import corpus
import old_excel
import pandas as pd
import xlsxwriter

from hganalysis import indicators, words, workbook
from hganalysis.workbook.faults import ASKED

Key = tuple[str, int, str]
"""Commune, year and field of a value."""
Place = tuple[str, int, int]
"""Sheet, row and column of a cell, from 1; column 0 for any of the row."""

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
TITLES = (
    "ỦY BAN NHÂN DÂN TỈNH HẬU GIANG",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "BÁO CÁO KẾT QUẢ PHONG TRÀO THI ĐUA",
    "Vị Thanh, ngày 15 tháng 01 năm 2024",
    "(Kèm theo Công văn số 12/BC-UBND)",
)
NOTES = ("Ghi chú: số liệu chính thức", "Người lập biểu", "Nguyễn Văn A", "* Nguồn: UBND các xã")
FIXED = {
    "code": ("Mã xã", "Mã ĐVHC", "Mã"),
    "district": ("Huyện, thị xã, thành phố", "Quận/Huyện", "Huyện"),
    "commune": ("Xã, phường, thị trấn", "Tên xã", "Đơn vị hành chính", "Địa phương"),
    "year": ("Năm", "Năm báo cáo"),
    "teams": ("Số tổ", "Số tổ công nghệ số cộng đồng", "Tổ CNSCĐ", "SL tổ", "Số tổ (tổ)"),
    "members": ("Số thành viên", "Thành viên", "Số TV", "Số thành viên (người)"),
    "STT": ("STT", "TT", "Số TT"),
    "remark": ("Ghi chú", "Nhận xét"),
    "text": ("Cán bộ phụ trách", "Tên tổ trưởng"),
    "nothing": ("",),
    "area": ("Diện tích (ha)", "Số máy tính"),
}
UNITS = {
    **{"teams": "tổ", "members": "người", "files_online": "hồ sơ", "informed": "người"},
    **{"app_users": "người", "ewallet_users": "người", "online_service_users": "người"},
    **{"ecommerce_guided": "hộ"},
}
TYPES = {
    "Thành phố ": ("TP. ", "TP ", "thành phố "),
    "Thị xã ": ("TX.", "TX ", "thị xã "),
    "Huyện ": ("H. ", "H.", "huyện "),
    "Phường ": ("P. ", "P.", "phường "),
    "Thị trấn ": ("TT. ", "TT ", "thị trấn "),
    "Xã ": ("X. ", "X.", "xã "),
}


@dataclass(frozen=True)
class Planted:
    """A defect: its kind, the cells of which one has to be named, the values that it spoils."""

    kind: str
    places: frozenset[Place]
    keys: frozenset[Key]
    named: str = ""
    """What a fault of the whole file has to name, where nothing stands any more."""


@dataclass(frozen=True)
class Plan:
    """What was drawn for a file."""

    years: tuple[int, ...]
    district: str
    """How districts are told: column, first, merged, blocks, title, sheets or none."""
    year: str
    """How years are told: column, title or sheets."""
    code: bool
    names: str
    head: str
    fields: tuple[str, ...]
    extras: tuple[str, ...]
    numbered: bool
    two_rows: bool
    totals: str
    sums: bool
    mark: str
    summary: bool
    blank_head: bool
    number_in_title: bool
    file: str
    encoding: str
    stated: bool = False
    """Whether a line above the table names the unit of its numbers."""
    units: bool = False
    """Whether a row below the header names the unit of each column."""


@dataclass
class Form:
    """A report that is being laid out."""

    rng: random.Random
    plan: Plan
    truth: dict[Key, int] = field(default_factory=dict)
    sheets: dict[str, list[list[object]]] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    cells: dict[Key, Place] = field(default_factory=dict)
    rows: dict[tuple[str, int], Place] = field(default_factory=dict)
    names: dict[tuple[str, int], dict[str, Place]] = field(default_factory=dict)
    totals: list[Place] = field(default_factory=list)
    heads: dict[str, list[Place]] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    left: int = 0
    """Columns that nobody knows, which have to be listed."""
    stated: list[Place] = field(default_factory=list)
    units: dict[str, list[Place]] = field(default_factory=dict)
    formats: dict[Place, str] = field(default_factory=dict)
    struck: set[Place] = field(default_factory=set)

    def get(self, place: Place) -> object:
        sheet, row, column = place
        return self.sheets[sheet][row - 1][column - 1]

    def put(self, place: Place, value: object) -> None:
        sheet, row, column = place
        line = self.sheets[sheet][row - 1]
        line += [None] * (column - len(line))
        line[column - 1] = value


def draw(rng: random.Random) -> Plan:
    """Draw a layout, leaving out what nobody could read."""
    years = rng.choice([(2022,), (2022,), (2023,), (2022, 2023)])
    file = rng.choice(["xlsx", "xlsx", "csv", "ods"])
    district = rng.choice(
        ["column", "first", "merged", "blocks", "blocks", "title", "sheets", "none"]
    )
    if district == "merged" and file != "xlsx":
        district = "first"
    if district == "sheets" and file == "csv":
        district = "title"
    ways = ["column", "title"] if len(years) == 1 else ["column"]
    if len(years) > 1 and file != "csv" and district not in {"sheets", "title"}:
        ways.append("sheets")
    year = rng.choice(ways)
    code = district == "none" or rng.random() < 0.4
    names = rng.choice(["full", "upper", "plain", "short", "core"])
    if names == "core" and district == "none":
        names = "full"
    both = [name for name in corpus.fields_of(max(years))[6:] if name in corpus.fields_of(years[0])]
    measures = list(dict.fromkeys(name.split(".")[0] for name in both))
    some = rng.sample(measures, rng.randint(1, len(measures)))
    numbers = ["teams", "members", *(name for name in both if name.split(".")[0] in some)]
    one_table = len(years) == 1 or year == "sheets"
    return Plan(
        *(years, district, year, code, names),
        head=rng.choice(["label", "form", "form short", "counts", "en", "machine"]),
        fields=tuple(numbers),
        extras=tuple(x for x in ("STT", "remark", "text", "area") if rng.random() < 0.25),
        numbered=rng.random() < 0.2,
        two_rows=rng.random() < 0.25 and file == "xlsx",
        totals=rng.choice(["", "", "below", "all", "below all"]) if one_table else "",
        sums=rng.random() < 0.5 and one_table,
        mark=rng.choice(["{}. ", "{} - ", "{}) ", "{}/ ", ""]),
        summary=rng.random() < 0.2 and file != "csv" and len(years) == 1,
        blank_head=rng.random() < 0.1,
        number_in_title=rng.random() < 0.1,
        file=file,
        encoding=rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1258"]) if file == "csv" else "",
    )


def draw_more(plan: Plan, rng: random.Random) -> Plan:
    """Draw what was thought of later, so that a seed keeps the layout that it had."""
    return replace(
        plan,
        file="xls" if plan.file == "xlsx" and rng.random() < 0.35 else plan.file,
        stated=rng.random() < 0.3,
        units=rng.random() < 0.2 and plan.head != "machine" and not plan.two_rows,
    )


# --- laying out ---


def written(name: str, how: str, rng: random.Random) -> str:
    """Write the name of a place in one of the ways in which people do."""
    kind = next(kind for kind in TYPES if name.startswith(kind))
    if how == "short":
        return rng.choice(TYPES[kind]) + name.removeprefix(kind)
    if how == "core" and kind in {"Xã ", "Phường ", "Thị trấn "}:
        core = name.removeprefix(kind)
        return name if set(core) <= set("IVX") else core
    if how == "plain":
        return (
            corpus.unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
            .encode("ascii", "ignore")
            .decode()
        )
    return name.upper() if how == "upper" else name


def header(name: str, plan: Plan, rng: random.Random) -> str:
    """Head a column in one of the ways that are known."""
    if "." not in name:
        machine = plan.head == "machine" and name in corpus.HEADERS
        return name if machine else rng.choice(FIXED[name])
    measure, part = name.split(".")
    with words.use("en" if plan.head == "en" else "vi"):
        one = indicators.get(measure, year=plan.years[0])
        label = words.term("template.count", counts=one.counts, when=one.when)
        whole = words.term("template.out_of_other", out_of=one.out_of, label=one.label)
        if plan.head == "machine":
            return name
        if part == "out_of":
            return whole if plan.head.startswith("form") else f"{one.label} ({_of(plan)})"
        if plan.head == "form" and len(plan.years) == 1:
            return label
        if plan.head.startswith("form"):
            return label.split(" (")[0]
        return one.counts if plan.head == "counts" else one.label


def _of(plan: Plan) -> str:
    return "out of" if plan.head == "en" else "trên tổng số"


def lay_out(plan: Plan, rng: random.Random) -> Form:
    """Lay a report out that is right."""
    form = Form(rng, plan)
    upper = corpus.lists()[0]["district_code"].to_dict()
    label = corpus.district_names()
    number = 1 if plan.district == "title" else rng.choice([1, 2, 3, 8, 8])
    chosen = sorted(rng.sample(sorted(label), number))
    made = corpus.report(plan.years)
    data = [row.cells for row in made.data() if upper[row.cells["code"]] in chosen]
    if plan.names == "core" and plan.district in {"column", "first", "merged", "blocks"}:
        pass  # the district beside it tells
    sheets: dict[str, list[dict]] = {}
    for cells in data:
        name = "Báo cáo"
        if plan.district == "sheets":
            name = label[upper[cells["code"]]]
        if plan.year == "sheets":
            name = f"Năm {cells['year']}"
        sheets.setdefault("report" if plan.file == "csv" else name, []).append(cells)
    for name, rows in sheets.items():
        _sheet(form, plan, name, rows, upper, label)
    if plan.summary:
        _summary(form, plan, data, upper, label)
    return form


def _sheet(form: Form, plan: Plan, name: str, rows: list[dict], upper: dict, label: dict) -> None:
    rng = form.rng
    grid: list[list[object]] = form.sheets.setdefault(name, [])
    grid += [[text] for text in rng.sample(TITLES, rng.randint(0, 3))]
    here = label[upper[rows[0]["code"]]]
    if plan.district == "title":
        grid.append([f"BIỂU TỔNG HỢP CỦA {here.upper()}"])
    if plan.year == "title":
        grid.append([f"SỐ LIỆU NĂM {plan.years[0]}"])
    if plan.number_in_title:
        grid.append(["Tổng số tổ theo kế hoạch:", 525])
        form.left += 1
    if plan.stated:
        grid.append([None, None, "Đơn vị tính: người, hộ, tổ, hồ sơ"])
        form.stated.append((name, len(grid), 3))
    if rng.random() < 0.3 and grid:
        grid.append([])
    places = ["code"] * plan.code
    places += ["district"] * (plan.district in {"column", "first", "merged"})
    places += ["commune"]
    places += ["year"] * (plan.year == "column")
    numbers = [*plan.fields, *(extra for extra in plan.extras if extra != "STT")]
    rng.shuffle(numbers)
    columns = ["STT"] * ("STT" in plan.extras) + places + numbers
    columns += ["nothing"] * plan.blank_head
    column = {one: at for at, one in enumerate(columns, 1)}
    _headers(form, plan, name, column)
    if plan.units:
        grid.append([UNITS.get(one.split(".")[0]) for one in columns])
        for one in plan.fields:
            form.units.setdefault(one, []).append((name, len(grid), column[one]))
    if plan.numbered and plan.head != "machine":
        grid.append([str(at) for at in range(1, len(columns) + 1)])
    order = sorted(rows, key=lambda cells: (cells["year"], upper[cells["code"]], cells["code"]))
    blocks: list[list[dict]] = []
    for cells in order:
        key = (cells["year"], upper[cells["code"]])
        if not blocks or (blocks[-1][0]["year"], upper[blocks[-1][0]["code"]]) != key:
            blocks.append([])
        blocks[-1].append(cells)
    for at, block in enumerate(blocks):
        district = label[upper[block[0]["code"]]]
        how = plan.names if plan.names != "core" else "full"
        if plan.district == "blocks":
            head = [None] * len(columns)
            mark = plan.mark.format(ROMAN[at % 8])
            head[column["commune"] - 1] = mark + written(district, how, rng)
            grid.append(head)
            if plan.sums:
                _sums(form, plan, name, column, block)
        start = len(grid) + 1
        for count, cells in enumerate(block, 1):
            line: list[object] = [None] * len(columns)
            grid.append(line)
            row = len(grid)
            key = (cells["code"], cells["year"])
            form.rows[key] = (name, row, 0)
            told = {
                "code": cells["code"],
                "commune": written(cells["commune"], plan.names, rng),
                "district": written(district, how, rng),
                "year": cells["year"],
                "STT": count,
                "text": rng.choice(["Trần B", "Lê C", None]),
                "nothing": rng.randint(1, 9),
                "area": rng.randint(300, 4000),
                "remark": rng.choice([None, None, "đã kiểm tra"]),
            }
            if plan.district in {"first", "merged"} and count > 1:
                told["district"] = None
            for one, place in column.items():
                line[place - 1] = told[one] if one in told else cells[one]
                if one in plan.fields:
                    form.cells[(*key, one)] = (name, row, place)
                    form.truth[(*key, one)] = cells[one]
                elif one in {"code", "district", "commune", "year"} and line[place - 1] is not None:
                    form.names.setdefault(key, {})[one] = (name, row, place)
        if plan.district == "merged" and len(block) > 1:
            at_ = column["district"]
            form.merges.setdefault(name, []).append((start, at_, len(grid), at_))
        if "below" in plan.totals and not (plan.district == "blocks" and plan.sums):
            grid.append([None] * len(columns))
            grid[-1][column["commune"] - 1] = rng.choice(["Cộng {}", "Tổng {}"]).format(district)
            _sums(form, plan, name, column, block)
    if "all" in plan.totals:
        grid.append([None] * len(columns))
        grid[-1][column["commune"] - 1] = rng.choice(["TỔNG CỘNG", "Tổng cộng toàn bảng", "Cộng"])
        if grid[-1][column["commune"] - 1] == "Tổng cộng toàn bảng":
            grid[-1][column["commune"] - 1] = "Tổng cộng"
        _sums(form, plan, name, column, order)
    if rng.random() < 0.4:
        grid += [[], *([text] for text in rng.sample(NOTES, 2))]


def _headers(form: Form, plan: Plan, name: str, column: dict[str, int]) -> None:
    grid = form.sheets[name]
    texts = [header(one, plan, form.rng) for one in column]
    two = plan.two_rows and plan.head != "machine"
    top = len(grid) + 1
    grid.append(texts)
    pairs = [one for one in column if one.endswith(".out_of")]
    joined = [
        (column[one.replace("out_of", "count")], column[one])
        for one in pairs
        if column[one] == column[one.replace("out_of", "count")] + 1
    ]
    if two and joined:
        grid.append([None] * len(texts))
        merges = form.merges.setdefault(name, [])
        with words.use("en" if plan.head == "en" else "vi"):
            for left, right in joined:
                measure = list(column)[left - 1].split(".")[0]
                grid[-2][left - 1], grid[-2][right - 1] = indicators.measure_label(measure), None
                grid[-1][left - 1] = "Count" if plan.head == "en" else "Số đếm"
                grid[-1][right - 1] = "Out of" if plan.head == "en" else "Trên tổng số"
                merges.append((top, left, top, right))
        covered = {at for pair in joined for at in pair}
        merges += [(top, at, top + 1, at) for at in column.values() if at not in covered]
    for one, at in column.items():
        row = len(grid) if form.sheets[name][len(grid) - 1][at - 1] else top
        form.heads.setdefault(one, []).append((name, row, at))
        form.left += one in {"text", "area", "nothing"}


def _sums(form: Form, plan: Plan, name: str, column: dict[str, int], rows: list[dict]) -> None:
    row = len(form.sheets[name])
    for one in plan.fields:
        form.put((name, row, column[one]), sum(cells[one] for cells in rows))
        form.totals.append((name, row, column[one]))


def _summary(form: Form, plan: Plan, data: list[dict], upper: dict, label: dict) -> None:
    name = "Tổng hợp"
    heads = [form.rng.choice(["Huyện, thị xã, thành phố", "Đơn vị"])]
    grid = [[f"TỔNG HỢP NĂM {plan.years[0]}"], [*heads, "Số tổ", "Số thành viên"]]
    form.sheets[name] = grid
    for code in dict.fromkeys(upper[cells["code"]] for cells in data):
        some = [cells for cells in data if upper[cells["code"]] == code]
        grid.append([label[code], *(sum(c[one] for c in some) for one in ("teams", "members"))])
        form.totals += [(name, len(grid), 2), (name, len(grid), 3)]


# --- planting ---


def _row(form: Form) -> tuple[str, int]:
    free = [
        key
        for key in form.rows
        if not any((*key, one[2]) in one_.keys for one_ in form.planted for one in one_.keys)
    ]
    return form.rng.choice(sorted(free) or sorted(form.rows))


def _of_row(form: Form, key: tuple[str, int]) -> frozenset[Key]:
    return frozenset(one for one in form.cells if one[:2] == key)


def _whole_row(form: Form, key: tuple[str, int]) -> frozenset[Place]:
    return frozenset({form.rows[key]})


def _cell(kind: str, value, *, fields=None):
    """Make a defect of one cell."""

    def plant(form: Form) -> Planted | None:
        key = _row(form)
        some = [
            one for one in form.cells if one[:2] == key and (fields is None or one[2] in fields)
        ]
        if not some:
            return None
        one = form.rng.choice(sorted(some))
        told = value(form, one)
        if told is None:
            return None
        form.put(form.cells[one], told)
        return Planted(kind, frozenset({form.cells[one]}), frozenset({one}))

    return plant


def _above_total(form: Form) -> Planted | None:
    key = _row(form)
    count, of = (*key, "files_online.count"), (*key, "files_online.out_of")
    if count not in form.cells or of not in form.cells:
        return None
    form.put(form.cells[count], form.truth[of] + form.rng.randint(1, 50))
    return Planted(
        "above its total", frozenset({form.cells[count], form.cells[of]}), frozenset({count})
    )


def _swapped(form: Form) -> Planted | None:
    """Swap two cells of a row that cannot be each other."""
    key = _row(form)
    pairs = [("teams", "members"), ("files_online.count", "files_online.out_of")]
    pairs = [
        pair
        for pair in pairs
        if all((*key, one) in form.cells for one in pair)
        and form.truth[(*key, pair[0])] < form.truth[(*key, pair[1])]
    ]
    if not pairs:
        return None
    one, other = form.rng.choice(pairs)
    a, b = (*key, one), (*key, other)
    form.put(form.cells[a], form.truth[b])
    form.put(form.cells[b], form.truth[a])
    return Planted("swapped cells", _whole_row(form, key), frozenset({a, b}))


def _swapped_heads(form: Form) -> Planted | None:
    """Swap the headers of two columns: every row shows it where the numbers differ."""
    if len(form.heads["teams"]) > 1 or form.planted:
        return None
    [a], [b] = form.heads["teams"], form.heads["members"]
    one, other = form.get(a), form.get(b)
    form.put(a, other)
    form.put(b, one)
    keys = frozenset(key for key in form.cells if key[2] in {"teams", "members"})
    rows = frozenset(
        form.rows[key]
        for key in form.rows
        if form.truth[(*key, "teams")] < form.truth[(*key, "members")]
    )
    return Planted("swapped headers", rows, keys)


def _doubled(form: Form) -> Planted | None:
    """Write a row once more at the end of its sheet, as it is or with another number."""
    key = _row(form)
    sheet, row, _ = form.rows[key]
    last = max(place[1] for place in form.rows.values() if place[0] == sheet)
    if (sheet, last, 0) != form.rows[key] or key[0] not in {one[0] for one in form.rows}:
        return None  # only the last row can be followed by its copy and move nothing
    grid = form.sheets[sheet]
    if any(place[0] == sheet and place[1] > last for place in form.totals) or len(grid) > last:
        return None
    twin = list(grid[row - 1])
    other = form.rng.random() < 0.5
    if other:
        place = form.cells[(*key, "members")]
        twin[place[2] - 1] = form.truth[(*key, "members")] + 1
    grid.append(twin)
    keys = _of_row(form, key) if other else frozenset()
    return Planted("doubled row", frozenset({(sheet, last + 1, 0)}), keys)


def _gone(form: Form) -> Planted | None:
    """Empty the row of a commune."""
    key = _row(form)
    home = corpus.lists()[0].loc[key[0], "district_code"]
    others = [one for one in form.rows if corpus.lists()[0].loc[one[0], "district_code"] == home]
    if len(others) < 4 or any(key == one[:2] for p in form.planted for one in p.keys):
        return None
    sheet, row, _ = form.rows[key]
    keep = form.names[key].get("district")
    for at in range(1, len(form.sheets[sheet][row - 1]) + 1):
        if keep is None or at != keep[2]:
            form.put((sheet, row, at), None)
    if keep is not None and form.plan.district in {"column"}:
        form.put(keep, None)
    name = corpus.lists()[0].loc[key[0], "name_vi"]
    return Planted("missing commune", frozenset(), _of_row(form, key), named=name)


def _misspelt(form: Form) -> Planted | None:
    key = _row(form)
    place = form.names[key]["commune"]
    name = str(form.get(place))
    if sum(map(str.isalpha, name)) < 8 or name.split()[-1].strip(".").upper() in ROMAN:
        return None
    at = form.rng.randrange(len(name) - 2, len(name))
    wrong = form.rng.choice([name + "h", name[:at] + "q" + name[at:], name[:-1] + "z"])
    form.put(place, wrong)
    return Planted("misspelt name", _whole_row(form, key), _of_row(form, key))


def _wrong_total(form: Form) -> Planted | None:
    if not form.totals or form.planted:
        return None
    place = form.rng.choice(form.totals)
    form.put(place, int(form.get(place)) + form.rng.choice([-1, 1, 10, 100]))  # type: ignore[call-overload]
    return Planted("wrong total", frozenset({place}), frozenset())


def _shifted(form: Form) -> Planted | None:
    """Move the numbers of a row one cell to the right."""
    key = _row(form)
    sheet, row, _ = form.rows[key]
    first = min(form.cells[one][2] for one in _of_row(form, key))
    line = form.sheets[sheet][row - 1]
    line[first - 1 :] = [None, *line[first - 1 :]]
    return Planted("shifted row", _whole_row(form, key), _of_row(form, key))


def _other_year(form: Form) -> Planted | None:
    key = _row(form)
    place = form.names[key].get("year")
    if place is None:
        return None
    year = form.rng.choice([2019, 2031, 2022 if key[1] == 2023 else 2023])
    if len(form.plan.years) > 1 and year in form.plan.years:
        year = 2019
    form.put(place, year)
    return Planted("another year", _whole_row(form, key), _of_row(form, key))


def _unknown_head(form: Form) -> Planted | None:
    """Head a column so that nobody knows what it is."""
    if form.plan.two_rows or form.plan.head == "machine" or form.planted:
        return None
    one = form.rng.choice([name for name in form.plan.fields if not name.startswith("files")])
    for place in form.heads[one]:
        form.put(place, form.rng.choice(["Số máy tính bảng", "Kinh phí", "Chỉ số phụ"]))
    keys = frozenset(key for key in form.cells if key[2] == one)
    return Planted("unknown header", frozenset(form.heads[one][:1]), keys)


def _other_district(form: Form) -> Planted | None:
    if form.plan.district != "column":
        return None
    key = _row(form)
    home = corpus.lists()[0].loc[key[0], "district_code"]
    other = form.rng.choice(
        [name for code, name in corpus.district_names().items() if code != home]
    )
    form.put(form.names[key]["district"], other)
    return Planted("another district", _whole_row(form, key), _of_row(form, key))


def _other_code(form: Form) -> Planted | None:
    if not form.plan.code:
        return None
    key = _row(form)
    codes = [code for code in corpus.lists()[0].index if code != key[0]]
    form.put(form.names[key]["code"], form.rng.choice([*codes[:20], "99999"]))
    return Planted("another code", _whole_row(form, key), _of_row(form, key))


def _stray(form: Form) -> Planted | None:
    """Type a number into the remarks of a row, or right of its table."""
    key = _row(form)
    sheet, row, _ = form.rows[key]
    if form.plan.blank_head:
        return None
    remarks = [place[2] for place in form.heads.get("remark", []) if place[0] == sheet]
    width = len(form.sheets[sheet][row - 1])
    place = (sheet, row, form.rng.choice([*remarks, width + 1, width + 3]))
    form.put(place, form.rng.randint(1, 5000))
    return Planted("stray number", frozenset({place}), _of_row(form, key))


def _block(form: Form) -> Planted | None:
    """Put a small block of numbers below the table, right of it or on a sheet of its own."""
    name = form.rng.choice(list(form.sheets))
    grid = form.sheets[name]
    if form.plan.file != "csv" and form.rng.random() < 0.5:
        grid = form.sheets["Khác"] = []
        name = "Khác"
    right = form.rng.choice([0, max(map(len, grid), default=0) + 1])
    grid += [[], [*[None] * right, "Máy tính", "Điểm"]]
    grid += [[*[None] * right, form.rng.randint(1, 9), form.rng.randint(1, 99)] for _ in range(2)]
    place = (name, len(grid) - 1, right + 1)
    return Planted("block outside", frozenset({place, (*place[:2], 0)}), frozenset())


def _other_title(form: Form) -> Planted | None:
    """Let a title speak of another district than the rows."""
    name = next(iter(form.sheets))
    homes = {corpus.lists()[0].loc[code, "district_code"] for code, _ in form.rows}
    others = [told for code, told in corpus.district_names().items() if code not in homes]
    if form.plan.district in {"title", "sheets"} or not others or form.planted:
        return None
    rows = frozenset(place for place in form.rows.values() if place[0] == name)
    first = min(row for _, row, _ in rows)
    heads = frozenset(
        (name, row, 0) for row in range(1, first) if any(map(_holds, form.sheets[name][row - 1]))
    )
    text = f"BÁO CÁO CỦA {form.rng.choice(others).upper()}"
    grid = form.sheets[name]
    if not grid or len([cell for cell in grid[0] if _holds(cell)]) != 1:
        return None
    grid[0] = [text]
    keys = frozenset(key for key in form.cells if form.cells[key][0] == name)
    return Planted("another district in the title", rows | heads, keys)


DEFECTS = (
    _stray,
    _block,
    _other_title,
    _unknown_head,
    _cell(
        "letters",
        lambda form, one: form.rng.choice(["{}O", "l{}", "{}a", "x{}", "{}?"]).format(
            form.truth[one]
        ),
    ),
    _cell("negative", lambda form, one: -form.truth[one] or None),
    _cell("fraction", lambda form, one: form.truth[one] + 0.5),
    _cell("per cent", lambda form, _: form.rng.choice(["12 %", "87,5%"])),
    _cell("about", lambda form, one: f"khoảng {form.truth[one]}"),
    _cell("word", lambda form, _: form.rng.choice(["đủ", "nhiều", "như trên"])),
    _cell("too many", lambda *_: 90_000, fields={"app_users.count", "ewallet_users.count"}),
    _above_total,
    _swapped,
    _swapped_heads,
    _doubled,
    _gone,
    _misspelt,
    _wrong_total,
    _shifted,
    _other_year,
    _unknown_head,
    _other_district,
    _other_code,
)


# --- planting what only says of numbers what they are ---

NEVER = -1
"""The truth of a number that is none: whatever is delivered for it is wrong."""


def _spoil(form: Form, keys: frozenset[Key]) -> None:
    form.truth |= dict.fromkeys(keys, NEVER)


def _one_head(form: Form) -> str | None:
    """Choose a field whose header is a text of its own."""
    if form.plan.two_rows or form.plan.head == "machine":
        return None
    return form.rng.choice([name for name in form.plan.fields if not name.startswith("files")])


def _of_field(form: Form, name: str) -> frozenset[Key]:
    return frozenset(key for key in form.cells if key[2] == name)


def _unit_of_table(form: Form) -> Planted | None:
    """Say above a table that its numbers are thousands, shares or money."""
    if not form.stated:
        return None
    place = form.rng.choice(form.stated)
    unit = form.rng.choice(["nghìn người", "%", "triệu đồng", "1.000 người", "phần trăm"])
    form.put(place, form.rng.choice(["Đơn vị tính: {}", "(ĐVT: {})", "DVT: {}"]).format(unit))
    own = {name for name, heads in form.heads.items() if _counts(form, heads)}
    own |= set(form.units)
    keys = frozenset(
        key for key in form.cells if form.cells[key][0] == place[0] and key[2] not in own
    )
    if not keys:
        form.put(place, "Đơn vị tính: người")
        return None
    _spoil(form, keys)
    every = frozenset(key for key in form.cells if form.cells[key][0] == place[0])
    return Planted("unit of a table", frozenset({place}), every)


def _counts(form: Form, heads: list[Place]) -> bool:
    return any(f"({unit})" in str(form.get(place)) for place in heads for unit in ("tổ", "người"))


def _unit_of_head(form: Form) -> Planted | None:
    name = _one_head(form)
    if name is None or form.plan.units:
        return None
    way = form.rng.choice(["{} (nghìn người)", "{}, ĐVT: nghìn người", "{} - triệu đồng"])
    for place in form.heads[name]:
        form.put(place, way.format(form.get(place)))
    _spoil(form, _of_field(form, name))
    return Planted("unit in a heading", frozenset(form.heads[name][:1]), frozenset(form.cells))


def _unit_of_row(form: Form) -> Planted | None:
    if not form.units:
        return None
    name = form.rng.choice(sorted(form.units))
    for place in form.units[name]:
        form.put(place, form.rng.choice(["nghìn người", "1.000 hộ", "triệu đồng"]))
    _spoil(form, _of_field(form, name))
    return Planted("unit in a row of units", frozenset(form.units[name]), frozenset(form.cells))


def _format(form: Form) -> Planted | None:
    """Let a cell show another thing than it holds."""
    if form.plan.file == "csv":
        return None
    key = form.rng.choice(sorted(form.cells))
    place = form.cells[key]
    if not isinstance(form.get(place), int) or place in form.struck:
        return None
    code = form.rng.choice(['0"%"', "#,##0,", '0.0" nghìn"'])
    if code == "#,##0,":
        form.put(place, 1000 * form.truth[key])
    form.formats[place] = code
    _spoil(form, frozenset({key}))
    return Planted("number format", frozenset({place}), frozenset({key}))


def _struck_out(form: Form) -> Planted | None:
    if form.plan.file == "csv":
        return None
    key = form.rng.choice(sorted(form.cells))
    place = form.cells[key]
    if not isinstance(form.get(place), int):
        return None
    if form.rng.random() < 0.5:
        form.struck.add(place)
    else:
        form.put(place, [(str(form.truth[key] + 1), "struck"), (str(form.truth[key]), "")])
    _spoil(form, frozenset({key}))
    return Planted("struck out", frozenset({place}), frozenset({key}))


def _other_year_in_head(form: Form) -> Planted | None:
    """Head a column with the end of another year than its rows are of."""
    name = _one_head(form)
    if name is None or form.plan.year != "column" or len(form.plan.years) > 1 or form.planted:
        return None
    year = 2022 if form.plan.years[0] == 2023 else 2023
    for place in form.heads[name]:
        text = str(form.get(place)).split(" (")[0]
        form.put(place, f"{text} (đến 31/12/{year})")
    _spoil(form, _of_field(form, name))
    place = form.heads[name][0]
    return Planted("another year in a heading", frozenset({place}), frozenset(form.cells))


def _part_of_year(form: Form) -> Planted | None:
    return _titled(form, "part of a year", ["9 tháng đầu năm", "quý III năm", "6 tháng đầu năm"])


def _plan_in_title(form: Form) -> Planted | None:
    return _titled(form, "plan in a title", ["Kế hoạch năm", "Chỉ tiêu kế hoạch năm"])


def _titled(form: Form, kind: str, texts: list[str]) -> Planted | None:
    """Say in the first title that the table is of another thing than a year that has passed."""
    name = form.rng.choice(sorted(form.rows.values()))[0]
    grid = form.sheets[name]
    if not grid or len([cell for cell in grid[0] if _holds(cell)]) != 1 or form.planted:
        return None
    if str(grid[0][0]).startswith(("SỐ LIỆU", "BIỂU TỔNG")):
        return None
    grid[0] = [f"BÁO CÁO {form.rng.choice(texts).upper()} {form.plan.years[0]}"]
    keys = frozenset(key for key in form.cells if form.cells[key][0] == name)
    _spoil(form, keys)
    return Planted(kind, frozenset({(name, 1, 1)}), keys)


def _plan_in_head(form: Form) -> Planted | None:
    name = _one_head(form)
    if name is None or form.planted:
        return None
    for place in form.heads[name]:
        text = str(form.get(place)).split(" (")[0]
        form.put(place, form.rng.choice(["Kế hoạch: {}", "{} (kế hoạch)", "KH {}"]).format(text))
    _spoil(form, _of_field(form, name))
    return Planted("plan in a heading", frozenset(form.heads[name][:1]), frozenset(form.cells))


def _dotted(form: Form) -> Planted | None:
    """Type a number with a dot for its thousands, where nothing says what the dot marks."""
    some = [key for key in sorted(form.cells) if form.truth[key] > 999]
    if not some:
        return None
    key = form.rng.choice(some)
    form.put(form.cells[key], f"{form.truth[key]:,}".replace(",", form.rng.choice(".,")))
    return Planted("dot that marks what", frozenset({form.cells[key]}), frozenset({key}))


def _lost_zeros(form: Form) -> Planted | None:
    """Write a column as a spreadsheet keeps it that takes the dot of 2.310 for a decimal one."""
    name = form.rng.choice(form.plan.fields)
    keys = [key for key in sorted(form.cells) if key[2] == name and form.truth[key] > 999]
    if len(keys) < 4 or form.planted:
        return None
    whole = keys[0]
    form.truth[whole] = 1000 * form.rng.randint(1, 4)
    for key in keys:
        form.put(
            form.cells[key], form.truth[key] / 1000 if key != whole else form.truth[key] // 1000
        )
    return Planted("lost zeros", frozenset({form.cells[whole]}), _of_field(form, name))


MORE = (
    *(_unit_of_table, _unit_of_table, _unit_of_head, _unit_of_row, _unit_of_row),
    *(_format, _format, _struck_out, _struck_out, _dotted, _dotted, _lost_zeros),
    *(_other_year_in_head, _other_year_in_head, _part_of_year, _plan_in_title, _plan_in_head),
)


def _mark(form: Form) -> None:
    """Put the mark of a footnote behind a number: that is no defect."""
    key = form.rng.choice(sorted(form.cells))
    value = form.get(form.cells[key])
    if form.plan.file == "csv" or not isinstance(value, int) or form.cells[key] in form.formats:
        return
    if form.rng.random() < 0.5:
        form.put(form.cells[key], [(str(value), ""), ("1", "super")])
    else:
        form.formats[form.cells[key]] = '#,##0" người"'


def make(seed: int, *, most: int = 99) -> tuple[Plan, Form]:
    """Make the file of a seed: its layout, and at most so many defects in it."""
    rng, more = random.Random(seed), random.Random(-1 - seed)
    plan = draw_more(draw(rng), more)
    form = lay_out(plan, rng)
    if more.random() < 0.4:
        _new(form, more)
    if more.random() < 0.3 and not form.planted:
        form.rng = more
        _mark(form)
        form.rng = rng
    for plant in rng.sample(DEFECTS, rng.choice([0, 1, 2, 3, 4])):
        if len(form.planted) >= most:
            break
        before = {key for one in form.planted for key in one.keys}
        if form.planted and plant in {_unknown_head, _swapped_heads}:
            continue
        found = plant(form)
        if found is not None and not before & found.keys:
            form.planted.append(found)
        elif found is not None:
            return plan, form if not form.planted else _again(seed)
    return plan, form


def _new(form: Form, rng: random.Random) -> None:
    """Plant one defect of the later kinds, with dice of its own."""
    form.rng, before = rng, form.rng
    found = next((one for plant in rng.sample(MORE, 5) if (one := plant(form))), None)
    form.planted += [found] if found else []
    form.rng = before


def _again(seed: int) -> Form:
    """Take the layout alone, where two defects met in one cell."""
    rng = random.Random(seed)
    return lay_out(draw_more(draw(rng), random.Random(-1 - seed)), rng)


# --- writing ---


def write(form: Form, folder: Path) -> Path:
    """Write a report as the plan says."""
    file = folder / f"report.{form.plan.file}"
    WRITERS[form.plan.file](form, file)
    return file


def write_grid(sheet, grid) -> None:
    """Write texts as texts and numbers as numbers; what is None stays empty."""
    for row, line in enumerate(grid):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)


def _xlsx(form: Form, file: Path) -> None:
    with xlsxwriter.Workbook(file) as book:
        looks: dict[tuple[str, bool], object] = {}
        rich = {
            "": book.add_format(),
            "struck": book.add_format({"font_strikeout": True}),
            "super": book.add_format({"font_script": 1}),
        }
        for name, grid in form.sheets.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(grid):
                for column, value in enumerate(line):
                    place = name, row + 1, column + 1
                    code, struck = form.formats.get(place, ""), place in form.struck
                    if (code, struck) not in looks:
                        options = {"num_format": code or "General", "font_strikeout": struck}
                        looks[code, struck] = book.add_format(options)
                    look = looks[code, struck] if code or struck else None
                    if isinstance(value, list):
                        told = [one for text, kind in value for one in (rich[kind], text)]
                        sheet.write_rich_string(row, column, *told)
                    elif isinstance(value, str):
                        sheet.write_string(row, column, value, look)
                    elif value is not None:
                        sheet.write_number(row, column, value, look)
            for top, left, bottom, right in form.merges.get(name, []):
                sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, grid[top - 1][left - 1])


def _xls(form: Form, file: Path) -> None:
    pages = [
        old_excel.Page(
            name,
            grid,
            form.merges.get(name, []),
            {place[1:]: code for place, code in form.formats.items() if place[0] == name},
            {place[1:] for place in form.struck if place[0] == name},
        )
        for name, grid in form.sheets.items()
    ]
    old_excel.write(file, pages)


def _csv(form: Form, file: Path) -> None:
    [grid] = form.sheets.values()
    text = io.StringIO()
    width = max(map(len, grid))
    lines = [["" if cell is None else cell for cell in line] for line in grid]
    encoding = form.plan.encoding if form.plan else "utf-8"
    mark = ";" if encoding == "utf-16" else ","
    csv.writer(text, delimiter=mark).writerows(
        [*line, *[""] * (width - len(line))] for line in lines
    )
    told = text.getvalue()
    if encoding == "cp1258":
        told = corpus.for_windows(told)
    file.write_bytes(told.encode(encoding))


# Number formats of the one office in the words of the other.
_CODES = {
    '0"%"': '<number:number number:min-integer-digits="1"/><number:text>%</number:text>',
    "#,##0,": '<number:number number:min-integer-digits="1" number:display-factor="1000"/>',
    '0.0" nghìn"': '<number:number number:decimal-places="1" number:min-integer-digits="1"/>'
    "<number:text> nghìn</number:text>",
    '#,##0" người"': '<number:number number:min-integer-digits="1" number:grouping="true"/>'
    "<number:text> người</number:text>",
    "0.000": '<number:number number:decimal-places="3" number:min-integer-digits="1"/>',
}
_SHOWN = (
    lambda value: f"{value}%",
    lambda value: f"{value // 1000}",
    lambda value: f"{value}.0 nghìn",
    lambda value: f"{value:,} người",
    lambda value: f"{value}.000",
)
_RICH = {
    "struck": 'style:text-line-through-style="solid"',
    "super": 'style:text-position="super 58%"',
}


def _ods_styles() -> str:
    codes = "".join(
        f'<number:number-style style:name="n{at}">{code}</number:number-style>'
        f'<style:style style:name="f{at}" style:family="table-cell" style:data-style-name="n{at}"/>'
        for at, code in enumerate(_CODES.values())
    )
    texts = "".join(
        f'<style:style style:name="{name}" style:family="text">'
        f"<style:text-properties {look}/></style:style>"
        for name, look in _RICH.items()
    )
    cell = (
        '<style:style style:name="out" style:family="table-cell">'
        f"<style:text-properties {_RICH['struck']}/></style:style>"
    )
    return f"<office:automatic-styles>{codes}{texts}{cell}</office:automatic-styles>"


def _ods(form: Form, file: Path) -> None:
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    look = {place: f"f{list(_CODES).index(code)}" for place, code in form.formats.items()}
    look |= dict.fromkeys(form.struck, "out")
    spans: dict[Place, str] = {}
    for name, blocks in form.merges.items():
        for top, left, bottom, right in blocks:
            inner = ((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1))
            spans |= dict.fromkeys(((name, *one) for one in inner), "")
            spans[name, top, left] = (
                f'table:number-rows-spanned="{bottom - top + 1}" '
                f'table:number-columns-spanned="{right - left + 1}" '
            )
    body = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(
            "<table:table-row>"
            + "".join(
                _ods_cell(cell, look.get((name, row, at), ""), spans.get((name, row, at)))
                for at, cell in enumerate(line, 1)
            )
            + ("" if line else "<table:table-cell/>")
            + "</table:table-row>"
            for row, line in enumerate(grid, 1)
        )
        + "</table:table>"
        for name, grid in form.sheets.items()
    )
    names = {"number": "datastyle"}
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        + " ".join(
            f'xmlns:{one}="{space}{names.get(one, one)}:1.0"'
            for one in ("office", "table", "text", "style", "number")
        )
        + f' office:version="1.2">{_ods_styles()}<office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", kind)
        parts.writestr("content.xml", content)
        parts.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )


def _ods_cell(value: object, look: str, span: str | None) -> str:
    if span == "":  # below a merged cell
        return "<table:covered-table-cell/>"
    if value is None:
        return "<table:table-cell/>"
    style = f'table:style-name="{look}" ' if look else ""
    style += span or ""
    if isinstance(value, list):
        shown = "".join(
            f'<text:span text:style-name="{kind}">{text}</text:span>' if kind else text
            for text, kind in value
        )
        return (
            f'<table:table-cell {style}office:value-type="string"><text:p>{shown}</text:p>'
            "</table:table-cell>"
        )
    if isinstance(value, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{value}"'
    told = _SHOWN[int(look[1:])](value) if look.startswith("f") else str(value)
    shown = f"<text:p>{escape(told)}</text:p>"
    return f"<table:table-cell {style}{kind}>{shown}</table:table-cell>"


WRITERS = {"xlsx": _xlsx, "xls": _xls, "ods": _ods, "csv": _csv}


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
    _, form = make(seed)
    file = write(form, folder)
    read = workbook.read(file)
    done = Verdict(complete=read.complete)
    done.questions = int(read.faults["rule"].isin(ASKED).sum())
    done.plain = not (form.planted or form.left or form.formats or _marked(form))
    faults = [
        (one.sheet, *at, one.rule, one.severity, one.message)
        for one in read.faults.itertuples()
        for at in [*map(_cell_of, one.cells)] or [(int(one.row), _column_number(one.column))]
    ]
    delivered = _delivered(read)
    spoilt = {key for one in form.planted for key in one.keys}
    touched = {key[:2] for key in spoilt}
    headers = {place[:2] for places in form.heads.values() for place in places}
    headers |= {place[:2] for places in form.units.values() for place in places}
    first_of = {}
    for sheet, row, _ in form.rows.values():
        first_of[sheet] = min(row, first_of.get(sheet, row))
    refused = read.rows[read.rows["kind"] == "rejected"]
    rejected = set(zip(refused["sheet"], refused["row"], strict=True))
    for key, true in form.truth.items():
        sheet, row, column = form.cells[key]
        at_row = [one for one in faults if one[:2] == (sheet, row)]
        at_cell = [one for one in at_row if one[2] == column]
        above = [
            one
            for one in faults
            if one[:2] in headers and one[0] == sheet and one[2] in {0, column}
        ]
        above += [one for one in faults if not one[0] and one[4] == "error"]
        # what is said of a table as a whole, at its header or a title, refuses all its rows
        above += [
            one
            for one in faults
            if one[0] == sheet and one[4] == "error" and one[1] < first_of[sheet]
            if (sheet, row) in rejected
        ]
        gone = form.get(form.cells[key]) is None
        if key not in delivered:
            said = gone or any(one[4] == "error" for one in at_row) or above
            outcome = "refused" if said and not gone else "asked" if said else "dropped"
            if read.complete and not (gone and any(one[3] == "commune_missing" for one in faults)):
                outcome = "dropped"
        elif delivered[key] == true:
            outcome = "right"
        else:
            outcome = "asked" if at_row or above else "wrong"
        done.outcomes[outcome] += 1
        if outcome in {"dropped", "wrong"}:
            done.failures.append(f"{outcome} {key} true {true} delivered {delivered.get(key)}")
        if key not in spoilt:
            done.clean += 1
            # what is right in a row that is refused for another cell is no false alarm
            falls = at_cell and all(one[3] == "falls" for one in at_cell)  # some really do
            if (outcome != "right" and key[:2] not in touched) or (at_cell and not falls):
                done.alarms.append(f"{key} {outcome} {[one[3] for one in (at_row or above)]}")
    extra = set(delivered) - set(form.truth)
    named = {place[:2] for one in form.planted for place in one.places}
    for key in sorted(extra):
        places = [form.rows[one] for one in form.rows if one[0] == key[0]]
        odd = [one for one in form.planted if one.kind == "another year"]
        if not (odd and named & {one[:2] for one in faults}):
            done.failures.append(f"wrong {key} is nobody's: {places}")
    for one in form.planted:
        done.planted[one.kind] += 1
        where = {(sheet, row, column) for sheet, row, column, *_ in faults}
        rows = {place[:2] for place in where}
        hit = any(
            place[:2] in rows if place[2] == 0 else place in where or (*place[:2], 0) in where
            for place in one.places
        ) or (one.named and any(one.named in fault[5] for fault in faults))
        done.found[one.kind] += bool(hit)
        if not hit and one.kind == "wrong total" and len(form.planted) > 1 and not read.complete:
            # a sum with a wrong part is held to nothing: it has to be found once that is mended
            hit = _found_alone(seed, one, folder)
            done.found[one.kind] += hit
        if not hit:
            done.missed.append(f"{one.kind} at {sorted(one.places)[:2]}")
    held = sum(_holds(cell) for grid in form.sheets.values() for line in grid for cell in line)
    told = int(read.uses.drop(columns="sheet").sum().sum())
    if held != told:
        done.failures.append(f"{held} cells hold something, {told} are accounted for")
    lines = sum(_height(grid) for grid in form.sheets.values())
    if len(read.rows) != lines:
        done.failures.append(f"{lines} rows were written, {len(read.rows)} are accounted for")
    if form.left and read.complete:
        done.failures.append("a column that nobody knows was left out under all is accepted")
    return done


def _marked(form: Form) -> bool:
    """Say whether a part of some cell is raised."""
    cells = [cell for grid in form.sheets.values() for line in grid for cell in line]
    return any(isinstance(cell, list) for cell in cells)


def _found_alone(seed: int, one: Planted, folder: Path) -> bool:
    """Say whether a defect that was planted first is found where no other is."""
    _, form = make(seed, most=1)
    faults = workbook.read(write(form, folder)).faults
    where = {
        (sheet, int(row), _column_number(column))
        for sheet, row, column in faults[["sheet", "row", "column"]].itertuples(index=False)
    }
    return form.planted == [one] and bool(where & one.places)


def _cell_of(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :] or 0), _column_number(letters)


def _column_number(letters: str) -> int:
    """Read a column that is written in letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _holds(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _height(grid: list[list[object]]) -> int:
    return max((row for row, line in enumerate(grid, 1) if any(map(_holds, line))), default=0)


def _delivered(read: workbook.Checked) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for line in read.reports.itertuples():
        for part in ("count", "out_of"):
            value = getattr(line, part)
            if pd.notna(value) and (part == "count" or line.indicator == "files_online"):
                found[str(line.code), int(line.year), f"{line.indicator}.{part}"] = int(value)
    for line in read.teams.itertuples():
        for part in ("teams", "members"):
            value = getattr(line, part)
            if pd.notna(value):
                found[str(line.code), int(line.year), part] = int(value)
    return found


def main(first: int, last: int) -> int:
    """Judge many seeds, and print the figures."""
    values, planted, found = Counter(), Counter(), Counter()
    clean, alarms, bad = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, last):
            done = judge(seed, Path(folder))
            values += done.outcomes
            planted += done.planted
            found += done.found
            clean, alarms = clean + done.clean, alarms + len(done.alarms)
            bad += bool(done.failures)
            for kind, lines in (
                ("FAIL", done.failures),
                ("missed", done.missed),
                ("alarm", done.alarms),
            ):
                for line in lines[:3]:
                    print(f"seed {seed} {kind} ({len(lines)}): {line}", flush=True)
            if (seed - first) % 100 == 99:
                so_far = f"{sum(found.values())} of {sum(planted.values())}"
                print(
                    f"{seed - first + 1} files: {dict(values)}, {so_far}, {bad} failed", flush=True
                )
    print(f"{last - first} files, {bad} failed; values: {dict(values)}")
    print(f"defects found: {sum(found.values())} of {sum(planted.values())}")
    for kind in sorted(planted):
        print(f"  {kind}: {found[kind]} of {planted[kind]}")
    print(f"false alarms: {alarms} of {clean} values")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
