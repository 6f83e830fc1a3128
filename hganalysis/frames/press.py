"""What was published, each figure as it was printed, and what these figures can carry."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import indicators, places, sources, words
from .density import distinct_users
from .loading import published, published_counts

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

# Figures that different sources print differently, for one and the same thing.
CONTESTED = ("teams_hamlet", "team_members", "campaign_start")


@dataclass(frozen=True, eq=False)
class Told:
    """One answer: printed it is its sentences; `table` has its numbers."""

    sentences: tuple[str, ...]
    table: pd.DataFrame

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        style = "font-size:1.1em;line-height:1.5;max-width:46em"
        return "\n".join(f'<p style="{style}">{escape(one)}</p>' for one in self.sentences)


def ledger() -> Told:
    """
    Count the published figures, and say whether any is of uptake below the whole.

    Returns
    -------
    told
        Its `table`: as `published`.
    """
    found = published()
    below = found[found["unit_code"] != places.province()["code"]]
    local = below["indicator"].isin([*indicators.names(), *CONTESTED, "teams_commune"])
    said = {"figures": len(found), "measures": found["indicator"].nunique()}
    said |= {"province": len(found) - len(below), "below": len(below), "local": local.sum()}
    return Told((words.term(f"published.ledger{'_local' * bool(local.any())}", **said),), found)


def head_count() -> Told:
    """
    Explain why the total of the campaign counts no people, and bound how many there are.

    Returns
    -------
    told
        Its `table`: what the total is made of, as it was printed.
    """
    found, counts = published(), published_counts()
    row = found[found["indicator"] == "participations_all"].iloc[0]
    informed = counts[~counts["indicator"].map(indicators.counts_users)]
    bounds = distinct_users(counts).iloc[0]
    whole, exact = bounds["out_of"], (counts["qualifier"] == "exact").all()
    rough = "exact" if exact else "about"
    low, high = bounds["users_low"], bounds["users_high"]
    parts = found["indicator"].isin(counts["indicator"]) & found["period"].eq(row["period"])
    share = words.span(low / whole, high / whole, "share")
    ends = {"low": _qualified(low, rough), "high": _qualified(high, rough)}
    sums = {"total": counts["count"].sum(), "informed": informed["count"].sum()}
    said = {name: _qualified(number, rough) for name, number in sums.items()}
    printed = _qualified(row["value"], row["qualifier"])
    lines = (
        words.term("published.head_count", printed=printed, **said),
        words.term("published.distinct", share=share, out_of=words.number(whole), **ends),
    )
    return Told(lines, as_printed(found[parts]))


def contradictions() -> Told:
    """Set side by side what sources print for one and the same thing: a sentence each."""
    found = published()
    lines, contested = [], found[found["indicator"].isin(CONTESTED)]
    for name, rows in contested.sort_values("as_of", kind="stable").groupby("indicator"):
        values = list(dict.fromkeys(map(_printed, rows.to_dict("records"))))
        if len(values) > 1:
            said = {"subject": _named("indicator", [name])[0], "values": "; ".join(values)}
            lines.append(words.term("published.contradiction", **said))
    return Told(tuple(lines), contested)


def two_readings() -> Told:
    """
    Read the one published pair of years both ways that its wording allows, and choose neither.

    The share of files handed in online was "nearly 87 %", "up more than 36 %": if points are meant,
    the year before is below the one minus 0.36; if a relative rise, below the one divided by 1.36.

    Returns
    -------
    told
        Its `table`: `reading`, `after`, `before` (below), `change_pp` (above).

    Examples
    --------
    >>> two_readings().table["before"].round(3).tolist()
    [0.51, 0.64]
    """
    found = published().set_index("indicator")
    rise = found.loc[["files_online_share_rise"]].iloc[0]
    shares = found.loc[["files_online_share"]]
    after = float(shares.loc[shares["as_of"] == rise["as_of"], "value"].iloc[0])
    before = [after - rise["value"] / 100, after / (1 + rise["value"] / 100)]
    points, relative = (words.percent(one, decimals=0) for one in before)
    said = {"after": words.percent(after, decimals=0), "rise": words.number(rise["value"])}
    table = pd.DataFrame({"reading": ["points", "relative"], "after": after, "before": before})
    table["change_pp"] = 100 * (table["after"] - table["before"])
    line = words.term("published.two_readings", points=points, relative=relative, **said)
    return Told((line,), table)


def as_printed(found: pd.DataFrame) -> pd.DataFrame:
    """
    Lay published figures out as texts under heads: what, where, when, how much, by whom.

    Parameters
    ----------
    found
        Of `published` or `published_elsewhere`, or some of its rows.
    """
    rows = found.astype(object).where(found.notna(), "")
    whom = zip(_named("publisher", rows["publisher"]), rows["published"], strict=True)
    texts = {
        "figure": _named("indicator", rows["indicator"]),
        "place": [_place(one) for one in rows["unit_code"]],
        "period": _named("period", rows["period"]),
        "value": [_printed(row) for row in rows.to_dict("records")],
        "publisher": [", ".join(filter(None, (who, words.day(day)))) for who, day in whom],
    }
    return pd.DataFrame({words.term(f"published.{name}"): told for name, told in texts.items()})


def _named(column: str, values: Iterable[object]) -> list[str]:
    """Say what readers see for words of `published`: the same where its study has no other."""
    names: dict[Any, str] = {}
    if sources.has("published/names.csv"):
        table = pd.read_csv(sources.path("published/names.csv"), dtype="str")
        of_it = table[table["column"] == column].set_index("value")
        names = of_it[words.language()].to_dict()
    return [names.get(str(one), str(one)) for one in values]


def _place(code: str) -> str:
    try:
        return places.name(code)
    except LookupError:  # elsewhere
        return code


def _printed(row: dict[Hashable, Any]) -> str:
    """Write a figure as it was printed: its qualifier, the number, the unit; or a day."""
    value, unit = row["value"], str(row["unit"])
    if value == "" or pd.isna(value):
        return words.day(row["as_of"])
    scale = "share" if unit.startswith("share of") else "decimal"
    number = words.series([float(str(value))], scale)[0]
    return f"{_qualified(number, str(row['qualifier']))} {_named('unit', [unit])[0]}".strip()


def _qualified(number: float | str, qualifier: str) -> str:
    text = number if isinstance(number, str) else words.number(number)
    return text if qualifier == "exact" else words.term(f"published.{qualifier}", number=text)
