"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .. import escaping, words
from .answer import Answer
from .design import Design
from .sentences import Reading, method, of_flags
from .texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

LOGS = ["log_rate_ratio", "log_low", "log_high"]
FOOT = ("outcome", "units", "clusters", "df", "method")


@dataclass(frozen=True, repr=False)
class ModelTable:
    """One column a model; its texts are in the language that was in use when it was made."""

    texts: pd.DataFrame
    """A row of ratios and one of their intervals for each term; then what each model is."""
    notes: tuple[str, ...]
    """Below the table; the first says so where a number is simulated."""

    def __repr__(self) -> str:
        return "\n".join([self.texts.to_string(index=False), *self.notes])

    def to_latex(self) -> str:
        r"""
        Write a `tabular` with the rules of booktabs, and the notes below it.

        Returns
        -------
        text
            For a document with `\usepackage{booktabs}`; Vietnamese needs XeLaTeX, LuaLaTeX, or the
            encoding T5. Nothing that stands in the data is a command.
        """
        heads = [escaping.latex(one) for one in self.texts]
        safe = self.texts.map(escaping.latex).set_axis(heads, axis="columns")
        columns = "l" + "c" * (len(heads) - 1)
        table = safe.to_latex(index=False, escape=False, column_format=columns)
        return table + "".join(
            rf"\par{{\small {escaping.latex(one)}}}" + "\n" for one in self.notes
        )

    def to_html(self) -> str:
        """Write a table of HTML; nothing that stands in the data is markup."""
        notes = "".join(f"<p><small>{escape(one)}</small></p>" for one in self.notes)
        return self.texts.to_html(index=False, border=0) + notes

    _repr_html_ = to_html

    def to_word(self, file: str | Path) -> Path:
        """
        Write a Word document with the table and its notes.

        Parameters
        ----------
        file
            Its name ends with .docx.

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        from docx import Document
        from docx.shared import Pt

        file = Path(file)
        if file.suffix != ".docx":
            msg = f"{file.name} is no name of a Word document: it has to end with .docx."
            raise ValueError(msg)
        document = Document()
        document.core_properties.author, document.core_properties.comments = "hganalysis", ""
        style = document.styles["Normal"]
        style.font.size, style.paragraph_format.space_after = Pt(10), Pt(0)
        table = document.add_table(rows=0, cols=len(self.texts.columns), style="Light Shading")
        for row in [list(self.texts), *self.texts.to_numpy().tolist()]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        for note in self.notes:
            document.add_paragraph(note)
        document.save(str(file))
        return file


def tables(*answers: Answer | Design, labels: Sequence[str] | None = None) -> ModelTable:
    """
    Set models side by side: rate ratios with their intervals below, and what each model is.

    Parameters
    ----------
    *answers
        Of `Design.headline`, one column each; of a `Design`, its headline.
    labels
        What the columns are called, one for each; by default (1), (2) and so on.

    Returns
    -------
    table
        A model that the data do not carry has dashes, and the reason in the notes.

    Raises
    ------
    ValueError
        If there is no answer, an answer is to another question, or the labels are not as many as
        the models.
    """
    asked = [one.headline() if isinstance(one, Design) else one for one in answers]
    if not all(isinstance(one, Answer) and (one.model or one.refused) for one in asked):
        msg = (
            "only headlines are set side by side: hg.tables(first.headline(), "
            "second.headline()). Other answers have a table of their own: answer.table."
        )
        raise ValueError(msg)
    numbered = [f"({number})" for number in range(1, len(asked) + 1)]
    names = list(map(escaping.plain, numbered if labels is None else labels))
    if not asked or len(names) != len(asked):
        msg = f"there are {len(asked)} models and {len(names)} labels: one for each is needed."
        raise ValueError(msg)
    models = [answer.table for answer in asked]
    terms = list(dict.fromkeys(term for rows in models for term in rows["term"]))
    left = [text for term in terms for text in (escaping.plain(term), "")]
    left += [say(f"effect_tables.{name}") for name in FOOT]
    columns = [_column(rows, terms) for rows in models]
    simulated = any(answer.origin == "simulated" for answer in asked)
    notes = [words.term("words.simulated")] * simulated + [say("effect_tables.note")]
    for label, answer, rows in zip(names, asked, models, strict=True):
        if said := str(answer.refused or of_flags(rows["flags"].iloc[0], answer.names)):
            notes.append(f"{label}: {said}")
    texts = pd.DataFrame(list(zip(left, *columns, strict=True)), columns=["", *names])
    return ModelTable(texts, tuple(notes))


def _column(rows: pd.DataFrame, terms: Sequence[str]) -> list[str]:
    """Write ratio and interval of each term of a model, if it has it; then what the model is."""
    first, logs = rows.iloc[0], rows.set_index("term")[LOGS]
    found: list[str] = []
    for term in terms:
        if term not in logs.index:
            found += ["", ""]
            continue
        ratio, low, high = Reading(1, 1.0).ratios(*logs.loc[term])
        known = logs.notna().loc[term, "log_low"]
        found += [ratio, say("effect_tables.interval", low=low, high=high) if known else "–"]
    return [
        *found,
        escaping.plain(first["outcome"]),
        *(words.number(first[one]) for one in ("units", "clusters")),
        words.number(first["df"], decimals=1),
        "–" if pd.isna(first["log_rate_ratio"]) else method(f"rung {first['rung']}"),
    ]
