"""What the data cannot carry, and what they carry weakly: two tables, in the order asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .. import escaping, words
from .rungs import Rung
from .texts import Refused

Rule: TypeAlias = tuple[str, tuple[int, ...], Callable[[Rung], object]]
ALL = (1, 2, 4, 5)

# Each: reason, rungs, condition. A fact is computed when a rule asks for it, so rules that need no
# fit stand first.
REFUSALS: tuple[Rule, ...] = (
    ("no counts", ALL, lambda r: r.asked.units["count"].sum() == 0),
    ("constant exposure", ALL, lambda r: r.constant),
    ("within share below 5 %", (2,), lambda r: r.asked.within_share < WITHIN),
    ("too many regressors", (5,), lambda r: r.asked.controls.shape[1] > 1),
    ("too few clusters", (5,), lambda r: r.df_left < 5),
    ("a cluster without counts", (5,), lambda r: (r.data.units["count"] == 0).any()),
    ("fewer than 4 clusters", ALL, lambda r: r.clusters < 4),
    ("unbalanced years", (4,), lambda r: r.balance < 0.9),
    ("hardly any change", (4,), lambda r: r.moved < 0.1),
    ("collinear controls", ALL, lambda r: r.repeated),
    ("one cluster carries it", ALL, lambda r: r.carried_by),
    ("nothing left over", ALL, lambda r: r.nothing_left),
    ("df below 2", ALL, lambda r: r.error.df < 2),
)
FLAGS: tuple[Rule, ...] = (
    ("low information", ALL, lambda r: r.clusters < 6),
    ("little within variance", (2,), lambda r: r.asked.within_share < 0.2),
    ("zero clusters dropped", (2,), lambda r: r.zero_clusters),
    ("two clusters carry it", ALL, lambda r: r.two_carry),
    ("df below 3", ALL, lambda r: r.error.df < 3),
    ("near the ceiling", (1, 2), lambda r: r.scale < 1),
    ("acts, not people", (1, 2, 5), lambda r: r.over),
    ("little change", (4,), lambda r: r.moved < 0.3),
    ("permutation approximate", (5,), lambda r: r.clusters <= 8 and r.asked.controls.shape[1]),
)
WITHIN = 0.05  # below this share of its variance within clusters, clusters are compared

# What a text of a refusal may name.
FACTS: dict[str, Callable[[Rung], str]] = {
    "found": lambda r: words.number(r.clusters),
    "df_left": lambda r: words.number(r.df_left),
    "share": lambda r: words.percent(r.asked.within_share),
    "balance": lambda r: words.percent(r.balance, decimals=0),
    "moved": lambda r: words.number(r.moved, decimals=2),
    "repeated": lambda r: ", ".join(map(repr, r.repeated)),
    "carrier": lambda r: escaping.plain(r.carried_by),
    "df": lambda r: words.number(r.error.df, decimals=2),
    "row": lambda r: escaping.plain(r.heaviest[0]),
    "heavy": lambda r: words.percent(r.heaviest[1], decimals=0),
}


def check(rung: Rung) -> list[str]:
    """Refuse at the first refusal that holds, with what to do instead; hand back the flags."""
    for reason, rungs, holds in REFUSALS:
        if rung.number in rungs and holds(rung):
            raise Refused(rung.asked.names, reason=reason, **_facts(reason, rung))
    return [reason for reason, rungs, holds in FLAGS if rung.number in rungs and holds(rung)]


def require_comparable(rung: Rung) -> None:
    """Refuse what leaves nothing to compare at all: no counts, no exposure, no model."""
    for reason, _, holds in REFUSALS[:2]:
        if holds(rung):
            raise Refused(rung.asked.names, reason=reason)
    if rung.number == 5 and (rung.data.units["count"] == 0).any():
        raise Refused(rung.asked.names, reason="a cluster without counts")
    if rung.repeated:
        raise Refused(
            rung.asked.names, reason="collinear controls", **_facts("collinear controls", rung)
        )


def _facts(reason: str, rung: Rung) -> dict[str, object]:
    """Bind those facts that the text of a refusal has blanks for."""
    texts = words.strings()[f"effect_refusals.{reason}"].values()
    named = {key for key in FACTS if any(f"{{{key}}}" in text for text in texts)}
    return {key: lambda fact=FACTS[key]: fact(rung) for key in named}


def headline(within_share: float) -> int:
    """Fix the rung to report before anything is seen: clusters only where little is within them."""
    return 5 if within_share < WITHIN else 2
