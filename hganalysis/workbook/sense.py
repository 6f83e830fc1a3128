"""Check whether every number of a report is possible, and whether it is unusual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, suppress, words
from ..frames import turn_totals
from .faults import mark, show
from .template import NUMBERS
from .times import list_names
from .vocabulary import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cells import Line
    from .faults import Log

CENSUS_FACTOR = 1.2
"""
Residents may differ from the census by this factor.

Populations printed for the communes of 2025 are "converted" ones, 1.2 to 1.6 times the census; no
commune grew or shrank by a fifth since 2019.
"""
CLASS_FACTOR = 5
"""No honest column of a shipped study is so many times below the lowest class."""
RATE_FACTOR, N_SPREADS = 6, 6
"""
A rate is unusual at this factor from the median, and this number of usual distances from it.

A digit too many or too few makes about ten times as much or a tenth. The usual distance spares a
measure that varies. Of the shipped studies nine honest counts are found, and of counts that lost a
digit 148 of 168.
"""
MIN_GROUP = 4
"""A median of fewer rates says little about what is usual."""
MIN_EXPECTED = 20
"""With fewer expected, a tenth or ten times as many may be chance."""


def is_out_of_residents(name: str) -> bool:
    """Say whether a measure is out of residents: an empty total means all."""
    return indicators.get(name, period=indicators.periods(name)[0]).denominator == "residents"


def tabulate(lines: Sequence[Line]) -> pd.DataFrame:
    """
    Put lines into a frame, one row for each line, without the numbers that are wrong.

    Returns
    -------
    rows
        `code`, `period`, and a column for each number that a report can have.
    """
    numbers = [
        {field: number for field, number in line.numbers.items() if field not in line.wrong}
        for line in lines
    ]
    return pd.DataFrame(numbers, columns=_fields(), dtype="float64").assign(
        code=pd.Series([line.code for line in lines], dtype="object"),
        period=pd.Series([line.period for line in lines], dtype="object").infer_objects(),
    )


def _fields() -> list[str]:
    """List the numbers that a report can have."""
    return [*NUMBERS, *(f"{name}.{part}" for name in indicators.names() for part in PARTS)]


def with_census(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Add to each row what the census says of its commune, and fill in denominators.

    Returns
    -------
    rows
        With these columns more:

        - `census`, `census_households`: of the census
        - `residents`: reported in any row of the same commune and period, else of the census
        - `compared_code`
        - `MEASURE.out_of`: filled in where the measure is out of residents
    """
    census = places.units().reindex(rows["code"]).set_axis(rows.index)
    population = rows["population"]
    in_any_row = population.groupby([rows["code"], rows["period"]]).transform("max")
    in_census = census["population"].astype("float64")
    filled = rows.assign(
        census=in_census,
        census_households=census["households"].astype("float64"),
        compared_code=census["compared_code"],
        residents=population.fillna(in_any_row).fillna(in_census),
    )
    for name in filter(is_out_of_residents, indicators.names()):
        filled[f"{name}.out_of"] = rows[f"{name}.out_of"].fillna(filled["residents"])
    return filled


def fill_rest(lines: Sequence[Line]) -> None:
    """Give a group that nobody reported what the other groups leave of the whole."""
    if not indicators.splits():
        return
    rows = with_census(tabulate(lines))
    for split in indicators.splits():
        for part in PARTS:
            groups = rows[[f"{name}.{part}" for name in split.groups]]
            rest = rows[f"{split.whole}.{part}"] - groups.sum(axis=1)
            is_rest = (groups.notna().sum(axis=1) == len(split.groups) - 1) & (rest >= 0)
            for row in rest.index[is_rest]:
                missing = groups.columns[groups.loc[row].isna()][0]
                lines[row].numbers[missing] = rest[row]


def warn_of_small_groups(lines: Sequence[Line], log: Log) -> None:
    """Say of how many places groups will be hidden, before anything is published."""
    limit = suppress.threshold()
    rows = tabulate(lines)
    for split in indicators.splits():
        is_small = pd.Series(data=False, index=rows.index)
        for name in split.groups:
            count, out_of = rows[f"{name}.count"], rows[f"{name}.out_of"]
            has_small_rest = (indicators.kind(name) == "share") & (out_of - count < limit)
            is_small |= ((count < limit) | has_small_rest) & (out_of > 0)
        counts = rows[[f"{name}.count" for name in split.groups]]
        n_small = rows.loc[is_small, "code"].nunique()
        if n_small:
            log.fault(
                "groups_small",
                groups=", ".join(split.groups.values()),
                label=indicators.measure_label(split.whole),
                n_small=show(n_small),
                all=show(rows.loc[counts.notna().any(axis=1), "code"].nunique()),
            )


PUBLIC = {"census", "census_households"}
"""Numbers beside those of a report that everybody knows."""


class NumberChecks:
    """Checks the numbers of lines whose commune and period are known."""

    def __init__(self, lines: Sequence[Line], log: Log) -> None:
        self.lines = lines
        self.log = log
        self.rows = tabulate(lines)
        # a field of which no row has a number, right or wrong, breaks no rule
        self.fields = {field for line in lines for field in (*line.numbers, *line.wrong)}
        # periods as texts: they are no numbers with a sign for thousands
        self.periods = self.rows["period"].map(words.period)

    def run(self) -> None:
        """Apply every rule; a number that is impossible by itself is not compared."""
        if not self.lines:
            return
        for field in _fields():
            if field in self.fields:
                self._check_number(field, self.rows[field])
        rows = with_census(tabulate(self.lines))
        self._check_people(rows)
        for split in indicators.splits():
            for part in PARTS:
                self._check_groups(rows, split, part)
        for name in indicators.names():
            if self.fields & {f"{name}.{part}" for part in PARTS}:
                self._check_measure(rows, name)
        self._check_unusual(rows)

    def _report(self, is_broken: pd.Series, field: str, rule: str, **blanks: object) -> None:
        """Report each row that breaks a rule; an unusual one once for its column."""
        for row in is_broken.index[is_broken]:
            line = self.lines[row]
            if field in line.wrong:
                continue
            texts = {name: _write(value, row) for name, value in blanks.items()}
            group: tuple[object, ...] | None = None
            if rule == "count_empty" or rule.startswith("unusually"):
                _, column = line.locate(field)
                group = line.table, column, texts.get("place")
            elif rule in {"total_missing", "groups_missing"} and not line.table.columns_of(field):
                group = line.table, field  # no row of the table can have it
            self.log.fault_of_line(line, rule, field, once_per=group, **texts)

    def _check_number(self, field: str, numbers: pd.Series) -> None:
        """Refuse numbers that count nothing, or that are of a period without their measure."""
        self._report(numbers < 0, field, "negative")
        self._report((numbers >= 0) & (numbers % 1 != 0), field, "fractional")
        name, _, part = field.partition(".")
        if field in {"population", "households"} or part == "out_of":
            is_none_of_none = pd.Series(data=False, index=numbers.index)
            if part and indicators.may_be_of_nothing(name):
                is_none_of_none = self.rows[f"{name}.count"].fillna(0) == 0
            self._report((numbers == 0) & ~is_none_of_none, field, "zero_total")
        if part:
            periods = indicators.periods(name)
            is_of_other_period = numbers.notna() & ~self.rows["period"].isin(periods)
            self._report(
                is_of_other_period,
                field,
                "measure_not_taken",
                label=indicators.measure_label(name),
                period=self.periods,
                periods=list_names(periods),
            )

    def _check_people(self, rows: pd.DataFrame) -> None:
        """Compare teams to members, and residents and households to each other and the census."""
        teams = rows["teams"]
        members = rows["members"]
        has_no_team = (members > 0) & (teams == 0)
        has_few_members = (teams > members) & ~has_no_team
        counts = {"teams": teams, "members": members}
        self._report(has_no_team, "members", "members_without_teams", **counts)
        self._report(has_few_members, "teams", "teams_above_members", **counts)
        households = rows["households"]
        residents = rows["residents"]
        has_few_residents = households > residents
        counts = {"households": households, "residents": residents}
        self._report(has_few_residents, "households", "more_households_than_people", **counts)
        self._compare_with_census(rows["population"], rows["census"])
        # a place with more households than residents has its fault already
        households = households.mask(has_few_residents)
        self._compare_with_census(households, rows["census_households"])

    def _compare_with_census(self, reported: pd.Series, census: pd.Series) -> None:
        """Warn of numbers that are far from those of the census."""
        ratio = reported / census
        is_far = (ratio > CENSUS_FACTOR) | (ratio < 1 / CENSUS_FACTOR)
        field = str(reported.name)
        self._report(is_far, field, "far_from_census", times=ratio.round(2), census=census)

    def _check_groups(self, rows: pd.DataFrame, split: indicators.Split, part: str) -> None:
        """Refuse groups that are not all there, or that do not add up to the whole."""
        field = f"{split.whole}.{part}"
        fields = [f"{name}.{part}" for name in split.groups]
        # another sheet may have what a line lacks
        known = rows.groupby(["code", "period"])[[field, *fields]].transform("first")
        sums = known[fields].sum(axis=1)
        n_groups = known[fields].notna().sum(axis=1)
        has_fault = [not line.wrong.keys().isdisjoint([field, *fields]) for line in self.lines]
        is_clear = rows[fields].notna().any(axis=1) & ~pd.Series(has_fault, rows.index)
        is_complete = (n_groups == len(fields)) & known[field].notna()
        texts = {"groups": ", ".join(split.groups.values()), "sum": sums, "whole": known[field]}
        self._report(is_clear & ~is_complete, field, "groups_missing", **texts)
        differs = is_clear & is_complete & (sums != known[field])
        self._report(differs, field, "groups_differ", **texts)

    def _check_measure(self, rows: pd.DataFrame, name: str) -> None:
        """Compare each count to its denominator, to its classes and to the period before."""
        field = f"{name}.count"
        denominator = f"{name}.out_of"
        count = rows[field]
        out_of = rows[denominator]
        texts = {"label": indicators.measure_label(name), "count": count, "out_of": out_of}
        is_share = indicators.kind(name) == "share"
        of_residents = is_out_of_residents(name)
        if is_share:
            rule = "count_above_residents" if of_residents else "count_above_total"
            self._report(count > out_of, field, rule, **texts)
        self._report(count.notna() & out_of.isna(), denominator, "total_missing", **texts)
        if not of_residents:
            self._report(count.isna() & out_of.notna(), field, "count_missing", **texts)
        self._check_empty(name)
        if is_share and indicators.has_classes(name):
            self._ask_far_below(name, count / out_of, rows["period"])
        reports = rows[["code", "period"]].assign(count=count, out_of=out_of, indicator=name)
        over_time = indicators.over_time(name)
        if over_time == "stock":
            self._check_falls(name, reports[["code", "period", "count"]].dropna())
        elif over_time == "since_january":
            self._check_totals(name, reports)

    def _check_empty(self, name: str) -> None:
        """
        Find empty counts in a column that has others of the same period.

        Its district then has no share. With a denominator, the rule `count_missing` applies.
        """
        field = f"{name}.count"
        period = self.rows["period"]
        code = self.rows["code"]
        lines = pd.Series([*self.lines], dtype="object")
        has_column = lines.map(lambda line: bool(line.table.columns_of(field)))
        is_filled = self.rows[field].notna() | lines.map(lambda line: field in line.wrong)
        tables = lines.map(lambda line: id(line.table))
        is_empty = (
            period.isin(indicators.periods(name))
            & has_column
            & is_filled.groupby([tables, period]).transform("any")
            & ~is_filled.groupby([code, period]).transform("any")
        )
        if not is_out_of_residents(name):
            is_empty &= self.rows[f"{name}.out_of"].isna()
        self._report(
            is_empty,
            field,
            "count_empty",
            label=indicators.measure_label(name),
            period=self.periods,
            place=places.parents(code[is_empty]).map(places.name),
        )

    def _ask_far_below(self, name: str, share: pd.Series, period: pd.Series) -> None:
        """Ask about a column whose usual share is far below the classes of its measure."""
        lowest = min(indicators.classes(name).breaks) / CLASS_FACTOR
        by_period = share[share > 0].groupby(period)
        is_low = by_period.transform("median") < lowest
        is_low &= by_period.transform("count") >= MIN_GROUP
        field = f"{name}.count"
        for line in [self.lines[row] for row in is_low.index[is_low]]:
            cell = line.cells[field]
            table = line.table
            column = table.columns[cell.column]
            if field in line.wrong or not table.may_ask(cell.column, field):
                continue
            self.log.fault(
                *("far_below", table.sheet, column.row, cell.column),
                field=field,
                text=table.question_at(cell.column, field),
                once_per=(table, cell.column, field),
                label=indicators.measure_label(name),
                cell=mark(cell.text),
            )
            line.wrong[field] = "far_below"

    def _check_totals(self, name: str, reports: pd.DataFrame) -> None:
        """Refuse running totals that fall, and parts that rise by more than what they are of."""
        new = turn_totals(reports)
        before = reports[[*PARTS]] - new[[*PARTS]]
        texts = {"label": indicators.measure_label(name)}
        for part in PARTS:
            numbers = {"count": reports[part], "before": before[part]}
            self._report(new[part] < 0, f"{name}.{part}", "total_falls", **numbers, **texts)
        if indicators.kind(name) == "share":
            outgrows = (new["count"] > new["out_of"]) & (before["count"] > 0)
            numbers = {"count": new["count"], "out_of": new["out_of"]}
            self._report(outgrows, f"{name}.count", "total_outgrown", **numbers, **texts)

    def _check_falls(self, name: str, rows: pd.DataFrame) -> None:
        """
        Warn of fewer users of a platform than in the period before.

        It is possible: people move away, or an older count is corrected.
        """
        rows = rows.sort_values(["code", "period"], kind="stable")
        before = rows.groupby("code", sort=False)[["count", "period"]].shift()
        is_later = rows["period"] > before["period"]
        self._report(
            is_later & (rows["count"] < before["count"]),
            f"{name}.count",
            "falls",
            label=indicators.measure_label(name),
            count=rows["count"],
            before=before["count"],
            period=self.periods,
            period_before=before["period"].map(words.period, na_action="ignore"),
        )

    def _check_unusual(self, rows: pd.DataFrame) -> None:
        """Compare each rate with the median of its district, and of all places."""
        denominators = {"teams": "residents", "members": "residents"}
        denominators |= {f"{name}.count": f"{name}.out_of" for name in indicators.names()}
        for name in indicators.names():
            if not is_out_of_residents(name):
                denominators[f"{name}.out_of"] = "residents"
        for field, denominator in denominators.items():
            if field in self.fields:
                self._compare_rates(rows, field, denominator)

    def _compare_rates(self, rows: pd.DataFrame, field: str, denominator: str) -> None:
        """Warn of rates that are unusually high or low, on a logarithmic scale."""
        rows = rows[(rows[field] > 0) & (rows[denominator] > 0)]
        if rows.empty:
            return
        count = rows[field]
        out_of = rows[denominator]
        period = rows["period"]
        rate = (count / out_of).map(math.log)
        of_all = _median(rate, [period])
        medians = pd.concat([of_all, _median(rate, [period, rows["compared_code"]])], axis=1)
        spread = (rate - of_all).abs().groupby(period).transform("median")
        limit = (N_SPREADS * spread).clip(lower=math.log(RATE_FACTOR))
        for rule, sign in (("unusually_high", 1), ("unusually_low", -1)):
            # A rate that is far from either median is unusual, so the farther one counts. To ask
            # for both would miss a quarter of the counts of India and Kenya that lost a digit.
            usual = sign * (sign * medians).min(axis=1)
            distance = sign * (rate - usual)
            expected = usual.map(math.exp) * out_of
            is_enough = expected.clip(lower=count) >= MIN_EXPECTED
            texts = {"usual": expected.round(), "times": distance.map(math.exp).round(1)}
            self._report((distance > limit) & is_enough, field, rule, **texts)


def _write(value: object, row: int) -> str:
    """Write what is put into a sentence on a row; its numbers may have to be left unsaid."""
    if not isinstance(value, pd.Series):
        return str(value)
    text = show(value[row])
    is_number = pd.api.types.is_numeric_dtype(value) and value.name not in PUBLIC
    return mark(text) if is_number else text


def _median(rate: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Give the median of the group of each row, where the group is large enough."""
    groups = rate.groupby(keys)
    return groups.transform("median").where(groups.transform("size") >= MIN_GROUP)
