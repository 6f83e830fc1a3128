"""Lay out the second opinions on an estimate as rows below it: each set as it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import words
from ..effect.interval import ratio
from ..findings.trust import opinion
from . import frames

if TYPE_CHECKING:
    from ..effect import Estimate, Interval

Pieces = tuple[tuple[float, float], ...]


def rows(estimate: Estimate, *, per_sd: bool) -> list[dict[str, object]]:
    """
    List the alternatives of an estimate, one row each, for a `forest`.

    Parameters
    ----------
    estimate
        With `alternatives`, or without: then there is no row.
    per_sd
        Rate ratios for one standard deviation of the exposure; else for one unit.
    """
    return [_row(estimate, one, one.sd if per_sd else 1.0) for one in estimate.alternatives]


def _row(estimate: Estimate, one: Interval, unit: float) -> dict[str, object]:
    pieces = tuple((ratio(unit * low), ratio(unit * high)) for low, high in one.pieces)
    middle = ratio(unit * one.log_rate_ratio)
    values = {"ratio": words.value(middle, "ratio"), "pieces": _said(pieces)}
    return {
        "rung": estimate.rung,
        "label": opinion(one.method),
        "rate_ratio": middle,
        "low": pieces[0][0],
        "high": pieces[-1][1],
        "pieces": pieces,
        "written": words.term("charts.opinion", **values),
        "minor": True,
        "origin": frames.origin_of(estimate),
    }


def _said(pieces: Pieces) -> str:
    """Write every piece; an end that there is not is not written."""
    texts = []
    for low, high in pieces:
        ends = dict(zip(("low", "high"), words.ratios(1.0, low, high)[1:], strict=True))
        name = "between" if math.isfinite(high) and low > 0 else "from" if low > 0 else "up_to"
        name = "any" if low == 0 and math.isinf(high) else name
        texts.append(words.term(f"charts.opinion_{name}", **ends))
    return words.term("charts.opinion_and").join(texts)
