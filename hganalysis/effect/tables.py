"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .. import escaping, words
from .answer import Answer
from .design import Design
from .sentences import Reading, method
from .texts import Names, say

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBERS = ["log_rate_ratio", "log_low", "log_high", "sd"]
FOOT = ("outcome", "units", "clusters", "df", "method")


@dataclass(frozen=True, repr=False)
class ModelTable:
    """One column a model; its texts are in the language that was in use when it was made."""

    head: tuple[str, ...]
    """The names of the models, behind an empty cell."""
    coefficients: tuple[tuple[str, ...], ...]
    """A row of ratios and one of their intervals for each term."""
    foot: tuple[tuple[str, ...], ...]
    """What each model is: outcome, units, clusters, df, method."""
    notes: tuple[str, ...]
    """Below the table; the first says so where a number is simulated."""

    def __repr__(self) -> str:
        lines = [self.head, *self.coefficients, *self.foot]
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        texts = ["  ".join(map(str.ljust, line, wide)).rstrip() for line in lines]
        return "\n".join([*texts, *self.notes])

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
        parts = [(self.head,), self.coefficients, self.foot]
        rows = ["\n".join(" & ".join(map(escaping.latex, r)) + r" \\" for r in p) for p in parts]
        notes = [rf"\par{{\small {escaping.latex(one)}}}" for one in self.notes]
        begin = rf"\begin{{tabular}}{{l{'c' * (len(self.head) - 1)}}}"
        body = "\n\\midrule\n".join(rows)
        return "\n".join([begin, r"\toprule", body, r"\bottomrule", r"\end{tabular}", *notes, ""])

    def to_html(self) -> str:
        """Write a table of HTML; nothing that stands in the data is markup."""
        head = "".join(f'<th scope="col">{escape(one)}</th>' for one in self.head)
        cell = f'<tr><td colspan="{len(self.head)}">'
        foot = "".join(f"{cell}{escape(one)}</td></tr>" for one in self.notes)
        bodies = "".join(
            f"<tbody>{''.join(map(_html, part))}</tbody>\n"
            for part in (self.coefficients, self.foot)
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n{bodies}<tfoot>{foot}</tfoot>\n</table>"

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
        document, rows = Document(), [self.head, *self.coefficients, *self.foot]
        properties = document.core_properties
        properties.author, properties.comments = "hganalysis", ""
        table = document.add_table(rows=0, cols=len(self.head))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                cell.paragraphs[0].add_run(text).font.size = Pt(10)
        ruled = {
            0: ("top", "bottom"),
            len(self.coefficients): ("bottom",),
            len(rows) - 1: ("bottom",),
        }
        for at, sides in ruled.items():
            for side in sides:
                _rule(table.rows[at], side)
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
    cells = [_cells(rows.set_index("term"), terms, per) for _, rows in models]
    coefficients: list[tuple[str, ...]] = []
    for at, term in enumerate(terms):
        coefficients.append((escaping.plain(term), *(one[at][0] for one in cells)))
        coefficients.append(("", *(one[at][1] for one in cells)))
    feet = [_foot(rows.iloc[0]) for _, rows in models]
    heads = [say(f"effect_tables.{name}") for name in FOOT]
    return ModelTable(
        ("", *names),
        tuple(coefficients),
        tuple((head, *column) for head, *column in zip(heads, *feet, strict=True)),
        tuple(_notes(models, names, per)),
    )


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


def _cells(rows: pd.DataFrame, terms: Sequence[str], per: str) -> list[tuple[str, str]]:
    """Write the ratio and the interval of each term of a model; nothing for one that it lacks."""
    found = []
    for term in terms:
        if term not in rows.index:
            found.append(("", ""))
            continue
        b, low_log, high_log, sd = rows.loc[[term], NUMBERS].to_numpy(dtype=float)[0]
        read = Reading("sd", sd) if per == "sd" else Reading(1, 1.0)
        ratio, low, high = read.ratios(b, low_log, high_log)
        known = not pd.isna(low_log)
        found.append((ratio, say("effect_tables.interval", low=low, high=high) if known else "–"))
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
        if first["flags"] and not said:
            flags = first["flags"].split("; ")
            said = "; ".join(say(f"effect_flags.{one}", names) for one in flags)
        if said:
            notes.append(say("effect_tables.of_model", label=label, said=said))
    return notes


def _html(cells: Sequence[str]) -> str:
    name, *others = map(escape, cells)
    values = "".join(f"<td>{one}</td>" for one in others)
    return f'<tr><th scope="row">{name}</th>{values}</tr>'


def _rule(row: Any, side: str) -> None:  # noqa: ANN401
    """Draw a line along one side of a row of a Word table."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for cell in row.cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
