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
from hypothesis import given, settings
from hypothesis import strategies as st
from refusal_texts import says
from shell import demo

import hganalysis as hg
from benchmarks import scale
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


FILES = "files_online"
PEOPLE = "online_service_users"
PERSON = "Nguyen-079123456789"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return caselog.connect(spill=tmp_path_factory.mktemp("spill"))


@pytest.fixture
def by_hand(tmp_path):
    return write_rows(BY_HAND, tmp_path / "log.csv")


@pytest.fixture
def command(tmp_path):
    """Run a command in a folder of its own: its status, and what it says."""

    def run(*arguments):
        done = shell.run(tmp_path, *arguments)
        return done.returncode, done.stdout + done.stderr

    return run


def write_rows(log, file):
    if file.suffix == ".csv":
        log.to_csv(file, index=False)
    else:
        log.to_parquet(file, index=False)
    return file


def count_log(engine, *files, **choices):
    log = caselog.open_log(engine, files)
    return caselog.counts(log, until=END, **choices)


# --- what is counted ---


def test_by_hand(engine, by_hand):
    counts = count_log(engine, by_hand)
    structure = counts.files["structure"].dt.strftime("%Y-%m")
    table = counts.files.assign(structure=structure)
    columns = ["code", "structure", "period", "received", "online", "people"]
    rows = table[columns].to_numpy()
    assert rows.tolist() == [
        ["31318", "2020-02", 2022, 3, 2, 1],
        ["31321", "2020-02", 2023, 1, 1, 0],
        ["31321", "2025-07", 2025, 1, 0, 0],
    ]
    # nobody is a count, too: no row is missing
    people = counts.platforms[["code", "platform", "people"]]
    assert people.to_numpy().tolist() == [
        ["31318", "A", 1],
        ["31318", "B", 1],
        *(["31321", platform, 0] for platform in "ABAB"),
    ]
    assert counts.origin == "reported"
    n_by_fault = counts.faults.set_index("fault")["rows"]
    assert n_by_fault.to_dict() == {
        "no number": 2,
        "contradicting": 4,
        "no date": 1,
        "impossible date": 2,
        "unknown commune": 1,
        "another date": 1,
        "unknown channel": 1,
        "repeated": 1,
    }
    assert counts.rows == len(BY_HAND)
    # a code or a date, and never a person
    examples = counts.faults.set_index("fault")["example"]
    assert examples.dropna().to_dict() == {
        "unknown commune": "99999",
        "another date": "31318",
        "impossible date": "1999-12-31",
    }


rows_of_logs = st.lists(
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
).map
logs = rows_of_logs(lambda rows: pd.DataFrame(rows, columns=COLUMNS, dtype="str"))


def second_route(log):
    """Count with plain Python, row by row."""
    old = set(places.units().index)
    new = set(places.crosswalk()["code_2025"])
    files, counted = {}, {}
    n_faulty = 0
    rows = log.astype(object).where(log.notna(), None)
    for row in rows.itertuples(index=False):
        files.setdefault(row.file, []).append(row)
    for number, rows in files.items():
        _, day, commune, channel, platform, person = rows[0]
        valid = old if (day or "") < "2025-07-01" else new
        is_contradicted = len({tuple(row) for row in rows}) > 1
        has_unknown = commune not in valid or channel not in {"online", "counter"}
        if number is None or is_contradicted or day in {None, "x"} or has_unknown:
            n_faulty += len(rows)
            continue
        key = (commune, day[:4], valid is new)
        place = counted.setdefault(key, [0, 0, set(), {}])
        place[0] += 1
        if channel == "online":
            place[1] += 1
            place[2].add(person)
            if platform is not None:
                place[3].setdefault(platform, set()).add(person)
        n_faulty += len(rows) - 1
    return counted, n_faulty


def with_new(table):
    """Say of each row whether its place is of the new list."""
    is_new = table["structure"].dt.year > 2024
    return table.assign(period=table["period"].astype(str), new=is_new)


@given(log=logs)
@settings(max_examples=10)
def test_second_route(log, engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    file = write_rows(log, folder / "log.parquet")
    counts = count_log(engine, file)
    counted, faults = second_route(log)
    names = {name for *_, people_by_platform in counted.values() for name in people_by_platform}
    files = with_new(counts.files)
    platforms = with_new(counts.platforms)
    expected_files = set()
    expected_people = set()
    for key, (n_files, n_online, people, people_by_platform) in counted.items():
        expected_files.add((*key, n_files, n_online, len(people - {None})))
        for name in names:
            n_people = len(people_by_platform.get(name, set()) - {None})
            expected_people.add((*key, name, n_people))
    columns = ["code", "period", "new", "received", "online", "people"]
    assert {tuple(row) for row in files[columns].to_numpy()} == expected_files
    columns = ["code", "period", "new", "platform", "people"]
    assert {tuple(row) for row in platforms[columns].to_numpy()} == expected_people
    assert counts.faults["rows"].sum() == faults
    n_received = counts.files["received"].sum()
    assert n_received + faults == counts.rows == len(log)


def test_order_and_parts_do_not_matter(engine, tmp_path):
    file = write_rows(BY_HAND, tmp_path / "log.parquet")
    whole = count_log(engine, file)
    by_number = BY_HAND[::-1].groupby(BY_HAND.index % 3)
    for period, part in by_number:
        folder = tmp_path / "parts" / f"part={period}"
        folder.mkdir(parents=True)
        write_rows(part, folder / "rows.parquet")
    parts = count_log(engine, tmp_path / "parts")
    for table in ("files", "platforms", "faults"):
        expected = getattr(whole, table)
        pd.testing.assert_frame_equal(expected, getattr(parts, table))


# --- days and codes, however they are written ---


def count_days(engine, tmp_path, received, **columns):
    """Count a log of these days: by year, and what was not counted."""
    columns_of_all = {
        "received": received,
        "commune": "31318",
        "channel": "counter",
    }
    log = pd.DataFrame(columns_of_all)
    log = log.assign(file=range(len(log)), **columns)
    file = write_rows(log, tmp_path / "log.parquet")
    counts = count_log(engine, file)
    periods = counts.files.groupby("period")["received"].sum()
    faults = counts.faults.set_index("fault")["rows"]
    return periods.to_dict(), faults.to_dict()


DAYS = [
    (pd.to_datetime(["2022-12-31 23:59:59", "2023-01-01 00:00:00"]), {2022: 1, 2023: 1}),
    # seven hours behind Viet Nam: 23:59 and 0:00 there
    (pd.to_datetime(["2022-12-31 16:59", "2022-12-31 17:00"], utc=True), {2022: 1, 2023: 1}),
    (["2022-12-31T16:59:59Z", "2022-12-31T17:00:00.5Z"], {2022: 1, 2023: 1}),
    (["2022-12-31 23:59:59+07:00", "2023-01-01 00:00:00+07"], {2022: 1, 2023: 1}),
    (["2022-12-31 23:59", "2023-01-01"], {2022: 1, 2023: 1}),
    ([date(2022, 12, 31), date(2023, 1, 1)], {2022: 1, 2023: 1}),
]


@pytest.mark.parametrize(
    ("received", "periods"),
    DAYS,
)
def test_a_file_is_of_its_day_in_viet_nam(engine, tmp_path, received, periods):
    assert count_days(engine, tmp_path, received) == (periods, {})


def test_every_day_of_the_calendar_is_read_and_no_other(engine, tmp_path):
    months = [f"{year}-{month:02}" for year in (2020, 2021) for month in range(1, 14)]
    days = [f"{month}-{day:02}" for month in months for day in range(32)]
    read_days = pd.to_datetime(days, errors="coerce", format="%Y-%m-%d")
    real = read_days.notna().sum()
    periods, faults = count_days(engine, tmp_path, days, commune="31321")
    assert real == 366 + 365
    assert sum(periods.values()) == real - 31  # January of 2020 is before the list
    assert faults == {"no date": len(days) - real, "impossible date": 31}


def test_days_are_counted_from_the_first_of_the_list_to_the_last_named(engine, tmp_path):
    days = ["2020-01-31 23:59", "2020-02-01", "2025-06-30 23:59", f"{END} 23:59", "2026-01-01"]
    # 31321 is a commune of both lists
    periods_and_faults = count_days(engine, tmp_path, days, commune="31321")
    assert periods_and_faults == ({2020: 1, 2025: 2}, {"impossible date": 2})


@pytest.mark.parametrize("codes", [[31318, 31321], [31318.0, 31321.0], ["31318", "31321"]])
def test_a_code_may_be_a_number(engine, tmp_path, codes):
    result = count_days(engine, tmp_path, ["2022-01-01"] * 2, commune=codes)
    assert result == ({2022: 2}, {})


def test_a_folder_with_the_commune_in_its_name(engine, tmp_path):
    for code in ("31318", "31321"):
        folder = tmp_path / "log" / "period=2022" / f"commune={code}"
        folder.mkdir(parents=True)
        columns = {
            "file": [code],
            "received": ["2022-05-01"],
            "channel": ["online"],
        }
        log = pd.DataFrame(columns)
        write_rows(log, folder / "part-0.parquet")
    files = count_log(engine, tmp_path / "log").files
    assert files["code"].tolist() == ["31318", "31321"]


@pytest.mark.parametrize("marks", [["simulated", None], ["simulated", "reported"]])
def test_one_row_that_says_so_makes_the_log_simulated(engine, tmp_path, marks):
    log = BY_HAND[:2].assign(origin=marks)
    counts_of_log = count_log(engine, write_rows(log, tmp_path / "log.parquet")).origin
    assert counts_of_log == "simulated"
    real = log.assign(origin="one-stop shop")
    counts_of_real = count_log(engine, write_rows(real, tmp_path / "log.parquet")).origin
    assert counts_of_real == "reported"


# --- what goes wrong ---


UNLIKE = says("log_errors.unlike")
UNKNOWN = says("log_errors.unknown", name="when")
NO_COMMUNE = says("log_errors.missing", name="commune", column="commune")
NO_CHANNEL = says("log_errors.missing", name="channel", column="channel")
NO_FILE = says("log_errors.no_file")
EMPTY_FOLDER = says("log_errors.empty_folder")
REFUSED = {
    says("log_errors.kinds", kinds=".csv, .parquet"): ("log.csv", "log.parquet"),
    r"log\.csv:\n  .*other\.csv$": ("log.csv", "other.csv"),
    rf"{UNKNOWN}\n{NO_COMMUNE}\n{NO_CHANNEL}": ("less.csv",),
    says("log_errors.no_header"): ("empty.csv",),
    rf"{NO_FILE}\n{EMPTY_FOLDER}": ("no.csv", "empty"),
    says("log_errors.no_days", column="received"): ("number.parquet",),
}


@pytest.mark.parametrize("pattern", REFUSED)
@pytest.mark.usefixtures("by_hand")
def test_what_is_no_log_is_refused_before_it_is_counted(engine, tmp_path, pattern):
    write_rows(BY_HAND, tmp_path / "log.parquet")
    write_rows(BY_HAND[COLUMNS[::-1]], tmp_path / "other.csv")
    write_rows(BY_HAND.drop(columns=["commune", "channel"]), tmp_path / "less.csv")
    write_rows(BY_HAND.assign(received=20220101), tmp_path / "number.parquet")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "empty").mkdir()
    names = {"when": "received"} if "when" in pattern else {}
    files = [tmp_path / name for name in REFUSED[pattern]]
    with pytest.raises(caselog.LogError, match=pattern):
        caselog.open_log(engine, files, names=names)


def test_a_path_is_a_path_and_no_pattern(engine, tmp_path):
    for kind in ("csv", "parquet"):
        write_rows(BY_HAND, tmp_path / f"log1.{kind}")
        file = write_rows(BY_HAND.head(1), tmp_path / f"log[1].{kind}")
        assert count_log(engine, file).rows == 1
        many = write_rows(BY_HAND.head(1), tmp_path / f"log*.{kind}")
        assert count_log(engine, many).rows == 1


def test_an_engine_that_does_not_answer_keeps_its_password(tmp_path):
    with pytest.raises(caselog.LogError) as caught:
        caselog.connect("nonsense://user:geheim@localhost/x", spill=tmp_path)
    assert "geheim" not in str(caught.value)


def test_rows_that_appear_meanwhile_are_seen(engine, by_hand, monkeypatch):
    log = caselog.open_log(engine, [by_hand])
    to_pyarrow = engine.to_pyarrow

    def add_rows(expression, **choices):
        table = to_pyarrow(expression, **choices)
        if isinstance(table, pa.Table):
            return table
        return pa.scalar(table.as_py() + 1)

    monkeypatch.setattr(type(engine), "to_pyarrow", lambda _, *a, **k: add_rows(*a, **k))
    with pytest.raises(caselog.LogError, match=says("log_errors.changed", missing=1, rows=19)):
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
    text = "\n".join([HEAD, GOOD, line, ""]).encode("latin-1")
    file.write_bytes(text)
    with pytest.raises(caselog.LogError) as caught:
        caselog.counts(caselog.open_log(engine, [file]))
    assert message in str(caught.value)
    assert "log.csv" in str(caught.value)
    text = str(caught.value)
    assert PERSON not in text
    assert caught.value.__cause__ is None


def test_no_row_of_a_sound_csv_is_lost(engine, tmp_path):
    file = tmp_path / "log.csv"
    quoted = 'F2,2022-01-01,31318,online,"A, ""B""\nC",p2'
    texts = (
        f"{HEAD}\n{GOOD}\n{quoted}\n",
        f"{HEAD}\r\n{GOOD}\r\n{quoted}",
        f"\ufeff{HEAD}\n{GOOD}\n{quoted}\n\n",
    )
    for text in texts:
        file.write_text(text, encoding="utf-8", newline="")
        counts = caselog.counts(caselog.open_log(engine, [file]))
        assert counts.files["received"].tolist() == [2]
    tabs = f"{HEAD}\n{GOOD}\n".replace(",", "\t")
    file.write_text(tabs, encoding="utf-8")
    log = caselog.open_log(engine, [file])
    assert caselog.counts(log).rows == 1


@pytest.mark.parametrize("cut", [1, 0.5])
def test_one_file_of_many_that_is_cut_off(engine, tmp_path, cut):
    good = case_log.caselog(5000, tmp_path / "log" / "a.parquet")
    bad = tmp_path / "log" / "b.parquet"
    whole = good.read_bytes()
    length = int(len(whole) * cut) if cut < 1 else len(whole) - cut
    bad.write_bytes(whole[:length])
    with pytest.raises(caselog.LogError, match=r"b\.parquet"):  # noqa: PT012 - some engines open it
        log = caselog.open_log(engine, [tmp_path / "log"])
        caselog.counts(log)


def test_people_in_the_wrong_column_are_no_example(engine, tmp_path):
    log = pd.DataFrame(
        {
            "file": ["F1"],
            "received": "2022-01-01",
            "channel": "online",
        }
    )
    for people in (PERSON, "Lan", "079123456789"):
        file = tmp_path / "log.parquet"
        log.assign(commune=people).to_parquet(file)
        opened = caselog.open_log(engine, [file])
        faults = caselog.counts(opened).faults
        assert faults["fault"].tolist() == ["unknown commune"]
        assert faults["example"].isna().all()
    # nor are they platforms
    people = write_log(tmp_path / "people.parquet", 3)
    names = dict.fromkeys(("platform", "person"), "so_cccd")
    one_column = says("log_errors.one_column", names="platform, person", column="so_cccd")
    with pytest.raises(caselog.LogError, match=one_column):
        caselog.open_log(engine, [people], names=names)


def test_names_of_columns_may_be_anything(engine, tmp_path):
    names = {"file": 'so"; DROP TABLE x; --', "received": "Ngày nhận (%s)", "commune": "mã xã"}
    names |= {
        "channel": "'kênh' {0}",
        "platform": "select",
        "person": "PERSON ",
    }
    log = pd.DataFrame([GOOD.split(",")], columns=list(names.values()))
    for file in (tmp_path / "log.parquet", tmp_path / "it's a log.csv"):
        opened = caselog.open_log(engine, [write_rows(log, file)], names=names)
        counts = caselog.counts(opened)
        pairs = counts.files[["received", "people"]]
        assert pairs.to_numpy().tolist() == [[1, 1]]


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
    files = count_log(engine, log).files
    assert files["people"].tolist() == [10_000_000]


# --- what is hidden ---


SMALL = [
    ({"received": 100, "online": 50, "people": 40}, set()),
    ({"received": 100, "online": 5, "people": 5}, set()),
    ({"received": 100, "online": 4, "people": 3}, {"online", "people"}),
    # that nobody did, or everybody, is said of each of them
    ({"received": 100, "online": 0, "people": 0}, {"online", "people"}),
    (
        {
            "received": 100,
            "online": 100,
            "people": 90,
        },
        {"online"},
    ),
    ({"received": 100, "online": 95, "people": 90}, set()),
    ({"received": 100, "online": 96, "people": 90}, {"online"}),
    ({"received": 4, "online": 0, "people": 0}, {"received", "online", "people"}),
    # of 8 files 5 or more are online: nobody at the counter, or 1 to 3
    ({"received": 8, "online": 6, "people": 3}, {"received", "online", "people"}),
    (
        {
            "received": 100,
            "online": 50,
            "people": 40,
            "platforms": {"A": 38, "B": 2},
        },
        {"people"},
    ),
]


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    SMALL,
)
def test_small_counts_are_hidden(numbers, hidden):
    raw = attacker.one_place(**numbers)
    place = caselog.hide_small(raw).files.iloc[0]
    columns = ["received", "online", "people"]
    assert {name for name in columns if pd.isna(place[name])} == hidden
    with suppress.use(fewer_than=0):
        safe = caselog.hide_small(raw)
        assert safe.files.notna().to_numpy().all()
    with suppress.use(fewer_than=200):
        safe = caselog.hide_small(raw)
        assert safe.files[columns].isna().all(axis=None)


def test_counts_that_bound_each_other_are_hidden_together():
    rng = np.random.default_rng(6)
    communes = places.units()
    for _ in range(6):
        files = rng.integers(100, 900, len(communes))
        few = rng.integers(0, 80, len(communes))
        online = np.minimum(few, files)
        people = rng.binomial(online, 0.8)
        residents = communes["population"]
        measures = {FILES: (online, files), PEOPLE: (people, residents)}
        measures["app_users"] = (rng.binomial(people, 0.5), residents)
        tables = []
        for name, (n_users, n_all) in measures.items():
            columns = {
                "code": communes.index,
                "indicator": name,
                "count": n_users,
            }
            tables.append(pd.DataFrame({**columns, "out_of": n_all}))
        reports = pd.concat(tables, ignore_index=True)
        reports = reports.assign(period=2022, origin="reported")
        released = caselog.small_reports(reports)
        hidden = suppress.is_hidden(released)
        complement = reports["out_of"] - reports["count"]
        small = (reports["count"] < 5) | (complement < 5)
        assert small.any()
        assert hidden[small].all()
        by_place = hidden.groupby(released["code"])
        assert (by_place.any() == by_place.all()).all()
        assert not hidden.all()
        # what is hidden together keeps its sum, and shows no number of its own
        columns = {"now": released["count"], "then": reports["count"]}
        columns |= {"indicator": reports["indicator"], "pool": released["pool"]}
        is_pooled = hidden & released["count"].notna()
        pools = pd.DataFrame(columns)[is_pooled].groupby(["indicator", "pool"])
        before = pools["then"].sum().to_numpy()
        assert pools["now"].sum().to_numpy() == pytest.approx(before)
        assert (pools.size() > 1).all()
    # another year of the same communes, in which nothing is small, hides nothing
    later = reports.assign(period=2023, count=reports["out_of"] // 2)
    all_reports = pd.concat([reports, later], ignore_index=True)
    two_years = caselog.small_reports(all_reports)
    hidden_periods = two_years.loc[suppress.is_hidden(two_years), "period"]
    assert set(hidden_periods) == {2022}


@pytest.mark.parametrize("number", [0, 99, 100, 150, 199, 1_999])
def test_a_number_that_is_said_roughly_is_never_more_than_there_is(number):
    with words.use("en"):
        text = release.round_down(number)
    bound = int(re.sub(r"\D", "", text))
    if number < 100:
        assert text.startswith("fewer than")
        assert number < bound
        return
    assert text.startswith("at least")
    assert bound <= number < bound + 100


# --- reports and tables ---


def test_reports_are_of_one_list_of_periods_and_of_measures_that_are_named(engine, by_hand):
    measures = {"files": FILES, "people": PEOPLE}
    two_lists = count_log(engine, by_hand)
    with pytest.raises(ValueError, match="2020-02-01, 2025-07-01"):
        caselog.to_reports(two_lists, **measures)
    counts = count_log(engine, write_rows(BY_HAND[:1], by_hand))
    twice = says("log_errors.twice", measures="files_online, files_online")
    with pytest.raises(ValueError, match=twice):
        caselog.to_reports(counts, **dict.fromkeys(measures, FILES))
    with pytest.raises(LookupError, match=says("log_errors.platforms", number=1, names="A")):
        caselog.to_reports(counts, **measures, platforms={"B": "app_users"})
    platforms = {"A": "app_users"}
    table = caselog.to_reports(counts, files=None, people=PEOPLE, platforms=platforms)
    pairs = table[["indicator", "count"]]
    assert pairs.to_numpy().tolist() == [["app_users", 1], [PEOPLE, 1]]


def test_a_table_of_all_counts(engine, by_hand):
    by_month = count_log(engine, by_hand, period="month")
    long = caselog.to_table(by_month)
    columns = ["code", "structure", "period", "measure", "platform", "value"]
    assert list(long.columns)[:6] == columns
    is_of_people = (long["measure"] == "people") & (long["code"] == "31318")
    people = long[is_of_people]
    platforms = people["platform"].fillna("all")
    assert platforms.tolist() == ["A", "B", "all"]
    assert people["value"].tolist() == [1, 1, 1]
    assert set(long["origin"]) == {"reported"}


# --- from the log to the maps ---


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Write the log of the simulated province: as many rows as it received files."""
    files = demo.simulate().reports.query("indicator == @FILES")
    file = tmp_path_factory.mktemp("log") / "log.parquet"
    return case_log.caselog(int(files["out_of"].sum()), file)


@pytest.fixture
def with_small(tmp_path):
    """All communes of district 930: two of them have few files online."""
    codes = places.units().query("compared_code == '930'").index
    names = [f"c{code}" for code in codes]
    files_by_commune = dict(zip(names, [3, 0, *range(40, 90)], strict=False))
    return case_log.small_log(tmp_path / "log.parquet", **files_by_commune)


def count_exactly(log, tmp_path):
    engine = caselog.connect(spill=tmp_path)
    counts = caselog.counts(caselog.open_log(engine, [log]))
    engine.disconnect()
    return caselog.to_reports(counts, files=FILES, people=PEOPLE)


def test_from_the_log_to_the_tables_of_the_simulated_province(command, log, tmp_path):
    out = tmp_path / "reports.parquet"
    status, text = command("counts", log, "--out", out)
    assert status == 0, text
    assert "SỐ LIỆU MÔ PHỎNG" in text
    simulated = demo.simulate().reports.query("indicator == @FILES").set_index
    truth = simulated(["code", "period"])
    data = publish.lay_out(tmp_path / "data", reports=[out]).folder
    with study.Study.open(data).use():
        reports = frames.reports()
        assert set(reports["origin"]) == {"simulated"}
        assert set(reports["indicator"]) == {FILES, PEOPLE}
        ours = reports.query("indicator == @FILES").set_index(["code", "period"])
        columns = ["count", "out_of"]
        expected = truth[columns].sort_index()
        pd.testing.assert_frame_equal(ours[columns].sort_index(), expected, check_dtype=False)
        # nobody reported the headline: the files of the log take its place
        assert hg.reported()[FILES] == [2022, 2023]
        districts = hg.uptake(FILES, 2023).table
    # a second route, in plain pandas
    rows = pd.read_parquet(log, columns=["received", "commune", "channel"])
    rows = rows[rows["received"].dt.year == 2023]
    communes = rows["commune"].astype("str")
    district = communes.map(places.units()["compared_code"])
    share = (rows["channel"] == "online").groupby(district).mean()
    shares = districts.set_index("code")["share"]
    assert shares.to_dict() == pytest.approx(share.to_dict())


def test_a_log_is_counted_into_reports_of_quarters(command, log, tmp_path):
    quarters = [f"{year}-Q{number}" for year in (2022, 2023) for number in range(1, 5)]
    when = "".join(f'when.{quarter} = "{quarter}"\n' for quarter in quarters)
    measure = f'[indicators.{FILES}]\nlabel = "Files"\ndenominator = "files"\n'
    mine = tmp_path / "mine.toml"
    out = tmp_path / "reports.csv"
    arguments = ("counts", log, "--out", out, "--period", "quarter", "--indicators", mine)
    arguments = (*arguments, "--files", FILES)
    mine.write_text(measure + 'over_time = "since_january"\n' + when)
    status, text = command(*arguments)
    assert status == 1
    assert re.search(says("log_errors.running_total", measure=FILES), text)
    mine.write_text(measure + when)
    assert command(*arguments, "--no-suppress")[0] == 0
    rows = pd.read_parquet(log, columns=["received", "commune", "channel"])
    quarter = rows["received"].dt.to_period("Q").astype("str")
    keys = [rows["commune"].astype("int64"), quarter.str.replace("Q", "-Q")]
    online = (rows["channel"] == "online").groupby(keys)
    table = pd.read_csv(out).set_index(["code", "period"])
    assert table["count"].to_dict() == online.sum().to_dict()
    assert table["out_of"].to_dict() == online.size().to_dict()


def test_small_counts_of_a_log_are_hidden_from_the_file_to_the_map(command, with_small, tmp_path):
    out = tmp_path / "reports.csv"
    status, text = command("counts", with_small, "--out", out)
    assert status == 0
    assert "số liệu được ẩn" in text
    exact = count_exactly(with_small, tmp_path)
    # nobody wrote it by hand: it is checked, and no workbook goes back
    assert command("check", out)[0] == 0
    assert not list(tmp_path.glob("*.checked.*"))
    own_study = publish.lay_out(tmp_path / "data", reports=[out]).folder
    with study.Study.open(own_study).use():
        reports = frames.reports()
        answer = hg.uptake(FILES, 2022)
    codes = places.units().query("compared_code == '930'").index
    shares = answer.parts.set_index("code")
    assert shares.loc[list(codes[:2]), "hidden"].all()
    assert not shares["hidden"].all()
    assert shares.loc[shares["hidden"], "count"].isna().all()
    # no count of one commune, and the sums of all
    hidden_counts = reports.loc[suppress.is_hidden(reports), "count"]
    assert not set(hidden_counts) & {0, 3}
    district = answer.table.set_index("code").loc["930"]
    files = exact.query("indicator == @FILES")
    assert district["count"] == pytest.approx(files["count"].sum())


def test_the_threshold_is_that_of_everything_else(command, with_small, tmp_path, monkeypatch):
    out = tmp_path / "reports.csv"
    assert command("counts", with_small, "--out", out, "--no-suppress")[0] == 0
    counts_written = pd.read_csv(out).query("indicator == @FILES")["count"]
    assert sorted(counts_written)[:2] == [0, 3]
    monkeypatch.setenv(study.SUPPRESS, "45")
    assert command("counts", with_small, "--table", out, "--force")[0] == 0
    online = pd.read_csv(out).query("measure == 'online'")["value"]
    assert online.dropna().min() == 45
    # shown less strictly than it was hidden: what is gone is gone
    monkeypatch.delenv(study.SUPPRESS)
    (tmp_path / suppress.REGISTER).unlink()
    assert command("counts", with_small, "--out", out, "--force")[0] == 0
    own_study = publish.lay_out(tmp_path / "data", reports=[out]).folder
    with (
        study.Study.open(own_study).use(),
        suppress.use(fewer_than=60),
        pytest.raises(ValueError, match=says("suppress_errors.lower", limit=60)),
    ):
        frames.reports()


def test_measures_are_taken_by_their_roles(command, with_small, tmp_path):
    text = study.current().text("indicators.toml")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace(f"[indicators.{FILES}]", "[indicators.ho_so]"), encoding="utf-8")
    status, output = command("counts", with_small, "--out", "x.csv", "--indicators", mine)
    assert status == 0, output
    table = pd.read_csv(tmp_path / "x.csv")["indicator"]
    assert set(table) == {"ho_so", PEOPLE}
    arguments = ("--people", "app_users", "--files", "nonsense")
    status, output = command("counts", with_small, "--out", "y.csv", *arguments)
    assert status == 1
    assert re.search(says("indicators_errors.unknown", measure="nonsense"), output)


def test_another_province_brings_its_places_and_says_what_it_counts(command, tmp_path):
    files = invented.write(tmp_path / "in")
    options = ("--places", files["places"], "--indicators", files["indicators"])
    codes = invented.communes()["code"]
    files_by_commune = {f"c{code}": 50 for code in codes}
    log = case_log.small_log(tmp_path / "log.parquet", 2024, **files_by_commune)
    role = re.compile("^role = .(files|platform).$", re.MULTILINE)
    catalogue = files["indicators"].read_text(encoding="utf-8")
    text = role.sub("", catalogue)
    files["indicators"].write_text(text, encoding="utf-8")
    status, output = command("counts", log, "--out", "x.csv", *options)
    assert status == 1
    assert re.search(says("log_errors.no_role"), output)
    assert "--people" in output
    status, output = command("counts", log, "--out", "x.csv", *options, "--people", "vneid_users")
    assert status == 0, output
    table = pd.read_csv(tmp_path / "x.csv", dtype={"code": "str"})
    assert sorted(table["code"]) == sorted(codes)
    assert set(table["count"]) == {50}
    assert set(table["out_of"]) <= set(invented.communes()["population"])
    status, output = command("counts", log, "--out", "y.csv")  # not of the shipped province
    assert status == 1
    assert "Không có số nào" in output


def test_more_people_than_residents_are_left_out_and_said(command, tmp_path):
    few = case_log.small_log(tmp_path / "log.parquet", c31318=60, c31321=60)
    rows = pd.read_parquet(few)
    log = pd.concat([rows.assign(part=part) for part in range(200)])
    file = log["file"] + "-" + log["part"].astype("str")
    log = log.assign(file=file)
    log.assign(person=log["file"]).to_parquet(few)
    status, text = command("counts", few, "--out", "x.csv", "--lang", "en")
    assert status == 0
    assert f"Left out: {PEOPLE} in 2022, because in 2 communes the count is larger" in text
    table = pd.read_csv(tmp_path / "x.csv")["indicator"]
    assert set(table) == {FILES}


def test_counts_of_a_log_stand_beside_a_report_that_has_teams(command, log, tmp_path):
    assert command("counts", log, "--out", tmp_path / "reports.parquet")[0] == 0
    communes = places.units()
    columns = {
        "code": communes.index,
        "period": 2022,
        "teams": 7,
        "members": 50,
    }
    report = pd.DataFrame(columns)
    report["app_users.count"] = (communes["population"] // 4).to_numpy()
    report.to_csv(tmp_path / "teams.csv", index=False)
    bundle = workbook.read(tmp_path / "teams.csv", tmp_path / "reports.parquet")
    assert bundle.is_complete
    assert len(bundle.teams) == len(communes)
    assert set(bundle.reports["indicator"]) == {"app_users", FILES, PEOPLE}


def test_reports_that_were_hidden_are_hidden_in_the_next_release_too(command, with_small, tmp_path):
    assert command("counts", with_small, "--out", tmp_path / "first.parquet")[0] == 0
    codes = places.units().query("compared_code == '930'").index
    files_by_commune = {f"c{code}": 50 for code in codes}
    more_files = case_log.small_log(tmp_path / "log.parquet", **files_by_commune)
    assert command("counts", more_files, "--out", tmp_path / "second.parquet")[0] == 0
    hidden_cells = []
    for name in ("first", "second"):
        table = pd.read_parquet(tmp_path / f"{name}.parquet")
        cells = table.loc[suppress.is_hidden(table), ["code", "indicator"]]
        hidden_cells.append(cells.apply(tuple, axis=1))
    first, second = hidden_cells
    assert len(first)
    assert set(first) <= set(second)


def test_command_writes_reports_and_accounts_for_every_row(command, by_hand, tmp_path):
    years = BY_HAND["received"].fillna("").str[:4]
    whole = BY_HAND[years != "2025"]
    log = write_rows(whole, by_hand)
    out = tmp_path / "new" / "reports.csv"
    status, text = command("counts", log, "--out", out, "--no-suppress", "--until", "2024-01-01")
    assert status == 0, text
    reports = pd.read_csv(out, dtype={"code": "str"})
    frames.require_reports(reports)
    assert reports["count"].tolist() == [2, 1, 1]
    assert "16 dòng nhật ký: 4 hồ sơ được đếm" in text
    assert "mã xã không tồn tại (ví dụ: 99999)" in text
    assert "Không ghi online_service_users năm 2023" in text
    names = [path.name for path in out.parent.iterdir()]
    visible = [name for name in names if not name.startswith(".")]
    assert visible == ["reports.csv"]


ONE_FILE = says("publish_errors.counts_out")
WRONG_COMMANDS = [
    ([], ONE_FILE),
    (["--out", "x.csv"], says("publish_errors.counts_log")),
    (["log.csv", "--out", "x.csv", "--table", "y.csv"], ONE_FILE),
    (["log.csv", "--out", "x.xlsx"], ONE_FILE),
    (["nowhere.csv", "--out", "x.csv"], says("log_errors.no_file", path="nowhere.csv")),
    (
        ["log.csv", "--out", "x.csv", "--column", "file"],
        says("publish_errors.pair", option="--column", texts="file"),
    ),
    (
        ["log.csv", "--out", "x.csv", "--column", "file=so"],
        says("log_errors.missing", name="file", column="so"),
    ),
    (["log.csv", "--out", "x.csv"], "2020-02-01, 2025-07-01"),
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    WRONG_COMMANDS,
)
def test_command_says_in_one_message_what_is_wrong(command, by_hand, arguments, message):
    status, text = command("counts", *arguments)
    assert status == 1
    assert re.search(message, text)
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
    text = "\n".join(lines)
    assert statuses == [1, 1, 0, 0, 1], text
    assert text.count('pip install "hganalysis[log]"') == 2
    assert "form.checked.xlsx" in text  # blank, and read


# --- what a longer log costs: `benchmarks/scale.py` ---


def test_the_bar_is_met_by_the_committed_run_and_sees_what_misses_it():
    table = pd.read_csv(study.current().path("benchmarks/scale.csv"))
    assert set(table["rows"]) == set(scale.RUNS)
    bar_table = scale.bar(table)
    assert bar_table["met"].all(), bar_table.to_string()
    is_largest = (table["route"] == "caselog") & (table["rows"] == 10_000_000)
    for column, times in (("seconds", 1.5), ("processor_s", 2)):
        worse = table[column].where(~is_largest, table[column] * times)
        slower = table.assign(**{column: worse})
        assert not scale.bar(slower)["met"].all()
