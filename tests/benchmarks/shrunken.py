"""
How near do shares that are drawn together come to the level of a commune, and do intervals hold it?

Run: python tests/benchmarks/shrunken.py --replications 500 --csv data/benchmarks/shrunken.csv

Every province has the communes of Hau Giang, in the thirteen scenarios of `coverage.py` without
exposure and covariates, in four more that are spatial, and in four that the method was not made
for. Their log rate is level + district + spatial + alone, their counts are binomial. The level to
be found is the rate without what a commune has alone: what it shares with its district and with
those near it. Beside it, for who takes what a commune has alone for its level too, how often the
interval holds the whole rate.

Two ways: with places known, and with none, where communes are drawn towards their district alone.

With `--left-out FILE`, a table of counts by `county_code` and sub-county, without places (Kenya's
census of 2019), each sub-county is predicted from the others of its county, too.

The bar: mean squared error at most 0.8 of that of the raw share in each scenario, and intervals
that hold the level in 93 to 97 % of communes.
"""

from __future__ import annotations

import datetime
import importlib.util
import sys
import zlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hganalysis import indicators, places
from hganalysis.places import lists
from hganalysis.rates import errors, shrunken
from hganalysis.rates.variance import Units

SEED, LEVEL = 2611, 0.95
MEASURE = indicators.get("app_users", year=2022)
COUNTS = {
    "internet_users": "persons_3plus",
    "computer_users": "persons_3plus",
    "mobile_owners": "persons_3plus",
    "online_buyers": "persons_15plus",
}
HIDDEN_BELOW = 5


def _coverage():
    # By path, because a package named coverage exists.
    file = Path(__file__).with_name("coverage.py")
    spec = importlib.util.spec_from_file_location("coverage_of_shrunken", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


coverage = _coverage()


@dataclass(frozen=True)
class World:
    """One kind of province."""

    name: str
    scenario: coverage.Scenario
    size_sd: float | None = None
    """SD of the log populations; none: those of the census in every second province, else 0.35."""
    odds: bool = False
    """Whether the scenario is on the log odds, around a share of 85 %."""


def _near(name: str, shared: float, km: float) -> World:
    return World(name, coverage.Scenario(name, 0.0, spatial=shared, reach_km=km, mean_count=2100))


WORLDS = [
    *(World(one.name, one) for one in coverage.SCENARIOS),
    _near("40 % shared within 10 km", 0.4, 10.0),
    _near("40 % shared within 20 km", 0.4, 20.0),
    _near("80 % shared within 8 km", 0.8, 8.0),
    _near("80 % shared within 20 km", 0.8, 20.0),
    World("high shares", coverage.Scenario("high shares", sd=0.5), odds=True),
    World("very unequal size", coverage.Scenario("very unequal size"), size_sd=1.0),
    World("three users a commune", coverage.Scenario("three users", mean_count=3.0)),
    World("chance of persons only", coverage.Scenario("persons only", sd=0.0)),
]
SPATIAL = [one.name for one in WORLDS if "shared" in one.name]
BEYOND = [one.name for one in WORLDS[-4:]]
"""Shown, and under no bar."""
WAYS = ("district and neighbours", "district")
MOST, LEAST_COVER, MOST_COVER = 0.8, 0.93, 0.97


def province(
    rng: np.random.Generator, world: World, layout: coverage.Layout, *, census: bool
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Invent the reports of one province: also the level of each commune, and its rate."""
    one, n = world.scenario, len(layout.district)
    if one.reach_km not in layout.roots:
        layout.shocks(rng, one)
    drawn = 9000 * np.exp((world.size_sd or 0.35) * rng.normal(size=n))
    population = np.clip(np.round(drawn), 200, None)
    if census and world.size_sd is None:
        population = layout.census
    district = one.sd * np.sqrt(one.icc) * rng.normal(size=layout.district.max() + 1)
    rest = one.sd * np.sqrt(1 - one.icc)
    near = rest * np.sqrt(one.spatial) * (layout.roots[one.reach_km] @ rng.normal(size=n))
    alone_sd = rest * np.sqrt(1 - one.spatial)
    line, alone = district[layout.district] + near, alone_sd * rng.normal(size=n)
    if world.odds:
        line = line + np.log(0.85 / 0.15)
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        each = 1 / (1 + np.exp(-(line[:, None] + alone_sd * nodes)))
        truth, rate = each @ weights / weights.sum(), 1 / (1 + np.exp(-(line + alone)))
    else:
        line = line + np.log(one.mean_count / population.mean())
        truth, rate = (np.clip(np.exp(x), 0, 0.98) for x in (line + alone_sd**2 / 2, line + alone))
    reports = pd.DataFrame(
        {
            "code": layout.code,
            "year": MEASURE.year,
            "indicator": MEASURE.name,
            "count": rng.binomial(population.astype(int), rate),
            "out_of": population,
            "origin": "simulated",
        }
    )
    return reports, truth, rate


def tried(reports: pd.DataFrame, truth: np.ndarray, rate: np.ndarray) -> dict[str, list[float]]:
    """Draw the shares of one province together in both ways."""
    share, found = (reports["count"] / reports["out_of"]).to_numpy(), {}
    out_of = reports["out_of"].to_numpy(float)
    parts = errors.units(reports, level="commune")
    for way in WAYS:
        where = parts.where if way == WAYS[0] else np.full_like(parts.where, np.nan)
        table = shrunken.drawn(replace(parts, where=where), ratio=False, level=LEVEL)
        drawn = table["shrunken_share"].to_numpy()
        low, high = _around(drawn, out_of, table)
        found[way] = [
            ((drawn - truth) ** 2).mean(),
            ((share - truth) ** 2).mean(),
            ((low <= truth) & (truth <= high)).mean(),
            ((low <= rate) & (rate <= high)).mean(),
            (high - low).mean() / truth.mean(),
            table["weight"].mean(),
        ]
    return found


def _around(
    share: np.ndarray, out_of: np.ndarray, table: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    below, above = (table[name].to_numpy() for name in ("below", "above"))
    low, _ = errors.around(share, out_of, below, ratio=False)
    return low, errors.around(share, out_of, above, ratio=False)[1]


def run(replications: int, seed: int, worlds: list[World], *, quiet: bool = False) -> pd.DataFrame:
    """Give error and coverage of both ways in every world."""
    lists.communes, lists.districts = cache(places.communes), cache(places.districts)
    try:
        layout, rows = coverage.Layout(), []
        for world in worlds:
            number = zlib.crc32(world.name.encode())  # the same provinces, whatever runs with it
            each = [
                tried(
                    *province(
                        np.random.default_rng([seed, number, at]), world, layout, census=at % 2 == 1
                    )
                )
                for at in track(range(replications), world.name, disable=quiet)
            ]
            for way in WAYS:
                error, raw, cover, whole, width, weight = np.mean(
                    [one[way] for one in each], axis=0
                )
                rows.append(
                    {
                        "scenario": world.name,
                        "towards": way,
                        "replications": replications,
                        "mse_ratio": error / raw,
                        "coverage": cover,
                        "coverage_of_rate": whole,
                        "relative_width": width,
                        "weight": weight,
                    }
                )
    finally:
        lists.communes, lists.districts = places.communes, places.districts
    return _dated(pd.DataFrame(rows), seed)


def _dated(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return table.round(4).assign(seed=seed, date=today)


def predicted(parts: Units) -> pd.DataFrame:
    """
    Predict each share from all others: `share`, and `below` and `above` on the log odds.

    In every model the restricted likelihood without a place follows from that with it. Only the
    level of its home, around which log odds are taken, and what there is beyond chance of persons
    are of all.
    """
    known = ~np.isnan(parts.residual)
    fits = shrunken.fit(parts)
    own = np.where(fits.own > shrunken.ALONE, fits.own, np.nan)
    by, df = fits.residual - fits.pull / own, fits.df - 1
    squares = fits.squares[..., None] - fits.pull**2 / own
    logs = fits.logs[..., None] + np.log(own)
    likely = np.stack(
        [shrunken.weigh(squares[..., at], logs[..., at], df) for at in range(own.shape[-1])],
        axis=-1,
    )
    mean = (likely * by).sum(axis=(0, 1))
    error = np.sqrt(np.maximum(squares / df, 1.0) / own)
    low, high = shrunken.ends(likely, by, error, df=df, level=LEVEL)
    found = pd.DataFrame(np.nan, range(len(known)), ["by", "below", "above"])
    found[known] = np.column_stack([mean, mean - low, high - mean])
    return found.assign(share=shrunken.at_home(parts, found["by"].to_numpy(), ratio=False))


def left_out(table: pd.DataFrame) -> pd.DataFrame:
    """Predict every sub-county from the others; small counts are hidden."""
    rows = []
    for name, whole in COUNTS.items():
        count, out_of = (table[one].to_numpy(float) for one in (name, whole))
        told = (count >= HIDDEN_BELOW) & (out_of - count >= HIDDEN_BELOW)
        home = table["county_code"].astype(str).to_numpy(dtype=object)
        frame = pd.DataFrame(
            {
                "count": np.where(told, count, np.nan),
                "out_of": np.where(told, out_of, np.nan),
                "place": np.arange(len(table)).astype(str).astype(object),
                "told": told,
            }
        )
        nowhere = np.full((len(table), 2), np.nan)
        parts = errors._around(frame, home, nowhere, ratio=False)
        found = predicted(parts)
        low, high = _around(found["share"].to_numpy(), out_of, found)
        share, seen = count / out_of, ~np.isnan(low)
        inside = ((low <= share) & (share <= high))[seen]
        rows.append(
            {
                "scenario": f"left out: {name}",
                "towards": WAYS[1],
                "replications": int(seen.sum()),
                "mse_ratio": np.nan,
                "coverage": inside.mean(),
                "coverage_of_rate": np.nan,
                "relative_width": np.median((high - low)[seen] / share[seen]),
                "weight": shrunken.drawn(parts, ratio=False)["weight"].mean(),
            }
        )
    return _dated(pd.DataFrame(rows), 0)


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it: one row per demand, `met` or not."""
    kept = table[(table["towards"] == WAYS[0]) & ~table["scenario"].isin(BEYOND)]
    error, cover = kept["mse_ratio"], kept["coverage"]
    demands = [
        ("drawn shares, squared error to that of raw ones, worst", error.max(), 0.0, MOST),
        ("drawn shares, mean coverage", cover.mean(), LEAST_COVER, MOST_COVER),
        ("drawn shares, lowest coverage", cover.min(), LEAST_COVER, 1.0),
        ("drawn shares, highest coverage", cover.max(), 0.0, MOST_COVER),
    ]
    held = pd.DataFrame(demands, columns=["demand", "found", "at_least", "at_most"])
    return held.assign(met=held["found"].between(held["at_least"], held["at_most"]))


def main(
    replications: Annotated[int, typer.Option(help="Provinces in each scenario.")] = 500,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = SEED,
    left_out_of: Annotated[Path | None, typer.Option("--left-out", help="Counts.")] = None,
) -> None:
    """Run all scenarios, print the table and the bar, and end with a status."""
    table = run(replications, seed, WORLDS)
    if left_out_of:
        table = pd.concat([table, left_out(pd.read_csv(left_out_of))], ignore_index=True)
    if csv:
        table.to_csv(csv, index=False, lineterminator="\n")
    held_to = bar(table)
    for frame in (table.drop(columns=["seed", "date"]), held_to):
        shown = Table(*map(str, frame))
        for row in frame.itertuples(index=False):
            shown.add_row(
                *(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row)
            )
        Console(width=150).print(shown)
    raise typer.Exit(int(not held_to["met"].all()))


if __name__ == "__main__":
    typer.run(main)
