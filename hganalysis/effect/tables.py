"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import escaping, words
from .answer import Answer
from .design import Design
from .sentences import Reading, method, of_flags
from .texts import Names, say

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = ["log_rate_ratio", "log_low", "log_high", "sd"]
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

    def _repr_html_(self) -> str:
        return self.to_html()

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
        properties = document.core_properties
        properties.author, properties.comments = "hganalysis", ""
        table = document.add_table(rows=0, cols=len(self.texts.columns), style="Light Shading")
        for row in [list(self.texts), *self.texts.to_numpy().tolist()]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                cell.paragraphs[0].add_run(text).font.size = Pt(10)
        for note in self.notes:
            document.add_paragraph().add_run(note).font.size = Pt(9)
        document.save(str(file))
        return file


def tables(
    *answers: Answer | Design,
    labels: Sequence[str] | None = None,
    per: Literal["unit", "sd"] = "unit",
) -> ModelTable:
    """
    Set models side by side: rate ratios with their intervals below, and what each model is.

    Parameters
    ----------
    *answers
        Of `Design.headline`, one column each, or of `Design.ladder`, one for each of its rungs; of
        a `Design`, its headline.
    labels
        What the columns are called, one for each; by default (1), (2) and so on.
    per
        One unit of each term, or one standard deviation.

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
    if per not in ("unit", "sd"):
        msg = f"per is {per!r}; expected 'unit' or 'sd'."
        raise ValueError(msg)
    asked = [one.headline() if isinstance(one, Design) else one for one in answers]
    models = [(answer.names, rows) for answer in asked for rows in _models(answer)]
    names = [f"({number})" for number in range(1, len(models) + 1)] if labels is None else labels
    names = list(map(escaping.plain, names))
    if not models or len(names) != len(models):
        msg = f"there are {len(models)} models and {len(names)} labels: one for each is needed."
        raise ValueError(msg)
    terms = list(dict.fromkeys(term for _, rows in models for term in rows["term"]))
    left = [text for term in terms for text in (escaping.plain(term), "")]
    left += [say(f"effect_tables.{name}") for name in FOOT]
    columns = [[*_cells(rows, terms, per), *_foot(rows.iloc[0])] for _, rows in models]
    texts = pd.DataFrame(list(zip(left, *columns, strict=True)), columns=["", *names])
    return ModelTable(texts, tuple(_notes(models, names, per)))


def _models(answer: Answer) -> list[pd.DataFrame]:
    """Take the rows of an answer that is about models, model by model."""
    others = {"question", "method", "left_out", "control", "power", "count"}
    if not isinstance(answer, Answer) or others & set(answer.table):
        msg = (
            "only headlines and ladders are set side by side: hg.tables(first.headline(), "
            "second.headline()). Other answers have a table of their own: answer.table."
        )
        raise ValueError(msg)
    table = answer.table
    by = "way" if "way" in table else "rung"
    return [rows for _, rows in table.groupby(by, dropna=False, sort=False)]


def _cells(rows: pd.DataFrame, terms: Sequence[str], per: str) -> list[str]:
    """Write the ratio and the interval of each term of a model; nothing for one that it lacks."""
    found: list[str] = []
    for term in terms:
        for b, low_log, high_log, sd in rows.loc[rows["term"] == term, NUMBERS].to_numpy(float):
            read = Reading("sd", sd) if per == "sd" else Reading(1, 1.0)
            ratio, low, high = read.ratios(b, low_log, high_log)
            known = not pd.isna(low_log)
            found += [ratio, say("effect_tables.interval", low=low, high=high) if known else "–"]
        found += ["", ""] * (term not in set(rows["term"]))
    return found


def _foot(first: pd.Series) -> list[str]:
    """Say what a model is: outcome, units, clusters, df of its first term, method."""
    refused = pd.isna(first["log_rate_ratio"])
    spatial = first.get("way") == "spatial"
    return [
        escaping.plain(first["outcome"]),
        *(words.number(first[one]) for one in ("units", "clusters")),
        words.number(first["df"], decimals=1),
        "–" if refused else method("gls" if spatial else f"rung {first['rung']}"),
    ]


def _notes(
    models: Sequence[tuple[Names, pd.DataFrame]], labels: Sequence[str], per: str
) -> list[str]:
    """Say what is simulated, what the numbers are, which model is flagged or refused, and why."""
    simulated = any((rows["origin"] == "simulated").any() for _, rows in models)
    notes = [words.term("words.simulated")] * simulated + [say(f"effect_tables.note_{per}")]
    for label, (names, rows) in zip(labels, models, strict=True):
        first = rows.iloc[0]
        said = str(first["reason"])
        if said := said or of_flags(str(first["flags"]), names):
            notes.append(say("effect_tables.of_model", label=label, said=said))
    return notes
