"""Write a report as it really comes in: the simulated province, typed by many hands."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from .. import escaping, indicators, places, words
from ..countries.letters import bare
from .simulated import simulate

# Kept until the process ends: a folder of its own, so that nothing of the user's is touched.
_FOLDERS: list[TemporaryDirectory[str]] = []


@dataclass(frozen=True)
class Desk:
    """
    Where reports come in: `form` is to be written and handed out, `report` came back badly
    filled in, `returned` is to go back to its sender, `corrections` is for what a person decides,
    `mended` is what the sender made of it. `sent` are the numbers before anybody typed them.
    """

    year: int
    sent: pd.DataFrame
    form: Path
    report: Path
    returned: Path
    corrections: Path
    mended: Path

    @property
    def caption(self) -> str:
        """Say over a table of its cells that they are invented, in the language in use."""
        return words.term("check.simulated")


def desk() -> Desk:
    """Write the report and its mended version into a new folder, which lasts as the process."""
    folder = TemporaryDirectory(prefix="hganalysis-")
    _FOLDERS.append(folder)
    at = Path(folder.name)
    made = simulate()
    year = int(made.reports["year"].max())
    names = ("mau", "bao-cao", "bao-cao.checked", "bao-cao-da-sua")
    form, report, returned, mended = (at / f"{name}.xlsx" for name in names)
    sent = made.reports[made.reports["year"] == year].drop(columns="origin")
    rows = _rows(sent, made.teams, year)
    _write(report, rows, year, faulty=True)
    _write(mended, rows, year, faulty=False)
    return Desk(year, sent, form, report, returned, at / "corrections.csv", mended)


def sign(file: Path, *, by: str) -> None:
    """Sign the first proposal for each name, as somebody does who looked at all of them."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = list(csv.DictReader(lines))
    first = {(line["written"], line["district"]): line for line in reversed(table)}
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, table[0].keys())
        writer.writeheader()
        writer.writerows(
            {**line, "accepted_by": by if line in first.values() else ""} for line in table
        )


def _rows(reports: pd.DataFrame, teams: pd.DataFrame, year: int) -> pd.DataFrame:
    """Lay one year out as a sheet is: a row for each commune, in the order of the districts."""
    wide = reports.pivot_table(index="code", columns="indicator", values=["count", "out_of"])
    wide.columns = pd.Index([f"{pair[1]}.{pair[0]}" for pair in wide.columns])
    own = teams[teams["year"] == year].set_index("code")[["teams", "members"]]
    listed = places.communes()[["name_vi", "district_code"]]
    table = listed.join(own).join(wide.astype(int)).sort_values(["district_code", "name_vi"])
    return table.assign(district=table["district_code"].map(places.districts()["name_vi"]))


def _write(file: Path, rows: pd.DataFrame, year: int, *, faulty: bool) -> None:
    measures = [name for name in indicators.names() if f"{name}.count" in rows]
    heads = ["STT", "Huyện, thị xã, thành phố", "Xã, phường, thị trấn", "Năm"]
    heads += ["Số tổ", "Số thành viên"]
    fields = ["teams", "members"]
    for name in measures:
        with words.use("vi"):  # as the other heads, whoever reads it
            entry = indicators.get(name, year=year)
        heads.append(f"{entry.label}: số đếm")
        fields.append(f"{name}.count")
        if entry.denominator != "residents":
            heads.append(f"{entry.label}: trên tổng số")
            fields.append(f"{name}.out_of")
    with escaping.workbook(file) as book:
        sheet = book.add_worksheet("Tổng hợp")
        title = f"BÁO CÁO KẾT QUẢ PHONG TRÀO NĂM {year}"
        sheet.merge_range(0, 0, 0, len(heads) - 1, title, book.add_format({"bold": True}))
        sheet.write(1, 0, "(Kèm theo công văn của Ban Chỉ đạo)")
        sheet.write_row(3, 0, heads, book.add_format({"bold": True, "text_wrap": True}))
        at, number = 4, 0
        for _, group in rows.groupby("district", sort=False):
            for _, row in group.iterrows():
                number += 1
                names = [_typed(row["district"], number), _typed(row["name_vi"], number)]
                cells = [_number(row[field], number) for field in fields]
                sheet.write_row(at, 0, [number, *names, year, *cells])
                if number == MISSPELT:
                    sheet.write(at, 2, f"{row['name_vi']}h")
                if faulty and number in FAULTS:
                    column, value = FAULTS[number]
                    sheet.write(at, column, value)
                if faulty and number == DOTTED:
                    sheet.write(at, 6, f"{row[fields[2]]:,}".replace(",", "."))
                at += 1
            sums = [int(group[field].sum()) for field in fields]
            sheet.write_row(at, 1, ["Cộng", "", "", *sums])
            at += 2  # and a blank row
        sums = [int(rows[field].sum()) for field in fields]
        sheet.write_row(at, 1, ["TỔNG CỘNG TOÀN TỈNH", "", "", *sums])


MISSPELT = 40
"""The commune whose name has a letter too many: a person has to say which one is meant."""

DOTTED = 33
"""The commune whose count has a dot: in this column nothing says whether it marks thousands."""

FAULTS: dict[int, tuple[int, str | int]] = {
    9: (6, "khoảng 500"),
    17: (6, 2_500_000),
    28: (5, -4),
    52: (4, "chưa có"),
}
"""What no program can mend, by the number of the row: column and what was typed."""


_SHORT = {
    "Thành phố": "TP.",
    "Thị xã": "TX.",
    "Huyện": "H.",
    "Phường": "P.",
    "Thị trấn": "TT.",
    "Xã": "X.",
}


def _typed(name: str, number: int) -> str:
    """Type a name as one of five hands does."""
    short = name
    for kind, written in _SHORT.items():
        short = short.replace(kind, written)
    hands = (name, short, name.upper(), bare(name.replace("Đ", "D")), f"  {name} ")
    return hands[number % len(hands)]


def _number(count: int, number: int) -> str | int:
    """Type a number as one of three hands does: as a number, or as text."""
    return str(int(count)) if number % 3 == 1 else int(count)
