"""What the answer says. Its first clause is the title of the rows, its second of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from ..change.volume import write_volumes
from ..figure import MAX_TITLE_LENGTH, capitalise, fit_title
from ..ranking.sentences import why_unknown

if TYPE_CHECKING:
    from . import Gap

# A smaller error of a denominator would be written as 0 %.
SMALLEST_ERROR = 0.005


def write_gap(answer: Gap, gap_pp: float) -> str:
    """Write a gap bare; it has a sign only where the order of the two groups turns."""
    text = words.value(gap_pp, answer.measure.change_scale, bare=True)
    return text.lstrip("+")


def _with_points(answer: Gap, gap_pp: float) -> str:
    unit = words.unit_text(answer.measure.change_scale)
    return f"{write_gap(answer, gap_pp)} {unit}".strip()


def _groups(answer: Gap) -> dict[str, str]:
    return {"lower": answer.lower, "upper": answer.upper}


def gap_of_whole(answer: Gap) -> str:
    """Say how far the two are apart in the whole; nothing if the whole is incomplete."""
    gap_pp = answer.whole["gap_pp"]
    if pd.isna(gap_pp):
        return ""
    shares = pd.DataFrame([answer.whole])[["lower", "upper"]]
    [[low, high]] = answer.measure.write_rows(shares).to_numpy()
    points = _with_points(answer, abs(gap_pp))
    key = "gap.same" if gap_pp == 0 else "gap.whole"
    return words.term(key, low=low, high=high, points=points, **_groups(answer))


def gaps_of_places(answer: Gap, *, has_numbers: bool = True) -> str:
    """Say in how many places the group is lower, where most, and where it is higher."""
    compared = answer.table.dropna(subset="gap_pp")
    is_lower, is_higher = compared["gap_pp"] > 0, compared["gap_pp"] < 0

    def describe(place: pd.Series) -> str:
        if not has_numbers:
            return str(place["name"])
        return f"{place['name']} ({write_gap(answer, place['gap_pp'])})"

    has_left_out = len(compared) < len(answer.gaps)
    most_turned_first = compared[is_higher][::-1]
    turned = [describe(place) for _, place in most_turned_first.iterrows()]
    blanks = {
        "all": len(compared),
        "n_lower": is_lower.sum(),
        "which": words.term("gap.which") if has_left_out else "",
        "top": describe(compared.iloc[0]),
        "bottom": describe(compared.iloc[-1]),
        "names": words.join_some(turned),
        **_groups(answer),
    }
    if is_lower.all():
        return words.term("gap.lower_one" if len(compared) == 1 else "gap.lower_all", **blanks)
    if not turned:
        return words.term("gap.lower_some" if is_lower.any() else "gap.alike", **blanks)
    if not is_lower.any():
        return words.term("gap.higher", **blanks)
    return words.term("gap.lower_some", **blanks) + words.term("gap.higher_elsewhere", **blanks)


def title(answer: Gap, *, is_of_map: bool = False) -> str:
    """Take a clause for a title; where names of groups are long, the gap alone."""
    whole = "" if is_of_map else gap_of_whole(answer)
    if len(whole) > MAX_TITLE_LENGTH and answer.whole["gap_pp"] > 0:
        points = _with_points(answer, answer.whole["gap_pp"])
        whole = words.term("gap.brief", points=points, **_groups(answer))
    return fit_title(whole or gaps_of_places(answer, has_numbers=False))


def full_answer(answer: Gap) -> str:
    """Say all: the whole, its places and parts, where people live, and whether it would repeat."""
    if answer.gaps["gap_pp"].isna().all():
        return words.term("gap.nowhere") + left_out(answer)
    sentences = [gap_of_whole(answer), gaps_of_places(answer)]
    n_parts = answer.whole["parts"]
    if n_parts:
        n_lower = words.number(answer.whole["parts_lower"])
        blanks = {"parts": words.number(n_parts), "n_lower": n_lower, "lower": answer.lower}
        sentences[-1] += words.term("gap.parts", **blanks)
    text = ". ".join(capitalise(sentence) for sentence in sentences if sentence) + "."
    if len(answer.levels) > 2:
        levels = [
            f"{answer.name_of(str(group))} {answer.measure.write(level)}"
            for group, level in answer.levels.items()
        ]
        text += words.term("gap.groups", levels=", ".join(levels))
    text += _composition(answer) + _repetition(answer)
    return text + _denominators(answer) + left_out(answer)


def _composition(answer: Gap) -> str:
    """Say how much of the gap comes from where the two groups live; it is no cause."""
    whole = answer.whole
    if not whole["parts"] or pd.isna(whole["within_pp"]):
        return ""
    # one decimal, as of the gap beside it: what is less is nothing
    between_pp = round(whole["between_pp"], 1) + 0.0
    if between_pp == round(whole["within_pp"], 1) == 0:
        return ""
    hides = between_pp < 0 < whole["gap_pp"]
    between_pp = abs(between_pp) if hides else between_pp
    blanks = {
        "points": _with_points(answer, whole["gap_pp"]),
        "within": write_gap(answer, whole["within_pp"]),
        "between": write_gap(answer, between_pp),
    }
    text = words.term("gap.hides" if hides else "gap.split", **blanks)
    turns = answer.table["gap_pp"] * answer.table["within_pp"] < 0
    if turns.any():
        names = answer.table.loc[turns, "name"].tolist()
        text += words.term("gap.turned", names=words.join_some(names))
    return text


def _repetition(answer: Gap) -> str:
    """Say what the gap was before, and in how many places it is larger than gaps moved."""
    measure, text = answer.measure, ""
    before = answer.whole.get("gap_before_pp")
    if before is not None and not pd.isna(before):
        when = words.period(measure.periods[-2])
        text = words.term("gap.before", period=when, before=write_gap(answer, before))
        text += write_volumes(answer.volumes, measure.periods, key="gap.volume")
    if measure.evidence != "periods":
        has_parts = bool(answer.whole["parts"])
        text = f"{text} {why_unknown(measure, has_parts=has_parts)}"
        has_gap = answer.table["gap_pp"].notna()
        is_unsure = ~answer.table["sure"]
        by_chance = answer.table.loc[has_gap & is_unsure, "name"].tolist()
        if by_chance and measure.evidence in {"one_period", "volume"}:
            text += words.term("gap.by_chance", names=words.join_some(by_chance))
        return text
    judged = answer.table.dropna(subset="low_pp")
    n_sure = judged["sure"].sum()
    text += words.term("gap.sure", n_sure=n_sure, all=len(judged), **measure.evidence_span)
    unsure = judged.loc[~judged["sure"], "name"].tolist()
    if unsure and n_sure:
        text += words.term("gap.unsure", names=words.join_some(unsure))
    return text + "."


def _denominators(answer: Gap) -> str:
    """Say by how much denominators would have to be off for the gap to close."""
    whole = answer.whole
    if not whole["gap_pp"] > 0 or whole["lower"] == 0:
        return ""
    relative_gap = whole["upper"] / whole["lower"] - 1
    if relative_gap < SMALLEST_ERROR:
        return ""
    return words.term("gap.closes", off=words.percent(relative_gap))


def left_out(answer: Gap) -> str:
    """Name the places without a gap, and say of how many parts groups are hidden."""
    text = ""
    without_gap = answer.table[answer.table["gap_pp"].isna()]
    is_few = without_gap["left_out"] == "few"
    names = without_gap.loc[~is_few, "name"].tolist()
    few = without_gap.loc[is_few, "name"].tolist()
    if names:
        text += words.term("gap.left_out", names=words.join_some(names))
    if few:
        text += words.term("uptake.few", names=words.join_some(few))
    if answer.n_hidden:
        n_units = words.number(len(places.units()))
        text += words.term("gap.hidden", n_hidden=words.number(answer.n_hidden), all=n_units)
    return text
