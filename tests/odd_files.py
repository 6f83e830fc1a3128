"""
Write files in which a whole column, sheet or structure is another than it says.

Each `Kind` writes one file, and says which members of which commune and year may be delivered of it
and how many questions a person is asked at most. `score` counts what was delivered wrongly, and
what was neither delivered nor named.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import corpus
import old_excel
import xlsxwriter

from hganalysis import places, workbook
from hganalysis.workbook.faults import QUESTIONS

HEADS = ["Mã xã", "Huyện", "Tên xã", "Số tổ", "Số thành viên"]
Rows = list[list[object]]
Members = dict[tuple[str, int], int]
"""By commune and year."""


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    write: Callable[[Path], Path]
    right: Members = field(default_factory=dict)
    """What may be delivered. All of it has to be, where no question is expected."""
    questions: int = 1
    rules: frozenset[str] = frozenset()
    """The faults of which one has to be found."""
    lost: int = 0
    """How many values its cells were to hold and do not, so that somebody has to be told."""


@dataclass(frozen=True)
class Score:
    """What became of a file."""

    wrong: int
    dropped: int
    questions: int
    rules: frozenset[str]
    is_complete: bool


def score(kind: Kind, folder: Path) -> Score:
    """Write the file of a kind, read it, and count."""
    read = workbook.read(kind.write(folder))
    delivered = {}
    for row in read.teams.dropna(subset="members").itertuples():
        delivered[str(row.code), int(row.period)] = int(row.members)
    is_of_missing = read.faults["rule"].isin(["commune_missing", "district_missing"])
    faults = read.faults[~is_of_missing]
    is_named = bool(len(faults)) or not read.is_complete
    n_missing = len(kind.right.keys() - delivered.keys())
    is_question = faults["rule"].isin(QUESTIONS) | (faults["severity"] == "error")
    return Score(
        wrong=sum(kind.right.get(key) != number for key, number in delivered.items()),
        dropped=0 if is_named else kind.lost + n_missing,
        questions=len(faults[is_question]),
        rules=frozenset(faults["rule"]),
        is_complete=read.is_complete,
    )


# --- rows ---


def reported(codes: list[str] | None = None) -> tuple[Rows, Members]:
    """Give rows of some communes in 2023, and the members in them."""
    report = corpus.report((2023,), codes=codes)
    names = ("code", "district", "commune", "teams", "members")
    rows: Rows = [[row.cells[name] for name in names] for row in report.rows]
    members = {(str(row[0]), 2023): int(str(row[4])) for row in rows}
    return rows, members


def units(*, of_before: bool) -> Rows:
    """Give rows of the units of July 2025: those with names of before, or the others."""
    merged = places.crosswalk().drop_duplicates("code_2025")
    matches = places.find_codes(merged["name_2025"])
    is_old = (matches["reason"] != "places.other_structure").to_numpy()
    rows = merged[is_old == of_before]
    pairs = zip(rows["code_2025"], rows["name_2025"], strict=True)
    return [[code, None, name, 30, 170] for code, name in pairs]


def take(rows: Rows, *columns: int) -> Rows:
    return [[row[column] for column in columns] for row in rows]


def sheets(*pages: tuple[str, Rows], file: str = "report.xlsx") -> Callable[[Path], Path]:
    """Write sheets as they stand."""

    def write(folder: Path) -> Path:
        with xlsxwriter.Workbook(folder / file) as book:
            for name, rows in pages:
                page = book.add_worksheet(name)
                for row_number, row in enumerate(rows):
                    page.write_row(row_number, 0, row)
        return folder / file

    return write


def old_sheet(rows: Rows) -> Callable[[Path], Path]:
    return lambda folder: old_excel.write(rows, folder / "report.xls")


ALL, TRUE = reported()
THREE_COMMUNES, TRUE_OF_THREE = reported(["31318", "31321", "31324"])
OLD_NAMES = units(of_before=True)
NEW = units(of_before=False)
NAMES_OF_BOTH = {unit[2] for unit in OLD_NAMES}
WITH_DISTRICTS: Rows = [row for row in ALL if row[2] in NAMES_OF_BOTH]
WITHOUT_CODES = [HEADS[2], *HEADS[3:]]
CODED = [HEADS[0], *WITHOUT_CODES]


def of_2025(title: str, rows: Rows, *columns: int, note: str = "") -> Callable[[Path], Path]:
    """Write units of 2025 by their names, or by codes and names."""
    heads = [HEADS[column] for column in columns]
    below = [[], [note]] if note else []
    rows_of_columns = take(rows, *columns)
    return sheets(("Báo cáo", [[title], heads, *rows_of_columns, *below]))


def with_women() -> Callable[[Path], Path]:
    """Write a row of women below each row."""
    rows: Rows = []
    for row in take(ALL[:18], 0, 2, 3, 4):
        rows += [row, [None, "Trong đó: nữ", 1, 9]]
    return sheets(("Báo cáo", [["NĂM 2023"], CODED, *rows]))


def by_month(title: str) -> Callable[[Path], Path]:
    pages = []
    for month in range(1, 13):
        rows = [[title.format(month)], CODED, *take(ALL, 0, 2, 3, 4)]
        pages.append((f"Tháng {month}", rows))
    return sheets(*pages)


def cell_twice(folder: Path) -> Path:
    """Write a workbook in which one cell has two elements, with different numbers."""
    rows = [CODED, *take(THREE_COMMUNES, 0, 2, 3, 4)]
    plain = sheets(("Năm 2023", rows), file="plain.xlsx")(folder)
    file = folder / "report.xlsx"
    source = zipfile.ZipFile(plain)
    target = zipfile.ZipFile(file, "w")
    with source, target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b'<c r="D3"', b'<c r="D3"><v>999</v></c><c r="D3"', 1)
            target.writestr(name, part)
    return file


def with_empty_count(folder: Path) -> Path:
    report = corpus.report((2023,))
    del report.rows[5].cells["app_users.count"]
    return corpus.write(report, corpus.Layout(), folder / "report.xlsx").file


def formulas(*results: old_excel.Formula) -> Callable[[Path], Path]:
    pairs = zip(take(THREE_COMMUNES, 0, 2, 3, 4), results, strict=True)
    rows = [[*row[:3], result] for row, result in pairs]
    return old_sheet([CODED, *rows])


NOTHING = old_excel.Formula()
ZERO = old_excel.Formula.of(0, asks=True)
COMPUTED = [old_excel.Formula.of(number, asks=True) for number in TRUE_OF_THREE.values()]
RULE = frozenset({"old_or_new"})
RESOLUTION = "BÁO CÁO NĂM 2023 theo Nghị quyết số 1668/NQ-UBTVQH15"

ODD = {
    "units of 2025 under old names": Kind(of_2025("NĂM 2023", OLD_NAMES, 2, 3, 4), rules=RULE),
    "... and the title cites the resolution": Kind(
        of_2025(RESOLUTION, [*OLD_NAMES, *THREE_COMMUNES], 2, 3, 4), TRUE_OF_THREE, rules=RULE
    ),
    "... and a note says after the merger": Kind(
        of_2025(
            "NĂM 2023", [*OLD_NAMES, *THREE_COMMUNES], 2, 3, 4, note="Ghi chú: đơn vị sau sắp xếp"
        ),
        questions=2,
        rules=RULE,
    ),
    "... and the letter is of August 2025": Kind(
        of_2025(
            "NĂM 2023",
            [*OLD_NAMES, *THREE_COMMUNES],
            2,
            3,
            4,
            note="Cần Thơ, ngày 5 tháng 8 năm 2025",
        ),
        TRUE_OF_THREE,
        questions=2,
        rules=RULE,
    ),
    "... and a row is of a new unit": Kind(
        of_2025("NĂM 2023", [*OLD_NAMES, *THREE_COMMUNES, *NEW[:1]], 2, 3, 4),
        TRUE_OF_THREE,
        questions=2,
        rules=RULE,
    ),
    "... and their old districts": Kind(
        of_2025("NĂM 2023", [*WITH_DISTRICTS, *NEW], 1, 2, 3, 4), questions=9, rules=RULE
    ),
    "... with their codes": Kind(
        of_2025("NĂM 2023", [*OLD_NAMES, *NEW], 0, 2, 3, 4), questions=28, rules=RULE
    ),
    "formulas of an xls with no result": Kind(
        formulas(NOTHING, NOTHING, NOTHING), rules=frozenset({"uncomputed"}), lost=3
    ),
    "formulas of an xls that are still to be computed": Kind(
        formulas(ZERO, ZERO, ZERO), rules=frozenset({"uncomputed"})
    ),
    "district and commune swapped": Kind(
        sheets(("Năm 2023", [[*HEADS[:1], HEADS[2], HEADS[1], *HEADS[3:]], *ALL])),
        rules=frozenset({"columns_swapped"}),
    ),
    "... without codes": Kind(
        sheets(("Năm 2023", [[HEADS[2], HEADS[1], *HEADS[3:]], *take(ALL, 1, 2, 3, 4)])),
        rules=frozenset({"columns_swapped"}),
    ),
    "rows of women below each row": Kind(
        with_women(), dict(list(TRUE.items())[:18]), rules=frozenset({"name_unknown"})
    ),
    "a sheet for each month": Kind(
        by_month("BÁO CÁO THÁNG {} NĂM 2023"), rules=frozenset({"unknown_words"})
    ),
    "... with titles of the year": Kind(
        by_month("BÁO CÁO NĂM 2023"), rules=frozenset({"unknown_words"})
    ),
    "an empty count beside filled ones": Kind(
        with_empty_count, TRUE, questions=0, rules=frozenset({"count_empty"}), lost=1
    ),
    "a cell that stands twice": Kind(cell_twice, TRUE_OF_THREE, rules=frozenset({"repeated_cell"})),
}
PLAIN = {
    "communes of before, some with names of today": Kind(
        of_2025("NĂM 2023", ALL, 2, 3, 4), TRUE, questions=0
    ),
    "... with their districts only": Kind(
        of_2025("NĂM 2023", [row for row in ALL if row[0] in {"31336", "31345"}], 1, 2, 3, 4),
        {key: TRUE[key] for key in (("31336", 2023), ("31345", 2023))},
        questions=0,
    ),
    "... and a letter of January 2025": Kind(
        of_2025("NĂM 2023", ALL, 2, 3, 4, note="Vị Thanh, ngày 5 tháng 01 năm 2025"),
        TRUE,
        questions=0,
    ),
    "computed formulas of an xls": Kind(formulas(*COMPUTED), TRUE_OF_THREE, questions=0),
    "numbers of an xls": Kind(
        old_sheet([CODED, *take(THREE_COMMUNES, 0, 2, 3, 4)]), TRUE_OF_THREE, questions=0
    ),
    "a column of districts": Kind(sheets(("Năm 2023", [HEADS, *ALL])), TRUE, questions=0),
    "two sheets, each of other communes": Kind(
        sheets(
            ("A", [["NĂM 2023"], CODED, *take(ALL[:30], 0, 2, 3, 4)]),
            ("B", [["NĂM 2023"], CODED, *take(ALL[30:], 0, 2, 3, 4)]),
        ),
        TRUE,
        questions=0,
    ),
}
