"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .. import escaping, words
from .answer import RATIOS, DesignAnswer
from .design import Design
from .frame import say
from .sentences import write_flags

NO_NUMBER = "–"

# What is said of each model below its terms, and how it is written.
FOOT: dict[str, Callable[..., str]] = {
    "outcome": escaping.plain,
    "units": words.number,
    "clusters": words.number,
    "df": partial(words.number, decimals=1),
}


@dataclass(frozen=True, repr=False)
class ModelTable:
    """One column for each model; its texts are in the language that was in use then."""

    texts: pd.DataFrame
    """A row of ratios and one of intervals for each term; then what each model is."""
    notes: tuple[str, ...]
    """Below the table. The first says if a number is simulated."""

    def __repr__(self) -> str:
        return "\n".join([self.texts.to_string(index=False), *self.notes])

    def to_latex(self) -> str:
        r"""
        Write a `tabular` with the rules of booktabs, and the notes below it.

        Returns
        -------
        text
            For a document with `\usepackage{booktabs}`; Vietnamese needs XeLaTeX, LuaLaTeX, or the
            encoding T5. No text of the data can act as a command.
        """
        heads = [escaping.latex(head) for head in self.texts]
        texts = self.texts.map(escaping.latex).set_axis(heads, axis="columns")
        columns = "l" + "c" * (len(heads) - 1)
        table = texts.to_latex(index=False, escape=False, column_format=columns)
        notes = [rf"\par{{\small {escaping.latex(note)}}}" for note in self.notes]
        return table + "\n".join([*notes, ""])

    def to_html(self) -> str:
        """Write a table of HTML; no text of the data can act as markup."""
        notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        return self.texts.to_html(index=False, border=0) + notes

    _repr_html_ = to_html

    def to_word(self, file: str | Path) -> Path:
        """
        Write a Word document with the table and its notes.

        Parameters
        ----------
        file
            Its name; that of a Word document ends with .docx.
        """
        from docx import Document
        from docx.shared import Pt

        document = Document()
        document.core_properties.author = "hganalysis"
        normal = document.styles["Normal"]
        normal.font.size = Pt(10)
        normal.paragraph_format.space_after = Pt(0)
        table = document.add_table(rows=0, cols=len(self.texts.columns), style="Light Shading")
        for row in [list(self.texts), *self.texts.to_numpy().tolist()]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        for note in self.notes:
            document.add_paragraph(note)
        document.save(str(file))
        return Path(file)


class ModelColumn(NamedTuple):
    """One model of an answer."""

    rows: pd.DataFrame
    """Of the answer's table: one for each term."""
    note: str
    """Why there is no estimate, or what is weak about it; else ""."""


def tables(*answers: DesignAnswer | Design, labels: Sequence[str] | None = None) -> ModelTable:
    """
    Set models side by side: rate ratios, intervals below them, and what each model is.

    Parameters
    ----------
    *answers
        Of `Design.headline`, one column each, or of `Design.ladder`, one for each of its rungs; of
        a `Design`, its headline.
    labels
        What the columns are called, one for each; by default (1), (2) and so on.

    Returns
    -------
    table
        A model without an estimate has dashes, and the notes give the reason.

    Raises
    ------
    ValueError
        If there is no answer, an answer is to another question, or the labels are not as many as
        the models.

    Examples
    --------
    >>> import hganalysis as hg
    >>> design = hg.Design.of_reports("app_users", 2022)
    >>> "1.19" in tables(design.headline()).to_html()
    False
    """
    models: list[ModelColumn] = []
    for answer in answers:
        models += _models(answer)
    labels = labels or [f"({number})" for number in range(1, len(models) + 1)]
    heads = [escaping.plain(label) for label in labels]
    if not models or len(heads) != len(models):
        msg = words.term(
            "effect_errors.labels",
            models=len(models),
            labels=len(heads),
        )
        raise ValueError(msg)

    terms = list(dict.fromkeys(term for model in models for term in model.rows["term"]))
    columns = [_row_heads(terms), *(_column(model.rows, terms) for model in models)]
    rows = list(zip(*columns, strict=True))
    return ModelTable(pd.DataFrame(rows, columns=["", *heads]), _notes(models, heads))


def _models(answer: DesignAnswer | Design) -> list[ModelColumn]:
    """Take the rows of an answer that is about models, model by model."""
    if isinstance(answer, Design):
        answer = answer.headline()
    if not isinstance(answer, DesignAnswer) or answer.question not in ("headline", "ladder"):
        raise ValueError(words.term("effect_errors.side_by_side"))
    table = answer.table
    models = []
    for _, rows in table.groupby(table.get("way", table["rung"]), sort=False):
        flags = answer.records[rows.index[0]].get("flags", ())
        reason = str(rows["reason"].iloc[0])
        with answer.in_its_study():
            note = reason or write_flags(flags, answer.design.data.names)
        models.append(ModelColumn(rows, note))
    return models


def _notes(models: Sequence[ModelColumn], heads: Sequence[str]) -> tuple[str, ...]:
    """Write the notes below the table."""
    notes = [say("effect_tables.note")]
    if any((model.rows["origin"] == "simulated").any() for model in models):
        notes.insert(0, words.term("words.simulated"))
    for head, model in zip(heads, models, strict=True):
        if model.note:
            notes.append(say("effect_tables.of_model", label=head, said=model.note))
    return tuple(notes)


def _row_heads(terms: Sequence[str]) -> list[str]:
    """Write the first column: each term has a row for its ratio and one for its interval."""
    heads = []
    for term in terms:
        heads += [escaping.plain(term), ""]
    return heads + [say(f"effect_tables.{name}") for name in (*FOOT, "method")]


def _column(rows: pd.DataFrame, terms: Sequence[str]) -> list[str]:
    """Write ratio and interval of each term, if a model has it; then what the model is."""
    by_term, first = rows.set_index("term"), rows.iloc[0]
    texts: list[str] = []
    for term in terms:
        if term in by_term.index:
            ratio, low, high = words.ratios(*by_term.loc[term, RATIOS])
            has_interval = pd.notna(by_term["low"][term])
            interval = say("effect_tables.interval", low=low, high=high)
            texts += [ratio, interval if has_interval else NO_NUMBER]
        else:
            texts += ["", ""]
    texts += [write(first[name]) for name, write in FOOT.items()]
    method = "gls" if first.get("way") == "spatial" else f"rung {first['rung']}"
    has_estimate = pd.notna(first["log_rate_ratio"])
    return [*texts, words.term(f"effect_rows.{method}") if has_estimate else NO_NUMBER]
