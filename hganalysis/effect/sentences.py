"""What the answers say, in the language in use; the first clause is the title of a picture."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, study, words
from ..figure import capitalise, join_some
from . import sensitivity
from .frame import Data, Names, Refused, nouns, say
from .rungs import AT_ALL, Rung, check

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


def reading(rung: Rung) -> Reading:
    """
    Choose the step of the exposure that is said: one more, or a standard deviation.

    No step is longer than the exposure is wide, or nothing observed would stand behind it.
    """
    x, read = rung.asked.units["exposure"], Reading(rung.asked.names, "one", 1.0)
    with suppress(Refused):  # other ways may be told all the same
        check(rung, AT_ALL)
        texts = read.ratios(rung.b, *rung.error.interval(rung.b))
        short = all(len(text.replace(",", ".").partition(".")[2]) <= DECIMALS for text in texts)
        if short and x.max() - x.min() >= 1 and abs(rung.b) < math.log(LARGE):
            return read
    return Reading(rung.asked.names, "sd", rung.asked.sd)


def clusters_of(names: Names, label: str) -> str:
    """Name a cluster as readers do."""
    return places.label(label) if names.listed else escaping.plain(label)


def of_flags(flags: str, names: Names) -> str:
    """Say what stands as `flags` in a table."""
    return "; ".join(say(f"effect_flags.{one}", names) for one in flags.split("; ") if one)


def write_question(data: Data) -> str:
    """Write what a design asks, and of how many units."""
    names = data.names
    size_key = "study_size" if names.listed else "own_size"
    n_clusters = data.units["cluster"].nunique()
    scope = [say(f"effect_nouns.{size_key}", clusters=n_clusters, units=len(data.units))]
    if names.described:
        scope.insert(0, str(names.described))
    return say("effect.question", names, scope="; ".join(scope))


def estimate(rung: Rung, room: float = math.inf) -> str:
    """Say what was found; without where it was, if there is no room."""
    names, read, ends = rung.asked.names, reading(rung), rung.error.interval(rung.b)
    ratio = math.exp(read.units * rung.b)
    key = "times" if ratio >= 2 or ratio <= 0.5 else "higher" if ratio > 1 else "lower"
    told = {"by": words.percent(abs(ratio - 1), decimals=0 if abs(ratio - 1) >= 0.1 else 1)}
    told |= {"ratio": read.ratio(rung.b), "step": read.more(short=True)}
    brief = say(f"effect.{'unclear' if ends[0] <= 0 <= ends[1] else key}", names, **told)
    full = f"{say(f'effect.where_{rung.number}', names)}, {brief}"
    return capitalise(full if len(full) <= room else brief)


def of_headline(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say it all: what was found, how sure, what could make it, and what it does not show."""
    rung, names, texts = asked.rung, asked.data.names, asked.data.texts
    ends, part = rung.error.interval(rung.b), sensitivity.part_of(rung, asked.assumed)
    size = f"effect_nouns.{'study' if names.listed else 'own'}_size"
    flags = of_flags(str(table["flags"].iloc[0]), names)
    told = read.told(rung.b, *ends) | {
        "step": read.more(),
        "compared": say(f"effect.compared_{rung.number}", names),
        "error": "HC2" if rung.number == 5 else "CR2",
        "df": words.number(rung.error.df, decimals=1),
        "size": say(size, clusters=rung.clusters, units=len(asked.data.units)),
        "doubt": words.percent(asked.assumed),
        "made": read.ratio(part.log_rate_ratio if part else 0.0),
        "flags": flags,
        "least": read.ratio(sensitivity.detectable(rung.error)),
        "hidden": words.number(asked.hidden),
        "all": words.number(asked.all),
        "texts": escaping.plain(", ".join(texts)),
    }
    holds: dict[str, object] = {"detail": True, "ruled_out": ends[0] <= 0 <= ends[1]}
    holds |= {"beside": part, "no_ratio": not part, "flags": flags, "detectable": True}
    holds |= {"left_out": asked.hidden, "dummies": texts}
    first, *said = (say(f"effect.{key}", names, **told) for key, one in holds.items() if one)
    return " ".join([f"{estimate(rung)} ({first}).", *said, limit(names)])


def limit(names: Names) -> str:
    """Say what an estimate does not show."""
    said = nouns(names)["limit"]
    caution = words.of_study("[Caution]").rstrip(".") if names.dense else ""
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
    rung, logs = asked.rung, table["log_rate_ratio"].dropna()
    has_main = table.loc[logs.index, "way"].eq(str(rung.number)).any()
    main, least, most = read.ratios(rung.b if has_main else math.nan, logs.min(), logs.max())
    key = "no_main" if not has_main else "ways" if len(logs) > 1 else "one_way"
    told = {"main": main, "least": least, "most": most, "ways": len(logs)}
    said = _each(asked, table, read, f"effect.{key}", **told)
    measure = read.names.described if asked.origin == "simulated" and has_main else None
    if measure and (truth := frames.planted(measure)) is not None:
        low, high = rung.error.interval(rung.b)
        key = "planted_in" if low <= truth <= high else "planted_out"
        said += " " + say(f"effect.{key}", ratio=read.ratio(truth))
    return said


def of_leave_one_out(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how the estimate moves without each cluster."""
    logs = table["log_rate_ratio"]
    full, low, high = read.ratios(asked.rung.b, logs.min(), logs.max())
    shift = table.set_index("left_out")["shift_in_errors"].abs().astype(float)
    weighty = table.loc[table["turns"] | table["moves"], "left_out"]
    told = {"full": full, "low": low, "high": high}
    told["most"] = clusters_of(read.names, str(shift.idxmax()))
    told["shift"] = words.number(shift.max(), decimals=1)
    told["places"] = join_some([clusters_of(read.names, one) for one in weighty])
    keys = "without", "moves_most", "one_decides" if len(weighty) else "none_decides"
    return " ".join(say(f"effect.{key}", read.names, **told) for key in keys)


def of_denominators(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what errors in the denominator make, and what is left without it."""
    made = table.loc[table["doubt"] == asked.assumed, "log_rate_ratio"].iloc[0]
    told = {"doubt": words.percent(asked.assumed), "alone": read.ratio(made)}
    told["main"] = read.ratio(asked.rung.b)
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
    """Say what other ways to compute the same interval give."""
    ends = table["log_low"].min(), table["log_high"].max()
    _, low, high = read.ratios(asked.rung.b, *ends)
    ways = table["method"].nunique()
    return _each(asked, table, read, "effect.opinions", ways=ways, low=low, high=high)


def of_sensitivity(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how strong something unmeasured must be, and what three times each control would do."""
    shares = {"value": "robustness_value", "significant": "robustness_value_significant"}
    told = {key: words.percent(table[one].iloc[0]) for key, one in shares.items()}
    most = table[table["times"].isna() | table["times"].eq(sensitivity.TIMES[-1])]
    return _each(asked, most, read, "effect.strength", **told)


def of_power(_: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say which difference would be detected."""
    least = table.set_index("power")["log_rate_ratio"][0.8]
    return say("effect.power", ratio=read.ratio(least), step=read.more())


def of_naive(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say how narrow the usual intervals are beside the headline's."""
    phi = float(table["phi"].iloc[0])
    written = words.number(phi, decimals=0 if phi >= 10 else 1)
    return _each(asked, table, read, "effect.naive", phi=written)


def of_placebos(_: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what an exposure shows that cannot have acted."""
    row = table.to_dict("records")[-1]
    key = "later_none" if row["log_low"] <= 0 <= row["log_high"] else "later_clear"
    return say(f"effect.{key}", read.names, ratio=of_row(read, row))


def of_outcomes(asked: Design, table: pd.DataFrame, read: Reading) -> str:
    """Say what the same comparison gives for other outcomes, p-values put right for being many."""
    told = {"clear": (table["p_holm"] <= 0.05).sum(), "all": len(table) - 1}
    return f"{_each(asked, table, read, 'effect.outcomes', **told)} {say('effect.never_added')}"


def label(asked: Design, row: Row) -> str:
    """Name a row of a table: each question has a column of its own."""
    names = asked.data.names
    match row:
        case {"left_out": one}:
            return say("effect_rows.left_out", name=clusters_of(names, str(one)))
        case {"way": one} | {"question": one} | {"exposure": one} | {"method": one}:
            doubt = words.percent(asked.assumed)
            return say(f"effect_rows.{one}", names, doubt=doubt)
        case {"control": ""}:
            return say("effect_rows.nothing")
        case {"control": one, "times": times}:
            known = {"urban": words.term("effect_nouns.urban"), **study.current().controls}
            held = known.get(one, "") if names.listed else escaping.plain(one)
            return say("effect_rows.times", times=int(times), control=str(held))
        case _:
            one = str(row["count"])
            return escaping.plain(one) if names.measure is None else indicators.measure_label(one)
