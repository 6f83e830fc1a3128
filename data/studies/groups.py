"""
Simulate by sex and age who uses a platform app: nobody published the campaign by group.

`python data/studies/groups.py` writes the reports of `hau_giang_groups`. Groups add up to the
residents of each commune and to the simulated users of `data/demo/reports.csv`. How many people of
each age live in a district is of the census of 2019; where in it they live, and the sexes, are
simulated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
DATA = HERE.parent
sys.path.insert(0, str(DATA / "demo"))

from simulate import apportion  # noqa: E402

# International Women's Day of 2024; fixed before anyone looked at a gap.
SEED = 20240308

# Log rate ratios of using an app, against all of the commune.
EFFECTS = {
    "sex": {"women": -0.12, "men": 0.12},
    "age": {"under_35": 0.15, "35_59": 0.1, "60_plus": -0.9},
}
# How unlike these ratios are between districts, between their communes, and between years.
DISTRICT_SD, COMMUNE_SD, YEAR_SD = 0.08, 0.05, 0.02

# The share of women, and how unlike communes are.
WOMEN, WOMEN_SD = 0.499, 0.008
# Of the share of each age: how unlike communes of a district are.
AGE_SD = 0.06


def simulate() -> pd.DataFrame:
    """Give users, and users by group: as `data/demo/reports.csv` has its columns."""
    rng = np.random.default_rng(SEED)
    land = pd.read_csv(DATA / "places" / "communes.csv", dtype={"code": str}, index_col="code")
    reports = pd.read_csv(DATA / "demo" / "reports.csv", dtype={"code": str})
    reports = reports[reports["indicator"] == "app_users"]
    users = reports.pivot(index="code", columns="period", values="count")
    tables = [reports]
    for by, people in {"sex": _sexes(land, rng), "age": _ages(land, rng)}.items():
        planted = np.array([*EFFECTS[by].values()])
        effect = planted + _noise(land["district_code"], people, rng)
        for period in users:
            moved = effect + rng.normal(0, YEAR_SD, people.shape)
            weights = people * np.exp(moved)
            counts = pd.DataFrame(
                {
                    code: apportion(weights.loc[code], users.loc[code, period], at_most=row)
                    for code, row in people.iterrows()
                }
            ).T
            for group in people:
                table = {"code": people.index, "period": period, "indicator": f"app_users_{group}"}
                numbers = {"count": counts[group].array, "out_of": people[group].array}
                tables.append(pd.DataFrame({**table, **numbers, "origin": "simulated"}))
    return pd.concat(tables, ignore_index=True)


def _noise(district: pd.Series, people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw what a district and a commune add to the effect of each group."""
    numbers = district.rank(method="dense").astype(int).to_numpy() - 1
    of_district = rng.normal(0, DISTRICT_SD, (numbers.max() + 1, people.shape[1]))
    return of_district[numbers] + rng.normal(0, COMMUNE_SD, people.shape)


def _sexes(land: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    share = rng.normal(WOMEN, WOMEN_SD, len(land))
    women = (land["population_2019"] * share).round().astype(int)
    return pd.DataFrame({"women": women, "men": land["population_2019"] - women})


def _ages(land: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Share the ages of each district, of the census, out over its communes."""
    districts = pd.read_csv(DATA / "places" / "districts.csv", index_col="code")
    young, old = districts["age_0_14"] + districts["age_15_34"], districts["age_60_plus"]
    middle = districts["population_2019"] - young - old
    census = pd.DataFrame({"under_35": young, "35_59": middle, "60_plus": old})
    rows = {}
    for district, communes in land.groupby("district_code"):
        residents = communes["population_2019"]
        # communes may have a few residents more or less than their district
        of_district = census.loc[district]
        left = apportion(of_district, residents.sum(), at_most=2 * of_district)
        for code, number in residents.items():
            weights = left * np.exp(rng.normal(0, AGE_SD, 3))
            rows[code] = apportion(weights, number, at_most=left)
            left = left - rows[code]
    return pd.DataFrame(rows).T.loc[land.index]


def write(file: Path) -> None:
    """Write the reports to a file."""
    simulate().to_csv(file, index=False, lineterminator="\n")


if __name__ == "__main__":
    write(Path(*sys.argv[1:2] or [HERE / "hau_giang_groups" / "reports" / "reports.csv"]))
