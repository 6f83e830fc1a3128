"""Draw estimates with their intervals: the rungs of a ladder, and one district left out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .. import words
from ..effect import Estimate, Ladder, Refused
from ..findings import teams
from ..findings.common import called
from . import forest, frames, ink, second

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_AROUND = 64 + 6.5 * ink.LINE
"""Height of what stands above and below the rows, in points."""


def coefficients(
    estimates: Iterable[Estimate] | pd.DataFrame,
    *,
    ax: Axes,
    per: Literal["sd", "unit"] = "sd",
    truth: float | None = None,
    opinions: bool = False,
) -> Axes:
    """
    Draw rate ratios with their intervals on a logarithmic scale, one row an estimate.

    Parameters
    ----------
    estimates
        A `Ladder` (its headline is emphasised, what it refused is named with the reason), other
        estimates of `effect`, or a frame: `label`, `rate_ratio`, `low`, `high`, `origin`, and if
        wanted `note` (beside the interval), `under` (below the label), `headline` (bool).
    ax
        Where to draw. Limits and scales are set here; titles are not.
    per
        Rate ratios for one standard deviation (`"sd"`) or one unit (`"unit"`) of the exposure;
        of no account for a frame.
    truth
        What was planted in simulated data: a log rate ratio, in the same unit as the estimates.
    opinions
        Whether second opinions (`Estimate.alternatives`) stand below each estimate that has any,
        thinner; a set without an end goes on as an arrow, one in pieces is drawn in pieces.

    Returns
    -------
    ax
        Of a frame with more rows than can be read, the first of them, and a line says so.

    Raises
    ------
    ValueError
        If there is nothing to draw, a column is missing, or an estimate does not know the origin
        of its data; if the axes are too low for so many second opinions.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> frame = pd.DataFrame({"label": ["2022"], "rate_ratio": [1.2], "low": [1.1], "high": [1.3]})
    >>> ax = coefficients(frame.assign(origin="reported"), ax=Figure().subplots())
    >>> "1,20 (từ 1,10 đến 1,30)" in [text.get_text() for text in ax.texts]
    True
    """
    if isinstance(estimates, pd.DataFrame):
        frames.require(estimates, ["label", "rate_ratio", "low", "high"])
        lines = 2 if {"under", "note"} & set(estimates.columns) else 1
        fit, said = ink.fit(ax, taken=_AROUND) // lines, ""
        if len(estimates) > fit:
            said = ink.some("charts.terms_some", fit, len(estimates))
        table, label = estimates.head(fit), words.term("charts.ratio_plain")
        levels: set[float] = set()
    else:
        if per not in ("sd", "unit"):
            msg = f"per is {per!r}; expected 'sd' or 'unit'."
            raise ValueError(msg)
        found, said = list(estimates), ""
        levels = {one.level for one in found}
        ladder = estimates if isinstance(estimates, Ladder) else None
        table = _rows(found, ladder, end=per, opinions=opinions)
        label = words.term(f"charts.ratio_per_{per}")
    return forest.draw(ax, table, label=label, line=_truth(truth), levels=levels, said=said)


def influence(refits: pd.DataFrame, *, estimate: Estimate, ax: Axes) -> Axes:
    """
    Draw the rate ratio with each district left out, beside that of all districts.

    A district whose absence turns the sign, or moves the estimate by more than one of its
    standard errors, is coloured and says so.

    Parameters
    ----------
    refits
        Of `effect.leave_one_out`: index `left_out` (codes of districts); `rate_ratio`, `low`,
        `high` per unit of the exposure; `sign_changes`, `moves_over_one_se`.
    estimate
        The estimate of all districts, which also knows the origin of the data.
    ax
        Where to draw. Limits and scales are set here; titles are not.

    Returns
    -------
    ax
        Of more districts than can be read, those that move the estimate most, and a line says so.

    Raises
    ------
    ValueError
        If a column is missing, or the estimate does not know the origin of its data.
    """
    columns = ["rate_ratio", "low", "high", "sign_changes", "moves_over_one_se"]
    frames.require(refits.assign(origin=frames.origin_of(estimate)), columns)
    fit, said = ink.fit(ax, taken=_AROUND), ""
    if len(refits) > fit:
        said = ink.some("charts.influence_some", fit, len(refits))
        refits = refits.loc[moves(refits, estimate).nlargest(fit).index]
    table = refits.assign(
        label=[
            words.term("charts.left_out", name=called(code, short=True)) for code in refits.index
        ],
        flags=[
            words.term("charts.sign_changes")
            if turns
            else words.term("charts.moves_over_one_se")
            if moves
            else ""
            for turns, moves in zip(
                refits["sign_changes"], refits["moves_over_one_se"], strict=True
            )
        ],
        moved=refits["sign_changes"] | refits["moves_over_one_se"],
        origin=frames.origin_of(estimate),
    ).sort_values(["rate_ratio", "label"], ascending=[False, True])
    ratio, *_ = words.ratios(estimate.rate_ratio, estimate.rate_ratio_low, estimate.rate_ratio_high)
    name = words.term("charts.all_districts", ratio=ratio)
    line = ink.Mark(estimate.rate_ratio, name, "-", ink.MAIN)
    return forest.draw(
        ax,
        table,
        label=words.term("charts.ratio_per_unit"),
        line=line,
        levels={estimate.level},
        said=said,
    )


def moves(refits: pd.DataFrame, estimate: Estimate) -> pd.Series:
    """Say how far each refit lies from the estimate, on the log."""
    apart: pd.Series = (np.log(refits["rate_ratio"]) - np.log(estimate.rate_ratio)).abs()
    return apart


def _rows(
    found: list[Estimate], ladder: Ladder | None, *, end: str, opinions: bool
) -> pd.DataFrame:
    """Lay estimates out as a frame; for a ladder, what it refused too."""
    if not found:
        if ladder is not None:
            str(ladder.headline)  # is refused, and says why
        msg = "there is no estimate to draw. Say in words why: the refusals of the ladder know."
        raise ValueError(msg)
    headline = None if ladder is None else _headline(ladder)
    per_sd = end == "sd"
    end = "_per_sd" if per_sd else ""
    rows: list[dict[str, object]] = []
    for one in found:
        row = {
            "rung": one.rung,
            "label": words.term(f"charts.rung_{one.rung}"),
            "under": words.term(f"charts.method_{one.rung}"),
            "rate_ratio": getattr(one, f"rate_ratio{end}"),
            "low": getattr(one, f"rate_ratio{end}_low"),
            "high": getattr(one, f"rate_ratio{end}_high"),
            "note": words.term(
                "charts.df", df=words.number(one.df, decimals=1), clusters=one.clusters
            ),
            "flags": "; ".join(teams.flag(flag) for flag in one.flags),
            "headline": one is headline,
            "origin": frames.origin_of(one),
        }
        rows += [row, *(second.rows(one, per_sd=per_sd) if opinions else [])]
    for refusal in () if ladder is None else ladder.refusals:
        rows.append(
            {
                "rung": refusal.rung,
                "label": words.term(f"charts.rung_{refusal.rung}"),
                "under": words.term(f"charts.method_{refusal.rung}"),
                "refused": words.term("charts.refused", reason=teams.reason(refusal.reason)),
                "origin": rows[0]["origin"],
            }
        )
    table = pd.DataFrame(rows)
    return table if ladder is None else table.sort_values("rung", kind="stable")


def _truth(log_rate_ratio: float | None) -> ink.Mark | None:
    if log_rate_ratio is None:
        return None
    planted = math.exp(log_rate_ratio)
    text = words.term("charts.truth", ratio=words.value(planted, "ratio"))
    return ink.Mark(planted, text, "--", ink.MAIN)


def _headline(ladder: Ladder) -> Estimate | None:
    try:
        return ladder.headline
    except Refused:
        return None
