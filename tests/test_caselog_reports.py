"""Go from the log to the maps: measures by role, small counts hidden, and nothing else changed."""

import re
import sys

import invented
import numpy as np
import pandas as pd
import pytest
from case_log import caselog as simulated_log
from simulated import demo

import hganalysis as hg
from hganalysis import (
    caselog,
    frames,
    indicators,
    places,
    publish,
    sources,
    study,
    suppress,
    words,
    workbook,
)
from hganalysis.caselog import writing
from hganalysis.cli import main

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string'"),
]

FILES, PEOPLE = "files_online", "online_service_users"


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run a command in this process: its status, and what it says."""

    def run(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hganalysis", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out + said.err

    return run


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Write the log of the simulated province: as many rows as it received files."""
    files = demo.simulate().reports.query("indicator == @FILES")
    return simulated_log(int(files["out_of"].sum()), tmp_path_factory.mktemp("log") / "log.parquet")


def small_log(file, year=2022, **online):
    """Write a log of communes by their numbers of files online, of 100 that each received."""
    rows = [
        (f"{code}-{number}", f"{year}-05-01", code, "online" if number < many else "counter")
        for code, many in online.items()
        for number in range(100)
    ]
    log = pd.DataFrame(rows, columns=["file", "received", "commune", "channel"])
    log = log.assign(platform="A", person=log["file"])
    log.loc[log["channel"] == "counter", ["platform", "person"]] = None
    log["commune"] = log["commune"].str[1:]
    log.to_parquet(file)
    return file


@pytest.fixture
def with_small(tmp_path):
    """All communes of district 930: two of them have few files online."""
    codes = places.communes().query("district_code == '930'").index
    many = dict(zip((f"c{code}" for code in codes), [3, 0, *range(40, 90)], strict=False))
    return small_log(tmp_path / "log.parquet", **many)


# --- the whole way ---


def test_from_the_log_to_the_tables_of_the_simulated_province(command, log, tmp_path):
    out = tmp_path / "reports.parquet"
    status, said = command("counts", log, "--out", out)
    assert status == 0, said
    assert "SỐ LIỆU MÔ PHỎNG" in said
    truth = demo.simulate().reports.query("indicator == @FILES").set_index(["code", "year"])
    data = publish.own(tmp_path / "data", reports=[out]).folder
    with sources.use(data):
        reports = frames.reports()
        assert set(reports["origin"]) == {"simulated"}
        assert set(reports["indicator"]) == {FILES, PEOPLE}
        ours = reports.query("indicator == @FILES").set_index(["code", "year"]).sort_index()
        columns = ["count", "out_of"]
        pd.testing.assert_frame_equal(ours[columns], truth[columns].sort_index(), check_dtype=False)
        # nobody reported the headline: the files of the log take its place
        assert hg.reported()[FILES] == [2022, 2023]
        districts = hg.uptake(FILES, 2023).table
    # a second route, in plain pandas
    rows = pd.read_parquet(log, columns=["received", "commune", "channel"])
    rows = rows[rows["received"].dt.year == 2023]
    district = rows["commune"].astype("str").map(places.communes()["district_code"])
    share = (rows["channel"] == "online").groupby(district).mean()
    assert districts.set_index("code")["share"].to_dict() == pytest.approx(share.to_dict())


@pytest.mark.parametrize("number", [0, 99, 100, 150, 199, 1_999])
def test_a_number_that_is_said_roughly_is_never_more_than_there_is(number):
    with words.use("en"):
        said = writing.about(number)
    told = int(re.sub(r"\D", "", said))
    assert said.startswith("fewer than" if number < 100 else "at least")
    assert number < told if number < 100 else told <= number < told + 100


def test_a_simulated_log_stays_simulated_and_a_real_one_reported(command, log, tmp_path):
    real = tmp_path / "real.parquet"
    pd.read_parquet(log).drop(columns="origin").to_parquet(real)
    for file, origin in ((real, "reported"), (log, "simulated")):
        out = tmp_path / f"{origin}.csv"
        assert command("counts", file, "--out", out)[0] == 0
        with sources.use(publish.own(tmp_path / origin, reports=[out]).folder):
            assert set(frames.reports()["origin"]) == {origin}
    page = tmp_path / "atlas.html"
    status, said = command("atlas", page, "--reports", out)
    assert status == 0, said
    assert words.term("words.simulated") in page.read_text(encoding="utf-8")


# --- what is hidden ---


def test_small_counts_of_a_log_are_hidden_from_the_file_to_the_map(command, with_small, tmp_path):
    out = tmp_path / "reports.csv"
    status, said = command("counts", with_small, "--out", out)
    assert status == 0
    assert "số liệu được ẩn" in said
    exact = caselog_reports(with_small, tmp_path)
    with sources.use(publish.own(tmp_path / "data", reports=[out]).folder):
        reports = frames.reports()
        found = hg.uptake(FILES, 2022)
    codes = places.communes().query("district_code == '930'").index
    shares = found.parts.set_index("code")
    assert shares.loc[list(codes[:2]), "hidden"].all()
    assert not shares["hidden"].all()
    assert shares.loc[shares["hidden"], "count"].isna().all()
    # no count of one commune, and the sums of all
    assert not set(reports.loc[suppress.is_hidden(reports), "count"]) & {0, 3}
    one = found.table.set_index("code").loc["930"]
    assert one["count"] == pytest.approx(exact.query("indicator == @FILES")["count"].sum())


def caselog_reports(log, tmp_path):
    engine = caselog.connect(spill=tmp_path)
    found = caselog.counts(caselog.open_log(engine, [log]))
    engine.disconnect()
    return caselog.to_reports(found, files=FILES, people=PEOPLE)


def test_counts_that_bound_each_other_are_hidden_together():
    rng = np.random.default_rng(6)
    communes = places.communes()
    for _ in range(6):
        files = rng.integers(100, 900, len(communes))
        online = np.minimum(rng.integers(0, 80, len(communes)), files)
        people = rng.binomial(online, 0.8)
        measures = {FILES: (online, files), PEOPLE: (people, communes["population"])}
        measures["app_users"] = (rng.binomial(people, 0.5), communes["population"])
        reports = pd.concat(
            pd.DataFrame({"code": communes.index, "indicator": name, "count": one, "out_of": of})
            for name, (one, of) in measures.items()
        ).assign(year=2022, origin="reported")
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
    later = reports.assign(year=2023, count=reports["out_of"] // 2)
    both = caselog.small_reports(pd.concat([reports, later], ignore_index=True))
    assert set(both.loc[suppress.is_hidden(both), "year"]) == {2022}


def test_the_threshold_is_that_of_everything_else(command, with_small, tmp_path, monkeypatch):
    out = tmp_path / "reports.csv"
    assert command("counts", with_small, "--out", out, "--no-suppress")[0] == 0
    assert sorted(pd.read_csv(out).query("indicator == @FILES")["count"])[:2] == [0, 3]
    monkeypatch.setenv(study.SUPPRESS, "0")
    assert command("counts", with_small, "--table", out)[0] == 0
    assert pd.read_csv(out)["value"].notna().all()
    monkeypatch.setenv(study.SUPPRESS, "45")
    assert command("counts", with_small, "--table", out)[0] == 0
    online = pd.read_csv(out).query("measure == 'online'")["value"].dropna()
    assert online.min() == 45
    # shown less strictly than it was hidden: what is gone is gone
    monkeypatch.delenv(study.SUPPRESS)
    (tmp_path / suppress.REGISTER).unlink()
    assert command("counts", with_small, "--out", out)[0] == 0
    with sources.use(publish.own(tmp_path / "data", reports=[out]).folder):
        assert suppress.is_hidden(frames.reports()).any()
        with suppress.use(fewer_than=60), pytest.raises(ValueError, match="threshold below 60"):
            frames.reports()


# --- measures and places ---


def test_measures_are_taken_by_their_roles(command, with_small, tmp_path):
    text = sources.text("indicators.toml")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace(f"[indicators.{FILES}]", "[indicators.ho_so]"), encoding="utf-8")
    status, said = command("counts", with_small, "--out", "x.csv", "--indicators", mine)
    assert status == 0, said
    assert set(pd.read_csv(tmp_path / "x.csv")["indicator"]) == {"ho_so", PEOPLE}
    mine.write_text(text.replace('role = "people"', 'role = "platform"'), encoding="utf-8")
    assert command("counts", with_small, "--out", "x.csv", "--indicators", mine)[0] == 0
    assert set(pd.read_csv(tmp_path / "x.csv")["indicator"]) == {FILES}
    arguments = ("--people", "app_users", "--files", "nonsense")
    status, said = command("counts", with_small, "--out", "y.csv", *arguments)
    assert status == 1
    assert "'nonsense' is not in the catalogue" in said


def test_another_province_brings_its_places_and_says_what_it_counts(command, tmp_path):
    files = invented.write(tmp_path / "in")
    given = ("--places", files["places"], "--indicators", files["indicators"])
    codes = invented.communes()["code"]
    log = small_log(tmp_path / "log.parquet", 2024, **{f"c{code}": 50 for code in codes})
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
    assert (status, "There is no" in said or "Không có số nào" in said) == (1, True)


def test_platforms_are_reported_where_nobody_used_them_too(tmp_path):
    log = pd.read_parquet(small_log(tmp_path / "log.parquet", c31318=50, c31321=60))
    log.loc[log["commune"] == "31321", "platform"] = "B"
    log.to_parquet(tmp_path / "log.parquet")
    engine = caselog.connect(spill=tmp_path)
    found = caselog.counts(caselog.open_log(engine, [tmp_path / "log.parquet"]))
    named = {"A": "app_users", "B": "ewallet_users"}
    reports = caselog.to_reports(found, files=FILES, people=PEOPLE, platforms=named)
    counts = reports.set_index(["code", "indicator"])["count"]
    assert counts["31318", "ewallet_users"] == counts["31321", "app_users"] == 0
    assert counts["31321", "ewallet_users"] == 60


@pytest.mark.parametrize("codes", [["c31318"], ["c31318", "c31321"]])
def test_more_people_than_residents_are_left_out_and_said(command, tmp_path, codes):
    few = small_log(tmp_path / "log.parquet", **dict.fromkeys(codes, 60))
    log = pd.concat([pd.read_parquet(few).assign(part=part) for part in range(200)])
    log = log.assign(file=log["file"] + "-" + log["part"].astype("str"))
    log.assign(person=log["file"]).to_parquet(few)
    status, said = command("counts", few, "--out", "x.csv", "--lang", "en")
    assert status == 0
    assert f"Left out: {PEOPLE} in 2022, which counts more in {len(codes)} communes" in said
    assert set(pd.read_csv(tmp_path / "x.csv")["indicator"]) == {FILES}


# --- what build reads ---


@pytest.fixture
def counted(command, with_small, tmp_path):
    assert command("counts", with_small, "--out", tmp_path / "reports.parquet")[0] == 0
    return pd.read_parquet(tmp_path / "reports.parquet")


def shown_row(table):
    return table.index[table["pool"] == ""][0]


def hidden_row(table):
    return table.index[table["pool"] != ""][0]


WRONG = {
    "columns are missing: count": lambda table: table.drop(columns="count"),
    "has no row": lambda table: table[:0],
    "a code of no place that reports": lambda table: table.assign(code="00000"),
    "no measure and year of the catalogue": lambda table: table.assign(year=1999),
    "stands twice": lambda table: pd.concat([table, table[:1]]),
    "negative or no whole number": lambda table: change(table, shown_row, "count", 7.5),
    "counts more than it is out of": lambda table: change(table, hidden_row, "count", 1e9),
    "places that are not known": lambda table: change(table, hidden_row, "pool", "999"),
    "rows of origin published": lambda table: table.assign(origin="published"),
    "origin that is none of": lambda table: table.assign(origin="hearsay"),
}


def change(table, row, column, value):
    table = table.astype({"count": "float64"})
    table.loc[row(table), column] = value
    return table


@pytest.mark.parametrize("message", WRONG)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_is_no_count_of_a_log_is_refused(command, counted, tmp_path, message, suffix):
    wrong = WRONG[message](counted)
    file = tmp_path / f"wrong{suffix}"
    if suffix == ".csv":
        wrong.to_csv(file, index=False)
        if "columns are missing" in message:
            return  # a CSV with other columns is read as a report that somebody wrote
    else:
        wrong.to_parquet(file)
    for arguments in (("check", file), ("build", "--reports", file, "--out", tmp_path / "out")):
        status, said = command(*arguments)
        assert status == 1
        assert message in said
        assert "Traceback" not in said


def test_a_file_that_is_no_parquet_is_refused(command, tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing")
    status, said = command("check", tmp_path / "x.parquet")
    assert status == 1
    assert "x.parquet cannot be read" in said
    assert command("check", tmp_path / "nowhere.parquet")[0] == 1


def test_a_count_that_is_right_is_accepted_row_by_row(command, counted, tmp_path):
    status, said = command("check", tmp_path / "reports.parquet", "--lang", "en")
    assert status == 0
    assert f"{len(counted)} rows read = {len(counted)} accepted" in said
    assert not list(tmp_path.glob("*.xlsx"))


def test_counts_of_a_log_stand_beside_a_report_that_has_teams(command, log, tmp_path):
    assert command("counts", log, "--out", tmp_path / "reports.parquet")[0] == 0
    communes = places.communes()
    report = pd.DataFrame({"code": communes.index, "year": 2022, "teams": 7, "members": 50})
    report["app_users.count"] = (communes["population"] // 4).to_numpy()
    report.loc[0, "app_users.count"] = 2
    report.to_csv(tmp_path / "teams.csv", index=False)
    both = workbook.read(tmp_path / "teams.csv", tmp_path / "reports.parquet")
    assert both.complete
    assert len(both.teams) == len(communes)
    assert set(both.reports["indicator"]) == {"app_users", FILES, PEOPLE}
    assert set(both.rows["sheet"]) == {"teams", "reports.parquet"}
    with sources.use(
        publish.own(
            tmp_path / "data", reports=[*tmp_path.glob("*.csv"), *tmp_path.glob("*.parquet")]
        ).folder
    ):
        reports = frames.reports()
    assert set(reports.loc[reports["indicator"] == "app_users", "origin"]) == {"reported"}
    assert suppress.is_hidden(reports).any()
    assert indicators.role("headline") == "app_users"


def test_a_report_beside_counts_that_are_hidden_is_hidden_as_they_are(
    command, with_small, tmp_path
):
    assert command("counts", with_small, "--out", tmp_path / "reports.parquet")[0] == 0
    communes = places.communes()
    report = pd.DataFrame({"code": communes.index, "year": 2022, "app_users.count": 500})
    report.loc[0, "app_users.count"] = 2
    report.to_csv(tmp_path / "users.csv", index=False)
    both = workbook.read(tmp_path / "users.csv", tmp_path / "reports.parquet").reports
    small = both[(both["indicator"] == "app_users") & (both["code"] == communes.index[0])]
    assert suppress.is_hidden(small).tolist() == [True]


def test_reports_that_were_hidden_are_hidden_in_the_next_release_too(command, with_small, tmp_path):
    assert command("counts", with_small, "--out", tmp_path / "first.parquet")[0] == 0
    codes = places.communes().query("district_code == '930'").index
    more = small_log(tmp_path / "log.parquet", **{f"c{code}": 50 for code in codes})
    assert command("counts", more, "--out", tmp_path / "second.parquet")[0] == 0
    first, second = (
        table.loc[suppress.is_hidden(table), ["code", "indicator"]].apply(tuple, axis=1)
        for table in (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("first", "second"))
    )
    assert len(first)
    assert set(first) <= set(second)
