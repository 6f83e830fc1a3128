"""
Say each finding in one line, for the top of a figure: what can be read aloud in one breath.

An interval stays in the line where the figure below it does not show it. That numbers are simulated
is said by the banner of the figure, which comes before its title wherever it is told.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from .. import effect, indicators, places, study, suppress, words
from . import teams
from .common import (
    called,
    highest,
    listed,
    lowest,
    ratios,
    ratios_of,
    without_each,
    without_hidden,
)
from .ranking import pairs_apart
from .teams import exposure, method, refusal
from .uptake import reliable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..effect import Denominators, Estimate, Ladder, Robustness
    from ..indicators import Classes, Indicator


def headline(
    whole: pd.DataFrame,
    *,
    indicator: Indicator,
    change: pd.DataFrame | None = None,
    before: Indicator | None = None,
) -> str:
    """
    Say the share of the whole province, of people as so many of a hundred.

    Parameters
    ----------
    whole
        One row of `rates.to_province`.
    indicator
        The measure in its year.
    change, before
        The change of the province since an earlier year, of `change.difference`, if there is any.
    """
    row = whole.iloc[0]
    if pd.isna(row["share"]):
        return words.term("findings.no_uptake", label=indicator.label, when=indicator.when)
    if _of_hundred(indicator) and round(100 * row["share"]):
        return words.term(
            "findings.title_headline_people",
            number=words.number(100 * row["share"]),
            counts=indicator.counts,
            since=_since(change, before),
        )
    unit = indicators.classes(indicator.name)
    return words.term(
        "findings.title_headline",
        label=indicator.label,
        when=indicator.when,
        share=words.value(row["share"], unit),
        span=_span(row["share_low"], row["share_high"], unit),
    )


def _of_hundred(indicator: Indicator) -> bool:
    """Say whether a measure is a share of residents who are people, and counted as such."""
    return (indicator.kind, indicator.unit, indicator.denominator) == (
        "share",
        "people",
        "residents",
    )


def _since(change: pd.DataFrame | None, before: Indicator | None) -> str:
    """Say how many more or fewer of a hundred they are, where that is more than chance."""
    if change is None or before is None:
        return ""
    row = change.iloc[0]
    number = abs(round(row["change_pp"])) if pd.notna(row["change_pp"]) else 0
    way = _way(row["change_low_pp"], row["change_high_pp"])
    if not number or way == "moves":
        return ""
    key = "findings.since_more" if way == "rises" else "findings.since_fewer"
    return words.term(key, number=words.number(number), year=before.year)


def _way(low: float, high: float) -> str:
    """Name the way in which a change goes, as far as its interval tells."""
    return "rises" if low > 0 else "falls" if high < 0 else "moves"


def where(
    districts: pd.DataFrame,
    *,
    indicator: Indicator,
    ranks: pd.DataFrame | None = None,
) -> str:
    """
    Name the highest and the lowest district of one measure in one year, and say what is sure of
    their order where the possible ranks are at hand.
    """
    known = districts[districts["share"].notna()].set_index("code")
    if known.empty:
        return words.term("findings.no_uptake", label=indicator.label, when=indicator.when)
    unit = indicators.classes(indicator.name)
    texts = {}
    for end, code in (("high", highest(known["share"])), ("low", lowest(known["share"]))):
        share, least, most = (
            float(known[column].loc[code]) for column in ("share", "share_low", "share_high")
        )
        texts[end] = words.value(share, unit)
        texts[f"{end}_span"] = _span(least, most, unit)
        texts[f"{end}est"] = places.label(code)
    key = "findings.title_where" if len(known) > 1 else "findings.title_where_one"
    sentence = words.term(key, label=indicator.label, year=indicator.year, **texts)
    if ranks is not None and len(known) > 1:
        sentence = words.term("findings.title_where_order", where=sentence, order=_order(ranks))
    return without_hidden(sentence, districts, short=True)


def communes(rows: pd.DataFrame) -> str:
    """Say how many communes of one measure and year have a share that means little by itself."""
    return reliable(rows).rstrip(".")


def extremes(table: pd.DataFrame, *columns: str) -> str:
    """Name the place where each quantity is highest (index: codes)."""
    each = []
    for one in columns:
        if table[one].isna().all():
            continue
        top = highest(table[one])
        each.append(
            words.term(
                "findings.title_most",
                label=indicators.measure_label(one),
                place=places.label(top),
                value=words.value(table[one].loc[top], indicators.classes(one)),
            )
        )
    each[1:] = [f"{one[:1].lower()}{one[1:]}" for one in each[1:]]
    labels = listed([indicators.measure_label(one) for one in columns])
    return "; ".join(each) or words.term("findings.title_no_extremes", label=labels)


def counted(table: pd.DataFrame) -> str:
    """Say in which census the residents of a list (`origin`) were counted; empty if in none."""
    census = bool((table["origin"] == "census").all())
    return words.term("slides.under_census") if census else ""


def funnel(limits: pd.DataFrame) -> str:
    """Say which districts lie outside the limits of chance for all together, of `ranks.funnel`."""
    known = limits[limits["share"].notna()].sort_values("share", ascending=False, kind="stable")
    sides = {
        side: [places.label(code) for code in known.index[known["outside"] == side]]
        for side in ("above", "below")
    }
    outside = sum(map(len, sides.values()))
    each = [
        words.term(f"findings.funnel_{side}", places=listed(names))
        for side, names in sides.items()
        if names
    ]
    sentence = words.term(
        "findings.title_funnel" if outside else "findings.title_funnel_none",
        outside=words.number(outside),
        known=words.number(len(known)),
        places="; ".join(each),
    )
    return without_hidden(sentence, limits, short=True)


def shrunken(rows: pd.DataFrame) -> str:
    """Say between what the shares of communes lie when drawn together, and as counted."""
    known = rows.dropna(subset="shrunken_share")
    if known.empty:
        return communes(rows)
    sentence = words.term(
        "findings.title_shrunken",
        drawn=_from_to(known["shrunken_share"], known["indicator"]),
        raw=_from_to(known["share"], known["indicator"]),
    )
    return without_hidden(sentence, rows, short=True)


def _from_to(shares: pd.Series, measure: pd.Series) -> str:
    """Say between what shares of one measure lie; one alone is no interval."""
    unit = indicators.classes(str(measure.iloc[0]))
    low, high = shares.min(), shares.max()
    if words.value(low, unit) == words.value(high, unit):
        return words.value(low, unit)
    return words.interval(low, high, unit)


def change(
    districts: pd.DataFrame, whole: pd.DataFrame, *, before: Indicator, after: Indicator
) -> str:
    """Say what changed in the province, and in how many districts it is more than chance."""
    known = districts[districts["change_pp"].notna()]
    row = whole.iloc[0]
    if known.empty:
        return words.term("findings.no_uptake", label=after.label, when=after.when)
    partial = pd.isna(row["change_pp"])
    sure = (known["change_low_pp"] > 0) | (known["change_high_pp"] < 0)
    scale = indicators.change_scale(after.name)
    # what no interval is known of is neither more than chance nor less
    alone = known["change_low_pp"].isna().all()
    key = "title_change_partial" if partial else "title_change_alone" if alone else "title_change"
    sentence = words.term(
        f"findings.{key}",
        label=after.label,
        before=before.year,
        after=after.year,
        moved=_moved(row, scale),
        span=_span(row["change_low_pp"], row["change_high_pp"], scale),
        sure=int(sure.sum()),
        known=len(known),
    )
    return without_hidden(sentence, districts, short=True)


def _moved(row: pd.Series, scale: Classes | str) -> str:
    """Say a change in words where it is more than chance, and else with its sign."""
    way, text = (
        _way(row["change_low_pp"], row["change_high_pp"]),
        words.value(row["change_pp"], scale),
    )
    return words.term(f"findings.{way}", change=text if way == "moves" else text.lstrip("+−"))


def platforms(rates: pd.DataFrame, *, measures: Sequence[Indicator]) -> str:
    """Say where platforms are used most; the places may differ, and platforms do not add up."""
    tops: Counter[str] = Counter()
    for one in measures:
        rows = rates[(rates["indicator"] == one.name) & (rates["year"] == one.year)]
        known = rows.dropna(subset=["share"]).set_index("code")["share"]
        tops[places.label(highest(known)) if len(known) else ""] += 1
    number, year = len(measures), listed(sorted({str(one.year) for one in measures}))
    if len(tops) == 1 < number:
        return words.term(
            "findings.title_platforms_same", place=next(iter(tops)), number=number, year=year
        )
    each = [
        words.term("findings.title_platforms_most", place=place, number=count)
        if place
        else words.term("findings.title_platforms_unknown", number=count)
        for place, count in tops.most_common()
    ]
    return words.term("findings.title_platforms", number=number, year=year, each=listed(each))


def years(whole: pd.DataFrame, *, measures: Sequence[Indicator]) -> str:
    """Say the share of the whole province in each year of one measure, with intervals."""
    unit = indicators.classes(measures[0].name)
    each = []
    for one in measures:
        row = whole[whole["year"] == one.year].iloc[0]
        if pd.isna(row["share"]):
            each.append(words.term("findings.title_year_unknown", year=one.year))
            continue
        share = words.value(row["share"], unit)
        span = _span(row["share_low"], row["share_high"], unit)
        each.append(words.term("findings.title_year", year=one.year, share=share, span=span))
    return words.term("findings.title_years", label=measures[0].label, each=listed(each))


def density(districts: pd.DataFrame) -> str:
    """Say how dense team members are, and where most and least."""
    table = districts.set_index("code")
    column = study.current().density
    known, scale = table[column].dropna(), indicators.classes(column)
    total = table.loc[known.index, ["members", "population"]].sum()
    return words.term(
        "findings.title_density" if len(known) > 1 else "findings.title_density_one",
        density=words.value(study.current().per * total["members"] / total["population"], scale),
        highest=places.label(highest(known)),
        high=words.value(known.max(), scale),
        lowest=places.label(lowest(known)),
        low=words.value(known.min(), scale),
    )


def density_and_uptake(areas: pd.DataFrame, *, indicator: Indicator) -> str:
    """
    Name where team members are densest, and where uptake is highest: two facts, and no relation.

    Parameters
    ----------
    areas
        Index: codes. The density of the study and the `share` of the measure, with its `state`.
    indicator
        The measure, which gives the unit of the share.
    """
    column = study.current().density
    shares = areas["share"].mask(suppress.is_hidden(areas))
    ends = {}
    for name, values, scale in (
        ("dense", areas[column], indicators.classes(column)),
        ("used", shares, indicators.classes(indicator.name)),
    ):
        if values.isna().all():
            return words.term("findings.title_no_extremes", label=indicator.label)
        ends[name] = highest(values), words.value(values.max(), scale)
    (dense, density), (used, share) = ends["dense"], ends["used"]
    return words.term(
        "findings.title_both_one" if dense == used else "findings.title_both",
        year=indicator.year,
        dense=places.label(dense),
        density=density,
        used=places.label(used),
        share=share,
    )


def estimate(ladder: Ladder) -> str:
    """Say the headline of a ladder with its interval, or why there is none."""
    try:
        found = ladder.headline
    except effect.Refused as refused:
        return refusal(refused)
    unclear = found.low <= 0 <= found.high
    return words.term(
        "findings.title_estimate_unclear" if unclear else "findings.title_estimate",
        where=words.term(f"findings.rung_{found.rung}", clusters=found.clusters),
        exposure=exposure(found.exposure),
        **ratios_of(found),
    )


def relation(units: pd.DataFrame, found: Estimate) -> str:
    """Say of how many communes the rate is high, of the denser ones and of the others."""
    sentence = words.term(
        "findings.title_relation" if teams.within(found) else "findings.title_relation_whole",
        **teams.sides(units, found),
    )
    return without_hidden(sentence, units, short=True)


def rungs(ladder: Ladder) -> str:
    """Say between which ratios all feasible ways to estimate lie, the headline among them."""
    found = ladder.headline
    every = [one.rate_ratio for one in ladder]
    interval = found.rate_ratio_low, found.rate_ratio_high
    *_, least, most = words.ratios(found.rate_ratio, *interval, min(every), max(every))
    kind = "_one" if len(every) == 1 else "_alike" if least == most else ""
    return words.term(
        f"findings.title_rungs{kind}",
        ways=len(every),
        least=least,
        most=most,
        **ratios(found.rate_ratio, *interval),
    )


def denominators(test: Denominators, found: Estimate) -> str:
    """Say what a wrong denominator would make by itself, beside the estimate."""
    return words.term("findings.title_denominators", **teams.worst(test), **ratios_of(found))


def coverage(table: pd.DataFrame) -> str:
    """Say how often the headline's interval held the truth, and how often the usual one did."""
    mean = table.groupby("method")["coverage"].mean()
    return words.term(
        "findings.title_coverage",
        headline=words.percent(mean.loc["headline"]),
        naive=words.percent(mean.loc["cluster-robust z"]),
        scenarios=table["scenario"].nunique(),
    )


def robustness(
    found: Robustness, *, benchmarks: pd.DataFrame | None = None, covariate: str = ""
) -> str:
    """
    Say how strong something unmeasured must be to take the relation away.

    Parameters
    ----------
    found
        Of `effect.robustness`.
    benchmarks
        Of `effect.benchmarks`, by which it is measured where even the strongest leaves a relation.
    covariate
        The control that they are multiples of.
    """
    if benchmarks is not None:
        strongest = benchmarks.reset_index().iloc[-1]
        ends = strongest["rate_ratio_low"], strongest["rate_ratio_high"]
        if not ends[0] <= 1 <= ends[1]:
            return words.term(
                "findings.title_robustness_holds",
                times=words.number(strongest["times"]),
                covariate=teams.covariate(covariate),
                **ratios(strongest["rate_ratio"], *ends),
            )
    return words.term(
        "findings.title_robustness",
        value=words.percent(found.value),
        significant=words.percent(found.value_significant),
    )


def order(ranks: pd.DataFrame) -> str:
    """Say how much of the order of one year is sure, by the possible ranks."""
    sentence = _order(ranks)
    return without_hidden(f"{sentence[:1].upper()}{sentence[1:]}", ranks, short=True)


def _order(ranks: pd.DataFrame) -> str:
    pairs, apart = pairs_apart(ranks)
    return words.term(
        "findings.title_order" if apart else "findings.title_order_none",
        pairs=words.number(pairs),
        apart=words.number(apart),
    )


def first_three(ranks: pd.DataFrame) -> str:
    """Say who surely is among the first three, and how many could be, of `ranks.rank_sets`."""
    sure, could = (
        ranks.index[ranks[f"{key}_first_three"].astype(bool)] for key in ("surely", "could_be")
    )
    known = int(ranks["rank"].notna().sum())
    key = "findings.ranking_all" if len(could) == known else "findings.ranking_some"
    sentence = words.term(
        "findings.title_first_three" if len(sure) else "findings.title_first_three_none",
        could=words.term(key, places=len(could), known=known),
        others=words.number(len(could) - len(sure)),
        sure=listed([places.label(code) for code in sure]),
    )
    return without_hidden(sentence, ranks, short=True)


def left_out(refits: pd.DataFrame, found: Estimate) -> str:
    """Say between which ratios the estimate stays when one district is left out."""
    alone = refits.index[refits[[*effect.INFLUENCE]].any(axis=1)]
    return words.term(
        "findings.title_left_out_flag" if len(alone) else "findings.title_left_out",
        **without_each(refits, found),
        places=listed([called(code, short=True) for code in alone]),
    )


def limits(found: Estimate) -> list[str]:
    """Say what an estimate rests on, what it cannot see, and what it is not: one line each."""
    lines = [
        words.term(
            "findings.rests_on",
            where=words.term(f"findings.rung_{found.rung}", clusters=found.clusters),
            size=teams.size(found),
            method=method(found.rung),
            df=words.number(found.df, decimals=1),
        )
    ]
    return lines + teams.limits(found)


def subtitle(measure: Indicator, key: str) -> str:
    """Say what a measure is out of, in one of the lines that stand below a finding."""
    unit = words.with_unit(indicators.change_unit(measure.name))
    line = words.term(key, label=measure.label, when=measure.when, over=measure.over, unit=unit)
    return line[:1].upper() + line[1:]


def ratio_of(label: str, name: str) -> str:
    """Say of what outcome, if it has a label, and of what exposure the ratios of a figure are."""
    said = words.term("findings.ratio_of", label=label, exposure=exposure(name))
    return said.removeprefix(": ")


def _span(low: float, high: float, unit: Classes | str) -> str:
    """Write an interval in brackets; nothing where there is none, as of one district."""
    if pd.isna(low) or pd.isna(high):
        return ""
    return words.term("findings.span", span=words.span(low, high, unit))
