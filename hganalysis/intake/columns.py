"""Say what each column of a report is: its name, its meaning and what an empty cell means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import indicators, places, study, words

PLACE = ("code", "district", "commune", "year")
NUMBERS = ("teams", "members", "population", "households")
"""The columns that every year has; those of the measures follow."""


@dataclass(frozen=True)
class Column:
    """
    One column of a report.

    `field` is the name that programs use, `label` the header that people read. `need` says what
    an empty cell means: `"given"` (filled in already), `"report"` (no data), `"optional"`
    (something else is taken).
    """

    field: str
    label: str
    meaning: str
    unit: str
    example: str
    empty: str
    need: Literal["given", "report", "optional"]


def numbers() -> list[str]:
    """List the columns that every year has: none of an exposure that the study does not ask for."""
    described = study.current().described
    needs = {"teams": "exposure.team", "members": "exposure"}
    return [field for field in NUMBERS if needs.get(field, "") in described]


def of_place() -> list[str]:
    """List the columns that say which unit a row is of: no district where there is one level."""
    return [field for field in PLACE if field != "district" or len(places.levels()) > 1]


def measures(year: int) -> list[str]:
    """List the measures that were taken in a year, in the order of the catalogue."""
    return [name for name in indicators.names() if year in indicators.years(name)]


def columns(year: int) -> list[Column]:
    """
    List the columns of a report of one year, in the order of the template.

    Raises
    ------
    LookupError
        If no measure of the catalogue was taken in that year.
    """
    names = measures(year)
    if not names:
        years = sorted({one for name in indicators.names() for one in indicators.years(name)})
        msg = (
            f"no measure of the catalogue was taken in {year}; it has the years "
            f"{', '.join(map(str, years))}. Add the year to the catalogue if one was."
        )
        raise LookupError(msg)
    place = [_fixed(field, "given") for field in of_place()]
    counted = [
        _fixed(field, "report" if field in {"teams", "members"} else "optional")
        for field in numbers()
    ]
    return [*place, *counted, *[column for name in names for column in of_measure(name, year)]]


def label(field: str) -> str:
    """
    Name a field as its header does in the language in use, whatever the year.

    Examples
    --------
    >>> label("members"), label("app_users.out_of")
    ('Số thành viên', 'Người dùng ứng dụng nền tảng số: trên tổng số')
    """
    name, _, part = field.partition(".")
    if not part:
        return words.term(f"template.{field}")
    of = indicators.label(name) if name in indicators.names() else name
    return words.term(f"template.field_{part}", label=of)


def _fixed(field: str, need: Literal["given", "report", "optional"]) -> Column:
    texts = {part: words.term(f"template.{field}_{part}") for part in ("meaning", "unit")}
    empty = words.term(
        f"template.{field}_empty" if need == "optional" else f"template.{need}_empty"
    )
    return Column(
        field=field,
        label=words.term(f"template.{field}"),
        example=_example(field),
        empty=empty,
        need=need,
        **texts,
    )


def _example(field: str) -> str:
    """Fill a column in as an example: a place of the list, the last year, or some number."""
    last = places.districts().iloc[-1]
    inside = places.communes()[places.communes()["district_code"] == last.name].iloc[0]
    if field in {"district", "commune"}:
        return str({"district": last, "commune": inside}[field][words.column("name")])
    if field == "year":
        return str(max(year for name in indicators.names() for year in indicators.years(name)))
    if field == "code":
        return str(places.communes().index[0])
    return words.term(f"template.{field}_example")


def of_measure(name: str, year: int) -> tuple[Column, Column]:
    """Give the two columns of a measure in a year: its count, and what that is out of."""
    one = indicators.get(name, year=year)
    of_residents = one.denominator == "residents"
    part = words.term("template.kind_" + one.kind)
    count = Column(
        field=f"{name}.count",
        label=words.term("template.count", counts=one.counts, when=one.when),
        meaning=words.term("template.count_meaning", counts=one.counts, when=one.when, kind=part),
        unit=words.term("template.count_unit"),
        example="1647",
        empty=words.term("template.report_empty"),
        need="report",
    )
    of = "residents" if of_residents else "other"
    out_of = Column(
        field=f"{name}.out_of",
        label=words.term(f"template.out_of_{of}", out_of=one.out_of, label=one.label),
        meaning=words.term(f"template.out_of_{of}_meaning", out_of=one.out_of, counts=one.counts),
        unit=words.term("template.count_unit"),
        example="5628",
        empty=words.term(f"template.out_of_{of}_empty"),
        need="optional" if of_residents else "report",
    )
    return count, out_of
