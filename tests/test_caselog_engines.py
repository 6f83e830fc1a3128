"""The same log through three engines gives the same counts: where one is missing, this fails."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hganalysis import caselog, places

pytestmark = [
    pytest.mark.nightly,
    # Spark and Ibis, among themselves
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

END = date(2025, 12, 31)
ROWS = 6_000


def log_with_faults():
    """Make a log in which every fault stands, from a fixed seed."""
    rng = np.random.default_rng(4)
    codes = [*places.units().index, "00000"]
    number = rng.integers(0, ROWS * 9 // 10, ROWS)
    draw = np.random.default_rng(5)
    # what belongs to a number is drawn once, so that a repeated row is the same row
    facts = pd.DataFrame(
        {
            "received": pd.Timestamp("2021-12-01")
            + pd.to_timedelta(draw.integers(0, 4 * 365 * 86_400, ROWS), unit="s"),
            "commune": draw.choice(codes, ROWS),
            "channel": draw.choice(["online", "counter", "post"], ROWS, p=[0.6, 0.39, 0.01]),
            "platform": draw.choice(["A", "B", "Cổng"], ROWS),
            "person": [f"p{person}" for person in draw.integers(0, ROWS // 8, ROWS)],
        }
    )
    facts.loc[::201, "received"] = pd.Timestamp("1999-01-01")
    facts.loc[::199, "platform"] = None
    log = facts.iloc[number].reset_index(drop=True)
    log.insert(0, "file", [f"H{row:06d}" for row in number])
    log.loc[::297, "file"] = None
    log.loc[::283, "person"] = "p-other"  # one number, another person
    return log


@pytest.fixture(scope="module")
def log():
    return log_with_faults()


@pytest.fixture(scope="module")
def embedded(log, tmp_path_factory):
    folder = tmp_path_factory.mktemp("duckdb")
    log.to_parquet(folder / "log.parquet", index=False)
    engine = caselog.connect(spill=folder)
    return caselog.open_log(engine, [folder / "log.parquet"])


@pytest.fixture(scope="module")
def spark(log, tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    engine = caselog.connect("pyspark://", spill=folder)
    engine.raw_sql("SET spark.sql.shuffle.partitions = 2")  # 200 of them suit no laptop
    log.to_parquet(folder / "log.parquet", index=False, coerce_timestamps="us")
    engine.read_parquet(str(folder / "log.parquet"), table_name="log")
    yield caselog.open_log(engine, "log")
    engine.disconnect()


@pytest.fixture(scope="module")
def postgres(log):
    *_, tool = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    # Not below pytest's own folder, which is closed to everybody else: as root the server refuses
    # to run, so that another user has to come in.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"

    def run(*command):
        done = subprocess.run(
            [*map(str, command)],
            cwd=folder,
            **(
                {
                    "user": user,
                    "group": user,
                    "extra_groups": [],
                }
                if user
                else {}
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    run(tool / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    )
    run(tool / "pg_ctl", "-D", data, "-w", "-l", folder / "log.txt", "-o", options, "start")
    try:
        engine = caselog.connect(f"postgres://postgres@127.0.0.1:{port}/postgres", spill=folder)
        engine.create_table("log", log)
        yield caselog.open_log(engine, "log")
        engine.disconnect()
    finally:
        run(tool / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.parametrize("name_of_engine", ["spark", "postgres"])
@pytest.mark.parametrize("period", ["month", "year"])
def test_exact_counts_are_the_same(embedded, name_of_engine, period, request):
    log_there = request.getfixturevalue(name_of_engine)
    choices = {"period": period, "until": END}
    ours = caselog.counts(embedded, **choices)
    theirs = caselog.counts(log_there, **choices)
    for table in ("files", "platforms", "faults"):
        pd.testing.assert_frame_equal(
            getattr(ours, table), getattr(theirs, table), check_dtype=False
        )
    assert ours.rows == theirs.rows == ROWS
    # the log is one in which every fault stands
    assert set(ours.faults["fault"]) >= {
        "no number",
        "contradicting",
        "impossible date",
        "unknown commune",
        "another date",
        "unknown channel",
        "repeated",
    }


@pytest.mark.parametrize("name_of_engine", ["spark", "postgres"])
def test_days_in_text_are_the_same(embedded, name_of_engine, request, tmp_path):
    engine = request.getfixturevalue(name_of_engine).get_backend()
    days = ["2022-12-31T17:00:00Z", "2022-12-31 23:59:59", "2023-01-01", "02/01/2023", "x", ""]
    days += ["2022-12-31 17:00:00+00:00", "2022-12-31T23:59:59+07:00", "2022-02-30", None]
    log = pd.DataFrame(
        {
            "file": range(len(days)),
            "received": days,
            "commune": 31318,
        }
    )
    log = log.assign(channel="counter")
    answers = []
    log.to_parquet(tmp_path / "texts.parquet", index=False)
    for backend in (embedded.get_backend(), engine):
        if backend.name == "postgres":
            backend.create_table("texts", log)
        else:  # Spark would leave a table behind
            backend.read_parquet(str(tmp_path / "texts.parquet"), table_name="texts")
        counted = caselog.counts(caselog.open_log(backend, "texts"), until=END)
        answers.append([counted.files.to_dict("list"), counted.faults.to_dict("list")])
    assert answers[0] == answers[1]
    assert answers[0][0]["received"] == [2, 3]
    assert answers[0][1]["rows"] == [5]
