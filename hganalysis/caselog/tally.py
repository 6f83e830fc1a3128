"""Write the count of a log as one expression, which any engine can compute."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import places

if TYPE_CHECKING:
    import ibis.expr.types as ir

Period = Literal["year", "quarter", "month"]

COUNTED = "counted"
FAULTS = (
    "no number",  # the file cannot be told from another
    "contradicting",  # one number on rows that differ: which is true is not guessed
    "no date",  # or none that can be read
    "impossible date",  # before the list of places begins, or after the last day
    "unknown commune",  # a code that no commune ever had
    "another date",  # a commune that did not exist on that day
    "unknown channel",  # neither online nor counter
)
"""What keeps a row out of the counts. Every row is counted, a repetition, or one of these."""

_UNITS = {"year": "Y", "quarter": "Q", "month": "M"}
_KEYS = ["status", "place", "period", "platform"]
_NUMBERS = ["files", "rows", "online", "people"]
_FACTS = ["day", "commune", "channel", "platform", "person"]
# A day or a time in text that every engine reads as the same: 2/1/2023 is two days, and at the
# 30th of February some engines stop. The second line of days is that of the leap years.
_DAY = (
    "[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|1[0-9]|2[0-8]))|([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29"
)
_TIME = "[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_LOCAL = f"^ *({_DAY})({_TIME})? *$"
_ZONED = f"^ *({_DAY})({_TIME}) ?(Z|[+-](0[0-9]|1[0-4])(:[0-5][0-9])?) *$"
# Hours that Viet Nam is ahead of UTC, in summer and winter.
_HOURS_AHEAD = 7
# An unknown code is shown only if it looks like a code: a log may have persons in that column.
_CODE = "^[0-9]{1,5}$"
# A log of electronic files is not older, where the list of places does not say from when it holds.
_EARLIEST, _LATEST = date(2000, 1, 1), date(9999, 12, 31)


def tally(log: ir.Table, *, period: Period, until: date) -> ir.Table:
    """
    Write the count of a log as one Ibis expression, without computing it.

    Parameters
    ----------
    log
        Ibis table with `file`, `received`, `commune`, `channel`, `platform`, `person`.
    period
        What is counted together.
    until
        Last day that a file may have.

    Returns
    -------
    tally
        A row for each `status`, `code`, `structure`, `period` and `platform` (none: over all):
        `files`, `rows`, `online` (files), `people` (different ones who handed in online),
        `example`. Rows that are not counted stand under their status, without place and period;
        an example is a code or a date, never a person.
    """
    import ibis

    listed = dated_codes()
    # a number is narrower than a code and its dates: people are kept apart by it, in memory
    place = listed.groupby(["commune", "since"]).ngroup().astype("int32")
    listed = listed.assign(place=place)

    def judge_files(*columns: str) -> ir.Table:
        files = _one_row_per_file(log, *columns)
        files = _add_place(files, listed)
        return _judge(files, listed, until)

    # three parts, each of no more columns of the log than it needs: an engine would keep what two
    # of them have in common, which is the whole log
    people = _count_people(judge_files("person"), period)
    of_platforms = judge_files("person", "platform")
    by_platform = _count_people(of_platforms, period, "platform")
    parts = _count_files(judge_files(), period).union(people, by_platform)
    sums = {name: parts[name].sum().cast("int64") for name in _NUMBERS}
    counts = parts.group_by(*_KEYS).agg(**sums, example=parts.example.min())

    # a place is named by its code, and by the day since when that code holds
    new_names = {"place": "number", "since": "structure", "commune": "code"}
    codes_and_numbers = listed.drop(columns="until").rename(columns=new_names)
    codes = ibis.memtable(codes_and_numbers)
    return counts.left_join(codes, counts.place == codes.number).drop("place", "number")


def dated_codes() -> pd.DataFrame:
    """
    List the codes of places, and from when to when each of them holds.

    Returns
    -------
    codes
        One row for each code of each list of places.

        - `commune`: the code;
        - `since`, `until`: dates, both included.

        The communes of a reform follow, if the list of places knows them.
    """
    province = places.province()
    default_days = {"structure_from": str(_EARLIEST), "structure_to": str(_LATEST)}
    days = province[[*default_days]].fillna(default_days)
    first, last = (date.fromisoformat(str(day)) for day in days)
    codes = pd.DataFrame({"commune": places.units().index}).assign(since=first, until=last)
    if last == _LATEST:
        return codes
    codes_of_2025 = sorted(set(places.crosswalk()["code_2025"]))
    new_codes = pd.DataFrame({"commune": codes_of_2025})
    new_codes = new_codes.assign(since=last + timedelta(days=1), until=_LATEST)
    return pd.concat([codes, new_codes], ignore_index=True)


def _one_row_per_file(log: ir.Table, *columns: str) -> ir.Table:
    """Keep one row for each file, with how many `rows` it had and whether they `differ`."""
    import ibis

    rows = log.mutate(
        day=_day(log.received),
        commune=_code(log.commune),
        channel=log["channel"].cast("string"),
        platform=log["platform"].cast("string"),
    )
    rows = rows.select("file", *_FACTS)

    # most files have one row: only those with several are compared, which spares most of the
    # memory; an engine finds them once, because they have a name that no table has
    per_file = log.group_by("file").agg(times=log.count())
    repeated = per_file.filter(per_file.times > 1).select("file").alias("files_of_several_rows")
    several = rows.filter(rows.file.isnull()).union(rows.semi_join(repeated, "file"))
    merged = several.group_by("file").agg(
        rows=several.count(),
        **{name: several[name].min() for name in _FACTS},
        **{f"{name}_last": several[name].max() for name in _FACTS},
        **{f"{name}_filled": several[name].count() for name in _FACTS},
    )

    # rows differ in a fact, or only some of them have it
    no = differ = ibis.literal(value=False)
    for name in _FACTS:
        n_filled = merged[f"{name}_filled"]
        is_partly_filled = (n_filled > 0) & (n_filled < merged.rows)
        has_two_values = ibis.coalesce(merged[name] != merged[f"{name}_last"], no)
        differ = differ | is_partly_filled | has_two_values

    facts = ["file", "day", "commune", "channel", *columns]
    single = rows.filter(rows.file.notnull()).select(*facts).anti_join(repeated, "file")
    single = single.mutate(rows=ibis.literal(1, "int64"), differ=no)
    return single.union(merged.mutate(differ=differ).select(*facts, "rows", "differ"))


def _day(received: ir.Value) -> ir.Value:
    """Give the day in Viet Nam; missing for a text that is no day. Sessions of Ibis are in UTC."""
    import ibis

    ahead = ibis.interval(hours=_HOURS_AHEAD)
    kind = received.type()
    if kind.is_string():
        zoned = received.try_cast("timestamp('UTC')") + ahead
        return ibis.cases(
            (received.re_search(_ZONED), zoned.cast("date")),
            (received.re_search(_LOCAL), received.try_cast("timestamp").cast("date")),
            else_=ibis.null("date"),
        )
    if kind.is_timestamp() and kind.timezone is not None:
        received += ahead
    return received.cast("date")


def _code(commune: ir.Value) -> ir.Value:
    """Give a code as text; a number has lost its zeros in front."""
    if commune.type().is_numeric():
        return commune.try_cast("int64").cast("string").lpad(5, "0")
    return commune.cast("string")


def _add_place(files: ir.Table, listed: pd.DataFrame) -> ir.Table:
    """Add the number of the `place` of a code on that day, and whether the code was `ever` one."""
    import ibis

    new_names = {"commune": "valid", "until": "last"}
    valid = ibis.memtable(listed.rename(columns=new_names))
    codes = listed[["commune"]].drop_duplicates()
    ever = ibis.memtable(codes.rename(columns={"commune": "ever"}))
    is_valid_on_day = [
        files.commune == valid.valid,
        files.day >= valid.since,
        files.day <= valid["last"],
    ]
    dated = files.left_join(valid, is_valid_on_day).drop("valid", "since", "last")
    return dated.left_join(ever, dated.commune == ever.ever)


def _judge(files: ir.Table, listed: pd.DataFrame, until: date) -> ir.Table:
    """Say whether each file is counted, or which fault keeps it out (`status`)."""
    import ibis

    no = ibis.literal(value=False)
    faults = {
        "no number": files.file.isnull(),
        "contradicting": files.differ,
        "no date": files.day.isnull(),
        "impossible date": (files.day < min(listed["since"])) | (files.day > until),
        "unknown commune": files.ever.isnull(),
        "another date": files.place.isnull(),
        "unknown channel": ~ibis.coalesce(files.channel.isin(["online", "counter"]), no),
    }
    status = ibis.cases(*[(faults[name], name) for name in FAULTS], else_=COUNTED)
    return files.mutate(status=status)


def _count_files(files: ir.Table, period: Period) -> ir.Table:
    """Count files and rows: by place and period, or by the fault that keeps them out."""
    import ibis

    is_counted = files.status == COUNTED
    has_strange_code = files.status.isin(["unknown commune", "another date"])
    example = ibis.cases(
        (has_strange_code & files.commune.re_search(_CODE), files.commune),
        (files.status == "impossible date", files.day.cast("string")),
        else_=ibis.null("string"),
    )
    is_online = is_counted & (files.channel == "online")
    groups = files.group_by(
        "status",
        place=is_counted.ifelse(files.place, ibis.null("int32")),
        period=is_counted.ifelse(_first_day(files.day, period), ibis.null("date")),
    )
    counts = groups.agg(
        files=files.count(),
        rows=files.rows.sum(),
        online=is_online.ifelse(1, 0).sum(),  # not every engine casts a boolean
        example=example.min(),
    )
    return _with_all_columns(counts)


def _count_people(files: ir.Table, period: Period, *columns: str) -> ir.Table:
    """Count different people who handed in online, by place, period and the columns."""
    is_online = (files.status == COUNTED) & (files.channel == "online")
    has_columns = [files[name].notnull() for name in columns]
    online = files.filter(is_online, *has_columns)
    first_day = _first_day(online.day, period)
    groups = online.group_by("status", "place", *columns, period=first_day)
    return _with_all_columns(groups.agg(people=online.person.nunique()))


def _with_all_columns(counts: ir.Table) -> ir.Table:
    """Give a part all columns of the tally: numbers that it does not count are 0."""
    import ibis

    empty = {"platform": ibis.null("string"), "example": ibis.null("string")}
    empty |= dict.fromkeys(_NUMBERS, ibis.literal(0))
    missing = {name: default for name, default in empty.items() if name not in counts}
    counts = counts.mutate(**missing)
    counts = counts.mutate(**{name: counts[name].cast("int64") for name in _NUMBERS})
    return counts.select(*_KEYS, *_NUMBERS, "example")


def _first_day(day: ir.DateValue, period: Period) -> ir.DateValue:
    return day.truncate(_UNITS[period]).cast("date")
