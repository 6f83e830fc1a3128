"""Print what a check found: what became of the rows, then the first faults of each kind."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from .. import places, words
from ..escaping import plain
from ..frames import is_long
from ..workbook.check import read
from ..workbook.corrections import NAME, propose, question
from ..workbook.faults import account, comment, where
from ..workbook.give_back import free_name, give_back
from ..workbook.headings import unsaid
from ..workbook.screen import screen
from .own import by_district, names_districts, sayable
from .terminal import say

if TYPE_CHECKING:
    from ..workbook import Checked

# Of each kind, of its places, of what is too regular: the workbook has all.
FIRST, MOST_PLACES, MOST_FINDINGS = 5, 6, 10
_COLOURS = {"error": "red", "warning": "yellow"}


def check(file: Path, *, corrections: Path | None = None, out: Path | None = None) -> Checked:
    """
    Check a report, print what was found, and write the workbook that goes back.

    Parameters
    ----------
    file
        The sender's file.
    corrections
        What a person decided; `corrections.csv` beside the file where none is given. What a person
        has to decide is added to it: names, and what the dots in the numbers of the file mark.
    out
        The workbook to write; beside the file where none is given.

    Returns
    -------
    found
        What became of it.
    """
    found = read(file, corrections=corrections)
    if names_districts(found, file):
        say(words.term("own.by_district"))
        with by_district():
            return check(file, corrections=corrections, out=out)
    report(found, file, console=Console(soft_wrap=True))
    for said in regular(found):
        say(said)
    if is_long(file) or found.rows.empty:
        return found  # nobody wrote it by hand, or it was not opened: no workbook goes back
    back = give_back(found, file, to=out or free_name(file))
    for what in back.lost:
        say(words.term("check.lost", what=what))
    say(words.term("check.written", file=plain(back.file)))
    names = corrections or file.with_name(NAME)
    if len(found.proposals):
        propose(found.proposals, names)
        number = len(found.proposals[["written", "district"]].drop_duplicates())
        say(words.term("check.proposed", number=words.number(number), file=plain(names)))
    asked = question(found.faults, file.name)
    if len(asked):
        propose(asked, names)
        say(words.term("check.asked", file=plain(names)))
        for line in asked.itertuples():
            about = "" if line.level == "number" else f"{unsaid(plain(line.written))} → "
            say(f"  {about}{line.code}: {line.name}")
    return found


def report(checked: Checked, file: Path, *, console: Console) -> None:
    """
    Print what became of the rows of a file, and the first faults of each kind, errors first.

    Parameters
    ----------
    checked
        What `workbook.read` gave.
    file
        The sender's file.
    console
        Where to print. Whatever stands in the workbook is printed as plain text.
    """
    console.print(Text(words.term("check.title", file=plain(file.name)), style="bold"))
    for line in account(checked):
        console.print(Text(line))
    told = sayable(checked)
    kinds = told.sort_values("severity", kind="stable").groupby(["severity", "rule"], sort=False)
    for _, kind in kinds:
        for fault in kind.head(FIRST).to_dict("records"):
            for text in _said(fault):
                console.print(text)
        _more(len(kind) - FIRST, console)
    _more(len(checked.faults) - len(told), console)


def _said(fault: Mapping[Hashable, Any]) -> Iterator[Text]:
    place = f"{plain(fault['sheet'], longest=40)}!{where(fault['column'], fault['row'])}".strip("!")
    for key, text in comment(fault):
        head = (f"{place}  ", "bold") if key in _COLOURS else "    "
        yield Text.assemble(head, (text, _COLOURS.get(key, "")))


def _more(number: int, console: Console) -> None:
    if number > 0:
        sheet = words.term("check.sheet_found")
        console.print(Text(words.term("check.more", number=words.number(number), file=sheet)))


def regular(checked: Checked) -> Iterator[str]:
    """
    Say what is too regular to have been counted, as something to ask about: it is no fault.

    Parameters
    ----------
    checked
        What `workbook.read` gave. No number of a cell is said.
    """
    found = screen(checked.reports)
    if len(found):
        yield words.term("screen.heading", number=words.number(len(found)))
    for one in found.head(MOST_FINDINGS).to_dict("records"):
        yield f"  {plain(one['sentence'])}"
        yield f"    {words.term('screen.where', places=_named(one['places']))}"
        yield f"    {words.term('screen.chance', chance=words.percent(one['chance']))}"
        yield f"    {words.term('screen.may_be', innocent=one['innocent'])}"
    if len(found) > MOST_FINDINGS:
        yield "  " + words.term("screen.more", number=words.number(len(found) - MOST_FINDINGS))


def _named(codes: Sequence[str]) -> str:
    """Name some places, the first of many."""
    shown = [plain(places.label(code), longest=40) for code in codes[:MOST_PLACES]]
    return ", ".join(shown) + (", …" if len(codes) > MOST_PLACES else "")
