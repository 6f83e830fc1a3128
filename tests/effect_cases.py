"""Provinces that the tests of the estimate share: R's, invented ones, and one that is smooth."""

from pathlib import Path

import numpy as np
import pandas as pd

from hganalysis import Design, places
from hganalysis.effect.frame import Names, read_data
from hganalysis.effect.rungs import Specification

GOLDEN = Path(__file__).parent / "golden"
COLUMNS = {
    "count": "users",
    "exposure": "density",
    "offset": "population",
    "cluster": "district",
}
# Communes per district, as in the province.
SIZES = (9, 6, 10, 8, 15, 10, 8, 9)


def with_density(table):
    return table.assign(density=1000 * table["members"] / table["population"])


def communes():
    """The province that R was asked about."""
    return with_density(pd.read_csv(GOLDEN / "effect_input.csv", index_col="commune"))


def earlier():
    """Its year before."""
    before = pd.read_csv(GOLDEN / "effect_before.csv", index_col="commune")
    counts = {"users": before["users"], "members": before["members"]}
    return with_density(communes().assign(**counts))


def witness(name="effect"):
    return pd.read_csv(GOLDEN / f"{name}.csv", index_col=["model", "quantity"])["value"]


def invented(seed, *, slope=0.1, sizes=SIZES):
    """A province as in METHODS: district effects, a confounder within districts, counts."""
    rng = np.random.default_rng(seed)
    district = np.repeat(np.arange(len(sizes)), sizes)
    n = len(district)
    x = np.sqrt(0.1) * rng.normal(size=len(sizes))[district]
    x = x + np.sqrt(0.9) * rng.normal(size=n)
    z = 0.4 * x + np.sqrt(1 - 0.4**2) * rng.normal(size=n)
    shared = np.sqrt(0.15) * rng.normal(size=len(sizes))[district]
    shocks = 0.35 * (shared + np.sqrt(0.85) * rng.normal(size=n))
    population = np.round(9000 * np.exp(0.35 * rng.normal(size=n)))
    expected = population * np.exp(-1.8 + slope * x + 0.15 * z + shocks)
    users = rng.poisson(expected)
    parts = {
        "users": users,
        "density": x,
        "population": population,
        "z": z,
        "district": district,
    }
    names = [f"ward {number}" for number in range(n)]
    return pd.DataFrame(parts, index=names)


def misrecorded(rng, *, error, spread, slope=0.0, noise=0.1, shared=0.1, units=(12,) * 8):
    """Wrong populations of a province whose density differs by `spread` (log SD)."""
    district = np.repeat(np.arange(len(units)), units)
    n = len(district)
    people = 9000 * np.exp(0.35 * rng.normal(size=n))
    density = 5 * np.exp(spread * rng.normal(size=n))
    own_shocks = noise * rng.normal(size=n)
    shocks = own_shocks + shared * rng.normal(size=len(units))[district]
    users = people * np.exp(-1.5 + slope * (density - 5) + shocks)
    recorded = people * np.exp(error * rng.normal(size=n))
    parts = {
        "users": users,
        "members": density * people / 1000,
        "population": recorded,
        "district": district,
    }
    return with_density(pd.DataFrame(parts))


def smooth(seed, *, km=30.0):
    """Exposure and residual both change gradually over the communes of the province."""
    rng = np.random.default_rng(seed)
    points = places.points().geometry
    positions = np.column_stack([points.x, points.y]) / 1000
    differences = positions[:, None] - positions[None]
    apart = np.sqrt((differences**2).sum(axis=2))
    n = len(positions)
    correlation = np.exp(-apart / km) + 1e-9 * np.eye(n)
    root = np.linalg.cholesky(correlation)
    x = root @ rng.normal(size=n)
    rest = root @ rng.normal(size=n)
    land = places.units().loc[points.index]
    people = land["population"].to_numpy(dtype=float)
    users = rng.poisson(people * np.exp(-1.8 + 0.35 * rest))
    parts = {
        "users": users,
        "density": x,
        "population": people,
        "district": land["compared_code"],
    }
    return pd.DataFrame(parts)


def rung(table, number=2, *controls, **columns):
    """One way to compare, without asking whether the data carry it."""
    names = Names(**COLUMNS | columns, controls=controls)
    data = read_data(table, names)
    return Specification(data, number)


def design(table, *controls, **choices):
    """Ask a frame of somebody's own."""
    options = {
        **COLUMNS,
        "controls": controls,
        "origin": "reported",
        "source": "a survey of our own",
        **choices,
    }
    return Design(table, **options)
