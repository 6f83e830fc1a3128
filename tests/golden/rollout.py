"""
Estimate invented starts by another package, which tests/test_starts.py holds `hg.rollout` to.

    python tests/golden/rollout.py      (needs pyfixest 0.60)

Gardner's two steps (`did2s`) fit places and periods where nothing had started, and then the effect
on what is left: the point estimate of the imputation. Writes the counts to rollout_input.csv, and
the log ratios, all together and by periods since the start, to rollout.csv.
"""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
STARTS = [2021] * 8 + [2022] * 8 + [np.nan] * 8
TREATED = "i(treated, ref=0)"


def invent():
    """Invent counts of 24 places in five years; the effect grows."""
    draw = np.random.default_rng(43)
    start = draw.permutation(STARTS)
    level = draw.normal(-1.5, 0.3, 24)
    out_of = draw.integers(2_000, 9_000, 24)
    tables = []
    for year in range(2018, 2023):
        since = np.where(start <= year, year - start + 1, 0)
        log_rate = level + 0.04 * (year - 2018) + 0.1 * since + draw.normal(0, 0.05, 24)
        count = draw.binomial(out_of, np.exp(log_rate))
        columns = {
            "period": year,
            "start": start,
            "count": count,
            "out_of": out_of,
        }
        tables.append(pd.DataFrame({"code": range(1, 25), **columns}))
    return pd.concat(tables, ignore_index=True)


def estimate(counts):
    """Estimate the log ratio of all that started, and of each period since the start."""
    import pyfixest  # no dependency of the package

    panel = counts.assign(
        log_rate=np.log(counts["count"] / counts["out_of"]),
        treated=(counts["start"] <= counts["period"]).astype(int),
        since=(counts["period"] - counts["start"]).fillna(-1).clip(lower=-1).astype(int),
    )
    rows = []
    for name, second_stage in (("all", "~ treated"), ("since", "~ i(since, ref=-1)")):
        fit = pyfixest.did2s(
            panel,
            yname="log_rate",
            first_stage="~ 0 | code + period",
            second_stage=second_stage,
            treatment="treated",
            cluster="code",
        )
        for term, value in fit.coef().items():
            if term != "Intercept":
                rows.append(
                    {
                        "effect": name,
                        "term": term,
                        "log_ratio": value,
                    }
                )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    invented = invent()
    invented.to_csv(FOLDER / "rollout_input.csv", index=False)
    estimate(invented).to_csv(FOLDER / "rollout.csv", index=False)
