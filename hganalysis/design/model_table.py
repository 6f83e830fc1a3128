"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .. import escaping, findings, frames, study, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .questions import Answer


_FOOT = ("outcome", "units", "clusters", "df", "method")


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
        lines = [
            rf"\begin{{tabular}}{{l{'c' * (len(self.head) - 1)}}}",
            r"\toprule",
            _latex(self.head),
            r"\midrule",
            *map(_latex, self.coefficients),
            r"\midrule",
            *map(_latex, self.foot),
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par{{\small {escaping.latex(one)}}}" for one in self.notes),
        ]
        return "\n".join(lines) + "\n"

    def to_html(self) -> str:
        """Write a table of HTML; nothing that stands in the data is markup."""
        head = "".join(f'<th scope="col">{escape(one)}</th>' for one in self.head)
        cell = f'<td colspan="{len(self.head)}">'
        foot = "".join(f"<tr>{cell}{escape(one)}</td></tr>" for one in self.notes)
        return "\n".join(
            [
                "<table>",
                f"<thead><tr>{head}</tr></thead>",
                f"<tbody>{''.join(map(_html, self.coefficients))}</tbody>",
                f"<tbody>{''.join(map(_html, self.foot))}</tbody>",
                f"<tfoot>{foot}</tfoot>",
                "</table>",
            ]
        )

    def to_word(self, file: str | Path) -> Path:
        """
        Write a Word document with the table and its notes: the same bytes every time.

        Parameters
        ----------
        file
            Its name ends with .docx.

        Returns
        -------
        file

        Raises
        ------
        ValueError
            If the name ends otherwise.
        """
        return _write(Path(file), self.head, [self.coefficients, self.foot], self.notes)


def tables(
    *answers: Answer, labels: Sequence[str] | None = None, per: Literal["unit", "sd"] = "unit"
) -> ModelTable:
    """
    Set models side by side: rate ratios with their intervals below, and what each model is.

    Parameters
    ----------
    *answers
        Of `Design.headline`, one column each, or of `Design.ladder`, one for each of its rungs.
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
    models = [
        (answer, rows)
        for answer in answers
        for _, rows in _modelled(answer).groupby("rung", dropna=False, sort=False)
    ]
    names = [f"({number})" for number in range(1, len(models) + 1)] if labels is None else labels
    if not models or len(names) != len(models):
        msg = f"there are {len(models)} models and {len(names)} labels: one for each is needed."
        raise ValueError(msg)
    terms = list(dict.fromkeys(term for _, rows in models for term in rows["term"]))
    cells = [_cells(rows.set_index("term"), terms, per) for _, rows in models]
    coefficients = []
    for at, term in enumerate(terms):
        coefficients.append((escaping.plain(term), *(one[at][0] for one in cells)))
        coefficients.append(("", *(one[at][1] for one in cells)))
    feet = [_foot(answer, rows.iloc[0]) for answer, rows in models]
    heads = [words.term(f"tables.{name}") for name in _FOOT]
    return ModelTable(
        ("", *map(escaping.plain, names)),
        tuple(coefficients),
        tuple((head, *column) for head, *column in zip(heads, *feet, strict=True)),
        tuple(_notes(models, list(map(escaping.plain, names)), per)),
    )


def _modelled(answer: Answer) -> pd.DataFrame:
    """Take the rows of an answer that is about models."""
    if "method" not in answer.table or "shape" in answer.table:
        msg = (
            "only headlines and ladders are set side by side: hg.tables(first.headline(), "
            "second.headline()). Other answers have a table of their own: answer.table."
        )
        raise ValueError(msg)
    return answer.table


def _cells(rows: pd.DataFrame, terms: Sequence[str], per: str) -> list[tuple[str, str]]:
    """Write the ratio and the interval of each term of a model; nothing for one that it lacks."""
    end = "_per_sd" if per == "sd" else ""
    found = []
    for term in terms:
        if term not in rows.index:
            found.append(("", ""))
            continue
        numbers = rows.loc[term, [f"{name}{end}" for name in ("rate_ratio", "low", "high")]]
        ratio, low, high = words.ratios(*map(float, numbers))
        known = not pd.isna(numbers.iloc[1])
        found.append((ratio, words.term("tables.interval", low=low, high=high) if known else "–"))
    return found


def _foot(answer: Answer, first: pd.Series) -> list[str]:
    """Say what a model is: outcome, units, clusters, df of its first term, method."""
    with study.use(frame=answer.frame):
        method = "–" if pd.isna(first["log_rate_ratio"]) else findings.method(int(first["rung"]))
    return [
        escaping.plain(first["outcome"]),
        words.number(first["units"]),
        words.number(first["clusters"]),
        words.number(first["df"], decimals=1),
        method,
    ]


def _notes(
    models: Sequence[tuple[Answer, pd.DataFrame]], names: Sequence[str], per: str
) -> list[str]:
    """Say what is simulated, what the numbers are, which model is refused, what became of texts."""
    origins = pd.concat([rows["origin"] for _, rows in models])
    notes = [words.term("words.simulated")] * (frames.worst_origin(origins) == "simulated")
    notes.append(words.term(f"tables.note_{per}"))
    for name, (answer, rows) in zip(names, models, strict=True):
        if rows["flags"].iloc[0]:
            with study.use(frame=answer.frame):
                said = findings.flags(rows["flags"].iloc[0])
            notes.append(words.term("tables.of_model", label=name, said=said))
    texts = dict.fromkeys(one for answer, _ in models for one in answer.dummies)
    return [*notes, *(one.said() for one in texts)]


def _latex(cells: Sequence[str]) -> str:
    return " & ".join(map(escaping.latex, cells)) + r" \\"


def _html(cells: Sequence[str]) -> str:
    name, *others = map(escape, cells)
    values = "".join(f"<td>{one}</td>" for one in others)
    return f'<tr><th scope="row">{name}</th>{values}</tr>'


def _write(
    file: Path, head: Sequence[str], parts: Sequence[Sequence[Sequence[str]]], notes: Sequence[str]
) -> Path:
    """
    Write one table, ruled above, below its head, between its parts and below, and its notes.

    Parameters
    ----------
    file
        Its name ends with .docx.
    head, parts
        The cells, each a text; every part is some rows.
    notes
        Paragraphs below the table.
    """
    from docx import Document
    from docx.shared import Pt

    from ..render.slide.package import timeless

    if file.suffix != ".docx":
        msg = f"{file.name} is no name of a Word document: it has to end with .docx."
        raise ValueError(msg)
    document = Document()
    core = document.core_properties
    core.author = core.last_modified_by = "hganalysis"
    core.comments = ""
    for clock in core._element.xpath("./dcterms:created | ./dcterms:modified"):
        clock.getparent().remove(clock)
    table = document.add_table(rows=0, cols=len(head))
    for row in [head, *(row for part in parts for row in part)]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.add_run(text).font.size = Pt(10)
    rows = list(table.rows)
    ends = accumulate([0, *map(len, parts)])  # below the head, and below each part
    _rule(rows[0], "top")
    for end in ends:
        _rule(rows[end], "bottom")
    _repeat(rows[0])
    for note in notes:
        document.add_paragraph().add_run(note).font.size = Pt(9)
    buffer = io.BytesIO()
    document.save(buffer)
    file.write_bytes(timeless(buffer.getvalue()))
    return file


def _rule(row: Any, side: str) -> None:  # noqa: ANN401
    """Draw a line along one side of a row."""
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


def _repeat(row: Any) -> None:  # noqa: ANN401
    """Let the head stand at the top of every page that the table runs over."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)
