"""
How often do the sets of ranks hold all true ranks? Invented provinces, again and again.

Run: python tests/benchmarks/ranks.py --replications 100 --csv data/benchmarks/ranks.csv

Every province has the communes of Hau Giang in their districts. A district has a rate, a commune
one that varies around it (log-normal, or normal, with the district's as its mean; on the log odds
where shares are high), and its count is binomial. The truth to be held is the rank of each
district's rate; for communes, which here differ by chance only, that of the district they are in.
Where rates are equal, all ranks that they share must be in the set.

The bar: the sets hold all true ranks in 95 % of worlds, each scenario within chance of that; with
binomial errors, or with errors taken as known, they must fail, or the simulation is broken.
"""

from __future__ import annotations

import datetime
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

from hganalysis import indicators, places, ranks, rates
from hganalysis.places import lists
from hganalysis.ranks.chance import Chance
from hganalysis.ranks.sets import surely_above

SEED, LEVEL = 2024, 0.95
MEASURE = indicators.get("app_users", year=2022)


@dataclass(frozen=True)
class Scenario:
    """One kind of province."""

    name: str
    apart: float = 0.0
    """SD of the log rates of districts; 0: all alike, where it is hardest to be right."""
    sd: float = 0.35
    """SD of the log rates of the communes of a district."""
    rate: float = 0.236
    size_sd: float | None = None
    """SD of the log populations; none: those of the census."""
    normal: bool = False
    """Whether the rates of communes are normal, not their logs."""


SCENARIOS = [
    Scenario("alike"),
    Scenario("somewhat apart", apart=0.15),
    Scenario("far apart", apart=0.30),
    Scenario("alike, normal", normal=True),
    Scenario("alike, communes vary much", sd=0.8),
    Scenario("alike, communes vary much, few users", sd=0.8, rate=0.02),
    Scenario("alike, communes vary by chance of persons only", sd=0.0),
    Scenario("alike, high shares", sd=0.5, rate=0.85),
    Scenario("alike, communes of very unequal size", size_sd=1.0),
]
MUST_FAIL = {"districts, binomial errors": 0.60, "districts, errors taken as known": 0.92}


def world(
    rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Invent the reports of one province, and give the true rate of each district."""
    district = pd.factorize(communes["district_code"])[0]
    population = communes["population"].to_numpy()
    if scenario.size_sd is not None:
        drawn = 9000 * np.exp(scenario.size_sd * rng.normal(size=len(population)))
        population = np.clip(np.round(drawn), 200, None).astype(int)
    own = scenario.apart * rng.normal(size=district.max() + 1)
    noise = scenario.sd * rng.normal(size=len(district))
    if scenario.rate > 0.5:
        truth = np.full(district.max() + 1, scenario.rate)
        rate = 1 / (1 + np.exp(-(np.log(scenario.rate / (1 - scenario.rate)) + noise)))
    else:
        truth = scenario.rate * np.exp(own)
        times = 1 + noise if scenario.normal else np.exp(noise - scenario.sd**2 / 2)
        rate = np.clip(truth[district] * times, 0, 1)
    reports = pd.DataFrame(
        {
            "code": communes.index,
            "year": MEASURE.year,
            "indicator": MEASURE.name,
            "count": rng.binomial(population, rate),
            "out_of": population,
            "origin": "simulated",
        }
    )
    return reports, pd.Series(truth, index=communes["district_code"].unique())


def held(table: pd.DataFrame, truth: pd.Series) -> tuple[bool, float]:
    """Say whether all true ranks are in their sets, and how many ranks a set has on average."""
    rate = truth[table.index].to_numpy()
    best = 1 + (rate[:, None] < rate).sum(axis=1)
    worst = len(rate) - (rate[:, None] > rate).sum(axis=1)
    low, high = (table[column].to_numpy(dtype=int) for column in ("rank_low", "rank_high"))
    return bool(((low <= best) & (high >= worst)).all()), float((high - low + 1).mean())


def careless(reports: pd.DataFrame, table: pd.DataFrame, *, binomial: bool) -> pd.DataFrame:
    """Rank districts with errors taken as known: the linearised ones, or binomial ones."""
    share, size = (table[column].to_numpy(dtype=float) for column in ("share", "out_of"))
    pulls = rates.spread(reports, level="district").groupby("place")["pull"]
    error = rates.standard_errors(pulls)[table.index].to_numpy()
    if binomial:
        error = np.sqrt(share * (1 - share) / size)
    noise = np.random.default_rng(SEED).normal(size=(999, len(share))) * error
    many = np.full(len(share), 1e9)
    above = surely_above(
        Chance(share, error, many, noise, np.broadcast_to(error, noise.shape)), level=LEVEL
    )
    return table.assign(rank_low=1 + above.sum(axis=0), rank_high=len(share) - above.sum(axis=1))


def outside(reports: pd.DataFrame) -> tuple[bool, float]:
    """Say whether the funnel names nobody, where nobody is to be named; and its width."""
    table = ranks.funnel(reports, indicator=MEASURE, level=LEVEL)
    return bool((table["outside"] == "").all()), float((table["high"] - table["low"]).mean())


def once(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> dict:
    """Try every method on one province: by method, whether it was right, and its width."""
    reports, truth = world(rng, scenario, communes)
    of_communes = communes["district_code"].map(truth)
    found = {}
    for by, of in (("district", truth), ("commune", of_communes)):
        table = ranks.rank_sets(reports, indicator=MEASURE, by=by, level=LEVEL)
        found[f"{by}s"] = held(table, of)
    if not scenario.apart:
        found["funnel"] = outside(reports)
    known = rates.to_districts(reports).set_index("code")
    for name, binomial in (("errors taken as known", False), ("binomial errors", True)):
        found[f"districts, {name}"] = held(careless(reports, known, binomial=binomial), truth)
    return found


def run(
    replications: int, seed: int, scenarios: list[Scenario], *, quiet: bool = False
) -> pd.DataFrame:
    """Give coverage and width of every method in every scenario."""
    # Read once: thousands of worlds have the same communes.
    lists.communes, lists.districts = cache(places.communes), cache(places.districts)
    try:
        return _run(replications, seed, scenarios, quiet=quiet)
    finally:
        lists.communes, lists.districts = places.communes, places.districts


def _run(replications: int, seed: int, scenarios: list[Scenario], *, quiet: bool) -> pd.DataFrame:
    communes, rows = places.communes(), []
    for number, scenario in enumerate(scenarios):
        each = [
            once(np.random.default_rng([seed, number, one]), scenario, communes)
            for one in track(range(replications), scenario.name, disable=quiet)
        ]
        for method in each[0]:
            right, width = zip(*(one[method] for one in each), strict=True)
            rows.append([scenario.name, method, replications, np.mean(right), np.mean(width)])
    columns = ["scenario", "method", "replications", "coverage", "mean_width"]
    table = pd.DataFrame(rows, columns=columns).round({"coverage": 4, "mean_width": 4})
    return table.assign(seed=seed, date=datetime.datetime.now(tz=datetime.UTC).date().isoformat())


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it."""
    cover = table.pivot_table(index="method", columns="scenario", values="coverage")
    # Each scenario may fall short by chance: three binomial errors.
    slack = 3 * np.sqrt(LEVEL * (1 - LEVEL) / table["replications"].iloc[0])
    rows = []
    for method in ("districts", "communes", "funnel"):
        each = cover.loc[method].dropna()
        rows.append([f"{method}, mean", each.mean(), LEVEL, each.mean() >= LEVEL])
        least = LEVEL - slack
        rows.append([f"{method}, worst scenario", each.min(), least, each.min() >= least])
    for method, most in MUST_FAIL.items():
        found = cover.loc[method, "alike"]
        rows.append([f"must fail: {method}", found, most, found <= most])
    return pd.DataFrame(rows, columns=["demand", "found", "bound", "met"])


def main(
    replications: Annotated[int, typer.Option(help="Worlds in each scenario.")] = 100,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = SEED,
) -> None:
    """Run all scenarios, print the table and the bar, and end with a status."""
    table = run(replications, seed, SCENARIOS)
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
