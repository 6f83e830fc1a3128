"""Where numbers come from, and which origin of several is the least firm."""

from __future__ import annotations

import pandas as pd

from . import words

ORIGINS = ("published", "census", "reported", "simulated")
"""Where a number may come from, from the firmest to what is not real at all."""


def worst_origin(origins: pd.Series) -> str:
    """
    Name the least firm of several origins: one simulated row makes the sum simulated.

    Raises
    ------
    ValueError
        If a row does not say its origin, with every such row.

    Examples
    --------
    >>> worst_origin(pd.Series(["census", "simulated", "reported"]))
    'simulated'
    """
    try:
        return str(max(origins, key=ORIGINS.index))
    except ValueError:  # looked at only where it went wrong: this is done for every place
        require_origins(origins)
        raise


def require_origins(origins: pd.Series) -> None:
    """Refuse origins that are none of `ORIGINS`, and list each of them once."""
    is_unknown = ~origins.isin(ORIGINS)
    unknown = origins[is_unknown].astype(str)
    if unknown.empty:
        return
    texts = []
    for text, n_rows in unknown.value_counts().items():
        texts.append(words.term("refusals.of_rows", text=text, rows=n_rows))
    blanks = {
        "unknown": len(unknown),
        "rows": len(origins),
        "origins": ", ".join(ORIGINS),
        "listed": words.join_some(texts, more="words.more_values"),
    }
    msg = words.term("refusals.no_origin", **blanks)
    raise ValueError(msg)
