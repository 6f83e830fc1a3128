"""
How long do the errors take, beside what others offer? Ratios on one machine, in one run.

Run: python tests/benchmarks/speed.py

Beside statsmodels' plain cluster errors, wildboottest where it is installed (least squares only),
and R's clubSandwich where R has it. Prints; asserts no times.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from hganalysis import effect

COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}
SIZES = (9, 6, 10, 8, 15, 10, 8, 9)
R = """
suppressMessages(library(clubSandwich))
input <- read.csv("input.csv")
fit <- glm(users ~ density + factor(district) + offset(log(population)), poisson, input)
took <- system.time(for (i in 1:5) coef_test(fit, vcov = vcovCR(fit, cluster = input$district,
  type = "CR2"), test = "Satterthwaite", coefs = "density"))
cat(took["elapsed"] / 5)
"""


def invented(sizes: tuple[int, ...], seed: int = 1) -> pd.DataFrame:
    """Invent a frame with so many units in each cluster."""
    rng = np.random.default_rng(seed)
    district = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(district))
    population = np.round(9000 * np.exp(0.35 * rng.normal(size=len(district))))
    shocks = 0.1 * rng.normal(size=len(sizes))[district] + 0.3 * rng.normal(size=len(district))
    users = 1 + rng.poisson(population * np.exp(-2 + 0.1 * x + shocks))
    return pd.DataFrame(
        {"users": users, "density": x, "population": population, "district": district}
    )


def seconds(work: Callable[[], object], *, at_least: float = 0.3) -> float:
    """Time a call: the fastest of as many as fit, after one to warm up."""
    work()
    found, begun = [], time.perf_counter()
    while not found or (time.perf_counter() - begun < at_least and len(found) < 50):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def beside_others(table: pd.DataFrame) -> pd.DataFrame:
    """Time our errors and others' on the 75 communes; the ratio is to statsmodels' plain error."""
    import statsmodels.api as sm

    counts = effect.model(effect.columns(table, **COLUMNS))
    rates = effect.model(effect.columns(table, **COLUMNS), of="log rate")
    dummies = pd.get_dummies(table["district"]).to_numpy(dtype=float)
    X = np.column_stack([table["density"], dummies])
    y, offset = table["users"].to_numpy(), np.log(table["population"].to_numpy())
    grouped = {"cov_type": "cluster", "cov_kwds": {"groups": table["district"].to_numpy()}}

    def plain() -> object:
        return sm.GLM(y, X, family=sm.families.Poisson(), offset=offset).fit(**grouped).bse[0]

    def ours() -> object:
        return effect.cr2(effect.model(effect.columns(table, **COLUMNS)), "density")

    def boot() -> object:
        return effect.wild_bootstrap(rates, "density")

    timed: dict[str, Callable[[], object]] = {
        "statsmodels: Poisson fit, plain cluster error": plain,
        "ours: Poisson fit from the frame, CR2": ours,
        "ours: CR2 alone": lambda: effect.cr2(counts, "density"),
        "ours: CV3 alone (8 refits)": lambda: effect.cv3(counts, "density"),
        "ours: bootstrap of the log rate, p and interval, B = 9,999": boot,
        "ours: score bootstrap of counts, p and interval, B = 9,999": lambda: effect.wild_bootstrap(
            counts, "density"
        ),
    }
    if importlib.util.find_spec("wildboottest"):
        from wildboottest.wildboottest import wildboottest

        frame = pd.DataFrame(X[:, 1:], columns=[f"d{j}" for j in range(dummies.shape[1])])
        frame = frame.assign(rate=np.log(y) - offset, density=table["density"])
        formula = "rate ~ density + " + " + ".join(frame.columns[:8]) + " - 1"
        linear = sm.OLS.from_formula(formula, data=frame)

        def theirs() -> object:
            return wildboottest(
                linear, param="density", cluster=table["district"], B=9999,
                weights_type="webb", seed=1, show=False,
            )  # fmt: skip

        timed["wildboottest: bootstrap of the log rate, p only, B = 9,999"] = theirs
        found = theirs()
        Console().print(
            f"p by wildboottest {float(found['p-value'].iloc[0]):.4f}, "
            f"ours {effect.wild_bootstrap(rates, 'density').p_value:.4f}"
        )
    took = {name: seconds(work) for name, work in timed.items()}
    by_r = club_sandwich(table)
    if by_r is not None:
        took["clubSandwich (R): CR2 and df alone"] = by_r
    frame = pd.DataFrame({"seconds": took})
    return frame.assign(ratio=frame["seconds"] / frame["seconds"].iloc[0])


def club_sandwich(table: pd.DataFrame) -> float | None:
    """Time CR2 in R, if R and clubSandwich are there."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "input.csv", index=False)
        (Path(folder) / "time.R").write_text(R, encoding="utf-8")
        command = ["Rscript", "time.R"]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return float(run.stdout) if run.returncode == 0 else None


def growth() -> pd.DataFrame:
    """Time fit, CR2, CV3 and bootstraps from 75 rows to 10,600, and from 8 clusters to 700."""
    rows = {}
    for clusters, each in ((8, 9), (8, 130), (8, 1325), (50, 212), (150, 71), (700, 15)):
        table = invented((each,) * clusters)
        counts = effect.model(effect.columns(table, **COLUMNS))
        rates = effect.model(effect.columns(table, **COLUMNS), of="log rate")
        done = (counts, rates)
        rows[len(table), clusters] = {
            "fit": seconds(lambda table=table: effect.model(effect.columns(table, **COLUMNS))),
            "CR2": seconds(lambda done=done: effect.cr2(done[0], "density")),
            "CV3": seconds(lambda done=done: effect.cv3(done[0], "density")),
            "bootstrap, log rate": seconds(
                lambda done=done: effect.wild_bootstrap(done[1], "density", draws=999)
            ),
            "bootstrap, counts": seconds(
                lambda done=done: effect.wild_bootstrap(done[0], "density", draws=999)
            ),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.rename_axis(["rows", "clusters"])


def show(table: pd.DataFrame, title: str) -> None:
    """Print a frame of numbers."""
    printed = Table(*map(str, table.index.names), *map(str, table.columns), title=title)
    for key, row in table.iterrows():
        names = [f"{one:,}" for one in key] if isinstance(key, tuple) else [str(key)]
        printed.add_row(*names, *(f"{one:.4g}" for one in row))
    Console(width=120).print(printed)


def main() -> None:
    """Time everything, and print it."""
    table = invented(SIZES)
    before = table.assign(
        density=table["density"] - np.random.default_rng(2).normal(scale=0.5, size=75),
        users=(table["users"] * 0.8).round(),
    )
    show(beside_others(table).rename_axis("75 communes, 8 districts"), "Beside others")
    whole = seconds(
        lambda: effect.ladder(effect.columns(table, **COLUMNS), before=before, bootstrap=9999),
        at_least=2,
    )
    Console().print(f"Whole ladder, 75 x 2 rows, bootstraps of 9,999: {whole:.2f} s (aim: below 2)")
    show(growth(), "Growth, in seconds (bootstraps of 999)")


if __name__ == "__main__":
    main()
