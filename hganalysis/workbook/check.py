"""Read a report, check it, and say what became of every cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import grid, indicators, suppress, words
from ..frames import is_long, read_long, require_reports, turn_totals
from ..grid import UnreadableError, letter
from . import naming, percents, remarks, sense, structure, whole
from .around import Around
from .cells import Reader
from .corrections import FILE_NAME
from .corrections import read as read_corrections
from .faults import QUESTIONS, USES, Log, count_uses, first_few, mark_unread_cells
from .numbers import looks_like_number
from .tables import check_columns, find_tables
from .template import measured_periods
from .times import list_names, period_name
from .vocabulary import gather_vocabulary

if TYPE_CHECKING:
    from ..grid import Sheet
    from ..periods import PeriodKey
    from ..study import Study
    from .cells import Line
    from .corrections import Corrections, SignedLine
    from .naming import Proposal
    from .tables import Layout
    from .vocabulary import Vocabulary

MOST_SEARCHED = 1000
"""Rows of a sheet without a table in which numbers are looked for: its beginning is enough."""


@dataclass(frozen=True)
class Checked:
    """
    What a report holds, and what became of each of its rows.

    Attributes
    ----------
    reports, teams, residents
        Accepted rows only.
    rows
        Every row of every sheet: `sheet`; `row`, as the spreadsheet counts; `kind` (`accepted`,
        `rejected`, `total`, `title`, `header`, `note` or `blank`); `code`; `period`, missing where
        periods stand side by side.
    faults
        What is wrong, each with its cell; one fault of a column has all of its `cells`.
    changes
        What was read otherwise than it is written, each with its cell.
    proposals
        Names that a person may accept in `corrections.csv`.
    uses
        For each `sheet`, how many cells there are of each of `faults.USES`. Together they are the
        cells that hold something.
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
        """List the rows that were accepted."""
        return self.rows[self.rows["kind"] == "accepted"]

    @property
    def rejected(self) -> pd.DataFrame:
        """List the rows that were rejected; `faults` says why."""
        return self.rows[self.rows["kind"] == "rejected"]

    @property
    def errors(self) -> pd.DataFrame:
        """List the faults that have to be corrected; the others are warnings."""
        return self.faults[self.faults["severity"] == "error"]

    @property
    def left_out(self) -> pd.DataFrame:
        """List the faults that name what was not read: unknown columns and blocks."""
        is_question = self.faults["rule"].isin(QUESTIONS - {"struck"})
        return self.faults[is_question & (self.faults["severity"] == "warning")]

    @property
    def is_sound(self) -> bool:
        """Say whether all that was read is accepted: at least one row, and no error."""
        return not len(self.errors) and bool(len(self.accepted))

    @property
    def is_complete(self) -> bool:
        """Say whether the report is sound and no cell was left out."""
        return self.is_sound and not self.uses["asked"].sum()


def read(file: str | Path, *others: str | Path, corrections: str | Path | None = None) -> Checked:
    """
    Read a report of any layout, and check every number in it.

    Parameters
    ----------
    file
        An xlsx, xls, ods or csv file, or the reports that `hganalysis counts` wrote. A day, such
        as 9/10/2025, is read day first; where its column may mean otherwise, it is refused.
    *others
        More files of the same report, for example one for each period. They are checked against
        each other, too, and `sheet` has the name of the file before that of the sheet.
    corrections
        What a person decided: names that were accepted, and what the dots of a file mark.
        Without it, `corrections.csv` beside each file is read where there is one.

    Returns
    -------
    checked
        Every row of the files is accepted, rejected, or recognised as something else.

    Raises
    ------
    ValueError
        If the corrections cannot be applied, or a file is given twice. For counts of a log, if
        any row is wrong: a program wrote them, so that nobody can correct a cell.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     checked = read(form)
    >>> len(checked.reports), len(checked.faults) > 0
    (0, False)
    """
    files = [Path(path) for path in (file, *others)]
    if len({path.resolve() for path in files}) < len(files):
        raise ValueError(words.term("workbook_errors.twice", files=", ".join(map(str, files))))
    count_files = [path for path in files if is_long(path)]
    sheet_files = [path for path in files if path not in count_files]
    checked = _check_files(sheet_files, corrections)
    return _add_counts(checked, count_files, corrections) if count_files else checked


def _find_corrections(files: list[Path], corrections_file: str | Path | None) -> Corrections:
    """Read the corrections that are named, else those beside the files."""
    if corrections_file:
        return read_corrections(Path(corrections_file))
    beside = dict.fromkeys(file.with_name(FILE_NAME) for file in files)
    return read_corrections(*filter(Path.is_file, beside))


def _check_files(files: list[Path], corrections_file: str | Path | None) -> Checked:
    """Read the files of a report, and check them together."""
    corrections = _find_corrections(files, corrections_file)
    vocabulary = gather_vocabulary(corrections.text_answers())
    of = vocabulary.study
    log = Log()
    try:
        layouts, lines = _read_files(files, vocabulary, corrections, log)
        proposals = _check_lines(of, lines, corrections, log)
        log.require_few()
        return _collect(of, layouts, lines, log, proposals)
    except UnreadableError as error:
        log.refuse(error, ", ".join(file.name for file in files))
        return _collect(of, [], [], log, [])


def _read_files(
    files: list[Path], vocabulary: Vocabulary, corrections: Corrections, log: Log
) -> tuple[list[Layout], list[Line]]:
    """Read files one by one; refuse a file that cannot be read."""
    layouts: list[Layout] = []
    lines: list[Line] = []
    has_equal_names = len({file.name for file in files}) < len(files)
    for file in files:
        prefix = ""
        if len(files) > 1:
            prefix = str(file) if has_equal_names else file.name
        file_log = Log(prefix)
        try:
            answer = corrections.find("number", file.name)
            file_layouts, file_lines = _read_file(file, vocabulary, answer, file_log)
        except UnreadableError as error:
            file_log.refuse(error, file.name)
        else:
            layouts += file_layouts
            lines += file_lines
            for sheet in [layout.sheet for layout in file_layouts if prefix]:
                sheet.name = f"{prefix}: {sheet.name}"
        log.faults += file_log.faults
        log.changes += file_log.changes
    return layouts, lines


def _read_file(
    file: Path, vocabulary: Vocabulary, answer: SignedLine, log: Log
) -> tuple[list[Layout], list[Line]]:
    """Read the sheets of a file, table by table."""
    book = grid.read(file)
    if book.encoding.startswith("cp"):
        log.fault("encoding", file=file.name, encoding=book.encoding)
    layouts = [find_tables(sheet, vocabulary) for sheet in book.sheets]
    names_communes = any(
        table.columns_of("code", "commune") for layout in layouts for table in layout.tables
    )
    lines: list[Line] = []
    for layout in layouts:
        sheet_lines: list[Line] = []
        for table in layout.tables:
            check_columns(vocabulary.study, table, log, summary=names_communes)
            table_lines = Reader(table, vocabulary, answer, log).read()
            Around(layout, table, table_lines, vocabulary, log).settle()
            sheet_lines += table_lines
        _refuse_repeated(layout, log)
        remarks.ask(layout, sheet_lines, vocabulary, log)
        mark_unread_cells(layout, sheet_lines, log)
        _check_sheet(layout, log)
        lines += sheet_lines
    log.require_few()
    if not any(layout.tables for layout in layouts):
        log.fault("no_table", file=file.name)
    return layouts, lines


def _refuse_repeated(layout: Layout, log: Log) -> None:
    """Refuse the tables of a sheet in which a cell stands more than once."""
    sheet = layout.sheet
    for row, column in dict.fromkeys(sheet.repeated_cells):
        text = sheet.cells[row, column].text
        log.fault("repeated_cell", sheet, row, column, text=text, once_per=sheet)
    if sheet.repeated_cells:
        for table in layout.tables:
            table.refusal = table.refusal or "repeated_cell"


def _check_sheet(layout: Layout, log: Log) -> None:
    """Find numbers without a table, and cells that a reader does not see."""
    if layout.is_ours:
        return
    if layout.tables:
        _find_hidden(layout, log)
        return
    beginning = [*layout.sheet.rows.values()][:MOST_SEARCHED]
    n_numbers = [sum(looks_like_number(cell.value) for cell in row) for row in beginning]
    if sum(n >= 2 for n in n_numbers) >= 3:
        log.fault("no_header", layout.sheet)


def _find_hidden(layout: Layout, log: Log) -> None:
    """Warn of hidden rows and columns with numbers, or of a sheet that is hidden."""
    sheet = layout.sheet
    used_columns = {
        number
        for table in layout.tables
        for number, column in table.columns.items()
        if column.field
    }
    filled_columns = {number for _, number in sheet.cells}
    columns = sorted(sheet.hidden_columns & used_columns & filled_columns)
    filled_rows = [row for row in sheet.rows if row in sheet.hidden_rows]
    rows = [row for row in filled_rows if layout.kinds[row].kind != "header"]
    if sheet.is_hidden or rows or columns:
        place = (0, columns[0] if columns else 0)
        if rows:
            place = (rows[0], 0)
        hidden = first_few([*map(letter, columns), *map(str, rows)]) or "–"
        log.fault("hidden", sheet, *place, where=hidden)


def _check_lines(
    of: Study, lines: list[Line], corrections: Corrections, log: Log
) -> list[Proposal]:
    """Settle places and periods, check every number, and reject the rows with a fault."""
    of_places = [line for line in lines if line.is_data]
    data = [line for line in of_places if line.has_figures]
    empty = [line for line in of_places if not line.has_figures]
    _check_periods(data, log)
    proposals = naming.find_communes(of, data, corrections, log)
    proposals += structure.ask(of, data, corrections, log)
    for line in data:
        if "period" in line.wrong:
            line.period = None
    totals = [line for line in lines if line.kind.kind == "total"]
    _check_figures(of, data, totals, log)
    # a row without figures is only needed to find the communes that are missing
    naming.find_communes(of, empty, corrections, Log())
    for line in empty:
        line.wrong.clear()
    whole.warn_of_missing(data, empty, log)
    _reject(data)
    return proposals


def _check_figures(of: Study, data: list[Line], totals: list[Line], log: Log) -> None:
    """Check numbers by themselves, then against other rows and totals."""
    identified = [line for line in data if line.code and line.period]
    sense.fill_rest(identified)
    rows = sense.with_census(sense.tabulate(identified))
    percents.ask(identified, rows, log)
    sense.NumberChecks(identified, log).run()
    sense.warn_of_small_groups(identified, log)
    # a table that is refused as a whole may repeat another: nobody knows
    clear = [line for line in identified if not line.table.refusal]
    repeated = whole.refuse_repeated(clear, log)
    whole.check_periods(identified, log)
    counted_once = [line for line in data if line not in repeated]
    whole.check_sums(of, counted_once, totals, log)


def _reject(lines: list[Line]) -> None:
    """Reject the lines with a fault, and those of the same row."""
    wrong_rows = {(line.table, line.row) for line in lines if line.wrong or line.table.refusal}
    for line in lines:
        line.is_rejected = (line.table, line.row) in wrong_rows


def _check_periods(lines: list[Line], log: Log) -> None:
    """Refuse lines without a period, and periods that the catalogue does not have."""
    periods = measured_periods()
    for line in lines:
        # where the period of a whole table is not clear, the table has a fault of its own
        if "period" in line.wrong or line.wrong.get("") in {"no_place", "no_commune"}:
            continue
        is_refused_without_period = line.period is None and line.table.refusal
        if line.period in periods or is_refused_without_period:
            continue
        rule = "period_missing" if line.period is None else "period_unknown"
        group = line.table, line.period
        blanks = {"period": period_name(line.period), "periods": list_names(periods)}
        log.fault_of_line(line, rule, "period", once_per=group, **blanks)


def _collect(
    of: Study, layouts: list[Layout], lines: list[Line], log: Log, proposals: list[Proposal]
) -> Checked:
    """Write the lines that are accepted, every row, and what was found, as tables."""
    accepted = [
        line for line in lines if line.is_data and line.has_figures and not line.is_rejected
    ]
    rows = sense.tabulate(accepted).groupby(["period", "code"], as_index=False).first()
    faults, changes = log.tables()
    faults = faults.sort_values(["sheet", "row"], kind="stable", ignore_index=True)
    sheets = [layout.sheet for layout in layouts]
    uses = count_uses(sheets, lines, log)
    return Checked(
        reports=_reports(of, rows),
        teams=_counts_of_places(of, rows, ["teams", "members"]),
        residents=_counts_of_places(of, rows, ["population", "households"]),
        rows=_rows(layouts, lines),
        faults=faults,
        changes=changes.drop_duplicates(ignore_index=True),
        proposals=pd.DataFrame(proposals, columns=["written", "district", "level", "code"]),
        uses=pd.DataFrame(uses, columns=["sheet", *USES]),
    )


def _counts_of_places(of: Study, rows: pd.DataFrame, fields: list[str]) -> pd.DataFrame:
    """Take some numbers of each place and period, where it has any of them."""
    counts = rows[["code", "period", *fields]]
    counts = counts.dropna(subset=fields, how="all", ignore_index=True)
    return _as_whole_numbers(of, counts)


def _rows(layouts: list[Layout], lines: list[Line]) -> pd.DataFrame:
    """List every row of every sheet: its kind, its place and its period."""
    lines_by_row: dict[tuple[Sheet, int], list[Line]] = {}
    for line in lines:
        lines_by_row.setdefault((line.table.sheet, line.row), []).append(line)
    rows: list[tuple[object, ...]] = []
    for layout in layouts:
        sheet = layout.sheet
        for row in range(1, max(sheet.rows, default=0) + 1):
            kind = layout.kinds[row].kind if row in layout.kinds else "blank"
            outcome: tuple[object, ...] = (kind, None, None)
            if kind in {"data", "rejected"}:
                outcome = _outcome(lines_by_row[sheet, row])
            rows.append((sheet.name, row, *outcome))
    table = pd.DataFrame(rows, columns=["sheet", "row", "kind", "code", "period"])
    return table.astype({"row": "int64", "period": "object", "code": "object"})


def _outcome(lines: list[Line]) -> tuple[str, str | None, PeriodKey | None]:
    """Give what became of a row of a place, its code and its period."""
    figures = [line for line in lines if line.has_figures]
    if not figures:
        return "blank", None, None
    kind = "rejected" if figures[0].is_rejected else "accepted"
    period = figures[0].period if len(figures) == 1 else None
    return kind, figures[0].code, period


def _add_counts(
    checked: Checked, files: list[Path], corrections_file: str | Path | None
) -> Checked:
    """Add the counts of logs to what was read; any wrong row is an error."""
    corrections = _find_corrections(files, corrections_file)
    counts: list[pd.DataFrame] = []
    faults = [checked.faults]
    n_asked: list[int] = []
    for file in files:
        log = Log(file.name)
        ask = partial(percents.take_out, corrections=corrections, log=log)
        counts.append(read_long(file, take_out=ask))
        faults_of_file, _ = log.tables()
        faults.append(faults_of_file)
        n_asked.append(sum(len(fault["cells"]) for fault in log.faults))
    is_suppressed = any("pool" in table for table in counts)
    # counts that are hidden already cannot be hidden again together with the others
    reports = suppress.hide_counts(checked.reports) if is_suppressed else checked.reports
    rows = [checked.rows]
    uses = [checked.uses]
    for file, table, n_waiting in zip(files, counts, n_asked, strict=True):
        accepted = table[["code", "period"]]
        rows.append(accepted.assign(sheet=file.name, kind="accepted", row=table.index + 2))
        use: dict[str, object] = {"sheet": file.name, **dict.fromkeys(USES, 0)}
        use["used"] = int(table.notna().sum().sum()) + len(table.columns)
        use["asked"] = n_waiting
        uses.append(pd.DataFrame([use]))
    return replace(
        checked,
        reports=require_reports(_join_filled([reports, *counts])),
        faults=_join_filled(faults),
        rows=_join_filled(rows),
        uses=_join_filled(uses),
    )


def _join_filled(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables below each other; an empty one would change the types of columns."""
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)


def _as_whole_numbers(of: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Write numbers as integers, as reported; a column with a gap as nullable ones."""
    numbers = table.columns.difference(["code", "indicator", "period"])
    types = {name: "Int64" if table[name].isna().any() else "int64" for name in numbers}
    types["period"] = "int64" if of.grain == "year" else "str"
    return table.astype({"code": "str", **types}).assign(origin="reported")


def _reports(of: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """Arrange the measures below each other: one row for each commune, period and measure."""
    filled = sense.with_census(rows)
    parts: list[pd.DataFrame] = []
    for name in indicators.names():
        columns = {f"{name}.count": "count", f"{name}.out_of": "out_of"}
        has_numbers = rows[[*columns]].notna().any(axis=1)
        is_counted = has_numbers & rows["period"].isin(indicators.periods(name))
        if is_counted.any() or not parts:
            part = filled.loc[is_counted, ["code", "period", *columns]].rename(columns=columns)
            parts.append(part.assign(indicator=name))
    table = turn_totals(pd.concat(parts)[["code", "period", "indicator", "count", "out_of"]])
    table = table.sort_values(["period", "indicator", "code"], ignore_index=True)
    return _as_whole_numbers(of, table)
