"""An answer of a design; its table has the same columns for every question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import frames
from ..draw import Answer
from . import pictures, questions, sensitivity, sentences
from .frame import Refused, say
from .models import Record
from .rungs import choose_headline

if TYPE_CHECKING:
    from ..figure import Figure
    from .design import Design
    from .sentences import ExposureStep

LOGS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
RATIOS = ["rate_ratio", "low", "high"]
SIZE, TEXTS = ["units", "clusters"], ["flags", "reason"]
FIRST = ["rung", "term"]
LAST = [*RATIOS, *LOGS, "sd", *SIZE, *TEXTS, "origin"]
"""Columns of every table; those of a question are between `FIRST` and `LAST`."""

# With fewer degrees of freedom no interval can be trusted.
MIN_DF = 2


class Question(NamedTuple):
    """How a question is computed, and how its answer is written."""

    compute: Callable[..., list[Record]]
    """Of the design, and of what its method was given."""
    describe: Callable[[Design, pd.DataFrame, ExposureStep], str]
    is_drawn: bool = True


QUESTIONS = {
    "headline": Question(questions.compute_headline, sentences.describe_headline),
    "ladder": Question(questions.compute_ladder, sentences.describe_ladder),
    "leave_one_out": Question(questions.compute_leave_one_out, sentences.describe_leave_one_out),
    "denominators": Question(sensitivity.compute_denominators, sentences.describe_denominators),
    "bootstrap": Question(questions.compute_bootstrap, sentences.describe_bootstrap),
    "sensitivity": Question(sensitivity.compute_sensitivity, sentences.describe_sensitivity),
    "power": Question(questions.compute_power, sentences.describe_power, is_drawn=False),
    "naive": Question(questions.compute_naive, sentences.describe_naive),
    "placebos": Question(questions.compute_placebos, sentences.describe_placebos),
    "outcomes": Question(questions.compute_outcomes, sentences.describe_outcomes),
}


@dataclass(frozen=True, eq=False, repr=False)
class DesignAnswer(Answer):
    """The answer to one question of a design, or why there is none."""

    design: Design
    question: str
    """The name of the method that was asked."""
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
    def model(self) -> Any:  # noqa: ANN401
        """What statsmodels made of the headline: `answer.model.summary()`."""
        return None if self.refused else self.design.rung.results

    @property
    def origin(self) -> str:  # type: ignore[override]
        """The least reliable origin of its rows."""
        return frames.worst_origin(self.table["origin"])

    def describe(self) -> str:
        """Say what was found, or why there is no answer."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        step = sentences.choose_step(self.design.rung)
        return QUESTIONS[self.question].describe(self.design, self.table, step)

    @property
    def figures(self) -> dict[str, Callable[[], Figure]]:
        """The units and the line of the headline; of another question, its ratios."""
        has_ratios = any("log_rate_ratio" in record for record in self.records)
        if not has_ratios or not QUESTIONS[self.question].is_drawn:
            return {}
        if self.question == "headline":
            return {"related": partial(pictures.compose_related, self.design)}
        return {"ratios": self._compose_ratios}

    def title_clause(self, figure: Figure) -> str:
        """Give the clause of its text that the title of its picture says, perhaps shorter."""
        if self.question == "headline":
            return sentences.estimate_clause(self.design.rung)
        return super().title_clause(figure)

    def _compose_ratios(self) -> Figure:
        return pictures.compose_ratios(self.design, self.table, self.describe())


def ask(design: Design, question: str, *arguments: object) -> DesignAnswer:
    """Answer one of `QUESTIONS`, or say why there is no answer."""
    data = design.data
    in_all: Record = {
        "rung": choose_headline(data.within_share),
        "term": data.names.exposure,
        "sd": data.sd,
    }
    try:
        records = QUESTIONS[question].compute(design, *arguments)
    except Refused as refusal:
        return DesignAnswer(design, question, [in_all | {"refusal": refusal}], refusal)
    return DesignAnswer(design, question, [in_all | record for record in records])


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
