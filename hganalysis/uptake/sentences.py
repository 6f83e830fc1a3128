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


def first(answer: Uptake) -> str:
    """Name the highest and the lowest, as counted; the highest alone where a title has no room."""
    return ends(answer.table.dropna(subset="share"), answer.measure.write)


def ends(rows: pd.DataFrame, write: Callable[[float], str]) -> str:
    """Name the highest and the lowest of rows with `name` and `share`, the highest first."""
    if rows.empty:
        return words.term("uptake.nowhere")
    (first, high), (last, low) = rows[["name", "share"]].iloc[[0, -1]].to_numpy()
    said = {"first": first, "last": last, "high": write(high), "low": write(low)}
    if len(rows) > 1 and high == low:
        return words.term("uptake.alike", **said)
    both, brief = (words.term(f"uptake.{one}", **said) for one in ("both", "highest"))
    return both if len(both) <= TITLE and len(rows) > 1 else brief[:TITLE]


def order(answer: Uptake) -> str:
    """Say who is ahead of or behind all others, else how many pairs keep their order."""
    if answer.measure.told != "periods":
        doubted = answer.measure.doubt and len(answer.above) > 1
        return words.term("uptake.pairs_doubted", **_pairs(answer)) if doubted else first(answer)
    pairs = words.term("uptake.pairs", **_pairs(answer))
    if not (cut := _cut(answer)):
        return pairs
    names, d = answer.table["name"].tolist(), len(answer.above)
    ahead = cut <= NAMED
    named = names[:cut] if ahead else names[cut:d]
    key = f"{'ahead' if ahead else 'behind'}_{'one' if len(named) == 1 else 'many'}"
    said = words.term(f"uptake.{key}", names=listed(named), others=d - len(named))
    return said if len(said) <= TITLE else pairs


def answer(answer: Uptake) -> str:
    """Say it all: where it is high, and whether that would hold."""
    about = answer.measure
    known = about.known or about.years
    periods = {"start": known[0], "end": known[-1]}
    said = first(answer) + ". "
    if about.told == "periods":
        said += order(answer) + words.term("uptake.moved", **periods) + _rest(answer) + "."
        if len(answer.above) < WEAK:
            said += words.term("uptake.weak", places=len(answer.above))
    else:
        said += words.term(f"uptake.{about.told}", **periods)
        if about.doubt and len(answer.above) > 1:
            said += words.term("uptake.doubt", **_pairs(answer))
            top = answer.table["name"].iloc[0]
            stays = answer.above.iloc[0, 1:].all()
            said += (words.term("uptake.stays", first=top) if stays else "") + "."
    return prefixed(said + _target(answer) + missing(answer), answer.origin)


def missing(answer: Uptake) -> str:
    """Name the places without a level; nothing where each has one."""
    lost = answer.table.loc[answer.table["share"].isna(), "name"].tolist()
    return words.term("uptake.missing", names=some(lost)) if lost else ""


def _target(answer: Uptake) -> str:
    target = getattr(answer.measure.described, "target", None)
    if target is None:
        return ""
    known = answer.counted["share"].dropna()
    said = {"reached": int((known >= target).sum()), "all": len(known)}
    return words.term("uptake.target", **said, target=words.series([target], "share")[0])


def _rest(answer: Uptake) -> str:
    """Say of the others what is not yet said: their order may turn, or so many pairs keep it."""
    cut, d, apart = _cut(answer), len(answer.above), int(answer.above.to_numpy().sum())
    if not cut:
        return ""
    if apart > cut * (d - cut):
        return words.term("uptake.of_pairs", **_pairs(answer))
    return words.term("uptake.may_turn", others=max(cut, d - cut))


def _cut(answer: Uptake) -> int:
    """Count those ahead of all others; where several cuts can be named, by the shortest row."""
    above, d = answer.above.to_numpy(), len(answer.above)
    cuts = [cut for cut in range(1, d) if above[:cut, cut:].all() and min(cut, d - cut) <= NAMED]
    return min(cuts, key=lambda cut: min(cut, d - cut), default=0)


def _pairs(answer: Uptake) -> dict[str, str]:
    d, apart = len(answer.above), int(answer.above.to_numpy().sum())
    doubt = words.percent(answer.measure.doubt, decimals=0)
    return {"apart": words.number(apart), "pairs": words.number(d * (d - 1) // 2), "doubt": doubt}
