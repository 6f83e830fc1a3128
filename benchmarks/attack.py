"""
Attack invented studies: what comes back of hidden counts, and how many are hidden for it.

Every study is attacked by a reader, who has all that was released, and by an insider, who knows
the rule too, and which of the hidden counts are small (`tests/attacker.py`). Beside what the
package releases stands what a threshold alone would: there the attacker has to succeed.

    python benchmarks/attack.py --replications 1000 --csv data/benchmarks/attack.csv
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
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import attacker
import invented

from hganalysis import caselog, study, suppress
from hganalysis.caselog import release
from hganalysis.periods import list_periods
from hganalysis.suppress import register

SEED, LIMIT = 2611, 5
FILES, PEOPLE = "files_online", "online_service_users"
PLATFORMS = ("app_users", "ewallet_users")
RISING = ("app_users",)
MONTHS, QUARTERS = list_periods("2022-01", "2022-12"), list_periods("2022-Q1", "2022-Q4")
KEYS = invented.KEYS
NUMBERS = ["received", "online", "people"]


def attacked(hear):
    """Attack one study as reader and as insider: by attacker, what was hidden and came back."""
    seen = {}
    for who, insider in (("insider", True), ("reader", False)):
        system = attacker.System()
        truth, rules = hear(system, insider)
        recovered = attacker.attack(system, truth, rules, insider=insider, ends_seen=seen)
        yield (
            who,
            [
                len(recovered),
                *(int(recovered[name].sum()) for name in ("exact", "near", "narrowed")),
            ],
        )


def of_reports(rng, folder, *, naive):
    """Two years and three measures of a province, released with a threshold of 5, then of 10."""
    raw = invented.small_reports(rng, districts=2)
    safe = suppress.hide_counts(raw)

    def hear(system, insider):
        options = {"limit": LIMIT, "insider": insider, "rising": RISING}
        return attacker.hear_reports(system, raw, safe, **options)

    yield "reports", attacked(hear), _cells(raw, safe)
    with suppress.use(fewer_than=10):
        second_release = suppress.hide_counts(raw)
    cells = [
        (register.cells_of_reports(reports), number, "reports")
        for reports, number in ((safe, 5), (second_release, 10))
    ]
    second = all(_entered(folder, cells))

    def hear_both(system, insider, register=True):
        truth = hear(system, insider)
        if second or not register:
            _learn(system, second_release)
        return truth

    if second:  # else there are the same tables as above
        yield "two thresholds", attacked(hear_both), None
    if naive:
        yield (
            "two thresholds, no register",
            attacked(lambda *it: hear_both(*it, register=False)),
            None,
        )


def _entered(folder, releases):
    """Say of each release whether it is entered in the register beside those before it."""
    entered = []
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        for number, (cells, limit, grain) in enumerate(releases):
            options = {"folder": Path(beside), "file": f"{number}", "source": "-"}
            with suppress.use(fewer_than=limit):
                try:
                    suppress.release(cells, **options, grain=grain)
                    entered.append(True)
                except ValueError:
                    entered.append(False)
    return entered


def _cells(raw, safe):
    is_reported = raw["count"].notna()
    small = (raw["count"] < LIMIT) | (
        (raw["out_of"] - raw["count"] < LIMIT) & (raw["indicator"] != "ecommerce_guided")
    )
    return (
        int(is_reported.sum()),
        int((small & is_reported).sum()),
        int(suppress.is_hidden(safe).sum()),
    )


def of_log(rng, folder, *, naive):
    """Two years of a log, by month and then by year, and its reports."""
    rows = invented.log(rng, communes=3, periods=(2023,))
    kinds = {}
    for period in ("month", "year"):
        raw = invented.count_log(rows, period)
        safe = caselog.hide_small(raw)
        kinds[period] = _whole(raw, safe), safe

    def hear(system, insider, periods=("month",), old=False):
        truth, rules = {}, {}
        for period in periods:
            raw, safe = kinds[period]
            shown = _by_threshold(raw) if old else safe
            marked = [replace(tables, **_marked(tables, period)) for tables in (raw, shown)]
            heard = attacker.hear_table(system, *marked, limit=LIMIT, insider=insider)
            truth, rules = truth | heard[0], rules | heard[1]
        if len(periods) > 1:
            number = kinds["month"][0].files
            year = number["period"].str[:4]
            parts = number.assign(part=_mark(number["period"], "month"), whole=_mark(year, "year"))
            attacker.hear_periods(system, parts)
        return truth, rules

    hear_both = ("month", "year")
    tables = [
        (release.cells(caselog.to_table(safe)), LIMIT, f"table_{number}")
        for number, (_, safe) in kinds.items()
    ]
    allowed = all(_entered(folder, tables))
    for name, old, periods in (
        ("table of a log", False, ("month",)),
        ("table of a log, threshold only", True, ("month",)),
        ("months and years", False, hear_both if allowed else ("month",)),
        ("months and years, no register", False, hear_both),
    ):
        if (not naive and ", " in name) or (name == "months and years" and not allowed):
            continue  # refused: there are the same tables as above
        cells = _table_cells(*kinds["month"], old=old) if len(periods) == 1 else None
        yield name, attacked(lambda system, it, p=periods, o=old: hear(system, it, p, o)), cells


def _mark(period, kind):
    return f"{kind} " + period.astype("str")


def _marked(counted, kind):
    parts = {"files": counted.files, "platforms": counted.platforms}
    return {name: part.assign(period=_mark(part["period"], kind)) for name, part in parts.items()}


def _whole(raw, safe):
    """Give the raw counts the rows that were added where nobody came."""
    files = safe.files[KEYS].merge(raw.files, how="left").fillna(dict.fromkeys(NUMBERS, 0))
    each = safe.platforms[[*KEYS, "platform"]].merge(raw.platforms, how="left")
    each = each.fillna({"people": 0})
    return replace(raw, files=files, platforms=each)


def _by_threshold(raw):
    """Hide as a threshold alone does, with the people of all where those of a platform are."""
    files, few = raw.files, raw.platforms["people"] < LIMIT
    telling = pd.MultiIndex.from_frame(raw.platforms.loc[few, KEYS])
    people = (files["people"] < LIMIT) | pd.MultiIndex.from_frame(files[KEYS]).isin(telling)
    received = files["received"] < LIMIT
    online = received | (files["online"] < LIMIT) | (files["received"] - files["online"] < LIMIT)
    is_small = {"received": received, "online": online, "people": people}
    return replace(
        raw,
        files=files.assign(**{name: files[name].mask(few) for name, few in is_small.items()}),
        platforms=raw.platforms.assign(people=raw.platforms["people"].mask(few)),
    )


def _table_cells(raw, safe, *, old):
    shown = caselog.to_table(_by_threshold(raw) if old else safe)["value"]
    small = caselog.to_table(_by_threshold(raw))["value"].isna().sum()
    return len(shown), int(small), int(shown.isna().sum())


def of_log_reports(rng, folder, *, naive):  # noqa: ARG001
    """Reports of a log: files, people, and people of two platforms, who bound each other."""
    rows = invented.log(rng, communes=12)
    raw = invented.count_log(rows, "year")
    measures = dict(zip(sorted(set(raw.platforms["platform"])), PLATFORMS, strict=False))
    ours = raw.platforms[raw.platforms["platform"].isin(list(measures))]
    reports = caselog.to_reports(
        replace(raw, platforms=ours), files=FILES, people=PEOPLE, platforms=measures
    )
    safe = caselog.small_reports(reports)
    below = [
        *pairwise([PEOPLE, FILES]),
        *((measure, PEOPLE) for measure in measures.values()),
    ]

    def hear(system, insider):
        options = {"limit": LIMIT, "insider": insider, "below": below}
        return attacker.hear_reports(system, reports, safe, **options)

    yield "reports of a log", attacked(hear), _cells(reports, safe)


def of_months(rng, folder, *, naive, releases=MONTHS):
    """
    Monthly releases of what is new, and of a stock: each has the months before, too.

    Of new counts the reader knows the threshold, too. Without our rules running totals are shown,
    and the year is released beside its quarters.
    """
    home = attacker.DISTRICT[attacker.DISTRICT.isin(rng.choice(attacker.DISTRICT.unique(), 2))]
    usual = rng.gamma(rng.choice([0.5, 2, 5]), rng.choice([4, 20]), (len(home), 1))
    new = pd.DataFrame(rng.poisson(usual, (len(home), 12)), home.index, MONTHS)
    running = new.cumsum(axis=1)

    for name, raw, rising in (
        ("twelve months of new counts", _monthly(new, "informed"), ()),
        ("twelve months of a stock", _monthly(running, "app_users"), RISING),
    ):
        months = [suppress.hide_counts(raw[raw["period"] <= month]) for month in releases]
        cells = [(register.cells_of_reports(safe), LIMIT, "reports") for safe in months]
        entered = zip(months, _entered(folder, cells), strict=True)
        released = [safe for safe, is_entered in entered if is_entered]
        safe = released[-1]

        def hear(system, insider, raw=raw, released=released, rising=rising):
            *earlier, safe = released
            told = _hear(system, raw.loc[safe.index], safe, insider=insider, rising=rising)
            for rows in earlier:
                _learn(system, rows)
            return told

        yield name, attacked(hear), _cells(raw.loc[safe.index], safe)
    if not naive:
        return

    totals, year = _monthly(running, "informed"), running[MONTHS[-1:]].set_axis([2022], axis=1)
    quarters = new.T.groupby(np.arange(12) // 3).sum().T.set_axis(QUARTERS, axis=1)
    quarters, year = _monthly(quarters, "informed"), _monthly(year, "informed")

    def hear_totals(system, insider):
        _hear(system, totals, suppress.hide_counts(totals), insider=insider)
        truth = {}
        for code, row in new.iterrows():
            truth |= {("new", code, month): n for month, n in row.items() if n < LIMIT}
            for before, month in pairwise([None, *MONTHS]):
                system.hide(("new", code, month))
                parts = {_count(code, month): 1, ("new", code, month): -1}
                system.add(parts | ({_count(code, before): -1} if before else {}), 0, 0)
        return truth, dict.fromkeys(truth, (0, LIMIT - 1))

    def hear_year(system, insider):
        safe = pd.concat([suppress.hide_counts(quarters), suppress.hide_counts(year)]).fillna(
            {"pool": ""}
        )
        told = _hear(system, pd.concat([quarters, year]), safe, insider=insider)
        for code in home.index:
            parts = {_count(code, quarter): 1 for quarter in QUARTERS}
            system.add(parts | {_count(code, 2022): -1}, 0, 0)
        return told

    yield "running totals, not turned", attacked(hear_totals), None
    yield "quarters and their year, no register", attacked(hear_year), None


def _monthly(counts, name):
    """Write counts, a column for each period, as reports."""
    table = counts.melt(var_name="period", value_name="count", ignore_index=False)
    table = table.rename_axis("code").reset_index()
    return table.assign(indicator=name, out_of=9000, origin="reported")


def _count(code, period):
    return "count", period, "informed", code


def _hear(system, raw, safe, *, insider, rising=()):
    truth = attacker.hear_reports(system, raw, safe, limit=LIMIT, insider=insider, rising=rising)
    if not insider and not rising:  # a stock may be hidden for what another period had
        attacker.know_threshold(system, safe, limit=LIMIT)
    return truth


def _learn(system, safe):
    """Add what one more release of the same reports shows."""
    shown = safe[~suppress.is_hidden(safe)]
    for row in shown.dropna(subset="count").itertuples():
        system.learn(("count", row.period, row.indicator, row.code), row.count)
    attacker.hear_sums(system, safe)


def of_groups(rng, folder, *, naive):
    """
    Users by groups that add up to them, in two years; some by two splits at once.

    What follows from the whole of a commune, from growth, and from the rule, where no group is
    shown at all, does not count as found. Once both years are released together, once nobody knows
    that users only grow in number, and once the first year was released by itself before: where the
    register lets the second pass, and without a register.
    """
    splits = [{"group": 2}, {"group": 3}, {"group": 5}, {"sex": 2, "age": 3}][rng.integers(4)]
    raw = invented.reports_by_groups(rng, splits)
    names = {by: [f"{by}{number}" for number in range(n)] for by, n in splits.items()}
    by_groups = invented.described_by_groups(names)
    is_group = raw["indicator"] != "app_users"

    def attacked_groups(*released, grows=True):
        safe = released[-1]
        sent, of_group = raw.loc[safe.index], is_group[safe.index]
        nothing = safe.assign(pool="none").where(of_group, safe)
        with study.use(written=by_groups):
            seen = {}
            for who, insider in (("insider", True), ("reader", False)):
                tables = {}
                for sums, shown in ((True, safe), (False, nothing)):
                    system = attacker.System()
                    options = {"limit": LIMIT, "insider": insider, "sums": sums, "grows": grows}
                    truth, rules = attacker.hear_groups(system, sent, shown, **options)
                    for earlier in released[:-1] if sums else ():
                        _learn(system, earlier)
                    options = {"insider": insider, "seen": seen if sums else None}
                    tables[sums] = attacker.attack(system, truth, rules, **options).set_index("key")
                recovered, alone = tables[True], tables[False].reindex(tables[True].index)
                kinds = ["exact", "near", "narrowed"]
                came = recovered[kinds] & ~alone[kinds].eq(other=True)
                yield who, [len(recovered), *map(int, came.sum())]

    def cells_of(safe):
        small = raw["count"].where(raw["count"] < LIMIT, raw["out_of"] - raw["count"]) < LIMIT
        is_small = suppress.is_hidden(safe)
        return [
            int((is_group & what & (raw["out_of"] > 0)).sum()) for what in (True, small, is_small)
        ]

    with study.use(written=by_groups):
        safe, first = suppress.hide_counts(raw), suppress.hide_counts(raw[raw["period"] == 2022])
        releases = [
            (register.cells_of_reports(reports), LIMIT, "reports") for reports in (first, safe)
        ]
        passes = all(_entered(folder, releases))
    yield "groups", attacked_groups(safe), cells_of(safe)
    yield MARGINS, attacked_groups(safe, grows=False), None
    if passes:
        yield "groups, a year after another", attacked_groups(first, safe), None
    yield "groups, a year after another, no register", attacked_groups(first, safe), None
    if naive:
        with study.use(written=invented.described_by_groups(names, split=False)):
            safe = suppress.hide_counts(raw)
        yield "groups, each by itself", attacked_groups(safe), cells_of(safe)


NAIVE = 0.1
"""In how many of the studies the attacker is tried without the rules."""
KINDS = [of_reports, of_log, of_log_reports, of_months, of_groups]
CONTROLS = ("no register", "threshold only", "not turned", "each by itself")


def run(replications: int, seed: int, *, kinds=None, quiet: bool = False) -> pd.DataFrame:
    """Attack studies of every kind, or of some: a row for each kind of release and attacker."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for study_number in track(range(replications), "studies", disable=quiet):
            for number, kind in enumerate(KINDS):
                if kind not in (kinds or KINDS):
                    continue
                rng = np.random.default_rng([seed, number, study_number])
                for name, recovered, cells in kind(
                    rng, folder, naive=study_number < NAIVE * replications
                ):
                    cell_counts = dict(zip(("cells", "small", "gone"), cells or (), strict=False))
                    for who, numbers in recovered:
                        recovered_by_kind = dict(
                            zip(("attacked", "exact", "near", "narrowed"), numbers, strict=True)
                        )
                        rows.append(
                            {"release": name, "attacker": who, **recovered_by_kind, **cell_counts}
                        )
    table = pd.DataFrame(rows)
    grouped = table.groupby(["release", "attacker"], sort=False)
    table = grouped[["attacked", "exact", "near", "narrowed"]].sum()
    table.insert(0, "studies", grouped.size())
    cells = grouped[["cells", "small", "gone"]].sum(min_count=1)
    for name in ("small", "gone"):
        table[f"share_{name}".replace("gone", "hidden")] = cells[name] / cells["cells"]
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return table.reset_index().round(4).assign(seed=seed, date=today)


NAIVE_FAILS = (
    *("table of a log, threshold only", "months and years, no register"),
    *("running totals, not turned", "quarters and their year, no register"),
    *("groups, each by itself", "groups, a year after another, no register"),
)


MARGINS = "groups, nobody knows that they grow"
"""Here margins are all that is told: not one value may be taken from a count."""


def bar(table: pd.DataFrame) -> list[str]:
    """Say what is not as demanded: nothing comes back, and without the rules it does."""
    missed = []
    for row in table.itertuples():
        ours = not row.release.endswith(CONTROLS)
        back = row.exact + (row.near if row.attacker == "reader" else 0)
        if ours and back:
            missed.append(f"{row.release}, {row.attacker}: {row.exact} exact, {row.near} near")
        if row.release == MARGINS and row.narrowed:
            missed.append(f"{row.release}, {row.attacker}: {row.narrowed} narrowed")
        if row.release in NAIVE_FAILS and row.attacker == "reader" and not row.exact + row.near:
            missed.append(f"{row.release}: the attacker should succeed, and does not")
    return missed


def main(
    replications: Annotated[int, typer.Option(help="Studies of each kind.")] = 100,
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.")] = SEED,
    kind: Annotated[str, typer.Option(help="Only these, such as months.")] = "",
) -> None:
    """Attack, print the table and what is not as demanded, and end with a status."""
    kinds = (
        [make_studies for make_studies in KINDS if make_studies.__name__.endswith(f"_{kind}")]
        if kind
        else KINDS
    )
    table = run(replications, seed, kinds=kinds)
    if csv and kind:
        before = pd.read_csv(csv)
        safe = before[~before["release"].isin(table["release"])]
        table = pd.concat([safe, table], ignore_index=True)
    if csv:
        table.to_csv(csv, index=False, lineterminator="\n")
    missed = bar(table)
    print(table.to_string(), *missed, sep="\n")
    raise typer.Exit(int(bool(missed)))


if __name__ == "__main__":
    typer.run(main)
