"""Nothing hidden comes back from all releases together, by linear and integer programming."""

import re
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace

import attacker
import invented
import numpy as np
import pandas as pd
import pytest
import shell
import typer

import hganalysis as hg
from benchmarks import attack as benchmark
from hganalysis import caselog, cli, frames, places, sheets, study, suppress
from hganalysis.publish import atlas, deck, verify
from hganalysis.publish.own import write
from hganalysis.suppress import register

LIMIT = 5
CODES = list(attacker.DISTRICT.index)


def report_communes(cells, *, indicator="ecommerce_guided", period=2022, count=100):
    """Give reports of all communes that are alike but for some."""
    columns = {
        "code": CODES,
        "period": period,
        "indicator": indicator,
        "count": count,
    }
    table = pd.DataFrame(columns)
    table = table.assign(out_of=1000, origin="reported")
    planted = table["code"].map(cells)
    table["count"] = planted.fillna(table["count"]).astype(int)
    return table


def find_ends(raw, safe_reports, *, insider, rising=()):
    system = attacker.System()
    truth, rules = attacker.hear_reports(
        system, raw, safe_reports, limit=LIMIT, insider=insider, rising=rising
    )
    attack_table = attacker.attack(system, truth, rules, insider=insider)
    return {row.key: row for row in attack_table.itertuples()}


# The attacker


def test_the_attacker_finds_what_can_be_found():
    system = attacker.System()
    system.know("period", 296)
    system.hide(0)
    for month in range(1, 12):
        system.know(month, 30 if month < 10 else 11)
    system.total(range(12), 296)
    truth = {0: 296 - 9 * 30 - 2 * 11}
    attack_table = attacker.attack(system, truth, {0: (0, 4)}, insider=False)
    ends_found = attack_table[["exact", "low", "high"]]
    assert ends_found.to_numpy().tolist() == [[True, 4, 4]]


def test_two_four_and_four_are_found_where_only_they_are_hidden_and_not_where_we_hide():
    inside = [code for code in CODES if attacker.DISTRICT[code] == "930"][:3]
    raw = report_communes(dict(zip(inside, (2, 4, 4), strict=True)))
    pool = np.where(raw["code"].isin(inside), "930", "")
    alone = raw.assign(pool=pool)
    naive = find_ends(raw, alone, insider=True)
    # 10 in all, and none above 4: each is 2 at least
    lows = [(row.low, row.near) for row in naive.values()]
    assert lows == [(2, True)] * 3
    attack_table = find_ends(raw, suppress.hide_counts(raw), insider=True)
    lows_and_highs = [(row.low, row.high) for row in attack_table.values()]
    assert lows_and_highs == [(0, 4)] * 3


def test_the_sums_of_the_attacker_are_those_of_the_tables():
    rng = np.random.default_rng(5)
    safe_reports = suppress.hide_counts(invented.small_reports(rng))
    assert suppress.is_hidden(safe_reports).any()
    sums_said = set()
    for count, out_of, period, name, codes in attacker.sums(safe_reports):
        sums_said.add((count, out_of, period, name, tuple(sorted(codes))))
    n_few = 0
    for (period, name), sent in safe_reports.groupby(["period", "indicator"]):
        answer = hg.uptake(sent, source="x")
        tables = ((answer.table, "district"), (answer.parts, "commune"))
        for table, level in tables:
            of = attacker.LEVELS[level]
            n_few += table["count"].between(LIMIT, 9).sum()
            for place in table.dropna(subset="count").itertuples():
                is_inside = sent["code"].map(of) == place.code
                inside = tuple(sorted(sent.loc[is_inside, "code"]))
                assert (place.count, place.out_of, period, name, inside) in sums_said
    assert n_few > 0  # what a floor of ten events kept back


# What is released


@pytest.mark.parametrize("insider", [False, True])
def test_nothing_comes_back_of_counts_from_five_to_nine_beside_an_earlier_release(insider):
    """They are shown since a share goes by its interval: in tables, and on the earlier page."""
    rng = np.random.default_rng(11)
    n_few = n_attacked = 0
    for _ in range(4):
        raw = invented.small_reports(rng)
        first = raw[raw["period"] == 2022]
        system = attacker.System()
        truth, rules = {}, {}
        for sent in (first, raw):
            safe_reports = suppress.hide_counts(sent)
            more_truth, more_rules = attacker.hear_reports(
                system, sent, safe_reports, limit=LIMIT, insider=insider
            )
            truth |= more_truth
            rules |= more_rules
            n_few += _hear_shown(system, safe_reports)
        attack_table = attacker.attack(system, truth, rules, insider=insider)
        n_attacked += len(attack_table)
        assert not attack_table["exact"].any()
        assert not attack_table["near"].any()
    assert n_few > 30
    assert n_attacked > 50


def _hear_shown(system, safe_reports):
    """Tell a system each count that an answer shows; give how many of them are from 5 to 9."""
    n_few = 0
    for (period, name), sent in safe_reports.groupby(["period", "indicator"]):
        answer = hg.uptake(sent, source="x").parts.dropna
        parts = answer(subset="count")
        for row in parts.itertuples():
            key = ("count", period, name, row.code)
            assert key not in system.bounds  # what is hidden is shown nowhere
            system.know(key, row.count)
        n_few += parts["count"].between(LIMIT, 9).sum()
    return n_few


def test_nothing_comes_back_of_invented_studies():
    kinds = benchmark.KINDS[:3]
    table = benchmark.run(4, seed=1, kinds=kinds, quiet=True)
    assert table["attacked"].sum() > 200
    is_naive = table["release"].isin(benchmark.NAIVE_FAILS)
    assert benchmark.bar(table[~is_naive]) == []
    is_of_insider = (table["attacker"] == "insider") & (table["release"] == "reports")
    insider = table[is_of_insider]
    assert insider["narrowed"].sum() <= 0.01 * insider["attacked"].sum()
    naive = table[table["release"] == "table of a log, threshold only"]
    assert naive["near"].sum() > 0


def test_nothing_comes_back_of_months_but_of_running_totals_and_of_a_year_beside_its_quarters():
    rng = np.random.default_rng(benchmark.SEED)
    releases = benchmark.MONTHS[5::6]
    with tempfile.TemporaryDirectory() as folder:
        study_ = benchmark.of_months(rng, folder, naive=True, releases=releases)
        readers = {name: dict(attacked)["reader"] for name, attacked, _ in study_}
    n_exact = {name: exact for name, (_, exact, *_) in readers.items()}
    assert readers["twelve months of new counts"][0] > 50
    assert n_exact.pop("twelve months of new counts") == 0
    assert n_exact.pop("twelve months of a stock") == 0
    assert min(n_exact.values()) > 0


def test_users_are_hidden_in_every_period_or_two_periods_would_tell():
    """4 and 100 are 104; a year later the second has 101: the first had 3 at least."""
    cover = suppress.hide_counts(report_communes({"31318": 4}, indicator="app_users"))
    is_partner = suppress.is_hidden(cover) & (cover["code"] != "31318")
    partner = cover.loc[is_partner, "code"].item()
    first = report_communes({"31318": 4}, indicator="app_users")
    cells = {"31318": 60, partner: 101}
    second = report_communes(cells, indicator="app_users", period=2023, count=150)
    raw = pd.concat([first, second], ignore_index=True)
    key = ("count", 2022, "app_users", "31318")
    each = [suppress.hide_counts(rows) for _, rows in raw.groupby("period")]
    by_period = pd.concat(each).fillna({"pool": ""})
    ends_apart = find_ends(raw, by_period, insider=True, rising=["app_users"])
    assert ends_apart[key].low == 3
    safe_reports = suppress.hide_counts(raw)
    n_hidden = suppress.is_hidden(safe_reports).groupby(safe_reports["period"]).sum()
    assert n_hidden.tolist() == [2, 2]
    ends_together = find_ends(raw, safe_reports, insider=True, rising=["app_users"])
    assert ends_together[key].low == 0


BOUNDED = [
    # all files online are of platform A: B has none
    {
        "received": 300,
        "online": 100,
        "people": 100,
        "platforms": {"A": 100, "B": 0},
    },
    # as many people online as there are files: none came to the counter
    {
        "received": 100,
        "online": 100,
        "people": 100,
        "platforms": {"A": 60, "B": 40},
    },
    {
        "received": 9,
        "online": 7,
        "people": 7,
        "platforms": {"A": 7},
    },
]


@pytest.mark.parametrize(
    "numbers",
    BOUNDED,
)
def test_what_bounds_a_hidden_count_of_a_log_is_hidden(numbers):
    raw = attacker.one_place(**numbers)
    naive = benchmark._by_threshold(raw)
    tables = []
    for counts_kept in (naive, caselog.hide_small(raw)):
        system = attacker.System()
        truth, rules = attacker.hear_table(system, raw, counts_kept, limit=LIMIT, insider=False)
        tables.append(attacker.attack(system, truth, rules, insider=False))
    assert tables[0]["near"].any()
    assert not tables[1]["near"].any()


def test_a_place_that_is_left_out_of_a_month_has_none_and_is_hidden():
    platforms = {"A": 60, "B": 50}
    raw = attacker.one_place(received=300, online=100, people=90, platforms=platforms)
    elsewhere = raw.files.assign(code="31321")
    later = raw.files.assign(period=2023)
    second_table = replace(raw, files=pd.concat([raw.files, elsewhere, later]))
    safe_reports = caselog.hide_small(second_table).files.set_index(["code", "period"])
    assert len(safe_reports) == 4
    counts = safe_reports.loc[("31321", 2023), ["received", "online", "people"]].isna().all()
    assert counts


# Releases


@pytest.fixture
def run(tmp_path):
    """Run a command in a folder: its status, and what it says."""

    def run_command(*arguments):
        result = shell.run(tmp_path, *arguments)
        output = result.stdout + result.stderr
        return result.returncode, " ".join(output.split())

    return run_command


@pytest.fixture
def log(tmp_path):
    """One ward: 296 files of a year, of which 3 are of January."""
    days = ["2022-01-10"] * 3
    days += [f"2022-{month:02}-10" for month in range(2, 13) for _ in range(26)]
    days += ["2022-12-11"] * 7
    return write_log(days, tmp_path / "log.csv")


def write_log(days, file):
    columns = {
        "file": range(len(days)),
        "received": days,
        "commune": "31318",
    }
    rows = pd.DataFrame(columns)
    channel = np.where(rows.index % 3 == 0, "counter", "online")
    person = "p" + rows["file"].astype("str")
    rows = rows.assign(channel=channel, platform="A", person=person)
    rows.to_csv(file, index=False)
    return file


def test_periods_beside_months_are_refused_and_the_reason_is_said(run, log, tmp_path):
    assert run("counts", log, "--table", "m.csv", "--period", "month")[0] == 0
    months = pd.read_csv(tmp_path / "m.csv").query("measure == 'received'")["value"]
    assert months.isna().sum() == 1
    assert months.sum() == 293
    files = (tmp_path / "m.csv", tmp_path / suppress.REGISTER)
    before = [file.read_bytes() for file in files]
    commands = (["--table", "y.csv"], ["--table", "q.csv", "--period", "quarter"])
    for second in commands:
        status, text = run("counts", log, *second, "--lang", "en")
        assert status == 1
        assert "m.csv was released on a table by commune and month" in text
        assert "31318 2022" in text
        assert "(bảng theo xã và tháng)" in run("counts", log, *second)[1]
    status, text = run("counts", log, "--out", "reports.parquet", "--lang", "en")
    assert status == 1
    assert "subtracting one from the other would reveal" in text
    names = {file.name for file in tmp_path.iterdir()}
    seen = {name for name in names if not name.startswith(".")}
    assert seen == {"log.csv", "m.csv"}
    # the same again is the same release, and another folder is not known of
    status, _ = run("counts", log, "--table", "m.csv", "--period", "month", "--force")
    assert status == 0
    assert before == [file.read_bytes() for file in files]
    assert run("counts", log, "--table", "inside/y.csv", "--no-suppress")[0] == 0
    assert not (tmp_path / "inside" / suppress.REGISTER).exists()
    assert run("counts", log, "--table", "other/y.csv")[0] == 0


def test_the_register_names_what_was_hidden_and_holds_no_count(run, log, tmp_path):
    run("counts", log, "--table", "m.csv", "--period", "month")
    register_table = pd.read_csv(tmp_path / suppress.REGISTER, dtype="str").fillna
    table = register_table("")
    assert set(table["grain"]) == {"table_month"}
    assert set(table["fewer_than"]) == {"5"}
    assert set(table["measure"]) == {"received", "online", "people", "people: A"}
    assert table["source"].str.fullmatch("[0-9a-f]{64}").all()
    hidden = table.set_index(["period", "measure"])["hidden"]
    assert hidden["2022-01", "received"] == "31318@2020-02-01/"
    assert hidden["2022-02", "received"] == ""
    # of a log that says the same of other people: nothing but its hash is another
    names = [column for column in table if column not in {"source", "shown"}]
    days = pd.read_csv(log)["received"]
    write_log([*days[1:], days[0]], log)
    (tmp_path / suppress.REGISTER).unlink()
    run("counts", log, "--table", "m.csv", "--period", "month", "--force")
    register_table = pd.read_csv(tmp_path / suppress.REGISTER, dtype="str").fillna
    second_table = register_table("")
    pd.testing.assert_frame_equal(second_table[names], table[names])


def test_a_register_of_days_is_read_still(run, log, tmp_path):
    months = ("counts", log, "--table", "m.csv", "--period", "month")
    assert run(*months)[0] == 0
    file = tmp_path / suppress.REGISTER
    file.write_text(re.sub(r'"(2022-\d\d)"', r'"\1-01"', file.read_text()))
    before = file.read_bytes()
    assert run(*months, "--force")[0] == 0
    assert file.read_bytes() == before
    _, text = run("counts", log, "--table", "q.csv", "--lang", "en")
    assert "m.csv was released" in text


BESIDE = [
    ("2023-Q1", 2023, True),
    (2023, "2023-07", True),
    ("2023-H2", "2023-Q4", True),
    ("2026-W53", 2027, True),  # it ends on 3 January 2027
    ("2026-W52", 2027, False),
    ("2023-Q1", "2023-Q2", False),
]


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    BESIDE,
)
def test_a_period_beside_one_that_holds_some_of_its_days_is_refused(
    first, second, overlap, tmp_path
):
    def cells(period, indicator="files_online"):
        raw = report_communes({"31318": 3}, indicator=indicator, period=period)
        return register.cells_of_reports(suppress.hide_counts(raw))

    release_of = {
        "folder": tmp_path,
        "grain": "reports",
        "source": "",
    }
    suppress.release(cells(first), **release_of, file="a.pptx")
    refused = pytest.raises(ValueError, match=rf"a\.pptx.*31318 {second}")
    with refused if overlap else nullcontext():
        suppress.release(cells(second), **release_of, file="b.pptx")
    # two measures may be counted by quarter and by year, in one study
    two_releases = pd.concat([cells(first), cells(second, "app_users")])
    suppress.release(two_releases, **release_of, file="c.pptx")
    suppress.release(two_releases, **release_of, file="d.pptx")


def test_what_was_hidden_stays_hidden_and_what_was_shown_covers_nothing(run, log, tmp_path):
    assert run("counts", log, "--table", "m.csv", "--period", "month")[0] == 0
    days = pd.read_csv(log)["received"]
    write_log([*days, *["2022-01-20"] * 40], log)  # January came in late
    assert run("counts", log, "--table", "n.csv", "--period", "month")[0] == 0
    months = pd.read_csv(tmp_path / "n.csv").query("measure == 'received'")["value"]
    assert months.isna().tolist() == [True] + [False] * 11
    with suppress.use(fewer_than=30):
        options = ("--table", "n.csv", "--period", "month", "--force")
        status, text = run("counts", log, *options, "--lang", "en")
    assert status == 1
    assert "would hide" in text
    assert "m.csv showed" in text


def test_a_register_that_is_none_is_not_guessed(run, log, tmp_path):
    (tmp_path / suppress.REGISTER).write_text("a,b\n1,2\n")
    status, text = run("counts", log, "--table", "m.csv", "--lang", "en")
    assert status == 1
    assert "is not a release register" in text
    assert not (tmp_path / "m.csv").exists()


def test_reports_of_ones_own_are_registered_and_two_thresholds_refused(tmp_path):
    raw = report_communes({"31318": 3, "31321": 8})
    files = {study.REPORTS: raw.to_csv(index=False).encode()}
    with study.Study.open(write(tmp_path / "data", files)).use():
        with verify.registered(tmp_path / "results", file="deck.pptx"):
            pass
        table = pd.read_csv(tmp_path / "results" / suppress.REGISTER, dtype="str")
        hidden_rows = frames.reports().loc[lambda rows: suppress.is_hidden(rows)]
        hidden = hidden_rows["code"] + "/" + hidden_rows["pool"]
        assert table["hidden"].tolist() == [" ".join(sorted(hidden))]
        sums = len(attacker.DISTRICT.unique()) + 1
        shown = table["shown"].item()
        assert len(shown.split()) == len(raw) - len(hidden_rows) + sums
        with verify.registered(tmp_path / "results", file="atlas.html"):
            pass  # the same again
        refusals = ((10, r"ẩn \d+ số mà deck"), (3, "31318"))
        for fewer_than, message in refusals:
            refused = pytest.raises(ValueError, match=message)
            second_table = verify.registered(tmp_path / "results", file="deck.pptx")
            with suppress.use(fewer_than=fewer_than), refused, second_table:
                pytest.fail("work was done before it was refused")
        inside = verify.registered(tmp_path / "results", file="inside.pptx")
        with suppress.use(fewer_than=0), inside:
            pass
        stopped = verify.registered(tmp_path / "results", file="stopped.pptx")
        with pytest.raises(ZeroDivisionError), stopped:
            raise ZeroDivisionError  # what was never written is not entered
    with verify.registered(tmp_path / "results", file="shipped.pptx"):
        pass  # nobody's secret
    register_table = pd.read_csv(tmp_path / "results" / suppress.REGISTER, dtype="str")
    assert set(register_table["file"]) == {"deck.pptx", "atlas.html"}


def come_late():
    """Of one measure a commune is missing at first; then it is hidden with what was hidden."""
    second = report_communes({"31318": 3, "31324": 3})
    files = report_communes({}, indicator="files_online")
    count = second["count"].mask(second["code"] == "31324")
    first = second.assign(count=count)
    safe_reports = suppress.hide_counts(second)

    def tell(system):
        system.hide(("count", 2022, "ecommerce_guided", "31324"))
        attacker.hear_sums(system, safe_reports)

    together = pd.concat([safe_reports, files], ignore_index=True)
    return first, files, together.fillna({"pool": ""}), tell


def of_districts():
    """Six communes have four each: their sum is hidden, but by itself it is no small one."""
    inside = attacker.DISTRICT.index[attacker.DISTRICT == "931"]
    first = report_communes(dict.fromkeys(inside, 4))
    districts = first["code"].map(attacker.DISTRICT)
    sums = first.groupby(districts)["count"].sum()

    def tell(system):
        for district, inside in attacker.DISTRICT.groupby(attacker.DISTRICT):
            keys = [("count", 2022, "ecommerce_guided", code) for code in inside.index]
            system.total(keys, sums[district])

    counts = sums.to_numpy()
    second = first.iloc[:8].assign(code=sums.index, count=counts, out_of=9000)
    return first, first.iloc[:0], second, tell


def rename_measure():
    """A column has another name, and the small count in it was corrected: its cover is shown."""
    first = report_communes({"31318": 2}, indicator="app_users")
    second = report_communes({"31318": 60}, indicator="ewallet_users")

    def tell(system):
        pairs = zip(second["code"], second["count"], strict=True)
        for code, count in pairs:
            if code != "31318":
                system.learn(("count", 2022, "app_users", code), count)

    return first, first.iloc[:0], second, tell


def rename_and_correct():
    """As `renamed`, and nine of ten counts elsewhere are corrected, too: the sum is not."""
    first, besides, second, _ = rename_measure()
    elsewhere = second["code"].map(attacker.DISTRICT) != "930"
    second.loc[elsewhere & (second.index % 10 > 0), "count"] += 7

    def tell(system):
        for row in second[~elsewhere].itertuples():
            if row.code != "31318":
                system.learn(("count", 2022, "app_users", row.code), row.count)

    return first, besides, second, tell


STORIES = [
    (come_late, "31324"),
    (of_districts, None),
    (rename_measure, "31318"),
    (rename_and_correct, "31318"),
]


@pytest.mark.parametrize(
    ("story", "code"),
    STORIES,
)
def test_two_releases_tell_what_one_hides_and_the_second_is_refused(story, code, tmp_path):
    first, besides, second, tell = story()
    safe_reports = suppress.hide_counts(first)
    target = {"folder": tmp_path, "grain": "reports"}
    two_releases = pd.concat([safe_reports, besides], ignore_index=True)
    two_releases = two_releases.fillna({"pool": ""})
    cells = register.cells_of_reports(two_releases)
    suppress.release(cells, **target, file="a.pptx", source="")
    with by_district() if story is of_districts else nullcontext():
        second_table = register.cells_of_reports(second)
    with pytest.raises(ValueError, match=r"a\.pptx"):
        suppress.require_release(second_table, **target, file="b.pptx")
    # Without the register, the same search finds a count.
    system = attacker.System()
    truth, rules = attacker.hear_reports(system, first, safe_reports, limit=LIMIT, insider=False)
    attack_table = attacker.attack(system, truth, rules, insider=False)
    assert not attack_table["exact"].any()
    tell(system)
    if story is come_late:
        truth["count", 2022, "ecommerce_guided", "31324"] = 3
    attack_table = attacker.attack(system, truth, rules, insider=False).query("exact")
    codes_found = {key[3] for key in attack_table["key"]}
    assert codes_found >= {code} - {None}
    assert len(attack_table)


def of_a_late_report():
    """31324 is missing in the reports by commune, and has three; its district counts it."""
    all_sent = report_communes({"31318": 3, "31324": 3})
    count = all_sent["count"].mask(all_sent["code"] == "31324")
    by_commune = all_sent.assign(count=count)
    return all_sent, by_commune, summed_by_district(all_sent)


def by_district():
    """Let districts report, as a build does where a report is of them."""
    compared = places.describe_compared()[study.FILE]
    return study.use(written=compared.decode())


def summed_by_district(sent):
    districts = sent["code"].map(attacker.DISTRICT)
    grouped = sent.groupby(districts)[["count", "out_of"]].sum()
    columns = {
        "period": 2022,
        "indicator": "ecommerce_guided",
        "origin": "reported",
    }
    return grouped.rename_axis("code").reset_index().assign(**columns)


def list_cells(by_commune, by_district_):
    """List the cells of reports by commune and by district, small counts hidden."""
    cells = register.cells_of_reports(suppress.hide_counts(by_commune))
    with by_district():
        return cells, register.cells_of_reports(suppress.hide_counts(by_district_))


@pytest.mark.parametrize("has_row", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_a_sum_by_district_does_not_tell_the_report_that_came_late(order, has_row, tmp_path):
    _, by_commune, districts = of_a_late_report()
    safe_reports = suppress.hide_counts(by_commune)
    sent = by_commune if has_row else by_commune.dropna()
    first, second = list_cells(sent, districts)[::order]
    target = {"folder": tmp_path, "grain": "reports"}
    suppress.release(first, **target, file="a.pptx", source="")
    message = r"a\.pptx .*no report.*: 1, for example 31324 ecommerce"
    with hg.words.use("en"), pytest.raises(ValueError, match=message):
        suppress.require_release(second, **target, file="b.pptx")
    # Without the register, the same search finds it.
    system = attacker.System()
    truth, rules = attacker.hear_reports(
        system, by_commune, safe_reports, limit=LIMIT, insider=False
    )
    late = ("count", 2022, "ecommerce_guided", "31324")
    system.hide(late)
    for row in districts.itertuples():
        codes = attacker.DISTRICT.index[row.code == attacker.DISTRICT]
        keys = [("count", 2022, "ecommerce_guided", code) for code in codes]
        system.total(keys, row.count)
    attack_table = attacker.attack(system, truth | {late: 3}, rules, insider=False)
    assert attack_table.loc[attack_table["exact"], "key"].tolist() == [late]


@pytest.mark.parametrize("order", [1, -1])
def test_sums_by_district_are_released_beside_complete_reports_by_commune(order, tmp_path):
    all_sent, *_, districts = of_a_late_report()
    with_more = districts.assign(count=districts["count"] + 20)
    first, second = list_cells(all_sent, with_more)[::order]
    target = {"folder": tmp_path, "grain": "reports"}
    suppress.release(first, **target, file="a.pptx", source="")
    suppress.release(second, **target, file="b.pptx", source="")


@pytest.mark.parametrize("order", [1, -1])
def test_a_district_may_report_of_itself_where_none_of_its_communes_did(order, tmp_path):
    all_sent = report_communes({"31318": 3})
    districts = summed_by_district(all_sent)
    sent = all_sent[all_sent["code"].map(attacker.DISTRICT) != "937"]
    without_937 = districts[districts["code"] != "937"]
    for folder, by_place in enumerate((districts, without_937)):
        first, second = list_cells(sent, by_place)[::order]
        target = {"folder": tmp_path / str(folder), "grain": "reports"}
        suppress.release(first, **target, file="a.pptx", source="")
        suppress.release(second, **target, file="b.pptx", source="")


def test_a_large_report_may_come_late(tmp_path):
    all_sent = report_communes({"31318": 3})
    target = {"folder": tmp_path, "grain": "reports"}
    first = all_sent[all_sent["code"] != "31399"]
    for file, sent in (("a", first), ("b", all_sent)):
        cells = register.cells_of_reports(suppress.hide_counts(sent))
        suppress.release(cells, **target, file=file, source="")


def test_a_new_name_is_taken_for_one_that_is_gone_unless_both_hide_the_same(tmp_path):
    target = {"folder": tmp_path, "grain": "reports"}

    def cells(*measures, count=100):
        """Each measure has another small count, and other counts."""
        sent = []
        for number, (name, code) in enumerate(measures):
            sent.append(report_communes({code: 3}, indicator=name, count=count + number))
        safe_reports = suppress.hide_counts(pd.concat(sent, ignore_index=True))
        return register.cells_of_reports(safe_reports)

    first = cells(("app_users", "31318"), ("ewallet_users", "31399"))
    suppress.release(first, **target, file="a", source="")
    # two new names, other counts, the same hidden cells
    names = ("ecommerce_guided", "31399"), ("online_service_users", "31318")
    renamed_twice = cells(*names, count=150)
    suppress.require_release(renamed_twice, **target, file="b")
    # one more measure, while all others are there, is another one
    two_measures = (("app_users", "31318"), ("ewallet_users", "31399"))
    three_measures = cells(*two_measures, ("files_online", "31450"))
    suppress.require_release(three_measures, **target, file="b")
    # a year that was not released
    later = cells(("files_online", "31450")).assign(period="2023")
    suppress.require_release(later, **target, file="b")
    renamed_cells = cells(("app_users", "31318"), ("files_online", "31450"))
    refused = pytest.raises(ValueError, match="treated as ewallet_users of a under")
    with hg.words.use("en"), refused:
        suppress.require_release(renamed_cells, **target, file="b")


ENTER = """import pathlib, sys, time
import pandas as pd
from hganalysis import suppress
folder, own = pathlib.Path(sys.argv[1]), sys.argv[2]
cells = pd.DataFrame({"place": ["A"], "period": "2022", "measure": "m", "hidden": False,
                      "value": 9.0, "pool": ""})
(folder / f"ready-{own}").touch()
while len(list(folder.glob("ready-*"))) < 2:
    time.sleep(0.001)
for number in range(3):
    suppress.release(cells, folder=folder, file=f"{own}-{number}", source="", grain="reports")
"""


def test_processes_that_release_at_once_are_all_entered(tmp_path):
    command = [sys.executable, "-c", ENTER, str(tmp_path)]
    processes = [subprocess.Popen([*command, str(number)]) for number in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    entered = pd.read_csv(tmp_path / suppress.REGISTER, dtype="str")["file"]
    names = [f"{process}-{number}" for process in range(2) for number in range(3)]
    assert sorted(entered) == sorted(names)


def test_people_and_their_files_are_pooled_alike(tmp_path):
    # Of 1,000 studies this one told a reader, from sums over other communes in one measure than in
    # the other, that people and files were as many in two of them, and from that how many.
    rng = np.random.default_rng([benchmark.SEED, 2, 115])
    [(_, attacked, _)] = benchmark.of_log_reports(rng, tmp_path, naive=False)
    by_attacker = dict(attacked)
    assert by_attacker["reader"][0] > 50
    assert by_attacker["reader"][1:3] == [0, 0]


# What each command releases

RELEASING = {
    "slides": (["slides", "out/file.pptx"], ["file.pptx"]),
    "atlas": (["atlas", "out/file.html"], ["file.html"]),
    "briefs": (
        ["briefs", "out/file.pdf", "--poster", "out/poster.pdf"],
        ["file.pdf", "poster.pdf"],
    ),
    "build": (["build", "--out", "out", *shell.ALONE], ["out"]),
    "counts": (["counts", "log.csv", "--out", "out/file.csv"], ["file.csv"]),
    "counts by month": (
        ["counts", "log.csv", "--table", "out/file.csv", "--period", "month"],
        ["file.csv"],
    ),
}
"""How each command that shows counts of reports or of a log is called, and what it releases."""
# A plan has no count of a place; `verify` compares; the others make or check what comes in.
SHOWING_NOTHING = {"plan", "verify", "draw-lot", "portal", "template", "check"}


def test_it_is_known_of_each_command_whether_it_releases():
    commands = set(typer.main.get_command(cli.app).commands)
    assert commands == {name.split()[0] for name in RELEASING} | SHOWING_NOTHING


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("name", RELEASING)
def test_each_command_leaves_its_line_in_the_register(name, run, tmp_path, monkeypatch):
    arguments, released = RELEASING[name]
    writers = ((deck, "write"), (atlas, "write"), (sheets, "write_briefs"))
    for module, writer in (*writers, (sheets, "write_poster")):
        # pictures take long, and say nothing about the register
        monkeypatch.setattr(module, writer, lambda file, **_: [file.write_bytes(b"written")])
    shell.write(tmp_path, "00_first.ipynb", [("markdown", "# First")])
    if name.startswith("counts"):
        (tmp_path / "out").mkdir()
    else:
        raw = report_communes({"31318": 3, "31321": 8})
        files = {study.REPORTS: raw.to_csv(index=False).encode()}
        files[frames.TEAMS] = b"code,period,teams,members,origin\n"
        write(tmp_path / "mine", files)
        arguments = [*arguments, "--study", "mine"]
    status, text = run(*arguments)
    assert status == 0, text
    entered = pd.read_csv(tmp_path / "out" / suppress.REGISTER, dtype="str")
    assert set(entered["file"]) == set(released)
