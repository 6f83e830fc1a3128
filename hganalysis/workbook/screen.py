"""
Screen reports for numbers that are too regular to have been counted.

Where numbers are rewarded, numbers may be made. What is found accuses nobody, has innocent
explanations, and changes nothing. Small counts are hidden before anything is looked at, as in all
that is shown: nothing that is found can tell one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, places, suppress, words
from ..frames import require_reports, require_teams, residents
from .regularity import FEWEST, Look, Sheet, honest, least_chance, looks, members_look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .regularity import Inside, Numbers

LEVEL = 0.01
"""Studies of honest reports in which anything is found, at most."""
PATTERNS = (
    *("copied", "growth", "target", "plan", "population", "equal", "percents", "digits"),
    "members",
)
"""Of two that say the same of the same cells, the first is said."""
COLUMNS = [
    *("pattern", "indicator", "year", "code", "places", "looked_at", "value"),
    *("chance", "adjusted", "sentence", "innocent"),
]
SEED = 20230821
MOST_DRAWS, FEWEST_DRAWS, MOST_CELLS = 299, 99, 10_000_000
"""Of honest studies; fewer for a whole country, where each of them has a million cells."""
_LIKE = {"copied": "moves", "growth": "moves", "digits": "digits", "members": "members"}


@dataclass(frozen=True)
class _Found:
    """What one look found in some places, with its chance."""

    look: Look
    code: str
    looked_at: int
    places: tuple[str, ...]
    value: float
    chance: float

    def covers(self, other: _Found) -> bool:
        """Say whether another finding says no more than this one."""
        about, too = (
            (_LIKE.get(one.look.pattern, "levels"), one.look.indicator, one.look.year)
            for one in (self, other)
        )
        return about == too and 2 * len({*other.places} & {*self.places}) >= len(other.places)


def screen(
    reports: pd.DataFrame,
    *,
    teams: pd.DataFrame | None = None,
    plan: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Look for counts that are too regular to have been counted.

    Values copied from the year before (`copied`); one factor of growth for all, or for a district
    (`growth`); shares that equal the target (`target`), or each other (`equal`); a total shared out
    in proportion to residents (`population`); counts that fit a plan too well (`plan`); shares that
    are whole percents (`percents`); last digits that heap (`digits`); members that are a fixed
    number a team (`members`).

    Parameters
    ----------
    reports
        Reports of communes, as `frames.reports()` or `workbook.read(file).reports` gives them.
    teams
        Teams of communes, as `frames.teams()` gives them.
    plan
        What was planned: `code`, `year`, `indicator`, `count`. The targets of the catalogue are
        looked at without it.

    Returns
    -------
    found
        One row a finding, the least likely first; no row where nothing is too regular. `pattern`;
        `indicator` ("" for `members`) and `year`; `code` of the district, or of the province, that
        was looked at; `places`, the codes that show the pattern, of `looked_at`; `value` (a growth
        factor, a target, members a team; else none); `chance` of it in honest reports, at most, and
        `adjusted`, of anything as unlikely among all that was looked at: at most 0.01. `sentence`
        and `innocent`, how it may come about where nobody made anything up, are in the language in
        use.

    Raises
    ------
    ValueError
        If reports, teams or plan are not what they have to be, with every row that is wrong.

    Notes
    -----
    It sees patterns, not lies: numbers that were made up with care are not found, and what is found
    may be an office that had no other number. Each chance is that of the most regular reports that
    could be honest, so that what varies as little for a reason of its own is found, too.

    Examples
    --------
    >>> from hganalysis import frames
    >>> reports = frames.reports()
    >>> len(screen(reports))
    0
    >>> round_ones = reports.assign(count=reports["count"] // 10 * 10)
    >>> sorted(set(screen(round_ones)["pattern"]))
    ['digits']
    """
    shown = _shown(reports)
    of_teams = None if teams is None else require_teams(teams).dropna(subset=["teams", "members"])
    codes = {*shown["code"], *(() if of_teams is None else of_teams["code"])}
    known = pd.Index(sorted(codes), dtype="object")
    rng = np.random.default_rng(SEED)
    cells = len(known) * max(1, len(shown.groupby(["indicator", "year"])))
    draws = int(np.clip(MOST_CELLS // max(1, cells), FEWEST_DRAWS, MOST_DRAWS))
    found, least, groups = [], np.ones(draws), list(_groups(known))
    for look in _looks(shown, of_teams, _planned(plan), known, rng, draws):
        for code, group in groups:
            inside = group[look.known[group]]
            if len(inside) < FEWEST:
                continue
            near = look.near(inside)
            chance, shows = least_chance(near, look.free)
            least = np.minimum(least, chance[1:])
            if chance[0] <= LEVEL:
                closest = np.sort(np.argsort(near[0], kind="stable")[:shows])
                named = tuple(known[inside[closest]])
                found.append(
                    _Found(look, code, len(inside), named, look.value(inside), float(chance[0]))
                )

    def adjusted(one: _Found) -> float:
        return (1 + int((least <= one.chance).sum())) / (draws + 1)

    kept = _once([one for one in found if adjusted(one) <= LEVEL])
    return pd.DataFrame([_row(one, adjusted(one)) for one in kept], columns=COLUMNS)


def _shown(reports: pd.DataFrame) -> pd.DataFrame:
    """Take what is neither hidden nor missing, with the residents."""
    released = suppress.small(require_reports(reports))
    if "pool" in released:
        released = released[released["pool"] == ""]
    numbers = released.dropna(subset=["count", "out_of"]).astype({"count": float, "out_of": float})
    return numbers.assign(residents=residents(numbers)["population"].astype(float))


def _planned(plan: pd.DataFrame | None) -> pd.DataFrame:
    """Take a plan, and refuse what is none."""
    columns = ["code", "year", "indicator", "count"]
    if plan is None:
        return pd.DataFrame(columns=columns)
    missing = [name for name in columns if name not in plan.columns]
    if missing:
        msg = f"columns of the plan are missing: {', '.join(missing)}. Expected: {columns}."
        raise ValueError(msg)
    twice = plan[plan.duplicated(columns[:3], keep=False)]
    if len(twice):
        msg = f"{len(twice)} rows of the plan stand twice:\n{twice[columns].to_string()}"
        raise ValueError(msg)
    return plan[columns]


def _groups(known: pd.Index) -> Iterator[tuple[str, Inside]]:
    """List what is looked at together: all places, and those of each district."""
    yield str(places.province()["code"]), np.arange(len(known))
    if len(places.levels()) > 1 and len(known):
        home = places.homes(known.to_series()).to_numpy()
        for code in sorted(set(home)):
            yield str(code), np.flatnonzero(home == code)


def _looks(
    shown: pd.DataFrame,
    teams: pd.DataFrame | None,
    plan: pd.DataFrame,
    known: pd.Index,
    rng: np.random.Generator,
    draws: int,
) -> Iterator[Look]:
    """List all that is looked for, measure by measure, then among the teams."""
    for name in indicators.names():
        rows = shown[shown["indicator"] == name]
        if len(rows):
            sheet = _sheet(name, rows, plan[plan["indicator"] == name], known)
            yield from looks(sheet, honest(sheet, rng, draws))
    if teams is None:
        return
    # members without a team are refused; a place with neither has no number of members a team
    some = teams[teams["teams"] > 0]
    number, members = (_by_year(some, name, known) for name in ("teams", "members"))
    for year in number:
        yield members_look(number[year], members[year], year, rng, draws)


def _sheet(name: str, rows: pd.DataFrame, plan: pd.DataFrame, known: pd.Index) -> Sheet:
    measures = [indicators.get(name, year=int(year)) for year in rows["year"].unique()]
    of_residents = measures[0].denominator == "residents"
    return Sheet(
        name,
        share=measures[0].kind == "share",
        count=_by_year(rows, "count", known),
        out_of=_by_year(rows, "out_of", known),
        residents={} if of_residents else _by_year(rows, "residents", known),
        plan=_by_year(plan, "count", known),
        target={one.year: one.target for one in measures if one.target is not None},
    )


def _by_year(rows: pd.DataFrame, column: str, known: pd.Index) -> dict[int, Numbers]:
    """Give a column by year, a number a place."""
    return {
        int(year): rows[rows["year"] == year]
        .set_index("code")[column]
        .reindex(known)
        .to_numpy(dtype=float)
        for year in sorted(rows["year"].unique())
    }


def _once(found: list[_Found]) -> list[_Found]:
    """Leave out what says of cells what another finding says of them, too; the unlikely first."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda one: (PATTERNS.index(one.look.pattern), one.chance)):
        if not any(other.covers(one) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.chance)


def _row(one: _Found, adjusted: float) -> dict[str, object]:
    """Write a finding down, and say it."""
    look = one.look
    said = words.term(
        f"screen.{look.pattern}",
        place=places.name(one.code),
        label=indicators.measure_label(look.indicator) if look.indicator else "",
        year=look.year,
        before=look.before,
        shown=words.number(len(one.places)),
        all=words.number(one.looked_at),
        factor=words.number(one.value, decimals=2),
        target=words.percent(one.value),
        each=words.number(one.value),
    )
    return {
        "pattern": look.pattern,
        "indicator": look.indicator,
        "year": look.year,
        "code": one.code,
        "places": one.places,
        "looked_at": one.looked_at,
        "value": one.value,
        "chance": one.chance,
        "adjusted": adjusted,
        "sentence": said,
        "innocent": words.term(f"screen.innocent_{look.pattern}"),
    }
