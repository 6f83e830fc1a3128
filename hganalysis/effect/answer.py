"""An answer: a sentence, a tidy table of one layout for all, and a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        """Tidy, one row an estimate, nothing rounded; where there is no answer, its `reason`."""
        names = self.asked.data.names
        outcome = f"{names.count} / {names.offset}"
        return tidy(self.rows, outcome=outcome, origin=self.asked.origin)

    @property
    def model(self) -> Any:  # noqa: ANN401
        """What statsmodels made of the headline: `answer.model.summary()`."""
        return None if self.refused else self.asked.rung.results

    def said(self) -> str:
        """Say it without its origin."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        return str(getattr(sentences, f"of_{self.question}")(self.asked, self.table))

    def __str__(self) -> str:
        return figure.prefixed(self.said(), frames.worst_origin(self.table["origin"]))

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, as where it is refused."""
        if self.question == "power" or not any("b" in row for row in self.rows):
            return None
        draws = pictures.related if self.question == "headline" else pictures.ratios
        return Picture(draws(self.asked, self.table, self.said()))


def question(
    records: Callable[Concatenate[Design, P], list[Record]],
) -> Callable[Concatenate[Design, P], Answer]:
    """Turn the records that a method finds into an answer, or say why there is none."""

    @wraps(records)
    def ask(asked: Design, /, *args: P.args, **others: P.kwargs) -> Answer:
        common = {"rung": asked.rung.number, "term": asked.data.names.exposure, "sd": asked.data.sd}
        try:
            asked.require_known()
            found, refused = records(asked, *args, **others), None
        except Refused as why:
            found, refused = [{"why": why}], why
        return Answer(asked, records.__name__, [common | row for row in found], refused)

    records.__annotations__["return"] = "Answer"  # as readers of its signature meet it
    return ask


def _numbers(record: Record) -> Record:
    """Turn `b` and its `error`, or its `ends` and `p_value`, into the numbers of a row."""
    found = {key: one for key, one in record.items() if key not in ("b", "error", "ends", "why")}
    if why := record.get("why"):
        return found | {"sd": np.nan, "flags": f"refused: {why.reason}", "reason": str(why)}
    if "b" not in record:
        return found
    b, error = float(record["b"]), record.get("error")
    low, high = record.get("ends", (np.nan, np.nan))
    if error is not None:
        found |= {"standard_error": error.error, "df": error.df}
        if error.df >= 2:  # below, a coefficient has no interval that could be trusted
            low, high = error.interval(b)
            found |= {"p_value": error.p_value(b)}
    with np.errstate(over="ignore"):
        ratios = dict(zip(RATIOS, np.exp([b, low, high]), strict=True))
    return found | {"log_rate_ratio": b, "log_low": low, "log_high": high} | ratios


def tidy(records: Sequence[Record], *, outcome: str, origin: str) -> pd.DataFrame:
    """
    Lay records out with the same columns for every question: what one has not is missing, or "".

    Reasons are told in the language in use.

    Columns of a question's own stand behind `term`. `rate_ratio`, `low` and `high` are for one more
    of the term, `log_*` their logarithms, `sd` the standard deviation of the term between units.
    """
    made = pd.DataFrame([_numbers(one) for one in records])
    texts = dict.fromkeys(["term", *TEXTS], "") | {"origin": origin}
    first, last = ["rung", "term"], [*RATIOS, *LOGS, "sd", *SIZE, *TEXTS, "origin"]
    own = [name for name in made if name not in (*first, *last)]
    kinds = dict.fromkeys(["rung", *SIZE], "Int64") | dict.fromkeys([*RATIOS, *LOGS, "sd"], float)
    made = made.reindex(columns=[*first, *own, *last]).astype(kinds | dict.fromkeys(texts, object))
    return made.fillna(texts).assign(outcome=outcome)
