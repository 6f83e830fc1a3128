"""Lay out what was answered: tidy tables, and the rows of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import effect, findings, words
from ..effect.estimate import p_value
from ..effect.ladder import NUMBERS, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..effect import Columns, Denominators, Estimate, Robustness

_SIZE, _TEXTS = ["units", "clusters"], ["flags", "reason"]
Record = dict[str, object]


def tidy(records: Sequence[Record], *, outcome: str, origin: str | None) -> pd.DataFrame:
    """
    Lay records out with the same columns for every question: what one has not is missing, or "".

    Columns of its own stand behind `term`.
    """
    made = pd.DataFrame(list(records))
    common = {"rung", "term", "origin", *NUMBERS, *_SIZE, *_TEXTS}
    own = [name for name in made if name not in common]
    made = made.reindex(columns=["rung", "term", *own, *NUMBERS, *_SIZE, *_TEXTS])
    made[["rung", *_SIZE]] = made[["rung", *_SIZE]].astype("Int64")
    made[NUMBERS] = made[NUMBERS].astype("float64")
    made[_TEXTS] = made[_TEXTS].astype(object).fillna("")
    return made.assign(outcome=outcome, origin=origin)


def records(table: pd.DataFrame) -> list[Record]:
    """Take a table apart."""
    return [{str(name): one for name, one in row.items()} for row in table.to_dict("records")]


def estimate(found: Estimate) -> Record:
    """Lay out one estimate, without the controls."""
    size = {"units": found.units, "clusters": found.clusters, "flags": "; ".join(found.flags)}
    return {"rung": found.rung, "term": found.exposure, **row(found), **size}


def refused(reason: str, message: str, *, rung: int, data: Columns) -> Record:
    """Say in a table why there is no estimate."""
    size = {"units": len(data.rows), "clusters": len(data.labels)}
    why = {"method": "refused", "flags": f"refused: {reason}", "reason": message}
    return {"rung": rung, "term": data.names.exposure, **size, **why}


def left_out(refits: pd.DataFrame, *, rung: int, term: str, sd: float, reason: str) -> list[Record]:
    """Lay out the estimate without each cluster."""
    logs = refits[["rate_ratio", "low", "high"]].apply(np.log)
    per_sd = (sd * logs).apply(np.exp).add_suffix("_per_sd")
    ends = logs[["low", "high"]].add_prefix("log_")
    table = refits.join([ends, per_sd]).reset_index()
    return records(table.assign(rung=rung, term=term, sd=sd, reason=reason))


def denominators(test: Denominators, found: Estimate) -> list[Record]:
    """Lay out the estimate beside what three questions about its denominator make of it."""
    term, sd = found.exposure, found.sd
    rows: list[Record] = [{"question": "estimate", **estimate(found)}]
    for name, one in test.free.iterrows():
        b, error, df = one["elasticity"], one["standard_error"], one["df"]
        numbers = {"log_rate_ratio": b, "standard_error": error, "df": df}
        numbers |= {f"log_{end}": one[end] for end in ("low", "high")}
        numbers |= {"p_value": p_value(b / error, df)}
        rows.append({"question": "free population", "term": name, **numbers})
    for size, one in test.shaken.iterrows():
        logs = {"rate_ratio": one["spurious_per_sd"], "low": one["low"], "high": one["high"]}
        numbers = {"sd": sd} | {name: np.exp(log / sd) for name, log in logs.items()}
        numbers |= {f"{name}_per_sd": np.exp(log) for name, log in logs.items()}
        rows.append({"question": "shaken", "term": term, "error": size, **numbers})
    others: Record = {"question": "others", "term": term}
    if test.others is not None:
        rows.append({**others, **estimate(test.others)})
    for why in test.refusals:
        rows.append({**others, "flags": f"refused: {why.reason}", "reason": why.message})
    return rows


def sensitivity(
    found: Estimate, strength: Robustness, bounds: dict[str, pd.DataFrame]
) -> list[Record]:
    """Lay out the least-squares twin, and what factors as strong as each control would leave."""
    of_headline = effect.e_value(found)
    twin: Record = {
        "term": found.exposure,
        "control": "",
        "times": np.nan,
        "robustness_value": strength.value,
        "robustness_value_significant": strength.value_significant,
        "e_value": of_headline.estimate,
        "e_value_interval": of_headline.interval,
    }
    twin |= _ratios(strength.log_rate_ratio, strength.low, strength.high, strength.sd)
    left = [
        {
            "term": found.exposure,
            "control": control,
            "times": times,
            "r2_exposure": one["r2_exposure"],
            "r2_outcome": one["r2_outcome"],
            **_ratios(one["log_rate_ratio"], one["low"], one["high"], strength.sd),
        }
        for control, table in bounds.items()
        for times, one in table.iterrows()
    ]
    return [twin, *left]


def _ratios(log: float, low: float, high: float, sd: float) -> Record:
    logs = {"log_rate_ratio": log, "log_low": low, "log_high": high, "sd": sd}
    names = {"rate_ratio": log, "low": low, "high": high}
    per_unit = {name: np.exp(one) for name, one in names.items()}
    per_sd = {f"{name}_per_sd": np.exp(sd * one) for name, one in names.items()}
    return {**logs, **per_unit, **per_sd}


def drawn_terms(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out the coefficients of one model for a chart, each for one more unit."""
    name, *controls = table["term"]
    return table[["rate_ratio", "low", "high", "origin"]].assign(
        label=[findings.exposure(str(name)), *map(findings.covariate, controls)],
        headline=[True, *[False] * len(controls)],
    )


def drawn_denominators(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out ratios for a chart: the estimate, and what the denominator makes."""
    rows = table[table["rate_ratio"].notna()]
    labels = [
        words.term(f"charts.{question}", error=words.percent(error, decimals=0))
        for question, error in zip(rows["question"], rows["error"], strict=True)
    ]
    names = ["rate_ratio", "low", "high"]
    return pd.DataFrame(
        {name: rows[name].to_numpy() for name in names}
        | {
            "label": labels,
            "origin": rows["origin"].to_numpy(),
            "headline": (rows["question"] == "estimate").to_numpy(),
        }
    )
