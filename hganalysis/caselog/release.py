"""Let the counts of a log out of the engine room: small ones hidden, as reports or a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, suppress, words
from ..suppress.register import GRAIN, of_reports
from .counting import counts
from .engine import LogError, connect, files_of, open_log
from .tally import known

if TYPE_CHECKING:
    from .counting import Counts

_KEYS = ["code", "structure", "period"]
_FILES = ["received", "online", "people"]
_ROUND = 100
"""To so many are files rounded down, where their exact number would give a hidden one away."""


def write(
    log: str | Sequence[Path],
    made: Path,
    target: Path,
    *,
    say: Callable[[str], object],
    measures: Mapping[str, str | None] | None,
    platforms: Mapping[str, str],
    names: Mapping[str, str],
    engine: Mapping[str, str | None],
    choices: Mapping[str, object],
) -> None:
    """
    Count a log and write what may be released of it.

    Parameters
    ----------
    log
        As of `open_log`.
    made, target
        Where to write, and where that will lie: in a folder with a register of releases.
    say
        Is told what became of the rows.
    measures
        `files` and `people` of `to_reports`; none for a table of all counts instead.
    platforms, names
        As of `to_reports` and `open_log`.
    engine, choices
        Options of `connect` and of `counts`.

    Raises
    ------
    LogError
        If the log cannot be counted, or nothing of it can be reported.
    ValueError
        If an earlier release and this one together give a hidden number away.
    """
    opened = connect(**engine, spill=made.with_name("spill"))  # type: ignore[arg-type]
    try:
        found = counts(open_log(opened, log, names=names), **choices)  # type: ignore[arg-type]
    finally:
        opened.disconnect()
    for line in account(found):
        say(line)
    if found.files.empty:
        raise LogError(words.term("counts.nothing"))
    if measures is None:
        save(_table(found, target, source=_digits(log)), made)
        return
    kept, left = _listed(to_reports(found, platforms=platforms, **measures))
    for line in left:
        say(line)
    kept = _reports(kept, target, source=_digits(log))
    if hidden := int(suppress.is_hidden(kept).sum()):
        say(words.term("counts.hidden", hidden=hidden, limit=suppress.threshold()))
    save(kept, made)


def measures_of(files: str | None, people: str | None) -> dict[str, str | None]:
    """Take the measures that have the roles of what a log counts, where none is named."""
    found = {"files": files, "people": people}
    found = {role: name or indicators.role(role) for role, name in found.items()}
    if not any(found.values()):
        msg = (
            "No measure of the catalogue has the role files or people: nothing says what is\n"
            "counted. Name one (--files MEASURE, --people MEASURE), or give it the role.\n"
            f"The catalogue has: {', '.join(indicators.names())}."
        )
        raise LogError(msg)
    return found


def account(found: Counts) -> Iterable[str]:
    """Say what became of every row; where counts are hidden, no sum that would give them away."""
    small = hide_small(found)
    hides = bool(small.files.isna().any(axis=None) or small.platforms["people"].isna().any())
    number = about if hides else words.number
    said = {"rows": number(found.rows), "counted": number(int(found.files["received"].sum()))}
    yield words.term("counts.rows" if len(found.faults) else "counts.rows_all", **said)
    for fault, rows, example in found.faults.itertuples(index=False, name=None):
        text = words.term(f"counts.{fault.replace(' ', '_')}", rows=words.number(rows))
        shown = isinstance(example, str)
        yield f"  {text}" + f" {words.term('counts.example', example=example)}" * shown
    if found.origin == "simulated":
        yield words.term("counts.simulated")


def about(number: int) -> str:
    """Say a number so roughly that no small one is what it leaves over."""
    down = _ROUND * (number // _ROUND)
    key = "counts.at_least" if down else "counts.fewer"
    return words.term(key, number=words.number(down or _ROUND))


def _listed(reports: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep the measures in the years that can be reported, and name the others."""
    rows = reports.assign(shares=reports["indicator"].map(indicators.kind) == "share")
    kept, left = [], []
    for (name, year), part in rows.groupby(["indicator", "year"], sort=False):
        above = int((part["shares"] & (part["count"] > part["out_of"])).sum())
        if year not in indicators.years(str(name)):
            left.append(words.term("counts.unlisted", name=name, year=year))
        elif above:
            # More files than a place has people, from elsewhere or from a log that is invented.
            places = words.number(above)
            left.append(words.term("counts.above", name=name, year=year, places=places))
        else:
            kept.append(part.drop(columns="shares"))
    if not kept:
        raise LogError("\n".join([*left, words.term("counts.nothing")]))
    return pd.concat(kept, ignore_index=True), left


def _reports(made: pd.DataFrame, target: Path, *, source: str) -> pd.DataFrame:
    """Hide small counts, what an earlier release hid too, and enter this one in the register."""
    folder = target.absolute().parent
    before = suppress.hidden_before(of_reports(made), folder=folder, grain=GRAIN)
    # Hidden first: a refusal shows the rows that it is about.
    also = before.iloc[: len(made)].set_axis(made.index)  # the sums come after them
    kept = frames.require_reports(small_reports(made, also=also))
    suppress.release(of_reports(kept), folder=folder, file=target.name, source=source, grain=GRAIN)
    return kept


def _table(found: Counts, target: Path, *, source: str) -> pd.DataFrame:
    """Hide small counts of a table as `_reports` does."""
    folder, grain = target.absolute().parent, f"table_{found.period}"
    kept = to_table(hide_small(found))
    before = suppress.hidden_before(cells(kept), folder=folder, grain=grain)
    if before.any():
        kept = to_table(hide_small(found, also=kept[before]))
    suppress.release(cells(kept), folder=folder, file=target.name, source=source, grain=grain)
    return kept


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Name each number of a table for the register; a code of two lists is two places."""
    place = table["code"] + table["structure"].dt.strftime("@%Y-%m-%d")
    measure = table["measure"] + (": " + table["platform"]).fillna("")
    period = table["period"].dt.strftime("%Y-%m-%d")
    found = {"place": place, "period": period, "measure": measure, "value": table["value"]}
    return pd.DataFrame({**found, "hidden": table["value"].isna(), "pool": ""})


def _digits(log: str | Sequence[Path]) -> str:
    """Say of which log counts are: by what its files hold, or by the name of a table."""
    total = hashlib.sha256(log.encode() if isinstance(log, str) else b"")
    for given in [] if isinstance(log, str) else log:
        for file in files_of(given):
            with file.open("rb") as content:
                total.update(hashlib.file_digest(content, "sha256").digest())
    return total.hexdigest()


def hide_small(counts: Counts, *, also: pd.DataFrame | None = None) -> Counts:
    """
    Hide the counts of few files or people, and what would give them away.

    Hidden are numbers of people and of files below `suppress.threshold()`, nobody included, and
    of files online where fewer were handed in at the counter. What else is counted of a place and
    period bounds them: people of the platforms, added up, are no more than the files online, and
    these no more than the files. So of these as much is hidden as leaves each hidden number, even
    for one who knows the others and the rule, as many values as are small.

    Parameters
    ----------
    counts
        From `counts`. What is released of one log for two lengths of period can be subtracted:
        release one. `suppress.release` refuses the second.
    also
        Rows of `table` that are hidden whatever their value: an earlier release hid them.

    Returns
    -------
    counts
        The same rows, and one for each place in each period, where it was left out because nobody
        handed anything in; what is hidden is missing.
    """
    limit = suppress.threshold()
    if limit == 0:
        return counts
    known, periods = (
        counts.files[names].drop_duplicates()
        for names in (["code", "structure"], ["structure", "period"])
    )
    every = pd.MultiIndex.from_frame(known.merge(periods)[_KEYS].sort_values(_KEYS))
    files, each = (
        found.reindex(every).fillna(0)
        for found in (
            counts.files.set_index(_KEYS)[_FILES],
            counts.platforms.pivot(index=_KEYS, columns="platform", values="people"),
        )
    )
    told = to_table(counts)[:0] if also is None else also
    before = (
        told[told["platform"].isna() == whole]
        .pivot(index=_KEYS, columns=column, values="origin")
        .reindex_like(found)
        .notna()
        for whole, column, found in ((True, "measure", files), (False, "platform", each))
    )
    numbers = (one.to_numpy(float) for one in (files, each))
    gone, parts = _hidden(*numbers, *(one.to_numpy(bool) for one in before), limit=limit)
    files, each = files.astype("Int64").mask(gone), each.astype("Int64").mask(parts)
    people = each.melt(value_name="people", ignore_index=False).reset_index()
    return replace(
        counts,
        files=files.reset_index(),
        platforms=people.sort_values([*_KEYS, "platform"], ignore_index=True),
    )


def small_reports(reports: pd.DataFrame, *, also: pd.Series | None = None) -> pd.DataFrame:
    """
    Hide small counts in the reports of a log, as `suppress.small` does, and what bounds them.

    All counts of a place and year come from the same files: people of a platform are no more
    than people of all, who are no more than the files. So where one is hidden, all are.

    Parameters
    ----------
    reports
        From `reports`: all of a log at once.
    also
        True in each row that is hidden whatever its count: it was hidden in an earlier release.

    Returns
    -------
    reports
        As of `suppress.small`, with a column `pool` if any is hidden.
    """
    hidden = pd.Series(data=False, index=reports.index) if also is None else also
    while True:
        released = suppress.small(reports, also=hidden, anew=True)
        found = suppress.is_hidden(released)
        together = found.groupby([reports["code"], reports["year"]]).transform("any")
        if together.equals(hidden) or suppress.threshold() == 0:
            return released
        hidden = together


def _hidden(
    files: np.ndarray, each: np.ndarray, gone: np.ndarray, parts: np.ndarray, *, limit: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    Choose what is hidden of each place and period: of its files and people, and of each platform.

    What is known of a place and period is: people of the platforms, added up, are no more than the
    files online (each of them has one person and one platform), and no less than the people; files
    online are no more than the files. Whatever is hidden has to have room between what is shown.
    """
    received, online, people = files.T
    gone, parts = gone | (files < limit), parts | (each < limit)
    gone[:, 1] |= received - online < limit
    no_received, no_online, no_people = gone.T  # views: what is hidden here is hidden there
    while True:
        before = gone.sum() + parts.sum()
        no_people |= parts.any(axis=1)
        shows = ~no_people | (~parts).any(axis=1)
        # One who knows the rule knows of a hidden one that is not small: it is `limit` at least.
        summed = np.where(parts, np.where(each < limit, 0, limit), each).sum(axis=1)
        least = np.where(no_people, np.where(people < limit, 0, limit), people)
        least = np.maximum(summed, least)
        most = np.where(no_online, np.where(no_received, np.inf, received), online)
        # People between those of the platforms that are shown and the files: no room for others.
        tight = no_people & (most - summed < limit)
        # Files online between the people that are shown and all files.
        tight |= no_online & (most - np.maximum(least, limit) < limit)
        # People first, then files online, then all files.
        parts |= (tight & shows)[:, None]
        no_people |= tight & shows
        no_received |= tight & ~shows & no_online
        no_online |= tight & ~shows
        if gone.sum() + parts.sum() == before:
            return gone, parts


def to_reports(
    counts: Counts,
    *,
    files: str | None,
    people: str | None,
    platforms: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Arrange the counts of a log as reports, the frame that everything else starts from.

    Parameters
    ----------
    counts
        From `counts`, by year. Small counts are not hidden yet: see `small_reports`.
    files, people
        Measures of the catalogue: files handed in online out of those received, and different
        people who did so out of the residents. None leaves them out.
    platforms
        Measure of the catalogue for each platform of the log.

    Returns
    -------
    reports
        `code`, `year`, `indicator`, `count`, `out_of`, `origin` (of the log). Years that the
        catalogue does not have for a measure stay in: `frames.require_reports` refuses them.

    Raises
    ------
    LookupError
        If a platform has no measure, or a measure is not in the catalogue.
    ValueError
        If the places are not of the list in use (their codes mean different places), or a measure
        is named twice.
    """
    ours = pd.Timestamp(min(known()["since"]))
    if set(lists := counts.files["structure"].unique()) - {ours}:
        days = ", ".join(f"{day:%Y-%m-%d}" for day in lists)
        msg = (
            f"The places are of the lists of {days}, and those in use of {ours:%Y-%m-%d}.\n"
            "One code may be two places. Count the days of one list at a time (--until, or a part\n"
            "of the log), and name your list where it is another (--places)."
        )
        raise ValueError(msg)
    platforms = dict(platforms or {})
    unknown = {*counts.platforms["platform"]} - {*platforms} if platforms else set()
    measures = [name for name in (files, people, *platforms.values()) if name is not None]
    for name in measures:
        indicators.kind(name)
    if len(set(measures)) < len(measures):
        msg = f"One measure is named twice: {', '.join(measures)}."
        raise ValueError(msg)
    if unknown:
        msg = f"{len(unknown)} platforms of the log have no measure: {', '.join(sorted(unknown))}."
        raise LookupError(msg)
    each = counts.platforms.assign(indicator=counts.platforms["platform"].map(platforms))
    users = pd.concat([counts.files.assign(indicator=people), each])
    users = users.assign(out_of=users["code"].map(places.communes()["population"]))
    named = {"online": "count", "received": "out_of"}
    online = counts.files.drop(columns="people").rename(columns=named).assign(indicator=files)
    table = pd.concat([online, users.rename(columns={"people": "count"})])
    table = table.dropna(subset="indicator").assign(origin=counts.origin)
    columns = ["code", "year", "indicator", "count", "out_of", "origin"]
    table = table.assign(year=table["period"].dt.year)[columns]
    return table.sort_values(columns[:3], ignore_index=True)


def to_table(counts: Counts) -> pd.DataFrame:
    """
    Put all counts into one long table, of any period and list of places.

    Returns
    -------
    table
        `code`, `structure`, `period`, `measure` (`received`, `online` in files, `people` in
        persons), `platform` (none: over all), `value` (missing where it was hidden), `origin`.
    """
    files = counts.files.melt(_KEYS, var_name="measure").assign(platform=None)
    each = counts.platforms.rename(columns={"people": "value"}).assign(measure="people")
    columns = [*_KEYS, "measure", "platform", "value"]
    long = pd.concat([files[columns], each[columns]], ignore_index=True)
    long = long.assign(origin=counts.origin)
    return long.sort_values([*_KEYS, "measure", "platform"], ignore_index=True)


def save(table: pd.DataFrame, file: Path) -> Path:
    """Write a table as Parquet, or as CSV that runs nothing in a spreadsheet."""
    if file.suffix == ".parquet":
        table.to_parquet(file, index=False)
    else:
        file.write_text(escaping.csv(table), encoding="utf-8", newline="")
    return file
