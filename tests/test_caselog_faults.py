"""Hand a count what is broken, too large, or not a log: one message, no person, no half file."""

import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import duckdb
import pandas as pd
import pytest
from case_log import caselog as simulated_log
from test_build import run as within

from hganalysis import caselog, suppress, words

pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string'"),
]

LINE = "from hganalysis.cli import main; main()"
# Says so as soon as it counts, or as something is on disk, and gets no further.
HELD = (
    """
import sys, time
from pathlib import Path
from hganalysis import caselog
count, folder, spilled = caselog.counts, Path(sys.argv.pop(1)), sys.argv.pop(1) == "spilled"
def held(rows, *, watch, **choices):
    def wait(share):
        watch(share)
        if not spilled or any(path.is_file() for path in folder.rglob("*spill*/*")):
            print("held", flush=True)
            time.sleep(3600)
    return count(rows, watch=wait, **choices)
caselog.counts = held
"""
    + LINE
)
HANGS = 600
"""Seconds: what takes longer, however busy the machine, does not come to its end."""
HEAD = "file,received,commune,channel,platform,person"
GOOD = "F1,2022-01-01,31318,online,A,p1"
PERSON = "Nguyen-079123456789"


def start(*arguments, line=(LINE,), **choices):
    """Run the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", *map(str, line), "counts", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **{"preexec_fn": heeds, **choices},
    )


def heeds():
    """Let a process be interrupted, though whoever runs the tests in the background is not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(*arguments, **choices):
    """Run it to its end: status, and all that it says."""
    done = start(*arguments, **choices)
    said = "".join(done.communicate(timeout=HANGS))
    return done.returncode, said


def write_log(file, rows):
    """Write a log of as many files and people, which only much memory holds at once."""
    duckdb.sql(
        f"COPY (SELECT i AS file, DATE '2022-01-01' AS received, '31318' AS commune, 'online' AS "
        f"channel, hash(i) AS person FROM range({rows}) t(i)) TO '{file}'"
    )
    return file


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    return write_log(tmp_path_factory.mktemp("log") / "log.parquet", 10_000_000)


@pytest.fixture(scope="module")
def short_log(tmp_path_factory):
    return write_log(tmp_path_factory.mktemp("log") / "log.parquet", 1000)


@pytest.fixture
def engine(tmp_path):
    (tmp_path / "spill").mkdir()
    return caselog.connect(spill=tmp_path / "spill")


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


# --- a run that does not come to its end ---


@contextmanager
def stopped(*arguments, folder, how, when):
    """Stop a run in the middle of its count, and see that it ends."""
    running = start(*arguments, line=(HELD, folder, when))
    try:
        said = running.stdout.readline()
        assert said == "held\n", said + "".join(running.communicate(timeout=HANGS))
        running.send_signal(how)
        running.communicate(timeout=HANGS)
        yield running.returncode
    finally:
        running.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_what_was_there(long_log, short_log, tmp_path, how):
    out = tmp_path / "reports.csv"
    out.write_text("of yesterday", encoding="utf-8")
    arguments = (long_log, "--table", out, "--memory", "150MB", "--force")
    with stopped(*arguments, folder=tmp_path, how=how, when="spilled") as status:
        assert status in {130, -how}
    assert out.read_text(encoding="utf-8") == "of yesterday"
    assert visible(tmp_path) == ["reports.csv"]
    if how == signal.SIGINT:
        assert [path.name for path in tmp_path.iterdir()] == ["reports.csv"]
    # what a run that was killed left behind disturbs none that follows
    status, said = run(short_log, "--table", out, "--force")
    assert status == 0, said
    assert pd.read_csv(out)["value"].max() == 1000
    assert visible(tmp_path) == ["reports.csv"]


def test_a_run_that_is_killed_leaves_no_half_report(short_log, tmp_path):
    out = tmp_path / "reports.parquet"
    out.write_bytes(b"of yesterday")
    arguments = (short_log, "--out", out, "--force")
    with stopped(*arguments, folder=tmp_path, how=signal.SIGKILL, when="counting") as status:
        assert status == -signal.SIGKILL
    assert out.read_bytes() == b"of yesterday"


def test_memory_is_bounded_and_nothing_is_lost(long_log, tmp_path):
    spilled = set()
    counts = {}
    for memory in ("150MB", "4GB"):
        folder = tmp_path / memory
        folder.mkdir()
        engine = caselog.connect(memory=memory, spill=folder)

        def watch(_, folder=folder, memory=memory):
            spilled.update(memory for path in folder.rglob("*") if path.is_file())

        counts[memory] = caselog.counts(caselog.open_log(engine, [long_log]), watch=watch)
        engine.disconnect()
    assert spilled == {"150MB"}
    pd.testing.assert_frame_equal(counts["150MB"].files, counts["4GB"].files)
    assert counts["4GB"].files["people"].tolist() == [10_000_000]


@pytest.mark.parametrize("memory", ["much", "4", "-1GB", "4 apples", ""])
def test_memory_that_is_no_amount(tmp_path, memory):
    with pytest.raises(caselog.LogError, match="expected a number and its unit, such as 4GB"):
        caselog.connect(memory=memory, spill=tmp_path)


def test_memory_that_is_far_too_little_is_said(long_log, tmp_path):
    engine = caselog.connect(memory="5MB", spill=tmp_path)
    with pytest.raises(caselog.LogError, match="Out of Memory"):
        caselog.counts(caselog.open_log(engine, [long_log]))
    status, said = run(long_log, "--table", tmp_path / "x.csv", "--memory", "much")
    assert (status, "memory is 'much'" in said, "Traceback" in said) == (1, True, False)
    assert not list(tmp_path.glob("*.csv"))


# --- a disk that is full ---


def limited(size):
    """Let no file of a process grow beyond a size, as a full disk does."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_disk_too_full_to_spill(long_log, tmp_path):
    arguments = (long_log, "--table", tmp_path / "x.csv", "--memory", "150MB")
    status, said = run(*arguments, preexec_fn=limited(100_000))
    assert status == 1
    assert "was not counted" in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_a_disk_too_full_for_the_result(tmp_path):
    log = simulated_log(2000, tmp_path / "log.parquet")
    out = tmp_path / "counts.csv"
    out.write_text("of yesterday", encoding="utf-8")
    status, said = run(
        *(log, "--table", out, "--period", "month", "--force"), preexec_fn=limited(2000)
    )
    assert status == 1
    assert words.term("build.full") in said
    assert "Traceback" not in said
    assert out.read_text(encoding="utf-8") == "of yesterday"
    # another process may wait for the register, so it stays, and nothing is in it
    assert (tmp_path / suppress.REGISTER).read_bytes() == b""
    names = ["counts.csv", "log.parquet", suppress.REGISTER]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


# --- files that are broken ---

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


@pytest.mark.parametrize("cut", [1, 100, 0.5, 0.01])
def test_one_file_of_many_that_is_cut_off(engine, tmp_path, cut):
    good = simulated_log(5000, tmp_path / "log" / "a.parquet")
    bad = tmp_path / "log" / "b.parquet"
    whole = good.read_bytes()
    bad.write_bytes(whole[: int(len(whole) * cut) if cut < 1 else -cut])
    with pytest.raises(caselog.LogError, match=r"b\.parquet"):
        caselog.counts(caselog.open_log(engine, [tmp_path / "log"]))


# --- logs that say nothing ---


@pytest.mark.parametrize("kind", ["no row", "header only", "all wrong"])
def test_a_log_that_gives_no_count_is_no_report(tmp_path, kind):
    file = tmp_path / ("log.parquet" if kind == "no row" else "log.csv")
    if kind == "no row":
        pd.DataFrame(columns=HEAD.split(","), dtype="str").to_parquet(file)
    else:
        row = f"{PERSON},online,{PERSON},31318,2022-01-01,A"
        file.write_text(f"{HEAD}\n{row if kind == 'all wrong' else ''}\n", encoding="utf-8")
    done = within(tmp_path, "counts", str(file), "--out", "x.csv", "--lang", "en")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "There is nothing to write" in said
    assert ("1 rows without a date" in said) == (kind == "all wrong")
    assert PERSON not in said
    assert visible(tmp_path) == [file.name]


def test_an_empty_csv_is_named(engine, tmp_path):
    (tmp_path / "log.csv").touch()
    with pytest.raises(caselog.LogError, match=r"log\.csv: its first line is empty"):
        caselog.open_log(engine, [tmp_path / "log.csv"])


def test_people_in_the_wrong_column_are_no_example(engine, tmp_path):
    log = pd.DataFrame({"file": ["F1"], "received": "2022-01-01", "channel": "online"})
    for people in (PERSON, "Lan", "079123456789"):
        file = tmp_path / "log.parquet"
        log.assign(commune=people).to_parquet(file)
        found = caselog.counts(caselog.open_log(engine, [file])).faults
        assert found["fault"].tolist() == ["unknown commune"]
        assert found["example"].isna().all()
    # nor are they platforms
    with pytest.raises(caselog.LogError, match="platform, person are one column, 'so_cccd'"):
        caselog.open_log(
            engine,
            [write_log(tmp_path / "people.parquet", 3)],
            names={"platform": "so_cccd", "person": "so_cccd"},
        )


@pytest.mark.parametrize("day", [20220101, 2022.0, True])
def test_what_is_no_day_is_refused_before_it_is_counted(engine, tmp_path, day):
    log = pd.DataFrame({"file": ["F1"], "received": [day], "commune": "31318", "channel": "online"})
    log.to_parquet(tmp_path / "log.parquet")
    with pytest.raises(caselog.LogError, match=r"'received' holds .*, no days"):
        caselog.open_log(engine, [tmp_path / "log.parquet"])


def test_columns_of_any_type_are_counted_or_a_fault(engine, tmp_path):
    log = pd.DataFrame(
        {
            "file": [{"a": 1}, {"a": 2}],
            "received": "2022-01-01",
            "commune": [["31318"], ["1"]],
            "channel": [1, 0],
            "platform": [True, False],
            "person": [b"x", b"y"],
        }
    )
    log.to_parquet(tmp_path / "log.parquet")
    found = caselog.counts(caselog.open_log(engine, [tmp_path / "log.parquet"]))
    assert found.faults["rows"].sum() == 2


def test_names_of_columns_may_be_anything(engine, tmp_path):
    names = {
        "file": 'so"; DROP TABLE x; --',
        "received": "Ngày nhận (%s)",
        "commune": "mã\nxã",
        "channel": "'kênh' {0}",
        "platform": "select",
        "person": "PERSON ",
    }
    log = pd.DataFrame([GOOD.split(",")], columns=list(names.values()))
    for file in (tmp_path / "log.parquet", tmp_path / "it's a log.csv"):
        if file.suffix == ".csv":
            log.rename(columns={"mã\nxã": "mã xã"}).to_csv(file, index=False)
            names["commune"] = "mã xã"
        else:
            log.to_parquet(file)
        found = caselog.counts(caselog.open_log(engine, [file], names=names))
        assert found.files[["received", "people"]].to_numpy().tolist() == [[1, 1]]


def test_a_table_of_another_backend(tmp_path):
    with duckdb.connect(str(tmp_path / "office.db")) as office:
        office.execute(
            "CREATE TABLE ho_so AS SELECT i AS so, DATE '2022-01-01' AS received, '31318' AS "
            "commune, 'online' AS channel FROM range(20) t(i)"
        )
    out = tmp_path / "counts.csv"
    arguments = ("--table", str(out), "--backend", f"duckdb://{tmp_path / 'office.db'}")
    done = within(tmp_path, "counts", *arguments, "--name", "ho_so", "--column", "file=so")
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(out).set_index("measure")["value"].to_dict()["received"] == 20
    status, said = run(*arguments, "--name", "nothing")
    assert (status, "The log cannot be opened" in said) == (1, True)
    status, said = run("--table", out, "--backend", "nonsense://u:geheim@h/x", "--name", "y")
    assert (status, "geheim" in said) == (1, False)
