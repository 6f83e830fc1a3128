"""What was published, each figure as it was printed, and what these figures can carry."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from .. import indicators, places, study, words
from .density import distinct_users
from .loading import published, published_counts

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
    below = int((found["unit_code"] != places.province()["code"]).sum())
    said = {"figures": len(found), "measures": found["indicator"].nunique()}
    said |= {"province": len(found) - below, "below": below}
    return Told((words.term("published.ledger", **said),), found)


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
    informed = counts.loc[~counts["indicator"].map(indicators.counts_users), "count"].sum()
    low, high, whole = distinct_users(counts).iloc[0][["users_low", "users_high", "out_of"]]
    numbers = {"total": counts["count"].sum(), "informed": informed, "low": low, "high": high}
    said = {name: _qualified(words.number(one), "about") for name, one in numbers.items()}
    said["printed"] = _qualified(words.number(row["value"]), row["qualifier"])
    said |= {"share": words.span(low / whole, high / whole, "share"), "out_of": words.number(whole)}
    lines = (words.term(f"published.{one}", **said) for one in ("head_count", "distinct"))
    parts = found["indicator"].isin(counts["indicator"]) & found["period"].eq(row["period"])
    return Told(tuple(lines), as_printed(found[parts]))


def contradictions() -> Told:
    """Set side by side what sources print for one and the same thing: a sentence each."""
    found = published()
    lines, contested = [], found[found["indicator"].isin(CONTESTED)]
    for _, rows in contested.sort_values("as_of", kind="stable").groupby("indicator"):
        subject, _, _, printed, _ = as_printed(rows).T.to_numpy()
        if len(values := dict.fromkeys(printed)) > 1:
            said = {"subject": subject[0], "values": "; ".join(values)}
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
    names: dict[Any, str] = {}  # of words whose study has none, readers see the words
    if "published/names.csv" in study.current().cards:
        table = pd.read_csv(study.current().path("published/names.csv"), dtype="str")
        names = table.set_index(["column", "value"])[words.language()].to_dict()

    def named(column: str, value: object) -> str:
        return names.get((column, str(value)), str(value))

    def printed(row: Any) -> str:  # noqa: ANN401
        if row.value == "":
            return words.day(row.as_of)
        scale = "share" if row.unit.startswith("share of") else "decimal"
        number = _qualified(words.series([float(row.value)], scale)[0], row.qualifier)
        return f"{number} {named('unit', row.unit)}".strip()

    rows = [*found.astype(object).where(found.notna(), "").itertuples()]
    whom = [(named("publisher", row.publisher), words.day(row.published)) for row in rows]
    texts = {
        "figure": [named("indicator", row.indicator) for row in rows],
        "place": [_place(row.unit_code) for row in rows],
        "period": [named("period", row.period) for row in rows],
        "value": [printed(row) for row in rows],
        "publisher": [", ".join(filter(None, one)) for one in whom],
    }
    return pd.DataFrame({words.term(f"published.{name}"): told for name, told in texts.items()})


def _place(code: object) -> str:
    try:
        return places.name(str(code))
    except LookupError:  # elsewhere
        return str(code)


def _qualified(number: str, qualifier: str) -> str:
    return number if qualifier == "exact" else words.term(f"published.{qualifier}", number=number)
