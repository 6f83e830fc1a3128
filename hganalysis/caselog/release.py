"""Let the counts of a log out of the engine room: small ones hidden, as reports or a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, suppress, words
from ..suppress.register import GRAIN, cells_of_reports
from .counting import counts
from .engine import LogError, connect, files_of, open_log
from .tally import dated_codes

if TYPE_CHECKING:
    from .counting import Counts

_KEYS = ["code", "structure", "period"]
_FILES = ["received", "online", "people"]
_ROUND = 100
"""Numbers of files are rounded down to these, if the exact one would give a hidden one away."""


def write(
    log: str | Sequence[Path],
    file: Path,
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
    Count a log, and write the counts that may be released.

    Parameters
    ----------
    log
        As of `open_log`.
    file, target
        The file to write, and the place that it will have: a folder with a register of releases.
    say
        Called with each line that says what became of the rows.
    measures
        `files` and `people` of `to_reports`; without them, a table of all counts is written.
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

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> numbers = range(30)
    >>> rows = {"file": [f"F{n}" for n in numbers], "received": "2023-03-01", "commune": "31318",
    ...         "channel": "online", "platform": "A", "person": [f"p{n}" for n in numbers]}
    >>> with words.use("en"), tempfile.TemporaryDirectory() as folder:
    ...     pd.DataFrame(rows).to_csv(Path(folder, "log.csv"), index=False)
    ...     write([Path(folder, "log.csv")], Path(folder, "counts.csv"), Path(folder), say=print,
    ...           measures=None, platforms={}, names={}, engine={}, choices={})
    fewer than 100 rows of the log: fewer than 100 applications, all counted
    """
    opened = connect(**engine, spill=file.with_name("spill"))  # type: ignore[arg-type]
    try:
        log_table = open_log(opened, log, names=names)
        log_counts = counts(log_table, **choices)  # type: ignore[arg-type]
    finally:
        opened.disconnect()
    for line in account(log_counts):
        say(line)
    if log_counts.files.empty:
        raise LogError(words.term("counts.nothing"))
    if measures is None:
        save(_release_table(log_counts, target, source=_checksum(log)), file)
        return

    every_measure = to_reports(log_counts, platforms=platforms, **measures)
    reports, remarks = _listed_measures(every_measure)
    for line in remarks:
        say(line)
    released = _release_reports(reports, target, source=_checksum(log))
    n_hidden = int(suppress.is_hidden(released).sum())
    if n_hidden:
        say(words.term("counts.hidden", hidden=n_hidden, limit=suppress.threshold()))
    save(released, file)


def measures_of(files: str | None, people: str | None) -> dict[str, str | None]:
    """
    Choose the measures of a log: those that are named, else those with its roles.

    Examples
    --------
    >>> measures_of(None, None)
    {'files': 'files_online', 'people': 'online_service_users'}
    """
    measures = {
        "files": files or indicators.role("files"),
        "people": people or indicators.role("people"),
    }
    if not any(measures.values()):
        listed = ", ".join(indicators.names())
        msg = words.term("log_errors.no_role", measures=listed)
        raise LogError(msg)
    return measures


def account(counts: Counts) -> Iterable[str]:
    """Say what became of every row, without a sum that would give a hidden count away."""
    released = hide_small(counts)
    hides_files = released.files.isna().any(axis=None)
    hides_people = released.platforms["people"].isna().any()
    write_number = round_down if hides_files or hides_people else words.number
    n_files = int(counts.files["received"].sum())
    key = "counts.rows" if len(counts.faults) else "counts.rows_all"
    yield words.term(key, rows=write_number(counts.rows), counted=write_number(n_files))

    for fault, n_rows, example in counts.faults.itertuples(index=False, name=None):
        line = words.term(f"counts.{fault.replace(' ', '_')}", rows=words.number(n_rows))
        if isinstance(example, str):
            line += " " + words.term("counts.example", example=example)
        yield f"  {line}"
    if counts.origin == "simulated":
        yield words.term("counts.simulated")


def round_down(number: int) -> str:
    """Write a number so roughly that a hidden one cannot be subtracted from it."""
    rounded = _ROUND * (number // _ROUND)
    if rounded:
        return words.term("counts.at_least", number=words.number(rounded))
    return words.term("counts.fewer", number=words.number(_ROUND))


def _listed_measures(reports: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Keep the measures and periods that can be reported, and say which cannot."""
    is_share = reports["indicator"].map(indicators.kind) == "share"
    is_above_all = is_share & (reports["count"] > reports["out_of"])
    accepted, remarks = [], []
    for (name, period), rows in reports.groupby(["indicator", "period"], sort=False):
        n_above = int(is_above_all[rows.index].sum())
        period_name = words.period(str(period))
        if period not in indicators.periods(str(name)):
            remarks.append(words.term("counts.unlisted", name=name, period=period_name))
        elif n_above:
            # more files than a place has people: from elsewhere, or from an invented log
            blanks = {
                "name": name,
                "period": period_name,
                "places": words.number(n_above),
            }
            remarks.append(words.term("counts.above", **blanks))
        else:
            accepted.append(rows)
    if not accepted:
        raise LogError("\n".join([*remarks, words.term("counts.nothing")]))
    return pd.concat(accepted, ignore_index=True), remarks


def _release_reports(reports: pd.DataFrame, target: Path, *, source: str) -> pd.DataFrame:
    """Hide small counts and those that an earlier release hid; enter this one in the register."""
    folder = target.absolute().parent
    hidden_before = suppress.hidden_before(cells_of_reports(reports), folder=folder, grain=GRAIN)
    # the sums of places come after the rows of reports
    also = hidden_before.iloc[: len(reports)].set_axis(reports.index)
    # hide before a fault is refused: a refusal shows the rows that it is about
    released = frames.require_reports(small_reports(reports, also=also))
    cells = cells_of_reports(released)
    suppress.release(cells, folder=folder, file=target.name, source=source, grain=GRAIN)
    return released


def _release_table(counts: Counts, target: Path, *, source: str) -> pd.DataFrame:
    """Hide small counts of a table as `_release_reports` does."""
    folder = target.absolute().parent
    grain = f"table_{counts.period}"
    table = to_table(hide_small(counts))
    hidden_before = suppress.hidden_before(cells(table), folder=folder, grain=grain)
    if hidden_before.any():
        table = to_table(hide_small(counts, also=table[hidden_before]))
    suppress.release(cells(table), folder=folder, file=target.name, source=source, grain=grain)
    return table


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Name each number of a table for the register; a code of two lists is two places."""
    return pd.DataFrame(
        {
            "place": table["code"] + table["structure"].dt.strftime("@%Y-%m-%d"),
            "period": table["period"].astype("str"),
            "measure": table["measure"] + (": " + table["platform"]).fillna(""),
            "value": table["value"],
            "hidden": table["value"].isna(),
            "pool": "",
        }
    )


def _checksum(log: str | Sequence[Path]) -> str:
    """Identify a log by the content of its files, or by the name of a table."""
    if isinstance(log, str):
        return hashlib.sha256(log.encode()).hexdigest()
    total = hashlib.sha256()
    for path in log:
        for file in files_of(path):
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

    Examples
    --------
    >>> from hganalysis.caselog.counting import Counts
    >>> files = pd.DataFrame({"code": ["31318", "31321"], "structure": pd.Timestamp("2020-02-01"),
    ...                       "period": 2023, "received": 400, "online": [350, 3], "people": 300})
    >>> platforms = pd.DataFrame(columns=["code", "structure", "period", "platform", "people"])
    >>> counted = Counts(files, platforms, pd.DataFrame(), 700, "year", "reported")
    >>> hide_small(counted).files["online"].isna().tolist()
    [False, True]
    """
    limit = suppress.threshold()
    if limit == 0:
        return counts

    # every place in every period: nobody handed in anything where a row was left out
    places_of_list = counts.files[["code", "structure"]].drop_duplicates()
    periods = counts.files[["structure", "period"]].drop_duplicates()
    keys = places_of_list.merge(periods)[_KEYS].sort_values(_KEYS)
    every_cell = pd.MultiIndex.from_frame(keys)
    files = counts.files.set_index(_KEYS)[_FILES].reindex(every_cell).fillna(0)
    platforms = counts.platforms.pivot(index=_KEYS, columns="platform", values="people")
    platforms = platforms.reindex(every_cell).fillna(0)

    # what an earlier release hid, in the same two shapes
    hidden_rows = to_table(counts)[:0] if also is None else also
    is_over_all = hidden_rows["platform"].isna()
    files_before = _mark_hidden(hidden_rows[is_over_all], "measure", files)
    platforms_before = _mark_hidden(hidden_rows[~is_over_all], "platform", platforms)

    hidden = _choose_hidden(
        files.to_numpy(float),
        platforms.to_numpy(float),
        _Hidden(files_before, platforms_before),
        limit=limit,
    )
    files = files.astype("Int64").mask(hidden.files)
    platforms = platforms.astype("Int64").mask(hidden.platforms)
    people = platforms.melt(value_name="people", ignore_index=False).reset_index()
    return replace(
        counts,
        files=files.reset_index(),
        platforms=people.sort_values([*_KEYS, "platform"], ignore_index=True),
    )


def _mark_hidden(hidden_rows: pd.DataFrame, column: str, counts: pd.DataFrame) -> np.ndarray:
    """Say which cells of the counts are among the hidden rows of a table."""
    origins = hidden_rows.pivot(index=_KEYS, columns=column, values="origin")
    return origins.reindex_like(counts).notna().to_numpy(bool)


def small_reports(reports: pd.DataFrame, *, also: pd.Series | None = None) -> pd.DataFrame:
    """
    Hide small counts in the reports of a log, as `suppress.hide_counts` does, and what bounds them.

    All counts of a place and period come from the same files: people of a platform are no more
    than people of all, who are no more than the files. So if one of them is hidden, all are.

    Parameters
    ----------
    reports
        From `reports`: all of a log at once.
    also
        True in each row that is hidden whatever its count: it was hidden in an earlier release.

    Returns
    -------
    reports
        As of `suppress.hide_counts`, with a column `pool` if any is hidden.

    Examples
    --------
    >>> from hganalysis.caselog.counting import Counts
    >>> files = pd.DataFrame({"code": ["31318", "31321"], "structure": pd.Timestamp("2020-02-01"),
    ...                       "period": 2023, "received": 400, "online": [350, 3], "people": 300})
    >>> platforms = pd.DataFrame(columns=["code", "structure", "period", "platform", "people"])
    >>> counted = Counts(files, platforms, pd.DataFrame(), 700, "year", "reported")
    >>> reports = to_reports(counted, files="files_online", people=None)
    >>> small_reports(reports)["count"].isna().tolist()
    [False, False]
    """
    if also is None:
        hidden = pd.Series(data=False, index=reports.index)
    else:
        hidden = also
    while True:
        released = suppress.hide_counts(reports, also=hidden, anew=True)
        hidden_now = suppress.is_hidden(released)
        same_files = hidden_now.groupby([reports["code"], reports["period"]])
        together = same_files.transform("any")
        if together.equals(hidden) or suppress.threshold() == 0:
            return released
        hidden = together


class _Hidden(NamedTuple):
    """What is hidden, one row for each place and period."""

    files: np.ndarray
    """Columns: received, online, people."""
    platforms: np.ndarray
    """One column for each platform."""


def _choose_hidden(
    files: np.ndarray, platforms: np.ndarray, before: _Hidden, *, limit: int
) -> _Hidden:
    """
    Choose the numbers that are hidden in each place and period.

    A reader knows of a place and period: people of the platforms, added up, are no more than the
    files online (each file has one person and one platform), and no less than the people; files
    online are no more than the files. Between the numbers that are shown, each hidden number must
    have room.
    """
    received, online, people = files.T
    hidden_files = before.files | (files < limit)
    hidden_files[:, 1] |= received - online < limit
    hidden_platforms = before.platforms | (platforms < limit)
    # views: a change of these changes `hidden_files`
    no_received, no_online, no_people = hidden_files.T
    while True:
        n_before = hidden_files.sum() + hidden_platforms.sum()
        no_people |= hidden_platforms.any(axis=1)
        shows_people = ~no_people | (~hidden_platforms).any(axis=1)

        # one who knows the rule knows that a hidden number which is not small is `limit` or more
        least_platforms = np.where(platforms < limit, 0, limit)
        platform_sum = np.where(hidden_platforms, least_platforms, platforms).sum(axis=1)
        least_hidden = np.where(people < limit, 0, limit)
        least_people = np.where(no_people, least_hidden, people)
        least_online = np.maximum(platform_sum, least_people)
        most_received = np.where(no_received, np.inf, received)
        most_online = np.where(no_online, most_received, online)

        # hidden people lie between those of the platforms and the files online
        is_tight = no_people & (most_online - platform_sum < limit)
        # hidden files online lie between the people and all files
        is_tight |= no_online & (most_online - np.maximum(least_online, limit) < limit)

        # where there is no room: hide people first, then files online, then all files
        hidden_platforms |= (is_tight & shows_people)[:, None]
        no_people |= is_tight & shows_people
        no_received |= is_tight & ~shows_people & no_online
        no_online |= is_tight & ~shows_people
        if hidden_files.sum() + hidden_platforms.sum() == n_before:
            return _Hidden(hidden_files, hidden_platforms)


def to_reports(
    counts: Counts,
    *,
    files: str | None,
    people: str | None,
    platforms: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Arrange the counts of a log as reports.

    Parameters
    ----------
    counts
        From `counts`. Small counts are not hidden yet: see `small_reports`.
    files, people
        Measures of the catalogue: files handed in online out of those received, and different
        people who did so out of the residents. None leaves them out.
    platforms
        Measure of the catalogue for each platform of the log.

    Returns
    -------
    reports
        `code`, `period`, `indicator`, `count`, `out_of`, `origin` (of the log). Periods that the
        catalogue does not have for a measure are kept: `frames.require_reports` refuses them.

    Raises
    ------
    LookupError
        If a platform has no measure, or a measure is not in the catalogue.
    ValueError
        If the places are not of the list in use (their codes mean different places), or a measure
        is named twice.

    Examples
    --------
    >>> from hganalysis.caselog.counting import Counts
    >>> files = pd.DataFrame({"code": ["31318", "31321"], "structure": pd.Timestamp("2020-02-01"),
    ...                       "period": 2023, "received": 400, "online": [350, 3], "people": 300})
    >>> platforms = pd.DataFrame(columns=["code", "structure", "period", "platform", "people"])
    >>> counted = Counts(files, platforms, pd.DataFrame(), 700, "year", "reported")
    >>> reports = to_reports(counted, files="files_online", people=None)
    >>> reports[["code", "indicator", "count", "out_of"]].values.tolist()
    [['31318', 'files_online', 350, 400], ['31321', 'files_online', 3, 400]]
    """
    _require_list_in_use(counts)
    platforms = dict(platforms or {})
    measures = [name for name in (files, people, *platforms.values()) if name is not None]
    _require_measures(measures, counts, platforms)

    # people, over all platforms and of each of them, out of the residents
    measure_of_platform = counts.platforms["platform"].map(platforms)
    by_platform = counts.platforms.assign(indicator=measure_of_platform)
    by_any = counts.files.assign(indicator=people)
    users = pd.concat([by_any, by_platform])
    users = users.rename(columns={"people": "count"})
    population = places.units()["population"]
    users = users.assign(out_of=users["code"].map(population))

    # files online, out of all files
    online = counts.files.drop(columns="people").assign(indicator=files)
    online = online.rename(columns={"online": "count", "received": "out_of"})

    reports = pd.concat([online, users]).dropna(subset="indicator")
    reports = reports.assign(origin=counts.origin)
    keys = ["code", "period", "indicator"]
    columns = [*keys, "count", "out_of", "origin"]
    return reports[columns].sort_values(keys, ignore_index=True)


def _require_list_in_use(counts: Counts) -> None:
    """Refuse counts of another list of places than the one in use."""
    first_day = pd.Timestamp(min(dated_codes()["since"]))
    lists = counts.files["structure"].unique()
    if not set(lists) - {first_day}:
        return
    days = ", ".join(f"{day:%Y-%m-%d}" for day in lists)
    day = f"{first_day:%Y-%m-%d}"
    msg = words.term("log_errors.other_list", days=days, day=day)
    raise ValueError(msg)


def _require_measures(measures: list[str], counts: Counts, platforms: dict[str, str]) -> None:
    """Refuse an unknown measure, one that is named twice, and a platform without a measure."""
    for name in measures:
        if indicators.over_time(name) == "since_january":
            msg = words.term("log_errors.running_total", measure=name)
            raise ValueError(msg)
    if len(set(measures)) < len(measures):
        listed = ", ".join(measures)
        msg = words.term("log_errors.twice", measures=listed)
        raise ValueError(msg)
    unknown = {*counts.platforms["platform"]} - {*platforms}
    if platforms and unknown:
        listed = ", ".join(sorted(unknown))
        msg = words.term("log_errors.platforms", number=len(unknown), names=listed)
        raise LookupError(msg)


def to_table(counts: Counts) -> pd.DataFrame:
    """
    Put all counts into one long table.

    Returns
    -------
    table
        `code`, `structure`, `period`, `measure` (`received`, `online` in files, `people` in
        persons), `platform` (none: over all), `value` (missing where it was hidden), `origin`.

    Examples
    --------
    >>> from hganalysis.caselog.counting import Counts
    >>> files = pd.DataFrame({"code": ["31318", "31321"], "structure": pd.Timestamp("2020-02-01"),
    ...                       "period": 2023, "received": 400, "online": [350, 3], "people": 300})
    >>> platforms = pd.DataFrame(columns=["code", "structure", "period", "platform", "people"])
    >>> counted = Counts(files, platforms, pd.DataFrame(), 700, "year", "reported")
    >>> to_table(counted)[["code", "measure", "value"]].head(3).values.tolist()
    [['31318', 'online', 350], ['31318', 'people', 300], ['31318', 'received', 400]]
    """
    files = counts.files.melt(_KEYS, var_name="measure").assign(platform=None)
    people = counts.platforms.rename(columns={"people": "value"}).assign(measure="people")
    keys = [*_KEYS, "measure", "platform"]
    columns = [*keys, "value"]
    table = pd.concat([files[columns], people[columns]], ignore_index=True)
    return table.assign(origin=counts.origin).sort_values(keys, ignore_index=True)


def save(table: pd.DataFrame, file: Path) -> Path:
    """
    Write a table as Parquet, or as CSV that runs nothing in a spreadsheet.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = save(pd.DataFrame({"note": ["=1+1"]}), Path(folder, "notes.csv"))
    ...     file.read_text(encoding="utf-8").split()
    ['note', "'=1+1"]
    """
    if file.suffix == ".parquet":
        table.to_parquet(file, index=False)
    else:
        file.write_text(escaping.csv(table), encoding="utf-8", newline="")
    return file
