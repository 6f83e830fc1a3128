"""Compute what the questions of a design ask. Each gives one record for each row of its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, indicators, suppress, words
from ..periods import read_period
from ..ranking.standing import correct_by_holm
from . import models, sensitivity, sentences, spatial
from .errors import StandardError, cluster_robust, cr2, cv3, wild_bootstrap
from .frame import Refused, design_frame, read_data
from .models import Record, record_or_refusal
from .rungs import (
    NOTHING_TO_COMPARE,
    WITHIN,
    Specification,
    check,
    coefficient_record,
    match_periods,
)

if TYPE_CHECKING:
    from ..periods import PeriodKey
    from .design import Design

# From here on half of the variation of the exposure could be errors of its denominator.
MAX_ERROR_SHARE = 0.5

# Without so many clusters there is no cluster-robust error.
MIN_CLUSTERS = 4

# How often a ratio is to be found, for which the table has the smallest.
POWERS = (0.5, 0.8, 0.9, 0.95)


def compute_headline(design: Design) -> list[Record]:
    """Estimate by the rule fixed in advance: the exposure, and each control."""
    specification = design.specification
    record = coefficient_record(specification) | {"flags": design.flags}
    if design.doubt:
        _require_larger_than_errors(design, design.doubt)
    controls = map(str, specification.data.controls)
    return [record, *(coefficient_record(specification, control) for control in controls)]


def _require_larger_than_errors(design: Design, error: float) -> None:
    """Refuse where errors of the denominator that the user states could make the headline."""
    specification, names = design.specification, design.data.names
    effect = sensitivity.denominator_error_effect(specification, error)
    if sensitivity.has_shared_denominator(design.data) is None:
        raise Refused(names, reason="exposure per what")
    if effect is None:
        return
    blanks = {
        "doubt": partial(words.percent, error),
        "share": partial(words.percent, min(effect.exposure_share, 1.0)),
    }
    if effect.exposure_share >= MAX_ERROR_SHARE:
        raise Refused(names, reason="denominator in doubt", **blanks)
    is_surely_positive = specification.interval[0] > 0
    if is_surely_positive and specification.log_rate_ratio <= effect.log_rate_ratio:
        step = sentences.choose_step(specification)
        alone = partial(step.write_ratio, effect.log_rate_ratio)
        raise Refused(names, reason="denominator could make it", alone=alone, **blanks)


def compute_ladder(design: Design, before: pd.DataFrame | PeriodKey | None) -> list[Record]:
    """Estimate by every specification that the data carry, and say why not by the others."""
    ways = ["1", "2"]
    if design.are_alike:
        ways.append("spatial")
    if before is not None:
        ways.append("4")
    ways.append("5")
    records = []
    for way in ways:
        record = record_or_refusal(_compare, design, way, before) | {"way": way}
        records.append({"rung": WITHIN if way == "spatial" else int(way)} | record)
    return records


def _compare(design: Design, way: str, before: pd.DataFrame | PeriodKey | None) -> Record:
    """Estimate by one specification of the ladder."""
    main = design.specification
    if way == "4" and before is not None:
        earlier = _frame_before(design, before)
        origins = pd.Series([design.origin, *earlier.get("origin", ())])
        record = coefficient_record(match_periods(design.data, earlier))
        return record | {"origin": frames.worst_origin(origins)}
    if way == "spatial" and design.neighbours is not None:
        estimate = spatial.fit_spatial_errors(main.data, design.neighbours)
        return coefficient_record(main) | {"flags": ()} | estimate._asdict()
    if way == str(main.rung):
        return coefficient_record(main)
    return coefficient_record(Specification(design.data, int(way)))


def _frame_before(design: Design, before: pd.DataFrame | PeriodKey) -> pd.DataFrame:
    """Take the frame of the earlier period, without the units whose count is hidden."""
    if not isinstance(before, pd.DataFrame):
        if design.data.names.measure is None:
            raise ValueError(words.term("effect_errors.no_measure"))
        name, period = design.data.names.measure
        earlier = indicators.get(name, period=read_period(before).key)
        indicators.require_comparable(earlier, indicators.get(name, period=period))
        before = design_frame(frames.reports(), frames.teams(), indicator=earlier)
    return before[~suppress.is_hidden(before).to_numpy()]


def compute_leave_one_out(design: Design) -> list[Record]:
    """Fit again without each cluster."""
    check(design.specification, NOTHING_TO_COMPARE)
    clusters = design.specification.cluster
    n_units = clusters.value_counts().sort_index()
    records = []
    for cluster, n_left_out in n_units.items():
        record: Record = {
            "left_out": cluster,
            "clusters": len(n_units) - 1,
            "units": len(clusters) - n_left_out,
            "turns": False,
            "moves": False,
        }
        records.append(
            record | record_or_refusal(_refit_without, design.specification, str(cluster))
        )
    return records


def _refit_without(specification: Specification, cluster: str) -> Record:
    """Fit again without a cluster, and compare with the headline."""
    clusters = specification.cluster
    keep = (clusters != cluster).to_numpy()
    refit = models.refit(specification.fit, keep)
    scale = refit.log_rate_scale()
    b, main = scale * refit.coefficient(specification.exposure), specification.log_rate_ratio
    shift = (b - main) / specification.error.standard_error
    record: Record = {
        "log_rate_ratio": b,
        "shift_in_errors": shift,
        "turns": b * main < 0,
        "moves": abs(shift) > 1,
    }
    # hundreds of cluster-robust errors would take a minute
    n_clusters = clusters[keep].nunique()
    if MIN_CLUSTERS <= n_clusters < models.MANY_CLUSTERS and not np.isnan(b):
        record["error"] = cr2(refit, clusters[keep], specification.exposure).times(scale)
    return record


def compute_bootstrap(design: Design, draws: int, weights: str) -> list[Record]:
    """Set jackknife, least-squares twin and wild cluster bootstrap beside the headline."""
    specification = design.specification
    check(specification)
    fit, exposure, clusters = specification.fit, specification.exposure, specification.cluster
    main, scale = specification.estimate._asdict(), specification.scale
    test = wild_bootstrap(fit, clusters, exposure, draws=draws, weights=weights)
    jackknife = cv3(fit, clusters, exposure).times(scale)
    records: list[Record] = [
        {"method": "cr2", **main},
        {"method": "cv3", **main, "error": jackknife},
    ]
    if specification.may_have_twin:
        records.append({"method": "twin", **specification.twin_estimate._asdict()})
    record = {
        "method": weights,
        "draws": test.n_draws,
        "log_rate_ratio": specification.log_rate_ratio,
        "p_value": test.p_value,
    }
    for low, high in test.pieces:
        records.append(record | {"ends": (scale * low, scale * high)})
    return records


def compute_power(design: Design) -> list[Record]:
    """Say which difference this design would detect."""
    specification = design.specification
    check(specification)
    size = {"units": len(design.data.units), "clusters": specification.n_clusters}
    error = specification.error
    return [
        size | {"power": power, "log_rate_ratio": sensitivity.detectable(error, power)}
        for power in POWERS
    ]


def compute_naive(design: Design) -> list[Record]:
    """Compute the usual errors beside those of the headline."""
    specification = design.by_unit()
    results, exposure = specification.results, specification.exposure
    model_error = float(results.bse[exposure])
    phi = float(results.pearson_chi2 / results.df_resid)
    plain = cluster_robust(specification.fit, specification.cluster, exposure)
    usual_errors = {
        "z": plain.standard_error,
        "quasi": model_error * np.sqrt(phi),
        "model": model_error,
    }
    errors = {"headline": specification.error}
    for method, error in usual_errors.items():
        errors[method] = StandardError(specification.scale * error, np.inf)
    main = {"log_rate_ratio": specification.log_rate_ratio, "phi": phi}
    return [main | {"method": method, "error": error} for method, error in errors.items()]


def compute_placebos(design: Design, later: str | int) -> list[Record]:
    """Ask whether a later exposure, which cannot have acted, shows a relation."""
    specification = design.by_unit()
    names = design.data.names
    frame = design.data.frame
    name = str(later)
    if name not in frame:
        teams = frames.teams()
        teams = teams[teams["period"] == read_period(later).key]
        densities = frames.density(teams).set_index("code")
        name = f"{names.exposure}, {later}"
        frame = frame.assign(**{name: densities[names.exposure]}).dropna(subset=name)
    controls = (names.exposure, *names.controls)
    names_of_later = replace(names, exposure=name, controls=controls)
    later_data = read_data(frame, names_of_later)
    later_specification = Specification(later_data, WITHIN)
    return [
        coefficient_record(specification) | {"exposure": "now"},
        coefficient_record(later_specification) | {"exposure": "later"},
    ]


def compute_outcomes(design: Design, outcomes: Sequence[str]) -> list[Record]:
    """Compare other outcomes in the same way, and correct their p-values by Holm."""
    names = design.data.names
    outcome = names.measure[0] if names.measure else names.count
    record_of_headline = coefficient_record(design.specification)
    headline = {"count": outcome, "p_holm": np.nan} | record_of_headline
    records: list[Record] = []
    counts = [outcomes] if isinstance(outcomes, str) else outcomes
    for count in counts:
        record = record_or_refusal(_compare_outcome, design, count)
        records.append({"count": count, "p_holm": np.nan} | record)

    estimated = [record for record in records if "log_rate_ratio" in record]
    p_values = [record["error"].p_value(record["log_rate_ratio"]) for record in estimated]
    corrected = correct_by_holm(np.array(p_values))
    for record, p_value in zip(estimated, corrected, strict=True):
        record["p_holm"] = float(p_value)
    return [headline, *records]


def _compare_outcome(design: Design, count: str) -> Record:
    """Compare another outcome in the same way; a measure has to be of the same period."""
    names = design.data.names
    if names.measure is None:
        data = read_data(design.data.frame, replace(names, count=count))
        return coefficient_record(Specification(data, design.specification.rung))
    period = names.measure[1]
    if count in indicators.names() and period not in indicators.periods(count):
        measure = f"{indicators.measure_label(count)} ({words.short_period(period)})"
        raise Refused(reason="nothing beside it", measure=measure)
    return coefficient_record(type(design).of_reports(count, period).specification)
