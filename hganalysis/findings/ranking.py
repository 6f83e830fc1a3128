"""Say who is ahead in an emulation table, and how little of that order is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import ranks, words
from .common import in_sentence, listed, prefixed, without_hidden

if TYPE_CHECKING:
    import pandas as pd

    from ..indicators import Indicator

# More names than these are a list that nobody hears to its end.
NAMES = 5


def ranking(table: pd.DataFrame, *, indicator: Indicator) -> str:
    """
    Say who holds the first three ranks, who surely belongs there, and who possibly does.

    Parameters
    ----------
    table
        Of `ranks.rank_sets`, of all places that were ranked.
    indicator
        The measure that was ranked.
    """
    known = table[table["rank"].notna()].sort_values("rank", kind="stable")
    if known.empty:
        return words.term("findings.no_ranking", label=indicator.label, when=indicator.when)
    held = [
        words.term(f"findings.ranking_{rank}", places=_names(rows.index.tolist()))
        for rank, rows in known[known["rank"] <= ranks.FIRST].groupby("rank")
    ]
    parts = [
        words.term(
            "findings.ranking" if len(known) > ranks.FIRST else "findings.ranking_few",
            label=indicator.label,
            when=indicator.when,
            held=listed(held),
            level=words.percent(ranks.LEVEL, decimals=0),
            known=len(known),
            sure=_among(known, "surely_first_three"),
            could=_among(known, "could_be_first_three"),
        )
    ]
    if len(known) > 1:
        first, second = known.index[:2]
        sure = known["rank_high"].loc[first] < known["rank_low"].loc[second]
        key = "findings.ranking_order_sure" if sure else "findings.ranking_order_unsure"
        parts.append(words.term(key, first=in_sentence(first), second=in_sentence(second)))
    return prefixed(without_hidden(" ".join(parts), table), table["origin"])


def order(table: pd.DataFrame) -> str:
    """Say of how many pairs of places the order is sure, by their possible ranks."""
    pairs, apart = pairs_apart(table)
    key = "findings.order" if pairs else "findings.no_order"
    counts = {"pairs": pairs, "apart": apart, "unsure": pairs - apart}
    sentence = words.term(key, **{name: words.number(count) for name, count in counts.items()})
    return prefixed(without_hidden(sentence, table), table["origin"])


def pairs_apart(table: pd.DataFrame) -> tuple[int, int]:
    """
    Count the pairs of places of `ranks.rank_sets`, and those whose order is sure.

    A place's best possible rank is one below those that are surely above it: so the order of all
    pairs holds at once, and says what the possible ranks say.
    """
    ranked = table["rank"].notna()
    number = int(ranked.sum())
    return number * (number - 1) // 2, int((table.loc[ranked, "rank_low"] - 1).sum())


def _among(known: pd.DataFrame, column: str) -> str:
    chosen = known.index[known[column].astype(bool)].tolist()
    if not chosen:
        return words.term("findings.ranking_nobody")
    if len(chosen) == len(known):
        return words.term("findings.ranking_all", known=len(known))
    return _names(chosen, of=len(known))


def _names(codes: list[str], *, of: int | None = None) -> str:
    if len(codes) > NAMES:
        key = "findings.ranking_places" if of is None else "findings.ranking_some"
        return words.term(key, places=len(codes), known=of)
    return listed([in_sentence(code) for code in codes])
