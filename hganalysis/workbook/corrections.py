"""
Keep what a person decided that no program may decide: corrections.csv.

A line accepts a name of a commune or a district, says for one file (`level` is `number`) what the
dots in its numbers mark, or, for every report, what a heading is (`heading`) or that a text around
a table changes nothing (`title`).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from .. import places, words
from ..escaping import csv_text, from_csv_text, plain
from .faults import first_few
from .numbers import Answer, Mark
from .template import field_label, number_fields, place_fields
from .vocabulary import field_names

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_NAME = "corrections.csv"
COLUMNS = ("written", "district", "level", "code", "name", "accepted_by")
# A name is a name and a hall is a hall: a file of more is no list of names.
MOST_BYTES = 5_000_000
MARKS: dict[str, Mark] = {"dot_thousands": ",", "dot_decimals": "."}
"""What the dots of a file may mark, and what its decimal mark is then."""
NOTHING, UNUSED = "nothing", "unused"
"""What is said of a title, and of a heading whose column is not to be read."""
_MOST_READINGS, _ALIKE = 3, 75


class Accepted(NamedTuple):
    """
    One line that a person signed: this way of writing, there, means that code.

    Of the level `number`, `written` is the name of a file and `code` one of `MARKS`.
    """

    written: str = ""
    district: str = ""
    level: str = ""
    code: str = ""
    accepted_by: str = ""


class Corrections:
    """
    What was accepted: looked up by the way a name is written and the district beside it.

    Parameters
    ----------
    accepted
        The signed lines. One without a district holds for every district.
    """

    def __init__(self, accepted: Iterable[Accepted] = ()) -> None:
        self._by = {_key(one.level, one.written, one.district): one for one in accepted}

    def find(self, level: str, written: str, district: str = "") -> Accepted:
        """Give what was accepted for a text in a district, or anywhere, or an empty line."""
        anywhere = self._by.get(_key(level, written), Accepted())
        return self._by.get(_key(level, written, district), anywhere)

    def mark_answer(self, file: str) -> Answer | None:
        """Say what the decimal mark of a file is, and who says so, if somebody does."""
        one = self.find("number", file)
        return Answer(MARKS[one.code], one.accepted_by) if one.code else None

    def text_answers(self) -> dict[str, str]:
        """Give what was said of headings and titles, by their text."""
        texts = ("heading", "title")
        return {one.written: one.code for one in self._by.values() if one.level in texts}


def read(*files: Path) -> Corrections:
    """
    Read the lines that a person has signed; the others are proposals and change nothing.

    Parameters
    ----------
    *files
        UTF-8 with comma or semicolon, as spreadsheets save it; columns `written`, `district`,
        `level` (`commune`, `district`, `heading`, `title`, or `number`, with the name of a file as
        `written`), `code`, `accepted_by`.

    Raises
    ------
    ValueError
        If one is no such file, or signed lines name no place or contradict each other; with each.
    """
    known: dict[str, list[str]] = {
        "commune": [*places.communes().index],
        "district": [*places.districts().index],
        "number": [*MARKS],
        "title": [NOTHING],
        "heading": [UNUSED, *field_names()],
    }
    accepted: dict[tuple[str, str, str], Accepted] = {}
    wrong = []
    signed = [
        (f"  {file.parent.name}/{file.name}, line {number}: ", line, who)
        for file in files
        for number, line in enumerate(_lines(file), start=2)
        if (who := plain(line.get("accepted_by", ""), longest=60))
    ]
    for where, line, who in signed:
        level, code = line["level"].strip() or "commune", line["code"].strip()
        listed = known.get(level, [])
        if level in {"commune", "district"} and code.isdigit():
            # a spreadsheet drops the zeros before a number
            code = code.zfill(max(map(len, listed)))
        district = line["district"] if level == "commune" else ""
        one = Accepted(line["written"], district, level, code, who)
        before = accepted.setdefault(_key(level, one.written, district), one)
        if level not in known:
            wrong.append(f"{where}level is {plain(level)!r}; expected one of {', '.join(known)}")
        elif code not in listed:
            of = ", ".join(listed) if len(listed) < 50 else f"the codes of a {level}"
            wrong.append(f"{where}{plain(code)!r} is none of {of}")
        elif not one.written.strip():
            wrong.append(f"{where}no name is written")
        elif before.code != code:
            told = f"was accepted for {before.code} and for {code}"
            wrong.append(f"{where}{plain(one.written)!r} {told}")
    if wrong:
        head = f"{len(wrong)} signed lines cannot be applied:"
        msg = "\n".join([head, *wrong, "Correct them, or empty accepted_by in that line."])
        raise ValueError(msg)
    return Corrections(accepted.values())


def propose(proposals: pd.DataFrame, file: Path) -> int:
    """
    Add proposals to a file of corrections; lines that stand there are kept as they are.

    Parameters
    ----------
    proposals
        `written`, `district`, `level`, `code`, and `name` where it is not that of a place.
    file
        Made if it is not there.

    Returns
    -------
    added
        How many lines are new.
    """
    before = _lines(file) if file.exists() else []
    names = proposals["name"] if "name" in proposals else proposals["code"].map(_name)
    lines: list[Any] = proposals.assign(name=names)[[*COLUMNS[:-1]]].astype(str).to_dict("records")
    there = {_key(**line) for line in before}
    new = [line for line in lines if _key(**line) not in there]
    if new:
        table = pd.DataFrame([*before, *new]).fillna("").map(csv_text)
        table = table.reindex(columns=[*dict.fromkeys([*COLUMNS, *table])], fill_value="")
        file.write_bytes(table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"))
    return len(new)


def question(faults: pd.DataFrame, file: str) -> pd.DataFrame:
    """
    Put what a person has to decide: what dots mark, what a heading is, whether a text matters.

    Parameters
    ----------
    faults
        Of an `Checked`.
    file
        The name of the file.

    Returns
    -------
    lines
        For `propose`: one for each answer, its `name` saying what the numbers are then, and where
        they stand. No line where there is nothing to ask.
    """
    asked = faults[faults["rule"] == "ambiguous"]
    several = len(set(asked["sheet"])) > 1
    cells = [
        f"{sheet}!{cell}" if several else cell
        for sheet, own in zip(asked["sheet"], asked["cells"], strict=True)
        for cell in own
    ]
    # no number of the report: it may be one that is hidden, and this is printed
    blanks = {"number": words.number(len(cells)), "cells": first_few(cells)}
    lines = [
        (file, "", "number", code, words.term(f"check.{code}", **blanks)) for code in MARKS if cells
    ]
    levels = {"unknown_words": "title", "remark": "title"}
    levels |= {"unknown_column": "heading", "far_below": "heading"}
    for rule, level in levels.items():
        some = faults[faults["rule"] == rule].explode("texts").rename(columns={"texts": "text"})
        some = some[some["text"].fillna("") != ""].drop_duplicates("text")
        for text, field in zip(some["text"], some["field"], strict=True):
            if level == "title":
                answers = [(NOTHING, words.term("check.title_nothing"))]
            else:
                low = [(field, words.term("check.heading_counts"))]
                answers = low if rule == "far_below" else _readings(text)
                answers += [(UNUSED, words.term("check.heading_unused"))]
            lines += [(text, "", level, code, plain(told)) for code, told in answers]
    return pd.DataFrame(lines, columns=["written", "district", "level", "code", "name"])


def _readings(text: str) -> list[tuple[str, str]]:
    """Propose what a heading may be: fields whose label is like it."""
    from rapidfuzz import fuzz, process

    asked = [*place_fields(), *number_fields(), *(name for name in field_names() if "." in name)]
    labels = {name: field_label(name) for name in asked}
    told = {name: _same(one) for name, one in labels.items()}
    like = process.extract(_same(text), told, scorer=fuzz.token_set_ratio, limit=_MOST_READINGS)
    return [(name, labels[name]) for _, score, name in like if score >= _ALIKE]


def _key(level: str, written: str, district: str = "", **_: str) -> tuple[str, str, str]:
    if level == "number":  # of a file, without its ending: what goes back is the same report
        written = re.sub(r"(\.(?:csv|xls|ods))?\.checked(-\d+)?$", "", Path(written).stem)
    return level, _same(written), _same(district)


def _name(code: str) -> str:
    """Name a place with its district, so that a reader of the file knows which one it is."""
    upper = places.communes()["district_code"].get(code)
    return ", ".join(places.name(one) for one in (code, upper) if one)


def _lines(file: Path) -> list[dict[str, str]]:
    """Read a file of corrections as it stands, whatever parts its columns."""
    if file.stat().st_size > MOST_BYTES:
        msg = f"{file.name} has more than {MOST_BYTES:,} bytes; a list of corrections is shorter."
        raise ValueError(msg)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{file.name} is not UTF-8. Save it as 'CSV UTF-8 (comma delimited)'."
        raise ValueError(msg) from error
    parted = max(",;\t", key=text.partition("\n")[0].count)
    table = csv.DictReader(io.StringIO(text), delimiter=parted, restval="")
    needed = [name for name in COLUMNS if name != "name"]
    absent = [name for name in needed if name not in (table.fieldnames or [])]
    if absent:
        msg = (
            f"{file.name} lacks the columns {', '.join(absent)}. Expected: {', '.join(needed)}.\n"
            "Delete the file to have it made anew."
        )
        raise ValueError(msg)
    return [
        {name: from_csv_text(cell) for name, cell in line.items() if isinstance(cell, str)}
        for line in table
    ]


def _same(text: str) -> str:
    """Bring a text into the form in which it is looked up: case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
