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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import places, words
from ..escaping import csv_text, from_csv_text, plain
from .numbers import Answer, Mark
from .template import label, numbers, of_place
from .vocabulary import fields

if TYPE_CHECKING:
    from collections.abc import Iterable

import pandas as pd

NAME = "corrections.csv"
COLUMNS = ("written", "district", "level", "code", "name", "accepted_by")
# A name is a name and a hall is a hall: a file of more is no list of names.
MOST_BYTES = 5_000_000


MARKS: dict[str, Mark] = {"dot_thousands": ",", "dot_decimals": "."}
"""What the dots of a file may mark, and what its decimal mark is then."""
MOST_SHOWN = 6
NOTHING, UNUSED = "nothing", "unused"
"""What is said of a title, and of a heading whose column is not to be read."""


@dataclass(frozen=True)
class Accepted:
    """
    One line that a person signed: this way of writing, there, means that code.

    Of the level `number`, `written` is the name of a file and `code` one of `MARKS`.
    """

    written: str
    district: str
    level: str
    code: str
    who: str


class Corrections:
    """
    What was accepted: looked up by the way a name is written and the district beside it.

    Parameters
    ----------
    accepted
        The signed lines. One without a district holds for every district.
    """

    def __init__(self, accepted: tuple[Accepted, ...] = ()) -> None:
        self.accepted = accepted
        self._by = {_key(one.level, one.written, one.district): one for one in accepted}

    def commune(self, written: str, district: str) -> str:
        """Give the code that a name of a commune was accepted for, or an empty text."""
        return self._commune(written, district).code

    def who(self, written: str, district: str) -> str:
        """Name who accepted it, or nobody."""
        return self._commune(written, district).who

    def district(self, written: str) -> str:
        """Give the code that a name of a district was accepted for, or an empty text."""
        return self._by.get(_key("district", written), _NONE).code

    def who_district(self, written: str) -> str:
        """Name who accepted it, or nobody."""
        return self._by.get(_key("district", written), _NONE).who

    def answer(self, file: str) -> Answer | None:
        """Say what the decimal mark of a file is, and who says so, if somebody does."""
        one = self._by.get(_key("number", file))
        return Answer(MARKS[one.code], one.who) if one else None

    def said(self) -> dict[str, str]:
        """Give what was said of headings and titles, by their text."""
        return {one.written: one.code for one in self.accepted if one.level in _TEXTS}

    def _commune(self, written: str, district: str) -> Accepted:
        anywhere = self._by.get(_key("commune", written), _NONE)
        return self._by.get(_key("commune", written, district), anywhere)


_NONE = Accepted("", "", "", "", "")
_TEXTS = ("heading", "title")
_LEVELS = ("commune", "district", "number", *_TEXTS)


def read(file: Path) -> Corrections:
    """
    Read the lines that a person has signed; the others are proposals and change nothing.

    Parameters
    ----------
    file
        UTF-8 with comma or semicolon, as spreadsheets save it; columns `written`, `district`,
        `level` (`commune`, `district`, `heading`, `title`, or `number`, with the name of a file as
        `written`), `code`, `accepted_by`.

    Raises
    ------
    ValueError
        If it is no such file, or signed lines name no place or contradict each other; with each.
    """
    accepted, wrong = [], []
    for number, line in enumerate(_lines(file), start=2):
        who = line.get("accepted_by", "").strip()
        if not who:
            continue
        level = line["level"].strip() or "commune"
        listed = places.districts() if level == "district" else places.communes()
        code = line["code"].strip()
        if code.isdigit():  # a spreadsheet drops the zeros before a number
            code = code.zfill(int(listed.index.str.len().max()))
        one = Accepted(
            line["written"],
            line["district"] if level == "commune" else "",
            level,
            code,
            plain(who, longest=60),
        )
        expected = {"number": [*MARKS], "title": [NOTHING], "heading": [UNUSED, *fields()]}
        if level not in _LEVELS:
            wrong.append(
                f"  line {number}: level is {plain(level)!r}; expected one of {', '.join(_LEVELS)}"
            )
        elif level in expected and code not in expected[level]:
            told = ", ".join(expected[level])
            wrong.append(f"  line {number}: {plain(code)!r} is none of {told}")
        elif level not in expected and code not in listed.index:
            wrong.append(f"  line {number}: {plain(code)!r} is no code of a {level}")
        elif not one.written.strip():
            wrong.append(f"  line {number}: no name is written")
        accepted.append(one)
    wrong += _contradictions(accepted)
    if wrong:
        msg = (
            f"{len(wrong)} signed lines of {file.name} cannot be applied:\n"
            + "\n".join(wrong)
            + "\nCorrect them, or empty accepted_by in that line."
        )
        raise ValueError(msg)
    return Corrections(tuple(accepted))


def together(parts: Iterable[Corrections]) -> Corrections:
    """
    Bring together what was accepted beside several files.

    Raises
    ------
    ValueError
        If they contradict each other; with each name.
    """
    accepted = [one for part in parts for one in part.accepted]
    wrong = _contradictions(accepted)
    if wrong:
        msg = f"The files of corrections contradict each other:\n{chr(10).join(wrong)}"
        raise ValueError(msg)
    return Corrections(tuple(accepted))


def _contradictions(accepted: Iterable[Accepted]) -> list[str]:
    found: dict[tuple[str, str, str], str] = {}
    wrong = []
    for one in accepted:
        key = _key(one.level, one.written, one.district)
        if found.setdefault(key, one.code) != one.code:
            wrong.append(
                f"  {plain(one.written)!r} was accepted for {found[key]} and for {plain(one.code)}"
            )
    return wrong


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
    there = {_key(line["level"], line["written"], line["district"]) for line in before}
    columns = ["written", "district", "level", "code"]
    names = proposals["name"] if "name" in proposals else proposals["code"].map(_name)
    new: list[dict[str, str]] = []
    for (written, district, level, code), name in zip(
        proposals[columns].itertuples(index=False, name=None), names, strict=True
    ):
        if _key(level, written, district) not in there:
            told = (written, district, level, code, name, "")
            new.append(dict(zip(COLUMNS, told, strict=True)))
    if not new:
        return 0
    text = io.StringIO()
    columns = list(dict.fromkeys([*COLUMNS, *(name for line in before for name in line)]))
    table = csv.DictWriter(text, columns, lineterminator="\r\n")
    table.writeheader()
    for line in [*before, *new]:
        table.writerow({name: csv_text(str(line.get(name, ""))) for name in columns})
    file.write_bytes(text.getvalue().encode("utf-8-sig"))
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
    place = ", ".join(cells[:MOST_SHOWN]) + ", …" * (len(cells) > MOST_SHOWN)
    # no number of the report: it may be one that is hidden, and this is printed
    lines = [
        (
            *(file, "", "number", code),
            words.term(f"check.{code}", number=words.number(len(cells)), cells=place),
        )
        for code in MARKS
        if cells
    ]
    of_titles = faults[(faults["rule"] == "unknown_words") & (faults["found"] != "")]
    lines += [
        (text, "", "title", NOTHING, words.term("check.title_nothing"))
        for text in dict.fromkeys(of_titles["found"])
    ]
    of_columns = faults[(faults["rule"] == "unknown_column") & (faults["found"] != "")]
    lines += [
        (text, "", "heading", code, told)
        for text in dict.fromkeys(of_columns["found"])
        for code, told in _readings(text)
    ]
    low = faults[faults["rule"] == "far_below"].drop_duplicates("found")
    lines += [
        (text, "", "heading", *answer)
        for text, field in zip(low["found"], low["field"], strict=True)
        for answer in (
            (field, words.term("check.heading_counts")),
            (UNUSED, words.term("check.heading_unused")),
        )
    ]
    columns = ["written", "district", "level", "code", "name"]
    table = pd.DataFrame(lines, columns=columns)
    return table.assign(name=[plain(one) for one in table["name"]])


_MOST_READINGS, _ALIKE = 3, 75


def _told(name: str) -> bool:
    """Say whether a form asks for a field: the others have no label."""
    return name in {*of_place(), *numbers()} or "." in name


def _readings(text: str) -> list[tuple[str, str]]:
    """Propose what a heading may be: fields whose label is like it, and nothing that is used."""
    from rapidfuzz import fuzz, process

    labels = {name: label(name) for name in (*of_place(), *numbers(), *fields()) if _told(name)}
    near = process.extract(
        _same(text),
        {name: _same(told) for name, told in labels.items()},
        scorer=fuzz.token_set_ratio,
        limit=_MOST_READINGS,
        score_cutoff=_ALIKE,
    )
    return [
        *((name, labels[name]) for _, _, name in near),
        (UNUSED, words.term("check.heading_unused")),
    ]


def _file(name: str) -> str:
    """Name a file without its ending: what goes back to its sender is the same report."""
    return _same(re.sub(r"\.checked(-\d+)?$", "", Path(name).stem))


def _key(level: str, written: str, district: str = "") -> tuple[str, str, str]:
    return level, _file(written) if level == "number" else _same(written), _same(district)


def _name(code: str) -> str:
    """Name a place with its district, so that a reader of the file knows which one it is."""
    if code in places.districts().index:
        return places.name(code)
    upper = str(places.communes().loc[code, "district_code"])
    return f"{places.name(code)}, {places.name(upper)}"


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
    head = text.partition("\n")[0]
    parted = max(",;\t", key=head.count)
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
    import unicodedata

    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
