"""Count logs: by hand, by a second route, and with everything that can go wrong."""

import sys
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import caselog, frames, places, suppress
from hganalysis.cli import main

# What Ibis calls, and newer libraries will not have.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string'"),
]

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


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "spill").mkdir()
    return caselog.connect(spill=tmp_path / "spill")


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory):
    return caselog.connect(spill=tmp_path_factory.mktemp("spill"))


@pytest.fixture
def by_hand(tmp_path):
    return write(BY_HAND, tmp_path / "log.csv")


def write(log, file):
    log.to_csv(file, index=False) if file.suffix == ".csv" else log.to_parquet(file, index=False)
    return file


def count(engine, *files, **choices):
    return caselog.counts(caselog.open_log(engine, files), until=END, **choices)


# --- what is counted ---


def test_by_hand(engine, by_hand):
    found = count(engine, by_hand)
    table = found.files.assign(
        structure=found.files["structure"].dt.strftime("%Y-%m"), year=found.files["period"].dt.year
    )
    columns = ["code", "structure", "year", "received", "online", "people"]
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


def test_examples_are_codes_and_dates_and_never_people(engine, by_hand):
    examples = count(engine, by_hand).faults.set_index("fault")["example"].dropna()
    assert examples.to_dict() == {
        "unknown commune": "99999",
        "another date": "31318",
        "impossible date": "1999-12-31",
    }


def test_one_person_on_two_platforms_is_one_person(engine, by_hand):
    found = count(engine, by_hand)
    ward = found.files.iloc[0]
    assert ward["people"] == 1
    assert found.platforms["people"].sum() == 2


@pytest.mark.parametrize(("period", "rows"), [("year", 1), ("quarter", 2), ("month", 3)])
def test_periods(engine, tmp_path, period, rows):
    days = ["2022-01-31", "2022-02-01", "2022-04-01"]
    log = pd.DataFrame({"file": days, "received": days, "commune": "31318", "channel": "counter"})
    assert len(count(engine, write(log, tmp_path / "log.csv"), period=period).files) == rows


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
    old, new = set(places.communes().index), set(places.crosswalk()["code_2025"])
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
@settings(max_examples=20)
def test_second_route(log, shared_engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    found = count(shared_engine, write(log, folder / "log.parquet"))
    counted, faults = second_route(log)
    files = {
        (row.code, str(row.period.year), row.structure.year == 2025): [
            row.received,
            row.online,
            row.people,
        ]
        for row in found.files.itertuples()
    }
    assert files == {
        key: [one, online, len(people - {None})]
        for key, (one, online, people, _) in counted.items()
    }
    platforms = {
        (row.code, str(row.period.year), row.structure.year == 2025, row.platform): row.people
        for row in found.platforms.itertuples()
    }
    names = {name for *_, each in counted.values() for name in each}
    assert platforms == {
        (*key, name): len(each.get(name, set()) - {None})
        for key, (*_, each) in counted.items()
        for name in names
    }
    assert found.faults["rows"].sum() == faults
    assert found.files["received"].sum() + faults == found.rows == len(log)


def test_order_and_parts_do_not_matter(engine, tmp_path):
    whole = count(engine, write(BY_HAND, tmp_path / "log.parquet"))
    for year, part in BY_HAND[::-1].groupby(BY_HAND.index % 3):
        folder = tmp_path / "parts" / f"part={year}"
        folder.mkdir(parents=True)
        write(part, folder / "rows.parquet")
    parts = count(engine, tmp_path / "parts")
    pd.testing.assert_frame_equal(whole.files, parts.files)
    pd.testing.assert_frame_equal(whole.platforms, parts.platforms)
    pd.testing.assert_frame_equal(whole.faults, parts.faults)


def test_a_table_of_an_engine_under_other_names(engine, by_hand):
    renamed = pd.read_csv(by_hand, dtype="str").rename(columns={"file": "so_ho_so"})
    engine.create_table("ho_so", renamed)
    log = caselog.open_log(engine, "ho_so", names={"file": "so_ho_so"})
    found = caselog.counts(log, until=END)
    pd.testing.assert_frame_equal(found.files, count(engine, by_hand).files)


def test_who_waits_is_told(engine, by_hand):
    told = []
    count(engine, by_hand, watch=told.append)
    assert told
    assert all(share is None or 0 <= share <= 1 for share in told)


# --- days and codes, however they are written ---


def kept_days(engine, tmp_path, received, **others):
    """Count a log of these days: by year, and what was not counted."""
    log = pd.DataFrame({"received": received, "commune": "31318", "channel": "counter"})
    log = log.assign(file=range(len(log)), **others)
    found = count(engine, write(log, tmp_path / "log.parquet"))
    years = found.files.groupby(found.files["period"].dt.year)["received"].sum()
    return years.to_dict(), found.faults.set_index("fault")["rows"].to_dict()


@pytest.mark.parametrize(
    ("received", "years"),
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
def test_a_file_is_of_its_day_in_viet_nam(engine, tmp_path, received, years):
    assert kept_days(engine, tmp_path, received) == (years, {})


def test_a_day_that_may_be_two_is_none(engine, tmp_path):
    # on another engine 2/1/2023 would be the first of February
    days = ["02/01/2023", "31/12/2022", "20230101", "2023-13-01", "2023-02-30", ""]
    assert kept_days(engine, tmp_path, days) == ({}, {"no date": 6})


def test_every_day_of_the_calendar_is_read_and_no_other(engine, tmp_path):
    days = [f"{y}-{m:02}-{d:02}" for y in (2020, 2021) for m in range(1, 14) for d in range(32)]
    real = pd.Series(pd.to_datetime(days, errors="coerce", format="%Y-%m-%d")).notna().sum()
    years, faults = kept_days(engine, tmp_path, days, commune="31321")
    assert real == 366 + 365
    assert sum(years.values()) == real - 31  # January of 2020 is before the list
    assert faults == {"no date": len(days) - real, "impossible date": 31}


def test_days_are_counted_from_the_first_of_the_list_to_the_last_named(engine, tmp_path):
    days = ["2020-01-31 23:59", "2020-02-01", "2025-06-30 23:59", f"{END} 23:59", "2026-01-01"]
    # 31321 is a commune of both lists
    found = kept_days(engine, tmp_path, days, commune="31321")
    assert found == ({2020: 1, 2025: 2}, {"impossible date": 2})


@pytest.mark.parametrize("codes", [[31318, 31321], [31318.0, 31321.0], ["31318", "31321"]])
def test_a_code_may_be_a_number(engine, tmp_path, codes):
    assert kept_days(engine, tmp_path, ["2022-01-01"] * 2, commune=codes) == ({2022: 2}, {})


def test_a_number_gets_the_zeros_of_its_code_back(engine, tmp_path, monkeypatch):
    codes = places.communes().rename(index={"31318": "00118"})
    monkeypatch.setattr(places, "communes", lambda: codes)
    monkeypatch.setattr(places, "parents", lambda codes, _: codes)
    log = pd.DataFrame({"file": [1], "received": ["2022-01-01"], "commune": [118]})
    file = write(log.assign(channel="counter"), tmp_path / "log.parquet")
    assert count(engine, file).files["code"].tolist() == ["00118"]


def test_a_folder_with_the_commune_in_its_name(engine, tmp_path):
    for code in ("31318", "31321"):
        folder = tmp_path / "log" / "year=2022" / f"commune={code}"
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


def test_a_log_that_is_not_there(engine, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(caselog.LogError) as caught:
        caselog.open_log(engine, [tmp_path / "no.csv", tmp_path / "empty"])
    assert "no.csv: no such file" in str(caught.value)
    assert "empty: a folder without a file of a log" in str(caught.value)


def test_a_path_is_a_path_and_no_pattern(engine, tmp_path):
    for kind in ("csv", "parquet"):
        write(BY_HAND, tmp_path / f"log1.{kind}")
        file = write(BY_HAND.head(1), tmp_path / f"log[1].{kind}")
        assert count(engine, file).rows == 1
        assert count(engine, write(BY_HAND.head(1), tmp_path / f"log*.{kind}")).rows == 1


def test_kinds_are_not_mixed(engine, tmp_path, by_hand):
    other = write(BY_HAND, tmp_path / "log.parquet")
    with pytest.raises(caselog.LogError, match=r"\.csv, \.parquet in one log"):
        caselog.open_log(engine, [by_hand, other])
    with pytest.raises(caselog.LogError, match=r"expected \.parquet, \.csv"):
        caselog.open_log(engine, [by_hand.rename(tmp_path / "log.xyz")])


def test_files_whose_columns_stand_in_another_order_are_not_read_by_position(engine, tmp_path):
    one = write(BY_HAND, tmp_path / "one.csv")
    other = write(BY_HAND[BY_HAND.columns[::-1]], tmp_path / "other.csv")
    with pytest.raises(caselog.LogError, match=r"not that of .*one\.csv:\n  .*other\.csv$"):
        caselog.open_log(engine, [one, other])


def test_a_column_that_is_missing(engine, tmp_path):
    file = write(BY_HAND.drop(columns=["commune", "channel"]), tmp_path / "log.csv")
    with pytest.raises(caselog.LogError) as caught:
        caselog.open_log(engine, [file], names={"when": "received"})
    for text in (
        "'when' is none of",
        "commune: code of the place that reports",
        "channel: online or counter",
    ):
        assert text in str(caught.value)


def test_a_parquet_file_that_is_cut_off(engine, tmp_path):
    file = write(pd.concat([BY_HAND] * 500), tmp_path / "log.parquet")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(caselog.LogError, match=r"log\.parquet"):
        count(engine, file)


def test_a_csv_with_a_bad_line(engine, by_hand):
    lines = by_hand.read_text(encoding="utf-8").splitlines()
    lines[5] += ",one,too,many"
    by_hand.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(
        caselog.LogError, match=r"Line: 6; Expected .*6 Found: 7; .*log\.csv"
    ) as caught:
        count(engine, by_hand)
    assert "p3" not in str(caught.value)


def test_a_disk_that_is_full(tmp_path):
    small = caselog.connect(memory="60MB", spill=tmp_path)
    small.raw_sql("SET max_temp_directory_size = '1MB'")
    small.raw_sql("SET threads = 1")
    small.raw_sql(
        "CREATE VIEW log AS SELECT 'F' || i AS file, DATE '2022-01-01' AS received, "
        "'31318' AS commune, 'online' AS channel, 'A' AS platform, md5(i::VARCHAR) AS person "
        "FROM range(3000000) t(i)"
    )
    log = caselog.open_log(small, "log")
    with pytest.raises(caselog.LogError, match="not counted"):
        caselog.counts(log, until=END)


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


# --- what leaves ---


def released(**columns):
    """Make counts of one ward with the given numbers."""
    key = {
        "code": "31318",
        "structure": pd.Timestamp("2020-02-01"),
        "period": pd.Timestamp("2022-01-01"),
    }
    platforms = columns.pop("platforms", {})
    files = pd.DataFrame([{**key, **columns}])
    each = [{**key, "platform": name, "people": people} for name, people in platforms.items()]
    return caselog.Counts(
        files=files,
        platforms=pd.DataFrame(each, columns=[*key, "platform", "people"]),
        faults=pd.DataFrame(),
        rows=0,
        period="year",
        origin="reported",
    )


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
    made = released(**numbers)
    found = caselog.hide_small(made).files.iloc[0]
    assert {name for name in ("received", "online", "people") if pd.isna(found[name])} == hidden
    with suppress.use(fewer_than=0):
        assert caselog.hide_small(made).files.notna().to_numpy().all()
    with suppress.use(fewer_than=200):
        assert (
            caselog.hide_small(made).files[["received", "online", "people"]].isna().all(axis=None)
        )


def test_a_hidden_platform_cannot_be_bounded_by_the_total():
    found = caselog.hide_small(
        released(received=200, online=110, people=104, platforms={"A": 100, "B": 4})
    )
    assert found.platforms["people"].isna().tolist() == [False, True]
    assert found.files["people"].isna().all()


def test_reports_are_reports(engine, tmp_path):
    log = pd.concat([BY_HAND.iloc[[0]].assign(file=f"F{i}", person=f"p{i}") for i in range(20)])
    found = count(engine, write(log, tmp_path / "log.csv"))
    reports = caselog.to_reports(found, files="files_online", people="online_service_users")
    frames.require_reports(reports)
    assert reports["count"].tolist() == [20, 20]
    alone = caselog.to_reports(found, files=None, people="online_service_users")
    assert alone["indicator"].tolist() == ["online_service_users"]
    assert reports["indicator"].tolist() == ["files_online", "online_service_users"]
    again = caselog.to_reports(
        found, files="files_online", people="online_service_users", platforms={"A": "app_users"}
    )
    assert set(again["indicator"]) == {"files_online", "online_service_users", "app_users"}
    with pytest.raises(LookupError, match="platforms of the log have no measure: A"):
        caselog.to_reports(
            found, files="files_online", people="online_service_users", platforms={"B": "app_users"}
        )


def test_reports_are_of_one_list_and_of_years(engine, by_hand):
    measures = {"files": "files_online", "people": "online_service_users"}
    with pytest.raises(ValueError, match="2020-02-01, 2025-07-01"):
        caselog.to_reports(count(engine, by_hand), **measures)
    with pytest.raises(ValueError, match="no years"):
        caselog.to_reports(count(engine, by_hand, period="month"), **measures)
    same = dict.fromkeys(measures, "files_online")
    with pytest.raises(ValueError, match="named twice: files_online, files_online"):
        caselog.to_reports(count(engine, write(BY_HAND[:1], by_hand)), **same)


def test_communes_of_another_list_are_not_taken_for_those_in_use(engine, tmp_path):
    log = write(BY_HAND[BY_HAND["file"] == "F6"], tmp_path / "log.csv")  # 31321 of 2025
    with pytest.raises(ValueError, match="of the lists of 2025-07-01, and those in use of 2020-02"):
        caselog.to_reports(count(engine, log), files="files_online", people=None)


def test_arguments_are_left_alone(engine, by_hand):
    found = count(engine, by_hand)
    before = found.files.copy()
    caselog.hide_small(found)
    pd.testing.assert_frame_equal(found.files, before)


def test_a_table_of_all_counts(engine, by_hand):
    long = caselog.to_table(count(engine, by_hand, period="month"))
    assert list(long.columns)[:6] == ["code", "structure", "period", "measure", "platform", "value"]
    people = long[(long["measure"] == "people") & (long["code"] == "31318")]
    assert people["platform"].fillna("all").tolist() == ["A", "B", "all"]
    assert people["value"].tolist() == [1, 1, 1]
    assert set(long["origin"]) == {"reported"}


# --- the command ---


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run the command in this process: its status, and what it says."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hganalysis", "counts", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_command_writes_reports_and_accounts_for_every_row(command, by_hand, tmp_path):
    whole = BY_HAND[BY_HAND["received"].fillna("").str[:4] != "2025"]
    log = write(whole, by_hand)
    out = tmp_path / "new" / "reports.csv"
    status, said, error = command(log, "--out", out, "--no-suppress", "--until", "2024-01-01")
    assert (status, error) == (0, "")
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
        (["log.csv", "--out", "x.csv", "--period", "month"], "by year"),
        (["log.csv", "--out", "x.csv", "--column", "file"], "expected NAME=VALUE"),
        (["log.csv", "--out", "x.csv", "--column", "file=so"], "looked for 'so'"),
        (["log.csv", "--out", "x.csv"], "2020-02-01, 2025-07-01"),
    ],
)
def test_command_says_in_one_message_what_is_wrong(command, by_hand, arguments, message):
    status, _, error = command(*arguments)
    assert status == 1
    assert message in error
    assert not list(by_hand.parent.glob("x.*"))
