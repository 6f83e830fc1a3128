"""
Attack invented studies: what comes back of hidden counts, and how many are hidden for it.

Every study is attacked by a reader, who has all that was released, and by an insider, who knows
the rule too, and which of the hidden counts are small (`tests/attacker.py`). Beside what the
package releases stands what a threshold alone would: there the attacker has to succeed.

    python tests/benchmarks/attack.py --replications 1000 --csv data/benchmarks/attack.csv
"""

import datetime
import sys
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1]))

import attacker
import invented

from hganalysis import caselog, suppress
from hganalysis.caselog import release
from hganalysis.suppress import register

SEED, LIMIT = 2611, 5
FILES, PEOPLE = "files_online", "online_service_users"
PLATFORMS = ("app_users", "ewallet_users")
RISING = ("app_users",)
KEYS = invented.KEYS
NUMBERS = ["received", "online", "people"]


def attacked(hear):
    """Attack one study as reader and as insider: by attacker, what was hidden and came back."""
    seen = {}
    for who, insider in (("insider", True), ("reader", False)):
        system = attacker.System()
        truth, rules = hear(system, insider)
        found = attacker.attack(system, truth, rules, insider=insider, seen=seen)
        yield who, [len(found), *(int(found[name].sum()) for name in ("exact", "near", "narrowed"))]


def of_reports(rng, folder, *, naive):
    """Two years and three measures of a province, released with a threshold of 5, then of 10."""
    raw = invented.small_reports(rng, districts=2)
    kept = suppress.small(raw)

    def hear(system, insider):
        about = {"limit": LIMIT, "insider": insider, "rising": RISING}
        return attacker.hear_reports(system, raw, kept, **about)

    yield "reports", attacked(hear), _cells(raw, kept)
    with suppress.use(fewer_than=10):
        again = suppress.small(raw)
    cells = [
        (register.cells_of_reports(one), at, "reports") for one, at in ((kept, 5), (again, 10))
    ]
    second = _allowed(folder, cells)

    def both(system, insider, register=True):
        told = hear(system, insider)
        if second or not register:
            shown = again[~suppress.is_hidden(again)]
            for row in shown.dropna(subset="count").itertuples():
                system.learn(("count", row.period, row.indicator, row.code), row.count)
            attacker.hear_sums(system, again)
        return told

    if second:  # else there are the same tables as above
        yield "two thresholds", attacked(both), None
    if naive:
        yield "two thresholds, no register", attacked(lambda *it: both(*it, register=False)), None


def _allowed(folder, releases):
    """Say whether a second release is entered in the register beside the first."""
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        try:
            for number, (cells, limit, grain) in enumerate(releases):
                about = {"folder": Path(beside), "file": f"{number}", "source": "-"}
                with suppress.use(fewer_than=limit):
                    suppress.release(cells, **about, grain=grain)
        except ValueError:
            return False
    return True


def _cells(raw, kept):
    known = raw["count"].notna()
    small = (raw["count"] < LIMIT) | (
        (raw["out_of"] - raw["count"] < LIMIT) & (raw["indicator"] != "ecommerce_guided")
    )
    return int(known.sum()), int((small & known).sum()), int(suppress.is_hidden(kept).sum())


def of_log(rng, folder, *, naive):
    """Two years of a log, by month and then by year, and its reports."""
    rows = invented.log(rng, communes=3, periods=(2023,))
    kinds = {}
    for period in ("month", "period"):
        raw = invented.counted(rows, period)
        kept = caselog.hide_small(raw)
        kinds[period] = _whole(raw, kept), kept

    def hear(system, insider, periods=("month",), old=False):
        told, rules = {}, {}
        for period in periods:
            raw, kept = kinds[period]
            shown = _by_threshold(raw) if old else kept
            marked = [replace(one, **_marked(one, period)) for one in (raw, shown)]
            found = attacker.hear_table(system, *marked, limit=LIMIT, insider=insider)
            told, rules = told | found[0], rules | found[1]
        if len(periods) > 1:
            at = kinds["month"][0].files
            period = at["period"].dt.to_period("Y").dt.start_time
            parts = at.assign(part=_mark(at["period"], "month"), whole=_mark(period, "period"))
            attacker.hear_periods(system, parts)
        return told, rules

    both = ("month", "period")
    tables = [
        (release.cells(caselog.to_table(kept)), LIMIT, f"table_{at}")
        for at, (_, kept) in kinds.items()
    ]
    allowed = _allowed(folder, tables)
    for name, old, periods in (
        ("table of a log", False, ("month",)),
        ("table of a log, threshold only", True, ("month",)),
        ("months and years", False, both if allowed else ("month",)),
        ("months and years, no register", False, both),
    ):
        if (not naive and ", " in name) or (name == "months and years" and not allowed):
            continue  # refused: there are the same tables as above
        cells = _table_cells(*kinds["month"], old=old) if len(periods) == 1 else None
        yield name, attacked(lambda system, it, p=periods, o=old: hear(system, it, p, o)), cells


def _mark(period, kind):
    return period.dt.strftime(f"{kind} %Y-%m-%d")


def _marked(counted, kind):
    parts = {"files": counted.files, "platforms": counted.platforms}
    return {name: part.assign(period=_mark(part["period"], kind)) for name, part in parts.items()}


def _whole(raw, kept):
    """Give the raw counts the rows that were added where nobody came."""
    files = kept.files[KEYS].merge(raw.files, how="left").fillna(dict.fromkeys(NUMBERS, 0))
    each = kept.platforms[[*KEYS, "platform"]].merge(raw.platforms, how="left")
    each = each.fillna({"people": 0})
    return replace(raw, files=files, platforms=each)


def _by_threshold(raw):
    """Hide as a threshold alone does, with the people of all where those of a platform are."""
    files, few = raw.files, raw.platforms["people"] < LIMIT
    telling = pd.MultiIndex.from_frame(raw.platforms.loc[few, KEYS])
    people = (files["people"] < LIMIT) | pd.MultiIndex.from_frame(files[KEYS]).isin(telling)
    received = files["received"] < LIMIT
    online = received | (files["online"] < LIMIT) | (files["received"] - files["online"] < LIMIT)
    gone = {"received": received, "online": online, "people": people}
    return replace(
        raw,
        files=files.assign(**{name: files[name].mask(few) for name, few in gone.items()}),
        platforms=raw.platforms.assign(people=raw.platforms["people"].mask(few)),
    )


def _table_cells(raw, kept, *, old):
    shown = caselog.to_table(_by_threshold(raw) if old else kept)["value"]
    small = caselog.to_table(_by_threshold(raw))["value"].isna().sum()
    return len(shown), int(small), int(shown.isna().sum())


def of_log_reports(rng, folder, *, naive):  # noqa: ARG001
    """Reports of a log: files, people, and people of two platforms, who bound each other."""
    rows = invented.log(rng, communes=12)
    raw = invented.counted(rows, "period")
    measures = dict(zip(sorted(set(raw.platforms["platform"])), PLATFORMS, strict=False))
    ours = raw.platforms[raw.platforms["platform"].isin(list(measures))]
    made = caselog.to_reports(
        replace(raw, platforms=ours), files=FILES, people=PEOPLE, platforms=measures
    )
    kept = caselog.small_reports(made)
    below = [*pairwise([PEOPLE, FILES]), *((one, PEOPLE) for one in measures.values())]

    def hear(system, insider):
        about = {"limit": LIMIT, "insider": insider, "below": below}
        return attacker.hear_reports(system, made, kept, **about)

    yield "reports of a log", attacked(hear), _cells(made, kept)


NAIVE = 0.1
"""In how many of the studies the attacker is tried without the rules."""
KINDS = [of_reports, of_log, of_log_reports]


def run(replications: int, seed: int, *, quiet: bool = False) -> pd.DataFrame:
    """Attack studies of every kind: a row for each kind of release and attacker."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for at in track(range(replications), "studies", disable=quiet):
            for number, kind in enumerate(KINDS):
                rng = np.random.default_rng([seed, number, at])
                for name, found, cells in kind(rng, folder, naive=at < NAIVE * replications):
                    there = dict(zip(("cells", "small", "gone"), cells or (), strict=False))
                    for who, numbers in found:
                        told = dict(
                            zip(("attacked", "exact", "near", "narrowed"), numbers, strict=True)
                        )
                        rows.append({"release": name, "attacker": who, **told, **there})
    table = pd.DataFrame(rows)
    grouped = table.groupby(["release", "attacker"], sort=False)
    found = grouped[["attacked", "exact", "near", "narrowed"]].sum()
    found.insert(0, "studies", grouped.size())
    cells = grouped[["cells", "small", "gone"]].sum(min_count=1)
    for name in ("small", "gone"):
        found[f"share_{name}".replace("gone", "hidden")] = cells[name] / cells["cells"]
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return found.reset_index().round(4).assign(seed=seed, date=today)


NAIVE_FAILS = ("table of a log, threshold only", "months and years, no register")


def bar(table: pd.DataFrame) -> list[str]:
    """Say what is not as demanded: nothing comes back, and without the rules it does."""
    missed = []
    for row in table.itertuples():
        ours = not row.release.endswith(("no register", "threshold only"))
        back = row.exact + (row.near if row.attacker == "reader" else 0)
        if ours and back:
            missed.append(f"{row.release}, {row.attacker}: {row.exact} exact, {row.near} near")
        if row.release in NAIVE_FAILS and row.attacker == "reader" and not row.exact:
            missed.append(f"{row.release}: the attacker should succeed, and does not")
    return missed


def main(
    replications: Annotated[int, typer.Option(help="Studies of each kind.")] = 100,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = SEED,
) -> None:
    """Attack, print the table and what is not as demanded, and end with a status."""
    table = run(replications, seed)
    if csv:
        table.to_csv(csv, index=False, lineterminator="\n")
    missed = bar(table)
    print(table.to_string(), *missed, sep="\n")
    raise typer.Exit(int(bool(missed)))


if __name__ == "__main__":
    typer.run(main)
