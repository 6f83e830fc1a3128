"""What sentences share: the prefix of simulated data, lists, ratios."""

from __future__ import annotations

import pandas as pd

from .. import intake, words


def prefixed(sentence: str, origins: pd.Series) -> str:
    """Say first that numbers are simulated, where one of them is."""
    if intake.worst_origin(origins) == "simulated":
        return words.term("findings.prefix", sentence=sentence)
    return sentence


def listed(texts: list[str]) -> str:
    """Join texts as a sentence does: a, b and c."""
    if len(texts) < 2:
        return "".join(texts)
    return ", ".join(texts[:-1]) + words.term("findings.list_end") + texts[-1]


def highest(values: pd.Series) -> str:
    """Name the code of the highest value; the first one of equals."""
    return str(values.idxmax())


def lowest(values: pd.Series) -> str:
    """Name the code of the lowest value; the first one of equals."""
    return str(values.idxmin())


def ratio(value: float) -> str:
    """Write a rate ratio, with two decimals."""
    return words.number(value, decimals=2)
