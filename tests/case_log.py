"""Write a log of cases of any size that adds up to the simulated province."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from shell import demo

_CHUNK = 1_000_000  # rows held in memory at once
_PROCEDURES = 40
_PLATFORMS = ("national", "province")
_ON_PROVINCE = 0.4  # of the files handed in online
_PEOPLE_PER_FILE = 0.8  # different people among the files that a commune gets online in a year


def caselog(rows, file, *, seed=demo.SEED):
    """
    Write a synthetic log, one row a file handed in, in agreement with the simulated province.

    Each commune and year gets its part of `rows` by the files it received and those handed in
    online in `simulate(seed=seed).reports`; with as many rows as files were received there, the
    counts are the same. Times are spread evenly over the year, and a person is the same in both
    years and on both platforms. How many different people there are is made up: the simulated
    users of online services did not hand in files only.

    Parameters
    ----------
    rows
        How many; they are made in parts, so that any number fits into memory.
    file
        Parquet file, whole or not there.
    seed
        The same seed gives the same rows.

    Returns
    -------
    file
        Columns `file` (number), `received` (time), `commune` (code), `procedure`, `channel`
        (`online`, `counter`), `platform` (none at the counter), `person` (pseudonym), `origin`
        (`simulated`).
    """
    if rows < 1:
        msg = f"rows is {rows}; expected at least 1."
        raise ValueError(msg)
    cells = _cells(rows, seed=seed)
    half = file.with_name(f".{file.name}.part")
    half.parent.mkdir(parents=True, exist_ok=True)
    try:
        with pq.ParquetWriter(half, _schema()) as writer:
            for start in range(0, rows, _CHUNK):
                number = np.arange(start, min(start + _CHUNK, rows), dtype="uint64")
                writer.write_table(_rows(number, cells, rows=rows, seed=seed))
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return file


def _cells(rows, *, seed):
    """Give each commune, year and channel its part of the rows."""
    files = demo.simulate(seed=seed).reports.query("indicator == 'files_online'")
    counter = files["out_of"] - files["count"]
    cells = pd.concat(
        [
            files.assign(online=True, files=files["count"]),
            files.assign(online=False, files=counter),
        ],
        ignore_index=True,
    )[["code", "year", "online", "files"]]
    at_most = pd.Series(rows, index=cells.index)
    return cells.assign(rows=demo.apportion(cells["files"], rows, at_most=at_most))


def _rows(number, cells, *, rows, seed):
    # A fixed walk through all places of the log mixes communes and years, without holding them.
    place = (number * np.uint64(_step(rows)) + np.uint64(rows // 3)) % np.uint64(rows)
    ends = np.cumsum(cells["rows"].to_numpy())
    cell = np.searchsorted(ends, place, side="right")
    within = place - (ends - cells["rows"].to_numpy())[cell].astype("uint64")
    online = cells["online"].to_numpy()[cell]
    codes, commune = np.unique(cells["code"].to_numpy(dtype="str"), return_inverse=True)

    def draw(stream, of=number):
        return _mixed(of + np.uint64(stream << 48) + np.uint64(seed))

    year = cells["year"].to_numpy()[cell]
    first = (year - 1970).astype("datetime64[Y]").astype("datetime64[s]")
    seconds = ((year - 1969).astype("datetime64[Y]").astype("datetime64[s]") - first).astype(
        "uint64"
    )
    # Whoever is among the first of a cell is new, everybody after them is one of these.
    people = np.maximum(1, (cells["rows"].to_numpy() * _PEOPLE_PER_FILE).astype("uint64"))[cell]
    one = np.where(within < people, within, draw(1) % people)
    province_portal = draw(2) % np.uint64(1000) < np.uint64(_ON_PROVINCE * 1000)
    platform = pa.array(np.where(province_portal, 1, 0), mask=~online)
    names = {
        "commune": (commune[cell], codes.tolist()),
        "procedure": (
            draw(3) % np.uint64(_PROCEDURES),
            [f"TTHC{i:02d}" for i in range(_PROCEDURES)],
        ),
        "channel": (online.astype("int32"), ["counter", "online"]),
        "origin": (np.zeros(len(number)), ["simulated"]),
    }
    named = {
        name: pa.DictionaryArray.from_arrays(pa.array(index.astype("int32")), values)
        for name, (index, values) in names.items()
    }
    return (
        pa.table(
            {
                "file": number.astype("int64"),
                "received": first + (draw(4) % seconds).astype("timedelta64[s]"),
                **named,
                "platform": pa.DictionaryArray.from_arrays(
                    platform.cast("int32"), list(_PLATFORMS)
                ),
                # half of the 64 bits would do, but two people must never get one pseudonym
                "person": (
                    _mixed((commune[cell].astype("uint64") << np.uint64(40)) + one) >> np.uint64(1)
                ).astype("int64"),
            }
        )
        .select(_schema().names)
        .cast(_schema())
    )


def _schema():
    text = pa.dictionary(pa.int32(), pa.string())
    columns = {
        "file": pa.int64(),
        "received": pa.timestamp("s"),
        **dict.fromkeys(["commune", "procedure", "channel", "platform"], text),
        "person": pa.int64(),
        "origin": text,
    }
    return pa.schema(list(columns.items()))


def _step(rows):
    """Find a step that visits every one of the rows once: it has no divisor in common with them."""
    step = int(rows * 0.618) | 1
    while math.gcd(step, rows) != 1:
        step += 2
    return step


def _mixed(numbers):
    """Mix 64 bits so that neighbours look unlike each other; no two numbers become one."""
    # SplitMix64, Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators".
    with np.errstate(over="ignore"):
        mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
