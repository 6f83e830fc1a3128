"""Say how uptake goes with team density, how sure that is, and what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import effect, frames, indicators, study, suppress, words
from .common import (
    called,
    highest,
    in_sentence,
    listed,
    lowest,
    origin_of,
    prefixed,
    probability,
    ratio,
    ratios_of,
    without_each,
)

if TYPE_CHECKING:
    from ..effect import Denominators, Estimate, Ladder, Refused
    from ..indicators import Indicator


def density(districts: pd.DataFrame) -> str:
    """Say how many teams and members there are in one year, and where they are densest."""
    table = districts.set_index("code")
    column = study.current().density
    known = table[table[column].notna()]
    if known.empty:
        return words.term("findings.no_density")
    x, scale = known[column], indicators.classes(column)
    total = known[["teams", "members", "population"]].sum()
    sentence = words.term(
        "findings.density" if len(known) == len(table) else "findings.density_partial",
        known=len(known),
        districts=len(table),
        # the teams of some districts are not those of all
        members=words.term(
            "findings.in_teams" if known["teams"].notna().all() else "findings.in_no_teams",
            teams=words.number(total["teams"]),
            members=words.number(total["members"]),
        ),
        density=words.value(study.current().per * total["members"] / total["population"], scale),
        highest=in_sentence(highest(x)),
        high=words.value(x.max(), scale),
        lowest=in_sentence(lowest(x)),
        low=words.value(x.min(), scale),
    )
    return prefixed(sentence, table["origin"])


def headline(ladder: Ladder) -> str:
    """Say the headline of a ladder, or why there is none."""
    try:
        return estimate(ladder.headline)
    except effect.Refused as refused:
        return refusal(refused)


def refusal(refused: Refused) -> str:
    """Say that there is no estimate, why, and which unit is why where one is."""
    why = reason(refused.reason)
    if refused.unit is None or refused.share is None:
        return words.term("findings.estimate_refused", reason=why)
    return words.term(
        "findings.estimate_refused_unit",
        reason=why,
        unit=called(refused.unit, short=True),
        share=words.percent(refused.share, decimals=0),
    )


def estimate(found: Estimate) -> str:
    """
    Say what an estimate shows: the relation, its interval, what it cannot tell, what it is not.

    It says where uptake is higher, and not why: nothing in this design shows that members raise it.
    """
    parts = [
        words.term(
            "findings.estimate",
            where=words.term(f"findings.rung_{found.rung}", clusters=found.clusters),
            exposure=exposure(found.exposure),
            **ratios_of(found),
            level=words.percent(found.level, decimals=0),
            method=method(found.rung),
            df=words.number(found.df, decimals=1),
            size=size(found),
        )
    ]
    parts += limits(found)
    return prefixed(" ".join(parts), pd.Series([origin_of(found)]))


def relation(units: pd.DataFrame, found: Estimate) -> str:
    """Say of which communes behind an estimate the rate is high: of `effect.units`."""
    sentence = words.term(
        "findings.relation" if within(found) else "findings.relation_whole",
        **sides(units, found),
    )
    return prefixed(sentence, units["origin"])


def within(found: Estimate) -> bool:
    """Say whether an estimate compares communes with their own district."""
    return found.rung == 2


def sides(units: pd.DataFrame, found: Estimate) -> dict[str, int]:
    """
    Count the communes that may be shown: those denser and thinner than what they are compared
    with, and how many of both have a rate above it.
    """
    table = units if within(found) else units.assign(district_code="")
    beside = effect.beside_district(table, slope=found.log_rate_ratio).round(9)
    beside = beside[~suppress.is_hidden(units)]
    above = beside["multiple"] > 1
    denser, thinner = beside["density"] > 0, beside["density"] < 0
    return {
        "units": len(beside),
        "denser": int(denser.sum()),
        "denser_above": int((denser & above).sum()),
        "thinner": int(thinner.sum()),
        "thinner_above": int((thinner & above).sum()),
    }


def size(found: Estimate) -> str:
    """Say how many places an estimate compares, and in how many above them."""
    counted = {"clusters": found.clusters, "units": found.units}
    if found.rung == 5:  # of districts only
        return words.term("findings.size_districts", **counted)
    said = words.term("findings.size", **counted)
    return words.term("findings.size_years", size=said) if found.rung == 4 else said


def limits(found: Estimate) -> list[str]:
    """
    Say what an estimate is not, and what it cannot tell: a sentence each, the weightiest first.

    Where there is room for some only, that it shows no cause is never what is left out.
    """
    said = [words.term("findings.estimate_limit")]
    if found.low <= 0 <= found.high:
        _, low, high = words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
        said.insert(0, words.term("findings.estimate_unclear", low=low, high=high))
    said += ceiling(found) + doubt(found) + alike(found)
    mde = effect.minimal_detectable(found).rate_ratio
    said.append(words.term("findings.estimate_detectable", mde=ratio(mde)))
    # What has a sentence of its own is no caution more.
    rest = [one for one in found.flags if one not in ("near the ceiling", "neighbours alike")]
    if rest:
        said.append(words.term("findings.flags", flags=listed([flag(one) for one in rest])))
    return said


def ceiling(found: Estimate) -> list[str]:
    """Say that shares come near to 100 %, and what the ratio is then; nothing where they do not."""
    if found.log_odds_ratio is None:
        return []
    odds = ratio(float(np.exp(found.log_odds_ratio)))
    return [words.term("findings.estimate_ceiling", odds=odds)]


def alike(found: Estimate) -> list[str]:
    """Say that neighbours are alike, and what the interval holds because of it; else nothing."""
    if found.moran is None or not found.alike:
        return []
    p = probability(found.moran.p_value)
    if found.spatial is None:
        return [words.term("findings.estimate_alike", p=p)]
    return [words.term("findings.estimate_alike_held", p=p, **ratios_of(found.spatial))]


def by_distance(found: Estimate) -> list[str]:
    """Say the interval whose errors die away with distance; nothing where it was not asked for."""
    if found.spatial is None:
        return []
    return [words.term("findings.estimate_alike_other", **ratios_of(found.spatial))]


def doubt(found: Estimate) -> list[str]:
    """Say what errors in the denominator alone would make; nothing where it is not shared."""
    if not found.doubt:
        return []
    exact = (found.log_rate_ratio, found.sampling_low, found.sampling_high)
    _, low, high = words.ratios(*(float(np.exp(one)) for one in exact))
    return [
        words.term(
            "findings.estimate_doubt",
            doubt=words.percent(found.doubt, decimals=0),
            alone=ratio(float(np.exp(found.doubt_part))),
            low=low,
            high=high,
        )
    ]


def planted(found: Estimate, truth: pd.DataFrame, *, indicator: Indicator) -> str:
    """Compare an estimate with the answer that was planted in the simulated province."""
    planted_log = frames.planted(indicator, given=truth) or 0.0
    inside = found.low <= planted_log <= found.high
    _, low, high = words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)
    sentence = words.term(
        "findings.planted",
        truth=ratio(float(np.exp(planted_log))),
        low=low,
        high=high,
        verdict=words.term("findings.planted_in" if inside else "findings.planted_out"),
    )
    return words.term("findings.prefix", sentence=sentence)


def influence(refits: pd.DataFrame, found: Estimate) -> str:
    """Say how far leaving out one district moves the estimate."""
    shifts = refits["shift_in_se"]
    most = highest(shifts.abs())
    moved = refits["sign_changes"] | refits["moves_over_one_se"]
    turned = refits["conclusion_changes"]
    verdicts = []
    if moved.any():
        verdicts.append(("influence_flag", refits.index[moved]))
    if turned.any():
        clear = found.low <= 0 <= found.high
        verdicts.append((f"influence_{'' if clear else 'un'}clear", refits.index[turned]))
    if not moved.any():
        verdicts.insert(0, (f"influence_{'moves' if turned.any() else 'stable'}", refits.index[:0]))
    verdict = " ".join(
        words.term(f"findings.{key}", places=listed([in_sentence(code) for code in codes]))
        for key, codes in verdicts
    )
    sentence = words.term(
        "findings.influence",
        **without_each(refits, found),
        most=in_sentence(most),
        shift=words.number(shifts.loc[most], decimals=2, signed=True),
        verdict=verdict,
    )
    return prefixed(sentence, pd.Series([origin_of(found)]))


def denominator(test: Denominators) -> str:
    """Say how much of the estimate could come from the denominator: one line for each test."""
    free, share = test.free.iloc[0], test.shaken["share"].iloc[-1]
    lines = [
        words.term(
            "findings.free",
            members=words.number(free["elasticity"], decimals=2, signed=True),
            low=words.number(free["low"], decimals=2, signed=True),
            high=words.number(free["high"], decimals=2, signed=True),
            df=words.number(free["df"], decimals=1),
        ),
        words.term(
            "findings.shaken" if share > 0 else "findings.shaken_other",
            **worst(test),
            share=words.percent(share, decimals=0),
        ),
    ]
    for why in test.refusals:
        lines.append(words.term("findings.others_refused", reason=reason(why.reason)))
    if (others := test.others) is not None:
        lines.append(words.term("findings.others", **ratios_of(others)))
    origin = pd.Series([origin_of(test.estimate)])
    return "\n".join(prefixed(line, origin) for line in lines)


def worst(test: Denominators) -> dict[str, str]:
    """Say how large the largest error looked at is, and what ratio it makes by itself."""
    row = test.shaken.reset_index().iloc[-1]
    alone = float(np.exp(row["spurious_per_sd"] / test.estimate.sd))
    return {"error": words.percent(row["error"], decimals=0), "spurious": ratio(alone)}


def detectable(found: Estimate) -> str:
    """Say what difference this design would detect."""
    smallest = effect.minimal_detectable(found)
    sentence = words.term(
        "findings.detectable",
        size=words.term("findings.size_and", clusters=found.clusters, units=found.units),
        exposure=exposure(found.exposure),
        unit=ratio(smallest.rate_ratio),
    )
    return prefixed(sentence, pd.Series([origin_of(found)]))


def exposure(name: str) -> str:
    """Say one more unit of an exposure in words."""
    known = f"exposures.{name}" in words.strings()
    return words.term(f"exposures.{name}" if known else "exposures.other", name=name)


def covariate(name: str) -> str:
    """Name what a control is about, in words where there are any."""
    if name in (named := study.current().controls):
        return named[name]
    known = f"covariates.{name}" in words.strings()
    return words.term(f"covariates.{name}" if known else "covariates.other", name=name)


def method(rung: int) -> str:
    """Name the method of a rung."""
    return words.term(f"methods.{rung}")


def flag(key: str) -> str:
    """Say a flag of an estimate in words."""
    return words.term(f"flags.{key}") if f"flags.{key}" in words.strings() else key


def flags(cell: str) -> str:
    """Say a cell of `flags` in words: flags, or a refusal."""
    said = []
    for key in cell.split("; "):
        refused = key.removeprefix("refused: ")
        why = reason(refused)
        said.append(
            flag(key) if refused == key else words.term("findings.estimate_refused", reason=why)
        )
    return "; ".join(said)


def reason(key: str) -> str:
    """Say the reason of a refusal in words."""
    return words.term(f"reasons.{key}") if f"reasons.{key}" in words.strings() else key
