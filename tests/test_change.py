"""What changed? A change is a fact, and what is no change is refused."""

import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, places, words
from hganalysis.study import Study

STUDIES = [
    (None, "app_users"),
    (None, "files_online"),
    ("india_2023", "transactions"),
    ("india_2023", "registered_users"),
]


@pytest.fixture(params=STUDIES, ids=str)
def both(request):
    """A measure, its rows in a disorder, and what changed from 2022 to 2023."""
    with Study.open(request.param[0]).use(), words.use("en"):
        name = request.param[1]
        rows = frames.reports().query("indicator == @name").drop(columns="indicator")
        yield name, rows.sample(frac=1, random_state=1), hg.compare(name, 2022, 2023)


def test_a_change_is_the_difference_of_plain_sums_and_turns_with_time(both):
    _, rows, answer = both
    home = rows["code"].map(places.communes()["district_code"])
    sums = rows.groupby([home, "year"])[["count", "out_of"]].sum()
    share = (sums["count"] / sums["out_of"]).unstack()
    table = answer.table.set_index("code")
    assert np.allclose(100 * (share[2023] - share[2022]).reindex(table.index), table["change_pp"])
    back = rows.replace({"year": {2022: 2023, 2023: 2022}})
    back = hg.compare(back, 2022, 2023, source="us")
    moved = back.table.set_index("code")["change_pp"]
    assert np.allclose(moved.reindex(table.index), -table["change_pp"])
    assert back.whole["parts_up"] == answer.whole["parts"] - answer.whole["parts_up"]
    for part in (table, pd.Series(answer.whole)):  # what shares and weights did adds up to it
        assert np.allclose(part["within_pp"] + part["between_pp"], part["change_pp"])


def test_only_weights_moved_where_no_share_did():
    """Nobody uses it more or less; more people are where it is used."""
    codes = places.communes().query("district_code == '930'").index
    rows = pd.DataFrame({"code": codes, "origin": "reported"})
    rows["out_of"] = 1000.0 + 100 * np.arange(len(rows))
    rows["share"] = np.linspace(0.2, 0.6, len(rows))
    first = rows.assign(year=2022, count=rows["share"] * rows["out_of"])
    second = rows.assign(year=2023, out_of=1000 + 400.0 * np.arange(len(rows)))
    second["count"] = second["share"] * second["out_of"]
    found = hg.compare(pd.concat([first, second]), 2022, 2023, source="us").table.iloc[0]
    assert found["within_pp"] == pytest.approx(0)
    assert found["between_pp"] == pytest.approx(found["change_pp"])
    assert found["change_pp"] > 1


def test_a_small_change_shows_in_every_number_beside_it():
    """From 50.0% to 50.0% was up 0.004."""
    codes = places.districts().index
    rows = pd.DataFrame({"code": codes, "origin": "reported", "out_of": 1_000_000})
    first = rows.assign(year=2022, count=300_000 + 50_000 * np.arange(len(codes)))
    both_years = pd.concat([first, first.assign(year=2023, count=first["count"] + 40)])
    with words.use("en"):
        answer = hg.compare(both_years, 2022, 2023, source="us")
        assert "from 47.500% to 47.504%" in str(answer)
        slopes = answer.slopes().figure
        drawn = slopes.panels[0].rows.set_index("name").loc[places.label(codes[0])]
        assert drawn["start"] == "30.000%"
        assert drawn["end"].startswith("30.004%  +0.004")
        expected = ["30.000%", "30.004%"]
        for table in (slopes.table, hg.table(answer, ["before", "after"]).texts):
            texts = table.set_index("District").loc[places.label(codes[0])]
            assert texts.tolist()[:2] == expected
        ranked = hg.uptake(both_years, 2023, source="us").order().figure.table
        assert ranked[["2022", "2023"]].iloc[-1].tolist() == expected


def test_how_many_rose_says_how_many_are_not_counted():
    codes = places.communes().index
    rows = pd.DataFrame({"code": codes, "origin": "reported", "out_of": 10_000})
    first = rows.assign(year=2022, count=3_000 + 10 * np.arange(len(codes)))
    second = first.assign(year=2023, count=first["count"] + 100 + 7 * (np.arange(len(codes)) % 5))
    with words.use("en"):
        whole = str(hg.compare(pd.concat([first, second]), 2022, 2023, source="us"))
        assert "up in 75 of 75 communes." in whole
        some = str(hg.compare(pd.concat([first, second.iloc[3:]]), 2022, 2023, source="us"))
        # its district has no number of both years, and so none of the nine is counted
        assert places.parents(codes[:3].to_series(), "district").nunique() == 1
        assert "up in 66 of 66 communes (9 of 75 are not counted)." in some


def test_copied_years_are_named_as_such():
    with Study.open("india_2023").use(), words.use("en"):
        assert "not two counts" in str(hg.compare("registered_users", 2022, 2023))
        assert "not two counts" not in str(hg.compare("transactions", 2022, 2023))


def test_a_place_without_a_year_is_named_and_in_no_sum(both):
    _, rows, answer = both
    kept = rows[(rows["code"] != rows["code"].min()) | (rows["year"] != 2023)]
    lost = hg.compare(kept, 2022, 2023, source="us")
    named = lost.table.loc[lost.table["change_pp"].isna(), "name"]
    assert len(named) == 1
    assert named.iloc[0] in str(lost)
    assert named.iloc[0] in lost.slopes().figure.source
    assert pd.isna(lost.whole["change_pp"])
    assert lost.whole["parts"] < answer.whole["parts"]


def test_unlike_measures_and_times_are_refused():
    with pytest.raises(ValueError, match=r"hg\.uptake\('online_service_users', 2022\)") as refused:
        hg.compare("online_service_users", 2022, ("app_users", 2023))
    assert "hg.uptake('app_users', 2023)" in str(refused.value)
    with pytest.raises(ValueError, match="later"):
        hg.compare("app_users", 2023, 2022)
    with pytest.raises(LookupError, match="2021"):
        hg.compare("app_users", 2021, 2023)
