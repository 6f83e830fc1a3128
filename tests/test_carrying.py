"""Hold carried counts to sums made by hand; codes of another day are refused."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusal_texts import says

import hganalysis as hg
from hganalysis import places, publish, study, suppress
from hganalysis.publish.own import lend_data

DAY = "2025-07-01"
OLD = ["1", "2", "3", "4", "5"]
NEW = ["1", "3", "9"]
SHARES = [[1.0], [0.25, 0.75], [0.5, 0.3, 0.2]]


@st.composite
def changed(draw):
    """Draw what became of five places, and reports of some of them; codes are used again."""
    changes = []
    for code in OLD:
        shares = draw(st.sampled_from(SHARES))
        news = draw(st.permutations(NEW))
        pairs = zip(news, shares, strict=False)
        changes += [(code, new, share, DAY) for new, share in pairs]
    reports = []
    for period in ("2025-Q1", "2025-Q2"):
        codes = st.lists(st.sampled_from(OLD), min_size=1, unique=True)
        for code in draw(codes):
            out_of = draw(st.integers(100, 900))
            count = draw(st.just(math.nan) | st.integers(0, 100))
            pool = draw(st.sampled_from(["", "", "a", "b"]))
            origin = draw(st.sampled_from(["reported", "simulated"]))
            reports.append((code, period, count, out_of, origin, pool))
    columns = ["code", "period", "count", "out_of", "origin", "pool"]
    columns_of_changes = ["code", "code_new", "share", "since"]
    table_of_changes = pd.DataFrame(changes, columns=columns_of_changes)
    return pd.DataFrame(reports, columns=columns), table_of_changes


@given(changed())
@settings(max_examples=40)
def test_each_sum_is_that_of_all_its_parts_or_there_is_none(drawn):
    reports, changes = drawn
    carried = places.carry(reports, changes).set_index(["code", "period"])
    sent = {(row.code, row.period): row for row in reports.itertuples()}
    new_places = changes.groupby("code")["code_new"].agg(set)
    of_pool = {}
    for row in reports.itertuples():
        places_of_pool = of_pool.setdefault((row.period, row.pool), set())
        places_of_pool.update(new_places[row.code])
    expected = set()
    for new, parts in changes.groupby("code_new"):
        for period in reports["period"].unique():
            shares = [(part.code, part.share) for part in parts.itertuples()]
            pairs = [(sent.get((code, period)), share) for code, share in shares]
            rows = [(row, share) for row, share in pairs if row]
            if not rows:
                continue
            expected.add((new, period))
            got = carried.loc[(new, period)]
            pools = {row.pool for row, _ in rows if row.pool}
            is_hidden = any(len(of_pool[period, pool]) > 1 for pool in pools)
            assert got["pool"] == (suppress.ALONE if is_hidden else "")
            assert got["shared"] == any(share < 1 for _, share in rows)
            origins = [row.origin for row, _ in rows]
            assert got["origin"] == ("simulated" if "simulated" in origins else "reported")
            for name in ("count", "out_of"):
                numbers = [getattr(row, name) * share for row, share in rows]
                is_unknown = len(rows) < len(pairs) or any(map(math.isnan, numbers))
                if is_hidden or is_unknown:
                    assert math.isnan(got[name])
                else:
                    assert abs(got[name] - sum(numbers)) <= 0.5 + 1e-9
    assert set(carried.index) == expected


@pytest.fixture
def reform():
    """Give the shipped change of 1 July 2025."""
    crosswalk = places.crosswalk().reset_index()
    table = crosswalk.rename(columns={"code_2025": "code_new"})
    return table.assign(share=1.0, since=DAY)


@pytest.fixture
def old(reform):
    """Give two quarters of the 75 former communes, and one of the 28 new ones."""
    columns = (("code", "2025-Q1"), ("code", "2025-Q2"), ("code_new", "2025-Q3"))
    quarters = []
    for column, period in columns:
        quarters.append(pd.DataFrame({"code": reform[column].unique(), "period": period}))
    table = pd.concat(quarters, ignore_index=True)
    numbers = table.index
    return table.assign(count=numbers % 7 + 10, out_of=40 + numbers % 5, origin="simulated")


def test_totals_stay_where_all_merged_whole_and_new_reports_are_untouched(old, reform):
    carried = places.carry(old, reform)
    sizes = carried.groupby("period").size()
    assert sizes.tolist() == [28, 28, 28]
    sums = carried.groupby("period")[["count", "out_of"]].sum()
    expected = old.groupby("period")[["count", "out_of"]].sum()
    assert (sums == expected).all(axis=None)
    assert not carried["shared"].any()
    [ward] = carried.query("code == '31321' and period == '2025-Q2'")["count"]
    old_wards = old.query("code in ['31318', '31321', '31330'] and period == '2025-Q2'")
    assert ward == old_wards["count"].sum()


def test_of_hidden_counts_only_sums_that_are_known_are_given_and_these_are_true(reform):
    counts = np.random.default_rng(4).poisson(9, 75)
    few = pd.DataFrame(
        {
            "code": reform["code"],
            "period": 2022,
            "count": counts,
        }
    )
    few = few.assign(indicator="ecommerce_guided", out_of=9000, origin="simulated")
    hidden = suppress.hide_counts(few)
    carried = places.carry(hidden, reform)
    true = places.carry(few, reform)
    is_known = carried["count"].notna()
    assert 0 < is_known.sum() < 28
    assert (carried["count"] == true["count"])[is_known].all()
    merged = hidden[suppress.is_hidden(hidden)].merge(reform, on="code")
    n_places = merged.groupby("pool")["code_new"].nunique()
    crossing = merged.loc[merged["pool"].map(n_places) > 1, "code_new"]
    assert set(carried.loc[~is_known, "code"]) == set(crossing)
    assert (suppress.is_hidden(carried) == ~is_known).all()


def with_row(table, **values):
    """Add a row like the last, but for some values."""
    row = table.tail(1).assign(**values)
    return pd.concat([table, row], ignore_index=True)


REFUSED = [
    (lambda old, new: (old, new.assign(share=0.7)), says("places_errors.sum")),
    (lambda old, new: (old, new.assign(share="half")), says("places_errors.share")),
    (lambda old, new: (old, new.assign(since="1/7/2025")), says("places_errors.day")),
    (
        lambda old, new: (old, with_row(new, code="7", since="2024-07-01")),
        says("places_errors.other_day"),
    ),
    (lambda old, new: (old, with_row(new)), says("refusals.twice")),
    (lambda old, new: (old, new.drop(columns="share")), says("refusals.columns", missing="share")),
    (lambda old, new: (with_row(old, code="31318"), new), says("places_errors.old_code")),
    (lambda old, new: (with_row(old, code="31000"), new), says("places_errors.not_listed")),
    (
        lambda old, new: (old, new.replace({"code_new": {"31495": "9"}}).tail(74)),
        says("places_errors.not_listed"),
    ),
    (lambda old, new: (old[:75].assign(period=2025), new), says("places_errors.period_of_change")),
    (lambda old, new: (with_row(old), new), says("refusals.twice")),
]


@pytest.mark.parametrize(
    ("make", "message"),
    REFUSED,
)
def test_codes_of_another_day_and_shares_of_no_whole_are_refused(old, reform, make, message):
    reports, changes = make(old, reform)
    with pytest.raises(ValueError, match=message):
        places.carry(reports, changes)


# --- a study of today that names the study of before ---

OLD_PLACES = """code,name,district_code,district,population
101,An Hoa,1,North,9000
102,An Loc,1,North,7000
103,Binh Tan,1,North,8000
201,Cai Son,2,South,12000
202,Dong Phu,2,South,6000
203,Dong Tay,2,South,5000
"""
NEW_PLACES = """code,name,population
101,An Hoa,16000
103,Binh Tan,6000
201,Cai Son,14000
202,Dong Phu,11000
"""
CROSSWALK = """code,code_new,share,since
101,101,1,2025-07-01
102,101,1,2025-07-01
103,103,0.75,2025-07-01
103,201,0.25,2025-07-01
201,201,1,2025-07-01
202,202,1,2025-07-01
203,202,1,2025-07-01
"""
LEVELS = """language = "en"
levels.province = { one = "area", many = "areas" }
levels.commune = { one = "commune", many = "communes" }
"""
MEASURE = """[indicators.app_users]
label = "Users of the app"
users = true
"""
OLD_COUNTS = [3150, 2100, 3000, 4700, 2050, 1600]


def write_studies(
    folder,
    *,
    counts=OLD_COUNTS,
    label="",
    old_period="2025-Q2",
    period="2025-Q3",
    crosswalk=CROSSWALK,
    old_reports=True,
):
    """Write the study of before and the files of that of today; give what `lay_out` takes."""
    (folder / "old.toml").write_text(
        f'name = "Before"\nperiods = ["{old_period}"]\n{LEVELS}'
        'levels.district = { one = "district", many = "districts" }\n' + MEASURE
    )
    (folder / "new.toml").write_text(
        'name = "Today"\nperiods = ["2025-Q2", "2025-Q3"]\n'
        'before = { study = "before", crosswalk = "crosswalk.csv" }\ntargets = "targets.csv"\n'
        f"{LEVELS}{MEASURE}{label}"
    )
    codes_now = ["101", "103", "201", "202"]
    targets = pd.DataFrame({"code": codes_now, "target": 0.5})
    targets = targets.assign(period="2025-Q3", indicator="app_users")
    targets.to_csv(folder / "targets.csv", index=False)
    (folder / "old_places.csv").write_text(OLD_PLACES)
    (folder / "places.csv").write_text(NEW_PLACES)
    (folder / "crosswalk.csv").write_text(crosswalk)
    lines = OLD_PLACES.splitlines()[1:]
    codes = [line.split(",")[0] for line in lines]
    old = pd.DataFrame(
        {
            "code": codes,
            "period": old_period,
            "count": counts,
        }
    )
    old["out_of"] = [9000, 7000, 8000, 12_000, 6000, 5000]
    new = pd.DataFrame(
        {
            "code": codes_now,
            "period": period,
            "count": 3000,
        }
    )
    new["out_of"] = [16_000, 6000, 14_000, 11_000]
    for table, file in ((old, "old_report.csv"), (new, "report.csv")):
        table.insert(2, "indicator", "app_users")
        table.assign(origin="reported").to_csv(folder / file, index=False)
    old_files = {"places": folder / "old_places.csv"}
    if old_reports:
        old_files["reports"] = folder / "old_report.csv"
    publish.lay_out(folder / "before", study=folder / "old.toml", **old_files)
    files = {"places": folder / "places.csv", "reports": folder / "report.csv"}
    return files | {"study": folder / "new.toml"}


def test_a_study_of_today_compares_across_the_change_and_says_what_is_estimated(tmp_path):
    mine = publish.lay_out(tmp_path / "mine", **write_studies(tmp_path))
    with hg.Study.open(mine.folder).use(language="en"):
        change = hg.compare("app_users", "2025-Q2", "2025-Q3")
        before = change.table.set_index("code")["before"]
        assert before["101"] == (3150 + 2100) / 16_000
        assert before["103"] == (3000 * 0.75) / 6_000
        assert before["201"] == (3000 * 0.25 + 4700) / 14_000
        assert before["202"] == (2050 + 1600) / 11_000
        source = change.slopes().figure.source
        for text in (str(change), source, str(hg.uptake("app_users", "2025-Q3"))):
            assert "a former place was divided: Binh Tan, Cai Son." in text
        assert "Dong Phu" not in str(change).partition("divided")[2]


def test_where_a_former_count_is_hidden_nobody_learns_it_from_either_list(tmp_path):
    counts = [3150, 2100, 3, 4700, 2050, 1600]
    mine = publish.lay_out(tmp_path / "mine", **write_studies(tmp_path, counts=counts))
    text = (mine.folder / study.BEFORE).read_text()
    assert "3" not in text.replace(",", " ").split()
    with hg.Study.open(mine.folder).use(language="en"):
        reports = hg.frames.reports()
        hidden = reports[suppress.is_hidden(reports)]
        # of users, a later count bounds a former one
        periods = hidden.loc[hidden["code"] == "103", "period"]
        assert {"2025-Q2", "2025-Q3"} <= set(periods)
        where = hg.uptake("app_users", "2025-Q3").table.set_index("code")
        has_no_share = where["share"].isna()
        assert where["short"].isna().equals(has_no_share)
        assert pd.isna(where.loc["103", "short"])


ESTIMATES = [(6, True), (7, False), (7994, True), (7993, False)]


@pytest.mark.parametrize(
    ("count", "is_hidden"),
    # three quarters are 4.5 or 5.25 people; of the 6,000 others, 4.5 or 5.25 are left over
    ESTIMATES,
)
def test_a_small_estimate_from_a_divided_place_is_hidden(tmp_path, count, is_hidden):
    counts = [3150, 2100, count, 4700, 2050, 1600]
    mine = publish.lay_out(tmp_path / "mine", **write_studies(tmp_path, counts=counts))
    texts = {"code": "str", "pool": "str"}
    table = pd.read_csv(mine.folder / study.BEFORE, dtype=texts).set_index
    carried = table("code")
    assert carried["shared"].to_dict()["103"]
    assert (carried.loc["103", "pool"] == "none") is is_hidden
    assert pd.isna(carried.loc["103", "count"]) is is_hidden
    assert pd.isna(carried.loc["103", "out_of"]) is is_hidden


UNLIKE = [
    (
        {"label": 'counts = "calls"\n'},
        says("frames_errors.unlike", names="app_users", study="before"),
    ),
    ({"old_period": "2024"}, says("frames_errors.no_former")),
    ({"period": "2025-Q2"}, says("frames_errors.former_period")),
    (
        {"crosswalk": "code,share,since\n101,1,2025-07-01\n"},
        says("refusals.columns", missing="code_new"),
    ),
    ({"crosswalk": CROSSWALK.replace("0.75", "0.7")}, says("places_errors.sum")),
    ({"old_reports": False}, says("frames_errors.no_reports", study="before")),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    UNLIKE,
)
def test_what_cannot_be_joined_is_refused(tmp_path, changes, message):
    files = write_studies(tmp_path, **changes)
    with pytest.raises(publish.BuildError, match=message):
        publish.lay_out(tmp_path / "mine", **files)


@pytest.mark.parametrize("name", ["targets.csv", "crosswalk.csv"])
@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_study_reads_no_file_outside_its_folder(tmp_path, name, is_absolute):
    folder = tmp_path / "study"
    folder.mkdir()
    files = write_studies(folder)
    outside = (folder / name).rename(tmp_path / name)
    written = outside.as_posix() if is_absolute else f"../{name}"
    described = files["study"].read_text()
    files["study"].write_text(described.replace(f'"{name}"', f'"{written}"'))
    refused = pytest.raises(publish.BuildError, match=r"outside the folder")
    with hg.words.use("en"), refused as refusal:
        publish.lay_out(tmp_path / "mine", **files)
    assert written in str(refusal.value)


def test_the_shipped_communes_of_today_have_the_people_of_before_and_a_series_across():
    crosswalk = places.crosswalk()
    former = places.units()
    by_new = former.groupby(crosswalk["code_2025"])
    expected = by_new[["population", "households"]].sum()
    with lend_data(study="hau_giang_2025"), hg.words.use("en"):
        today = places.units()
        assert (today[["population", "households"]] == expected).all(axis=None)
        west = former["lon"].min()
        east = former["lon"].max()
        assert today["lon"].between(west, east).all()
        change = hg.compare("app_users", "2025-Q2", "2025-Q3")
        assert str(change).startswith("Simulated data.")
        assert "up in all 28 communes" in str(change)
        assert change.table["before"].notna().all()
        cards = study.current().own
        files = (study.REPORTS, study.BEFORE, study.TARGETS)
        assert {cards[file]["real_or_invented"] for file in files} == {"simulated"}
    with hg.Study.open(study.DATA / "studies/hau_giang_2025/former").use():
        old = hg.frames.reports()
    assert change.table["code"].nunique() == 28
    by_period = old.groupby("period")[["count", "out_of"]]
    sums = by_period.sum().loc["2025-Q2"]
    assert change.whole["before"] == sums["count"] / sums["out_of"]
