"""Say what the counts show: where uptake is high, what changed, what cannot be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, indicators, places, rates, sources, suppress, words
from .common import highest, in_sentence, listed, lowest, prefixed, qualified, without_hidden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Classes, Indicator

FEW_NAMES = 5
"""Places that a sentence names; of more it says how many."""
# Figures that different sources print differently, for one and the same thing.
CONTESTED = ("teams_hamlet", "team_members", "campaign_start")


def ledger(published: pd.DataFrame) -> str:
    """Count the published figures, and say whether any is of uptake below the province."""
    below = published[published["unit_code"] != places.province()["code"]]
    subjects = [*indicators.names(), "teams_hamlet", "teams_commune", "team_members"]
    local = below.loc[below["indicator"].isin(subjects), "indicator"].unique()
    return words.term(
        "findings.ledger_local" if len(local) else "findings.ledger",
        figures=len(published),
        measures=published["indicator"].nunique(),
        province=len(published) - len(below),
        below=len(below),
        local=", ".join(local),
    )


def contradictions(published: pd.DataFrame) -> str:
    """Set side by side what sources print for teams, members and the start: one line each."""
    lines = []
    for name in CONTESTED:
        rows = published[published["indicator"] == name].sort_values("as_of", kind="stable")
        texts = [_printed(row) for _, row in rows.iterrows()]
        distinct = list(dict.fromkeys(texts))
        if len(distinct) > 1:
            lines.append(
                words.term(
                    "findings.contradiction",
                    subject=words.term(f"subjects.{name}"),
                    values=listed(distinct),
                )
            )
    return "\n".join(lines)


def head_count(published: pd.DataFrame, counts: pd.DataFrame) -> str:
    """Explain why the sum over platforms is no number of people."""
    row = published[published["indicator"] == "participations_all"].iloc[0]
    others = counts[~counts["indicator"].map(indicators.counts_users)]
    total, informed = (
        _rough(some["count"].sum(), rough=bool((some["qualifier"] != "exact").any()))
        for some in (counts, others)
    )
    return words.term(
        "findings.head_count",
        qualifier=words.term(f"qualifiers.{row['qualifier']}"),
        printed=words.number(row["value"]),
        total=total,
        informed=informed,
    )


def _rough(count: float, *, rough: bool) -> str:
    """Write a count, as "about" if what it is made of was not printed exactly."""
    return qualified(words.number(count), "about" if rough else "exact")


def distinct_users(bounds: pd.DataFrame) -> str:
    """Give the bounds of the number of different users, added up over places of one year."""
    low, high, out_of = bounds[["users_low", "users_high", "out_of"]].sum()
    rough = "approximate" in bounds and bool(bounds["approximate"].any())
    sentence = words.term(
        "findings.distinct",
        low=_rough(low, rough=rough),
        high=_rough(high, rough=rough),
        out_of=words.number(out_of),
        share=words.interval(low / out_of, high / out_of, "share"),
    )
    return prefixed(sentence, bounds["origin"])


def extremes(table: pd.DataFrame, *columns: str) -> str:
    """Name the highest and the lowest place of mapped quantities (index: codes): one line each."""
    return "\n".join(_extremes(table, one) for one in columns)


def _extremes(table: pd.DataFrame, column: str) -> str:
    unit = indicators.classes(column)
    values = table[column]
    if values.isna().all():
        return words.term("findings.no_extremes", label=indicators.measure_label(column))
    top, bottom = highest(values), lowest(values)
    sentence = words.term(
        "findings.extremes",
        label=indicators.measure_label(column),
        highest=in_sentence(top),
        high=words.value(values.loc[top], unit),
        lowest=in_sentence(bottom),
        low=words.value(values.loc[bottom], unit),
    )
    return prefixed(without_hidden(sentence, table), table["origin"])


def uptake(reports: pd.DataFrame, *, indicator: Indicator) -> str:
    """Say where uptake of one measure in one year is highest and lowest, with intervals."""
    chosen = rates.pick(reports, indicator)
    districts = rates.to_districts(chosen)
    known = districts[districts["share"].notna()].set_index("code")
    counted = chosen.dropna(subset=["count", "out_of"])
    if counted.empty:
        sentence = words.term("findings.no_uptake", label=indicator.label, when=indicator.when)
        return without_hidden(sentence, districts)
    unit = indicators.classes(indicator.name)
    whole = counted[["count", "out_of"]].sum()
    people = places.communes()["population"]
    communes = set(counted["code"])
    covered = people.loc[list(communes)].sum() / people.sum()
    # what is hidden was reported, and is no gap
    lacking = sorted(set(people.index) - set(chosen.loc[suppress.is_reported(chosen), "code"]))
    named = listed([in_sentence(code) for code in lacking]) if len(lacking) <= FEW_NAMES else ""
    sentence = words.term(
        "findings.uptake" if communes == set(people.index) else "findings.uptake_partial",
        lacking=words.term("findings.uptake_lacking", places=named) if named else "",
        label=indicator.label,
        when=indicator.when,
        province=words.value(whole["count"] / whole["out_of"], unit),
        counted=indicator.counted(whole["count"], whole["out_of"]),
        over=indicator.over,
        reported=words.number(len(communes)),
        communes=words.number(len(people)),
        # nearly all is not all
        covered=words.percent(covered, decimals=0 if round(covered, 2) < 1 else None),
    )
    if places.levels():
        ends = _ends(known, unit) if len(known) else words.term("findings.no_district")
        sentence = f"{sentence} {ends}"
    return prefixed(without_hidden(sentence, districts), chosen["origin"])


def _ends(known: pd.DataFrame, unit: Classes) -> str:
    """Say where the share is highest and where it is lowest."""
    top, bottom = highest(known["share"]), lowest(known["share"])
    return words.term(
        "findings.uptake_where" if len(known) > 1 else "findings.uptake_one",
        highest=in_sentence(top),
        high=words.value(known["share"].loc[top], unit),
        high_interval=_interval(known, top, unit),
        lowest=in_sentence(bottom),
        low=words.value(known["share"].loc[bottom], unit),
        low_interval=_interval(known, bottom, unit),
    )


def each_uptake(reports: pd.DataFrame, *, measures: Sequence[Indicator]) -> str:
    """Say of each measure in its year where uptake is highest and lowest: one line each."""
    return "\n".join(uptake(reports, indicator=one) for one in dict.fromkeys(measures))


def partial(reports: pd.DataFrame) -> str:
    """Say what there is of each measure and year that some communes lack, or that none does."""
    number = reports[suppress.is_reported(reports)].groupby(["indicator", "year"])["code"].nunique()
    some = number[number < len(places.communes())].index
    measures = [indicators.get(str(name), year=int(year)) for name, year in some]
    if not measures:
        return words.term("findings.complete", communes=words.number(len(places.communes())))
    return each_uptake(reports, measures=measures)


def compared(measures: Sequence[Indicator]) -> str:
    """
    Say which two years are compared, and where the others stand; nothing where there are only two.

    Parameters
    ----------
    measures
        One measure in all its years, first to last, as `frames.taken` lists it.
    """
    if len(measures) < 3:
        return ""
    return words.term(
        "findings.compared",
        label=measures[-1].label,
        number=len(measures),
        years=listed([str(one.year) for one in measures]),
        before=measures[-2].year,
        after=measures[-1].year,
    )


def not_here(reports: pd.DataFrame, *, shown: Sequence[Indicator], atlas: bool = True) -> str:
    """
    Name every measure and year that was reported and is not shown; nothing where all are.

    Parameters
    ----------
    reports
        Reports of communes.
    shown
        The measures that are shown, each in its year.
    atlas
        Whether there is an atlas to look them up in: of places without a position there is none.
    """
    seen = {(one.name, one.year) for one in shown}
    pairs = sorted(set(zip(reports["indicator"], reports["year"], strict=True)) - seen)
    each = [
        words.term(
            "findings.not_here_one",
            label=indicators.measure_label(name),
            years=listed([str(year) for other, year in pairs if other == name]),
        )
        for name in indicators.names()
        if any(other == name for other, _ in pairs)
    ]
    key = "findings.not_here" if atlas else "findings.not_here_tables"
    return words.term(key, each="; ".join(each)) if each else ""


def assumption() -> str:
    """Say what the intervals and ranks of shares assume of communes that are near each other."""
    return words.term(f"findings.assume_{'near' if rates.neighbours_known() else 'independent'}")


def reliability(communes: pd.DataFrame) -> str:
    """Say how many communes of one measure and year have a share that means little by itself."""
    return prefixed(reliable(communes), communes["origin"])


def reliable(communes: pd.DataFrame) -> str:
    """Say the same without what comes first where numbers are simulated."""
    known = communes[communes["share"].notna()]
    unreliable = int((known["state"] == "unreliable").sum())
    sentence = words.term(
        _reliability(unreliable, len(known)),
        unreliable=unreliable,
        known=len(known),
        limit=words.percent(rates.UNRELIABLE_ABOVE, decimals=0),
    )
    return without_hidden(sentence, communes)


def _reliability(unreliable: int, known: int) -> str:
    if unreliable:
        return "findings.reliability"
    return "findings.reliability_good" if known else "findings.reliability_none"


def small_counts(reports: pd.DataFrame) -> str:
    """Say how many reports are hidden because counts are small, or that none had to be."""
    reports = reports[suppress.is_reported(reports)]
    hidden, limit = int(suppress.is_hidden(reports).sum()), suppress.threshold()
    key = "hidden_off" if limit == 0 else "hidden_some" if hidden else "hidden_none"
    sentence = words.term(
        f"findings.{key}",
        hidden=words.number(hidden),
        reports=words.number(len(reports)),
        limit=words.number(limit),
    )
    return prefixed(sentence, reports["origin"])


def gate(before: Indicator, after: Indicator) -> str:
    """Say whether one measure may be subtracted from another, and what to do where it may not."""
    try:
        indicators.require_comparable(before, after)
    except ValueError:
        key = "findings.gate"
    else:
        key = "findings.gate_open"
    return words.term(
        key,
        before=f"{before.label} ({before.year})",
        after=f"{after.label} ({after.year})",
        before_counts=before.counts,
        before_over=before.over,
        after_counts=after.counts,
        after_over=after.over,
    )


def two_readings(readings: pd.DataFrame) -> str:
    """Put both readings of the published rise into one sentence, and choose neither."""
    first = readings.iloc[0]
    below = readings.set_index("reading")["share_before_below"]
    return words.term(
        "findings.two_readings",
        after=words.percent(first["share_after_nearly"], decimals=0),
        rise=words.number(first["rise"]),
        points=words.percent(below.loc["points"], decimals=0),
        relative=words.percent(below.loc["relative"], decimals=0),
    )


def change(
    districts: pd.DataFrame, whole: pd.DataFrame, *, before: Indicator, after: Indicator
) -> str:
    """Say what changed between two years of one measure, in the province and by district."""
    known = districts[districts["change_pp"].notna()].set_index("code")
    row = whole.iloc[0]
    partial = pd.isna(row["change_pp"])
    scale = indicators.change_scale(after.name)
    sentence = words.term(
        "findings.change_partial" if partial else "findings.change",
        label=before.label,
        before=before.year,
        after=after.year,
        province=words.value(row["change_pp"], scale),
        province_interval=""
        if partial
        else words.interval(row["change_low_pp"], row["change_high_pp"], scale),
    )
    if places.levels():
        ends = _changes(known, scale) if len(known) else words.term("findings.no_change")
        sentence = f"{sentence} {ends}"
    return prefixed(without_hidden(sentence, districts), districts["origin"])


def _changes(known: pd.DataFrame, scale: Classes | str) -> str:
    """Say where the change is largest and smallest, and how many changes are more than chance."""
    sure = (known["change_low_pp"] > 0) | (known["change_high_pp"] < 0)
    changes = known["change_pp"]
    most, least = highest(changes), lowest(changes)
    said = words.term(
        "findings.change_where",
        most=in_sentence(most),
        most_change=words.value(changes.loc[most], scale),
        least=in_sentence(least),
        least_change=words.value(changes.loc[least], scale),
    )
    if known["change_low_pp"].isna().all():  # nothing says how much they vary by chance
        return said
    return f"{said} {words.term('findings.change_sure', sure=int(sure.sum()), known=len(known))}"


def decomposition(parts: pd.DataFrame) -> str:
    """Split the change of one place into its two parts."""
    row = parts.iloc[0]
    sentence = words.term(
        "findings.no_decompose" if pd.isna(row["change_pp"]) else "findings.decompose",
        place=in_sentence(row["code"]),
        **{
            name: words.value(row[f"{name}_pp"], indicators.change_scale(row["indicator"]))
            for name in ("change", "within", "between")
        },
    )
    return prefixed(sentence, parts["origin"])


def ranks(shift: pd.DataFrame) -> str:
    """Say how ranks within each year moved."""
    moved = shift.dropna(subset=["places_up"]).set_index("code")
    up, down = int((moved["places_up"] > 0).sum()), int((moved["places_up"] < 0).sum())
    if moved.empty:
        sentence = words.term("findings.no_ranks")
        return prefixed(without_hidden(sentence, shift), shift["origin"])
    if not up:
        sentence = words.term("findings.ranks_same")
        return prefixed(without_hidden(sentence, shift), shift["origin"])
    most = highest(moved["places_up"].astype(float))
    sentence = words.term(
        "findings.ranks",
        up=up,
        down=down,
        same=len(moved) - up - down,
        most=in_sentence(most),
        rank_before=moved["rank_before"].loc[most],
        rank_after=moved["rank_after"].loc[most],
    )
    return prefixed(without_hidden(sentence, shift), shift["origin"])


def target(gap: pd.DataFrame, *, indicator: Indicator) -> str:
    """Say how many districts reached the target, and what the others lack."""
    known = gap[gap["missing"].notna()]
    sentence = words.term(
        "findings.target" if len(known) else "findings.no_district",
        reached=int((known["missing"] == 0).sum()),
        known=len(known),
        target=words.percent(indicator.target or np.nan, decimals=0),
        when=indicator.when,
        missing=words.number(known["missing"].sum()),
        unit=indicator.unit_label,
    )
    return prefixed(without_hidden(sentence, gap), gap["origin"])


def source(table: pd.DataFrame) -> str:
    """
    Name the sources of the rows of a table, for the line below a figure; and say so where small
    counts are not hidden: such a figure is not for release.

    Raises
    ------
    ValueError
        If the table, or a row of it, does not say its origin.
    """
    told = frames.require_origin(table)["origin"]
    if "state" in table:  # a place that sent nothing has no number that would come from anywhere
        told = told[told.notna() | (table["state"] != "no data")]
    frames.require_origins(told)
    origins = [one for one in frames.ORIGINS if (table["origin"] == one).any()]
    if suppress.threshold() == 0 and {"reported", "simulated"} & set(origins):
        origins.append("internal")
    if sources.is_own(sources.REPORTS):  # of whoever wrote them, not of this package
        origins = ["simulated_own" if one == "simulated" else one for one in origins]
    return "; ".join(words.term(f"sources.{one}") for one in origins)


def period(*measures: Indicator) -> str:
    """Name the dates that a figure is about, each once."""
    return listed(list(dict.fromkeys(one.when for one in measures)))


def counted_on(table: pd.DataFrame) -> str:
    """Name the day on which the residents of a list of places were counted, where it is known."""
    census = bool((table["origin"] == "census").all())
    return words.term("titles.census_day" if census else "titles.list_day")


def residents(rows: pd.DataFrame) -> str:
    """
    Warn where residents of one year come from two counts, reports and the list; else say nothing.

    Parameters
    ----------
    rows
        Any frame of communes and years: `code`, `year`.
    """
    people = frames.residents(rows).assign(year=rows["year"])
    lines = []
    for year, group in people.groupby("year"):
        reported = int((~group["listed"]).sum())
        if 0 < reported < len(group):
            lines.append(
                words.term(
                    "findings.residents",
                    year=year,
                    reported=reported,
                    listed=len(group) - reported,
                )
            )
    return "\n".join(lines)


def _interval(districts: pd.DataFrame, code: str, unit: Classes) -> str:
    return words.interval(districts["share_low"].loc[code], districts["share_high"].loc[code], unit)


def _printed(row: pd.Series) -> str:
    if pd.isna(row["value"]):  # a date stands for itself
        return words.day(row["as_of"])
    text = qualified(words.number(row["value"]), row["qualifier"])
    return f"{text} ({words.day(row['as_of'])})"
