"""
How often do shares' intervals hold the true share, and sets of ranks all true ranks?

Run: python tests/benchmarks/ranks.py --replications 100 --csv data/benchmarks/ranks.csv

Every province has the communes of Hau Giang in their districts. A district has a rate, a commune
one that varies around it (log-normal, or normal, with the district's as its mean; on the log odds
where shares are high), and its count is binomial. What communes vary by is their own, or shared in
part with those near them. The truth to be held is the share that the district's rate makes, and
its rank; for communes, which here differ by chance only, those of the district they are in. Where
rates are equal, all ranks that they share must be in the set.

Controls in the same run: intervals from the spread of a district's own communes, as if these were
independent (the classical ratio estimator), and sets of ranks made from them; and binomial errors.

The bar: shares and sets hold in 95 % of worlds where communes are independent (shares in no more
than 97.5 %, at 1.25 times the classical width), and in 92 % on average and 88 % at worst where 40 %
of the variance is shared within 10 km. The controls must fail, or the simulation is broken.
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

from hganalysis import indicators, places, ranks, rates
from hganalysis.places import lists
from hganalysis.ranks import Chance, surely_above

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
    shared: float = 0.0
    """How much of the communes' variance is shared with those near them."""
    km: float = 10.0
    """How far that reaches: the distance at which the correlation is 1/e of it."""
    uneven: float = 0.0
    """SD of the log of the SD of each district's communes."""


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
    Scenario("alike, districts vary unequally", uneven=0.4),
    Scenario("alike, three users a commune", rate=0.0003),
    Scenario("alike, 40 % shared within 10 km", shared=0.4),
    Scenario("somewhat apart, 40 % shared within 10 km", apart=0.15, shared=0.4),
    Scenario("alike, 40 % shared within 20 km", shared=0.4, km=20),
    Scenario("alike, 80 % shared within 8 km", shared=0.8, km=8),
]
SHARED = [one.name for one in SCENARIOS if (one.shared, one.km) == (0.4, 10)]
BEYOND = [one.name for one in SCENARIOS if one.shared and one.name not in SHARED]
"""Where likeness reaches as far as a district or nearly fills it: shown, and under no bar."""
WIDEST = 1.25
MUST_FAIL = {
    ("districts, binomial errors", "alike"): 0.60,
    ("districts, classical errors", SHARED[0]): 0.80,
    ("district shares, classical errors", SHARED[0]): 0.82,
}


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
    sd = scenario.sd * np.exp(scenario.uneven * rng.normal(size=district.max() + 1))[district]
    noise = sd * field(communes, scenario.shared, scenario.km) @ rng.normal(size=len(district))
    if scenario.rate > 0.5:
        middle = np.log(scenario.rate / (1 - scenario.rate))
        truth = np.full(district.max() + 1, _mean_share(middle, scenario.sd))
        rate = 1 / (1 + np.exp(-(middle + noise)))
    else:
        truth = scenario.rate * np.exp(own)
        times = 1 + noise if scenario.normal else np.exp(noise - sd**2 / 2)
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


def _mean_share(middle: float, sd: float) -> float:
    """Compute the mean share where log odds are normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    return float((weights / (1 + np.exp(-(middle + sd * nodes)))).sum() / weights.sum())


def field(communes: pd.DataFrame, shared: float, km: float) -> np.ndarray:
    """Give a root of the covariance of communes, whose variance is 1."""
    lon, lat = communes["lon"].to_numpy(), communes["lat"].to_numpy()
    x, y = lon * 111.32 * np.cos(np.radians(lat.mean())), lat * 110.57
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    return np.linalg.cholesky((1 - shared) * np.eye(len(x)) + shared * np.exp(-distance / km))


def held(table: pd.DataFrame, truth: pd.Series) -> tuple[bool, float]:
    """Say whether all true ranks are in their sets, and how many ranks a set has on average."""
    rate = truth[table.index].to_numpy()
    best = 1 + (rate[:, None] < rate).sum(axis=1)
    worst = len(rate) - (rate[:, None] > rate).sum(axis=1)
    low, high = (table[column].to_numpy(dtype=int) for column in ("rank_low", "rank_high"))
    return bool(((low <= best) & (high >= worst)).all()), float((high - low + 1).mean())


def classical(reports: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Compute the linearised error of each district's share from its own communes (Cochran 6.4)."""
    district = places.communes()["district_code"][reports["code"]].to_numpy()
    count, out_of = (reports[name].to_numpy(dtype=float) for name in ("count", "out_of"))
    found = []
    for code, row in table.iterrows():
        inside = district == code
        pull = (count[inside] - row["share"] * out_of[inside]) / row["out_of"]
        found.append(pull.std(ddof=1) * np.sqrt(inside.sum()))
    return np.array(found)


def through_parts(rng: np.random.Generator, weight: np.ndarray, draws: int) -> tuple:
    """Draw a weighted mean of independent normal numbers, and its linearised error."""
    numbers = rng.normal(size=(draws, len(weight)))
    mean = numbers @ weight
    pulls = (numbers - mean[:, None]) * weight
    error = np.sqrt(len(weight) / (len(weight) - 1) * (pulls**2).sum(axis=1))
    unit = np.sqrt((error**2).mean())
    return mean / unit, error / unit


def careless(reports: pd.DataFrame, table: pd.DataFrame, *, binomial: bool) -> pd.DataFrame:
    """Rank districts with binomial errors, or the classical ones of independent communes."""
    rng, draws = np.random.default_rng(SEED), 1999
    share, size = (table[column].to_numpy(dtype=float) for column in ("share", "out_of"))
    if binomial:
        error = np.sqrt(share * (1 - share) / size)
        noise, drawn, df = rng.normal(size=(draws, len(share))), 1.0, np.full(len(share), 1e9)
        drawn = np.ones_like(noise)
    else:
        error, df = classical(reports, table), table["communes"].to_numpy(dtype=float) - 1
        district = places.communes()["district_code"][reports["code"]].to_numpy()
        sizes = [reports.loc[district == code, "out_of"].to_numpy(float) for code in table.index]
        pairs = [through_parts(rng, one / one.sum(), draws) for one in sizes]
        noise, drawn = (np.column_stack(columns) for columns in zip(*pairs, strict=True))
    above = surely_above(Chance(share, error, df, noise * error, drawn * error), level=LEVEL)
    return table.assign(rank_low=1 + above.sum(axis=0), rank_high=len(share) - above.sum(axis=1))


def outside(reports: pd.DataFrame) -> tuple[bool, float]:
    """Say whether the funnel names nobody, where nobody is to be named; and its width."""
    table = ranks.funnel(reports, indicator=MEASURE, level=LEVEL)
    return bool((table["outside"] == "").all()), float((table["high"] - table["low"]).mean())


def of_districts(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> dict:
    """Try ranks of districts, funnel and province on one world: by method, what held, and width."""
    reports, truth = world(rng, scenario, communes)
    table = ranks.rank_sets(reports, indicator=MEASURE, level=LEVEL)
    found = {"districts": held(table, truth)}
    if not scenario.apart:
        found["funnel"] = outside(reports)
    known = rates.to_districts(reports).set_index("code")
    for name, binomial in (("classical errors", False), ("binomial errors", True)):
        found[f"districts, {name}"] = held(careless(reports, known, binomial=binomial), truth)
    of_communes = communes["district_code"].map(truth)[reports["code"]]
    expected = np.average(of_communes, weights=reports["out_of"])
    row = rates.to_province(reports, level=LEVEL).iloc[0]
    holds = row["share_low"] <= expected <= row["share_high"]
    found["province share"] = (holds, float(row["share_high"] - row["share_low"]))
    return found


def of_communes(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> dict:
    """Try ranks and intervals of communes on one world."""
    reports, truth = world(rng, scenario, communes)
    of = communes["district_code"].map(truth)
    table = ranks.rank_sets(reports, indicator=MEASURE, by="commune", level=LEVEL)
    known = rates.uptake(reports, level=LEVEL).set_index("code")
    inside = (known["share_low"] <= of) & (of <= known["share_high"])
    by_home = inside.groupby(communes["district_code"]).mean().to_numpy()
    width = float((known["share_high"] - known["share_low"]).mean())
    return {"communes": held(table, of), "commune shares": (by_home, width)}


def of_shares(rng: np.random.Generator, scenario: Scenario, communes: pd.DataFrame) -> dict:
    """Try intervals of districts on one world, and the classical ones."""
    reports, truth = world(rng, scenario, communes)
    table = rates.to_districts(reports, level=LEVEL).set_index("code")
    of = truth[table.index].to_numpy()
    # The classical interval, laid on the log odds as it was until it left room for neighbours.
    share = table["share"].clip(0.5 / table["out_of"], 1 - 0.5 / table["out_of"])
    error = classical(reports, table) / (share * (1 - share))
    reach = rates.t_quantile(LEVEL, table["communes"] - 1) * error
    odds = np.log(share / (1 - share))
    usual = [1 / (1 + np.exp(-(odds + step))) for step in (-reach, reach)]
    return {
        name: (((low <= of) & (of <= high)).to_numpy(), float((high - low).mean()))
        for name, (low, high) in (
            ("district shares", (table["share_low"], table["share_high"])),
            ("district shares, classical errors", usual),
        )
    }


KINDS = [(of_districts, 1.0), (of_communes, 0.4), (of_shares, 2.0)]
"""What is tried, and in how many worlds for each one that is asked for."""


def run(
    replications: int, seed: int, scenarios: list[Scenario], *, quiet: bool = False
) -> pd.DataFrame:
    """Give coverage and width of every method in every scenario."""
    # Read once: thousands of worlds have the same communes.
    lists.communes, lists.districts = cache(places.communes), cache(places.districts)
    try:
        communes, rows = places.communes(), []
        for scenario in scenarios:
            number = zlib.crc32(scenario.name.encode())  # the same worlds, whatever runs with it
            for kind, (one, often) in enumerate(KINDS):
                worlds = range(max(1, round(often * replications)))
                each = [
                    one(np.random.default_rng([seed, number, kind, at]), scenario, communes)
                    for at in track(worlds, f"{scenario.name}: {one.__name__}", disable=quiet)
                ]
                for method in each[0]:
                    right, width = zip(*(found[method] for found in each), strict=True)
                    rates_held = np.mean(np.array(right, dtype=float), axis=0)
                    rows.append(
                        {
                            "scenario": scenario.name,
                            "method": method,
                            "replications": len(each),
                            "coverage": np.mean(rates_held),
                            "worst_district": np.min(rates_held),
                            "mean_width": np.mean(width),
                        }
                    )
    finally:
        lists.communes, lists.districts = places.communes, places.districts
    table = pd.DataFrame(rows)
    digits = {"coverage": 4, "worst_district": 4, "mean_width": 6}
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return table.round(digits).assign(seed=seed, date=today)


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it."""
    cover, worst, width = (
        table.pivot_table(index="method", columns="scenario", values=column)
        for column in ("coverage", "worst_district", "mean_width")
    )
    often = table.groupby("method")["replications"].first()
    independent = [name for name in cover if name not in SHARED + BEYOND]
    rows = []

    def demand(what: str, found: float, bound: float, *, most: bool = False) -> None:
        rows.append([what, found, bound, found <= bound if most else found >= bound])

    for method in ("districts", "communes", "funnel", "district shares", "commune shares"):
        here, near = (cover.loc[method, names].dropna() for names in (independent, SHARED))
        # Each scenario may fall short by chance: three binomial errors.
        slack = 3 * np.sqrt(LEVEL * (1 - LEVEL) / often[method])
        demand(f"{method}, independent, mean", here.mean(), LEVEL)
        demand(f"{method}, independent, worst scenario", here.min(), LEVEL - slack)
        demand(f"{method}, shared, mean", near.mean(), 0.92)
        demand(f"{method}, shared, worst", worst.loc[method, SHARED].min(), 0.88)
    share = "district shares"
    demand(f"{share}, independent, at most", cover.loc[share, "alike"], 0.975, most=True)
    times = (width.loc[share] / width.loc[f"{share}, classical errors"])["alike"]
    demand(f"{share}, independent, width", times, WIDEST, most=True)
    for (method, scenario), most in MUST_FAIL.items():
        demand(f"must fail: {method}", cover.loc[method, scenario], most, most=True)
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
