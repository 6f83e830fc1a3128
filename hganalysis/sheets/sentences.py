"""What a sheet says: its title, its large numbers, and where its place stands."""

from collections.abc import Iterator

import pandas as pd

from .. import words
from ..change import sentences as of_change
from ..figure import MAX_TITLE_LENGTH
from ..ranking.pictures import note_on_ranks, write_ranks
from ..ranking.sentences import too_few
from .numbers import Numbers
from .panels import Fact


def half_of_rest(numbers: Numbers, code: str) -> dict[str, object]:
    """
    Name and count the fewest parts with over half of those not yet reached.

    Returns
    -------
    blanks
        Those of the texts that say it; none if most parts are needed.
    """
    parts = numbers.parts_of(code)
    not_reached = numbers.place(code)["not_reached"]
    parts = parts.sort_values("not_reached", ascending=False, kind="stable")
    sums = parts["not_reached"].cumsum()
    n_needed = int((sums <= not_reached / 2).sum()) + 1
    has_half = (sums > not_reached / 2).any()
    if not has_half or n_needed > len(parts) / 2:
        return {}
    names = words.join_some(list(parts["name"].head(n_needed)))
    return {"names": names, "number": n_needed, "all": len(parts)}


def full_text(numbers: Numbers, code: str) -> str:
    """Say the title, and each large number."""
    texts = [title(numbers, code)]
    for head, fact in facts(numbers, code):
        texts.append(f"{head}: {fact.number} ({fact.text})")
    return ". ".join(texts) + "."


def title(numbers: Numbers, code: str) -> str:
    """Write the one thing to know: the level, and as many clauses as a title has room for."""
    place = numbers.place(code)
    measure = numbers.measure
    blanks = {"place": place["name"], "period": measure.head}
    if pd.isna(place["share"]):
        return words.term("sheet.none", **blanks)
    text = words.term("sheet.title", share=measure.write(place["share"]), **blanks)
    for clause in _clauses(numbers, code):
        if len(text + clause) <= MAX_TITLE_LENGTH:
            text += clause
    return text


def _clauses(numbers: Numbers, code: str) -> Iterator[str]:
    """Say how a place stands to the others, and how it moved against them."""
    place = numbers.place(code)
    measure = numbers.measure
    whole = numbers.whole.iloc[-1]
    ranks = numbers.table["rank"]
    all_ranked = len(ranks) > 1 and ranks.notna().all()
    if all_ranked and place["rank_high"] == 1:
        yield words.term("sheet.ahead")
    elif all_ranked and place["rank_low"] == len(ranks):
        yield words.term("sheet.behind")
    elif pd.notna(whole) and measure.write(whole) != measure.write(place["share"]):
        yield words.term("sheet.above" if place["share"] > whole else "sheet.below")

    yield from _change_clauses(numbers, code)


def _change_clauses(numbers: Numbers, code: str) -> Iterator[str]:
    """Say that a place rose or fell most, where every place has two periods that are alike."""
    if numbers.change is None or numbers.change.volumes:
        return
    changes = numbers.change.changed.set_index("code")["change_pp"]
    if len(changes) < 2 or changes.isna().any():
        return
    if changes[code] == changes.max() > 0:
        yield words.term("sheet.most")
    elif changes[code] == changes.min() < 0:
        yield words.term("sheet.fell")


def facts(numbers: Numbers, code: str) -> Iterator[tuple[str, Fact]]:
    """Give each large number of a place behind its head."""
    place = numbers.place(code)
    measure = numbers.measure
    head = words.term("sheet.level", period=measure.head)
    if pd.isna(place["share"]):
        reason = words.term(f"uptake.why_{place['left_out']}")
        if place["left_out"] == "few":
            reason += f": {too_few(place, measure)}"
        yield head, Fact("–", reason)
    else:
        counted = {name: words.number(place[name]) for name in ("count", "out_of")}
        kind = "ratio" if measure.is_ratio else "share"
        texts = [words.term(f"sheet.{kind}", **counted), whole_text(numbers)]
        yield head, Fact(measure.write(place["share"]), "; ".join(filter(None, texts)))
    yield from _change_facts(numbers, code)
    if pd.notna(place["not_reached"]):
        text = words.term("sheet.people")
        half = half_of_rest(numbers, code)
        if half:
            text += "; " + words.term("sheet.half_in", **half)
        number = words.number(place["not_reached"])
        yield words.term("sheet.not_reached"), Fact(number, text)
    yield from _target_facts(numbers, code)


def whole_text(numbers: Numbers) -> str:
    """Write the share of the whole; nothing where a place has none."""
    share = numbers.whole.iloc[-1]
    if pd.isna(share):
        return ""
    return words.term("figure.whole", share=numbers.measure.write(share))


def _change_facts(numbers: Numbers, code: str) -> Iterator[tuple[str, Fact]]:
    """Give the change of a place, if it has both periods, beside that of the whole."""
    change = numbers.change
    if change is None:
        return
    place = change.changed.set_index("code").loc[code]
    if pd.isna(place["change_pp"]):
        return
    head = words.term("sheet.change", before=words.short_period(change.measure.periods[0]))
    if change.volumes:
        yield head, Fact("–", words.term("change.apart"))
        return
    texts = [words.unit_text(change.measure.change_scale)]
    if pd.notna(change.whole["change_pp"]):
        size = of_change.signed(change, change.whole["change_pp"])
        texts.append(words.term("figure.whole", share=size))
    if place["parts"]:
        blanks = {name: words.number(place[name]) for name in ("parts", "parts_up")}
        texts.append(words.term("change.parts", **blanks))
    number = of_change.signed(change, place["change_pp"])
    yield head, Fact(number, "; ".join(filter(None, texts)))


def _target_facts(numbers: Numbers, code: str) -> Iterator[tuple[str, Fact]]:
    """Give the target of a place, or of the measure, and whether it was reached."""
    place = numbers.place(code)
    measure = numbers.measure
    target = place.get("target", measure.indicator.target if measure.indicator else None)
    if pd.isna(target) or pd.isna(place["share"]):
        return
    text = words.term("sheet.reached")
    if place["share"] < target:
        short = words.value(100 * (target - place["share"]), measure.change_scale)
        text = words.term("sheet.short", short=short.lstrip("+"))
    yield words.term("sheet.target", period=measure.head), Fact(measure.write(target), text)


def standing(numbers: Numbers, code: str) -> str:
    """Say which rank a place has, and what would turn it."""
    place = numbers.place(code)
    measure = numbers.measure
    if pd.isna(place["rank"]):
        return note_on_ranks(numbers.table, measure).strip()
    [ranks] = write_ranks(numbers.table.loc[[code]])
    text = words.term("sheet.rank", rank=ranks or words.number(place["rank"]))
    doubt = words.percent(measure.denominator_error)
    if not ranks:
        return text + words.term("sheet.rank_once")
    if measure.evidence != "periods":
        return text + words.term("sheet.rank_doubt", doubt=doubt)
    key = "rank_both" if measure.denominator_error else "rank_periods"
    return text + words.term(f"sheet.{key}", doubt=doubt, **measure.evidence_span)
