"""Count logs: by hand, by a second route, with all that can go wrong, and on to the maps."""

import re
from datetime import date

import attacker
import case_log
import duckdb
import invented
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shell
from benchmarks import scale
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import demo

import hganalysis as hg
from hganalysis import caselog, frames, places, publish, study, suppress, words, workbook
from hganalysis.caselog import release

END = date(2025, 12, 31)


COLUMNS = ["file", "received", "commune", "channel", "platform", "person"]


# Vị Thanh's ward I (31318) and ward III (31321); 31321 is a commune of 2025 as well.
BY_HAND = pd.DataFrame(
    [
        ("F1", "2022-03-01 08:00:00", "31318", "online", "A", "p1"),
        ("F2", "2022-03-02", "31318", "online", "B", "p1"),  # the same person elsewhere
        ("F3", "2022-03-02", "31318", "counter", None, "p2"),
        ("F3", "2022-03-02", "31318", "counter", None, "p2"),  # repeated
        ("F4", "2022-03-03", "31321", "online", "A", "p3"),
        ("F4", "2022-03-03", "31318", "online", "A", "p3"),  # contradicts
        ("F5", "2023-01-01", "31321", "online", None, None),  # nobody, nowhere: still a file
        ("F6", "2025-07-01", "31321", "counter", None, "p1"),  # the commune of 2025
        ("F7", "2025-07-01", "31318", "counter", None, "p1"),  # which was dissolved the day before
        ("F8", "2022-03-01", "99999", "online", "A", "p4"),
        ("F9", "1999-12-31", "31318", "online", "A", "p4"),
        ("F10", "2099-01-01", "31318", "online", "A", "p4"),
        ("F11", "32/13/2022", "31318", "online", "A", "p4"),
        ("F12", "2022-03-01", "31318", "by post", "A", "p4"),
        (None, "2022-03-01", "31318", "online", "A", "p4"),
        (None, "2022-03-01", "31318", "online", "A", "p5"),
        ("F13", "2022-03-01", "31318", "online", "A", "p6"),
        ("F13", "2022-03-01", "31318", "online", None, "p6"),  # says less: contradicts too
    ],
    columns=COLUMNS,
)


FILES, PEOPLE = "files_online", "online_service_users"
PERSON = "Nguyen-079123456789"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return caselog.connect(spill=tmp_path_factory.mktemp("spill"))


@pytest.fixture
def by_hand(tmp_path):
    return write(BY_HAND, tmp_path / "log.csv")


@pytest.fixture
def command(tmp_path):
    """Run a command in a folder of its own: its status, and what it says."""

    def run(*arguments):
        done = shell.run(tmp_path, *arguments)
        return done.returncode, done.stdout + done.stderr

    return run


def write(log, file):
    log.to_csv(file, index=False) if file.suffix == ".csv" else log.to_parquet(file, index=False)
    return file


def count(engine, *files, **choices):
    return caselog.counts(caselog.open_log(engine, files), until=END, **choices)


# --- what is counted ---


def test_by_hand(engine, by_hand):
    found = count(engine, by_hand)
    table = found.files.assign(structure=found.files["structure"].dt.strftime("%Y-%m"))
    columns = ["code", "structure", "period", "received", "online", "people"]
    assert table[columns].to_numpy().tolist() == [
        ["31318", "2020-02", 2022, 3, 2, 1],
        ["31321", "2020-02", 2023, 1, 1, 0],
        ["31321", "2025-07", 2025, 1, 0, 0],
    ]
    # nobody is a count, too: no row is missing
    assert found.platforms[["code", "platform", "people"]].to_numpy().tolist() == [
        ["31318", "A", 1],
        ["31318", "B", 1],
        *(["31321", platform, 0] for platform in "ABAB"),
    ]
    assert found.origin == "reported"
    assert found.faults.set_index("fault")["rows"].to_dict() == {
        "no number": 2,
        "contradicting": 4,
        "no date": 1,
        "impossible date": 2,
        "unknown commune": 1,
        "another date": 1,
        "unknown channel": 1,
        "repeated": 1,
    }
    assert found.rows == len(BY_HAND)
    # a code or a date, and never a person
    assert found.faults.set_index("fault")["example"].dropna().to_dict() == {
        "unknown commune": "99999",
        "another date": "31318",
        "impossible date": "1999-12-31",
    }


logs = st.lists(
    st.tuples(
        st.sampled_from(["F1", "F2", "F3", "F4", "F5", "F6", None]),
        st.sampled_from(["2022-06-30", "2023-01-01", "2025-06-30", "2025-07-01", "x", None]),
        st.sampled_from(["31318", "31321", "31473", "00000", None]),
        st.sampled_from(["online", "counter", "", None]),
        st.sampled_from(["A", "B", None]),
        st.sampled_from(["p1", "p2", "p3", None]),
    ),
    min_size=1,
    max_size=25,
).map(lambda rows: pd.DataFrame(rows, columns=COLUMNS, dtype="str"))


def second_route(log):
    """Count with plain Python, row by row."""
    old, new = set(places.units().index), set(places.crosswalk()["code_2025"])
    files, counted, faults = {}, {}, 0
    for row in log.astype(object).where(log.notna(), None).itertuples(index=False):
        files.setdefault(row.file, []).append(row)
    for number, rows in files.items():
        _, day, commune, channel, platform, person = rows[0]
        valid = old if (day or "") < "2025-07-01" else new
        if (
            number is None
            or len({tuple(row) for row in rows}) > 1
            or day in {None, "x"}
            or commune not in valid
            or channel not in {"online", "counter"}
        ):
            faults += len(rows)
            continue
        place = counted.setdefault((commune, day[:4], valid is new), [0, 0, set(), {}])
        place[0] += 1
        if channel == "online":
            place[1] += 1
            place[2].add(person)
            if platform is not None:
                place[3].setdefault(platform, set()).add(person)
        faults += len(rows) - 1
    return counted, faults


@given(log=logs)
@settings(max_examples=10)
def test_second_route(log, engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    found = count(engine, write(log, folder / "log.parquet"))
    counted, faults = second_route(log)
    names = {name for *_, each in counted.values() for name in each}
    files, platforms = (
        table.assign(period=table["period"].astype(str), new=table["structure"].dt.year > 2024)
        for table in (found.files, found.platforms)
    )
    columns = ["code", "period", "new", "received", "online", "people"]
    assert {tuple(row) for row in files[columns].to_numpy()} == {
        (*key, one, online, len(people - {None}))
        for key, (one, online, people, _) in counted.items()
    }
    columns = ["code", "period", "new", "platform", "people"]
    assert {tuple(row) for row in platforms[columns].to_numpy()} == {
        (*key, name, len(each.get(name, set()) - {None}))
        for key, (*_, each) in counted.items()
        for name in names
    }
    assert found.faults["rows"].sum() == faults
    assert found.files["received"].sum() + faults == found.rows == len(log)


def test_order_and_parts_do_not_matter(engine, tmp_path):
    whole = count(engine, write(BY_HAND, tmp_path / "log.parquet"))
    for period, part in BY_HAND[::-1].groupby(BY_HAND.index % 3):
        folder = tmp_path / "parts" / f"part={period}"
        folder.mkdir(parents=True)
        write(part, folder / "rows.parquet")
    parts = count(engine, tmp_path / "parts")
    for table in ("files", "platforms", "faults"):
        pd.testing.assert_frame_equal(getattr(whole, table), getattr(parts, table))


# --- days and codes, however they are written ---


def kept_days(engine, tmp_path, received, **others):
    """Count a log of these days: by year, and what was not counted."""
    log = pd.DataFrame({"received": received, "commune": "31318", "channel": "counter"})
    log = log.assign(file=range(len(log)), **others)
    found = count(engine, write(log, tmp_path / "log.parquet"))
    periods = found.files.groupby("period")["received"].sum()
    return periods.to_dict(), found.faults.set_index("fault")["rows"].to_dict()


@pytest.mark.parametrize(
    ("received", "periods"),
    [
        (pd.to_datetime(["2022-12-31 23:59:59", "2023-01-01 00:00:00"]), {2022: 1, 2023: 1}),
        # seven hours behind Viet Nam: 23:59 and 0:00 there
        (pd.to_datetime(["2022-12-31 16:59", "2022-12-31 17:00"], utc=True), {2022: 1, 2023: 1}),
        (["2022-12-31T16:59:59Z", "2022-12-31T17:00:00.5Z"], {2022: 1, 2023: 1}),
        (["2022-12-31 23:59:59+07:00", "2023-01-01 00:00:00+07"], {2022: 1, 2023: 1}),
        (["2022-12-31 23:59", "2023-01-01"], {2022: 1, 2023: 1}),
        ([date(2022, 12, 31), date(2023, 1, 1)], {2022: 1, 2023: 1}),
    ],
)
def test_a_file_is_of_its_day_in_viet_nam(engine, tmp_path, received, periods):
    assert kept_days(engine, tmp_path, received) == (periods, {})


def test_every_day_of_the_calendar_is_read_and_no_other(engine, tmp_path):
    days = [f"{y}-{m:02}-{d:02}" for y in (2020, 2021) for m in range(1, 14) for d in range(32)]
    real = pd.Series(pd.to_datetime(days, errors="coerce", format="%Y-%m-%d")).notna().sum()
    periods, faults = kept_days(engine, tmp_path, days, commune="31321")
    assert real == 366 + 365
    assert sum(periods.values()) == real - 31  # January of 2020 is before the list
    assert faults == {"no date": len(days) - real, "impossible date": 31}


def test_days_are_counted_from_the_first_of_the_list_to_the_last_named(engine, tmp_path):
    days = ["2020-01-31 23:59", "2020-02-01", "2025-06-30 23:59", f"{END} 23:59", "2026-01-01"]
    # 31321 is a commune of both lists
    found = kept_days(engine, tmp_path, days, commune="31321")
    assert found == ({2020: 1, 2025: 2}, {"impossible date": 2})


@pytest.mark.parametrize("codes", [[31318, 31321], [31318.0, 31321.0], ["31318", "31321"]])
def test_a_code_may_be_a_number(engine, tmp_path, codes):
    assert kept_days(engine, tmp_path, ["2022-01-01"] * 2, commune=codes) == ({2022: 2}, {})


def test_a_folder_with_the_commune_in_its_name(engine, tmp_path):
    for code in ("31318", "31321"):
        folder = tmp_path / "log" / "period=2022" / f"commune={code}"
        folder.mkdir(parents=True)
        log = pd.DataFrame({"file": [code], "received": ["2022-05-01"], "channel": ["online"]})
        write(log, folder / "part-0.parquet")
    assert count(engine, tmp_path / "log").files["code"].tolist() == ["31318", "31321"]


@pytest.mark.parametrize("marks", [["simulated", None], ["simulated", "reported"]])
def test_one_row_that_says_so_makes_the_log_simulated(engine, tmp_path, marks):
    log = BY_HAND[:2].assign(origin=marks)
    assert count(engine, write(log, tmp_path / "log.parquet")).origin == "simulated"
    real = log.assign(origin="one-stop shop")
    assert count(engine, write(real, tmp_path / "log.parquet")).origin == "reported"


# --- what goes wrong ---


REFUSED = {
    r"\.csv, \.parquet: expected one kind": ("log.csv", "log.parquet"),
    r"not that of .*log\.csv:\n  .*other\.csv$": ("log.csv", "other.csv"),
    r"(?s)'when' is none of file.*code of the place that reports.*channel: online or counter": (
        "less.csv",
    ),
    r"empty\.csv: its first line is empty": ("empty.csv",),
    r"(?s)no\.csv: no such file.*empty: a folder without a file of a log": ("no.csv", "empty"),
    r"'received' holds .*, no days": ("number.parquet",),
}


@pytest.mark.parametrize("said", REFUSED)
@pytest.mark.usefixtures("by_hand")
def test_what_is_no_log_is_refused_before_it_is_counted(engine, tmp_path, said):
    write(BY_HAND, tmp_path / "log.parquet")
    write(BY_HAND[COLUMNS[::-1]], tmp_path / "other.csv")
    write(BY_HAND.drop(columns=["commune", "channel"]), tmp_path / "less.csv")
    write(BY_HAND.assign(received=20220101), tmp_path / "number.parquet")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "empty").mkdir()
    names = {"when": "received"} if "when" in said else {}
    with pytest.raises(caselog.LogError, match=said):
        caselog.open_log(engine, [tmp_path / name for name in REFUSED[said]], names=names)


def test_a_path_is_a_path_and_no_pattern(engine, tmp_path):
    for kind in ("csv", "parquet"):
        write(BY_HAND, tmp_path / f"log1.{kind}")
        file = write(BY_HAND.head(1), tmp_path / f"log[1].{kind}")
        assert count(engine, file).rows == 1
        assert count(engine, write(BY_HAND.head(1), tmp_path / f"log*.{kind}")).rows == 1


def test_an_engine_that_does_not_answer_keeps_its_password(tmp_path):
    with pytest.raises(caselog.LogError) as caught:
        caselog.connect("nonsense://user:geheim@localhost/x", spill=tmp_path)
    assert "geheim" not in str(caught.value)


def test_rows_that_appear_meanwhile_are_seen(engine, by_hand, monkeypatch):
    log = caselog.open_log(engine, [by_hand])
    real = engine.to_pyarrow

    def grown(expression, **choices):
        found = real(expression, **choices)
        return found if isinstance(found, pa.Table) else pa.scalar(found.as_py() + 1)

    monkeypatch.setattr(type(engine), "to_pyarrow", lambda _, *a, **k: grown(*a, **k))
    with pytest.raises(caselog.LogError, match="1 of 19 rows"):
        caselog.counts(log, until=END)


HEAD = "file,received,commune,channel,platform,person"


GOOD = "F1,2022-01-01,31318,online,A,p1"


BROKEN = {
    "a cell too many": (f"F2,2022-01-01,31318,online,A,{PERSON},more", "Line: 3; Expected Number"),
    "a cell too few": (f"F2,2022-01-01,{PERSON}", "Expected Number of Columns: 6 Found: 3"),
    "a quote that is open": (f'F2,2022-01-01,31318,online,"A,{PERSON}', "unterminated quote"),
    "text after a quote": (f'F2,2022-01-01,31318,online,"A"b,{PERSON}', "Line: 3"),
    "no UTF-8": (f"F2,2022-01-01,31318,online,\xc0,{PERSON}", "Invalid unicode"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_line_of_a_csv_that_is_broken(engine, tmp_path, what):
    line, message = BROKEN[what]
    file = tmp_path / "log.csv"
    file.write_bytes("\n".join([HEAD, GOOD, line, ""]).encode("latin-1"))
    with pytest.raises(caselog.LogError) as caught:
        caselog.counts(caselog.open_log(engine, [file]))
    assert message in str(caught.value)
    assert "log.csv" in str(caught.value)
    assert PERSON not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_row_of_a_sound_csv_is_lost(engine, tmp_path):
    file = tmp_path / "log.csv"
    quoted = 'F2,2022-01-01,31318,online,"A, ""B""\nC",p2'
    for text in (
        f"{HEAD}\n{GOOD}\n{quoted}\n",
        f"{HEAD}\r\n{GOOD}\r\n{quoted}",
        f"\ufeff{HEAD}\n{GOOD}\n{quoted}\n\n",
    ):
        file.write_text(text, encoding="utf-8", newline="")
        assert caselog.counts(caselog.open_log(engine, [file])).files["received"].tolist() == [2]
    tabs = f"{HEAD}\n{GOOD}\n".replace(",", "\t")
    file.write_text(tabs, encoding="utf-8")
    assert caselog.counts(caselog.open_log(engine, [file])).rows == 1


@pytest.mark.parametrize("cut", [1, 0.5])
def test_one_file_of_many_that_is_cut_off(engine, tmp_path, cut):
    good = case_log.caselog(5000, tmp_path / "log" / "a.parquet")
    bad = tmp_path / "log" / "b.parquet"
    whole = good.read_bytes()
    bad.write_bytes(whole[: int(len(whole) * cut) if cut < 1 else -cut])
    with pytest.raises(caselog.LogError, match=r"b\.parquet"):
        caselog.counts(caselog.open_log(engine, [tmp_path / "log"]))


def test_people_in_the_wrong_column_are_no_example(engine, tmp_path):
    log = pd.DataFrame({"file": ["F1"], "received": "2022-01-01", "channel": "online"})
    for people in (PERSON, "Lan", "079123456789"):
        file = tmp_path / "log.parquet"
        log.assign(commune=people).to_parquet(file)
        found = caselog.counts(caselog.open_log(engine, [file])).faults
        assert found["fault"].tolist() == ["unknown commune"]
        assert found["example"].isna().all()
    # nor are they platforms
    people, names = write_log(tmp_path / "people.parquet", 3), ("platform", "person")
    with pytest.raises(caselog.LogError, match="platform, person are one column, 'so_cccd'"):
        caselog.open_log(engine, [people], names=dict.fromkeys(names, "so_cccd"))


def test_names_of_columns_may_be_anything(engine, tmp_path):
    names = {"file": 'so"; DROP TABLE x; --', "received": "Ngày nhận (%s)", "commune": "mã xã"}
    names |= {"channel": "'kênh' {0}", "platform": "select", "person": "PERSON "}
    log = pd.DataFrame([GOOD.split(",")], columns=list(names.values()))
    for file in (tmp_path / "log.parquet", tmp_path / "it's a log.csv"):
        found = caselog.counts(caselog.open_log(engine, [write(log, file)], names=names))
        assert found.files[["received", "people"]].to_numpy().tolist() == [[1, 1]]


# --- ten million rows ---


def write_log(file, rows):
    """Write a log of as many files and people, which only much memory holds at once."""
    duckdb.sql(
        f"COPY (SELECT i AS file, DATE '2022-01-01' AS received, '31318' AS commune, 'online' AS "
        f"channel, hash(i) AS person FROM range({rows}) t(i)) TO '{file}'"
    )
    return file


@pytest.mark.nightly
def test_memory_is_bounded_and_nothing_is_lost(tmp_path):
    """DuckDB refuses what it neither may hold nor can spill."""
    log = write_log(tmp_path / "log.parquet", 10_000_000)
    (tmp_path / "spill").mkdir()
    engine = caselog.connect(memory="150MB", spill=tmp_path / "spill")
    assert count(engine, log).files["people"].tolist() == [10_000_000]


# --- what is hidden ---


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    [
        ({"received": 100, "online": 50, "people": 40}, set()),
        ({"received": 100, "online": 5, "people": 5}, set()),
        ({"received": 100, "online": 4, "people": 3}, {"online", "people"}),
        # that nobody did, or everybody, is said of each of them
        ({"received": 100, "online": 0, "people": 0}, {"online", "people"}),
        ({"received": 100, "online": 100, "people": 90}, {"online"}),
        ({"received": 100, "online": 95, "people": 90}, set()),
        ({"received": 100, "online": 96, "people": 90}, {"online"}),
        ({"received": 4, "online": 0, "people": 0}, {"received", "online", "people"}),
        # of 8 files 5 or more are online: nobody at the counter, or 1 to 3
        ({"received": 8, "online": 6, "people": 3}, {"received", "online", "people"}),
        ({"received": 100, "online": 50, "people": 40, "platforms": {"A": 38, "B": 2}}, {"people"}),
    ],
)
def test_small_counts_are_hidden(numbers, hidden):
    made = attacker.one_place(**numbers)
    found = caselog.hide_small(made).files.iloc[0]
    assert {name for name in ("received", "online", "people") if pd.isna(found[name])} == hidden
    with suppress.use(fewer_than=0):
        assert caselog.hide_small(made).files.notna().to_numpy().all()
    with suppress.use(fewer_than=200):
        assert (
            caselog.hide_small(made).files[["received", "online", "people"]].isna().all(axis=None)
        )


def test_counts_that_bound_each_other_are_hidden_together():
    rng = np.random.default_rng(6)
    communes = places.units()
    for _ in range(6):
        files = rng.integers(100, 900, len(communes))
        online = np.minimum(rng.integers(0, 80, len(communes)), files)
        people = rng.binomial(online, 0.8)
        measures = {FILES: (online, files), PEOPLE: (people, communes["population"])}
        measures["app_users"] = (rng.binomial(people, 0.5), communes["population"])
        reports = pd.concat(
            pd.DataFrame({"code": communes.index, "indicator": name, "count": one, "out_of": of})
            for name, (one, of) in measures.items()
        ).assign(period=2022, origin="reported")
        reports = reports.reset_index(drop=True)
        released = caselog.small_reports(reports)
        hidden = suppress.is_hidden(released)
        small = (reports["count"] < 5) | (reports["out_of"] - reports["count"] < 5)
        assert small.any()
        assert hidden[small].all()
        by_place = hidden.groupby(released["code"])
        assert (by_place.any() == by_place.all()).all()
        assert not hidden.all()
        # what is hidden together keeps its sum, and shows no number of its own
        keys = [reports["indicator"], released["pool"]]
        counts = pd.DataFrame({"now": released["count"], "then": reports["count"]})
        pools = counts[hidden & released["count"].notna()].groupby([key[hidden] for key in keys])
        assert pools["now"].sum().to_numpy() == pytest.approx(pools["then"].sum().to_numpy())
        assert (pools.size() > 1).all()
    # another year of the same communes, in which nothing is small, hides nothing
    later = reports.assign(period=2023, count=reports["out_of"] // 2)
    both = caselog.small_reports(pd.concat([reports, later], ignore_index=True))
    assert set(both.loc[suppress.is_hidden(both), "period"]) == {2022}


@pytest.mark.parametrize("number", [0, 99, 100, 150, 199, 1_999])
def test_a_number_that_is_said_roughly_is_never_more_than_there_is(number):
    with words.use("en"):
        said = release.round_down(number)
    told = int(re.sub(r"\D", "", said))
    assert said.startswith("fewer than" if number < 100 else "at least")
    assert number < told if number < 100 else told <= number < told + 100


# --- reports and tables ---


def test_reports_are_of_one_list_of_periods_and_of_measures_that_are_named(engine, by_hand):
    measures = {"files": FILES, "people": PEOPLE}
    with pytest.raises(ValueError, match="2020-02-01, 2025-07-01"):
        caselog.to_reports(count(engine, by_hand), **measures)
    found = count(engine, write(BY_HAND[:1], by_hand))
    with pytest.raises(ValueError, match="named twice: files_online, files_online"):
        caselog.to_reports(found, **dict.fromkeys(measures, FILES))
    with pytest.raises(LookupError, match="platforms of the log have no measure: A"):
        caselog.to_reports(found, **measures, platforms={"B": "app_users"})
    made = caselog.to_reports(found, files=None, people=PEOPLE, platforms={"A": "app_users"})
    assert made[["indicator", "count"]].to_numpy().tolist() == [["app_users", 1], [PEOPLE, 1]]


def test_a_table_of_all_counts(engine, by_hand):
    long = caselog.to_table(count(engine, by_hand, period="month"))
    assert list(long.columns)[:6] == ["code", "structure", "period", "measure", "platform", "value"]
    people = long[(long["measure"] == "people") & (long["code"] == "31318")]
    assert people["platform"].fillna("all").tolist() == ["A", "B", "all"]
    assert people["value"].tolist() == [1, 1, 1]
    assert set(long["origin"]) == {"reported"}


# --- from the log to the maps ---


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Write the log of the simulated province: as many rows as it received files."""
    files = demo.simulate().reports.query("indicator == @FILES")
    return case_log.caselog(
        int(files["out_of"].sum()), tmp_path_factory.mktemp("log") / "log.parquet"
    )


@pytest.fixture
def with_small(tmp_path):
    """All communes of district 930: two of them have few files online."""
    codes = places.units().query("compared_code == '930'").index
    many = dict(zip((f"c{code}" for code in codes), [3, 0, *range(40, 90)], strict=False))
    return case_log.small_log(tmp_path / "log.parquet", **many)


def exactly(log, tmp_path):
    engine = caselog.connect(spill=tmp_path)
    found = caselog.counts(caselog.open_log(engine, [log]))
    engine.disconnect()
    return caselog.to_reports(found, files=FILES, people=PEOPLE)


def test_from_the_log_to_the_tables_of_the_simulated_province(command, log, tmp_path):
    out = tmp_path / "reports.parquet"
    status, said = command("counts", log, "--out", out)
    assert status == 0, said
    assert "SỐ LIỆU MÔ PHỎNG" in said
    truth = demo.simulate().reports.query("indicator == @FILES").set_index(["code", "period"])
    data = publish.lay_out(tmp_path / "data", reports=[out]).folder
    with study.Study.open(data).use():
        reports = frames.reports()
        assert set(reports["origin"]) == {"simulated"}
        assert set(reports["indicator"]) == {FILES, PEOPLE}
        ours = reports.query("indicator == @FILES").set_index(["code", "period"]).sort_index()
        columns = ["count", "out_of"]
        pd.testing.assert_frame_equal(ours[columns], truth[columns].sort_index(), check_dtype=False)
        # nobody reported the headline: the files of the log take its place
        assert hg.reported()[FILES] == [2022, 2023]
        districts = hg.uptake(FILES, 2023).table
    # a second route, in plain pandas
    rows = pd.read_parquet(log, columns=["received", "commune", "channel"])
    rows = rows[rows["received"].dt.year == 2023]
    district = rows["commune"].astype("str").map(places.units()["compared_code"])
    share = (rows["channel"] == "online").groupby(district).mean()
    assert districts.set_index("code")["share"].to_dict() == pytest.approx(share.to_dict())


def test_a_log_is_counted_into_reports_of_quarters(command, log, tmp_path):
    quarters = [f"{year}-Q{number}" for year in (2022, 2023) for number in range(1, 5)]
    when = "".join(f'when.{quarter} = "{quarter}"\n' for quarter in quarters)
    measure = f'[indicators.{FILES}]\nlabel = "Files"\ndenominator = "files"\n'
    mine, out = tmp_path / "mine.toml", tmp_path / "reports.csv"
    arguments = ("counts", log, "--out", out, "--period", "quarter", "--indicators", mine)
    arguments = (*arguments, "--files", FILES)
    mine.write_text(measure + 'over_time = "since_january"\n' + when)
    status, said = command(*arguments)
    assert status == 1
    assert "no running total" in said
    mine.write_text(measure + when)
    assert command(*arguments, "--no-suppress")[0] == 0
    rows = pd.read_parquet(log, columns=["received", "commune", "channel"])
    quarter = rows["received"].dt.to_period("Q").astype("str").str.replace("Q", "-Q")
    online = (rows["channel"] == "online").groupby([rows["commune"].astype("int64"), quarter])
    found = pd.read_csv(out).set_index(["code", "period"])
    assert found["count"].to_dict() == online.sum().to_dict()
    assert found["out_of"].to_dict() == online.size().to_dict()


def test_small_counts_of_a_log_are_hidden_from_the_file_to_the_map(command, with_small, tmp_path):
    out = tmp_path / "reports.csv"
    status, said = command("counts", with_small, "--out", out)
    assert status == 0
    assert "số liệu được ẩn" in said
    exact = exactly(with_small, tmp_path)
    # nobody wrote it by hand: it is checked, and no workbook goes back
    assert command("check", out)[0] == 0
    assert not list(tmp_path.glob("*.checked.*"))
    with study.Study.open(publish.lay_out(tmp_path / "data", reports=[out]).folder).use():
        reports = frames.reports()
        found = hg.uptake(FILES, 2022)
    codes = places.units().query("compared_code == '930'").index
    shares = found.parts.set_index("code")
    assert shares.loc[list(codes[:2]), "hidden"].all()
    assert not shares["hidden"].all()
    assert shares.loc[shares["hidden"], "count"].isna().all()
    # no count of one commune, and the sums of all
    assert not set(reports.loc[suppress.is_hidden(reports), "count"]) & {0, 3}
    one = found.table.set_index("code").loc["930"]
    assert one["count"] == pytest.approx(exact.query("indicator == @FILES")["count"].sum())


def test_the_threshold_is_that_of_everything_else(command, with_small, tmp_path, monkeypatch):
    out = tmp_path / "reports.csv"
    assert command("counts", with_small, "--out", out, "--no-suppress")[0] == 0
    assert sorted(pd.read_csv(out).query("indicator == @FILES")["count"])[:2] == [0, 3]
    monkeypatch.setenv(study.SUPPRESS, "45")
    assert command("counts", with_small, "--table", out, "--force")[0] == 0
    assert pd.read_csv(out).query("measure == 'online'")["value"].dropna().min() == 45
    # shown less strictly than it was hidden: what is gone is gone
    monkeypatch.delenv(study.SUPPRESS)
    (tmp_path / suppress.REGISTER).unlink()
    assert command("counts", with_small, "--out", out, "--force")[0] == 0
    with (
        study.Study.open(publish.lay_out(tmp_path / "data", reports=[out]).folder).use(),
        suppress.use(fewer_than=60),
        pytest.raises(ValueError, match="threshold below 60"),
    ):
        frames.reports()


def test_measures_are_taken_by_their_roles(command, with_small, tmp_path):
    text = study.current().text("indicators.toml")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace(f"[indicators.{FILES}]", "[indicators.ho_so]"), encoding="utf-8")
    status, said = command("counts", with_small, "--out", "x.csv", "--indicators", mine)
    assert status == 0, said
    assert set(pd.read_csv(tmp_path / "x.csv")["indicator"]) == {"ho_so", PEOPLE}
    arguments = ("--people", "app_users", "--files", "nonsense")
    status, said = command("counts", with_small, "--out", "y.csv", *arguments)
    assert status == 1
    assert "'nonsense' is not in the catalogue" in said


def test_another_province_brings_its_places_and_says_what_it_counts(command, tmp_path):
    files = invented.write(tmp_path / "in")
    given = ("--places", files["places"], "--indicators", files["indicators"])
    codes = invented.communes()["code"]
    log = case_log.small_log(tmp_path / "log.parquet", 2024, **{f"c{code}": 50 for code in codes})
    role = re.compile("^role = .(files|platform).$", re.MULTILINE)
    text = role.sub("", files["indicators"].read_text(encoding="utf-8"))
    files["indicators"].write_text(text, encoding="utf-8")
    status, said = command("counts", log, "--out", "x.csv", *given)
    assert status == 1
    assert "No measure of the catalogue has the role files or people" in said
    assert "--people MEASURE" in said
    status, said = command("counts", log, "--out", "x.csv", *given, "--people", "vneid_users")
    assert status == 0, said
    found = pd.read_csv(tmp_path / "x.csv", dtype={"code": "str"})
    assert sorted(found["code"]) == sorted(codes)
    assert set(found["count"]) == {50}
    assert set(found["out_of"]) <= set(invented.communes()["population"])
    status, said = command("counts", log, "--out", "y.csv")  # not of the shipped province
    assert (status, "Không có số nào" in said) == (1, True)


def test_more_people_than_residents_are_left_out_and_said(command, tmp_path):
    few = case_log.small_log(tmp_path / "log.parquet", c31318=60, c31321=60)
    log = pd.concat([pd.read_parquet(few).assign(part=part) for part in range(200)])
    log = log.assign(file=log["file"] + "-" + log["part"].astype("str"))
    log.assign(person=log["file"]).to_parquet(few)
    status, said = command("counts", few, "--out", "x.csv", "--lang", "en")
    assert status == 0
    assert f"Left out: {PEOPLE} in 2022, because in 2 communes the count is larger" in said
    assert set(pd.read_csv(tmp_path / "x.csv")["indicator"]) == {FILES}


def test_counts_of_a_log_stand_beside_a_report_that_has_teams(command, log, tmp_path):
    assert command("counts", log, "--out", tmp_path / "reports.parquet")[0] == 0
    communes = places.units()
    report = pd.DataFrame({"code": communes.index, "period": 2022, "teams": 7, "members": 50})
    report["app_users.count"] = (communes["population"] // 4).to_numpy()
    report.to_csv(tmp_path / "teams.csv", index=False)
    both = workbook.read(tmp_path / "teams.csv", tmp_path / "reports.parquet")
    assert both.complete
    assert len(both.teams) == len(communes)
    assert set(both.reports["indicator"]) == {"app_users", FILES, PEOPLE}


def test_reports_that_were_hidden_are_hidden_in_the_next_release_too(command, with_small, tmp_path):
    assert command("counts", with_small, "--out", tmp_path / "first.parquet")[0] == 0
    codes = places.units().query("compared_code == '930'").index
    more = case_log.small_log(tmp_path / "log.parquet", **{f"c{code}": 50 for code in codes})
    assert command("counts", more, "--out", tmp_path / "second.parquet")[0] == 0
    first, second = (
        table.loc[suppress.is_hidden(table), ["code", "indicator"]].apply(tuple, axis=1)
        for table in (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("first", "second"))
    )
    assert len(first)
    assert set(first) <= set(second)


def test_command_writes_reports_and_accounts_for_every_row(command, by_hand, tmp_path):
    whole = BY_HAND[BY_HAND["received"].fillna("").str[:4] != "2025"]
    log = write(whole, by_hand)
    out = tmp_path / "new" / "reports.csv"
    status, said = command("counts", log, "--out", out, "--no-suppress", "--until", "2024-01-01")
    assert status == 0, said
    reports = pd.read_csv(out, dtype={"code": "str"})
    frames.require_reports(reports)
    assert reports["count"].tolist() == [2, 1, 1]
    assert "16 dòng nhật ký: 4 hồ sơ được đếm" in said
    assert "mã xã không tồn tại (ví dụ: 99999)" in said
    assert "Không ghi online_service_users năm 2023" in said
    visible = [path.name for path in out.parent.iterdir() if not path.name.startswith(".")]
    assert visible == ["reports.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "counts writes one file"),
        (["--out", "x.csv"], "counts needs a log"),
        (["log.csv", "--out", "x.csv", "--table", "y.csv"], "counts writes one file"),
        (["log.csv", "--out", "x.xlsx"], "ends in .parquet or .csv"),
        (["nowhere.csv", "--out", "x.csv"], "nowhere.csv: no such file"),
        (["log.csv", "--out", "x.csv", "--column", "file"], "expected NAME=VALUE"),
        (["log.csv", "--out", "x.csv", "--column", "file=so"], "looked for 'so'"),
        (["log.csv", "--out", "x.csv"], "2020-02-01, 2025-07-01"),
    ],
)
def test_command_says_in_one_message_what_is_wrong(command, by_hand, arguments, message):
    status, said = command("counts", *arguments)
    assert status == 1
    assert message in said
    assert not list(by_hand.parent.glob("x.*"))


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["ibis", "duckdb", "pyarrow"]))
"""


def test_all_but_a_log_works_without_what_counts_it(tmp_path):
    (tmp_path / "log.csv").write_text(f"{HEAD}\n{GOOD}\n", encoding="utf-8")
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    refused = [["counts", "log.csv", "--out", "x.csv"], ["check", "x.parquet"]]
    done = [["template", "form.xlsx"], ["slides", "x.pptx"], ["check", "form.xlsx"]]
    statuses, lines = shell.start_all(tmp_path, *refused, *done, first=WITHOUT)
    said = "\n".join(lines)
    assert statuses == [1, 1, 0, 0, 1], said
    assert said.count('pip install "hganalysis[log]"') == 2
    assert "form.checked.xlsx" in said  # blank, and read


# --- what a longer log costs: `benchmarks/scale.py` ---


def test_the_bar_is_met_by_the_committed_run_and_sees_what_misses_it():
    table = pd.read_csv(study.current().path("benchmarks/scale.csv"))
    assert set(table["rows"]) == set(scale.RUNS)
    held = scale.bar(table)
    assert held["met"].all(), held.to_string()
    there = (table["route"] == "caselog") & (table["rows"] == 10_000_000)
    for column, times in (("seconds", 1.5), ("processor_s", 2)):
        worse = table[column].where(~there, table[column] * times)
        assert not scale.bar(table.assign(**{column: worse}))["met"].all()
