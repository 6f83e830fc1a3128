"""Work the questions out: each gives the rows of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, indicators, suppress, words
from . import denominator, models, sensitivity, sentences, spatial
from .answer import Record, of_rung, refused
from .errors import Error, cluster_robust, cr2, cv3, wild_bootstrap
from .frame import read, units
from .rungs import AT_ALL, Rung, check, two_years
from .texts import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .design import Design

# Above this share of hidden counts the others do not speak for all: of 60 in 100 hidden and filled
# with the mean of their pool a log ratio moved by 36 %.
HIDDEN = 0.1
# From here on half of the variation of the exposure could be errors of its denominator.
DOUBTFUL = 0.5
# Neighbours are called alike where noise is that seldom as much alike as they are.
ALIKE = 0.05
POWERS = (0.5, 0.8, 0.9, 0.95)


def require_known(asked: Design) -> None:
    """Refuse where too many counts are hidden."""
    if asked.hidden > HIDDEN * asked.all:
        told = {
            "hidden": lambda: words.number(asked.hidden),
            "all": lambda: words.number(asked.all),
        }
        raise Refused(asked.data.names, reason="hidden counts", **told)


def carried(asked: Design) -> list[str]:
    """Refuse where data, or a doubt that is stated, do not allow a headline; give its flags."""
    rung, names = asked.rung, asked.data.names
    found = check(rung) + ["neighbours alike"] * alike(asked)
    part = denominator.part_of(rung, asked.doubt) if asked.doubt else None
    if part is None:
        return found
    share, made = min(part.share, 1.0), part.log_rate_ratio
    told = {"doubt": lambda: words.percent(part.doubt, decimals=0)}
    if share >= DOUBTFUL:
        told["share"] = lambda: words.percent(share, decimals=0)
        raise Refused(names, reason="denominator in doubt", **told)
    if rung.error.interval(rung.b)[0] > 0 and rung.b <= made:
        told["alone"] = lambda: sentences.reading(rung).ratio(made)
        raise Refused(names, reason="denominator could make it", **told)
    return found


def alike(asked: Design) -> bool:
    """Say whether residuals of neighbours are alike, where it is known who they are."""
    moran = asked.moran
    return moran is not None and moran.p_value <= ALIKE


def headline(asked: Design) -> list[Record]:
    """Lay out the exposure and the controls of the way that is reported."""
    rung, flags = asked.rung, carried(asked)
    terms = [rung.name, *rung.data.controls]
    return [of_rung(rung, flags if one == rung.name else (), one) for one in terms]


def ladder(asked: Design, before: pd.DataFrame | int | None = None) -> list[Record]:
    """Estimate in every way that the data carry; of the others say why they do not."""
    earlier = _frame_of(asked, before) if before is not None else None
    rows = []
    for way in ("1", "2", *["spatial"] * alike(asked), *["4"] * (earlier is not None), "5"):
        try:
            row = _way(asked, way, earlier)
        except Refused as why:
            row = refused(why, 2 if way == "spatial" else int(way), asked.data.names.exposure)
        rows.append(row | {"way": way})
    return rows


def _way(asked: Design, way: str, before: pd.DataFrame | None) -> Record:
    rung = asked.rung
    if way == "spatial":
        check(rung)
        assert asked.neighbours is not None  # or nobody would be alike
        at = spatial.positions(rung.data.units.index, asked.neighbours)
        b, error = spatial.second_opinion(rung.data, at, fixed_effects=True)
        return of_rung(rung, ()) | {"b": b, "error": error}
    if way == "4":
        assert before is not None  # or it would not be asked
        found = two_years(asked.data, before)
        origins = [asked.origin, *before.get("origin", pd.Series(dtype=object)).unique()]
        origin = {"origin": frames.worst_origin(pd.Series(origins))}
        return of_rung(found, check(found)) | origin
    found = rung if int(way) == rung.number else Rung(asked.data, int(way))
    return of_rung(found, check(found))


def _frame_of(asked: Design, before: pd.DataFrame | int) -> pd.DataFrame:
    """Take the frame of the year before, without what is hidden in it."""
    if not isinstance(before, pd.DataFrame):
        if asked.data.names.measure is None:
            msg = "an earlier year can be named of a measure of the catalogue; else give its frame."
            raise ValueError(msg)
        name, year = asked.data.names.measure
        then, now = (indicators.get(name, year=int(one)) for one in (before, year))
        indicators.require_comparable(then, now)
        before = units(frames.reports(), frames.teams(), indicator=then)
    return before[~suppress.is_hidden(before).to_numpy()]


def leave_one_out(asked: Design) -> list[Record]:
    """Fit again without each cluster."""
    rung = asked.rung
    check(rung, AT_ALL)
    clusters, rows = rung.data.units["cluster"], []
    for one in sorted(clusters.unique()):
        keep = (clusters != one).to_numpy()
        row: Record = {"left_out": one, "clusters": clusters[keep].nunique()}
        row |= {"units": int(keep.sum()), "turns": False, "moves": False}
        rows.append(row)
        try:
            refit = models.again(rung.results, keep)
        except Refused as why:
            row |= refused(why, rung.number, rung.name)
            continue
        if rung.name not in refit.params:
            continue
        scale = models.to_log_rate(refit)
        b = scale * float(refit.params[rung.name])
        moved = (b - rung.b) / rung.error.error
        row |= {"b": b, "shift_in_errors": moved}
        row |= {"turns": bool(b * rung.b < 0), "moves": bool(abs(moved) > 1)}
        # Of fewer there is no cluster-robust error, and hundreds would take a minute.
        if 4 <= row["clusters"] < models.MANY:
            row["error"] = cr2(refit, clusters[keep], rung.name).times(scale)
    return rows


def denominators(asked: Design) -> list[Record]:
    """Ask what errors in the denominator make, and what is left without it."""
    check(asked.rung, AT_ALL)
    return denominator.questions(asked.rung, asked.assumed)


def bootstrap(asked: Design, draws: int, weights: str) -> list[Record]:
    """Compute the interval of the headline in other ways."""
    rung = asked.rung
    check(rung)
    cluster, name = rung.data.units["cluster"], rung.name
    wild = wild_bootstrap(rung.results, cluster, name, draws=draws, weights=weights)
    jack = cv3(rung.results, cluster, name).times(rung.scale)
    rows: list[Record] = [{"method": "cr2", "b": rung.b, "error": rung.error}]
    rows.append({"method": "cv3", "b": rung.b, "error": jack})
    if rung.number == 2 and (rung.data.units["count"] > 0).all():
        twin = models.log_rates(rung.data, fixed_effects=True)
        error = cr2(twin, cluster, name)
        rows.append({"method": "twin", "b": float(twin.params[name]), "error": error})
    found = {"method": weights, "draws": wild.draws, "b": rung.b, "p_value": wild.p_value}
    pieces = [(rung.scale * low, rung.scale * high) for low, high in wild.pieces]
    return [*rows, *(found | {"ends": one} for one in pieces)]


def strength(asked: Design) -> list[Record]:
    """Ask how strong something unmeasured must be."""
    return sensitivity.strength(by_unit(asked))


def power(asked: Design) -> list[Record]:
    """Find the smallest ratio that is detected so often."""
    check(asked.rung)
    size = {"units": len(asked.data.units), "clusters": asked.rung.clusters}
    least = {one: sensitivity.detectable(asked.rung.error, one) for one in POWERS}
    return [size | {"power": one, "b": b} for one, b in least.items()]


def naive(asked: Design) -> list[Record]:
    """Compute the usual intervals beside the headline's."""
    rung = by_unit(asked)
    results, normal = rung.results, float("inf")
    phi = float(results.pearson_chi2 / results.df_resid)
    own = float(results.bse[rung.name])
    z = cluster_robust(results, rung.data.units["cluster"], rung.name).error
    usual = {"z": z, "quasi": own * np.sqrt(phi), "model": own}
    errors = {key: Error(one, normal).times(rung.scale) for key, one in usual.items()}
    every = {"headline": rung.error} | errors
    common = {"b": rung.b, "phi": phi}
    return [common | {"method": key, "error": one} for key, one in every.items()]


def placebos(asked: Design, later: str | int) -> list[Record]:
    """Set an exposure that cannot have acted beside the headline, this year's held equal."""
    rung, names = by_unit(asked), asked.data.names
    frame, name = asked.data.frame, str(later)
    if not isinstance(later, str):
        teams = frames.teams()
        dense = frames.density(teams[teams["year"] == later], level="commune").set_index("code")
        name = f"{names.exposure}, {later}"
        frame = frame.assign(**{name: dense[names.exposure]}).dropna(subset=name)
    held = (names.exposure, *names.controls)
    other = Rung(read(frame, replace(names, exposure=name, controls=held)), 2)
    rows = [of_rung(one, check(one)) for one in (rung, other)]
    return [row | {"exposure": at} for row, at in zip(rows, ("now", "later"), strict=True)]


def outcomes(asked: Design, others: Sequence[str]) -> list[Record]:
    """Ask the same of other outcomes, and put their p-values right for being many."""
    from statsmodels.stats.multitest import multipletests

    if isinstance(others, str):
        msg = f"others is a list of names: others=[{others!r}]."
        raise TypeError(msg)
    rung, measure = asked.rung, asked.data.names.measure
    first = measure[0] if measure else asked.data.names.count
    rows = [of_rung(rung, check(rung)) | {"count": first, "p_holm": np.nan}]
    for one in others:
        try:
            other = _other(asked, one)
            row = of_rung(other, check(other))
        except Refused as why:
            row = refused(why, rung.number, rung.name)
        rows.append(row | {"count": one, "p_holm": np.nan})
    tested = [row for row in rows[1:] if "b" in row]
    p = [row["error"].p_value(row["b"]) for row in tested]
    holm = multipletests(p, method="holm")[1] if p else []
    for row, one in zip(tested, holm, strict=True):
        row["p_holm"] = float(one)
    return rows


def _other(asked: Design, count: str) -> Rung:
    """Compare another outcome in the same way; a measure has to be of the same year."""
    if asked.data.names.measure is None:
        return Rung(
            read(asked.data.frame, replace(asked.data.names, count=count)), asked.rung.number
        )
    year = asked.data.names.measure[1]
    if count in indicators.names() and year not in indicators.years(count):
        told = f"{indicators.measure_label(count)} ({year})"
        raise Refused(reason="nothing beside it", measure=told)
    return type(asked).of_reports(count, year).rung


def by_unit(asked: Design) -> Rung:
    """Give the headline where units are compared: this cannot be asked of any other."""
    check(asked.rung)
    if asked.rung.number != 2:
        raise Refused(asked.data.names, reason="compared by cluster only")
    return asked.rung
