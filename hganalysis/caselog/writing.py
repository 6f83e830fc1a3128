"""Write the counts of a log as reports or as a table: measures by role, small counts hidden."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from .. import frames, indicators, suppress, words
from ..suppress.register import GRAIN, of_reports
from .counting import counts
from .engine import LogError, connect, files_of, open_log
from .release import hide_small, save, small_reports, to_reports, to_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from .counting import Counts

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
    counted, rows = (
        about(number) if hides else words.number(number)
        for number in (int(found.files["received"].sum()), found.rows)
    )
    said = "counts.rows" if len(found.faults) else "counts.rows_all"
    yield words.term(said, rows=rows, counted=counted)
    for fault, number, example in found.faults.itertuples(index=False, name=None):
        text = words.term(f"counts.{fault.replace(' ', '_')}", rows=words.number(number))
        shown = isinstance(example, str)
        yield f"  {text} {words.term('counts.example', example=example)}" if shown else f"  {text}"
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
