"""Put the answers of several periods together: each office is a place of the official list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .. import places, words
from ..periods import PeriodKey, read_period
from .laying import write
from .matching import match_offices
from .raw import DEPARTMENT, PortalMeasure, RawAnswer, read_raw, refuse


class Capture(NamedTuple):
    """An answer, its period, and the day on which the portal sent it."""

    raw: RawAnswer
    period: PeriodKey
    day: str

    @property
    def period_name(self) -> str:
        """The period, as within a sentence."""
        return words.period(self.period)


@dataclass(frozen=True)
class Answers:
    """
    The answers of the portal for one province, ready to be written as a study.

    Attributes
    ----------
    rows
        One row for each commune, period and measure: `code` of the National Statistics Office,
        `portal_code`, `name`, `period`, `indicator`, `count`, `out_of`.
    places
        The list of places of the province, with the code of the portal as `other_code`.
    captures
        The answers, as they were given.
    notes
        What was left out, and what differs between captures, in the language in use.
    """

    rows: pd.DataFrame
    places: pd.DataFrame
    captures: tuple[Capture, ...]
    notes: tuple[str, ...]

    @property
    def province(self) -> str:
        """The name of the province, with its type."""
        return str(self.places["province"].iloc[0])

    def write(self, folder: Path | str) -> Path:
        """
        Write the study, with its list of places and the answers byte for byte.

        Parameters
        ----------
        folder
            A new folder, or an empty one.

        Returns
        -------
        folder
            The same: `Study.open` and `hganalysis build --study` take it.

        Raises
        ------
        PortalError
            If the folder has files.
        """
        folder = Path(folder)
        if folder.exists() and any(folder.iterdir()):
            refuse("exists", folder=folder)
        return write(folder, self)


def read(
    *files: Path | str,
    period: PeriodKey | Sequence[PeriodKey],
    captured: str | Sequence[str],
    measures: Sequence[str] = (),
    listed: pd.DataFrame | None = None,
) -> Answers:
    """
    Read answers of the portal for the communes of one province.

    Provisional: the portal may change its answers any day.

    Parameters
    ----------
    *files
        As the portal sent them, one for each period.
    period
        The period of each file, such as `"2026-Q3"`: an answer does not say it. Files of another
        length than the first are only compared: no month has more than its quarter.
    captured
        The day on which each file was sent, such as `"2026-09-26"`; one is of all files. A period
        that was not over on that day is called "so far" in every text.
    measures
        Which shares are made: `paid_online`, `on_time`, `filed_online`. By default all whose counts
        the files have.
    listed
        The list of places, such as `places.vietnam` with columns more. By default that list for the
        province that the files name.

    Returns
    -------
    answers
        `rows` is a frame; `write` makes a study.

    Raises
    ------
    PortalError
        In one line: what is wrong in which file, and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> read(Path("q3.json"), period="2026-Q3", captured="2026-09-26")  # doctest: +SKIP
    """
    captures = _pair(files, period, captured, measures)
    first = captures[0].raw
    if listed is None:
        listed = places.vietnam(first.province_name)
    notes: list[str] = []
    tables = []
    grain = read_period(captures[0].period).grain
    # each answer is of the same province; one of longer periods is left out
    for capture in captures:
        raw = capture.raw
        if raw.province["departmentCode"] != first.province["departmentCode"]:
            blanks = {"found": raw.province_name, "expected": first.province_name}
            refuse("other_province", file=raw.file, first=first.file, **blanks)
        communes = match_offices(raw, listed)
        if read_period(capture.period).grain != grain:
            lengths = words.term(f"periods.{grain}_many")
            blanks = {"period": capture.period_name, "grain": lengths}
            notes.append(words.term("portal.larger", file=raw.file, **blanks))
            continue
        notes += _describe_left_out(capture, communes, listed)
        for measure in raw.measures:
            tables.append(_rows(capture, measure, communes))
    notes += _compare_periods(captures)
    # the list of places takes the codes of the portal along
    rows = pd.concat(tables, ignore_index=True)
    by_code = rows.drop_duplicates("code").set_index("code")
    other_codes = listed["code"].map(by_code["portal_code"])
    listed = listed.assign(other_code=other_codes)
    return Answers(rows, listed, captures, tuple(notes))


def _pair(
    files: Sequence[Path | str],
    period: PeriodKey | Sequence[PeriodKey],
    captured: str | Sequence[str],
    measures: Sequence[str],
) -> tuple[Capture, ...]:
    """Give each file its period and its day."""
    periods = [period] if isinstance(period, int | str) else [*period]
    days = [captured] if isinstance(captured, str) else [*captured]
    if len(periods) != len(files) or not files:
        refuse("periods", n_files=len(files), n_periods=len(periods))
    if len(days) not in (1, len(files)):
        refuse("captures", n_files=len(files), n_days=len(days))
    keys = [read_period(text).key for text in periods]
    for key in keys:
        if keys.count(key) > 1:
            same = [
                Path(file).name for file, of_file in zip(files, keys, strict=True) if of_file == key
            ]
            refuse("same_period", files=", ".join(same), period=words.period(key))
    if len(days) == 1:
        days *= len(files)
    captures = []
    for file, key, day in zip(files, keys, days, strict=True):
        _require_day(Path(file).name, key, day)
        captures.append(Capture(read_raw(Path(file), tuple(measures)), key, day))
    return tuple(captures)


def _require_day(file: str, key: PeriodKey, day: str) -> None:
    """Require a day on which an answer about a period can have been sent."""
    try:
        captured = date.fromisoformat(day)
    except ValueError:
        refuse("day", found=day)
    if captured < read_period(key).start:
        refuse("too_early", file=file, day=words.day(day), period=words.period(key))
    if captured > datetime.now(UTC).date():
        refuse("future", file=file, day=words.day(day))


def _rows(capture: Capture, measure: PortalMeasure, communes: pd.DataFrame) -> pd.DataFrame:
    """Take the two counts of a measure; a place with nothing in the denominator has them, too."""
    table = pd.DataFrame(
        {
            "code": communes["code"],
            "portal_code": communes["departmentCode"],
            "name": communes["departmentName"],
            "period": capture.period,
            "indicator": measure.name,
            "count": communes[measure.count_field].astype(int),
            "out_of": communes[measure.out_of_field].astype(int),
        }
    )
    return table.sort_values("code")


def _describe_left_out(
    capture: Capture, communes: pd.DataFrame, listed: pd.DataFrame
) -> Iterator[str]:
    """Say which offices, files and places are in no row."""
    offices = capture.raw.offices
    departments = offices[offices["level"] == DEPARTMENT]
    for measure in capture.raw.measures:
        names = {"label": words.of_study(measure.texts["label"]), "period": capture.period_name}
        if len(departments):
            counts = {
                "number": len(departments),
                "count": int(departments[measure.count_field].sum()),
                "count_whole": int(capture.raw.province[measure.count_field]),
                "out_of": int(departments[measure.out_of_field].sum()),
                "out_of_whole": int(capture.raw.province[measure.out_of_field]),
            }
            numbers = {name: words.number(number) for name, number in counts.items()}
            yield words.term("portal.departments", **names, **numbers)
        has_none = communes[measure.out_of_field] == 0
        without_files = communes.loc[has_none, "departmentName"]
        if len(without_files):
            blanks = _count_names(without_files)
            yield words.term("portal.none_due", **names, **blanks)
    absent = listed.loc[~listed["code"].isin(communes["code"]), "name"]
    if len(absent):
        yield words.term("portal.absent", period=capture.period_name, **_count_names(absent))


def _count_names(names: pd.Series) -> dict[str, str]:
    """Count names, and write the first of them."""
    listed = words.join_some([*names])
    return {"number": words.number(len(names)), "names": listed}


def _compare_periods(captures: Sequence[Capture]) -> Iterator[str]:
    """
    Require that no period has more than one that contains it.

    A larger period that was captured earlier may have less: the portal fills up, and takes back.
    """
    by_length = sorted(captures, key=_length)
    pairs = [
        (inner, outer)
        for number, inner in enumerate(by_length)
        for outer in by_length[number + 1 :]
        if _is_inside(inner.period, outer.period)
    ]
    for inner, outer in pairs:
        shared = [measure for measure in inner.raw.measures if measure in outer.raw.measures]
        for measure in shared:
            yield from _compare_pair(inner, outer, measure)


def _length(capture: Capture) -> int:
    period = read_period(capture.period)
    return (period.end - period.start).days


def _is_inside(inner: PeriodKey, outer: PeriodKey) -> bool:
    first, second = read_period(inner), read_period(outer)
    return second.start <= first.start and first.end <= second.end and first != second


def _compare_pair(inner: Capture, outer: Capture, measure: PortalMeasure) -> Iterator[str]:
    """Compare the counts of each office in a period to those in one that contains it."""
    by_code = [capture.raw.offices.set_index("departmentCode") for capture in (inner, outer)]
    for field in (measure.count_field, measure.out_of_field):
        low, high = (table[field] for table in by_code)
        shared = low.index.intersection(high.index)
        is_more = low[shared] > high[shared]
        for code in shared[is_more][: words.SHOWN]:
            blanks = {
                "name": by_code[0].loc[code, "departmentName"],
                "field": field,
                "smaller": inner.period_name,
                "larger": outer.period_name,
                "low": words.number(int(low[code])),
                "high": words.number(int(high[code])),
            }
            if outer.day >= inner.day:
                refuse("inside", **blanks)
            yield words.term("portal.backwards", **blanks)
        n_more = int(is_more.sum()) - words.SHOWN
        if n_more > 0:
            yield words.term("portal.more_backwards", number=n_more, field=field)
