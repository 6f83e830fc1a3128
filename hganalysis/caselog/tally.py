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
_AHEAD = 7  # hours of Viet Nam before UTC, in summer and winter
# What is shown of a code that is none: had a log its people there, none of them is.
_CODE = "^[0-9]{1,5}$"
# A log of electronic files is not older, where the list of places does not say from when it holds.
_EARLIEST, _LATEST = date(2000, 1, 1), date(9999, 12, 31)


def tally(log: ir.Table, *, period: Period, until: date) -> ir.Table:
    """
    Count a log: one Ibis expression, of which nothing is computed yet.

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

    places_then = known()
    # Narrower than a code and its dates: people are held apart by it, in memory.
    place = places_then.groupby(["commune", "since"]).ngroup().astype("int32")
    places_then = places_then.assign(place=place)

    def judged(*columns: str) -> ir.Table:
        return _judged(_place(_single(log, *columns), places_then), places_then, until)

    # Three parts, each of no more columns of the log than it needs. What two of them had in common
    # would be kept by the engine for the second of them: the log, as a whole.
    parts = _files(judged(), period).union(
        _people(judged("person"), period), _people(judged("person", "platform"), period, "platform")
    )
    found = parts.group_by(*_KEYS).agg(
        **{name: parts[name].sum().cast("int64") for name in _NUMBERS}, example=parts.example.min()
    )
    called = {"place": "number", "since": "structure", "commune": "code"}
    names = ibis.memtable(places_then.drop(columns="until").rename(columns=called))
    return found.left_join(names, found.place == names.number).drop("place", "number")


def known() -> pd.DataFrame:
    """
    Say which codes hold on which days.

    Returns
    -------
    known
        Columns `commune` (the code), `since`, `until` (dates, both included). The communes that
        came out of a reform follow, where the list of places knows them.
    """
    told = places.province()[["structure_from", "structure_to"]]
    told = told.fillna({"structure_from": str(_EARLIEST), "structure_to": str(_LATEST)})
    first, last = (date.fromisoformat(str(one)) for one in told)
    table = pd.DataFrame({"commune": places.communes().index}).assign(since=first, until=last)
    if last == _LATEST:
        return table
    after = pd.DataFrame({"commune": sorted(set(places.crosswalk()["code_2025"]))})
    after = after.assign(since=last + timedelta(days=1), until=_LATEST)
    return pd.concat([table, after], ignore_index=True)


def _single(log: ir.Table, *columns: str) -> ir.Table:
    """Keep one row of each file, with how many there were and whether they differ."""
    import ibis

    texts = {name: log[name].cast("string") for name in ("channel", "platform")}
    day, commune = _day(log.received), _code(log.commune)
    rows = log.mutate(day=day, commune=commune, **texts).select("file", *_FACTS)
    # Most numbers stand once. Only the others are compared, which spares most of the memory. They
    # are asked for again and again: under a name, which no log has, an engine finds them once.
    number = log.group_by("file").agg(times=log.count())
    again = number.filter(number.times > 1).select("file").alias("numbers_that_stand_again")
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
    facts = ["file", "day", "commune", "channel", *columns]
    once = rows.filter(rows.file.notnull()).select(*facts).anti_join(again, "file")
    once = once.mutate(rows=ibis.literal(1, "int64"), differ=no)
    return once.union(one.mutate(differ=differ).select(*facts, "rows", "differ"))


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
    """Add the place (its number) that a commune was in on that day, and whether it was ever one."""
    import ibis

    valid = ibis.memtable(known.rename(columns={"commune": "valid", "until": "last"}))
    ever = ibis.memtable(known[["commune"]].drop_duplicates().rename(columns={"commune": "ever"}))
    on_that_day = [
        single.commune == valid.valid,
        single.day >= valid.since,
        single.day <= valid["last"],
    ]
    dated = single.left_join(valid, on_that_day).drop("valid", "since", "last")
    return dated.left_join(ever, dated.commune == ever.ever)


def _judged(found: ir.Table, known: pd.DataFrame, until: date) -> ir.Table:
    """Say of each file whether it is counted, or what keeps it out (`status`)."""
    import ibis

    no = ibis.literal(value=False)
    faults = {
        "no number": found.file.isnull(),
        "contradicting": found.differ,
        "no date": found.day.isnull(),
        "impossible date": (found.day < min(known["since"])) | (found.day > until),
        "unknown commune": found.ever.isnull(),
        "another date": found.place.isnull(),
        "unknown channel": ~ibis.coalesce(found.channel.isin(["online", "counter"]), no),
    }
    status = ibis.cases(*[(faults[name], name) for name in FAULTS], else_=COUNTED)
    return found.mutate(status=status)


def _files(judged: ir.Table, period: Period) -> ir.Table:
    """Count files and rows: by place and period, or by what keeps them out."""
    import ibis

    counted = judged.status == COUNTED
    strange = judged.status.isin(["unknown commune", "another date"])
    example = ibis.cases(
        (strange & judged.commune.re_search(_CODE), judged.commune),
        (judged.status == "impossible date", judged.day.cast("string")),
        else_=ibis.null("string"),
    )
    online = counted & (judged.channel == "online")
    found = judged.group_by(
        "status",
        place=counted.ifelse(judged.place, ibis.null("int32")),
        period=counted.ifelse(_first_day(judged.day, period), ibis.null("date")),
    ).agg(
        files=judged.count(),
        rows=judged.rows.sum(),
        online=online.ifelse(1, 0).sum(),  # not every engine casts a boolean
        example=example.min(),
    )
    return _part(found)


def _people(judged: ir.Table, period: Period, *each: str) -> ir.Table:
    """Count the different people who handed in online, by place, period, and `each` of a column."""
    import ibis

    taken = (judged.status == COUNTED) & (judged.channel == "online")
    online = judged.filter(taken, *(judged[name].notnull() for name in each))
    groups = online.group_by("place", *each, period=_first_day(online.day, period))
    found = groups.agg(people=online.person.nunique())
    return _part(found.mutate(status=ibis.literal(COUNTED)))


def _part(found: ir.Table) -> ir.Table:
    """Give a part all columns of the tally: what it does not count is 0, or none."""
    import ibis

    empty = {"platform": ibis.null("string"), "example": ibis.null("string")}
    empty |= dict.fromkeys(_NUMBERS, ibis.literal(0))
    found = found.mutate(**{name: value for name, value in empty.items() if name not in found})
    found = found.mutate(**{name: found[name].cast("int64") for name in _NUMBERS})
    return found.select(*_KEYS, *_NUMBERS, "example")


def _first_day(day: ir.DateValue, period: Period) -> ir.DateValue:
    return day.truncate(_WHOLE[period]).cast("date")
