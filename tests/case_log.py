"""Write a log of cases of any size that adds up to the simulated province."""

import duckdb
import pandas as pd
from shell import demo

SQL = """
COPY (
    SELECT
        first + within AS file,
        make_timestamp(year, 1, 1, 0, 0, 0)
            + to_seconds((hash(file, 1) % (365 * 86400))::INTEGER) AS received,
        code AS commune,
        'TTHC' || lpad((hash(file, 2) % 40)::VARCHAR, 2, '0') AS procedure,
        channel,
        CASE WHEN channel = 'online'
             THEN ['national', 'province'][1 + (hash(file, 3) % 10 < 4)::INTEGER] END AS platform,
        -- different people are four in five of the files of a cell; the same ones come every year
        (hash(code, within % greatest(1, (0.8 * files)::BIGINT)) >> 1)::BIGINT AS person,
        'simulated' AS origin
    FROM (SELECT *, unnest(range(files)) AS within FROM cells)
    ORDER BY received, file
) TO '{file}'
"""


def caselog(rows, file, *, seed=demo.SEED):
    """
    Write a synthetic log, one row a file handed in, in agreement with the simulated province.

    Each commune and year gets its part of `rows` by the files it received and those handed in
    online in `simulate(seed=seed).reports`; with as many rows as files were received there, the
    counts are the same. A person is the same in both years and on both platforms. How many
    different people there are is made up: the simulated users of online services did not hand in
    files only.

    Parameters
    ----------
    rows
        How many.
    file
        Parquet file. The same seed gives the same rows.

    Returns
    -------
    file
        Columns `file` (number), `received` (time), `commune` (code), `procedure`, `channel`
        (`online`, `counter`), `platform` (none at the counter), `person` (pseudonym), `origin`
        (`simulated`).
    """
    reports = demo.simulate(seed=seed).reports.query("indicator == 'files_online'")
    counter = reports["out_of"] - reports["count"]
    tables = []
    for channel, files in (("online", reports["count"]), ("counter", counter)):
        keys = reports[["code", "period"]].rename(columns={"period": "year"})
        tables.append(keys.assign(channel=channel, files=files))
    cells = pd.concat(tables, ignore_index=True)
    limit = pd.Series(rows, index=cells.index)
    cells["files"] = demo.apportion(cells["files"], rows, at_most=limit)
    cells["first"] = cells["files"].cumsum() - cells["files"]
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as engine:
        texts = {"code": "object", "channel": "object"}
        engine.register("cells", cells.astype(texts))
        engine.execute(SQL.format(file=file))
    return file


def small_log(file, year=2022, **online):
    """Write a log of communes by their files online, of 100 received or of as many as said."""
    rows = []
    for code, files in online.items():
        n_online, received = files if isinstance(files, tuple) else (files, 100)
        for number in range(received):
            channel = "online" if number < n_online else "counter"
            rows.append((f"{code[1:]}-{number}", f"{year}-05-01", code[1:], channel))
    log = pd.DataFrame(rows, columns=["file", "received", "commune", "channel"])
    log = log.assign(platform="A", person=log["file"])
    log.loc[log["channel"] == "counter", ["platform", "person"]] = None
    log.to_parquet(file)
    return file
