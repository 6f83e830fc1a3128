"""An answer: a sentence, a tidy table of one layout for all, and a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import numpy as np
import pandas as pd

from .. import figure, frames
from ..draw import Picture
from ..draw.picture import Shown
from . import pictures, sentences
from .frame import Refused, say
from .models import Record
from .rungs import choose_headline

if TYPE_CHECKING:
    from .design import Design

P = ParamSpec("P")

LOGS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
RATIOS = ["rate_ratio", "low", "high"]
SIZE, TEXTS = ["units", "clusters"], ["flags", "reason"]


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Shown):
    """
    One answer: `str(answer)` is a sentence in the language in use.

    A notebook shows the sentence, and the picture below it.
    """

    asked: Design
    question: str
    """The name of the method that was asked."""
    rows: list[Record]
    refused: Refused | None = None
    """Why there is no answer; else None."""

    @property
    def table(self) -> pd.DataFrame:
        """
        Tidy, one row an estimate, nothing rounded, with the same columns for every question: what
        one has not is missing, or "". Where there is no answer, its `reason`, in the language in
        use.

        Columns of a question's own stand behind `term`. `rate_ratio`, `low` and `high` are for one
        more of the term, `log_*` their logarithms, `sd` its standard deviation between units.
        """
        names = self.asked.data.names
        made = pd.DataFrame(map(_numbers, self.rows))
        texts = dict.fromkeys(["term", *TEXTS], "") | {"origin": self.asked.origin}
        first, last = ["rung", "term"], [*RATIOS, *LOGS, "sd", *SIZE, *TEXTS, "origin"]
        own = [name for name in made if name not in (*first, *last)]
        kinds = dict.fromkeys(["rung", *SIZE], "Int64")
        kinds |= dict.fromkeys([*RATIOS, *LOGS, "sd"], "float") | dict.fromkeys(texts, "object")
        made = made.reindex(columns=[*first, *own, *last]).astype(kinds).fillna(texts)
        return made.assign(outcome=f"{names.count} / {names.offset}")

    @property
    def model(self) -> Any:  # noqa: ANN401
        """What statsmodels made of the headline: `answer.model.summary()`."""
        return None if self.refused else self.asked.rung.results

    def said(self) -> str:
        """Say it without its origin."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        read = sentences.reading(self.asked.rung)
        return str(getattr(sentences, f"of_{self.question}")(self.asked, self.table, read))

    def __str__(self) -> str:
        return figure.mark_simulated(self.said(), frames.worst_origin(self.table["origin"]))

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, as where it is refused."""
        if self.question == "power" or not any("log_rate_ratio" in row for row in self.rows):
            return None
        if self.question == "headline":
            return Picture(pictures.related(self.asked))
        return Picture(pictures.ratios(self.asked, self.table, self.said()))


def question(
    records: Callable[Concatenate[Design, P], list[Record]],
) -> Callable[Concatenate[Design, P], Answer]:
    """Turn the records that a method finds into an answer, or say why there is none."""

    @wraps(records)
    def ask(asked: Design, /, *args: P.args, **others: P.kwargs) -> Answer:
        data = asked.data
        common = {
            "rung": choose_headline(data.within_share),
            "term": data.names.exposure,
            "sd": data.sd,
        }
        try:
            found, refused = records(asked, *args, **others), None
        except Refused as why:
            found, refused = [{"refusal": why}], why
        return Answer(asked, records.__name__, [common | row for row in found], refused)

    records.__annotations__["return"] = "Answer"  # as readers of its signature meet it
    return ask


def _numbers(record: Record) -> Record:
    """Turn `b` and its `error`, or its `ends` and `p_value`, into the numbers of a row."""
    row = {
        key: one
        for key, one in record.items()
        if key not in ("log_rate_ratio", "error", "ends", "refusal")
    }
    if why := record.get("refusal"):
        return row | {"sd": np.nan, "flags": f"refused: {why.reason}", "reason": str(why)}
    b, error, (low, high) = (
        record["log_rate_ratio"],
        record.get("error"),
        record.get("ends", (np.nan, np.nan)),
    )
    if error is not None:
        row |= {"standard_error": error.standard_error, "df": error.df}
        if error.df >= 2:  # below, a coefficient has no interval that could be trusted
            low, high = error.interval(b)
            row["p_value"] = error.p_value(b)
    with np.errstate(over="ignore"):
        ratios = dict(zip(RATIOS, np.exp([b, low, high]), strict=True))
    return row | {"log_rate_ratio": b, "log_low": low, "log_high": high} | ratios
