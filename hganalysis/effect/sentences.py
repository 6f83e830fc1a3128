"""What the answers say, in the language in use; the first clause is the title of a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, study, words
from ..figure import TITLE, capital, some
from . import denominator, sensitivity
from .texts import Names, noun, say, size, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .design import Design
    from .rungs import Rung

# Steps of the exposure that a reader counts in; the first at which two decimals tell is said.
STEPS = (1, 10, 100)
DECIMALS, LARGE = 2, 10.0


@dataclass(frozen=True)
class Reading:
    """How much more of the exposure is spoken of, so that a ratio can be read aloud."""

    step: float | str
    """So many units, or "sd"."""
    units: float
    """The same in units."""

    def ratios(self, *logs: float) -> tuple[str, ...]:
        """Write ratios for this step from a log ratio, the ends of its interval, and others."""
        with np.errstate(over="ignore"):
            return words.ratios(*(float(np.exp(self.units * one)) for one in logs))

    def ratio(self, log: float) -> str:
        """Write one ratio for this step."""
        return self.ratios(log, math.nan, math.nan)[0]


def reading(rung: Rung) -> Reading:
    """
    Choose the step of the exposure that is said: one more, 10, 100, or a standard deviation.

    No step is longer than the exposure is wide, or nothing observed would stand behind it.
    """
    x = rung.asked.units["exposure"]
    ends = rung.b, *rung.error.interval(rung.b)
    for one in STEPS:
        if one <= float(x.max() - x.min()) and _readable(Reading(one, one), ends):
            return Reading(one, one)
    return Reading("sd", rung.asked.sd)


def _readable(said: Reading, ends: tuple[float, ...]) -> bool:
    decimals = [text[1:].replace(",", ".").partition(".")[2] for text in said.ratios(*ends)]
    return max(map(len, decimals)) <= DECIMALS and abs(said.units * ends[0]) < math.log(LARGE)


def clusters_of(names: Names, label: str) -> str:
    """Name a cluster as readers do."""
    if names.listed:
        try:
            return places.label(label)
        except LookupError:
            pass
    return escaping.plain(label)


def control(names: Names, name: str) -> str:
    """Name what was held equal."""
    if names.listed and name == "urban":
        return words.term("effect_nouns.urban")
    return str(study.current().controls.get(name, "")) if names.listed else escaping.plain(name)


def fitting(*candidates: str) -> str:
    """Take the first of several titles that has room, or the first clause of the last."""
    clauses = (candidates[-1].split(mark)[0] for mark in ("; ", ", "))
    *room, last = (*candidates, *clauses)
    return capital(next((one for one in room if len(one) <= TITLE), last))


def estimate(rung: Rung) -> str:
    """Say in a title what was found."""
    names, read = rung.asked.names, reading(rung)
    low, high = rung.error.interval(rung.b)
    where = noun(f"where_{rung.number}", names.listed, cluster=escaping.plain(names.cluster))
    if low <= 0 <= high:
        plain = say("effect.unclear")
        return fitting(say("effect.unclear_where", where=where), plain)
    ratio = math.exp(read.units * rung.b)
    way = "times" if ratio >= 2 or ratio <= 0.5 else "higher" if ratio > 1 else "lower"
    digits = 0 if abs(ratio - 1) >= 0.1 else 1
    facts = {"by": words.percent(abs(ratio - 1), decimals=digits), "ratio": read.ratio(rung.b)}
    steps = [step(names, read.step, short=short) for short in (False, True)]
    full = [say(f"effect.{way}_where", names, where=where, step=one, **facts) for one in steps]
    brief = [say(f"effect.{way}", names, step=one, **facts) for one in steps]
    return fitting(*full, *brief, say(f"effect.{way}_alone", **facts))


def headline(asked: Design, table: pd.DataFrame) -> str:
    """Say it all: what was found, how sure, what could make it, and what it does not show."""
    rung, names, read = asked.rung, asked.data.names, reading(asked.rung)
    ends, units = rung.error.interval(rung.b), len(asked.data.units)
    ratio, low, high = read.ratios(rung.b, *ends)
    told = {"ratio": ratio, "low": low, "high": high, "step": step(names, read.step)}
    told |= {"df": words.number(rung.error.df, decimals=1)}
    told |= {
        "error": "HC2" if rung.number == 5 else "CR2",
        "size": size(names, rung.clusters, units),
    }
    told["compared"] = noun(f"compared_{rung.number}", names.listed, cluster=_cluster(names))
    said = [f"{estimate(rung)} ({say('effect.detail', names, **told)})."]
    if ends[0] <= 0 <= ends[1]:
        said.append(say("effect.ruled_out", low=low, high=high))
    said.append(beside(rung, asked.assumed))
    if flags := str(table["flags"].iloc[0]):
        each = [say(f"effect_flags.{one}", names) for one in flags.split("; ")]
        said.append(say("effect.flags", flags="; ".join(each)))
    said.append(say("effect.detectable", ratio=read.ratio(sensitivity.detectable(rung.error))))
    if asked.hidden:
        left = {"hidden": words.number(asked.hidden), "all": words.number(asked.all)}
        said.append(say("effect.left_out", names, **left))
    for name, texts in asked.data.texts.items():
        key = "dummies" if len(texts) > 1 else "dummies_one"
        said.append(say(f"effect.{key}", name=escaping.plain(name), first=texts[0]))
    return " ".join([*said, limit(names)])


def beside(rung: Rung, doubt: float) -> str:
    """Say what errors in the denominator alone would make, and what those in the exposure do."""
    part, names = denominator.part_of(rung, doubt), rung.asked.names
    if part is None:
        return say("effect.no_ratio", names)
    ratio = reading(rung).ratio(part.log_rate_ratio)
    return say("effect.beside", names, doubt=words.percent(doubt, decimals=0), ratio=ratio)


def limit(names: Names) -> str:
    """Say what an estimate does not show."""
    said = noun("limit", names.dense, exposure=escaping.plain(names.exposure))
    caution = words.of_study("[Caution]").rstrip(".") if names.dense else ""
    return f"{said} {caution}." if caution else said


def _cluster(names: Names) -> str:
    return escaping.plain(names.cluster)


def way(key: str, names: Names) -> str:
    """Name a way to compare."""
    return noun(f"way_{key}", names.listed, cluster=_cluster(names))


def method(key: str) -> str:
    """Name a way to compute an interval."""
    return words.term(f"effect_methods.{key}")


def interval(read: Reading, b: float, low: float, high: float) -> str:
    """Write a ratio with its interval as a table does; the ratio alone where it has none."""
    if pd.isna(low) and pd.isna(high):
        return read.ratio(b)
    ratio, low_text, high_text = read.ratios(b, low, high)
    return words.term("effect.interval", ratio=ratio, low=low_text, high=high_text)


def of_row(read: Reading, row: Mapping[Any, Any]) -> str:
    """Write the ratio of a row of a table, with its interval; else why there is none."""
    b, low, high = (float(row[one]) for one in ("log_rate_ratio", "log_low", "log_high"))
    if pd.isna(b):
        return say("effect.refused_way", reason=str(row["reason"]).rstrip("."))
    return interval(read, b, low, high)


def _each(asked: Design, table: pd.DataFrame, labels: Sequence[str], first: str) -> str:
    """Say first what all say, then what each row says."""
    read = reading(asked.rung)
    of = say("effect.for_step", step=step(asked.data.names, read.step))
    rows = zip(labels, table.to_dict("records"), strict=True)
    return f"{first} ({of}). {'; '.join(f'{label}: {of_row(read, row)}' for label, row in rows)}."


def ladder(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say what every way to compare gives; as a title without what each gives."""
    given = table[table["rate_ratio"].notna()]
    if given.empty:
        return say("effect.no_way") + "."
    names, rung, read = asked.data.names, asked.rung, reading(asked.rung)
    has_main = (given["way"] == str(rung.number)).any()
    ends = given["log_rate_ratio"].agg(["min", "max"])
    main, least, most = read.ratios(rung.b if has_main else np.nan, *ends)
    key = "no_main" if not has_main else "ways" if len(given) > 1 else "one_way"
    told = {"main": main, "least": least, "most": most, "ways": words.number(len(given))}
    said = say(f"effect.{key}", **told)
    if title:
        return fitting(said)
    said = _each(asked, table, [way(str(one), names) for one in table["way"]], said)
    both = given.loc[given["way"].isin(["1", "2"]), "log_rate_ratio"]
    if len(both) == 2 and both.min() < 0 < both.max():
        said += " " + say("effect.directions", names)
    truth = _planted(asked)
    if truth is not None and has_main:
        low, high = rung.error.interval(rung.b)
        key = "planted_in" if low <= truth <= high else "planted_out"
        said += " " + say(f"effect.{key}", ratio=read.ratio(truth))
    return said


def _planted(asked: Design) -> float | None:
    """Look up what a simulation has planted; None of real numbers."""
    measure = asked.data.names.described
    if asked.origin != "simulated" or measure is None:
        return None
    try:
        return frames.planted(measure)
    except KeyError:  # of another measure than those that were planted
        return None


def left_out(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say how the estimate moves without each cluster."""
    names, read = asked.data.names, reading(asked.rung)
    known = table[table["log_rate_ratio"].notna()]
    ends = known["log_rate_ratio"].agg(["min", "max"])
    told = dict(zip(("full", "low", "high"), read.ratios(asked.rung.b, *ends), strict=True))
    first = say("effect.without", names, **told)
    if title:
        return fitting(first, say("effect.without_short", **told))
    at = int(known["shift_in_errors"].abs().to_numpy().argmax())
    told["most"] = clusters_of(names, str(known["left_out"].iloc[at]))
    told["shift"] = words.number(abs(known["shift_in_errors"].iloc[at]), decimals=1)
    weighty = table.loc[table["turns"] | table["moves"], "left_out"]
    told["places"] = some([clusters_of(names, str(one)) for one in weighty])
    verdict = say(f"effect.{'one_decides' if len(weighty) else 'none_decides'}", names, **told)
    return f"{first} ({say('effect.full', **told)}). {say('effect.moves_most', **told)} {verdict}"


def denominators(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    names, read = asked.data.names, reading(asked.rung)
    made = denominator.part_of(asked.rung, asked.assumed)
    alone = read.ratio(made.log_rate_ratio) if made else "–"
    told = {"doubt": words.percent(asked.assumed, decimals=0), "alone": alone}
    told["main"] = read.ratio(asked.rung.b)
    first = say("effect.errors_alone", names, **told)
    if title:
        return fitting(first, say("effect.errors_alone_short", **told))
    said = [first + "."]
    rows = {row["question"]: row for row in table[::-1].to_dict("records")}
    if free := rows.get("free"):
        ends = {"b": "log_rate_ratio", "low": "log_low", "high": "log_high"}
        texts = {key: words.number(free[one], decimals=2) for key, one in ends.items()}
        said.append(say("effect.free", names, **texts))
    if others := rows.get("others"):
        said.append(
            noun(
                "others", names.dense, x=escaping.plain(names.exposure), ratio=of_row(read, others)
            )
        )
    return " ".join(said)


def opinions(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say what other ways to compute the same interval give."""
    ends = table["log_low"].min(), table["log_high"].max()
    _, low, high = reading(asked.rung).ratios(asked.rung.b, *ends)
    first = say("effect.opinions", ways=words.number(table["method"].nunique()), low=low, high=high)
    if title:
        return fitting(first)
    return _each(asked, table, [method(str(one)) for one in table["method"]], first)


def strength(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say how strong something unmeasured must be."""
    names, read, first = asked.data.names, reading(asked.rung), table.to_dict("records")[0]
    shares = ("robustness_value", "robustness_value_significant")
    value, significant = (words.percent(first[key], decimals=0) for key in shares)
    said = say("effect.strength", value=value)
    if title:
        return fitting(said)
    said = f"{said} ({say('effect.strength_of_both', names, significant=significant)})."
    left = table[(table["control"] != "") & table["log_rate_ratio"].notna()]
    if len(left):
        moved = (left["log_rate_ratio"] - first["log_rate_ratio"]).abs()
        row = left.to_dict("records")[int(moved.to_numpy().argmax())]
        told = {"times": words.number(row["times"]), "control": control(names, row["control"])}
        told |= {"ratio": of_row(read, row), "now": read.ratio(first["log_rate_ratio"])}
        said += " " + say("effect.as_strong", **told)
    return said


def power(asked: Design, table: pd.DataFrame) -> str:
    """Say which difference would be detected."""
    names, read = asked.data.names, reading(asked.rung)
    least = read.ratio(float(table.loc[table["power"] == 0.8, "log_rate_ratio"].iloc[0]))
    told = {"ratio": least, "step": step(names, read.step)}
    told["size"] = size(names, asked.rung.clusters, len(asked.data.units))
    return say("effect.power", names, **told)


def naive(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    read, told, width = reading(asked.rung), {}, {}
    for row in table.to_dict("records"):
        _, low, high = read.ratios(row["log_rate_ratio"], row["log_low"], row["log_high"])
        told[str(row["method"])] = words.term("words.span", low=low, high=high)
        width[str(row["method"])] = row["log_high"] - row["log_low"]
    first = say("effect.naive", **told)
    if title:
        times = words.number(width["headline"] / width["model"])
        return fitting(first, say("effect.naive_short", times=times))
    phi = float(table["phi"].iloc[0])
    more = say("effect.dispersion", phi=words.number(phi, decimals=0 if phi >= 10 else 1))
    return f"{first}. {more}"


def later(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say what an exposure shows that cannot have acted."""
    row = table.to_dict("records")[-1]
    key = "later_none" if row["log_low"] <= 0 <= row["log_high"] else "later_clear"
    if title:
        return fitting(say(f"effect.{key}_title"))
    return say(f"effect.{key}", asked.data.names, ratio=of_row(reading(asked.rung), row))


def outcomes(asked: Design, table: pd.DataFrame, *, title: bool = False) -> str:
    """Say what the same comparison gives for other outcomes, p-values put right for being many."""
    read = reading(asked.rung)
    told = {"clear": words.number((table["p_holm"] <= 0.05).sum())}
    told["all"] = words.number(len(table) - 1)
    first = say("effect.outcomes", **told)
    if title:
        return fitting(first)
    each = []
    for label, row in zip(labels(asked, table), table.to_dict("records"), strict=True):
        p = row["p_holm"]
        holm = "" if pd.isna(p) else say("effect.holm", p=words.number(p, decimals=3))
        each.append(f"{label}: {of_row(read, row)}{holm}")
    return f"{first} ({'; '.join(each)}). {say('effect.never_added')}"


def labels(asked: Design, table: pd.DataFrame) -> list[str]:
    """Name the rows of a table that stands behind a picture."""
    names = asked.data.names
    if "way" in table:
        return [way(str(one), names) for one in table["way"]]
    if "left_out" in table:
        called = [clusters_of(names, str(one)) for one in table["left_out"]]
        return [say("effect.left_row", name=one) for one in called]
    if "question" in table:
        said = words.percent(asked.assumed, decimals=0)
        rows = {"estimate": say("effect.estimate_row"), "others": noun("others_row", names.dense)}
        rows["errors alone"] = say("effect.errors_row", doubt=said)
        return [rows[str(one)] for one in table["question"]]
    if "method" in table:
        return [method(str(one)) for one in table["method"]]
    if "control" in table:
        return [_as_strong(names, row) for row in table.to_dict("records")]
    if "exposure" in table:
        return [say("effect.estimate_row"), say("effect.later_row", names)]
    if names.measure is None:
        return [escaping.plain(one) for one in table["count"]]
    return [indicators.measure_label(str(one)) for one in table["count"]]


def _as_strong(names: Names, row: Mapping[Any, Any]) -> str:
    if not row["control"]:
        return say("effect.now_row")
    told = {"times": words.number(row["times"]), "control": control(names, row["control"])}
    return say("effect.times_row", **told)
