"""
How often does a level hold in the next period, and the order that is said to last?

Run: python benchmarks/uptake.py --replications 500 --csv data/benchmarks/uptake.csv

Every world has districts, communes that differ for good, and what moves them from one period to
the next, on the log odds; counts are binomial. Each study is asked by `hg.uptake`, as anybody asks,
and only what its answer holds is judged. `next` is how often next period's level of a district, at
the movement that all have in common, lies within `low` and `high` of the table, which are
`width_pp` apart; `ranks` how often all districts' lasting ranks lie in the sets that `above` leaves
them; `power` which part of the pairs five points apart or more `above` tells apart. It has to
outlast denominators off by 10 %, too: near 90 % no pair five points apart can. `answered` is the
share of the studies of which two periods tell anything; the others are in no other number.

`spread` is the control, no answer of the package: the interval from how much communes of one period
differ (the classical ratio estimator with t), which lasts and is no chance.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from scipy import stats
from scipy.special import expit, logit

sys.path.insert(0, str(Path(__file__).parents[1]))

import hganalysis as hg
from benchmarks.worlds import finish, judge_worlds

SEED = 2026
PEOPLE = 9800
"""The median of the residents of a commune of Hau Giang, log-SD .35."""
FAR = 0.05
"""How far the lasting levels of a pair are apart that should be told apart."""


@dataclass(frozen=True)
class World:
    """What lasts and what moves, as SDs on the log odds."""

    name: str
    districts: int = 8
    communes: int = 9
    level: float = 0.3
    apart: float = 0.30
    """Between districts, for good."""
    unlike: float = 0.45
    """Between communes of a district, for good."""
    transient: float = 0.14
    shock: float = 0.0
    """Of a whole district, anew in each period."""
    near: float = 0.0
    """How much of the transient is shared by neighbours: thirds of a district."""
    drift: float = 0.0
    """What communes move for good from one period to the next."""
    wrong: float = 0.0
    """What each denominator is off by, alike in all periods."""
    uneven: float = 0.35
    periods: int = 2


WORLDS = [
    World("base"),
    World("nothing transient", transient=0.02),
    World("transient .30", transient=0.30),
    World("neighbours move together", near=0.7, transient=0.25),
    World("district shock .10", shock=0.10),
    World("district shock .20", shock=0.20),
    World("drift .10", drift=0.10),
    World("denominators off by 5 %", wrong=0.05),
    World("communes of very unequal size", uneven=1.0),
    World("districts alike", apart=0.02),
    World("near 90 %", level=0.9),
    World("4 x 4", districts=4, communes=4),
    World("47 x 7", districts=47, communes=7),
    World("47 x 7, district shock .10", districts=47, communes=7, shock=0.10),
    World("five periods", periods=5),
    World("five periods, district shock .10", periods=5, shock=0.10),
]
NEXT, RANKS, RANKS_OF_WRONG = 0.95, 0.98, 0.94
"""The bar: of next period's level, and of the lasting order; where denominators are off."""


STUDY = """
name = "An invented province"
language = "en"
years = [2024, 2025]
counted = "users"
exposure = { one = "team", many = "teams" }
levels.province = { one = "province", many = "provinces" }
levels.district = { one = "district", many = "districts" }
levels.commune = { one = "commune", many = "communes" }

[indicators.users]
role = "headline"
label = "Users"
counts = "users"
out_of = "residents"
unit = "people"
denominator = "residents"
"""
FIRST_YEAR = 2020

# Studies stay until the process ends.
_FOLDERS = contextlib.ExitStack()
atexit.register(_FOLDERS.close)


@functools.cache
def open_study(districts: int, communes: int) -> hg.Study:
    """Lay out a study of so many districts, each of so many communes."""
    n = districts * communes
    district = np.repeat(np.arange(districts), communes).astype(str)
    listed = pd.DataFrame({"code": np.arange(1000, 1000 + n).astype(str)})
    listed["name"] = "Commune " + listed["code"]
    listed["district_code"] = np.char.zfill(district, 2)
    listed["district"] = "District " + listed["district_code"]
    listed["population"] = PEOPLE
    of_years = [
        listed[["code"]].assign(
            period=year, **{"users.count": 3000 + 7 * np.arange(n) % (year - 7)}
        )
        for year in (2024, 2025)
    ]
    folder = Path(_FOLDERS.enter_context(tempfile.TemporaryDirectory()))
    files = {name: folder / name for name in ("places.csv", "reports.csv", "study.toml")}
    listed.to_csv(files["places.csv"], index=False)
    pd.concat(of_years).to_csv(files["reports.csv"], index=False)
    files["study.toml"].write_text(STUDY, encoding="utf-8")
    options = {file.stem: file for file in files.values()}
    return hg.Study.open(hg.publish.lay_out(folder / "data", **options).folder)


def draw(rng: np.random.Generator, world: World) -> tuple[np.ndarray, ...]:
    """Invent counts and denominators of all periods and the next; and the lasting levels."""
    place = np.repeat(np.arange(world.districts), world.communes)
    n, periods = len(place), world.periods + 1
    people = np.round(PEOPLE * np.exp(world.uneven * rng.normal(size=n))).clip(200)
    for_good = logit(world.level) + (world.apart * rng.normal(size=world.districts))[place]
    for_good = for_good + world.unlike * rng.normal(size=n)
    wandered = world.drift * rng.normal(size=(n, periods)).cumsum(axis=1)
    third = place * 3 + np.arange(n) % world.communes * 3 // world.communes
    own_moves, shared = (
        rng.normal(size=(n, periods)),
        rng.normal(size=(third.max() + 1, periods))[third],
    )
    moved = np.sqrt(1 - world.near) * own_moves + np.sqrt(world.near) * shared
    shocks = world.shock * rng.normal(size=(world.districts, periods))[place]
    common = np.r_[0.25 * np.arange(periods - 1), 0.25 * (periods - 2)]  # all rise, then no more
    odds = (for_good[:, None] + wandered + world.transient * moved + shocks) + common
    count = rng.binomial(people[:, None].astype(int), expit(odds)).astype(float)
    listed = np.round(people * np.exp(world.wrong * rng.normal(size=n)))
    lasting = for_good + wandered[:, -2] + common[-2]
    share = np.bincount(place, people * expit(lasting)) / np.bincount(place, people)
    out_of = np.broadcast_to(listed[:, None], count.shape).copy()
    return count, np.maximum(out_of, count), place, share


def ask(count: np.ndarray, out_of: np.ndarray, world: World) -> hg.Uptake:
    """Ask `hg.uptake` of all periods but the next."""
    with open_study(world.districts, world.communes).use(language="en"):
        codes = hg.places.units().index
        frames = [
            pd.DataFrame({"code": codes, "count": count[:, number], "out_of": out_of[:, number]})
            for number in range(world.periods)
        ]
        rows = pd.concat(frames, keys=range(FIRST_YEAR, FIRST_YEAR + world.periods))
        rows = rows.reset_index(names=["period", "row"]).assign(origin="simulated")
        return hg.uptake(rows, source="invented")


def replicate(rng: np.random.Generator, world: World) -> dict[str, float]:
    """Judge one world once."""
    count, out_of, place, lasting = draw(rng, world)
    answer = ask(count, out_of, world)
    if answer.measure.evidence != "periods":
        return {"answered": 0.0}
    # as districts are numbered
    table = answer.counted.set_index("code").sort_index()
    above = answer.above.loc[table.index, table.index].to_numpy(dtype=bool)
    low, high = table[["low", "high"]].to_numpy(dtype=float).T
    level = logit(table["share"].to_numpy(dtype=float))

    following = logit(np.bincount(place, count[:, -1]) / np.bincount(place, out_of[:, -1]))
    moved = (following - level).mean()
    after = expit(following - moved)
    rank_low, rank_high = 1 + above.sum(axis=0), len(above) - above.sum(axis=1)
    rank = stats.rankdata(-lasting, method="ordinal")
    far = (lasting[:, None] - lasting) >= FAR
    wide, control = _spread(count[:, -2], out_of[:, -2], place)
    return {
        "answered": 1.0,
        "next": float(((low <= after) & (after <= high)).mean()),
        "width_pp": 100 * float((high - low).mean()),
        "ranks": float(((rank_low <= rank) & (rank <= rank_high)).all()),
        "power": float(above[far].mean()) if far.any() else np.nan,
        "next_spread": float((np.abs(following - moved - level) <= control).mean()),
        "width_spread_pp": 100 * wide,
    }


def _spread(count: np.ndarray, out_of: np.ndarray, place: np.ndarray) -> tuple[float, np.ndarray]:
    """Make the interval from how communes of one period differ: its width, its half on the odds."""
    total, people, n = (
        np.bincount(place, weights) for weights in (count, out_of, np.ones(len(place)))
    )
    share = total / people
    rest = count - share[place] * out_of
    error = np.sqrt(n / (n - 1) * np.bincount(place, rest**2)) / people
    half = stats.t.ppf(0.975, n - 1) * error / (share * (1 - share))
    ends = expit(logit(share) + half) - expit(logit(share) - half)
    return float(ends.mean()), half


def table(worlds: list[World], replications: int) -> pd.DataFrame:
    """Judge worlds, each with the random numbers of its name."""
    seeds = [[SEED, zlib.crc32(world.name.encode())] for world in worlds]
    return judge_worlds(worlds, seeds, replicate, replications=replications)


def main(
    replications: Annotated[int, typer.Option(min=10)] = 500,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
) -> None:
    """Judge all worlds; end with a status if a bar is missed."""
    found = table(WORLDS, replications)
    finish(found, misses(found), seed=SEED, csv=csv)


def misses(table: pd.DataFrame) -> list[str]:
    """Name the worlds in which a bar is missed, by more than chance of the replications alone."""
    bar = np.where(table["world"].str.startswith("denominators"), RANKS_OF_WRONG, RANKS)
    by_luck = 2 * np.sqrt(bar * (1 - bar) / table["replications"])
    wrong = (table["next"] < NEXT) | (table["ranks"] < bar - by_luck)
    return table.loc[wrong, "world"].tolist()


if __name__ == "__main__":
    typer.run(main)
