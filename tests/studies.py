"""Invent studies with small counts: reports of communes, and logs of cases with what they count."""

import numpy as np
import pandas as pd

from hganalysis import caselog, places

DISTRICT = places.communes()["district_code"]
KEYS = ["code", "structure", "period"]
STRUCTURE = pd.Timestamp("2020-02-01")
LENGTHS = {"month": "M", "quarter": "Q", "year": "Y"}


def reports(rng, *, districts=3):
    """
    Draw reports of some districts: users of an app in two years, files, and a ratio.

    Few of a few use it, or all but a few; users grow in number, and files are of each year.
    """
    codes = DISTRICT.index[DISTRICT.isin(rng.choice(DISTRICT.unique(), districts, replace=False))]
    made = []
    for name, years in (
        ("app_users", (2022, 2023)),
        ("files_online", (2022,)),
        ("ecommerce_guided", (2022,)),
    ):
        out_of = rng.integers(rng.choice([10, 100, 500]), 1500, len(codes))
        scale = rng.choice([0.001, 0.005, 0.02, 0.3, 0.98])
        count = rng.binomial(out_of, np.clip(scale * rng.lognormal(0, 1, len(codes)), 0, 1))
        sent = rng.random(len(codes)) < rng.choice([1, 0.9])
        for year in years:
            if year > years[0]:
                count = count + rng.binomial(out_of - count, rng.choice([0.001, 0.01, 0.2]))
            table = {"code": codes, "year": year, "indicator": name, "count": count}
            made.append(pd.DataFrame({**table, "out_of": out_of, "origin": "reported"})[sent])
    return pd.concat(made, ignore_index=True)


def log(rng, *, communes=12, years=(2022, 2023), most=60):
    """
    Draw the rows of a log: few files or many, one platform or four, people who come again.

    Some communes have next to nothing, and whole months without a file.
    """
    chosen = rng.choice(DISTRICT.index, communes, replace=False)
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
        period="year",
        origin="reported",
    )
