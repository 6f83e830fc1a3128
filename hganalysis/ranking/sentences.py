"""What the answer says, in the language in use. Its first clause is the title of the map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .. import words
from ..figure import MAX_TITLE_LENGTH
from . import clusters, many
from .counts import share_within_places
from .levels import FEW_RESIDENTS, SHOWN, SMALL, are_alike, are_compared, are_unranked, rank_rule
from .stability import MAX_PLACES_LASTING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from .answer import Uptake
    from .measure import Measure

# Places that are ahead of or behind all others are named, up to so many.
MAX_NAMED = 3

# With fewer places, their movement against each other is known from too little.
FEW_PLACES = 5


class OrderSentence(NamedTuple):
    """What is sure about the order, and what that leaves open."""

    title: str
    addition: str


class SurePairs(NamedTuple):
    """Which pairs keep their order, of the places of which it is known."""

    names: list[str]
    above: NDArray[np.bool_]

    @property
    def n_pairs(self) -> int:
        """Count all pairs."""
        return math.comb(len(self.names), 2)


def has_many_places(answer: Uptake) -> bool:
    """Say whether there are too many places to speak of pairs."""
    return "lasting" in answer.counted


def has_an_order(answer: Uptake) -> bool:
    """Say whether two periods tell of at least one place that it stays above another, or others."""
    if has_many_places(answer):
        return bool((answer.counted["lasting"].fillna("") != "").any())
    return bool(sure_pairs(answer).above.any())


def sure_pairs(answer: Uptake) -> SurePairs:
    """Take the places, highest first, of which something tells whether they keep their order."""
    judged = answer.above.dropna(how="all").index
    names = answer.table.set_index("code")["name"]
    above = answer.above.loc[judged, judged].to_numpy(dtype=bool)
    return SurePairs(names.loc[judged].tolist(), above)


def highest_and_lowest(
    rows: pd.DataFrame, measure: Measure, *, max_length: float = MAX_TITLE_LENGTH
) -> str:
    """
    Name the highest and the lowest of rows with `name` and `share`, as of all, or of those shown.

    If they have `rank`, those without it are neither. Where there is no room for both, as in a
    title, name the highest only.
    """
    compared = rows[are_compared(rows, measure)]
    if compared.empty:
        return words.term("uptake.nowhere")
    compared = compared.sort_values("share", ascending=False, kind="stable")
    first, last = compared.iloc[0], compared.iloc[-1]
    of_which = ""
    if len(compared) < len(rows):
        of_which = "_ranked" if are_unranked(rows, measure).any() else "_shown"
    blanks = {
        "first": first["name"],
        "high": _write_end(first, measure),
        "last": last["name"],
        "low": _write_end(last, measure),
    }
    if len(compared) > 1 and first["share"] == last["share"]:
        return words.term(f"uptake.alike{of_which}", **blanks)
    both_ends = words.term(f"uptake.both{of_which}", **blanks)
    if len(compared) > 1 and len(both_ends) <= max_length:
        return both_ends
    return words.term(f"uptake.highest{of_which}", **blanks)[:MAX_TITLE_LENGTH]


def lowest_of_few(rows: pd.DataFrame, measure: Measure) -> str:
    """
    Name the lowest of rows with what was counted, if that is few; else nothing.

    A slide names the highest alone in its title, and a list has shares alone.
    """
    compared = rows[are_compared(rows, measure)]
    if compared.empty:
        return ""
    last = compared.sort_values("share", ascending=False, kind="stable").iloc[-1]
    level, low = measure.write(last["share"]), _write_end(last, measure)
    if low == level:
        return ""
    key = "lowest_ranked" if are_unranked(rows, measure).any() else "lowest"
    return words.term(f"uptake.{key}", last=last["name"], low=low)


def _write_end(row: pd.Series, measure: Measure) -> str:
    """Write a share, and of how many if few were counted: chance moves it a lot."""
    level = measure.write(row["share"])
    if measure.is_ratio or not row.get("count", SMALL) < SMALL:
        return level
    return words.term("uptake.few_counted", level=level, few=too_few(row, measure))


def order(answer: Uptake) -> OrderSentence:
    """
    Say which places are ahead of or behind all others, else how many pairs keep their order.

    The addition says how many of the other places may change their order.
    """
    if has_many_places(answer):
        return OrderSentence(many.title(answer), "")
    measure, pairs = answer.measure, sure_pairs(answer)
    n_places = len(pairs.names)
    if measure.evidence != "periods":
        if n_places > 1:
            return OrderSentence(_count_pairs(answer, "pairs_doubted"), "")
        return OrderSentence(highest_and_lowest(answer.table, measure), "")

    # of places that are alike none is singled out
    cut = None if are_alike(answer.table, measure) else _sure_cut(pairs.above)
    if cut is not None:
        title = _name_group(pairs.names, cut)
        if len(title) <= MAX_TITLE_LENGTH:
            has_more_sure_pairs = pairs.above.sum() > cut * (n_places - cut)
            if has_more_sure_pairs:
                return OrderSentence(title, _count_pairs(answer, "of_pairs"))
            return OrderSentence(title, _may_turn(cut, n_places - cut))
    return OrderSentence(_count_pairs(answer, "pairs"), "")


def _may_turn(n_before: int, n_behind: int) -> str:
    """Say that places on the same side of the cut may change their order."""
    smaller_group, larger_group = sorted([n_before, n_behind])
    if smaller_group == 1:
        return words.term("uptake.may_turn", others=larger_group)
    return words.term("uptake.both_may_turn", others=larger_group, named=smaller_group)


def _sure_cut(above: NDArray[np.bool_]) -> int | None:
    """Find where the ranking can be cut: all places before are surely above all places behind."""
    n_places = len(above)
    best, best_size = None, MAX_NAMED + 1
    for cut in range(1, n_places):
        smaller_group = min(cut, n_places - cut)
        if smaller_group < best_size and above[:cut, cut:].all():
            best, best_size = cut, smaller_group
    return best


def _name_group(names: list[str], cut: int) -> str:
    """Name the places before the cut, or those behind it if these are too many."""
    if cut <= MAX_NAMED:
        group, side = names[:cut], "ahead"
    else:
        group, side = names[cut:], "behind"
    number = "one" if len(group) == 1 else "many"
    n_others = len(names) - len(group)
    return words.term(f"uptake.{side}_{number}", names=words.join_all(group), others=n_others)


def full_answer(answer: Uptake) -> str:
    """Say where uptake is high, whether that would repeat, and which places have no share."""
    measure, table = answer.measure, answer.table
    parts = [highest_and_lowest(table, measure, max_length=math.inf), ". "]
    if has_many_places(answer):
        parts.append(many.sentences(answer))
    if measure.evidence != "periods":
        parts.append(why_unknown(answer.measure, has_parts=not answer.parts.empty))
        if len(sure_pairs(answer).names) > 1 and not has_many_places(answer):
            parts.append(_denominator_sentence(answer))
    elif not has_many_places(answer):
        parts.append(_repetition_sentences(answer))
    parts.append(why_no_other_period(answer))
    parts.append(within_sentence(answer.parts))
    parts.append(clusters.sentence(answer))
    parts.append(_target_sentence(answer))

    parts += [_unranked_sentence(table, measure), left_out_sentences(answer)]
    parts.append(measure.estimates.note())
    return "".join(parts)


def why_no_other_period(answer: Uptake) -> str:
    """Say why the only period is compared to no other, if the study says it; else ""."""
    measure = answer.measure
    caution = answer.study.says("published", "caution")
    if caution is None or measure.evidence != "one_period" or not measure.name:
        return ""
    return " " + words.of_study(caution)


def _unranked_sentence(table: pd.DataFrame, measure: Measure) -> str:
    """Name the places without a rank, and why they have none; nothing if all have one."""
    if are_alike(table, measure):
        return words.term("uptake.no_ranks")
    names = table.loc[are_unranked(table, measure), "name"].tolist()
    if not names:
        return ""
    limits = {"events": SMALL, "residents": FEW_RESIDENTS}
    rule = rank_rule(table, measure)
    return words.term(f"uptake.unranked_{rule}", names=words.join_some(names), **limits)


def left_out_sentences(answer: Uptake) -> str:
    """Name the places without a level by the reason of each: missing, hidden, or too few to say."""
    table, measure = answer.table, answer.measure
    text = ""
    for reason in ("missing", "hidden", "few"):
        rows = table[table["left_out"] == reason]
        names = rows["name"].tolist()
        if reason == "missing":
            names = _with_reported_parts(rows, answer.parts)
        if reason == "few" and not measure.is_ratio:
            names = [
                f"{name} ({too_few(row, measure)})"
                for name, (_, row) in zip(names, rows.iterrows(), strict=True)
            ]
        if names:
            text += words.term(f"uptake.{reason}", names=words.join_some(names))
    return text


def _with_reported_parts(rows: pd.DataFrame, parts: pd.DataFrame) -> list[str]:
    """Name places without a sum, with how many of their parts did report, if some did."""
    did_report = parts["left_out"].ne("missing").groupby(parts["place"])
    reported, all_parts = did_report.sum(), did_report.size()
    names = []
    for code, name in zip(rows["code"], rows["name"], strict=True):
        n_reported = reported.get(code, 0)
        if n_reported:
            blanks = {"reported": words.number(n_reported), "all": words.number(all_parts[code])}
            name = words.term("uptake.missing_parts", name=name, **blanks)
        names.append(name)
    return names


def too_few(row: pd.Series, measure: Measure) -> str:
    """Say how many were counted out of how many, which is too few; of ratios, below how many."""
    if measure.is_ratio:
        return words.term("uptake.few_events", events=SHOWN)
    blanks = {name: words.number(row[name]) for name in ("count", "out_of")}
    return words.term("uptake.few_of", **blanks)


def within_sentence(parts: pd.DataFrame) -> str:
    """Say how much of the difference between parts lies within places; "" where nothing tells."""
    share = share_within_places(parts)
    if share != share:
        return ""
    return words.term("uptake.within", share=words.percent(share))


def _repetition_sentences(answer: Uptake) -> str:
    """Say what is sure about the order, by how much places moved, and what that leaves out."""
    measure, pairs = answer.measure, sure_pairs(answer)
    n_places = len(pairs.names)
    sentence = order(answer)
    text = sentence.title + words.term("uptake.moved", **measure.evidence_span)
    whose_order = "lasting" if n_places <= MAX_PLACES_LASTING else "next"
    text += words.term(f"uptake.order_{whose_order}")
    text += sentence.addition + "."
    if measure.denominator_error:
        text += words.term("uptake.allowed", doubt=_denominator_error(answer))
        text += _near_all_sentence(answer)
    text += measure.question()
    if n_places < FEW_PLACES:
        text += words.term("uptake.weak", places=n_places)

    ranked = answer.table.loc[are_compared(answer.table, measure), "name"]
    not_asked = ranked[~ranked.isin(pairs.names)].tolist()
    if not_asked:
        text += measure.term("uptake.not_asked", names=words.join_some(not_asked))
    return text


def why_unknown(measure: Measure, *, has_parts: bool) -> str:
    """Say why nobody knows whether numbers would repeat."""
    key: str = measure.evidence
    if key == "in_step" and not has_parts:
        key = "places_in_step"
    return measure.term(f"uptake.{key}", **measure.evidence_span)


def _denominator_sentence(answer: Uptake) -> str:
    """Say what chance, and an error of the denominators, would leave of the order."""
    pairs = sure_pairs(answer)
    text = _count_pairs(answer, "doubt")
    first_stays_first = pairs.above[0, 1:].all()
    if first_stays_first:
        text += words.term("uptake.stays", first=pairs.names[0])
    return text + "." + _near_all_sentence(answer)


def _near_all_sentence(answer: Uptake) -> str:
    """Say where no share can be so far above another that an error could not turn them."""
    error, lowest = answer.measure.denominator_error, answer.table["share"].min()
    if answer.measure.is_ratio or lowest * (1 + error) < 1 - error:
        return ""
    return words.term("uptake.near_all")


def _denominator_error(answer: Uptake) -> str:
    return words.percent(answer.measure.denominator_error)


def _target_sentence(answer: Uptake) -> str:
    """Say how many places reach the target, if the measure has one; who does not reach its own."""
    if "target" in answer.table:
        return _own_targets_sentence(answer.table)
    indicator = answer.measure.indicator
    if indicator is None or indicator.target is None:
        return ""
    shares = answer.table["share"].dropna()
    return words.term(
        "uptake.target",
        reached=(shares >= indicator.target).sum(),
        all=len(shares),
        target=words.series([indicator.target], "share")[0],
    )


def _own_targets_sentence(table: pd.DataFrame) -> str:
    """Say how many places reach their own target, and how many each of the others is short."""
    asked = table.dropna(subset=["share", "target"])
    short = asked[asked["short"] > 0].sort_values("short", ascending=False)
    blanks = {"reached": len(asked) - len(short), "all": len(asked)}
    text = words.term("uptake.targets", **blanks)
    if len(short):
        missing = short["short"].map(words.number)
        names = (short["name"] + " (" + missing + ")").tolist()
        text += words.term("uptake.short", names=words.join_some(names))
    return text + "."


def _count_pairs(answer: Uptake, key: str) -> str:
    """Say how many pairs of places surely keep their order."""
    pairs = sure_pairs(answer)
    return words.term(
        f"uptake.{key}",
        apart=words.number(pairs.above.sum()),
        pairs=words.number(pairs.n_pairs),
        doubt=_denominator_error(answer),
    )
