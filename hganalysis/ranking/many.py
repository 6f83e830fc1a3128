"""What is said of more than thirty places: the ends as counted, and who stands apart lastingly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import words
from .levels import are_compared
from .standing import FAR_FACTOR, FAR_POINTS, count_tenth, share_of_known, side_as_counted

if TYPE_CHECKING:
    import pandas as pd

    from .answer import Uptake


def title(answer: Uptake) -> str:
    """Say how many places stand apart lastingly; without a second period, where the tenths are."""
    if answer.measure.evidence != "periods":
        return words.term("uptake.tenths_title", **_tenths(answer))
    lasting = answer.table["lasting"]
    n_above, n_below = (lasting == "above").sum(), (lasting == "below").sum()
    return words.term("uptake.lasting_title", above=n_above, below=n_below)


def sentences(answer: Uptake) -> str:
    """Say where the ends are, who is far from the whole, and from two periods, who stays there."""
    text = words.term("uptake.tenths", **_tenths(answer)) + _far_sentence(answer)
    if answer.measure.evidence != "periods":
        return text + " "
    text += _lasting_sentence(answer) + answer.measure.question()
    if answer.measure.denominator_error:
        doubt = words.percent(answer.measure.denominator_error)
        text += words.term("uptake.allowed", doubt=doubt)
    return text


def _tenths(answer: Uptake) -> dict[str, str]:
    """Give the ends of the highest and of the lowest tenth, and the names of the lowest."""
    compared = answer.table[are_compared(answer.table, answer.measure)]
    n_tenth = count_tenth(len(compared))
    highest, lowest = compared.head(n_tenth), compared.tail(n_tenth).iloc[::-1]
    return {
        "n": words.number(n_tenth),
        "high": answer.measure.write(highest["share"].iloc[-1]),
        "low": answer.measure.write(lowest["share"].iloc[-1]),
        "names": words.join_some(lowest["name"].tolist()),
    }


def _far_sentence(answer: Uptake) -> str:
    """Count the places that are far above and below the whole, as counted."""
    measure, table = answer.measure, answer.table
    in_points = not measure.is_ratio
    distance = table["from_whole_pp" if in_points else "to_whole"]
    side = side_as_counted(distance, in_points=in_points)
    blanks = {
        "above": words.number((side == "above").sum()),
        "below": words.number((side == "below").sum()),
        "whole": measure.write(share_of_known(table)),
    }
    if in_points:
        return measure.term("uptake.far_points", far=words.number(FAR_POINTS), **blanks)
    ends = {
        "far": words.number(FAR_FACTOR, decimals=2),
        "near": words.number(1 / FAR_FACTOR, decimals=1),
    }
    return measure.term("uptake.far_times", **ends, **blanks)


def _lasting_sentence(answer: Uptake) -> str:
    """Name the places that stand apart by more than places moved between two periods."""
    table, span = answer.table, answer.measure.evidence_span
    above = table[table["lasting"] == "above"]
    below = table[table["lasting"] == "below"]
    if above.empty and below.empty:
        return words.term("uptake.lasting_none", **span)
    lowest_first = below.iloc[::-1]
    names = {"above": _name_some(above), "below": _name_some(lowest_first)}
    return words.term("uptake.lasting", **names, **span)


def _name_some(rows: pd.DataFrame) -> str:
    """Count places and name the first of them."""
    if rows.empty:
        return words.term("uptake.nobody")
    names = words.join_some(rows["name"].tolist())
    return words.term("uptake.some_places", n=len(rows), names=names)
