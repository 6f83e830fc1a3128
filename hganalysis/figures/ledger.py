"""Compose why the headline of the campaign is no head-count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import indicators, words
from ..findings.common import qualified
from ..indicators import SEQUENTIAL
from . import inputs
from .colours import WHITE
from .model import Bar, Bars, Part

if TYPE_CHECKING:
    import pandas as pd

SHADES = (SEQUENTIAL[4], SEQUENTIAL[3], SEQUENTIAL[2], SEQUENTIAL[1])
"""Of the counts of users, the largest first."""


def ledger(counts: pd.DataFrame, *, published: pd.DataFrame, bounds: pd.DataFrame) -> Bars:
    """
    Add up the counts of the campaign beside its headline, and bound the different users below.

    The counts of users come first, the largest at the left, so that both bounds stand under a
    border of the bar: at least the largest count are different people, at most all of them.

    Parameters
    ----------
    counts
        Of `frames.published_counts`: `year`, `indicator`, `count`, `origin`.
    published
        Of `frames.published`, with its row `participations_all`: `indicator`, `value`,
        `qualifier`, `origin`.
    bounds
        Of `rates.distinct_users`, one row: `users_low`, `users_high`, `out_of`, `origin`.

    Raises
    ------
    LookupError
        If the headline is not among the published figures.
    ValueError
        If a column is missing, `origin` among them.
    """
    inputs.require(counts, ["year", "indicator", "count"])
    inputs.require(published, ["indicator", "value", "qualifier"])
    inputs.require(bounds, ["users_low", "users_high", "out_of"])
    headline = published[published["indicator"] == "participations_all"]
    if headline.empty:
        msg = (
            "the published figures have no row 'participations_all', the headline of the campaign."
        )
        raise LookupError(msg)
    printed, span = headline.iloc[0], bounds.iloc[0]
    parts = _parts(counts)
    total = sum(one.value for one in parts)
    value = qualified(words.number(printed["value"]), printed["qualifier"])
    part = words.percent(float(printed["value"]) / total)
    printed_as = "about" if span.get("approximate", False) else "exact"
    ends = tuple(
        (
            float(at),
            words.term(f"charts.ledger_{key}", value=qualified(words.number(at), printed_as)),
        )
        for key in ("low", "high")
        for at in (span[f"users_{key}"],)
    )
    people = words.number(span["out_of"])
    return Bars(
        bars=(
            Bar(words.term("charts.ledger_sum", total=words.number(total)), parts),
            Bar(
                words.term("charts.ledger_printed", value=value, part=part),
                (Part(float(printed["value"]), "", "", WHITE),),
            ),
            Bar(words.term("charts.ledger_bounds", out_of=people), ends=ends),
        ),
        simulated=inputs.simulated(counts["origin"], headline["origin"], bounds["origin"]),
    )


def _parts(counts: pd.DataFrame) -> tuple[Part, ...]:
    """Name the counts and put them in order: users first, the largest at the left."""
    found = [indicators.get(one.indicator, year=int(one.year)) for one in inputs.rows(counts)]
    table = (
        counts[["count"]]
        .assign(label=[one.label for one in found], users=[one.users for one in found])
        .sort_values(["users", "count", "label"], ascending=[False, False, True], ignore_index=True)
    )
    return tuple(
        Part(
            float(one.count),
            one.label,
            words.number(one.count),
            SHADES[min(one.Index, len(SHADES) - 1)] if one.users else WHITE,
            hatched=not one.users,
        )
        for one in inputs.rows(table)
    )
