"""Rung 4: two years of the same units, where whatever stays the same cannot matter."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ..frames import worst_origin
from . import rules
from .columns import Columns, columns, require_counts
from .errors import cr2
from .estimate import Estimate, Refused, half_width
from .fit import Codes, Fit, Vector, binomial, least_squares
from .rungs import assemble, scatter

if TYPE_CHECKING:
    from ..indicators import Indicator

# The exposure must have moved by this share of its standard deviation between units; below the
# second share the estimate is shown, but is no headline. Fixed here, before any data.
MOVED_REFUSED = 0.1
MOVED_FLAGGED = 0.3
BALANCED = 0.9


def changes(
    data: Columns,
    before: pd.DataFrame,
    *,
    level: float = 0.95,
    model: Literal["difference", "conditional"] = "difference",
    errors: Literal["cluster", "unit"] = "cluster",
    indicators: tuple[Indicator, Indicator] | None = None,
) -> Estimate:
    """
    Compare each unit with itself a year before (rung 4).

    Parameters
    ----------
    data, level
        As in `ladder`; units are matched by the index, which names them (row numbers name nobody
        and are refused). Controls that do not change drop out.
    before
        Frame of the earlier year, with the same columns.
    model
        "difference": least squares of the change of the log rate on the change of the exposure.
        "conditional": the later count given the sum of both, which is Poisson with a fixed
        effect for each unit; it takes counts of zero, and drops units without any.
    errors
        By cluster. "unit" is what people reach for, and covers 80 to 83 %: it warns, and the
        errors are by cluster all the same.
    indicators
        The measure before and after, to be held to one another; so are columns `indicator`.

    Returns
    -------
    estimate
        Per unit of the exposure; `sd` is that of the exposure in the later year.

    Raises
    ------
    Refused
        If the measures differ; if rows are numbered, not named; if a unit is in another cluster
        than before; if fewer than 90 % of all units are in both years; if the exposure
        moved by less than 0.1 of its standard deviation between units; where `within` refuses.
    """
    half_width(1.0, level)
    rules.require_choice("model", model, ("difference", "conditional"))
    rules.require_choice("errors", errors, ("cluster", "unit"))
    moved, flags = match_years(data, before, indicators)
    return climb_years(moved, flags, level, model=model, errors=errors)[0]


def climb_years(
    data: tuple[Columns, Vector, Vector],
    flags: list[str],
    level: float,
    *,
    model: Literal["difference", "conditional"] = "difference",
    errors: Literal["cluster", "unit"] = "cluster",
) -> tuple[Estimate, Fit]:
    """Estimate from the later year with changed exposure, earlier counts and populations."""
    if errors == "unit":
        warnings.warn(
            "Errors by unit take shocks that a cluster shares for news: they cover 80 to 83 %, not "
            "95 %. These are by cluster.",
            stacklevel=3,
        )
    after, counted, people = data
    some = after.count + counted > 0
    used = after.only(some)
    flags = [*flags, *(["zero units dropped"] if not some.all() else [])]
    flags += rules.require_clusters(used)
    names = (used.names.exposure, *used.names.controls, "year")
    X = np.column_stack([used.exposure, used.controls])
    X = np.column_stack([X - X.mean(axis=0), np.ones(len(X))])
    counted, people = counted[some], people[some]
    total, grown = used.count + counted, np.log(used.population / people)
    if model == "difference":
        require_counts(used)
        require_counts(replace(used, count=counted))
        change = np.log(used.count / counted) - grown
        fit = least_squares(change, X, names=names, clusters=used.codes)
        odds = fit.mean + grown
    else:
        fit = binomial(
            used.count / total, X, names=names, clusters=used.codes, offset=grown, trials=total
        )
        odds = np.log(fit.mean / (1 - fit.mean))
    error = cr2(fit, used.names.exposure)
    flags += rules.weak_df(error.df, used, fit)
    # Both years against the share of their sum that the model gives each.
    share = 1 / (1 + np.exp(-odds))
    phi = scatter(used.count, total * share, fit.df) + scatter(counted, total * (1 - share), fit.df)
    slope = fit.coefficient(used.names.exposure)
    made = assemble(after, used, 4, slope, error, level, phi, flags)
    if model == "conditional":
        made = replace(made, method=CONDITIONAL)
    gone = tuple(str(row) for row in after.rows[~some])
    return replace(made, dropped=(*made.dropped, *gone)), fit


CONDITIONAL = "two years, Poisson with a fixed effect of each unit; CR2 by cluster"


def match_years(
    after: Columns, frame: pd.DataFrame, indicators: tuple[Indicator, Indicator] | None
) -> tuple[tuple[Columns, Vector, Vector], list[str]]:
    """
    Read the earlier year with the columns of the later, and match their units; refuse where they
    are too few or hardly moved.
    """
    _require_same(after.frame, frame, indicators)
    before = columns(frame, **vars(after.names), doubt=after.doubt)
    later, at = _matched(after, before)
    moved = later.exposure - before.exposure[at]
    spread = float(moved.std(ddof=1))
    if spread < MOVED_REFUSED * after.sd:
        msg = (
            f"{after.names.exposure!r} moved by a standard deviation of {spread:.3g} between the "
            f"years, {spread / after.sd:.0%} of that between units (at least {MOVED_REFUSED:.0%}): "
            "there is no change to learn from. Compare within one year."
        )
        raise Refused(msg, reason="hardly any change")
    flags = ["little change"] * (spread < MOVED_FLAGGED * after.sd)
    alone = len(later.rows) < max(len(after.rows), len(before.rows))
    flags += ["unbalanced years"] * alone
    changed = later.controls - before.controls[at]
    varies = (changed != changed[:1]).any(axis=0)
    kept = tuple(name for name, does in zip(after.names.controls, varies, strict=True) if does)
    data = later.with_exposure(after.names.exposure, moved, kept, changed[:, varies])
    known = after.origin is not None and before.origin is not None
    worst = worst_origin(pd.Series([after.origin, before.origin])) if known else None
    return (replace(data, origin=worst), before.count[at], before.population[at]), flags


def _matched(after: Columns, before: Columns) -> tuple[Columns, Codes]:
    """Find the units of the later year that are in both, and where they are in the earlier."""
    for one in (after, before):
        if isinstance(one.rows, pd.RangeIndex) and one.rows.name is None:
            msg = (
                "Two years are matched unit by unit, and these rows are numbered, not named: row 3 "
                "of one year need not be row 3 of the other. Name the units in both frames, say by "
                "frame.set_index('code')."
            )
            raise Refused(msg, reason="units without names")
    both = after.rows.intersection(before.rows, sort=False)
    every = after.rows.union(before.rows, sort=False)
    if len(both) < BALANCED * len(every):
        alone = [str(row) for row in every.difference(both)]
        msg = (
            f"{len(both)} of {len(every)} units are in both years (at least {BALANCED:.0%}); "
            f"only in one: {', '.join(alone)}.\nWho reports may be what changed. Compare "
            "within one year."
        )
        raise Refused(msg, reason="unbalanced years")
    later = after.only(np.asarray(after.rows.isin(both)))
    at = before.rows.get_indexer(later.rows)
    now, then = (np.array(one.labels, dtype=object)[one.codes] for one in (later, before))
    strayed = now != then[at]
    if strayed.any():
        rows = "\n".join(
            f"  {row!r}: {was} before, {has} after"
            for row, was, has in zip(
                later.rows[strayed], then[at][strayed], now[strayed], strict=True
            )
        )
        msg = (
            f"{strayed.sum()} units are in another {after.names.cluster} than the year before:\n"
            f"{rows}\nEither they are not the same units, or their boundaries moved. Correct them "
            "first."
        )
        raise Refused(msg, reason="units in other clusters")
    return later, at


def _require_same(
    frame: pd.DataFrame, before: pd.DataFrame, indicators: tuple[Indicator, Indicator] | None
) -> None:
    """Refuse two years of unlike measures."""
    if "indicator" in frame.columns or "indicator" in before.columns:
        named = [
            sorted(set(one["indicator"])) if "indicator" in one.columns else []
            for one in (before, frame)
        ]
        if named[0] != named[1] or len(named[0]) != 1:
            msg = (
                f"The earlier year counts {named[0] or 'an unnamed measure'}, the later "
                f"{named[1] or 'an unnamed one'}: that is no change over time. Compare within one."
            )
            raise Refused(msg, reason="not the same indicator")
    if indicators is not None:
        from ..indicators import require_comparable

        try:
            require_comparable(*indicators)
        except ValueError as unlike:
            raise Refused(str(unlike), reason="not the same indicator") from unlike
