"""Write what the answers say, in the language in use. The first clause is a picture's title."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, words
from ..figure import capitalise
from . import sensitivity
from .errors import Estimate
from .frame import Data, Names, Refused, control_name, display_name, display_names, nouns, say
from .rungs import BETWEEN, NOTHING_TO_COMPARE, Specification, check

if TYPE_CHECKING:
    from .design import Design

Row = dict[Any, Any]

LOG_INTERVAL = ["log_rate_ratio", "log_low", "log_high"]
"""Columns of a table: the log of a ratio and of the ends of its interval."""

# A ratio for one more of the exposure is written if it has at most so many decimals, and is smaller
# than LARGE_RATIO; else the ratio for one standard deviation more.
MAX_DECIMALS, LARGE_RATIO = 2, 10.0

# From this difference on a ratio is written in whole percent.
WHOLE_PERCENT = 0.1

# From this ratio on, and below one over it, "times as high" is easier to read than percent.
TIMES_AS_HIGH = 2


class ExposureStep(NamedTuple):
    """How much more of the exposure a ratio is for, so that it can be read aloud."""

    names: Names
    kind: str
    """"one" more, or one "sd" (standard deviation) more."""
    size: float
    """In units of the exposure."""

    def text(self, *, short: bool = False) -> str:
        """Say how much more of the exposure a ratio is for."""
        key = "short_one" if short and self.kind == "one" else self.kind
        return nouns(self.names)[key]

    def write_ratio(self, log_ratio: float) -> str:
        """Write one ratio for this step."""
        return self.ratio_blanks(log_ratio)["ratio"]

    def ratio_blanks(
        self, log_ratio: float, low: float = math.nan, high: float = math.nan
    ) -> dict[str, str]:
        """Write a ratio for this step, as `ratio_blanks` does."""
        return ratio_blanks(self.size * log_ratio, self.size * low, self.size * high)


def ratio_blanks(log_ratio: float, low: float = math.nan, high: float = math.nan) -> dict[str, str]:
    """Write a ratio and the ends of its interval under the names of the blanks in texts."""
    with np.errstate(over="ignore"):
        ratios = np.exp([log_ratio, low, high])
    texts = words.ratios(*ratios.tolist())
    return dict(zip(("ratio", "low", "high"), texts, strict=True))


def choose_step(specification: Specification) -> ExposureStep:
    """
    Choose the step of the exposure that a ratio is written for: one more, or one SD more.

    A step is never longer than the range of the exposure, or no observation would support it.
    """
    data = specification.full_data
    one_unit = ExposureStep(data.names, "one", 1.0)
    one_sd = ExposureStep(data.names, "sd", data.sd)
    try:
        check(specification, NOTHING_TO_COMPARE)
        log_ratio = specification.log_rate_ratio
        ratios = one_unit.ratio_blanks(log_ratio, *specification.interval)
    except Refused:  # another specification may still have an answer
        return one_sd
    exposure = data.units["exposure"]
    is_wide_enough = exposure.max() - exposure.min() >= 1
    if is_readable(*ratios.values()) and is_wide_enough and abs(log_ratio) < math.log(LARGE_RATIO):
        return one_unit
    return one_sd


def is_readable(ratio: str, low: str, high: str) -> bool:
    """Say whether a ratio and its interval, as written, say something in two decimals."""
    decimals = [len(re.split("[.,]", text)[-1]) for text in (ratio, low, high)]
    if max(decimals) > MAX_DECIMALS:
        return False
    return ratio != words.number(1, decimals=MAX_DECIMALS) or low != high


def write_flags(flags: Sequence[str], names: Names) -> str:
    """Write the flags of a specification as readers understand them."""
    return "; ".join(say(f"effect_flags.{flag}", names) for flag in flags)


def write_question(data: Data) -> str:
    """Write what a design asks, and of how many units."""
    names = data.names
    scope = [_size_text(data, data.units["cluster"].nunique())]
    if names.indicator:
        scope.insert(0, str(names.indicator))
    return say("effect.question", names, scope="; ".join(scope))


def _size_text(data: Data, n_clusters: int) -> str:
    """Say how many clusters and units there are."""
    key = "study_size" if data.names.has_study_places else "own_size"
    return say(f"effect_nouns.{key}", clusters=n_clusters, units=len(data.units))


def estimate_clause(specification: Specification, max_length: float = math.inf) -> str:
    """Say what the estimate is, and of which comparison; shorter where there is no room."""
    names, step = specification.full_data.names, choose_step(specification)
    ratio = math.exp(step.size * specification.log_rate_ratio)
    blanks = {
        "by": write_difference(ratio),
        "ratio": step.write_ratio(specification.log_rate_ratio),
        "step": step.text(short=True),
    }
    key = _direction(ratio, *specification.interval)
    long = say(f"effect.{key}", names, **blanks)
    short = say(f"effect.{key}_short", names, **blanks)
    where = say(f"effect.where_{specification.rung}", names)
    candidates = [f"{where}, {long}", f"{where}, {short}", long]
    text = next((text for text in candidates if len(text) <= max_length), long)
    return capitalise(text)


def write_difference(ratio: float) -> str:
    """Write how far a ratio is from 1, in percent."""
    difference = abs(ratio - 1)
    if difference < WHOLE_PERCENT:
        return words.value(difference, "share")
    return words.percent(difference)


def _direction(ratio: float, low: float, high: float) -> str:
    """Give the key of the text that says whether a rate is higher or lower."""
    if low <= 0 <= high:
        return "unclear"
    if ratio >= TIMES_AS_HIGH or ratio <= 1 / TIMES_AS_HIGH:
        return "times"
    return "higher" if ratio > 1 else "lower"


def describe_headline(design: Design, _: pd.DataFrame, step: ExposureStep) -> str:
    """Say the estimate, how sure it is, what else could make it, and what it does not show."""
    specification = design.specification
    data = design.data
    names = data.names
    low, high = specification.interval
    ratios = step.ratio_blanks(specification.log_rate_ratio, low, high)
    # the estimate, and how it was compared
    detail = say("effect.detail", names, step=step.text(), **ratios)
    sentences = [f"{_subject_and_estimate(design)} ({detail}).", _comparison(design)]
    if specification.far_twin:
        sentences.append(_far_twin(specification.far_twin, step))
    if low <= 0 <= high:
        sentences.append(say("effect.ruled_out", **ratios))
    # what else could make it
    sentences.append(_denominator_errors(design, step))
    sentences.append(capitalise(say("effect.miscounts", names)))
    if design.flags:
        sentences.append(say("effect.flags", flags=write_flags(design.flags, names)))
    # what these data could find, and what they leave out
    least = step.write_ratio(sensitivity.detectable(specification.error))
    sentences.append(say("effect.detectable", least=least))
    if design.n_hidden:
        n_hidden, n_units = design.n_hidden, design.n_units
        sentences.append(say("effect.left_out", names, hidden=n_hidden, all=n_units))
    if data.text_controls:
        controls = escaping.plain(", ".join(data.text_controls))
        sentences.append(say("effect.dummies", texts=controls))
    sentences.append(caution(names))
    return " ".join(sentences)


def _subject_and_estimate(design: Design) -> str:
    """Say the estimate, and of which measure and period if the catalogue has it."""
    clause = estimate_clause(design.specification)
    measure = design.data.names.indicator
    if measure is None:
        return clause
    return f"{capitalise(measure.label)}, {measure.when}: {clause[:1].lower()}{clause[1:]}"


def _comparison(design: Design) -> str:
    """Say what is compared, with which weights, controls and errors."""
    specification, names = design.specification, design.data.names
    rung = specification.rung
    compared = [say(f"effect.compared_{rung}", names)]
    if rung == BETWEEN or specification.scale == 1:
        compared.append(say(f"effect.weights_{rung}", names))
    if names.controls:
        labels = [control_name(names, control).split(" (")[0] for control in names.controls]
        compared.append(say("effect.held_equal", labels=words.join_all(labels)))
    return say(
        "effect.comparison",
        compared=", ".join(compared),
        error="HC2" if rung == BETWEEN else "CR2",
        df=words.number(specification.error.df, decimals=1),
        size=_size_text(design.data, specification.n_clusters),
    )


def _far_twin(twin: Estimate, step: ExposureStep) -> str:
    """Say what the comparison gives if all units have the same weight."""
    blanks = step.ratio_blanks(twin.log_rate_ratio, *twin.interval)
    return say("effect.far_twin", step.names, **blanks)


def _denominator_errors(design: Design, step: ExposureStep) -> str:
    """Say what errors of the denominator alone would make, or why that is not known."""
    error = design.denominator_error
    effect = sensitivity.denominator_error_effect(design.specification, error)
    if effect:
        ratio = step.write_ratio(effect.log_rate_ratio)
        return say("effect.beside", step.names, doubt=words.percent(error), made=ratio)
    is_known = sensitivity.has_shared_denominator(design.data) is not None
    return say("effect.no_ratio" if is_known else "effect.ratio_unknown", step.names)


def caution(names: Names) -> str:
    """Say what an estimate does not show."""
    limit = nouns(names)["limit"]
    if not names.has_study_exposure:
        return limit
    caution_of_study = words.of_study("[Caution]").rstrip(".")
    return f"{limit} {caution_of_study}." if caution_of_study else limit


def ratio_text(step: ExposureStep, row: Row) -> str:
    """Write the ratio of a row, with its interval if there is one; else why there is none."""
    log_ratio, *ends = (float(row[name]) for name in LOG_INTERVAL)
    if math.isnan(log_ratio):
        return say("effect.refused_way", reason=str(row["reason"]).rstrip("."))
    pieces = row.get("pieces") or [ends]
    blanks = step.ratio_blanks(log_ratio, *pieces[0])
    text = blanks["ratio"] if math.isnan(ends[0]) else say("effect.interval", **blanks)
    for low, high in pieces[1:]:
        piece = step.ratio_blanks(log_ratio, low, high)
        text = text.removesuffix(")") + say("effect.next_piece", **piece)
    p = row.get("p_holm", math.nan)
    if not math.isnan(p):
        text += say("effect.holm", p=words.number(p, decimals=3))
    return text


def _with_rows(
    design: Design, table: pd.DataFrame, step: ExposureStep, key: str, **blanks: object
) -> str:
    """Say first what all rows show together, then the ratio of each row."""
    summary = say(f"effect.{key}", step.names, **blanks)
    for_step = say("effect.for_step", step=step.text())
    rows = table.to_dict("records")
    ratios = "; ".join(f"{row_label(design, row)}: {ratio_text(step, row)}" for row in rows)
    return f"{summary} ({for_step}). {capitalise(ratios)}."


def describe_ladder(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say what every specification gives."""
    specification = design.specification
    log_ratios = table["log_rate_ratio"].dropna()
    ways = table.loc[log_ratios.index, "way"].tolist()
    has_main = str(specification.rung) in ways
    key = "ways" if len(ways) > 1 else "one_way"
    if not has_main:
        key = "no_main"
    main = specification.log_rate_ratio if has_main else math.nan
    blanks = step.ratio_blanks(main, log_ratios.min(), log_ratios.max())
    sentences = [_with_rows(design, table, step, key, ways=len(ways), **blanks)]
    if "4" in ways:
        sentences.append(say("effect.within_units", step.names))
    if has_main and design.origin == "simulated":
        sentences += _planted_ratio(specification, step)
    return " ".join(sentences)


def _planted_ratio(specification: Specification, step: ExposureStep) -> list[str]:
    """Say which ratio the simulation has planted, if it has one, and whether it was found."""
    measure = step.names.indicator
    truth = frames.planted_coefficient(measure) if measure else None
    if truth is None:
        return []
    low, high = specification.interval
    key = "planted_in" if low <= truth <= high else "planted_out"
    return [say(f"effect.{key}", ratio=step.write_ratio(truth))]


def describe_leave_one_out(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say how the estimate moves without each cluster."""
    names, log_ratios = step.names, table["log_rate_ratio"]
    main = design.specification.log_rate_ratio
    ratios = step.ratio_blanks(main, log_ratios.min(), log_ratios.max())
    shift = table.set_index("left_out")["shift_in_errors"].abs().astype(float)
    decisive = table.loc[table["turns"] | table["moves"], "left_out"]
    most_decisive = display_name(names, str(shift.idxmax()))
    largest = words.number(shift.max(), decimals=1)
    sentences = [
        say("effect.without", names, **ratios),
        say("effect.moves_most", names, most=most_decisive, shift=largest),
    ]
    if decisive.empty:
        sentences.append(say("effect.none_decides", names))
    else:
        places = display_names(names, decisive)
        sentences.append(say("effect.one_decides", names, places=places))
    return " ".join(sentences)


def describe_denominators(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    is_assumed = table["doubt"] == design.denominator_error
    errors_alone = table.loc[is_assumed, "log_rate_ratio"].iloc[0]
    sentences = [
        say(
            "effect.errors_alone",
            step.names,
            doubt=words.percent(design.denominator_error),
            alone=step.write_ratio(errors_alone),
            main=step.write_ratio(design.specification.log_rate_ratio),
        )
    ]
    rows = {row["question"]: row for row in table[::-1].to_dict("records")}  # first of each
    if "free" in rows:
        texts = {name: words.number(rows["free"][name], decimals=2) for name in LOG_INTERVAL}
        sentences.append(say("effect.free", step.names, **texts))
    if "others" in rows:
        row = rows["others"]
        sentences.append(f"{capitalise(row_label(design, row))}: {ratio_text(step, row)}.")
    return " ".join(sentences)


def join_pieces(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Take the pieces of one set as one row, which reaches over all of them.

    Adds `pieces`: the ends of each piece, first to last.
    """
    spans = rows[["log_low", "log_high"]].apply(tuple, axis=1)
    joined = rows.drop_duplicates("method")
    joined = joined.set_index("method")
    joined["pieces"] = spans.groupby(rows["method"]).agg(list)
    joined["log_low"] = [spans[0][0] for spans in joined["pieces"]]
    joined["log_high"] = [spans[-1][1] for spans in joined["pieces"]]
    return joined.reset_index()


def title_of_checks(design: Design, rows: pd.DataFrame) -> str:
    """Name the estimate and how far all rows of a figure reach from it."""
    step = choose_step(design.specification)
    log_ratios = rows["log_rate_ratio"]
    low, high = log_ratios.min(), log_ratios.max()
    blanks = step.ratio_blanks(design.specification.log_rate_ratio, low, high)
    return say("effect.checks", checks=len(rows) - 1, **blanks)


def describe_bootstrap(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say what other ways to compute the interval of the headline give."""
    # The twin is another estimate, and a set in pieces or without an end is no interval.
    table = join_pieces(table)
    is_whole = table["pieces"].map(len) == 1
    has_low = np.isfinite(table["log_low"])
    has_high = np.isfinite(table["log_high"])
    is_finite = has_low & has_high
    intervals = table[is_whole & is_finite & (table["method"] != "twin")]
    ends = intervals["log_low"].min(), intervals["log_high"].max()
    ratios = step.ratio_blanks(design.specification.log_rate_ratio, *ends)
    text = _with_rows(design, table, step, "opinions", ways=len(intervals), **ratios)
    twin = design.specification.far_twin
    return f"{text} {_far_twin(twin, step)}" if twin else text


def describe_sensitivity(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say how strong a confounder must be, and what three times each control would do."""
    first = table.iloc[0]
    key = "strength" if first["share_to_hide"] > 0 else "strength_unclear"
    shares = {name: words.percent(first[name]) for name in ("share_to_remove", "share_to_hide")}
    times = table["times"]
    is_strongest = times.isna() | times.eq(sensitivity.TIMES[-1])
    return _with_rows(design, table[is_strongest], step, key, **shares)


def describe_power(_: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say which difference would be detected."""
    by_power = table.set_index("power")
    least = by_power["log_rate_ratio"][0.8]
    return say("effect.power", ratio=step.write_ratio(least), step=step.text())


def describe_naive(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    phi = float(table["phi"].iloc[0])
    decimals = 0 if phi >= 10 else 1
    phi_text = words.number(phi, decimals=decimals)
    return _with_rows(design, table, step, "naive", phi=phi_text)


def describe_placebos(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say whether an exposure that cannot have acted shows a relation, or cannot tell."""
    later = table.to_dict("records")[-1]
    main = design.specification.log_rate_ratio
    low = later["log_low"]
    high = later["log_high"]
    if not low <= 0 <= high:
        key = "later_clear"
    elif low <= main <= high:
        key = "later_unknown"
    else:
        key = "later_none"
    ratio, main_ratio = ratio_text(step, later), step.write_ratio(main)
    return say(f"effect.{key}", step.names, ratio=ratio, main=main_ratio)


def describe_outcomes(design: Design, table: pd.DataFrame, step: ExposureStep) -> str:
    """Say what the same comparison gives for other outcomes, with p-values corrected by Holm."""
    n_clear = (table["p_holm"] <= 0.05).sum()
    n_outcomes = len(table) - 1
    text = _with_rows(design, table, step, "outcomes", clear=n_clear, all=n_outcomes)
    return f"{text} {say('effect.never_added')}"


def term_label(names: Names, term: str) -> str:
    """Name what a ratio is for one more of: the exposure, a part of it, or a control."""
    exposure, _, period = term.partition(", ")
    if exposure == names.exposure:
        label = nouns(names)["exposure"]
        return f"{label}, {period}" if period else label
    if term == f"log {names.offset}":
        return say("effect_rows.log_out_of", names)
    if term.startswith("log "):
        return say("effect_rows.log_count", names)
    return control_name(names, term)


def row_label(design: Design, row: Row) -> str:
    """Name a row of a table: each question has a column of its own."""
    names = design.data.names
    match row:
        case {"left_out": cluster}:
            return say("effect_rows.left_out", name=display_name(names, str(cluster)))
        case {"way": key} | {"question": key} | {"exposure": key} | {"method": key}:
            doubt = row.get("doubt")
            if doubt is None or pd.isna(doubt):
                doubt = design.denominator_error
            return say(f"effect_rows.{key}", names, doubt=words.percent(doubt))
        case {"control": ""}:
            return say("effect_rows.nothing")
        case {"control": control, "times": times}:
            label = control_name(names, str(control))
            return say("effect_rows.times", times=int(times), control=label)
        case _:
            outcome = str(row["count"])
            if names.measure is None:
                return escaping.plain(outcome)
            return indicators.measure_label(outcome)
