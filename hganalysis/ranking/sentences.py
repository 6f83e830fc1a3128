"""What the answer says, in the language in use. Its first clause is the title of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .. import words
from ..figure import MAX_TITLE_LENGTH, join_all, join_some, mark_simulated

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from .answer import Uptake

# Places that are ahead of or behind all others are named, up to so many.
MAX_NAMED = 3

# With fewer places, their movement against each other is known from too little.
FEW_PLACES = 5


class OrderSentence(NamedTuple):
    """What is sure about the order, and what that leaves open."""

    title: str
    addition: str


def highest_and_lowest(rows: pd.DataFrame, write: Callable[[float], str]) -> str:
    """
    Name the highest and the lowest of rows with `name` and `share`, the highest first.

    Where a title has no room for both, name the highest only.
    """
    if rows.empty:
        return words.term("uptake.nowhere")
    first, last = rows.iloc[0], rows.iloc[-1]
    blanks = {
        "first": first["name"],
        "high": write(first["share"]),
        "last": last["name"],
        "low": write(last["share"]),
    }
    if len(rows) > 1 and first["share"] == last["share"]:
        return words.term("uptake.alike", **blanks)
    both_ends = words.term("uptake.both", **blanks)
    if len(rows) > 1 and len(both_ends) <= MAX_TITLE_LENGTH:
        return both_ends
    return words.term("uptake.highest", **blanks)[:MAX_TITLE_LENGTH]


def order(answer: Uptake) -> OrderSentence:
    """
    Say which places are ahead of or behind all others, else how many pairs keep their order.

    The addition says how many of the other places may change their order.
    """
    measure, above = answer.measure, answer.above.to_numpy()
    n_places = len(above)
    if measure.evidence != "periods":
        if measure.denominator_error and n_places > 1:
            return OrderSentence(_sure_pairs(answer, "pairs_doubted"), "")
        ranked = answer.table.dropna(subset="share")
        return OrderSentence(highest_and_lowest(ranked, measure.write), "")

    cut = _sure_cut(above)
    if cut is not None:
        title = _name_group(answer.table["name"].tolist()[:n_places], cut)
        if len(title) <= MAX_TITLE_LENGTH:
            more_pairs_are_sure = above.sum() > cut * (n_places - cut)
            if more_pairs_are_sure:
                return OrderSentence(title, _sure_pairs(answer, "of_pairs"))
            n_others = max(cut, n_places - cut)
            return OrderSentence(title, words.term("uptake.may_turn", others=n_others))
    return OrderSentence(_sure_pairs(answer, "pairs"), "")


def _sure_cut(above: NDArray[np.bool_]) -> int | None:
    """Find where the ranking can be cut: all places before are surely above all places behind."""
    n_places = len(above)
    best, best_size = None, MAX_NAMED + 1
    for cut in range(1, n_places):
        smaller_group = min(cut, n_places - cut)
        if smaller_group < best_size and above[:cut, cut:].all():
            best, best_size = cut, smaller_group
    return best


def _name_group(names: list[str], cut: int) -> str:
    """Name the places before the cut, or those behind it if these are too many."""
    if cut <= MAX_NAMED:
        group, side = names[:cut], "ahead"
    else:
        group, side = names[cut:], "behind"
    number = "one" if len(group) == 1 else "many"
    n_others = len(names) - len(group)
    return words.term(f"uptake.{side}_{number}", names=join_all(group), others=n_others)


def full_answer(answer: Uptake) -> str:
    """Say where uptake is high, whether that would repeat, and which places have no share."""
    measure, table = answer.measure, answer.table
    n_places = len(answer.above)
    years = measure.evidence_years or measure.years
    period = {"start": years[0], "end": years[-1]}

    ranked = table.dropna(subset="share")
    parts = [highest_and_lowest(ranked, measure.write), ". "]
    if measure.evidence == "periods":
        sentence = order(answer)
        parts += [sentence.title, words.term("uptake.moved", **period), sentence.addition, "."]
        if n_places < FEW_PLACES:
            parts.append(words.term("uptake.weak", places=n_places))
    else:
        parts.append(words.term(f"uptake.{measure.evidence}", **period))
        if measure.denominator_error and n_places > 1:
            parts.append(_denominator_sentence(answer))
    parts.append(_target_sentence(answer))

    without_share = table.loc[table["share"].isna(), "name"].tolist()
    if without_share:
        parts.append(words.term("uptake.missing", names=join_some(without_share)))
    return mark_simulated("".join(parts), answer.origin)


def _denominator_sentence(answer: Uptake) -> str:
    """Say what an error of the denominators would leave of the order."""
    text = _sure_pairs(answer, "doubt")
    first_stays_first = answer.above.iloc[0, 1:].all()
    if first_stays_first:
        text += words.term("uptake.stays", first=answer.table["name"].iloc[0])
    return text + "."


def _target_sentence(answer: Uptake) -> str:
    """Say how many places reach the target, if the measure has one."""
    indicator = answer.measure.indicator
    if indicator is None or indicator.target is None:
        return ""
    shares = answer.table["share"].dropna()
    return words.term(
        "uptake.target",
        reached=int((shares >= indicator.target).sum()),
        all=len(shares),
        target=words.series([indicator.target], "share")[0],
    )


def _sure_pairs(answer: Uptake, key: str) -> str:
    """Say how many pairs of places surely keep their order."""
    n_places = len(answer.above)
    n_pairs = n_places * (n_places - 1) // 2
    n_sure = int(answer.above.to_numpy().sum())
    return words.term(
        f"uptake.{key}",
        apart=words.number(n_sure),
        pairs=words.number(n_pairs),
        doubt=words.percent(answer.measure.denominator_error, decimals=0),
    )
