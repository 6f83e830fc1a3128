"""
How often is a planted pattern found, and how often something where all is honest?

Run: python tests/benchmarks/screen.py --honest 167 --planted 10 --csv data/benchmarks/screen.csv

Every province has the communes of Hau Giang in their districts, a plan, teams, and the measures and
years of the catalogue. Rates of communes are log-normal around those of their districts; users of a
platform grow in number by who comes to it, files are counted anew each year. What the places vary
by is drawn anew for each province, from hardly anything to much; and one kind is that of the
demonstration, which another program simulates. Nothing of the screen's own model is used.

One pattern is planted into one measure of an honest province: in all communes of a district, or in
a part of those of the province where an office would not do it for all (from a fifth to a half are
at the target, say). `found` is how often just that pattern is found in that measure; of honest
provinces, how often anything is.

The bar: at least 95 % of each pattern found, and at most 2 % false alarms.
"""

from __future__ import annotations

import datetime
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hganalysis import indicators, places, workbook
from hganalysis.demo.simulated import apportion, simulate
from hganalysis.places import lists

SEED = 2712
FOUND, FALSE = 0.95, 0.02


@dataclass(frozen=True)
class Scenario:
    """One kind of province: bounds of what is drawn for each."""

    name: str
    sd: tuple[float, float] = (0.1, 0.5)
    """SD of the log rates of communes, half of its variance between districts."""
    growth_sd: tuple[float, float] = (0.03, 0.25)
    """SD of the log of their growth, beyond the chance of who comes."""
    growth: tuple[float, float] = (1.05, 1.6)
    level: tuple[float, float] = (0.15, 0.5)
    """Share of those who use a platform."""
    size: float = 1.0
    """How large communes are, against the census."""


SCENARIOS = [
    Scenario("as the demonstration"),
    Scenario("all that may be"),
    Scenario("places are alike", sd=(0.05, 0.1), growth_sd=(0.02, 0.04)),
    Scenario("hardly any growth", growth=(0.99, 1.03), growth_sd=(0.02, 0.06)),
    Scenario("few users", level=(0.02, 0.05)),
    Scenario("cities", size=50, sd=(0.1, 0.3)),
]
HONEST = "nothing"


@dataclass(frozen=True)
class World:
    """The reports of one province, its teams, and what was planned."""

    reports: pd.DataFrame
    teams: pd.DataFrame
    plan: pd.DataFrame


def world(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> World:
    """Invent an honest province."""
    if scenario.name == "as the demonstration":
        made = simulate(seed=int(rng.integers(2**31)))
        reports, teams = made.reports, made.teams
    else:
        reports, teams = _reports(rng, scenario, communes), _teams(rng, communes)
    return World(reports, teams, _plan(reports))


def _reports(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> pd.DataFrame:
    home = pd.factorize(communes["district_code"])[0]
    people = np.rint(communes["population"].to_numpy() * scenario.size).astype(int)
    sd, step = rng.uniform(*scenario.sd), rng.uniform(*scenario.growth_sd)
    frames = []
    for name in indicators.names():
        files = not indicators.counts_users(name) and indicators.kind(name) == "share"
        shared = rng.normal(size=home.max() + 1)[home]
        own = sd * np.sqrt(0.5) * (shared + rng.normal(size=len(home)))
        level = rng.uniform(*((0.4, 0.6) if files else scenario.level))
        count, growth = None, rng.uniform(*scenario.growth)
        for year in indicators.years(name):
            out_of = rng.poisson(people * rng.uniform(0.15, 0.25)) if files else people
            rate = _inside(level, own)
            if count is None or files:
                count = rng.binomial(out_of, rate)
            else:
                times = growth * np.exp(step * rng.normal(size=len(home)))
                come = rng.poisson(np.abs(times - 1) * count) * np.sign(times - 1).astype(int)
                count = np.clip(count + come, 0, out_of)
            frames.append(
                pd.DataFrame({"code": communes.index, "year": year, "indicator": name,
                              "count": count, "out_of": out_of, "origin": "simulated"})
            )  # fmt: skip
            own = own + step * rng.normal(size=len(home))
    return pd.concat(frames, ignore_index=True)


def _inside(level: float, own: np.ndarray) -> np.ndarray:
    """Give shares around a level, whose logs vary as told."""
    odds = level / (1 - level) * np.exp(own / (1 - level))
    return odds / (1 + odds)


def _teams(rng: np.random.Generator, communes: pd.DataFrame) -> pd.DataFrame:
    teams = 1 + rng.poisson(communes["households"] / 500)
    size, sd = rng.uniform(4, 9), rng.uniform(1, 2.5)
    rows = []
    for year in (2022, 2023):
        extra = [np.maximum(1, np.rint(rng.normal(size, sd, number))).sum() for number in teams]
        rows.append(
            pd.DataFrame({"code": communes.index, "year": year, "teams": teams,
                          "members": np.array(extra, dtype=int), "origin": "simulated"})
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _plan(reports: pd.DataFrame) -> pd.DataFrame:
    """Plan a fifth more than last year."""
    users = reports[reports["indicator"] == "app_users"]
    last, now = (users[users["year"] == year].set_index("code") for year in (2022, 2023))
    aim = np.minimum(np.rint(1.2 * last["count"]), now["out_of"] - 5)
    return aim.rename("count").reset_index().assign(year=2023, indicator="app_users")


# --- what is planted ---


def _some(rng: np.random.Generator, table: pd.DataFrame, least: float, most: float) -> pd.Index:
    """Choose some of the rows: which part, is drawn, too."""
    number = round(rng.uniform(least, most) * len(table))
    return pd.Index(rng.choice(table.index, number, replace=False))


def _district(rng: np.random.Generator, table: pd.DataFrame) -> pd.Index:
    """Choose the rows of a district."""
    home = places.communes()["district_code"][table["code"]].to_numpy()
    return table.index[home == rng.choice(np.unique(home))]


def plant(rng: np.random.Generator, pattern: str, honest: World) -> tuple[World, str]:
    """Plant a pattern; give what it was planted in, too."""
    if pattern == "members":
        fixed = honest.teams["teams"] * int(rng.integers(5, 9))
        mask = honest.teams["year"] == 2023
        teams = honest.teams.assign(members=honest.teams["members"].mask(mask, fixed))
        return World(honest.reports, teams, honest.plan), ""
    name = {"target": "files_online", "equal": "files_online", "population": "ewallet_users"}.get(
        pattern, "app_users"
    )
    year = 2022 if pattern in {"target", "population"} else 2023
    table = honest.reports
    now = table[(table["indicator"] == name) & (table["year"] == year)]
    last = table[(table["indicator"] == name) & (table["year"] == 2022)].set_index("code")
    before = last["count"][now["code"]].set_axis(now.index)
    made = _made(rng, pattern, now, before, honest.plan)
    count = table["count"].copy()
    count[made.index] = np.minimum(made, table["out_of"][made.index]).astype(int)
    return World(table.assign(count=count), honest.teams, honest.plan), name


def _made(
    rng: np.random.Generator,
    pattern: str,
    now: pd.DataFrame,
    before: pd.Series,
    plan: pd.DataFrame,
) -> pd.Series:
    """Make counts up, for some of the rows."""
    district = _district(rng, now)
    share = now["count"] / now["out_of"]
    if pattern == "copied":
        return before[district]
    if pattern == "growth":
        return (before * rng.uniform(1.1, 1.3)).round()[_some(rng, now, 0.8, 1)]
    if pattern == "growth, a district":
        return (before * rng.uniform(1.1, 1.3)).round()[district]
    if pattern == "digits":
        return (10 * (now["count"] / 10).round())[_some(rng, now, 0.4, 0.8)]
    if pattern == "percents":
        return (share.round(2).clip(0.01) * now["out_of"]).round()[_some(rng, now, 0.25, 0.6)]
    if pattern == "target":
        return (0.5 * now["out_of"]).round()[_some(rng, now, 0.2, 0.5)]
    if pattern == "equal":
        return (share[district].mean() * now["out_of"]).round()[district]
    if pattern == "population":
        shared = apportion(now["out_of"], int(now["count"].sum()), at_most=now["out_of"])
        return shared.astype(float)
    aim = plan.set_index("code")["count"][now["code"]]
    return (aim.set_axis(now.index) + rng.integers(-2, 3, len(now)))[_some(rng, now, 0.7, 1)]


PLANTED = (
    *("copied", "growth", "growth, a district", "digits", "percents", "target", "equal"),
    *("population", "plan", "members"),
)


def one(rng: np.random.Generator, scenario: Scenario, pattern: str, communes: pd.DataFrame) -> bool:
    """Say of one province whether what was planted is found; of an honest one, whether anything."""
    made = world(rng, scenario, communes)
    if pattern == HONEST:
        return bool(len(workbook.screen(made.reports, teams=made.teams, plan=made.plan)))
    made, name = plant(rng, pattern, made)
    found = workbook.screen(made.reports, teams=made.teams, plan=made.plan)
    there = (found["pattern"] == pattern.split(",")[0]) & (found["indicator"] == name)
    return bool(there.any())


def run(
    honest: int, planted: int, seed: int, scenarios: list[Scenario], *, quiet: bool = False
) -> pd.DataFrame:
    """Give how often each pattern is found in each kind of province, and how often in none."""
    # Read once: thousands of worlds have the same communes.
    kept = lists.communes, lists.districts
    lists.communes, lists.districts = cache(kept[0]), cache(kept[1])
    try:
        communes, rows = places.communes(), []
        for scenario in scenarios:
            for pattern in (HONEST, *PLANTED):
                number = zlib.crc32(f"{scenario.name}: {pattern}".encode())
                often = honest if pattern == HONEST else planted
                found = [
                    one(np.random.default_rng([seed, number, at]), scenario, pattern, communes)
                    for at in track(range(often), f"{scenario.name}: {pattern}", disable=quiet)
                ]
                rows.append([scenario.name, pattern, often, np.mean(found) if found else np.nan])
    finally:
        lists.communes, lists.districts = kept
    table = pd.DataFrame(rows, columns=["scenario", "planted", "replications", "found"])
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return table.round({"found": 4}).assign(seed=seed, date=today)


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it."""
    weighed = table.assign(times=table["found"] * table["replications"])
    sums = weighed.groupby("planted", sort=False)[["times", "replications"]].sum()
    rate = sums["times"] / sums["replications"]
    rows = [
        [f"found: {name}", share, FOUND, share >= FOUND]
        for name, share in rate.drop(HONEST).items()
    ]
    rows.append(["false alarms", rate[HONEST], FALSE, rate[HONEST] <= FALSE])
    return pd.DataFrame(rows, columns=["demand", "found", "bound", "met"])


def main(
    *,
    honest: Annotated[int, typer.Option(help="Honest provinces a scenario.")] = 167,
    planted: Annotated[int, typer.Option(help="Provinces a scenario and pattern.")] = 10,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = SEED,
) -> None:
    """Run all scenarios, print the table and the bar, and end with a status."""
    table = run(honest, planted, seed, SCENARIOS)
    if csv:
        table.to_csv(csv, index=False, lineterminator="\n")
    for frame in (table.drop(columns=["seed", "date"]), held_to := bar(table)):
        shown = Table(*map(str, frame))
        for row in frame.itertuples(index=False):
            shown.add_row(
                *(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row)
            )
        Console().print(shown)
    raise typer.Exit(int(not held_to["met"].all()))


if __name__ == "__main__":
    typer.run(main)
