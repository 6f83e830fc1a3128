"""One answer: a sentence when printed, a tidy table of one layout for all, a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import figure
from ..draw import Picture
from ..draw.picture import Shown
from .texts import Names, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..figure import Figure
    from .rungs import Rung

Record = dict[str, Any]

LOGS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
RATIOS = ["rate_ratio", "low", "high"]
SIZE, TEXTS = ["units", "clusters"], ["flags", "reason"]


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Shown):
    """
    One answer: `str(answer)` is a sentence in the language in use.

    A notebook shows the sentence, and the picture below it.
    """

    reads: Callable[[], pd.DataFrame]
    origin: str
    names: Names
    says: Callable[[], str]
    draws: Callable[[], Figure] | None = None
    model: Any = None
    """What statsmodels made of it: `answer.model.summary()`."""
    refused: Refused | None = None
    """Why there is no answer; else None."""

    @property
    def table(self) -> pd.DataFrame:
        """Tidy, one row an estimate, nothing rounded; where there is no answer, its `reason`."""
        return self.reads()

    def __str__(self) -> str:
        return figure.prefixed(self.says(), self.origin)

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, as where it is refused."""
        return Picture(self.draws()) if self.draws else None


def numbers(record: Record) -> Record:
    """Turn `b` and its `error`, or its `ends` and `p_value`, into the numbers of a row."""
    found = {key: one for key, one in record.items() if key not in ("b", "error", "ends", "why")}
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


def of_rung(rung: Rung, flags: Sequence[str], term: str = "") -> Record:
    """Lay out one term of one rung: the exposure, unless another is named."""
    name = term or rung.name
    b, sd = rung.scale * float(rung.results.params[name]), float(rung.data.terms[name].std())
    row: Record = {"rung": rung.number, "term": name, "b": b, "error": rung.error_of(name)}
    if name == rung.name:
        row |= {"error": rung.error, "flags": "; ".join(flags), "sd": rung.asked.sd}
        row |= {"permutation_p": rung.permutation_p} if rung.number == 5 else {}
    elif row["error"].df < 3:
        row["flags"] = "df below 2" if row["error"].df < 2 else "df below 3"
    return {"sd": sd, "units": len(rung.data.units), "clusters": rung.clusters} | row


def refused(why: Refused, rung: int, term: str) -> Record:
    """Say in a table why there is no estimate."""
    flags = f"refused: {why.reason}"
    return {"rung": rung, "term": term, "sd": np.nan, "flags": flags, "why": why}


def tidy(records: Sequence[Record], *, outcome: str, origin: str) -> pd.DataFrame:
    """
    Lay records out with the same columns for every question: what one has not is missing, or "".

    Reasons are told in the language in use.

    Columns of a question's own stand behind `term`. `rate_ratio`, `low` and `high` are for one more
    of the term, `log_*` their logarithms, `sd` the standard deviation of the term between units.
    """
    made = pd.DataFrame([numbers(one) for one in records])
    made["reason"] = [str(one.get("why", "")) for one in records]
    common = {"rung", "term", "origin", "sd", *RATIOS, *LOGS, *SIZE, *TEXTS}
    own = [name for name in made if name not in common]
    order = ["rung", "term", *own, *RATIOS, *LOGS, "sd", *SIZE, *TEXTS]
    order += ["origin"] * ("origin" in made)
    made = made.reindex(columns=order)
    made[["rung", *SIZE]] = made[["rung", *SIZE]].astype("Int64")
    made[[*RATIOS, *LOGS, "sd"]] = made[[*RATIOS, *LOGS, "sd"]].astype("float64")
    made[["term", *TEXTS]] = made[["term", *TEXTS]].astype(object).fillna("")
    made["origin"] = made["origin"].fillna(origin) if "origin" in made else origin
    return made.assign(outcome=outcome)
