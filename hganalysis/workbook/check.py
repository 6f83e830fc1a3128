"""Read a report and say of every cell what became of it: nothing guessed, nothing lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import grid, indicators, suppress
from ..frames import is_long, read_long, require_reports
from ..grid import UnreadableError, letter
from . import naming, remarks, sense, structure, whole
from .around import Around
from .cells import Reader
from .corrections import FILE_NAME
from .corrections import read as read_corrections
from .faults import QUESTIONS, USES, Log, count_uses, first_few, mark_unread_cells
from .numbers import looks_like_number
from .tables import check as check_table
from .tables import layout
from .vocabulary import gather_vocabulary

if TYPE_CHECKING:
    from .cells import Line
    from .corrections import Corrections
    from .naming import Proposal
    from .numbers import Answer
    from .tables import Layout
    from .vocabulary import Vocabulary


@dataclass(frozen=True)
class Checked:
    """
    What a report holds, and what became of each of its rows.

    `reports`, `teams` and `residents` hold accepted rows only. `rows` has every row of every
    sheet: `sheet`, `row` (as the spreadsheet counts), `kind` (`accepted`, `rejected`, `total`,
    `title`, `header`, `note` or `blank`), `code`, `year` (none where years stand side by side).
    `faults` and `changes` say what is wrong and what was made of what stood there, each with its
    cell; one fault of a column has all of its `cells`. `proposals` are names that a person
    may accept in `corrections.csv`. `uses` says of each `sheet` how many of its cells there are of
    each of `faults.USES`; together they are the cells that hold something.
    """

    reports: pd.DataFrame
    teams: pd.DataFrame
    residents: pd.DataFrame
    rows: pd.DataFrame
    faults: pd.DataFrame
    changes: pd.DataFrame
    proposals: pd.DataFrame
    uses: pd.DataFrame

    @property
    def accepted(self) -> pd.DataFrame:
        """The rows that were taken."""
        return self.rows[self.rows["kind"] == "accepted"]

    @property
    def rejected(self) -> pd.DataFrame:
        """The rows that were refused; `faults` says why."""
        return self.rows[self.rows["kind"] == "rejected"]

    @property
    def errors(self) -> pd.DataFrame:
        """The faults that have to be mended; the others are warnings."""
        return self.faults[self.faults["severity"] == "error"]

    @property
    def left_out(self) -> pd.DataFrame:
        """The faults that name what was not read: columns and blocks that nobody knows."""
        return self.faults[
            self.faults["rule"].isin(QUESTIONS - {"struck"})
            & (self.faults["severity"] == "warning")
        ]

    @property
    def sound(self) -> bool:
        """Whether all that was read is accepted: some row is there, and no error."""
        return not len(self.errors) and bool(len(self.accepted))

    @property
    def complete(self) -> bool:
        """Whether everything was accepted: what was read is, and nothing was left out."""
        return self.sound and not self.uses["asked"].sum()


def read(file: str | Path, *others: str | Path, corrections: str | Path | None = None) -> Checked:
    """
    Read a report of any layout, and hold every number in it to what can be.

    Parameters
    ----------
    file
        An xlsx, xls, ods or csv file, or the reports that `hganalysis counts` wrote.
    *others
        More files of the same report, say one a year: they are held to each other, too, and
        `sheet` has the name of the file before that of the sheet.
    corrections
        What a person decided: names that were accepted, and what the dots of a file mark;
        `corrections.csv` beside each file, if there is one, where none is given.

    Returns
    -------
    checked
        Every row of the files is accepted, rejected, or recognised as something else.

    Raises
    ------
    ValueError
        If the corrections cannot be applied, or a file is given twice; for counts of a log, if
        any row is wrong: nobody wrote them by hand, so that nobody can mend a cell.
    """
    files = [Path(one) for one in (file, *others)]
    if len({one.resolve() for one in files}) < len(files):
        msg = f"A file is given twice: {', '.join(map(str, files))}."
        raise ValueError(msg)
    counted = [one for one in files if is_long(one)]
    files = [one for one in files if one not in counted]
    found = _judged(files, corrections)
    return _with_counts(found, counted) if counted else found


def _judged(files: list[Path], given: str | Path | None) -> Checked:
    beside = dict.fromkeys(one.with_name(FILE_NAME) for one in files)
    accepted = read_corrections(*([Path(given)] if given else filter(Path.is_file, beside)))
    known, log = gather_vocabulary(accepted.text_answers()), Log()
    lays: list[Layout] = []
    lines: list[Line] = []
    alike = len({one.name for one in files}) < len(files)
    for file in files:
        name = "" if len(files) == 1 else str(file) if alike else file.name
        own = Log(name)
        try:
            some, found = _read(file, known, accepted.mark_answer(file.name), own)
        except UnreadableError as error:
            own.refuse(error, file.name)
            some, found = [], []
        for lay in some if name else ():
            lay.sheet.name = f"{name}: {lay.sheet.name}"
        lays, lines = lays + some, lines + found
        log.faults += own.faults
        log.changes += own.changes
    try:
        proposals = _judge(lines, accepted, log)
        log.require_few()
        return _checked(lays, lines, log, proposals)
    except UnreadableError as error:
        log.refuse(error, ", ".join(file.name for file in files))
        return _checked([], [], log, [])


def _read(
    file: Path, known: Vocabulary, answer: Answer | None, log: Log
) -> tuple[list[Layout], list[Line]]:
    """Read the sheets of a file, table by table."""
    book = grid.read(file)
    if book.encoding.startswith("cp"):
        log.fault("encoding", blanks={"file": file.name, "encoding": book.encoding})
    lays = [layout(sheet, known) for sheet in book.sheets]
    summary = any(table.of("code", "commune") for lay in lays for table in lay.tables)
    lines: list[Line] = []
    for lay in lays:
        own: list[Line] = []
        for table in lay.tables:
            check_table(table, log, summary=summary)
            some = Reader(table, known, answer, log).read()
            Around(lay, table, some, known, log).settle()
            own += some
        _refuse_repeated(lay, log)
        remarks.ask(lay, own, known, log)
        mark_unread_cells(lay, own, log)
        _beside(lay, log)
        lines += own
    log.require_few()
    if not any(lay.tables for lay in lays):
        log.fault("no_table", blanks={"file": file.name})
    return lays, lines


def _refuse_repeated(lay: Layout, log: Log) -> None:
    """Refuse the tables of a sheet in which a cell stands more than once."""
    for row, column in dict.fromkeys(lay.sheet.repeated):
        cell = lay.sheet.cells[row, column]
        log.fault("repeated_cell", lay.sheet, row, column, text=cell.shown, once_per="repeated")
    for table in lay.tables if lay.sheet.repeated else ():
        table.refused = table.refused or "repeated_cell"


def _beside(lay: Layout, log: Log) -> None:
    """Say what a reader of the sheet does not see, and where no table was found."""
    sheet = lay.sheet
    if lay.ours:
        return
    if not lay.tables:
        rows = [*sheet.rows.values()][:1000]
        if sum(sum(looks_like_number(one.value) for one in row) >= 2 for row in rows) >= 3:
            log.fault("no_header", sheet)
        return
    used = {at for table in lay.tables for at, one in table.columns.items() if one.field}
    shown = [row for row in sheet.rows if lay.kinds[row].kind != "header"]
    hidden = [row for row in shown if row in sheet.hidden_rows]
    columns = sorted(sheet.hidden_columns & used & {column for _, column in sheet.cells})
    if sheet.hidden or hidden or columns:
        where = first_few([*map(letter, columns), *map(str, hidden)]) or "–"
        place = (hidden[0], 0) if hidden else (0, columns[0] if columns else 0)
        log.fault("hidden", sheet, *place, blanks={"where": where})


def _judge(lines: list[Line], accepted: Corrections, log: Log) -> list[Proposal]:
    """Settle places and years, ask of every number whether it can be, and refuse what is wrong."""
    data = [line for line in lines if line.is_data and line.has_figures]
    empty = [line for line in lines if line.is_data and not line.has_figures]
    _years(data, log)
    proposals = naming.settle(data, accepted, log)
    proposals += structure.ask(data, accepted, log)
    for line in data:
        line.year = None if "year" in line.wrong else line.year  # nobody knows of which it is
    sound = [line for line in data if line.code and line.year]
    sense.Sense(sound, log).check()
    # of tables that are refused as a whole, nobody knows whether they say the same again
    again = whole.repeats([line for line in sound if not line.table.refused], log)
    whole.years(sound, log)
    once = [line for line in data if line not in again]
    whole.sums(once, [line for line in lines if line.kind.kind == "total"], log)
    naming.settle(empty, accepted, Log())
    for line in empty:
        line.wrong.clear()
    whole.missing(data, empty, log)
    wrong = {(id(line.table), line.row) for line in data if line.wrong or line.table.refused}
    for line in data:
        line.rejected = (id(line.table), line.row) in wrong
    return proposals


def _years(lines: list[Line], log: Log) -> None:
    """Refuse rows without a year, and years that the catalogue does not have."""
    years = sorted({year for name in indicators.names() for year in indicators.years(name)})
    told = {"years": ", ".join(map(str, years))}
    for line in lines:
        # where the year of a whole table is not clear, that is said once
        if "year" in line.wrong or line.wrong.get("") in {"no_place", "no_commune"}:
            continue
        rule = "year_missing" if line.year is None else "year_unknown"
        if line.year not in years and not (line.year is None and line.table.refused):
            by = id(line.table), line.year
            log.fault_of_line(line, rule, "year", once_per=by, year=str(line.year), **told)
            line.wrong["year"] = rule


def _checked(lays: list[Layout], lines: list[Line], log: Log, proposals: list[Proposal]) -> Checked:
    """Write down what became of it all."""
    taken = [one for one in lines if one.is_data and one.has_figures and not one.rejected]
    once = sense.frame(taken).groupby(["year", "code"], as_index=False).first()
    teams, residents = (
        _whole_numbers(
            once[["code", "year", *own]].dropna(subset=own, how="all", ignore_index=True)
        )
        for own in (["teams", "members"], ["population", "households"])
    )
    faults, changes = log.tables()
    uses = count_uses([lay.sheet for lay in lays], lines, log)
    return Checked(
        reports=_reports(once),
        teams=teams,
        residents=residents,
        rows=_rows(lays, lines),
        faults=faults.sort_values(["sheet", "row"], kind="stable", ignore_index=True),
        changes=changes.drop_duplicates(ignore_index=True),
        proposals=pd.DataFrame(proposals, columns=["written", "district", "level", "code"]),
        uses=pd.DataFrame(uses, columns=["sheet", *USES]),
    )


def _rows(lays: list[Layout], lines: list[Line]) -> pd.DataFrame:
    """Say of every row of every sheet what it is, and of which place and year."""
    of_row: dict[tuple[int, int], list[Line]] = {}
    for line in lines:
        of_row.setdefault((id(line.table.sheet), line.row), []).append(line)
    found: list[tuple[object, ...]] = []
    for lay in lays:
        for row in range(1, max(lay.sheet.rows, default=0) + 1):
            kind = lay.kinds[row].kind if row in lay.kinds else "blank"
            figures = []
            if kind in {"data", "rejected"}:
                figures = [line for line in of_row[id(lay.sheet), row] if line.has_figures]
                rejected = any(line.rejected for line in figures)
                kind = "rejected" if rejected else "accepted" if figures else "blank"
            code = figures[0].code if figures else None
            year = figures[0].year if len(figures) == 1 else None
            found.append((lay.sheet.name, row, kind, code, year))
    table = pd.DataFrame(found, columns=["sheet", "row", "kind", "code", "year"])
    return table.astype({"row": "int64", "year": "Int64", "code": "object"})


def _with_counts(found: Checked, files: list[Path]) -> Checked:
    """Add the counts of logs to what else was read: right as a whole, or not at all."""
    counts = [read_long(file) for file in files]
    hidden = any("pool" in one for one in counts)
    # What is hidden already cannot be hidden once more together with what is not.
    reports = [suppress.small(found.reports) if hidden else found.reports, *counts]
    rows, uses = [found.rows], [found.uses]
    for file, one in zip(files, counts, strict=True):
        said = one[["code"]].assign(sheet=file.name, kind="accepted", row=one.index + 2)
        rows.append(said.assign(year=one["year"].astype("Int64")))
        used = int(one.notna().sum().sum()) + len(one.columns)
        uses.append(pd.DataFrame([{"sheet": file.name, **dict.fromkeys(USES, 0), "used": used}]))
    whole = [
        pd.concat([one for one in some if len(one)], ignore_index=True)
        for some in (reports, rows, uses)
    ]
    return replace(found, reports=require_reports(whole[0]), rows=whole[1], uses=whole[2])


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Write numbers as whole ones, as reported; where one is missing, in the type that says so."""
    numbers = table.columns.difference(["code", "indicator"])
    types = {one: "Int64" if table[one].isna().any() else "int64" for one in numbers}
    return table.astype({"code": "str", **types}).assign(origin="reported")


def _reports(rows: pd.DataFrame) -> pd.DataFrame:
    """Arrange the measures below each other: one row for each commune, year and measure."""
    filled, parts = sense.with_census(rows), []
    for name in indicators.names():
        own = {f"{name}.count": "count", f"{name}.out_of": "out_of"}
        there = rows[[*own]].notna().any(axis=1) & rows["year"].isin(indicators.years(name))
        part = filled.loc[there, ["code", "year", *own]].rename(columns=own)
        parts.append(part.assign(indicator=name))
    columns = ["code", "year", "indicator", "count", "out_of"]
    table = pd.concat(parts)[columns]
    return _whole_numbers(table.sort_values(["year", "indicator", "code"], ignore_index=True))
