"""Print what a check found: what became of the rows, then the first faults of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from .. import places, study, words
from ..escaping import plain
from ..frames import is_long
from ..screening import screen
from ..workbook import Checked
from ..workbook.check import read
from ..workbook.corrections import FILE_NAME, propose, question
from ..workbook.faults import account
from ..workbook.give_back import free_name, give_back
from ..workbook.headings import unsaid
from ..workbook.levels import is_of_compared
from .own import first_faults
from .terminal import busy, say

# Of what is too regular, of its places: the workbook has all.
MOST_FINDINGS, MOST_PLACES = 10, 6


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
    checked
        What became of it.
    """
    busy_text = words.term("check.busy", file=plain(file.name))
    with busy(busy_text):
        is_by_district = is_of_compared(file)
    if is_by_district:
        say(words.term("own.by_district"))
        with study.use(written=places.describe_compared()[study.FILE].decode()):
            return check(file, corrections=corrections, out=out)
    with busy(busy_text):
        checked = read(file, corrections=corrections)
        faults = first_faults(checked, checked.faults)
        lines = [*account(checked), *faults, *regular(checked)]
    say(words.term("check.title", file=plain(file.name)))
    for line in lines:
        say(line)
    if is_long(file) or checked.rows.empty:
        return checked  # nobody wrote it by hand, or it was not opened: no workbook goes back
    with busy(busy_text):
        back = give_back(checked, file, to=out or free_name(file))
    for what in back.lost:
        say(words.term("check.lost", what=what))
    say(words.term("check.written", file=plain(back.file)))
    names = corrections or file.with_name(FILE_NAME)
    if len(checked.proposals):
        propose(checked.proposals, names)
        number = len(checked.proposals[["written", "district"]].drop_duplicates())
        say(words.term("check.proposed", number=words.number(number), file=plain(names)))
    questions = question(checked.faults, file.name)
    if len(questions):
        propose(questions, names)
        say(words.term("check.asked", file=plain(names)))
        _say_questions(questions)
    return checked


def _say_questions(questions: pd.DataFrame) -> None:
    """Print questions: one line for texts that differ by a number only, as of twelve months."""
    texts = [unsaid(text, None) for text in questions["written"]]
    questions = questions.assign(words=texts).drop_duplicates(["words", "level", "code"])
    for line in questions.itertuples():
        text = f"{unsaid(plain(line.written))} → " if line.level != "number" else ""
        say(f"  {text}{line.code}: {line.name}")


def regular(checked: Checked) -> Iterator[str]:
    """
    Say what is too regular to have been counted, as something to ask about: it is no fault.

    Parameters
    ----------
    checked
        What `workbook.read` gave. No number of a cell is said.
    """
    findings = screen(checked.reports)
    if len(findings):
        yield words.term("screen.heading", number=words.number(len(findings)))
    for finding in findings.head(MOST_FINDINGS).to_dict("records"):
        yield f"  {plain(finding['sentence'])}"
        codes = finding["places"]
        names = [plain(name, longest=40) for name in places.labels(codes[:MOST_PLACES])]
        if len(codes) > MOST_PLACES:
            names.append("…")
        yield f"    {words.term('screen.where', places=', '.join(names))}"
        yield f"    {words.term('screen.chance', chance=words.value(finding['chance'], 'share'))}"
        yield f"    {words.term('screen.may_be', innocent=finding['innocent'])}"
    if len(findings) > MOST_FINDINGS:
        yield "  " + words.term("screen.more", number=words.number(len(findings) - MOST_FINDINGS))
