"""
How often does the lot's test reject nothing, do its intervals hold the truth, and does it find it?

Run: python benchmarks/rollout.py --worlds 20000 --staged 300 --csv rollout.csv

Four layouts are planned on the shipped places: `size` is how often the test rejects where nothing
happened, `cover` how often the interval holds a ratio of 1.15, `power` how often the smallest ratio
that the plan promises is found, beside what was `promised`. Worlds differ in how places move.
`two-way` is the control, a two-way fit with the same lot, where effects grow. Where something
spills over, nothing is asked of the interval: it is printed.

Starts that offices chose come last, and three answers of the same worlds stand beside each other:
the estimate where nobody drew, the observational headline of report 03, and what a lot of as many
starts would have given. `withheld` is how often no estimate is given, `cover` how often an interval
holds the truth, `cover_if_given` how often those that are given do.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.progress import track

import hganalysis as hg
from hganalysis import places
from hganalysis.starts.answer import Rollout
from hganalysis.starts.estimate import LEVEL, NEVER, Comparison, invert
from hganalysis.starts.lots import Lot
from hganalysis.starts.panel import PanelData

SEED = 2026
N_DRAWS = 1_000
BLOCK = 1_000
"""Worlds that are tried at once."""
EFFECT = np.log(1.15)
GROWTH = 0.1
"""What an effect grows by in each period, where it grows."""
YEARS = [2023, 2024, 2025, 2026, 2027]
MOVES = ["base", "ar", "walk", "district shock", "t(3)", "unequal noise"]
CHOSEN = ["unrelated", "low last report first", "fast growers first", "high uptake first"]
"""How offices choose who starts first."""
WAYS = ["75, nobody drew", "75, headline of report 03", "75, drawn by lot"]
FIRST = 2
"""The period in which the first of them start."""
EFFECTS = ["effects differ", "effects grow", "two-way, effects grow", "half spills over"]


def layouts():
    """Plan four roll-outs on the shipped places."""
    by_district = {"within": "compared_code"}
    yield "75 in 8, waves 25/25", hg.plan("app_users", YEARS, {2025: 25, 2026: 25}, **by_district)
    yield "75 in 8, half at once", hg.plan("app_users", YEARS[:2], {2024: 37}, **by_district)
    rows = hg.frames.reports().query("indicator == 'app_users'")
    forty = rows[rows["code"].isin(places.units().index[:40])]
    waves = {2025: 10, 2026: 10}
    yield "40, waves 10/10", hg.plan(forty, YEARS, waves, source="demo", alike=("rate", "people"))
    drawn = {"by": "compared_code", "limit": 9}
    yield "8 districts drawn", hg.plan("app_users", YEARS, {2025: 4}, **drawn)


def movements(random, plan, kind, n_worlds):
    """Invent movements for each world, place and period: as large as past ones."""
    sd = plan.movements.std()
    n_places, n_periods = len(plan.units), len(plan.periods)
    noise = random.normal(0, sd, (n_worlds, n_places, n_periods))
    if kind == "ar":
        for period in range(1, n_periods):
            noise[..., period] *= np.sqrt(1 - 0.7**2)
            noise[..., period] += 0.7 * noise[..., period - 1]
        noise /= np.sqrt(1 - 0.7)  # a change from one period to the next is as large
    elif kind == "walk":
        noise = np.sqrt(2) * noise.cumsum(axis=2)
    elif kind == "district shock":
        district = pd.factorize(places.units()["compared_code"][[*plan.units]])[0]
        noise += random.normal(0, 0.1, (n_worlds, district.max() + 1, n_periods))[:, district]
    elif kind == "t(3)":
        noise = sd * random.standard_t(3, noise.shape) / np.sqrt(3)
    elif kind == "unequal noise":
        noise *= np.exp(random.normal(0, 0.6, (n_worlds, n_places, 1)) - 0.36)
    return noise


def two_way(comparison, draws, columns):
    """Weigh by a two-way fit of all that was counted, as `Comparison.apply` does by imputation."""
    began = comparison.has_started(draws).astype(float)
    weights = began - began.mean(axis=2, keepdims=True)
    for group in np.unique(comparison.movement):
        inside = comparison.movement == group
        weights[:, inside] -= weights[:, inside].mean(axis=1, keepdims=True)
    weights /= (weights * began).sum(axis=(1, 2), keepdims=True)
    return weights.reshape(len(draws), -1) @ columns.reshape(len(columns), -1).T


class Layout:
    """A plan with its draws, ready to be tried in many worlds."""

    def __init__(self, plan):
        self.plan = plan
        unit = plan.lot.find(plan.units.values())
        self.draws = plan.lot.draw_many(N_DRAWS, seed=500)[:, unit]
        n_periods = len(plan.periods)
        importance = np.ones((len(unit), n_periods))
        self.comparison = Comparison(importance, plan.lot.movement[unit])
        self.began = self.comparison.has_started(self.draws)
        pairs = places.neighbours()
        beside = pd.crosstab(pairs["code"], pairs["neighbour"])
        beside = beside.reindex(index=[*plan.units], columns=[*plan.units], fill_value=0)
        self.beside = beside.div(beside.sum(axis=1).clip(lower=1), axis=0).to_numpy()

    def try_worlds(self, kind, effect, n_worlds, seed):
        """Say how often the test rejects, how often the interval holds the truth, and the bias."""
        random = np.random.default_rng([SEED, seed])
        apply = two_way if kind.startswith("two-way") else Comparison.apply
        carried = apply(self.comparison, self.draws, self.began.astype(float))
        outcomes = []
        for first in range(0, n_worlds, BLOCK):
            real = np.arange(first, min(first + BLOCK, n_worlds)) % len(self.draws)
            began = self.began[real]
            planted = np.full(began.shape, effect)
            if kind == "effects differ":
                planted = planted + random.normal(0, 0.1, (*began.shape[:2], 1))
            if kind.endswith("effects grow"):
                planted = planted + GROWTH * np.maximum(began.cumsum(axis=2) - 1, 0)
            rates = movements(random, self.plan, kind, len(real)) + planted * began
            if kind == "half spills over":
                rates += 0.5 * effect * np.where(began, 0, self.beside @ began)
            statistic = apply(self.comparison, self.draws, rates)
            truth = (planted * began).sum((1, 2)) / began.sum((1, 2))
            for world, draw in enumerate(real):
                columns = [statistic[:, world], carried[:, draw]]
                answer = invert(*np.roll(columns, -draw, axis=1))
                is_held = answer.low <= truth[world] <= answer.high
                error = answer.log_ratio - truth[world]
                outcomes.append((answer.p_value <= LEVEL, is_held, error))
        return np.mean(outcomes, axis=0)


def choose(random, kind):
    """Invent 75 places and five periods, and choose who starts as offices do."""
    growth = random.normal(0, 0.05, (75, 1)) * np.arange(5)
    rates = random.normal(0, 0.09, (75, 5))
    score = random.normal(size=75)
    if kind == "low last report first":
        score = rates[:, FIRST - 1]
    elif kind == "fast growers first":
        rates, score = rates + growth, -growth[:, 4]
    elif kind == "high uptake first":
        level = 0.2 * score
        rates, score = rates + level[:, None], -level
    order = score.argsort().argsort()
    return rates, np.select([order < 25, order < 50], [FIRST, FIRST + 1], NEVER)


def estimate_rollout(rates, draws, protocol=None):
    """Estimate the effect of the first of these draws, and say whether that is withheld."""
    codes = places.units().index
    began = np.arange(5) >= draws[0][:, None]
    log_rates = pd.DataFrame(rates + EFFECT * began, codes, YEARS)
    panel = PanelData(log_rates, log_rates * 0 + 1, [], "simulated")
    answer = Rollout(panel, draws, np.zeros(75, dtype=int), protocol)
    return *answer.effects["place"][:3], bool(answer.withheld)


def estimate_headline(rates, starts):
    """Ask as report 03 does, in the first period in which some had started: within districts."""
    communes = places.units()
    began = (starts <= FIRST).astype(float)
    people = communes["population"].astype(float)
    users = (people * np.exp(-1.5 + rates[:, FIRST] + EFFECT * began)).round()
    frame = pd.DataFrame({"users": users, "began": began, "people": people})
    frame["district"] = communes["compared_code"]
    columns = {"count": "users", "exposure": "began", "offset": "people", "cluster": "district"}
    design = hg.Design(frame, **columns, exposure_per="", origin="simulated", source="invented")
    return (
        design.specification.log_rate_ratio,
        *design.specification.interval,
        bool(design.headline().refused),
    )


def try_ways(kind, n_worlds):
    """Ask of the same worlds in three ways: as nobody drew, as report 03 does, and by lot."""
    random = np.random.default_rng([SEED, 99])
    outcomes = {way: [] for way in WAYS}
    for world in track(range(n_worlds), description=kind):
        rates, starts = choose(random, kind)
        lot = Lot([*places.units().index], [""] * 75, starts.tolist(), [[0.0]] * 75)
        draws = lot.draw_beside(starts, N_DRAWS)
        by_lot = np.vstack([draws[1 + world % N_DRAWS], draws[1:]])
        answers = [
            estimate_rollout(rates, draws),
            estimate_headline(rates, starts),
            estimate_rollout(rates, by_lot, "invented"),
        ]
        for way, answer in zip(WAYS, answers, strict=True):
            outcomes[way].append(answer)
    for way, answers in outcomes.items():
        table = pd.DataFrame(answers, columns=["log_ratio", "low", "high", "withheld"])
        is_held = table["low"].le(EFFECT) & table["high"].ge(EFFECT)
        yield {
            "layout": way,
            "world": kind,
            "worlds": n_worlds,
            "withheld": table["withheld"].mean(),
            "cover": is_held.mean(),
            "cover_if_given": is_held[~table["withheld"]].mean(),
            "bias": table["log_ratio"].mean() - EFFECT,
        }


def main(
    worlds: Annotated[int, typer.Option(help="Worlds of each kind.")] = 200,
    staged_worlds: Annotated[int, typer.Option("--staged", help="Worlds without a lot.")] = 20,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
) -> None:
    """Try every layout in every world, and print the table."""
    rows = []
    for name, plan in layouts():
        layout = Layout(plan)
        smallest, promised = plan.smallest, plan.power_of(plan.smallest)
        for number, kind in enumerate(track(MOVES + EFFECTS, description=name)):
            row = {"layout": name, "world": kind, "worlds": worlds}
            if kind in MOVES:
                row["size"] = layout.try_worlds(kind, 0.0, worlds, 10 * number)[0]
                power, *_ = layout.try_worlds(kind, np.log(smallest), worlds, 10 * number + 1)
                row |= {"power": power, "promised": promised, "smallest": smallest}
            _, row["cover"], row["bias"] = layout.try_worlds(kind, EFFECT, worlds, 10 * number + 2)
            rows.append(row)
    for kind in CHOSEN:
        rows += try_ways(kind, staged_worlds)
    table = pd.DataFrame(rows).assign(seed=SEED, date=datetime.date.today())
    print(table.drop(columns=["seed", "date"]).round(4).to_string(index=False))
    if csv:
        table.round(4).to_csv(csv, index=False, lineterminator="\n")


if __name__ == "__main__":
    typer.run(main)
