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
    from collections.abc import Callable, Mapping
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


def of_flags(flags: str, names: Names) -> str:
    """Say what stands as `flags` in a table."""
    return "; ".join(say(f"effect_flags.{one}", names) for one in flags.split("; ") if one)


def estimate(rung: Rung) -> str:
    """Say in a title what was found."""
    names, read = rung.asked.names, reading(rung)
    low, high = rung.error.interval(rung.b)
    where = noun(f"where_{rung.number}", names.listed, cluster=_cluster(names))
    if low <= 0 <= high:
        brief = [say("effect.unclear")]
    else:
        ratio = math.exp(read.units * rung.b)
        way = "times" if ratio >= 2 or ratio <= 0.5 else "higher" if ratio > 1 else "lower"
        digits = 0 if abs(ratio - 1) >= 0.1 else 1
        facts = {"by": words.percent(abs(ratio - 1), decimals=digits), "ratio": read.ratio(rung.b)}
        steps = [step(names, read.step, short=short) for short in (False, True)]
        brief = [say(f"effect.{way}", names, step=one, **facts) for one in steps]
        brief.append(say(f"effect.{way}_alone", **facts))
    said = [f"{where}, {one}" for one in brief[:2]] + brief
    return capital(next((one for one in said if len(one) <= TITLE), brief[-1]))


def headline(asked: Design, table: pd.DataFrame) -> str:
    """Say it all: what was found, how sure, what could make it, and what it does not show."""
    rung, names, read = asked.rung, asked.data.names, reading(asked.rung)
    ends = rung.error.interval(rung.b)
    ratio, low, high = read.ratios(rung.b, *ends)
    told = {"ratio": ratio, "low": low, "high": high, "step": step(names, read.step)}
    told |= {"df": words.number(rung.error.df, decimals=1)}
    told |= {"error": "HC2" if rung.number == 5 else "CR2"}
    told |= {"size": size(names, rung.clusters, len(asked.data.units))}
    told["compared"] = noun(f"compared_{rung.number}", names.listed, cluster=_cluster(names))
    said = [f"{estimate(rung)} ({say('effect.detail', names, **told)})."]
    if ends[0] <= 0 <= ends[1]:
        said.append(say("effect.ruled_out", low=low, high=high))
    said.append(beside(rung, asked.assumed))
    if flags := of_flags(str(table["flags"].iloc[0]), names):
        said.append(say("effect.flags", flags=flags))
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


def of_row(read: Reading, row: Mapping[Any, Any]) -> str:
    """Write the ratio of a row, with its interval if it has one; else why there is none."""
    b, low, high = (float(row[one]) for one in ("log_rate_ratio", "log_low", "log_high"))
    if pd.isna(b):
        return say("effect.refused_way", reason=str(row["reason"]).rstrip("."))
    if pd.isna(low) and pd.isna(high):
        return read.ratio(b)
    ratio, low_text, high_text = read.ratios(b, low, high)
    return words.term("effect.interval", ratio=ratio, low=low_text, high=high_text)


def _each(asked: Design, table: pd.DataFrame, first: str) -> str:
    """Say first what all say, then what each row says."""
    read = reading(asked.rung)
    of = say("effect.for_step", step=step(asked.data.names, read.step))
    rows = zip(labels(asked, table), table.to_dict("records"), strict=True)
    return f"{first} ({of}). {'; '.join(f'{label}: {of_row(read, row)}' for label, row in rows)}."


def ladder(asked: Design, table: pd.DataFrame) -> str:
    """Say what every way to compare gives."""
    given = table[table["rate_ratio"].notna()]
    if given.empty:
        return say("effect.no_way") + "."
    names, rung, read = asked.data.names, asked.rung, reading(asked.rung)
    has_main = (given["way"] == str(rung.number)).any()
    ends = given["log_rate_ratio"].agg(["min", "max"])
    main, least, most = read.ratios(rung.b if has_main else np.nan, *ends)
    key = "no_main" if not has_main else "ways" if len(given) > 1 else "one_way"
    told = {"main": main, "least": least, "most": most, "ways": words.number(len(given))}
    said = _each(asked, table, say(f"effect.{key}", **told))
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
    """Look up what a simulation has planted; None of real numbers, and of other measures."""
    measure = asked.data.names.described
    if asked.origin != "simulated" or measure is None:
        return None
    try:
        return frames.planted(measure)
    except KeyError:
        return None


def left_out(asked: Design, table: pd.DataFrame) -> str:
    """Say how the estimate moves without each cluster."""
    names, read = asked.data.names, reading(asked.rung)
    known = table[table["log_rate_ratio"].notna()]
    ends = known["log_rate_ratio"].agg(["min", "max"])
    told = dict(zip(("full", "low", "high"), read.ratios(asked.rung.b, *ends), strict=True))
    at = int(known["shift_in_errors"].abs().to_numpy().argmax())
    told["most"] = clusters_of(names, str(known["left_out"].iloc[at]))
    told["shift"] = words.number(abs(known["shift_in_errors"].iloc[at]), decimals=1)
    weighty = table.loc[table["turns"] | table["moves"], "left_out"]
    told["places"] = some([clusters_of(names, str(one)) for one in weighty])
    keys = "without", "full", "moves_most", f"{'one' if len(weighty) else 'none'}_decides"
    first, full, *rest = (say(f"effect.{key}", names, **told) for key in keys)
    return " ".join([f"{first} ({full}).", *rest])


def denominators(asked: Design, table: pd.DataFrame) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    names, read = asked.data.names, reading(asked.rung)
    made = table.loc[table["doubt"] == asked.assumed, "log_rate_ratio"]
    told = {"doubt": words.percent(asked.assumed, decimals=0), "main": read.ratio(asked.rung.b)}
    told["alone"] = read.ratio(float(made.iloc[0])) if len(made) else "–"
    said = [say("effect.errors_alone", names, **told) + "."]
    rows = {row["question"]: row for row in table[::-1].to_dict("records")}
    if free := rows.get("free"):
        ends = {"b": "log_rate_ratio", "low": "log_low", "high": "log_high"}
        texts = {key: words.number(free[one], decimals=2) for key, one in ends.items()}
        said.append(say("effect.free", names, **texts))
    if others := rows.get("others"):
        facts = {"x": escaping.plain(names.exposure), "ratio": of_row(read, others)}
        said.append(noun("others", names.dense, **facts))
    return " ".join(said)


def opinions(asked: Design, table: pd.DataFrame) -> str:
    """Say what other ways to compute the same interval give."""
    ends = table["log_low"].min(), table["log_high"].max()
    _, low, high = reading(asked.rung).ratios(asked.rung.b, *ends)
    ways = words.number(table["method"].nunique())
    return _each(asked, table, say("effect.opinions", ways=ways, low=low, high=high))


def strength(asked: Design, table: pd.DataFrame) -> str:
    """Say how strong something unmeasured must be."""
    names, read, first = asked.data.names, reading(asked.rung), table.to_dict("records")[0]
    shares = ("robustness_value", "robustness_value_significant")
    value, significant = (words.percent(first[key], decimals=0) for key in shares)
    said = say("effect.strength", value=value)
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


def naive(asked: Design, table: pd.DataFrame) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    read, told = reading(asked.rung), {}
    for row in table.to_dict("records"):
        _, low, high = read.ratios(row["log_rate_ratio"], row["log_low"], row["log_high"])
        told[str(row["method"])] = words.term("words.span", low=low, high=high)
    phi = float(table["phi"].iloc[0])
    more = say("effect.dispersion", phi=words.number(phi, decimals=0 if phi >= 10 else 1))
    return f"{say('effect.naive', **told)}. {more}"


def later(asked: Design, table: pd.DataFrame) -> str:
    """Say what an exposure shows that cannot have acted."""
    row = table.to_dict("records")[-1]
    key = "later_none" if row["log_low"] <= 0 <= row["log_high"] else "later_clear"
    return say(f"effect.{key}", asked.data.names, ratio=of_row(reading(asked.rung), row))


def outcomes(asked: Design, table: pd.DataFrame) -> str:
    """Say what the same comparison gives for other outcomes, p-values put right for being many."""
    read = reading(asked.rung)
    told = {"clear": words.number((table["p_holm"] <= 0.05).sum())}
    told["all"] = words.number(len(table) - 1)
    each = []
    for label, row in zip(labels(asked, table), table.to_dict("records"), strict=True):
        p = row["p_holm"]
        holm = "" if pd.isna(p) else say("effect.holm", p=words.number(p, decimals=3))
        each.append(f"{label}: {of_row(read, row)}{holm}")
    return f"{say('effect.outcomes', **told)} ({'; '.join(each)}). {say('effect.never_added')}"


def labels(asked: Design, table: pd.DataFrame) -> list[str]:
    """Name the rows of a table: each question has a column of its own."""
    names, doubt = asked.data.names, words.percent(asked.assumed, decimals=0)

    def strong(row: Mapping[Any, Any]) -> str:
        if not row["control"]:
            return say("effect.now_row")
        told = {"times": words.number(row["times"]), "control": control(names, row["control"])}
        return say("effect.times_row", **told)

    def counted(row: Mapping[Any, Any]) -> str:
        one = str(row["count"])
        return escaping.plain(one) if names.measure is None else indicators.measure_label(one)

    fixed = {
        "estimate": say("effect.estimate_row"),
        "now": say("effect.estimate_row"),
        "later": say("effect.later_row", names),
        "errors alone": say("effect.errors_row", doubt=doubt),
        "others": noun("others_row", names.dense),
    }
    ways: dict[str, Callable[[Mapping[Any, Any]], str]] = {
        "way": lambda row: way(str(row["way"]), names),
        "left_out": lambda row: say(
            "effect.left_row", name=clusters_of(names, str(row["left_out"]))
        ),
        "question": lambda row: fixed[row["question"]],
        "exposure": lambda row: fixed[row["exposure"]],
        "method": lambda row: method(str(row["method"])),
        "control": strong,
        "count": counted,
    }
    name = next(one for one in ways if one in table)
    return [ways[name](row) for row in table.to_dict("records")]
