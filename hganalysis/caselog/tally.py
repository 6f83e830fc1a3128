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

_WHOLE = {"year": "Y", "quarter": "Q", "month": "M"}
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
_AHEAD = 7  # hours of Viet Nam before UTC, in summer and winter
# What is shown of a code that is none: had a log its people there, none of them is.
_CODE = "^[0-9]{1,5}$"
# A log of electronic files is not older, where the list of places does not say from when it holds.
_EARLIEST, _LATEST = date(2000, 1, 1), date(9999, 12, 31)


def tally(
    log: ir.Table,
    *,
    period: Period,
    level: places.Level,
    until: date,
    approximate: bool = False,
) -> ir.Table:
    """
    Count a log: one Ibis expression, of which nothing is computed yet.

    Parameters
    ----------
    log
        Ibis table with `file`, `received`, `commune`, `channel`, `platform`, `person`.
    period, level
        What is counted together.
    until
        Last day that a file may have.
    approximate
        Estimate the number of different people instead of counting it.

    Returns
    -------
    tally
        A row for each `status`, `code`, `structure`, `period` and `platform` (none: over all):
        `files`, `rows`, `online` (files), `people` (different ones who handed in online),
        `example`. Rows that are not counted stand under their status, without place and period;
        an example is a code or a date, never a person.
    """
    import ibis

    no = ibis.literal(value=False)
    places_then = known(level)
    found = _place(_single(log), places_then)
    faults = {
        "no number": found.file.isnull(),
        "contradicting": found.differ,
        "no date": found.day.isnull(),
        "impossible date": (found.day < min(places_then["since"])) | (found.day > until),
        "unknown commune": found.ever.isnull(),
        "another date": found.code.isnull(),
        "unknown channel": ~ibis.coalesce(found.channel.isin(["online", "counter"]), no),
    }
    status = ibis.cases(*[(faults[name], name) for name in FAULTS], else_=COUNTED)
    sorted_out = found.mutate(status=status)
    taken = sorted_out.status == COUNTED
    online = taken & (sorted_out.channel == "online")
    example = ibis.cases(
        (
            sorted_out.status.isin(["unknown commune", "another date"])
            & sorted_out.commune.re_search(_CODE),
            sorted_out.commune,
        ),
        (sorted_out.status == "impossible date", sorted_out.day.cast("string")),
        else_=ibis.null("string"),
    )
    marked = sorted_out.select(
        "status",
        "rows",
        "platform",
        code=taken.ifelse(sorted_out.code, ibis.null("string")),
        structure=taken.ifelse(sorted_out.since, ibis.null("date")),
        period=taken.ifelse(
            sorted_out.day.truncate(_WHOLE[period]).cast("date"), ibis.null("date")
        ),
        online=online,
        person=online.ifelse(sorted_out.person, ibis.null(sorted_out.person.type())),
        example=example,
    )
    each = marked.filter(marked.online & marked.platform.notnull())
    return _add(marked, None, approximate=approximate).union(
        _add(each, each.platform, approximate=approximate)
    )


def known(level: places.Level) -> pd.DataFrame:
    """
    Say which commune codes hold on which days, and what place of a level each is in.

    Returns
    -------
    known
        Columns `commune`, `code`, `since`, `until` (dates, both included). The communes that came
        out of a reform follow, where the list of places knows them: they have no district.
    """
    communes = places.communes()
    province = places.province()
    ends = {"structure_from": _EARLIEST, "structure_to": _LATEST}
    first, last = (
        date.fromisoformat(str(province[end])) if pd.notna(province[end]) else otherwise
        for end, otherwise in ends.items()
    )
    code = places.parents(communes.index.to_series(), level)
    table = pd.DataFrame({"commune": communes.index, "code": code.to_numpy()})
    table = table.assign(since=first, until=last)
    if level != "commune" or last == _LATEST:
        return table
    after = pd.DataFrame({"commune": sorted(set(places.crosswalk()["code_2025"]))})
    after = after.assign(code=after["commune"], since=last + timedelta(days=1), until=_LATEST)
    return pd.concat([table, after], ignore_index=True)


def _single(log: ir.Table) -> ir.Table:
    """Keep one row of each file, with how many there were and whether they differ."""
    import ibis

    texts = {name: log[name].cast("string") for name in ("channel", "platform")}
    day, commune = _day(log.received), _code(log.commune)
    rows = log.mutate(day=day, commune=commune, **texts).select("file", *_FACTS)
    # Most numbers stand once. Only the others are compared, which spares most of the memory.
    number = rows.group_by("file").agg(times=rows.count())
    again = number.filter(number.times > 1)
    once = rows.filter(rows.file.notnull()).anti_join(again, "file")
    several = rows.filter(rows.file.isnull()).union(rows.semi_join(again, "file"))
    one = several.group_by("file").agg(
        rows=several.count(),
        **{name: several[name].min() for name in _FACTS},
        **{f"{name}_last": several[name].max() for name in _FACTS},
        **{f"{name}_given": several[name].count() for name in _FACTS},
    )
    no = differ = ibis.literal(value=False)
    for name in _FACTS:
        given = one[f"{name}_given"]
        # A fact that stands in some of the rows only differs too.
        partly = (given > 0) & (given < one.rows)
        differ = differ | partly | ibis.coalesce(one[name] != one[f"{name}_last"], no)
    columns = ["file", *_FACTS, "rows", "differ"]
    single = once.mutate(rows=ibis.literal(1, "int64"), differ=ibis.literal(value=False))
    return single.select(*columns).union(one.mutate(differ=differ).select(*columns))


def _day(received: ir.Value) -> ir.Value:
    """Give the day in Viet Nam; none for a text that is no day. Sessions of Ibis are in UTC."""
    import ibis

    ahead = ibis.interval(hours=_AHEAD)
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


def _place(single: ir.Table, known: pd.DataFrame) -> ir.Table:
    """Add the place (`code`) that a commune was in on that day, and whether it was ever one."""
    import ibis

    valid = ibis.memtable(known.rename(columns={"commune": "valid", "until": "last"}))
    ever = ibis.memtable(known[["commune"]].drop_duplicates().rename(columns={"commune": "ever"}))
    on_that_day = [
        single.commune == valid.valid,
        single.day >= valid.since,
        single.day <= valid["last"],
    ]
    dated = single.left_join(valid, on_that_day).drop("valid", "last")
    return dated.left_join(ever, dated.commune == ever.ever)


def _add(table: ir.Table, platform: ir.Value | None, *, approximate: bool) -> ir.Table:
    import ibis

    platform = ibis.null("string") if platform is None else platform
    people = table.person.approx_nunique() if approximate else table.person.nunique()
    return table.group_by("status", "code", "structure", "period", platform=platform).agg(
        files=table.count().cast("int64"),
        rows=table.rows.sum().cast("int64"),
        online=table.online.ifelse(1, 0).sum().cast("int64"),  # not every engine casts a boolean
        people=people.cast("int64"),
        example=table.example.min(),
    )
