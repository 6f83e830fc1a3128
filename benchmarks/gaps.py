"""
How often does the next gap lie where it is said to, and how much is hidden of rare groups?

Run: python benchmarks/gaps.py --replications 1000 --csv data/benchmarks/gaps.csv

Each world has eight districts of 5 to 14 communes, and two groups whose log odds differ for good
and move apart from one period to the next: in each commune, in a whole district, in all places
alike. `next` is how often the next gap of a district, on the log odds, lies within the interval;
`sure` the part of districts whose gap is called larger than gaps moved; `turned` the part of
studies in which one of these has the other sign in the next period.

Of a split of the simulated province, `cells` counts groups in communes and years, `small` those
with a count below 5, or as near to all, `hidden` those that are not shown.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import typer
from scipy.special import expit, logit

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import invented

import hganalysis as hg
from benchmarks.worlds import finish, judge_worlds
from hganalysis import study, suppress
from hganalysis.ranking import stability

SEED = 2026
DISTRICTS = 8
COVER, COVER_OF_COMMON, TURNED = 0.93, 0.88, 0.02
"""The bar: of the next gap, the same where a movement is common, and of signs that turn."""
LIMIT = 5


@dataclass(frozen=True)
class World:
    """What moves the gap between two periods, as SDs on the log odds."""

    name: str
    periods: int = 2
    district: float = 0.03
    commune: float = 0.05
    common: float = 0.0
    gap: float = 0.3


WORLDS = [
    World("base"),
    World("no gap", gap=0.0),
    World("districts move", district=0.08),
    World("communes move", district=0.0, commune=0.15),
    World("all move alike", common=0.08),
    World("three periods", periods=3),
    World("four periods, all move alike", periods=4, common=0.08),
]


class Study(NamedTuple):
    """Counts of two groups in all periods and the next, and their people, by commune."""

    lower: np.ndarray
    upper: np.ndarray
    people: np.ndarray
    place: np.ndarray


def draw(rng: np.random.Generator, world: World) -> Study:
    """Invent one study."""
    place = np.repeat(np.arange(DISTRICTS), rng.integers(5, 15, DISTRICTS))
    n, n_periods = len(place), world.periods + 1
    people = rng.integers(2000, 7000, (2, n))
    level = rng.normal(-1, 0.35, DISTRICTS)[place] + rng.normal(0, 0.25, n)
    lasting_gap = world.gap + rng.normal(0, 0.25, DISTRICTS)[place] + rng.normal(0, 0.15, n)
    counts = np.zeros((2, n, n_periods))
    for period in range(n_periods):
        rise = 0.25 * period + rng.normal(0, 0.1, DISTRICTS)[place] + rng.normal(0, 0.1, n)
        moved = rng.normal(0, world.common) + rng.normal(0, world.district, DISTRICTS)[place]
        half = (lasting_gap + moved + rng.normal(0, world.commune, n)) / 2
        counts[0, :, period] = rng.binomial(people[0], expit(level + rise - half))
        counts[1, :, period] = rng.binomial(people[1], expit(level + rise + half))
    return Study(counts[0], counts[1], people.astype(float), place)


def replicate(rng: np.random.Generator, world: World) -> dict[str, float]:
    """Judge one study: what its last period but one said of its last."""
    drawn = draw(rng, world)
    groups, shares = [], []
    for count, people in zip((drawn.lower, drawn.upper), drawn.people, strict=True):
        counts_before = count[:, :-1]
        groups.append(
            stability.GroupCounts(counts_before, np.tile(people[:, None], counts_before.shape[1]))
        )
        sums = [np.bincount(drawn.place, count[:, period]) for period in (-2, -1)]
        shares.append(np.array(sums) / np.bincount(drawn.place, people))
    (lower, lower_next), (upper, upper_next) = shares
    noise = stability.measure_noise_of_gap(*groups, drawn.place)
    # the next gap on the odds, at the level that the two groups share in this period
    moved_apart = (logit(upper_next) - logit(lower_next) - logit(upper) + logit(lower)) / 2
    gap = expit(logit(upper) + moved_apart) - expit(logit(lower) - moved_apart)
    low, high = stability.gap_interval(noise, lower, upper).T
    low_all, high_all = stability.gap_interval(noise, lower, upper, n_at_once=DISTRICTS).T
    is_sure = (low_all > 0) | (high_all < 0)
    has_turned = np.sign(upper_next - lower_next) != np.sign(upper - lower)
    return {
        "next": float(((low <= gap) & (gap <= high)).mean()),
        "sure": float(is_sure.mean()),
        "turned": float((is_sure & has_turned).any()),
    }


def count_hidden() -> pd.DataFrame:
    """Count what is hidden of sex and age as shipped, and of people of whom 2.3 % are Khmer."""
    with hg.Study.open("hau_giang_groups").use(), suppress.use(fewer_than=0):
        shipped = hg.frames.reports()
    splits = {
        "sex": shipped[shipped["indicator"].str.contains("_women$|_men$")],
        "age": shipped[shipped["indicator"].str.contains("_[0-9]|_under", regex=True)],
    }
    users = shipped[shipped["indicator"] == "app_users"]
    rows = []
    for name, parts in splits.items():
        with hg.Study.open("hau_giang_groups").use():
            rows.append({"world": name, **_hidden(pd.concat([users, parts]))})
    with study.use(written=invented.described_by_groups({"people": ["people0", "people1"]})):
        rows.append({"world": "Khmer, 2.3 %", **_hidden(_with_khmer(users))})
    return pd.DataFrame(rows)


def _hidden(reports: pd.DataFrame) -> dict[str, int]:
    safe = suppress.hide_counts(reports.drop(columns="pool", errors="ignore"))
    is_cell = (safe["indicator"] != "app_users") & (reports["out_of"] > 0).to_numpy()
    counted = reports["count"].astype(float)
    nearest = counted.where(counted * 2 < reports["out_of"], reports["out_of"] - counted)
    is_small = (nearest < LIMIT).to_numpy()
    is_hidden = suppress.is_hidden(safe)
    sizes = {"cells": is_cell, "small": is_cell & is_small, "hidden": is_cell & is_hidden}
    return {name: int(chosen.sum()) for name, chosen in sizes.items()}


def _with_khmer(users: pd.DataFrame) -> pd.DataFrame:
    """Divide the users of each commune among few Khmer, who use it less, and all others."""
    rng = np.random.default_rng(SEED)
    users = users.reset_index(drop=True)
    codes = users["code"].unique()
    share = pd.Series(np.exp(rng.normal(np.log(0.01), 1.3, len(codes))).clip(0, 0.3), codes)
    people = (users["out_of"] * users["code"].map(share)).round().astype(int)
    odds = logit((users["count"] / users["out_of"]).astype(float)) - 0.5
    count = np.minimum(rng.binomial(people, expit(odds)), users["count"].astype(int))
    khmer = users.assign(indicator="app_users_people0", count=count, out_of=people)
    # what a year counts is no less than the year before
    khmer["count"] = khmer.sort_values("period").groupby("code")["count"].cummax()
    other_users = users.assign(
        indicator="app_users_people1",
        count=users["count"] - khmer["count"],
        out_of=users["out_of"] - people,
    )
    return pd.concat([users, khmer, other_users], ignore_index=True)


def main(
    replications: Annotated[int, typer.Option(min=10)] = 1000,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
) -> None:
    """Judge all worlds and splits; end with a status if a bar is missed."""
    seeds = [[SEED, number] for number in range(len(WORLDS))]
    judged = judge_worlds(WORLDS, seeds, replicate, replications=replications)
    table = pd.concat([judged, count_hidden()], ignore_index=True)
    whole_numbers = ["replications", "cells", "small", "hidden"]
    table[whole_numbers] = table[whole_numbers].astype("Int64")
    finish(table, misses(table), seed=SEED, csv=csv)


def misses(table: pd.DataFrame) -> list[str]:
    """Name the worlds in which a bar is missed, and the splits that lose what they should keep."""
    least = np.where(table["world"].str.contains("alike"), COVER_OF_COMMON, COVER)
    is_short = (table["next"] < least) | (table["turned"] > TURNED)
    loses = table["world"].isin(["sex", "age"]) & (table["hidden"] > 0)
    return table.loc[is_short | loses, "world"].tolist()


if __name__ == "__main__":
    typer.run(main)
