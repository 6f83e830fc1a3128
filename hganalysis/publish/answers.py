"""The three answers of the study in use: a question, one number, one sentence, one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import change, effect, frames, words
from ..figure import Number
from ..ranking import uptake
from ..ranking.measure import reported

if TYPE_CHECKING:
    from ..draw import Picture

NONE = Number("–", "")


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said of one question; where nothing answers it, the sentence says why."""

    question: str
    number: Number
    sentence: str
    picture: Picture | None = None
    view: str = ""
    """Of the atlas, that shows it: the state in its address."""

    @property
    def digest(self) -> str:
        """Know its picture again; "" where there is none."""
        return self.picture.figure.digest if self.picture else ""

    @property
    def line(self) -> str:
        """Say it in one line: the title of the picture, where there is one."""
        return self.picture.figure.title if self.picture else self.sentence


def answers() -> list[Answer]:
    """
    Answer the three questions from the study in use, in the language in use.

    Examples
    --------
    >>> [one.number.text.replace("\N{NO-BREAK SPACE}", " ") for one in answers()]
    ['37,2 %', '+5,2', '+19 %']
    """
    years = reported()
    if not years:
        said = words.term("answers.no_reports")
        asked = ("where", "changed", "related")
        return [Answer(words.term(f"answers.{one}"), NONE, said) for one in asked]
    headline = next(iter(years))
    return [_where(headline, years[headline][-1]), _changed(years), _related()]


def _where(name: str, year: int) -> Answer:
    found, question = uptake(name, year), words.term("answers.where")
    known = found.table.dropna(subset="rank")
    if known.empty:
        return Answer(question, NONE, _bare(found))
    number = Number(found.measure.write(known["share"].iloc[0]), known["name"].iloc[0])
    return Answer(question, number, _bare(found), found.picture(), f"m={name}&y={year}")


def _changed(years: dict[str, list[int]]) -> Answer:
    """Take the first measure that was counted twice: the headline, where that was."""
    question = words.term("answers.changed")
    name = next((one for one, its in years.items() if len(its) > 1), None)
    if name is None:
        return Answer(question, NONE, words.term("answers.one_period"))
    try:
        found = change.compare(name, *years[name][-2:])
    except (ValueError, LookupError):
        return Answer(question, NONE, words.term("answers.unlike"))
    number = NONE
    if (moved := found.whole["change_pp"]) == moved:
        scale = found.measure.change_scale
        number = Number(words.value(moved, scale, bare=True), words.unit_text(scale))
    return Answer(question, number, _bare(found), found.slopes(), f"m={name}&y=change")


def design() -> effect.Design:
    """
    Relate the headline to the exposure, in the first year that has both: nobody had yet been sent
    where uptake was low.

    Raises
    ------
    LookupError
        If no year has both.
    """
    headline, years = next(iter(reported().items()))
    both = set(frames.teams().dropna(subset="members")["year"]) & set(years)
    if not both:
        raise LookupError(words.term("answers.no_exposure"))
    return effect.Design.of_reports(headline, min(both))


def _related() -> Answer:
    question = words.term("answers.related")
    try:
        headline = design().headline()
    except LookupError as reason:
        return Answer(question, NONE, str(reason))
    except ValueError as reason:
        return Answer(question, NONE, words.term("answers.refused", reason=reason))
    row = headline.table.iloc[0]
    ratio, low, high = (float(row[one]) for one in ("rate_ratio", "low", "high"))
    by = ("+" if ratio > 1 else "−") + words.percent(abs(ratio - 1), decimals=0)
    number = Number("?" if low <= 1 <= high else by, "")
    said = f"{_bare(headline).split('. ')[0]}. {words.term('answers.no_cause')}"
    return Answer(question, number, said, headline.picture())


def _bare(answer: object) -> str:
    """Give the sentence of an answer for a page that has the banner itself."""
    return str(answer).removeprefix(words.term("figure.prefix", sentence=""))
