"""What the answer says, in the language in use. Its first clause is the title of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import words
from ..figure import TITLE, listed, prefixed, some

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from . import Uptake

# Who stands ahead of or behind all others is named up to so many: a longer row of names is a table.
NAMED = 3

# With fewer places, what they moved against each other is known from too little.
WEAK = 5


def ends(rows: pd.DataFrame, write: Callable[[float], str]) -> str:
    """
    Name the highest and the lowest of rows with `name` and `share`, the highest first; it alone
    where a title has no room.
    """
    if rows.empty:
        return words.term("uptake.nowhere")
    (first, high), (last, low) = rows[["name", "share"]].iloc[[0, -1]].to_numpy()
    said = {"first": first, "last": last, "high": write(high), "low": write(low)}
    if len(rows) > 1 and high == low:
        return words.term("uptake.alike", **said)
    both, brief = (words.term(f"uptake.{one}", **said) for one in ("both", "highest"))
    return both if len(both) <= TITLE and len(rows) > 1 else brief[:TITLE]


def order(answer: Uptake) -> tuple[str, str]:
    """
    Say who is ahead of or behind all others, else how many pairs keep their order; then what that
    leaves unsaid of the others: who may turn, or how many pairs do not.
    """
    about, above, d = answer.measure, answer.above.to_numpy(), len(answer.above)
    if about.told != "periods":
        known = answer.table.dropna(subset="share")
        doubted = about.doubt and d > 1
        return _pairs(answer, "pairs_doubted") if doubted else ends(known, about.write), ""
    # those ahead of all others; where several cuts can be named, by the shortest row
    cuts = [cut for cut in range(1, d) if above[:cut, cut:].all() and min(cut, d - cut) <= NAMED]
    if cuts:
        cut = min(cuts, key=lambda at: min(at, d - at))
        names = answer.table["name"].tolist()[:d]
        named, place = (names[:cut], "ahead") if cut <= NAMED else (names[cut:], "behind")
        key = f"uptake.{place}_{'one' if len(named) == 1 else 'many'}"
        said = words.term(key, names=listed(named), others=d - len(named))
        turn = words.term("uptake.may_turn", others=max(cut, d - cut))
        if len(said) <= TITLE:
            return said, _pairs(answer, "of_pairs") if above.sum() > cut * (d - cut) else turn
    return _pairs(answer, "pairs"), ""


def answer(answer: Uptake) -> str:
    """Say it all: where it is high, and whether that would hold."""
    about, table, places = answer.measure, answer.table, len(answer.above)
    known = about.known or about.years
    periods = {"start": known[0], "end": known[-1]}
    said = ends(table.dropna(subset="share"), about.write) + ". "
    if about.told == "periods":
        first, rest = order(answer)
        said += first + words.term("uptake.moved", **periods) + rest + "."
        said += words.term("uptake.weak", places=places) * (places < WEAK)
    else:
        said += words.term(f"uptake.{about.told}", **periods)
        if about.doubt and places > 1:
            stays = words.term("uptake.stays", first=table["name"].iloc[0])
            said += _pairs(answer, "doubt") + stays * bool(answer.above.iloc[0, 1:].all()) + "."
    target, levels = getattr(about.described, "target", None), table["share"].dropna()
    if target is not None:
        reached = {"reached": int((levels >= target).sum()), "all": len(levels)}
        said += words.term("uptake.target", **reached, target=words.series([target], "share")[0])
    if lost := table.loc[table["share"].isna(), "name"].tolist():
        said += words.term("uptake.missing", names=some(lost))
    return prefixed(said, answer.origin)


def _pairs(answer: Uptake, key: str) -> str:
    """Say of how many pairs the order is sure."""
    d, apart = len(answer.above), int(answer.above.to_numpy().sum())
    said = {"apart": words.number(apart), "pairs": words.number(d * (d - 1) // 2)}
    said["doubt"] = words.percent(answer.measure.doubt, decimals=0)
    return words.term(f"uptake.{key}", **said)
