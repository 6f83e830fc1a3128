"""An answer of a design; its table has the same columns for every question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import frames
from ..draw import Answer, Composers
from . import pictures, sentences
from .frame import Refused, control_name, say
from .models import Record
from .rungs import choose_headline

if TYPE_CHECKING:
    from ..figure import Figure
    from .design import Design

LOGS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
RATIOS = ["rate_ratio", "low", "high"]
SIZE = ["units", "clusters"]
FIRST = ["rung", "term"]
LAST = [*RATIOS, *LOGS, "sd", *SIZE, "flags", "reason", "origin"]
"""Columns of every table; those of a question are between `FIRST` and `LAST`."""

# Their cells are names of this package.
NAMED_COLUMNS = {"way", "question", "exposure", "method", "count"}

# With fewer degrees of freedom no interval can be trusted.
MIN_DF = 2


@dataclass(frozen=True, eq=False, repr=False)
class DesignAnswer(Answer):
    """The answer to one question of a design, or why there is none."""

    design: Design
    question: str
    """The name of the method that was asked."""
    write: Callable[..., str]
    """Says what the table shows, of the design, the table and the step of the exposure."""
    records: list[Record]
    refused: Refused | None = None
    """Why there is no answer; else None."""

    measure = None

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for each estimate, nothing rounded, with the same columns for every question.

        A number that does not apply is missing, and such a text is "".

        - `rung`, `term`, then the columns of the question;
        - `rate_ratio`, `low`, `high`: for one more of the term;
        - `log_rate_ratio`, `standard_error`, `df`, `log_low`, `log_high`, `p_value`: their logs;
        - `sd`: the standard deviation of the term between units;
        - `units`, `clusters`: how many there are;
        - `flags`: what is weak; `reason`: why there is no estimate, in the language in use;
        - `origin`; `outcome`: the names of count and denominator.
        """
        names = self.design.data.names
        table = pd.DataFrame(map(_table_row, self.records))
        of_question = [name for name in table if name not in (*FIRST, *LAST)]
        table = table.reindex(columns=[*FIRST, *of_question, *LAST])
        default_texts = {"term": "", "flags": "", "reason": "", "origin": self.design.origin}
        types = dict.fromkeys(["rung", *SIZE], "Int64")
        types |= dict.fromkeys([*RATIOS, *LOGS, "sd"], "float")
        types |= dict.fromkeys(default_texts, "object")
        table = table.astype(types).fillna(default_texts)
        return table.assign(outcome=f"{names.count} / {names.offset}")

    @property
    def table_in_words(self) -> pd.DataFrame:
        """Its table, with words for terms, methods, measures and flags."""
        names, table = self.design.data.names, self.table
        in_words = table.assign(term=[sentences.term_label(names, term) for term in table["term"]])
        flags = [record.get("flags", ()) for record in self.records]
        in_words["flags"] = [sentences.write_flags(of_row, names) for of_row in flags]
        for column in NAMED_COLUMNS & {*table}:
            columns = [column, *table.columns.intersection(["doubt"])]
            rows = table[columns].to_dict("records")
            in_words[column] = [sentences.row_label(self.design, row) for row in rows]
        if "control" in table:
            in_words["control"] = [control_name(names, control) for control in table["control"]]
        return in_words

    @property
    def model(self) -> Any:  # noqa: ANN401
        """What statsmodels made of the headline: `answer.model.summary()`."""
        return None if self.refused else self.design.specification.results

    @property
    def origin(self) -> str:  # type: ignore[override]
        """The least reliable origin of its rows."""
        return frames.worst_origin(self.table["origin"])

    def describe(self) -> str:
        """Say what was found, or why there is no answer."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        step = sentences.choose_step(self.design.specification)
        return self.write(self.design, self.table, step)

    def caption(self) -> str:
        """Say for how much more of the exposure its ratios are, and those of its figure."""
        if self.refused or self.question == "power":
            return ""
        step = sentences.choose_step(self.design.specification)
        rate = pictures.name_rate(self.design)
        return say("effect.for_one_more", rate=rate, step=step.text())

    @property
    def figures(self) -> Composers:
        """The units and the line of the headline; of another question, its ratios."""
        has_ratios = any("log_rate_ratio" in record for record in self.records)
        if not has_ratios or self.question == "power":
            return {}
        if self.question == "headline":
            return {"related": self.later(pictures.compose_related, self.design)}
        return {"ratios": self.later(pictures.compose_ratios, self)}

    def title_clause(self, figure: Figure) -> str:
        """Give the clause of its text that the title of its picture says, perhaps shorter."""
        if self.question == "headline":
            return sentences.estimate_clause(self.design.specification)
        return super().title_clause(figure)


def ask(
    design: Design,
    question: str,
    compute: Callable[..., list[Record]],
    write: Callable[..., str],
    *arguments: object,
) -> DesignAnswer:
    """
    Answer a question, or say why there is no answer.

    Parameters
    ----------
    compute
        Of the design and the arguments, it gives the records.
    write
        As of `DesignAnswer`.
    """
    data = design.data
    in_all: Record = {
        "rung": choose_headline(data.within_share),
        "term": data.names.exposure,
        "sd": data.sd,
    }
    try:
        records = compute(design, *arguments)
    except Refused as refusal:
        return DesignAnswer(design, question, write, [in_all | {"refusal": refusal}], refusal)
    return DesignAnswer(design, question, write, [in_all | record for record in records])


def _table_row(record: Record) -> Record:
    """Turn a record into a row: flags into a text, an estimate into ratio, interval and p-value."""
    row = dict(record)
    refusal = row.pop("refusal", None)
    if refusal:
        row |= {"sd": np.nan, "flags": f"refused: {refusal.reason}", "reason": str(refusal)}
        return row
    row["flags"] = "; ".join(row.get("flags", ()))
    log_rate_ratio, error = row["log_rate_ratio"], row.pop("error", None)
    low, high = row.pop("ends", (np.nan, np.nan))
    if error is not None:
        row |= {"standard_error": error.standard_error, "df": error.df}
        if error.df >= MIN_DF:
            low, high = error.interval(log_rate_ratio)
            row["p_value"] = error.p_value(log_rate_ratio)
    logs = [log_rate_ratio, low, high]
    with np.errstate(over="ignore"):
        ratios = dict(zip(RATIOS, np.exp(logs), strict=True))
    return row | ratios | {"log_low": low, "log_high": high}
