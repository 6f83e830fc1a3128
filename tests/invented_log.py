"""Invent logs of cases, already counted: by month, quarter or year, as `caselog.counts` does."""

import numpy as np
import pandas as pd

from hganalysis import caselog, places

KEYS = ["code", "structure", "period"]
STRUCTURE = pd.Timestamp("2020-02-01")
LENGTHS = {"month": "M", "quarter": "Q", "year": "Y"}


def log(rng, *, communes=12, years=(2022, 2023), most=60):
    """
    Draw the rows of a log: few files or many, one platform or four, people who come again.

    Communes are whole districts, as many as fit, so that what a district adds up to is known.
    """
    district = places.communes()["district_code"]
    order = rng.permutation(district.unique())
    chosen = [code for one in order for code in district.index[district == one]][:communes]
    rows = []
    names = list("ABCD")[: rng.integers(1, 5)]
    weights = rng.dirichlet(np.full(len(names), rng.choice([0.3, 1, 5])))
    online, again = rng.choice([0.1, 0.5, 0.9, 1]), rng.choice([1, 1.3, 3])
    scale = rng.choice([0.3, 1, 3, 10])
    for code in chosen:
        files = 1 + rng.poisson(scale * most * rng.lognormal(0, 1) * len(years))
        people = max(1, int(files / again))
        rows.append(
            pd.DataFrame(
                {
                    "code": code,
                    "day": pd.Timestamp(f"{years[0]}-01-01")
                    + pd.to_timedelta(rng.integers(0, 365 * len(years), files), unit="D"),
                    "online": rng.random(files) < online,
                    "platform": rng.choice(names, files, p=weights),
                    "person": rng.integers(0, people, files) if again > 1 else np.arange(files),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def counted(rows, period):
    """Count a log by hand, in pandas."""
    first = rows["day"].dt.to_period(LENGTHS[period]).dt.start_time
    rows = rows.assign(structure=STRUCTURE, period=first)
    ours = rows[rows["online"]]
    files = rows.groupby(KEYS).agg(received=("online", "size"), online=("online", "sum"))
    files["people"] = (
        (ours["code"] + "/" + ours["person"].astype("str"))
        .groupby([ours[key] for key in KEYS])
        .nunique()
    )
    files = files.fillna({"people": 0}).astype("int64").reset_index()
    each = ours.groupby([*KEYS, "platform"])["person"].nunique().rename("people").reset_index()
    every = files[KEYS].merge(each[["platform"]].drop_duplicates(), how="cross")
    each = every.merge(each, on=[*KEYS, "platform"], how="left").fillna({"people": 0})
    return caselog.Counts(
        files=files,
        platforms=each.astype({"people": "int64"}),
        faults=pd.DataFrame(columns=["fault", "rows", "example"]),
        rows=len(rows),
        approximate=False,
        origin="reported",
    )
