"""Set models side by side, as a paper prints them: in LaTeX, HTML and Word."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from .. import escaping, findings, intake, study, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .answer import Answer


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
        from .word import write

        return write(Path(file), self.head, [self.coefficients, self.foot], self.notes)


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
    notes = [words.term("words.simulated")] * (intake.worst_origin(origins) == "simulated")
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
