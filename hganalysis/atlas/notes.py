"""Say below an atlas where its numbers come from, and what each of its words means."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .. import findings, places, rates, study, words
from ..figures.states import LOOKS, state_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..figures.figure import Figure
    from .views import View


def source(figures: Sequence[Figure], *, communes: bool) -> str:
    """
    Say as HTML where the numbers come from, of when they are, and who drew the places.

    The dates are those of all figures; the script writes those of what it shows in their place.
    """
    sources = "; ".join(dict.fromkeys(one.source for one in figures))
    times = findings.listed([*dict.fromkeys(one.as_of for one in figures)])
    lines = [
        words.term(
            "atlas.source",
            source=escape(sources),
            as_of=f'<span class="dates">{escape(times)}</span>',
        ),
        *map(escape, dict.fromkeys(one.outlines for one in figures)),
    ]
    if study.current().says("outlines", "credit"):
        lines.append(escape(words.term("maps.outlines_credit")))
    two = len(places.levels()) > 1
    if two and not places.placed() and not communes:
        lines.append(escape(words.term("atlas.no_communes")))
    return " ".join(filter(None, lines))


def definitions(views: Sequence[View]) -> str:
    """Say what each measure counts and what each word means, in the language in use."""
    told = []
    for view in {view.measure: view for view in views}.values():
        counts, over = view.counts()
        told.append((view.label(), words.term("atlas.out_of", counts=counts, over=over)))
    units = {view.moved.unit if view.moved else "points" for view in views if view.before}
    unit = words.unit_text("points") if units <= {"points"} else words.term("atlas.own_unit")
    ranked = any(view.table["rank_low"].notna().any() for view in views)
    limit = words.percent(rates.UNRELIABLE_ABOVE, decimals=0)
    told += [
        (
            words.term("atlas.define_chance"),
            f"{words.term('atlas.define_chance_text')} {findings.assumption()}",
        ),
        (
            words.term("atlas.fact_rank"),
            words.term("atlas.define_rank_text" if ranked else "atlas.define_rank_plain"),
        ),
        (words.term("atlas.define_change"), words.term("atlas.define_change_text", unit=unit)),
    ]
    told += [
        (state_name(state), words.term(f"atlas.define_{state.replace(' ', '_')}", limit=limit))
        for state in LOOKS
    ]
    items = "".join(f"<dt>{escape(word)}<dd>{escape(text)}" for word, text in told)
    return f'<dl lang="{words.language()}">{items}</dl>'
