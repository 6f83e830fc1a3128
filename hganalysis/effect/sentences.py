"""What the answers say, in the language in use; the first clause is the title of a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, places, study, words
from ..figure import TITLE, capital, listed
from . import denominator, sensitivity
from .texts import Names, noun, say, size, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .rungs import Rung

# Steps of the exposure that a reader counts in; the first at which two decimals tell is said.
STEPS = (1, 10, 100)
DECIMALS, LARGE = 2, 10.0
# Of what is left out, or carries too much, so many are named.
NAMED = 5


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
    """Take the first of several titles that has room."""
    return next((capital(one) for one in candidates if len(one) <= TITLE), capital(candidates[-1]))


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


def headline(rung: Rung, flags: Sequence[str], doubt: float, left_out: tuple[int, int]) -> str:
    """Say it all: what was found, how sure, what could make it, and what it does not show."""
    names, read = rung.asked.names, reading(rung)
    ratio, low, high = read.ratios(rung.b, *rung.error.interval(rung.b))
    units = len(rung.asked.units)
    told = {"ratio": ratio, "low": low, "high": high, "step": step(names, read.step)}
    told |= {"df": words.number(rung.error.df, decimals=1)}
    told |= {
        "error": "HC2" if rung.number == 5 else "CR2",
        "size": size(names, rung.clusters, units),
    }
    compared = noun(f"compared_{rung.number}", names.listed, cluster=escaping.plain(names.cluster))
    said = [f"{estimate(rung)} ({say('effect.detail', names, compared=compared, **told)})."]
    ends = rung.error.interval(rung.b)
    if ends[0] <= 0 <= ends[1]:
        said.append(say("effect.ruled_out", low=low, high=high))
    said.append(beside(rung, doubt))
    if flags:
        said.append(say("effect.flags", flags="; ".join(flag(one, names) for one in flags)))
    least = read.ratio(sensitivity.detectable(rung.error))
    said += [say("effect.detectable", ratio=least), hidden(names, *left_out), limit(names)]
    return " ".join(filter(None, said))


def beside(rung: Rung, doubt: float) -> str:
    """Say what errors in the denominator alone would make, and what those in the exposure do."""
    part, names = denominator.part_of(rung, doubt), rung.asked.names
    if part is None:
        return say("effect.no_ratio", names)
    ratio = reading(rung).ratio(part.log_rate_ratio)
    return say("effect.beside", names, doubt=words.percent(part.doubt, decimals=0), ratio=ratio)


def hidden(names: Names, left_out: int, units: int) -> str:
    """Say how many units were left out since their counts are hidden; nothing where none is."""
    if not left_out:
        return ""
    numbers = {"hidden": words.number(left_out), "all": words.number(units)}
    return say("effect.left_out", names, **numbers)


def limit(names: Names) -> str:
    """Say what an estimate does not show."""
    said = noun("limit", names.dense, exposure=escaping.plain(names.exposure))
    caution = words.of_study("[Caution]").rstrip(".") if names.dense else ""
    return f"{said} {caution}." if caution else said


def flag(reason: str, names: Names) -> str:
    """Say what weakens an estimate."""
    return say(f"effect_flags.{reason}", names)


def way(key: str, names: Names) -> str:
    """Name a way to compare."""
    return noun(f"way_{key}", names.listed, cluster=escaping.plain(names.cluster))


def interval(read: Reading, b: float, low: float, high: float) -> str:
    """Write a ratio with its interval as a table does; a dash where it has none."""
    if pd.isna(low) and pd.isna(high):
        return read.ratio(b)
    ratio, low_text, high_text = read.ratios(b, low, high)
    return words.term("effect.interval", ratio=ratio, low=low_text, high=high_text)


def of_row(read: Reading, row: Mapping[Any, Any]) -> str:
    """Write the ratio of a row of a table, with its interval."""
    return interval(read, *(float(row[one]) for one in ("log_rate_ratio", "log_low", "log_high")))


def ladder(rows: pd.DataFrame, rung: Rung, *, title: bool = False) -> str:
    """Say what every way to compare gives; as a title without what each gives."""
    names, read = rung.asked.names, reading(rung)
    given = rows[rows["rate_ratio"].notna()]
    if given.empty:
        said = say("effect.no_way")
    else:
        texts = read.ratios(rung.b, given["log_rate_ratio"].min(), given["log_rate_ratio"].max())
        told = dict(zip(("main", "least", "most"), texts, strict=True))
        told["ways"] = words.number(len(given))
        has_main = (given["rung"] == rung.number).any()
        key = "no_main" if not has_main else "ways" if len(given) > 1 else "one_way"
        said = say(f"effect.{key}", **told)
    if title:
        return fitting(said)
    each = []
    for row in rows.to_dict("records"):
        if pd.notna(row["rate_ratio"]):
            what = of_row(read, row)
        else:
            what = say("effect.refused_way", reason=str(row["reason"]))
        each.append(f"{way(row['way'], names)}: {what}")
    of = say("effect.for_step", step=step(names, read.step))
    said = f"{said} ({of}). {'; '.join(each)}."
    both = given[given["rung"].isin([1, 2])]["log_rate_ratio"]
    if len(both) == 2 and both.min() < 0 < both.max():
        said += " " + say("effect.directions", names)
    return said


def left_out(rows: pd.DataFrame, rung: Rung, *, title: bool = False) -> str:
    """Say how the estimate moves without each cluster."""
    names, read = rung.asked.names, reading(rung)
    known = rows[rows["log_rate_ratio"].notna()]
    full, low, high = read.ratios(rung.b, *known["log_rate_ratio"].agg(["min", "max"]))
    weighty = rows[rows["turns"] | rows["moves"]]
    told = {"full": full, "low": low, "high": high}
    first = say("effect.without", names, **told)
    if title:
        return fitting(first, say("effect.without_short", **told))
    most = known.loc[known["shift_in_errors"].abs().idxmax()]
    told["most"] = clusters_of(names, str(most["left_out"]))
    told["shift"] = words.number(abs(most["shift_in_errors"]), decimals=1)
    told["places"] = _several([clusters_of(names, str(one)) for one in weighty["left_out"]])
    verdict = say(f"effect.{'one_decides' if len(weighty) else 'none_decides'}", names, **told)
    return f"{first} ({say('effect.full', **told)}). {say('effect.moves_most', **told)} {verdict}"


def _several(names: Sequence[str]) -> str:
    """Name some, and how many more there are."""
    if len(names) <= NAMED:
        return listed(names)
    more = words.number(len(names) - NAMED)
    return ", ".join(names[:NAMED]) + words.term("figure.more", more=more)


def denominators(rows: pd.DataFrame, rung: Rung, doubt: float, *, title: bool = False) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    names, read = rung.asked.names, reading(rung)
    asked = rows.set_index("question")
    made = denominator.part_of(rung, doubt)
    assert made is not None  # or there would be no rows
    told = {"doubt": words.percent(doubt, decimals=0), "alone": read.ratio(made.log_rate_ratio)}
    told["main"] = read.ratio(rung.b)
    first = say("effect.errors_alone", names, **told)
    if title:
        return fitting(first, say("effect.errors_alone_short", **told))
    said = [first + "."]
    if "free" in asked.index:
        free = asked.loc[["free"]].iloc[0]
        ends = (free["log_rate_ratio"], free["log_low"], free["log_high"])
        texts = (words.number(one, decimals=2) for one in ends)
        said.append(
            say("effect.free", names, **dict(zip(("b", "low", "high"), texts, strict=True)))
        )
    if "others" in asked.index:
        other = asked.loc["others"]
        said.append(say("effect.others", names, ratio=of_row(read, other.to_dict())))
    return " ".join(said)


def opinions(rows: pd.DataFrame, rung: Rung, *, title: bool = False) -> str:
    """Say what other ways to compute the same interval give."""
    names, read = rung.asked.names, reading(rung)
    ends = read.ratios(rung.b, rows["log_low"].min(), rows["log_high"].max())
    told = {"ways": words.number(rows["method"].nunique()), "low": ends[1], "high": ends[2]}
    first = say("effect.opinions", **told)
    if title:
        return fitting(first)
    each = [f"{method(row['method'])}: {of_row(read, row)}" for row in rows.to_dict("records")]
    return f"{first} ({say('effect.for_step', step=step(names, read.step))}). {'; '.join(each)}."


def method(key: str) -> str:
    """Name a way to compute an interval."""
    return words.term(f"effect_methods.{key}")


def strength(rows: pd.DataFrame, rung: Rung, *, title: bool = False) -> str:
    """Say how strong something unmeasured must be."""
    names, read, first = rung.asked.names, reading(rung), rows.iloc[0]
    shares = ("robustness_value", "robustness_value_significant")
    value, significant = (words.percent(first[key], decimals=0) for key in shares)
    said = say("effect.strength", value=value)
    if title:
        return fitting(said)
    said = f"{said} ({say('effect.strength_of_both', names, significant=significant)})."
    left = rows[(rows["control"] != "") & rows["log_rate_ratio"].notna()]
    if len(left):
        row = left.loc[(left["log_rate_ratio"] - first["log_rate_ratio"]).abs().idxmax()]
        told = {"times": words.number(row["times"]), "control": control(names, row["control"])}
        told["ratio"] = of_row(read, row.to_dict())
        told["now"] = read.ratio(first["log_rate_ratio"])
        said += " " + say("effect.as_strong", **told)
    return said


def power(rung: Rung) -> str:
    """Say which difference would be detected."""
    names, read = rung.asked.names, reading(rung)
    told = {"ratio": read.ratio(sensitivity.detectable(rung.error))}
    told |= {"step": step(names, read.step)}
    told["size"] = size(names, rung.clusters, len(rung.asked.units))
    return say("effect.power", names, **told)


def naive(rows: pd.DataFrame, rung: Rung, phi: float, *, title: bool = False) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    read, found = reading(rung), rows.set_index("method")
    told = {"phi": words.number(phi, decimals=0 if phi >= 10 else 1)}
    for key in ("headline", "model"):
        _, low, high = read.ratios(*found.loc[key, ["log_rate_ratio", "log_low", "log_high"]])
        told[key] = words.term("words.span", low=low, high=high)
    first = say("effect.naive", **told)
    return fitting(first) if title else f"{first}. {say('effect.dispersion', **told)}"


def later(rows: pd.DataFrame, rung: Rung, *, title: bool = False) -> str:
    """Say what an exposure shows that cannot have acted."""
    names, read, row = rung.asked.names, reading(rung), rows.iloc[-1]
    clear = not row["log_low"] <= 0 <= row["log_high"]
    if title:
        return fitting(say(f"effect.later_{'clear' if clear else 'none'}_title"))
    ratio = of_row(read, row.to_dict())
    return say(f"effect.later_{'clear' if clear else 'none'}", names, ratio=ratio)


def outcomes(rows: pd.DataFrame, rung: Rung, labels: Sequence[str], *, title: bool = False) -> str:
    """Say what the same comparison gives for other outcomes, p-values put right for being many."""
    read, other = reading(rung), rows.iloc[1:]
    clear = int((other["p_holm"] <= 0.05).sum())
    told = {"clear": words.number(clear), "all": words.number(len(other))}
    first = say("effect.outcomes", **told)
    if title:
        return fitting(first)
    each = []
    for label, row in zip(labels, rows.to_dict("records"), strict=True):
        if pd.isna(row["log_rate_ratio"]):
            each.append(f"{label}: {say('effect.refused_way', reason=str(row['reason']))}")
            continue
        p = row["p_holm"]
        holm = "" if pd.isna(p) else say("effect.holm", p=words.number(p, decimals=3))
        each.append(f"{label}: {of_row(read, row)}{holm}")
    return f"{first} ({'; '.join(each)}). {say('effect.never_added')}"


def texts_of_controls(names: Names, texts: dict[str, list[str]]) -> str:
    """Say what became of controls that hold texts."""
    said = []
    for name, found in texts.items():
        key = "dummies" if len(found) > 1 else "dummies_one"
        said.append(
            say(f"effect.{key}", names, name=escaping.plain(name), first=(found or [""])[0])
        )
    return " ".join(said)


def planted(rung: Rung) -> str:
    """Say of simulated data whether the interval holds what was planted; nothing of others."""
    measure = rung.asked.names.described
    truth = frames.planted(measure) if measure and rung.asked.names.dense else None
    if truth is None:
        return ""
    read, (low, high) = reading(rung), rung.error.interval(rung.b)
    key = "planted_in" if low <= truth <= high else "planted_out"
    return say(f"effect.{key}", ratio=read.ratio(truth))
