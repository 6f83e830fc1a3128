"""Nothing hidden can be recovered: by subtraction, by arithmetic, by a second route."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from hganalysis import places, rates, suppress

COMMUNES = places.communes()["district_code"]
CODES = list(COMMUNES.index)
FILES, USERS, GUIDED = "files_online", "app_users", "ecommerce_guided"


def province(*, count, out_of, indicator=USERS, codes=CODES):
    """Give reports of one measure and year; count and out_of are lists, or numbers for all."""
    return pd.DataFrame(
        {
            "code": codes,
            "year": 2022,
            "indicator": indicator,
            "count": count,
            "out_of": out_of,
            "origin": "reported",
        }
    )


def planted(small, *, count=100, out_of=1000, indicator=USERS):
    """Give reports that are alike but for some communes: code, and count or (count, out_of)."""
    table = province(count=count, out_of=out_of, indicator=indicator)
    for code, cell in small.items():
        pair = cell if isinstance(cell, tuple) else (cell, out_of)
        table.loc[table["code"] == code, ["count", "out_of"]] = pair
    return table


def hidden(reports, **choices):
    made = suppress.small(reports, **choices)
    return sorted(made.loc[suppress.is_hidden(made), "code"])


def released(reports):
    """Release all three levels, as a build does."""
    kept = suppress.small(reports)
    return rates.uptake(kept), rates.to_districts(kept), rates.to_province(kept)


def ranges(reports, side="count"):
    """
    Find by linear programming what each hidden commune can be, from all that is released.

    Unknown: every hidden commune. Known: those that are shown, the sums of districts and of the
    province that are shown, residents, and that nothing is negative or above its residents.
    """
    communes, districts, whole = released(reports)
    public = reports["indicator"].iloc[0] != FILES
    ceilings = reports["out_of"].to_numpy(float) if public else np.full(len(reports), np.inf)

    def amount(table):
        return table["count"] if side == "count" else table["out_of"] - table["count"]

    at = communes.index[communes["state"] == "suppressed"]
    columns = {row: number for number, row in enumerate(at)}
    equations, sums = [], []
    district = communes["code"].map(COMMUNES)
    for table, place in ((districts, district), (whole, pd.Series("93", index=communes.index))):
        for code, total in zip(table["code"], amount(table), strict=True):
            rows = communes.index[place == code]
            unknown = [columns[row] for row in rows if row in columns]
            if np.isnan(total) or not unknown:
                continue
            line = np.zeros(len(columns))
            line[unknown] = 1
            equations.append(line)
            sums.append(total - amount(communes.loc[rows]).sum())
    bounds = [(0, None if np.isinf(ceilings[row]) else ceilings[row]) for row in at]
    found = {}
    for row, column in columns.items():
        aim = np.zeros(len(columns))
        aim[column] = 1
        ends = [
            linprog(sign * aim, A_eq=equations or None, b_eq=sums or None, bounds=bounds)
            for sign in (1, -1)
        ]
        assert all(end.status in {0, 3} for end in ends), [end.message for end in ends]
        low, high = (
            end.fun * sign if end.status == 0 else np.inf
            for end, sign in zip(ends, (1, -1), strict=True)
        )
        found[communes.loc[row, "code"]] = (low, high)
    return found


@st.composite
def provinces(draw):
    """Draw provinces with few or many small counts, on either side."""
    indicator = draw(st.sampled_from([FILES, USERS, GUIDED]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    out_of = rng.integers(draw(st.sampled_from([1, 10, 500])), 1500, len(CODES))
    scale = draw(st.sampled_from([0.001, 0.01, 0.3, 0.99, 1]))
    rate = np.clip(scale * rng.lognormal(0, 1, len(CODES)), 0, 1)
    count = rng.binomial(out_of, rate)
    reported = rng.random(len(CODES)) < draw(st.sampled_from([1, 1, 0.9]))
    return province(count=count, out_of=out_of, indicator=indicator)[reported].reset_index(
        drop=True
    )


@settings(max_examples=10, deadline=None)
@given(provinces())
def test_linear_programming_recovers_nothing(reports):
    limit = suppress.threshold()
    kinds = ["count"] if reports["indicator"].iloc[0] == GUIDED else ["count", "rest"]
    size = reports.set_index("code")["out_of"]
    for side in kinds:
        for code, (low, high) in ranges(reports, side).items():
            room = limit if reports["indicator"].iloc[0] == FILES else min(limit, size[code])
            if reports["indicator"].iloc[0] == GUIDED:
                room = limit
            assert high - low >= room - 1e-6, (side, code, low, high)
