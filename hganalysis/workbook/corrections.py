"""
Keep the decisions of persons, which no program may make: corrections.csv.

What a line decides depends on its `level`:

- `commune`, `district`: which place a name means
- `number`: what the dots in the numbers of one file mark
- `heading`: what a heading is, in every report
- `title`: that a text around a table changes nothing, in every report
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from .. import places, words
from ..countries.letters import fold
from ..escaping import csv_text, from_csv_text, plain
from .faults import first_few
from .headings import UNUSED_ANSWER
from .numbers import Mark
from .template import field_label, number_fields, place_fields
from .vocabulary import field_names, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "corrections.csv"
COLUMNS = ("written", "district", "level", "code", "name", "accepted_by")
MOST_BYTES = 5_000_000
"""A longer file is no list of names."""
MARKS: dict[str, Mark] = {"dot_thousands": ",", "dot_decimals": "."}
"""What the dots of a file may mark, and what its decimal mark is then."""
NOTHING = "nothing"
"""The answer for a title that changes nothing."""
_OF_COUNTS = ("far_below", "percents_said", "percents_alike", "share_alone")
"""Questions whether a column holds counts."""
_ANSWERED = ("unknown_words", "remark", "unknown_column", *_OF_COUNTS, "former_level")
"""Questions whose answer is kept by the text that it is about."""
# Fields that are proposed for a heading, and how similar their labels have to be, in per cent.
_MOST_READINGS, _MIN_SIMILARITY = 3, 75


class SignedLine(NamedTuple):
    """
    A line that a person signed: a text in a district means a code.

    Of the level `number`, `written` is the name of a file and `code` one of `MARKS`.
    """

    written: str = ""
    district: str = ""
    level: str = ""
    code: str = ""
    accepted_by: str = ""


class Corrections:
    """
    Signed lines, looked up by the text and the district beside it.

    Parameters
    ----------
    line_by_key
        The signed lines, by their `_key`. One without a district holds for every district.
    """

    def __init__(self, line_by_key: Mapping[tuple[str, str, str], SignedLine]) -> None:
        self._line_by_key = line_by_key

    def find(self, level: str, written: str, district: str = "") -> SignedLine:
        """Give the line of a text in a district, else in all districts."""
        in_all_districts = self._line_by_key.get(_key(level, written), SignedLine())
        return self._line_by_key.get(_key(level, written, district), in_all_districts)

    def text_answers(self) -> dict[str, str]:
        """Give the answers for headings and titles, by their text."""
        lines = [line for line in self._line_by_key.values() if line.level in {"heading", "title"}]
        return {line.written: line.code for line in lines}


def read(*files: Path) -> Corrections:
    """
    Read the lines that a person has signed; the others are proposals and change nothing.

    Parameters
    ----------
    *files
        UTF-8 with comma or semicolon, as spreadsheets save it, with these columns:

        - `written`: a text, or for the level `number` the name of a file
        - `district`
        - `level`: `commune`, `district`, `heading`, `title` or `number`
        - `code`
        - `accepted_by`

    Raises
    ------
    ValueError
        If a file is no list of corrections, or signed lines name no place or contradict each
        other, with each line that is wrong.
    """
    codes_of_level: dict[str, list[str]] = {
        "commune": [*places.units().index],
        "district": [*places.compared().index],
        "number": [*MARKS],
        "title": [NOTHING],
        "heading": [UNUSED_ANSWER, *field_names()],
    }
    lines: dict[tuple[str, str, str], SignedLine] = {}
    wrong = []
    for file in files:
        for number, columns in enumerate(_read_lines(file), start=2):
            line = _read_line(columns, codes_of_level)
            if not line.accepted_by:
                continue  # a proposal
            earlier = lines.setdefault(_key(line.level, line.written, line.district), line)
            fault = _fault(line, earlier, codes_of_level)
            if fault:
                place = f"{file.parent.name}/{file.name}"
                wrong.append(
                    words.term("workbook_errors.line", file=place, number=number, fault=fault)
                )
    if wrong:
        listed = {"number": len(wrong), "lines": "\n".join(wrong)}
        raise ValueError(words.term("workbook_errors.corrections", **listed))
    return Corrections(lines)


def _read_line(columns: dict[str, str], codes_of_level: dict[str, list[str]]) -> SignedLine:
    """Read a line; one that nobody signed has an empty `accepted_by`."""
    level = columns["level"].strip() or "commune"
    code = columns["code"].strip()
    if level in {"commune", "district"} and code.isdigit():
        # a spreadsheet drops the zeros before a number
        code = code.zfill(max(map(len, codes_of_level[level])))
    district = columns["district"] if level == "commune" else ""
    accepted_by = plain(columns["accepted_by"], longest=60)
    return SignedLine(columns["written"], district, level, code, accepted_by)


def _fault(line: SignedLine, earlier: SignedLine, codes_of_level: dict[str, list[str]]) -> str:
    """Say why a signed line cannot be applied; an empty text where it can."""
    level = line.level
    code = line.code
    if level not in codes_of_level:
        levels = ", ".join(codes_of_level)
        return words.term("workbook_errors.level", level=plain(level), levels=levels)
    codes = codes_of_level[level]
    if code not in codes:
        all_codes = words.term("workbook_errors.codes_of_level", level=level)
        listed = ", ".join(codes) if len(codes) < 50 else all_codes
        return words.term("workbook_errors.code", code=plain(code), codes=listed)
    if not line.written.strip():
        return words.term("workbook_errors.no_name")
    if earlier.code != code:
        blanks = {"written": plain(line.written), "first": earlier.code, "second": code}
        return words.term("workbook_errors.two_answers", **blanks)
    return ""


def propose(proposals: pd.DataFrame, file: Path) -> int:
    """
    Add proposals to a file of corrections; its lines are kept as they are.

    Parameters
    ----------
    proposals
        `written`, `district`, `level`, `code`, and `name` where it is not that of a place.
    file
        It is made if there is no such file.

    Returns
    -------
    added
        How many lines are new.
    """
    lines = _read_lines(file) if file.exists() else []
    if "name" not in proposals:
        proposals = proposals.assign(name=proposals["code"].map(_place_name))
    proposed: list[Any] = proposals[[*COLUMNS[:-1]]].astype(str).to_dict("records")
    keys = {_key(**line) for line in lines}
    added = [line for line in proposed if _key(**line) not in keys]
    if added:
        table = pd.DataFrame([*lines, *added]).fillna("").map(csv_text)
        # our columns first, then those that somebody added
        columns = dict.fromkeys([*COLUMNS, *table])
        table = table.reindex(columns=list(columns), fill_value="")
        text = table.to_csv(index=False, lineterminator="\r\n")
        file.write_bytes(text.encode("utf-8-sig"))
    return len(added)


def question(faults: pd.DataFrame, file: str) -> pd.DataFrame:
    """
    List what a person has to decide about marks, headings and texts.

    What do dots mark, what is a heading, and does a text matter?

    Parameters
    ----------
    faults
        Of a `Checked`.
    file
        The name of the file.

    Returns
    -------
    lines
        For `propose`: one for each answer. Its `name` says what the numbers are then, and where
        they stand. No line where there is no question.
    """
    lines = _mark_questions(faults, file)
    for rule in _ANSWERED:
        rows = faults[faults["rule"] == rule].explode("texts")
        rows = rows[rows["texts"].fillna("") != ""]
        # an answer is kept for a text in whatever letters it is written
        rows = rows[~rows["texts"].map(tidy).duplicated()]
        for text, field in zip(rows["texts"], rows["field"], strict=True):
            level, answers = _text_answers(rule, text, field)
            for code, meaning in answers:
                lines.append((text, "", level, code, plain(meaning)))
    return pd.DataFrame(lines, columns=["written", "district", "level", "code", "name"])


def _mark_questions(faults: pd.DataFrame, file: str) -> list[tuple[str, str, str, str, str]]:
    """Ask what the dots of a file mark, and list the cells that this decides."""
    ambiguous = faults[faults["rule"] == "ambiguous"].explode("cells")
    if ambiguous.empty:
        return []
    cells = ambiguous["cells"]
    if len(set(ambiguous["sheet"])) > 1:
        cells = ambiguous["sheet"] + "!" + cells
    # no number of the report: it may be one that is hidden, and this is printed
    blanks = {"number": words.number(len(cells)), "cells": first_few([*cells])}
    return [(file, "", "number", code, words.term(f"check.{code}", **blanks)) for code in MARKS]


def _text_answers(rule: str, text: str, field: str) -> tuple[str, list[tuple[str, str]]]:
    """Give the level of a text, and its answers: a code and its meaning."""
    if rule in {"unknown_words", "remark"}:
        return "title", [(NOTHING, words.term("check.title_nothing"))]
    answers: list[tuple[str, str]] = []
    if rule in _OF_COUNTS:
        answers = [(field, words.term("check.heading_counts"))]
    elif rule == "unknown_column":
        answers = _similar_fields(text)
    return "heading", [*answers, (UNUSED_ANSWER, words.term("check.heading_unused"))]


def _similar_fields(text: str) -> list[tuple[str, str]]:
    """Propose what a heading may be: fields with a similar label."""
    from rapidfuzz import fuzz, process

    measures = [name for name in field_names() if "." in name]
    labels = {name: field_label(name) for name in (*place_fields(), *number_fields(), *measures)}
    matches = process.extract(
        text,
        labels,
        scorer=fuzz.token_set_ratio,
        processor=fold,
        limit=_MOST_READINGS,
        score_cutoff=_MIN_SIMILARITY,
    )
    return [(name, label) for label, _, name in matches]


def _key(level: str, written: str, district: str = "", **_: str) -> tuple[str, str, str]:
    """Give what a line is looked up by; the other columns do not matter."""
    if level == "number":  # of a file, without its ending: what goes back is the same report
        written = re.sub(r"(\.(?:csv|xls|ods))?\.checked(-\d+)?$", "", Path(written).stem)
    return level, fold(written), fold(district)


def _place_name(code: str) -> str:
    """Name a place with its district, so that a reader knows which one it is."""
    parent = places.units()["compared_code"].get(code)
    return ", ".join(places.name(place) for place in (code, parent) if place)


def _read_lines(file: Path) -> list[dict[str, str]]:
    """Read a file of corrections as it is, whatever separates its columns."""
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(
            words.term(
                "workbook_errors.large_corrections", file=file.name, most=words.number(MOST_BYTES)
            )
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(words.term("workbook_errors.not_utf8", file=file.name)) from error
    separator = max(",;\t", key=text.partition("\n")[0].count)
    table = csv.DictReader(io.StringIO(text), delimiter=separator, restval="")
    needed = [name for name in COLUMNS if name != "name"]
    missing = [name for name in needed if name not in (table.fieldnames or ())]
    if missing:
        listed = {"missing": ", ".join(missing), "expected": ", ".join(needed)}
        raise ValueError(words.term("workbook_errors.columns", file=file.name, **listed))
    return [
        {name: from_csv_text(cell) for name, cell in line.items() if isinstance(cell, str)}
        for line in table
    ]
