"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd

from .. import escaping, words
from .answer import RATIOS, Answer
from .design import Design
from .frame import say
from .sentences import of_flags

# What each model is, below its terms.
FOOT: dict[str, Callable[..., str]] = {"outcome": escaping.plain, "units": words.number}
FOOT |= {"clusters": words.number, "df": partial(words.number, decimals=1)}


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
        notes = (rf"\par{{\small {escaping.latex(one)}}}" for one in self.notes)
        return table + "\n".join([*notes, ""])

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
            Its name; that of a Word document ends with .docx.
        """
        from docx import Document
        from docx.shared import Pt

        document = Document()
        document.core_properties.author = "hganalysis"
        normal = document.styles["Normal"]
        normal.font.size, normal.paragraph_format.space_after = Pt(10), Pt(0)
        table = document.add_table(rows=0, cols=len(self.texts.columns), style="Light Shading")
        for row in [list(self.texts), *self.texts.to_numpy().tolist()]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        for note in self.notes:
            document.add_paragraph(note)
        document.save(str(file))
        return Path(file)


def tables(*answers: Answer | Design, labels: Sequence[str] | None = None) -> ModelTable:
    """
    Set models side by side: rate ratios with their intervals below, and what each model is.

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
        A model that the data do not carry has dashes, and the reason in the notes.

    Raises
    ------
    ValueError
        If there is no answer, an answer is to another question, or the labels are not as many as
        the models.
    """
    asked = [one.headline() if isinstance(one, Design) else one for one in answers]
    models = [(answer.asked.data.names, rows) for answer in asked for rows in _models(answer)]
    names = list(map(escaping.plain, labels or [f"({one + 1})" for one in range(len(models))]))
    if not models or len(names) != len(models):
        msg = f"there are {len(models)} models and {len(names)} labels: one for each is needed."
        raise ValueError(msg)
    terms = list(dict.fromkeys(term for _, rows in models for term in rows["term"]))
    left = [text for term in terms for text in (escaping.plain(term), "")]
    left += [say(f"effect_tables.{name}") for name in (*FOOT, "method")]
    columns = [_column(rows, terms) for _, rows in models]
    texts = pd.DataFrame(list(zip(left, *columns, strict=True)), columns=["", *names])
    simulated = any((rows["origin"] == "simulated").any() for _, rows in models)
    notes = [words.term("words.simulated")] * simulated + [say("effect_tables.note")]
    for name, (own, rows) in zip(names, models, strict=True):
        first = rows.iloc[0]
        if said := str(first["reason"]) or of_flags(str(first["flags"]), own):
            notes.append(say("effect_tables.of_model", label=name, said=said))
    return ModelTable(texts, tuple(notes))


def _models(answer: Answer) -> list[pd.DataFrame]:
    """Take the rows of an answer that is about models, model by model."""
    if getattr(answer, "question", "") not in ("headline", "ladder"):
        msg = "only headlines and ladders are set side by side: hg.tables(first.headline(), "
        msg += "second.headline()). Other answers have a table of their own: answer.table."
        raise ValueError(msg)
    table = answer.table
    return [rows for _, rows in table.groupby(table.get("way", table["rung"]), sort=False)]


def _column(rows: pd.DataFrame, terms: Sequence[str]) -> list[str]:
    """Write ratio and interval of each term, if a model has it; then what the model is."""
    by_term, first, found = rows.set_index("term"), rows.iloc[0], list[str]()
    for term in terms:
        texts = ["", ""]
        if term in by_term.index:
            ratio, low, high = words.ratios(*by_term.loc[term, RATIOS])
            bare = pd.isna(by_term["low"][term])
            texts = [ratio, "–" if bare else say("effect_tables.interval", low=low, high=high)]
        found += texts
    found += [write(first[name]) for name, write in FOOT.items()]
    method = "gls" if first.get("way") == "spatial" else f"rung {first['rung']}"
    known = pd.notna(first["log_rate_ratio"])
    return [*found, words.term(f"effect_rows.{method}") if known else "–"]
