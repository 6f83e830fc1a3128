"""
Find the reports that their source has published, number by number: nothing of them is hidden.

A word in a column is no proof. A report is published if a file that the study keeps holds its
numbers, as the source gave it: `sources.csv` has the publisher, address, day and checksum of that
file. `published/counts.csv` names for each report the file, the record in it, and the two fields.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import places, study, words
from ..periods import read_column
from ..refusals import require_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..study import Study

CITATIONS = "published/counts.csv"
"""Where each published report stands in a file of its source."""

_CELL = ["code", "period", "indicator"]
_PLACE_IN_FILE = ["file", "record", "count_field", "out_of_field"]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Record = dict[str, Any]


def read_published() -> pd.DataFrame:
    """
    Read the counts that the study in use keeps as their source has published them.

    Returns
    -------
    published
        One row for each report: `code`, `period`, `indicator`, `count`, `out_of`, and the `file`
        that holds them. What no file holds is left out.

    Examples
    --------
    >>> len(read_published())
    0
    """
    return _read(study.current()).copy()


@study.once_each
def _read(in_use: Study) -> pd.DataFrame:
    columns = [*_CELL, "count", "out_of", "file"]
    if CITATIONS not in in_use.cards:
        return pd.DataFrame(columns=columns)
    citations = pd.read_csv(in_use.path(CITATIONS), dtype="str", keep_default_na=False)
    require_columns(citations, [*_CELL, *_PLACE_IN_FILE])
    citations = read_column(citations)
    citations = citations[_names_each_once(citations)]
    if citations.empty:
        return pd.DataFrame(columns=columns)
    by_file = citations.groupby("file", sort=False)
    numbers = pd.concat(_look_up(rows, in_use, str(file)) for file, rows in by_file)
    published = numbers.dropna(subset=["count", "out_of"])
    return published[columns].reset_index(drop=True)


def _names_each_once(citations: pd.DataFrame) -> pd.Series:
    """Keep a record for one place, and one pair of fields for a measure: else they are chosen."""
    fields = citations["count_field"] + "\n" + citations["out_of_field"]
    measure = [citations[name] for name in ("file", "indicator", "period")]
    of_measure = fields.groupby(measure)
    of_record = citations["code"].groupby([citations["file"], citations["record"]])
    place = [citations[name] for name in ("file", "code", "period")]
    of_code = citations["record"].groupby(place)
    is_single = of_measure.transform("nunique") == 1
    is_single &= of_record.transform("nunique") == 1
    is_single &= of_code.transform("nunique") == 1
    is_repeated = citations.duplicated(_CELL, keep=False)
    is_repeated |= citations.duplicated(_PLACE_IN_FILE, keep=False)
    return is_single & ~is_repeated


def _look_up(citations: pd.DataFrame, in_use: Study, file: str) -> pd.DataFrame:
    """Take the numbers of some reports from the file that is named for them, if it may be."""
    if not is_from_publisher(in_use.cards.get(file, {})):
        return citations.assign(count=np.nan, out_of=np.nan)
    records = _read_records(in_use.path(file))
    keys = citations[["record", "count_field", "out_of_field"]]
    pairs = [
        _find_numbers(records.get(record, []), (count_field, out_of_field))
        for record, count_field, out_of_field in keys.itertuples(index=False, name=None)
    ]
    numbers = pd.DataFrame(pairs, citations.index, ["count", "out_of"], dtype=float)
    return citations.join(numbers)


def is_from_publisher(card: Mapping[str, str]) -> bool:
    """
    Say whether the card of a file names its publisher, address and day of capture.

    Examples
    --------
    >>> card = {"origin": "the portal", "url": "https://example.org", "captured": "2026-09-26"}
    >>> is_from_publisher(card), is_from_publisher({**card, "captured": ""})
    (True, False)
    """
    captured = card.get("captured") or ""
    url = card.get("url") or ""
    publisher = (card.get("origin") or "").strip()
    is_real = card.get("real_or_invented") != study.SIMULATED
    is_address = re.match(r"https?://[^/\s]+", url) is not None
    today = datetime.now(UTC).date().isoformat()
    is_day = _DAY.fullmatch(captured) is not None
    is_past = is_day and captured <= today
    return is_real and bool(publisher) and is_address and is_past


def _read_records(path: Path) -> dict[str, list[Record]]:
    """Read a JSON or CSV file: its records by each text that stands in them."""
    is_json = path.suffix.lower() == ".json"
    try:
        text = path.read_text(encoding="utf-8-sig")
        records = _walk(json.loads(text)) if is_json else csv.DictReader(text.splitlines())
    except (ValueError, RecursionError) as error:
        blanks = {"file": path.name, "error": error}
        msg = words.term("suppress_errors.published", **blanks)
        raise ValueError(msg) from error
    by_text = defaultdict(list)
    for record in records:
        names = {value for value in record.values() if isinstance(value, str)}
        for name in names:
            by_text[name].append(record)
    return by_text


def _walk(content: Any) -> Iterator[Record]:  # noqa: ANN401
    """Go through all objects of a JSON file."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _find_numbers(records: list[Record], fields: tuple[str, str]) -> tuple[float, float]:
    """Read two fields of a record; if several records have them, nobody knows which is meant."""
    count_field, out_of_field = fields
    pairs = {
        (_whole_number(record.get(count_field)), _whole_number(record.get(out_of_field)))
        for record in records
        if count_field in record and out_of_field in record
    }
    return pairs.pop() if len(pairs) == 1 else (np.nan, np.nan)


def _whole_number(value: object) -> float:
    is_whole = isinstance(value, int | str) and re.fullmatch(r"[0-9]{1,15}", str(value))
    return float(str(value)) if is_whole else np.nan


def is_published(reports: pd.DataFrame) -> pd.Series:
    """
    Say of each report whether its source has published it: it says so, and a kept file holds it.

    Parameters
    ----------
    reports
        `code`, `period`, `indicator`, `count`, `out_of`, and perhaps the `origin`.
    """
    nobody = pd.Series("", index=reports.index)
    says_so = reports.get("origin", nobody) == "published"
    return says_so & equals_published(study.current(), reports)


def equals_published(of: Study, table: pd.DataFrame) -> pd.Series:
    """
    Say of each row whether its numbers are those that a source has published of the same place.

    Parameters
    ----------
    of
        The study that keeps what was published.
    table
        Reports, or what is made of them: `count`, `out_of`, a `code` or an index of codes, and
        perhaps `indicator` and `period`. Sums of districts and of the whole are published where
        all their parts are.
    """
    has_numbers = {"count", "out_of"} <= set(table.columns)
    if not has_numbers or CITATIONS not in of.cards:
        return pd.Series(data=False, index=table.index)
    codes = table["code"] if "code" in table else table.index.to_series()
    rows = table.assign(code=codes.to_numpy())
    names = [name for name in _CELL if name in rows]
    keys_of_source = _keys(_with_sums(of), names)
    is_of_source = _keys(rows, names).isin(keys_of_source)
    return pd.Series(is_of_source, table.index)


def _keys(rows: pd.DataFrame, names: list[str]) -> pd.MultiIndex:
    texts = rows[names].astype("str")
    numbers = rows[["count", "out_of"]].apply(pd.to_numeric, errors="coerce")
    numbers = numbers.astype(float)
    return pd.MultiIndex.from_frame(texts.join(numbers))


@study.once_each
def _with_sums(in_use: Study) -> pd.DataFrame:
    """Add to published counts their sums by district and for the whole, where no part lacks."""
    published = _read(in_use)
    if published.empty:
        return published
    units = places.list_units(in_use).index.to_series()
    parents = places.parents(units)
    whole = str(places.describe_province(in_use)["code"])
    # where there are no districts, the whole is the parent of all
    n_parts = pd.Series({**parents.value_counts(), whole: len(units)})

    tables = [published]
    district = published["code"].map(parents)
    for larger in (district, whole):
        parts = published.assign(code=larger)
        of_place = parts.groupby(_CELL)
        sums = of_place[["count", "out_of"]].sum()
        n_published = of_place.size()
        codes = sums.index.get_level_values("code")
        is_complete = n_published.to_numpy() == n_parts.reindex(codes).to_numpy()
        tables.append(sums[is_complete].reset_index())
    return pd.concat(tables, ignore_index=True)


def list_sources() -> list[dict[str, str]]:
    """
    Name each file whose counts are shown as published: what its card says, and `n_rows` of it.
    """
    in_use = study.current()
    n_rows = _read(in_use)["file"].value_counts(sort=False)
    sources = []
    for file, number in n_rows.items():
        card = in_use.cards[str(file)]
        sources.append({**card, "n_rows": words.number(int(number))})
    return sources


def note_published(reports: pd.DataFrame) -> list[str]:
    """
    Say of whose published numbers nothing is hidden, and how many only say that they are published.
    """
    notes = [words.term("published_counts.shown", **card) for card in list_sources()]
    says_so = reports["origin"] == "published"
    n_others = int((says_so & ~is_published(reports)).sum())
    if n_others:
        number = words.number(n_others)
        notes.append(words.term("published_counts.unproven", number=number, file=CITATIONS))
    return notes
