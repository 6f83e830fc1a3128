"""What the answer says. Its first clause is the title of the slopes, its second of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from ..figure import capital, prefixed, some, titled

if TYPE_CHECKING:
    from . import Change


def signed(answer: Change, change_pp: float) -> str:
    """Write a change with its sign; its unit is said once, beside it."""
    return words.value(change_pp, answer.measure.of_change, bare=True)


def whole(answer: Change) -> str:
    """Say how the whole changed; nothing where it is not complete."""
    moved = answer.whole["change_pp"]
    if pd.isna(moved):
        return ""
    unit = words.unit_text(answer.measure.of_change)
    ends = {end: answer.measure.write(answer.whole[end]) for end in ("before", "after")}
    points = f"{signed(answer, moved).lstrip('+−')} {unit}".strip()
    way = "up" if moved > 0 else "down" if moved < 0 else "same"
    return words.term(f"change.whole_{way}", points=points, **ends)


def where(answer: Change, *, brief: bool = False) -> str:
    """Say in how many places it rose and fell, and where most; `brief` leaves the numbers out."""
    known = answer.table.dropna(subset="change_pp")
    up, down = (known["change_pp"] > 0).sum(), (known["change_pp"] < 0).sum()

    def named(row: int) -> str:
        name, moved = known[["name", "change_pp"]].iloc[row]
        return name if brief else f"{name} ({signed(answer, moved)})"

    ends = {"all": len(known), "up": up, "down": down, "top": named(0), "bottom": named(-1)}
    ends["which"] = words.term("change.which") if len(known) < len(answer.changed) else ""
    if len(known) in (up, down):
        key = "one" if len(known) == 1 else "all_up" if up else "all_down"
        return words.term(f"change.{key}", **ends)
    some = [way for way in ("up", "down") if ends[way]]
    said = [words.term(f"change.some_{way}", **ends) for way in some]
    return "; ".join(said) or words.term("change.all_same", **ends)


def title(answer: Change, *, of_map: bool = False) -> str:
    """Give a title its clause; where there is no room for names, how many places alone."""
    said = where(answer, brief=True) if of_map else whole(answer) or where(answer, brief=True)
    return titled(said)


def answer(answer: Change) -> str:
    """Say it all: the whole, its places, their parts, and who is left out."""
    clauses = [whole(answer), where(answer)]
    if answer.whole["parts"]:
        counted = {key: words.number(answer.whole[key]) for key in ("parts", "parts_up")}
        clauses.append(words.term("change.parts", **counted))
    said = capital("; ".join(filter(None, clauses))) + "." + left_out(answer)
    said += words.term("change.in_step") * answer.in_step
    return prefixed(said, answer.origin)


def left_out(answer: Change) -> str:
    """Name the places that lack a period; nothing where none does."""
    table = answer.table
    lost = table.loc[table["change_pp"].isna(), "name"].tolist()
    if not lost:
        return ""
    said = words.term("change.left_out", names=some(lost))
    return said if whole(answer) else said + words.term("change.no_whole")
