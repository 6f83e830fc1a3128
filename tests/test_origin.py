"""Nothing is drawn that does not say where it comes from: origin is never taken from elsewhere."""

import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, places, suppress

BARE = ["code", "share"]


@pytest.fixture(scope="module")
def shares():
    """Give simulated shares of the districts."""
    found = hg.uptake("app_users", 2023).table[["code", "count", "out_of", "share"]]
    return found.assign(origin="simulated", year=2023)


def joined(table):
    """Lay the list of districts beside a table, as one who wants names and residents does."""
    return table.merge(places.districts(), left_on="code", right_index=True)


# Careless ways to lose the origin of a frame of simulated shares.
WAYS = {
    "two columns are kept": lambda d: d[BARE],
    "joined to the list": lambda d: joined(d[BARE]),
    "joined on the index": lambda d: d[BARE].set_index("code").join(places.districts()),
    "joined to outlines": lambda d: places.areas().join(d[BARE].set_index("code")),
    "two origins": lambda d: d.merge(d[["code", "origin"]], on="code"),
    "added up by hand": lambda d: d.groupby("code", as_index=False)["share"].mean(),
    "nothing said": lambda d: d.assign(origin=None),
    "a number for a word": lambda d: d.assign(origin=np.nan),
    "an unknown word": lambda d: d.assign(origin="real"),
    "another case": lambda d: d.assign(origin="Simulated"),
    "one row of eight": lambda d: d.assign(origin=["reported"] * 7 + [None]),
    "lost by an outer join": lambda d: d[BARE].merge(
        d.loc[d["code"] > "931", ["code", "origin"]], how="left", on="code"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_does_not_say_its_origin_is_refused_at_every_entrance(shares, way):
    frame = WAYS[way](shares)
    with pytest.raises(ValueError, match=r"origin"):
        hg.map(frame, "share", source="x")
    counted = frame.drop(columns=["count", "out_of", "year"], errors="ignore")
    counted = counted.assign(count=900, out_of=1000, year=2023).reset_index()
    with pytest.raises(ValueError, match="origin"):
        hg.uptake(counted, source="x")
    with pytest.raises(ValueError, match="origin"):
        hg.compare(counted, 2022, 2023, source="x")


def test_a_list_of_places_gives_no_origin_to_what_is_laid_beside_it():
    tables = [places.districts(), places.communes(), places.areas(), places.points()]
    tables += [places.provinces(), frames.residents(frames.teams())]
    for table in tables:
        assert not {"origin", "state"} & set(table.columns)


# Small counts take the same roads.


@pytest.mark.parametrize(
    "frame",
    [
        {"count": [2, 300], "out_of": [1000, 1000]},
        {"count": [2, 300]},
        {"count": ["3", "300"]},
        {"count": [998, 300], "out_of": [1000, 1000]},
        {"share": [0.002, 0.3], "out_of": [1000, 1000]},
        {"share": [0.998, 0.3], "out_of": [1000, 1000]},
    ],
)
@pytest.mark.parametrize("origin", [None, "reported", "simulated"])
def test_small_counts_do_not_pass_in_fewer_columns(frame, origin):
    table = pd.DataFrame({"code": ["930", "931"], **frame})
    table = table if origin is None else table.assign(origin=origin)
    with pytest.raises(ValueError, match=r"1 of 2 rows have a count below 5(?s:.*)930"):
        suppress.refuse_small(table)
    with suppress.use(fewer_than=0):
        assert suppress.refuse_small(table) is table


def test_a_small_count_is_not_drawn_beside_a_share():
    table = pd.DataFrame({"code": ["930", "931"], "count": [3, 70_000], "share": [0.1, 0.2]})
    for column in ("count", "share"):
        with pytest.raises(ValueError, match="count below 5"):
            hg.map(table, column, origin="reported", source="x")
