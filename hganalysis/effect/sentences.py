"""What the answers say, in the language in use; the first clause is the title of a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, words
from ..figure import capitalise, join_all, join_some
from . import sensitivity
from .errors import Estimate
from .frame import Data, Names, Refused, control_name, display_name, nouns, say
from .rungs import NOTHING_TO_COMPARE, Specification, check

if TYPE_CHECKING:
    from .design import Design

Row = dict[Any, Any]

# A ratio for one more of the exposure is said where two decimals tell it, else that for its SD.
DECIMALS, LARGE = 2, 10.0


class Reading(NamedTuple):
    """How much more of the exposure is spoken of, so that a ratio can be read aloud."""

    names: Names
    step: str
    """"one" more, or one "sd"."""
    units: float

    def more(self, *, short: bool = False) -> str:
        """Say how much more of the exposure is spoken of."""
        return nouns(self.names)["short_one" if short and self.step == "one" else self.step]

    def ratios(self, *logs: float) -> tuple[str, ...]:
        """Write ratios for this step from a log ratio, the ends of its interval, and others."""
        with np.errstate(over="ignore"):
            found = [float(np.exp(self.units * one)) for one in logs]
        return words.ratios(*found, *[math.nan] * (3 - len(found)))

    def ratio(self, log: float) -> str:
        """Write one ratio for this step."""
        return self.ratios(log)[0]

    def told(self, b: float, low: float, high: float) -> dict[str, str]:
        """Write a ratio and the ends of its interval by the names that texts have for them."""
        return dict(zip(("ratio", "low", "high"), self.ratios(b, low, high), strict=True))


def reading(specification: Specification) -> Reading:
    """
    Choose the step of the exposure that is said: one more, or a standard deviation.

    No step is longer than the exposure is wide, or nothing observed would stand behind it.
    """
    x, read = (
        specification.full_data.units["exposure"],
        Reading(specification.full_data.names, "one", 1.0),
    )
    with suppress(Refused):  # other ways may be told all the same
        check(specification, NOTHING_TO_COMPARE)
        texts = read.ratios(
            specification.log_rate_ratio,
            *specification.interval,
        )
        is_wide_enough = x.max() - x.min() >= 1
        if (
            is_readable(texts)
            and is_wide_enough
            and abs(specification.log_rate_ratio) < math.log(LARGE)
        ):
            return read
    return Reading(specification.full_data.names, "sd", specification.full_data.sd)


def is_readable(texts: Sequence[str]) -> bool:
    """Say whether a ratio and its interval, as written, say something in two decimals."""
    ratio, low, high = texts
    if any(len(re.split("[.,]", text)[-1]) > DECIMALS for text in texts):
        return False
    return ratio != words.number(1, decimals=DECIMALS) or low != high


def of_flags(flags: str, names: Names) -> str:
    """Say what stands as `flags` in a table."""
    return "; ".join(say(f"effect_flags.{one}", names) for one in flags.split("; ") if one)


def write_question(data: Data) -> str:
    """Write what a design asks, and of how many units."""
    names = data.names
    size_key = "study_size" if names.has_study_places else "own_size"
    n_clusters = data.units["cluster"].nunique()
    scope = [say(f"effect_nouns.{size_key}", clusters=n_clusters, units=len(data.units))]
    if names.indicator:
        scope.insert(0, str(names.indicator))
    return say("effect.question", names, scope="; ".join(scope))


def estimate(specification: Specification, room: float = math.inf) -> str:
    """Say what was found and where; shorter where there is no room, and last without where."""
    names, read, ends = (
        specification.full_data.names,
        reading(specification),
        specification.interval,
    )
    ratio = math.exp(read.units * specification.log_rate_ratio)
    difference = abs(ratio - 1)
    key = "times" if ratio >= 2 or ratio <= 0.5 else "higher" if ratio > 1 else "lower"
    if ends[0] <= 0 <= ends[1]:
        key = "unclear"
    facts = {
        "by": words.percent(difference) if difference >= 0.1 else words.value(difference, "share"),
        "ratio": read.ratio(specification.log_rate_ratio),
        "step": read.more(short=True),
    }
    where = say(f"effect.where_{specification.number}", names)
    long, short = (say(f"effect.{form}", names, **facts) for form in (key, f"{key}_short"))
    texts = [f"{where}, {long}", f"{where}, {short}", long]
    return capitalise(next((text for text in texts if len(text) <= room), long))


def of_headline(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say it all: what was found, how sure, what could make it, and what it does not show."""
    specification, names = asked.rung, asked.data.names
    low, high = specification.interval
    ratios = read.told(specification.log_rate_ratio, low, high)
    detail = say("effect.detail", names, step=read.more(), **ratios)
    sentences = [f"{_finding(asked)} ({detail}).", _comparison(asked)]
    twin = specification.far_twin
    if twin:
        sentences.append(_far_twin(twin, read))
    if low <= 0 <= high:
        sentences.append(say("effect.ruled_out", **ratios))
    sentences += [_denominator(asked, read), capitalise(say("effect.miscounts", names))]
    if flags := of_flags(str(table["flags"].iloc[0]), names):
        sentences.append(say("effect.flags", flags=flags))
    least = read.ratio(sensitivity.detectable(specification.error))
    sentences.append(say("effect.detectable", least=least))
    if asked.hidden:
        counts = {"hidden": words.number(asked.hidden), "all": words.number(asked.all)}
        sentences.append(say("effect.left_out", names, **counts))
    if texts := asked.data.text_controls:
        sentences.append(say("effect.dummies", texts=escaping.plain(", ".join(texts))))
    return " ".join([*sentences, limit(names)])


def _finding(asked: Design) -> str:
    """Say what was found, of which measure and year where the catalogue has it."""
    text = estimate(asked.rung)
    measure = asked.data.names.indicator
    if measure is None:
        return text
    return f"{capitalise(measure.label)}, {measure.when}: {text[:1].lower()}{text[1:]}"


def _comparison(asked: Design) -> str:
    """Say what is compared, what weighs how much, what is held equal, and by which errors."""
    specification, names = asked.rung, asked.data.names
    compared = [say(f"effect.compared_{specification.number}", names)]
    if specification.number == 5 or specification.scale == 1:
        compared.append(say(f"effect.weights_{specification.number}", names))
    if names.controls:
        labels = [control_name(names, control).split(" (")[0] for control in names.controls]
        compared.append(say("effect.held_equal", labels=join_all(labels)))
    size = "study_size" if names.has_study_places else "own_size"
    facts = {
        "compared": ", ".join(compared),
        "error": "HC2" if specification.number == 5 else "CR2",
        "df": words.number(specification.error.df, decimals=1),
        "size": say(
            f"effect_nouns.{size}", clusters=specification.n_clusters, units=len(asked.data.units)
        ),
    }
    return say("effect.comparison", **facts)


def _far_twin(twin: Estimate, read: Reading) -> str:
    """Say what the comparison gives where places weigh alike."""
    low, high = twin.interval
    return say("effect.far_twin", read.names, **read.told(twin.log_rate_ratio, low, high))


def _denominator(asked: Design, read: Reading) -> str:
    """Say what errors of the denominator alone would make; or that nobody knows, or nothing."""
    part = sensitivity.part_of(asked.rung, asked.assumed)
    if part:
        facts = {"doubt": words.percent(asked.assumed), "made": read.ratio(part.log_rate_ratio)}
        return say("effect.beside", read.names, **facts)
    is_known = sensitivity.has_shared_denominator(asked.data) is not None
    return say("effect.no_ratio" if is_known else "effect.ratio_unknown", read.names)


def limit(names: Names) -> str:
    """Say what an estimate does not show."""
    said = nouns(names)["limit"]
    caution = words.of_study("[Caution]").rstrip(".") if names.has_study_exposure else ""
    return f"{said} {caution}." if caution else said


def of_row(read: Reading, row: Row) -> str:
    """Write the ratio of a row, with its interval if it has one; else why there is none."""
    logs = [float(row[one]) for one in ("log_rate_ratio", "log_low", "log_high")]
    if pd.isna(logs[0]):
        return say("effect.refused_way", reason=str(row["reason"]).rstrip("."))
    told = read.told(*logs)
    said = told["ratio"] if np.isnan(logs[1:]).all() else say("effect.interval", **told)
    p = row.get("p_holm", math.nan)
    return said if pd.isna(p) else said + say("effect.holm", p=words.number(p, decimals=3))


def _each(asked: Design, table: pd.DataFrame, read: Reading, key: str, **told: object) -> str:
    """Say first what all say, then what each row says."""
    first, of = say(key, read.names, **told), say("effect.for_step", step=read.more())
    rows = table.to_dict("records")
    said = "; ".join(f"{label(asked, row)}: {of_row(read, row)}" for row in rows)
    return f"{first} ({of}). {capitalise(said)}."


def of_ladder(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what every way to compare gives."""
    specification, logs = asked.rung, table["log_rate_ratio"].dropna()
    has_main = table.loc[logs.index, "way"].eq(str(specification.number)).any()
    main, least, most = read.ratios(
        specification.log_rate_ratio if has_main else math.nan, logs.min(), logs.max()
    )
    key = "no_main" if not has_main else "ways" if len(logs) > 1 else "one_way"
    told = {"main": main, "least": least, "most": most, "ways": len(logs)}
    said = _each(asked, table, read, f"effect.{key}", **told)
    if "4" in table.loc[logs.index, "way"].to_list():
        said += " " + say("effect.within_units", read.names)
    measure = read.names.indicator if asked.origin == "simulated" and has_main else None
    if measure and (truth := frames.planted(measure)) is not None:
        low, high = specification.interval
        key = "planted_in" if low <= truth <= high else "planted_out"
        said += " " + say(f"effect.{key}", ratio=read.ratio(truth))
    return said


def of_leave_one_out(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how the estimate moves without each cluster."""
    logs = table["log_rate_ratio"]
    full, low, high = read.ratios(asked.rung.log_rate_ratio, logs.min(), logs.max())
    shift = table.set_index("left_out")["shift_in_errors"].abs().astype(float)
    weighty = table.loc[table["turns"] | table["moves"], "left_out"]
    told = {"full": full, "low": low, "high": high}
    told["most"] = display_name(read.names, str(shift.idxmax()))
    told["shift"] = words.number(shift.max(), decimals=1)
    told["places"] = join_some([display_name(read.names, one) for one in weighty])
    keys = "without", "moves_most", "one_decides" if len(weighty) else "none_decides"
    return " ".join(say(f"effect.{key}", read.names, **told) for key in keys)


def of_denominators(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    made = table.loc[table["doubt"] == asked.assumed, "log_rate_ratio"].iloc[0]
    told = {"doubt": words.percent(asked.assumed), "alone": read.ratio(made)}
    told["main"] = read.ratio(asked.rung.log_rate_ratio)
    said = [say("effect.errors_alone", read.names, **told)]
    rows = {row["question"]: row for row in table[::-1].to_dict("records")}
    if free := rows.get("free"):
        ends = {"b": "log_rate_ratio", "low": "log_low", "high": "log_high"}
        texts = {key: words.number(free[one], decimals=2) for key, one in ends.items()}
        said.append(say("effect.free", read.names, **texts))
    if others := rows.get("others"):
        said.append(f"{capitalise(label(asked, others))}: {of_row(read, others)}.")
    return " ".join(said)


def of_bootstrap(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what other ways to compute the interval of the headline give."""
    # The twin is another estimate, and a set in pieces or without an end is no interval.
    ways = table[table["method"] != "twin"]
    ways = ways[~ways["method"].duplicated(keep=False) & np.isfinite(ways["log_high"])]
    ways = ways[np.isfinite(ways["log_low"])]
    _, low, high = read.ratios(
        asked.rung.log_rate_ratio, ways["log_low"].min(), ways["log_high"].max()
    )
    text = _each(asked, table, read, "effect.opinions", ways=len(ways), low=low, high=high)
    twin = asked.rung.far_twin
    return f"{text} {_far_twin(twin, read)}" if twin else text


def of_sensitivity(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how strong something unmeasured must be, and what three times each control would do."""
    first = table.iloc[0]
    key = "strength" if first["share_to_hide"] > 0 else "strength_unclear"
    shares = {name: words.percent(first[name]) for name in sensitivity.TO_REMOVE}
    most = table[table["times"].isna() | table["times"].eq(sensitivity.TIMES[-1])]
    return _each(asked, most, read, f"effect.{key}", **shares)


def of_power(_: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say which difference would be detected."""
    least = table.set_index("power")["log_rate_ratio"][0.8]
    return say("effect.power", ratio=read.ratio(least), step=read.more())


def of_naive(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    phi = float(table["phi"].iloc[0])
    written = words.number(phi, decimals=0 if phi >= 10 else 1)
    return _each(asked, table, read, "effect.naive", phi=written)


def of_placebos(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say whether an exposure that cannot have acted shows a relation, or cannot tell."""
    later = table.to_dict("records")[-1]
    main, low, high = asked.rung.log_rate_ratio, later["log_low"], later["log_high"]
    if not low <= 0 <= high:
        key = "later_clear"
    elif low <= main <= high:
        key = "later_unknown"
    else:
        key = "later_none"
    return say(f"effect.{key}", read.names, ratio=of_row(read, later), main=read.ratio(main))


def of_outcomes(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what the same comparison gives for other outcomes, p-values put right for being many."""
    told = {"clear": (table["p_holm"] <= 0.05).sum(), "all": len(table) - 1}
    return f"{_each(asked, table, read, 'effect.outcomes', **told)} {say('effect.never_added')}"


def label(asked: Design, row: Row) -> str:
    """Name a row of a table: each question has a column of its own."""
    names = asked.data.names
    match row:
        case {"left_out": one}:
            return say("effect_rows.left_out", name=display_name(names, str(one)))
        case {"way": one} | {"question": one} | {"exposure": one} | {"method": one}:
            doubt = words.percent(asked.assumed)
            return say(f"effect_rows.{one}", names, doubt=doubt)
        case {"control": ""}:
            return say("effect_rows.nothing")
        case {"control": one, "times": times}:
            control = control_name(names, str(one))
            return say("effect_rows.times", times=int(times), control=control)
        case _:
            one = str(row["count"])
            return escaping.plain(one) if names.measure is None else indicators.measure_label(one)
