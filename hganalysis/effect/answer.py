"""An answer: a sentence, a tidy table with the same columns for every question, and a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import figure, frames
from ..draw import Picture
from ..draw.picture import Shown
from . import pictures, questions, sensitivity, sentences
from .frame import Refused, say
from .models import Record
from .rungs import choose_headline

if TYPE_CHECKING:
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


QUESTIONS = {
    "headline": Question(questions.compute_headline, sentences.describe_headline),
    "ladder": Question(questions.compute_ladder, sentences.describe_ladder),
    "leave_one_out": Question(questions.compute_leave_one_out, sentences.describe_leave_one_out),
    "denominators": Question(sensitivity.compute_denominators, sentences.describe_denominators),
    "bootstrap": Question(questions.compute_bootstrap, sentences.describe_bootstrap),
    "sensitivity": Question(sensitivity.compute_sensitivity, sentences.describe_sensitivity),
    "power": Question(questions.compute_power, sentences.describe_power),
    "naive": Question(questions.compute_naive, sentences.describe_naive),
    "placebos": Question(questions.compute_placebos, sentences.describe_placebos),
    "outcomes": Question(questions.compute_outcomes, sentences.describe_outcomes),
}


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Shown):
    """
    One answer: `str(answer)` is a sentence in the language in use.

    A notebook shows the sentence, and the picture below it.
    """

    design: Design
    question: str
    """The name of the method that was asked."""
    records: list[Record]
    refused: Refused | None = None
    """Why there is no answer; else None."""

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

    def sentence(self) -> str:
        """Write the answer without its origin."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        step = sentences.choose_step(self.design.rung)
        return QUESTIONS[self.question].describe(self.design, self.table, step)

    def __str__(self) -> str:
        return figure.mark_simulated(self.sentence(), frames.worst_origin(self.table["origin"]))

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, or no answer."""
        if self.question == "power" or not any("log_rate_ratio" in row for row in self.records):
            return None
        if self.question == "headline":
            return Picture(pictures.compose_related(self.design))
        return Picture(pictures.compose_ratios(self.design, self.table, self.sentence()))


def ask(design: Design, question: str, *arguments: object) -> Answer:
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
        return Answer(design, question, [in_all | {"refusal": refusal}], refusal)
    return Answer(design, question, [in_all | record for record in records])


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
