"""Read a report and say of every row what became of it: nothing guessed, nothing lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, suppress
from ..frames import is_long, read_long, require_reports
from . import completeness, naming, plausibility
from . import corrections as accepted_names
from .account import LEFT_OUT, USES
from .corrections import Corrections
from .faults import CHANGES, FAULTS, Fault, at_row, fault_table, placed, require_few, show
from .guard import UnreadableError
from .reading import nothing, read_table, refused, together
from .tables import text_of

if TYPE_CHECKING:
    from .reading import Reading
    from .sheets import Value

TEXTS = ("code", "district", "commune")


@dataclass(frozen=True)
class Checked:
    """
    What a report holds, and what became of each of its rows.

    `reports`, `teams` and `residents` hold accepted rows only. `rows` has every row of every
    sheet: `sheet`, `row` (as the spreadsheet counts), `kind` (`accepted`, `rejected`, `total`,
    `title`, `header`, `note` or `blank`), `code`, `year` (none where years stand side by side).
    `faults` and `changes` say what is wrong
    and what was made of what stood there, each with its cell. `proposals` are names that a person
    may accept in `corrections.csv`. `uses` says of each `sheet` how many of its cells there are of
    each of `account.USES`; together they are the cells that hold something.
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
        return self.faults[self.faults["rule"].isin(LEFT_OUT)]

    @property
    def sound(self) -> bool:
        """Whether all that was read is accepted: some row is there, and no error."""
        return not len(self.errors) and bool(len(self.accepted))

    @property
    def complete(self) -> bool:
        """Whether everything was accepted: what was read is, and nothing was left out."""
        return self.sound and not self.uses["left"].sum()


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
    found = _judged(files, corrections) if files else judge(nothing())
    return _with_counts(found, counted) if counted else found


def _judged(files: list[Path], corrections: str | Path | None) -> Checked:
    accepted = _corrections(files, corrections)
    said = accepted.said()
    readings = [read_table(one, accepted.answer(one.name), said) for one in files]
    alike = len({one.name for one in files}) < len(files)
    names = [str(one) if alike else one.name for one in files]
    one = readings[0] if len(files) == 1 else together(dict(zip(names, readings, strict=True)))
    try:
        return judge(one, accepted)
    except UnreadableError as error:
        return judge(refused(error, ", ".join(names)), accepted)


def _with_counts(found: Checked, files: list[Path]) -> Checked:
    """Add the counts of logs to what else was read: right as a whole, or not at all."""
    counts = [read_long(file) for file in files]
    hidden = any("pool" in one for one in counts)
    # What is hidden already cannot be hidden once more together with what is not.
    parts = [suppress.small(found.reports) if hidden else found.reports, *counts]
    rows = [
        one[["code"]].assign(
            sheet=file.name,
            row=one.index + 2,
            kind="accepted",
            year=one["year"].astype("Int64"),
        )
        for file, one in zip(files, counts, strict=True)
    ]
    return replace(
        found,
        reports=require_reports(pd.concat([one for one in parts if len(one)], ignore_index=True)),
        rows=pd.concat([one for one in (found.rows, *rows) if len(one)], ignore_index=True),
        uses=pd.concat([one for one in (found.uses, *map(_uses, files, counts)) if len(one)]),
    )


def _uses(file: Path, counts: pd.DataFrame) -> pd.DataFrame:
    """Account for the cells of counts of a log: each was read, or the file was refused."""
    cells = {**dict.fromkeys(USES, 0), "read": int(counts.notna().sum().sum())}
    return pd.DataFrame([{"sheet": file.name, **cells, "heading": len(counts.columns)}])


def _corrections(files: list[Path], given: str | Path | None) -> Corrections:
    if given is not None:
        return accepted_names.read(Path(given))
    beside = dict.fromkeys(one.with_name(accepted_names.NAME) for one in files)
    return accepted_names.together(accepted_names.read(one) for one in beside if one.is_file())


def judge(reading: Reading, corrections: Corrections | None = None) -> Checked:
    """
    Settle places and years, and ask of every number whether it can be.

    Parameters
    ----------
    reading
        What stands in the file, typed.
    corrections
        Names that a person accepted.

    Returns
    -------
    checked
        The rows of `reading`, each with what became of it.

    Raises
    ------
    UnreadableError
        If it has more faults than anybody looks at.
    """
    rows = _wide(reading)
    figures = rows[plausibility.numeric(rows)].notna().any(axis=1) | rows["faulty"]
    is_data, is_total = rows["kind"].isin(["accepted", "rejected"]), rows["kind"] == "total"
    data, sums, empty = rows[is_data & figures], rows[is_total], rows[is_data & ~figures]
    names = naming.settle(data, corrections or Corrections())
    settled = data.assign(code=names.codes)
    placeless = _placeless(reading, data)
    faults = [
        fault
        for fault in _years(settled, reading.faults)
        if not (fault.rule == "year_missing" and fault.at in placeless)
    ]
    undated = {fault.at for fault in faults} | set(settled.index[settled["year"].isna()])
    faults += [
        fault
        for fault in names.faults
        # said before: of a year that is on no list, and of a row without a place
        if not (fault.rule == "structure_undecided" and fault.at in undated)
        and not (fault.rule == "row_without_place" and fault.at in placeless)
    ]
    unsettled = {fault.at for fault in names.faults} | undated
    sound = settled[~settled.index.isin(unsettled)]
    faults += [*plausibility.check(sound), *completeness.repeats(sound), *completeness.years(sound)]
    before = _faulty(reading, rows)
    faults = [fault for fault in faults if (fault.at, fault.field) not in before]
    seen = settled.assign(
        code=names.about["code"],
        district_code=names.about["district_code"],
        year=settled["year"].mask(settled.index.isin(undated)),
    )
    again = {fault.at for fault in faults if fault.rule == "duplicate_same"}
    spoilt = before | _spoilt(rows, faults) | {(at, "") for at in undated}
    # a row whose place is not clear is part of the sum of all, and for certain of no district's
    spoilt_parts = spoilt | {(at, "") for at in unsettled}
    seen_once = seen[~seen.index.isin(again)]
    faults += completeness.sums(seen_once, sums, spoilt=spoilt, spoilt_parts=spoilt_parts)
    if len(empty):
        rest = naming.settle(empty, corrections or Corrections())
        empty = empty.assign(code=rest.about["code"])
    faults += completeness.missing(seen, empty=empty)
    apart = _years_apart(reading.cells)
    faults = placed(faults, rows, apart)
    require_few(faults)
    own = reading.faults[FAULTS].copy()
    own["field"] = own["field"].map(lambda field: field.partition("@")[0])
    # what is wrong with the place of a row is wrong once, however many years it is of
    table = pd.concat([own, fault_table(faults)], ignore_index=True)
    table = table.drop_duplicates(ignore_index=True)
    found = _intake(reading, rows.assign(code=settled["code"]), table, names, figures)
    unused = rows.loc[[fault.at for fault in faults if fault.rule == "total_alone"]]
    return replace(found, uses=_without(reading.uses, unused, apart))


def _spoilt(rows: pd.DataFrame, faults: list[Fault]) -> set[tuple[int | None, str]]:
    """Name what spoils a sum: a row that is wrong as a whole all of its fields, a cell its own."""
    whole = rows.index[(rows["kind"] == "rejected") & ~rows["faulty"]]
    wrong = [one for one in faults if one.severity == "error" and one.field not in TEXTS]
    return {(int(at), "") for at in whole} | {(one.at, one.field) for one in wrong}


def _without(uses: pd.DataFrame, totals: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Call what stands in totals that nobody uses left out: their numbers are in no other row."""
    keys = ["sheet", "row", "across"]
    told = cells.merge(totals[keys].drop_duplicates(), on=keys)
    told = told[told["field"].isin(plausibility.numeric(totals)) & told["value"].notna()]
    # where years stand side by side, a cell of no year is one of each
    left = told.drop_duplicates(["sheet", "row", "column"])["sheet"].value_counts()
    number = uses["sheet"].map(left).fillna(0).astype("int64")
    return uses.assign(read=uses["read"] - number, left=uses["left"] + number)


def _wide(reading: Reading) -> pd.DataFrame:
    """Put each row of the file into one row: its texts, its year, its numbers."""
    rows = reading.rows[["sheet", "row", "kind", "label", "level"]].reset_index(drop=True)
    cells = _years_apart(reading.cells)
    keys = ["sheet", "row", "across"]
    # where years stand side by side a row is one for each of them
    years = cells.loc[cells["across"] > 0, keys].drop_duplicates()
    rows = rows.merge(years, on=["sheet", "row"], how="left")
    rows["across"] = rows["across"].fillna(0).astype("int64")
    stated = cells.drop_duplicates([*keys, "field"])
    values = stated.pivot(index=keys, columns="field", values="value")
    numbers = ["year", *plausibility.numeric(values[list(dict.fromkeys(cells["field"]))])]
    rows = rows.join(values.reindex(columns=[*TEXTS, *numbers]), on=keys)
    for field in TEXTS:
        rows[field] = rows[field].map(_text)
    for field in numbers:
        rows[field] = pd.to_numeric(rows[field], errors="coerce").astype("float64")
    rows["year"] = rows["year"].mask(rows["across"] > 0, rows["across"].astype("float64"))
    rows["faulty"] = _have(rows, reading.faults[reading.faults["severity"] == "error"])
    return rows


def _have(rows: pd.DataFrame, faults: pd.DataFrame) -> pd.Series:
    """Say of each row whether one of some faults stands in it."""
    keys = set(zip(faults["sheet"], faults["row"], strict=True))
    stands = zip(rows["sheet"], rows["row"], strict=True)
    return pd.Series([key in keys for key in stands], index=rows.index, dtype="bool")


def _years_apart(cells: pd.DataFrame) -> pd.DataFrame:
    """Part year and field where years stand side by side; what is of no year is of each."""
    parts = [field.partition("@") for field in cells["field"]]
    apart = cells.assign(
        field=pd.Series([name for name, _, _ in parts], index=cells.index, dtype="str"),
        across=pd.Series([int(year or 0) for _, _, year in parts], index=cells.index),
    )
    years = apart.loc[apart["across"] > 0, ["sheet", "row", "across"]].drop_duplicates()
    if years.empty:
        return apart
    shared = apart["across"] == 0
    each = apart[shared].drop(columns="across").merge(years, on=["sheet", "row"], how="left")
    each["across"] = each["across"].fillna(0).astype("int64")
    order = ["sheet", "row", "across"]
    return pd.concat([each, apart[~shared]]).sort_values(order, kind="stable", ignore_index=True)


def _text(value: Value) -> str:
    return "" if isinstance(value, float) and pd.isna(value) else text_of(value)


def _faulty(reading: Reading, rows: pd.DataFrame) -> set[tuple[int | None, str]]:
    """Name the cells that were found wrong while they were read."""
    at: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for index, sheet, row, year in rows[["sheet", "row", "across"]].itertuples(name=None):
        at.setdefault((sheet, row), []).append((int(index), year))
    wrong = reading.faults[reading.faults["severity"] == "error"]
    found: set[tuple[int | None, str]] = set()
    for sheet, row, field in wrong[["sheet", "row", "field"]].itertuples(index=False, name=None):
        name, _, own = field.partition("@")
        there = [index for index, year in at.get((sheet, row), []) if own in {"", str(year)}]
        found |= {(index, name) for index in there} or {(None, name)}
    return found


def _placeless(reading: Reading, rows: pd.DataFrame) -> set[int | None]:
    """Name the rows that were refused in reading because they name no commune."""
    said = reading.faults[reading.faults["rule"].isin(["no_place", "no_commune"])]
    return {*rows.index[_have(rows, said)]}


def _years(rows: pd.DataFrame, faults: pd.DataFrame) -> list[Fault]:
    """Refuse rows without a year, and years that the catalogue does not have."""
    # where the year of a whole sheet is not clear, that is said once
    said = set(faults.loc[faults["field"] == "year", "sheet"])
    years = sorted({year for name in indicators.names() for year in indicators.years(name)})
    told = {"years": ", ".join(map(str, years))}
    sheets = rows["sheet"].to_dict()
    wrong = []
    for at, year in rows["year"].items():
        number = int(at)  # type: ignore[call-overload]
        if pd.isna(year):
            if sheets[at] in said:
                continue
            wrong.append(at_row(number, "year", "year_missing", told))
        elif year not in years:
            shown = str(int(year)) if float(year).is_integer() else show(year)
            wrong.append(at_row(number, "year", "year_unknown", {**told, "year": shown}))
    return wrong


def _intake(
    reading: Reading,
    rows: pd.DataFrame,
    faults: pd.DataFrame,
    names: naming.Names,
    figures: pd.Series,
) -> Checked:
    refused = _have(rows, faults[faults["severity"] == "error"])
    data = rows["kind"].isin(["accepted", "rejected"])
    kind = rows["kind"].mask(data & ~figures, "blank")
    kind = kind.mask(data & figures & refused, "rejected")
    taken = rows[kind == "accepted"]
    listed = rows[["sheet", "row"]].assign(
        kind=kind, code=rows["code"].where(kind.isin(["accepted", "rejected"])), year=rows["year"]
    )
    listed["year"] = listed["year"].where(kind.isin(["accepted", "rejected"])).astype("Int64")
    several = listed.duplicated(["sheet", "row"], keep=False)
    listed["year"] = listed["year"].mask(several)  # it is of more than one
    listed = listed.drop_duplicates(["sheet", "row"], ignore_index=True)
    changes = [reading.changes[CHANGES], _placed(names.changes, reading.cells)]
    return Checked(
        reports=_reports(taken),
        teams=_by_year(taken, ["teams", "members"]).assign(origin="reported"),
        residents=_residents(taken),
        rows=listed,
        faults=faults.sort_values(["sheet", "row"], kind="stable", ignore_index=True),
        changes=pd.concat(changes, ignore_index=True).drop_duplicates(ignore_index=True),
        proposals=names.proposals,
        uses=reading.uses,
    )


def _placed(changes: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Replace the field of a change by the letter of its column."""
    if changes.empty:
        return changes
    known = cells[["sheet", "field", "column"]].drop_duplicates(["sheet", "field"])
    letters = {
        (sheet, field): column for sheet, field, column in known.itertuples(index=False, name=None)
    }
    columns = [
        letters.get(key, "") for key in zip(changes["sheet"], changes["column"], strict=True)
    ]
    return changes.assign(column=columns)


def _by_year(rows: pd.DataFrame, fields: list[str]) -> pd.DataFrame:
    """Bring the rows of a commune in a year together, and drop those without any of the fields."""
    cells = rows.reindex(columns=["code", "year", *fields]).dropna(subset=fields, how="all")
    table = cells.groupby(["year", "code"], as_index=False)[fields].first()
    return _whole_numbers(table[["code", "year", *fields]])


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Write numbers as whole ones; where one is missing, in the type that can say so."""
    kept = table.copy()
    for field in table.columns.difference(["code", "indicator", "origin"]):
        kept[field] = table[field].astype("Int64" if table[field].isna().any() else "int64")
    return kept.assign(code=kept["code"].astype("str"))


def _reports(rows: pd.DataFrame) -> pd.DataFrame:
    """Arrange the measures below each other: one row for each commune, year and measure."""
    filled = plausibility.with_census(rows)
    parts = [pd.DataFrame(columns=["code", "year", "indicator", "count", "out_of"])]
    for name in plausibility.measured(rows):
        own = rows.reindex(columns=[f"{name}.count", f"{name}.out_of"])
        there = own.notna().any(axis=1) & rows["year"].isin(indicators.years(name))
        part = filled.loc[there].reindex(
            columns=["code", "year", f"{name}.count", f"{name}.out_of"]
        )
        part.columns = pd.Index(["code", "year", "count", "out_of"])
        part = part.groupby(["code", "year"], as_index=False).first()
        parts.append(part.assign(indicator=name))
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    table = table.sort_values(["year", "indicator", "code"], ignore_index=True)
    columns = ["code", "year", "indicator", "count", "out_of"]
    return _whole_numbers(table[columns]).assign(origin="reported")


def _residents(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the residents and households that communes reported, empty where one gave none."""
    own = rows.reindex(columns=["code", "year", "population", "households"])
    own = own.groupby(["year", "code"], as_index=False).first()
    told = own[own[["population", "households"]].notna().any(axis=1)].reset_index(drop=True)
    table = told[["code", "year", "population", "households"]]
    return _whole_numbers(table).assign(origin="reported")
