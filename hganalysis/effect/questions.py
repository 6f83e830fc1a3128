"""Work the questions out: each gives records, and these a tidy table of one layout for all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import frames, indicators, suppress, words
from . import denominator, models, sensitivity, sentences, spatial
from .errors import Error, cluster_robust, cr2, cv3, wild_bootstrap
from .frame import Refused, read, units
from .rungs import AT_ALL, Rung, check, two_years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .design import Design

Record = dict[str, Any]

LOGS = ["log_rate_ratio", "standard_error", "df", "log_low", "log_high", "p_value"]
RATIOS = ["rate_ratio", "low", "high"]
SIZE, TEXTS = ["units", "clusters"], ["flags", "reason"]

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
        told = {"hidden": asked.hidden, "all": asked.all}
        raise Refused(asked.data.names, reason="hidden counts", **told)


def carried(asked: Design) -> list[str]:
    """Refuse where data, or a doubt that is stated, do not allow a headline; give its flags."""
    rung, names = asked.rung, asked.data.names
    found = check(rung) + ["neighbours alike"] * alike(asked)
    part = denominator.part_of(rung, asked.doubt) if asked.doubt else None
    if part is None:
        return found
    made, percent = part.log_rate_ratio, partial(words.percent, decimals=0)
    told = {"doubt": partial(percent, part.doubt), "share": partial(percent, min(part.share, 1.0))}
    if part.share >= DOUBTFUL:
        raise Refused(names, reason="denominator in doubt", **told)
    if rung.error.interval(rung.b)[0] > 0 and rung.b <= made:
        alone = partial(sentences.reading(rung).ratio, made)
        raise Refused(names, reason="denominator could make it", alone=alone, **told)
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
            row = {"rung": 2 if way == "spatial" else int(way), "why": why}
        rows.append(row | {"way": way})
    return rows


def _way(asked: Design, way: str, before: pd.DataFrame | None) -> Record:
    rung = asked.rung
    if way == "spatial":
        check(rung)
        assert asked.neighbours is not None  # or nobody would be alike
        at = spatial.positions(rung.data.units.index, asked.neighbours)
        b, error = spatial.second_opinion(rung.data, at)
        return of_rung(rung, ()) | {"b": b, "error": error}
    if way == "4":
        assert before is not None  # or it would not be asked
        found = two_years(asked.data, before)
        origins = pd.Series([asked.origin, *before.get("origin", ())])
        return of_rung(found, check(found)) | {"origin": frames.worst_origin(origins)}
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
            row["why"] = why
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
    error = asked.rung.error
    return [size | {"power": one, "b": sensitivity.detectable(error, one)} for one in POWERS]


def naive(asked: Design) -> list[Record]:
    """Compute the usual intervals beside the headline's."""
    rung = by_unit(asked)
    results, own = rung.results, float(rung.results.bse[rung.name])
    phi = float(results.pearson_chi2 / results.df_resid)
    z = cluster_robust(results, rung.data.units["cluster"], rung.name).error
    usual = {"z": z, "quasi": own * np.sqrt(phi), "model": own}
    errors = {key: Error(rung.scale * one, np.inf) for key, one in usual.items()}
    every = {"headline": rung.error, **errors}.items()
    return [{"b": rung.b, "phi": phi, "method": key, "error": one} for key, one in every]


def placebos(asked: Design, later: str | int) -> list[Record]:
    """Set an exposure that cannot have acted beside the headline, this year's held equal."""
    rung, names = by_unit(asked), asked.data.names
    frame, name = asked.data.frame, str(later)
    if not isinstance(later, str):
        dense = frames.density(frames.teams().query("year == @later")).set_index("code")
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
    names, rows = asked.data.names, list[Record]()
    for one in (names.measure[0] if names.measure else names.count, *others):
        try:
            other = _other(asked, one) if rows else asked.rung
            row = of_rung(other, check(other))
        except Refused as why:
            if not rows:
                raise
            row = {"why": why}
        rows.append(row | {"count": one, "p_holm": np.nan})
    tested = [row for row in rows[1:] if "b" in row]
    p = [row["error"].p_value(row["b"]) for row in tested]
    holm = multipletests(p, method="holm")[1] if p else []
    for row, one in zip(tested, holm, strict=True):
        row["p_holm"] = float(one)
    return rows


def _other(asked: Design, count: str) -> Rung:
    """Compare another outcome in the same way; a measure has to be of the same year."""
    names = asked.data.names
    if names.measure is None:
        return Rung(read(asked.data.frame, replace(names, count=count)), asked.rung.number)
    year = names.measure[1]
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


def numbers(record: Record) -> Record:
    """Turn `b` and its `error`, or its `ends` and `p_value`, into the numbers of a row."""
    found = {key: one for key, one in record.items() if key not in ("b", "error", "ends", "why")}
    if why := record.get("why"):
        return found | {"sd": np.nan, "flags": f"refused: {why.reason}", "reason": str(why)}
    if "b" not in record:
        return found
    b, error = float(record["b"]), record.get("error")
    low, high = record.get("ends", (np.nan, np.nan))
    if error is not None:
        found |= {"standard_error": error.error, "df": error.df}
        if error.df >= 2:  # below, a coefficient has no interval that could be trusted
            low, high = error.interval(b)
            found |= {"p_value": error.p_value(b)}
    with np.errstate(over="ignore"):
        ratios = dict(zip(RATIOS, np.exp([b, low, high]), strict=True))
    return found | {"log_rate_ratio": b, "log_low": low, "log_high": high} | ratios


def of_rung(rung: Rung, flags: Sequence[str], term: str = "") -> Record:
    """Lay out one term of one rung: the exposure, unless another is named."""
    name = term or rung.name
    b, sd = rung.scale * float(rung.results.params[name]), float(rung.data.terms[name].std())
    row: Record = {"rung": rung.number, "term": name, "b": b, "error": rung.error_of(name)}
    if name == rung.name:
        row |= {"error": rung.error, "flags": "; ".join(flags), "sd": rung.asked.sd}
        row |= {"permutation_p": rung.permutation_p} if rung.number == 5 else {}
    elif row["error"].df < 3:
        row["flags"] = "df below 2" if row["error"].df < 2 else "df below 3"
    return {"sd": sd, "units": len(rung.data.units), "clusters": rung.clusters} | row


def tidy(records: Sequence[Record], *, outcome: str, origin: str) -> pd.DataFrame:
    """
    Lay records out with the same columns for every question: what one has not is missing, or "".

    Reasons are told in the language in use.

    Columns of a question's own stand behind `term`. `rate_ratio`, `low` and `high` are for one more
    of the term, `log_*` their logarithms, `sd` the standard deviation of the term between units.
    """
    made = pd.DataFrame([numbers(one) for one in records])
    texts = dict.fromkeys(["term", *TEXTS], "") | {"origin": origin}
    first, last = ["rung", "term"], [*RATIOS, *LOGS, "sd", *SIZE, *TEXTS, "origin"]
    own = [name for name in made if name not in (*first, *last)]
    kinds = dict.fromkeys(["rung", *SIZE], "Int64") | dict.fromkeys([*RATIOS, *LOGS, "sd"], float)
    made = made.reindex(columns=[*first, *own, *last]).astype(kinds | dict.fromkeys(texts, object))
    return made.fillna(texts).assign(outcome=outcome)
