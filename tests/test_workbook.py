"""Check that reports are read as they are, and that each fault is listed."""

import re

import numpy as np
import pandas as pd
import pytest

from hganalysis import frames, places
from hganalysis.workbook import completeness, plausibility


@pytest.fixture
def reports():
    return frames.reports().head(6)


@pytest.fixture
def teams():
    return frames.teams().head(6)


def faults(require, table):
    """Run a check and list `(row, what is wrong)` as its message does."""
    with pytest.raises(ValueError, match="faults in") as told:
        require(table)
    message = str(told.value)
    found = [
        (int(row), says) for row, says in re.findall(r"^  row (\d+): (.+?) \(", message, flags=re.M)
    ]
    assert message.startswith(f"{len(found)} faults in {len(table)} rows:")
    return found


def change(table, cells):
    """Put other values into some cells, whatever their type."""
    table = table.astype(object)
    for (row, column), cell in cells.items():
        table.loc[row, column] = cell
    return table


# What the files hold


def test_reports():
    reports = frames.reports()
    assert reports.columns.tolist() == ["code", "year", "indicator", "count", "out_of", "origin"]
    assert len(reports) == 75 * 8
    assert set(reports["origin"]) == {"simulated"}
    assert reports["code"].map(type).eq(str).all()


def test_teams():
    teams = frames.teams()
    assert teams.columns.tolist() == ["code", "year", "teams", "members", "origin"]
    assert len(teams) == 75 * 2
    assert set(teams["origin"]) == {"simulated"}


def test_published_figures_are_numbers_but_for_the_two_dates():
    published = frames.published()
    assert len(published) == 62
    assert published.loc[published["value"].isna(), "indicator"].tolist() == ["campaign_start"] * 2
    assert set(published["origin"]) == {"published"}


def test_published_counts_are_reports_of_the_province():
    counts = frames.published_counts()
    assert counts.set_index("indicator")["count"].to_dict() == {
        "informed": 70_000,
        "app_users": 173_000,
        "ewallet_users": 77_972,
        "online_service_users": 123_763,
        "ecommerce_guided": 1_755,
    }
    assert set(counts["code"]) == {"93"}
    assert set(counts["year"]) == {2022}
    assert set(counts["out_of"]) == {733_017}
    assert set(counts["origin"]) == {"published"}
    qualifiers = counts.set_index("indicator")["qualifier"]
    assert qualifiers[["app_users", "informed"]].tolist() == ["nearly", "nearly"]


def test_the_least_firm_origin_wins():
    assert frames.ORIGINS == ("published", "census", "reported", "simulated")
    for at, origin in enumerate(frames.ORIGINS):
        assert frames.worst_origin(pd.Series(frames.ORIGINS[: at + 1])) == origin
        assert frames.worst_origin(pd.Series(frames.ORIGINS[at::-1])) == origin


# What is refused: every faulty row is listed


@pytest.mark.parametrize("missing", [["code"], ["count", "out_of"], ["origin"]])
def test_missing_columns_are_named(reports, missing):
    with pytest.raises(ValueError, match=f"columns are missing: {', '.join(missing)}. Expected"):
        frames.require_reports(reports.drop(columns=missing))


def test_missing_columns_of_teams_are_named(teams):
    with pytest.raises(ValueError, match="columns are missing: teams, members"):
        frames.require_teams(teams.drop(columns=["teams", "members"]))


@pytest.mark.parametrize("code", ["930", "93", "00000", "31318 ", 31318])
def test_codes_that_are_no_commune(reports, teams, code):
    for require, table in ((frames.require_reports, reports), (frames.require_teams, teams)):
        wrong = change(table, {(1, "code"): code, (4, "code"): code + code})
        found = faults(require, wrong)
        assert (1, "has a code of no place that reports") in found
        assert (4, "has a code of no place that reports") in found


def test_a_row_that_stands_twice_is_listed_with_its_twin(reports, teams):
    for require, table in ((frames.require_reports, reports), (frames.require_teams, teams)):
        wrong = pd.concat([table, table.iloc[[2]]], ignore_index=True)
        assert faults(require, wrong) == [(2, "stands twice"), (6, "stands twice")]


def test_rows_are_told_apart_though_their_labels_are_not(reports):
    wrong = pd.concat([reports, reports.iloc[[2]]])
    assert faults(frames.require_reports, wrong) == [(2, "stands twice"), (2, "stands twice")]


def test_a_measure_or_year_outside_the_catalogue(reports):
    wrong = change(reports, {(0, "indicator"): "downloads", (1, "year"): 2021, (2, "year"): "2022"})
    says = "is no measure and year of the catalogue"
    assert faults(frames.require_reports, wrong) == [(0, says), (1, says), (2, says)]


def test_e_wallets_were_not_counted_in_2023(reports):
    wrong = change(reports, {(3, "indicator"): "ewallet_users", (3, "year"): 2023})
    assert faults(frames.require_reports, wrong) == [(3, "is no measure and year of the catalogue")]


@pytest.mark.parametrize("count", [-1, 0.5, np.inf, "12a", "1 647"])
def test_counts_that_cannot_be(reports, count):
    says = "has a count that is negative or no whole number"
    found = faults(frames.require_reports, change(reports, {(1, "count"): count}))
    assert (1, says) in found
    assert {row for row, _ in found} == {1}


@pytest.mark.parametrize("out_of", [-1, 0, 100_000.5, "many"])
def test_denominators_that_cannot_be(reports, out_of):
    found = faults(frames.require_reports, change(reports, {(2, "out_of"): out_of}))
    assert (2, "has an out_of that is not a whole number above 0") in found


def test_a_share_cannot_count_more_than_it_is_out_of(reports):
    wrong = change(reports, {(5, "count"): reports.loc[5, "out_of"] + 1})
    assert faults(frames.require_reports, wrong) == [(5, "counts more than it is out of")]
    full = change(reports, {(5, "count"): reports.loc[5, "out_of"]})
    assert len(frames.require_reports(full)) == 6


@pytest.mark.parametrize("ratio", ["ecommerce_guided", "informed"])
def test_a_ratio_may(reports, ratio):
    more = reports.assign(indicator=ratio, count=reports["out_of"] + 1)
    assert len(frames.require_reports(more)) == 6


def test_an_origin_that_is_none(reports, teams):
    for require, table in ((frames.require_reports, reports), (frames.require_teams, teams)):
        found = faults(require, change(table, {(3, "origin"): "hearsay"}))
        assert found == [
            (3, "has an origin that is none of published, census, reported, simulated")
        ]


def test_members_without_a_team(teams):
    wrong = change(teams, {(0, "teams"): 0, (2, "teams"): 0, (2, "members"): 0})
    assert faults(frames.require_teams, wrong) == [(0, "has members and no team")]


def test_more_teams_than_members(teams):
    wrong = change(teams, {(4, "members"): teams.loc[4, "teams"] - 1})
    assert faults(frames.require_teams, wrong) == [(4, "has more teams than members")]


@pytest.mark.parametrize("column", ["teams", "members"])
@pytest.mark.parametrize("cell", [-1, 3.5, "bảy"])
def test_teams_and_members_that_cannot_be(teams, column, cell):
    found = faults(frames.require_teams, change(teams, {(1, column): cell}))
    assert (1, f"has {column} that are negative or no whole number") in found


def test_every_fault_of_every_row_is_listed(reports):
    wrong = change(
        reports,
        {
            (0, "code"): "x",
            (0, "count"): -1,
            (3, "origin"): "?",
            (5, "out_of"): 0,
        },
    )
    found = faults(frames.require_reports, wrong)
    assert {row for row, _ in found} == {0, 3, 5}
    assert len(found) == 5  # a count above an out_of of 0 is wrong twice


def test_the_message_shows_the_row(reports):
    with pytest.raises(ValueError, match=r"row 1: .*\(code=31321, year=2022, .*count=-7, out_of="):
        frames.require_reports(change(reports, {(1, "count"): -7}))


# What is let through


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object"])
def test_a_missing_count_is_no_fault_and_no_zero(reports, dtype):
    gap = reports.astype({"count": dtype, "out_of": dtype})
    gap.loc[1, ["count", "out_of"]] = pd.NA if dtype == "Int64" else None
    read = frames.require_reports(gap)
    assert read["count"].isna().tolist() == [False, True, False, False, False, False]


def test_zero_is_a_count(reports, teams):
    assert len(frames.require_reports(reports.assign(count=0))) == 6
    assert len(frames.require_teams(teams.assign(teams=0, members=0))) == 6


def test_other_columns_are_dropped_and_the_rows_stay_in_order(reports):
    shuffled = reports.iloc[::-1].assign(remark="…")
    pd.testing.assert_frame_equal(frames.require_reports(shuffled), reports.iloc[::-1])


def test_input_is_left_alone(reports, teams):
    for require, table in ((frames.require_reports, reports), (frames.require_teams, teams)):
        before = table.copy()
        require(table)
        pd.testing.assert_frame_equal(table, before)


def test_every_commune_reports_every_measure():
    reports = frames.reports()
    for _, group in reports.groupby(["year", "indicator"]):
        assert group["code"].tolist() == sorted(places.communes().index)


def lines(rows, members, **more):
    """Lay out rows of a sheet as `completeness.sums` takes them."""
    frame = pd.DataFrame({"sheet": "A", "row": rows, "year": 2022, "members": members})
    return frame.assign(**more)


def sums_of(rows, members, **more):
    names = dict.fromkeys(["code", "district_code", "commune", "district"])
    table = lines(rows, members, **names).assign(label="Cộng", level="").assign(**more)
    return table.set_index(pd.Index(range(10, 10 + len(table))))


@pytest.mark.parametrize(("told", "wrong"), [((5, 7), []), ((6, 7), [0]), ((5, 12), [1])])
def test_a_sum_without_a_name_is_of_the_district_right_above_it(told, wrong):
    # One commune a district: nothing but the row itself says which.
    rows = lines([3, 5], [5, 7], code=["31318", "31340"], district_code=["930", "931"])
    hits = completeness.sums(rows, sums_of([4, 6], told), spoilt=set(), spoilt_parts=set())
    assert [(hit.at, hit.rule) for hit in hits] == [(10 + at, "sum_differs") for at in wrong]


@pytest.mark.parametrize(("told", "wrong"), [((5, 7), []), ((12, 7), [0]), ((5, 12), [1])])
def test_a_sum_of_a_year_is_held_to_the_rows_of_that_year(told, wrong):
    years = [2022, 2023]
    rows = lines([3, 4], [5, 7], code="31318", district_code="930", year=years)
    sums = sums_of([5, 6], told, level="all", year=years)
    hits = completeness.sums(rows, sums, spoilt=set(), spoilt_parts=set())
    assert [(hit.at, hit.rule) for hit in hits] == [(10 + at, "sum_differs") for at in wrong]
    sums = sums_of([5], [12], level="all", year=None)
    unsure = completeness.sums(rows, sums, spoilt=set(), spoilt_parts=set())
    assert [hit.rule for hit in unsure] == ["total_unclear"]


def test_a_sum_of_wrong_sums_is_not_found_again_in_any_year():
    two = {"code": ["31318", "31340"] * 2, "district_code": ["930", "931"] * 2}
    rows = lines([3, 4, 8, 9], [3, 4, 3, 4], year=[2022, 2022, 2023, 2023], **two)
    told = {"label": ["930", "931", ""] * 2, "level": ["district", "district", "all"] * 2}
    sums = sums_of(range(10, 16), [5, 4, 9, 3, 4, 7], year=[2022] * 3 + [2023] * 3, **told)
    hits = completeness.sums(rows, sums, spoilt=set(), spoilt_parts=set())
    assert [(hit.at, hit.rule) for hit in hits] == [(10, "sum_differs")]


def test_a_sum_of_all_is_held_to_the_sums_of_districts_where_each_has_one_only():
    # As the sums of districts say, of which one is wrong: that is said once, of the district.
    rows = lines([3, 4], [3, 4], code=["31318", "31340"], district_code=["930", "931"])
    labels = ["930", "931", ""]
    for told, left_out, wrong in (
        ([5, 4, 9], [], [10]),
        ([5, 4, 5], [1], [10, 12]),  # one district is left out of both
        ([3, 6, 6], [0], [11, 12]),
    ):
        level = ["district", "district", "all"]
        sums = sums_of([5, 6, 7], told, label=labels, level=level)
        sums = sums.drop(index=[10 + at for at in left_out])
        hits = completeness.sums(rows, sums, spoilt=set(), spoilt_parts=set())
        assert [(hit.at, hit.rule) for hit in hits] == [(at, "sum_differs") for at in wrong]


def test_a_sum_of_numbers_that_no_row_has_is_held_to_nothing():
    rows = lines([3, 4], [5, 7], code=["31318", "31321"], district_code="930", teams=None)
    rows = rows.astype({"teams": "float64"})
    sums = sums_of([5], [12], teams=9.0)
    hits = completeness.sums(rows, sums, spoilt=set(), spoilt_parts=set())
    assert hits == []


def test_a_row_whose_place_is_unsure_is_a_part_of_the_sum_of_all_only():
    rows = lines([3, 4], [5, 7], code=["31318", "31321"], district_code="930")
    sums = sums_of([5, 6], [13, 20], label=["930", ""], level=["district", "all"])
    hits = completeness.sums(rows, sums, spoilt=set(), spoilt_parts={(1, "")})
    assert [(hit.at, hit.rule) for hit in hits] == [(11, "sum_differs")]


@pytest.mark.parametrize(
    ("few", "others", "slip"), [(1, 3, True), (1, 2, False), (2, 20, True), (2, 19, False)]
)
def test_a_year_is_a_slip_of_one_row_among_three_or_of_a_tenth(few, others, slip):
    codes = places.communes().index[: few + others]
    rows = pd.DataFrame({"sheet": "A", "code": codes, "year": [2022] * few + [2023] * others})
    assert [hit.at for hit in completeness.years(rows)] == [*range(few)] * slip


@pytest.mark.parametrize("rows", [2, 5, 6])
def test_of_many_rows_of_one_place_it_is_said_that_there_are_more(rows):
    frame = lines(range(3, 3 + rows), range(rows), code="31318")
    said = {hit.blanks["places"] for hit in completeness.repeats(frame)}
    assert [one.endswith("; …") for one in said] == [rows > 5]
    assert [one.count("A") for one in said] == [min(rows, 5)]


def test_a_year_alone_is_a_slip_only_where_its_commune_lacks_the_year_of_all():
    *others, missing = places.communes().index[:21]
    for code, slips in ((others[0], []), (missing, [20])):
        rows = pd.DataFrame({"sheet": "A", "code": [*others, code], "year": [2023] * 20 + [2022]})
        hits = completeness.years(rows)
        assert [(hit.at, hit.rule) for hit in hits] == [(at, "year_alone") for at in slips]


@pytest.mark.parametrize(
    ("here", "odd", "elsewhere", "rule"),
    [
        *((10, 120, 50, "unusually_high"), (100, 8, 20, "unusually_low")),
        *((10, 100, 50, "unusually_high"), (100, 10, 20, "unusually_low")),  # a zero, and no more
    ],
)
def test_what_is_unusual_in_its_district_is_told_though_it_is_usual_elsewhere(
    here, odd, elsewhere, rule
):
    rows = pd.DataFrame(
        {
            "year": 2022,
            "district_code": ["930"] * 6 + ["931"] * 10,
            "members": [here] * 5 + [odd] + [elsewhere] * 10,
            "residents": 10_000,
        }
    )
    assert [(hit.at, hit.field, hit.rule) for hit in plausibility.unusual(rows)] == [
        (5, "members", rule)
    ]


def test_an_empty_row_is_warned_of_where_it_stands_though_its_district_sent_nothing():
    rows = pd.DataFrame({"sheet": "A", "code": ["31318"], "year": [2022]})
    empty = pd.DataFrame({"sheet": "A", "code": ["31340"], "year": [2022]}, index=[7])
    hits = completeness.missing(rows, empty=empty)
    assert [(hit.rule, hit.blanks["code"]) for hit in hits if hit.at == 7] == [
        ("commune_missing", "31340")
    ]


def test_a_number_may_be_odd_in_several_ways_and_each_is_told():
    codes = places.communes().query("district_code == '930'").index[:5]
    rows = pd.DataFrame(
        {"sheet": "A", "row": range(10), "code": [*codes] * 2, "year": [2022] * 5 + [2023] * 5}
    )
    people = rows["code"].map(places.communes()["population"])
    rows["app_users.count"] = (0.3 * people).astype(int)
    assert plausibility.check(rows) == []
    rows.loc[9, "app_users.count"] //= 40
    hits = [(hit.at, hit.rule, hit.severity) for hit in plausibility.check(rows)]
    assert hits == [(9, "falls", "warning"), (9, "unusually_low", "warning")]
    rows.loc[9, "app_users.count"] = -1  # which is no number, so that nothing else is said of it
    assert [(hit.at, hit.rule) for hit in plausibility.check(rows)] == [(9, "negative")]


@pytest.mark.parametrize(("count", "rules"), [(1001, []), (1000, []), (999, ["falls"])])
def test_as_many_users_as_a_year_ago_are_no_fewer(count, rules):
    rows = pd.DataFrame({"sheet": "A", "row": [3, 4], "code": "31318", "year": [2022, 2023]})
    rows["app_users.count"] = [1000, count]
    for order in (rows, rows.iloc[::-1]):  # whichever year stands first
        hits = plausibility.check(order)
        assert [(hit.at, hit.rule) for hit in hits] == [(1, rule) for rule in rules]


def test_one_place_twice_in_a_year_is_no_fall():
    rows = pd.DataFrame({"sheet": "A", "row": [3, 4], "code": "31318", "year": 2022})
    rows["app_users.count"] = [1000, 900]
    assert "falls" not in {hit.rule for hit in plausibility.check(rows)}


def test_a_count_is_held_to_the_residents_of_its_place_and_year_in_whatever_row_they_stand():
    listed = places.communes()["population"]
    code, other = listed.index[:2]
    rows = pd.DataFrame(
        [  # the second row of each year has the residents, the first the count of it
            *((code, 2022, None), (code, 2022, 4000), (code, 2023, None), (code, 2023, 9000)),
            *((code, 2024, None), (other, 2022, None), (other, 2023, 7000)),
        ],
        columns=["code", "year", "population"],
    )
    found = plausibility.with_census(rows.assign(**{"app_users.count": 1}))
    wanted = [4000, 4000, 9000, 9000, listed[code], listed[other], 7000]
    assert found["residents"].tolist() == wanted
    assert found["app_users.out_of"].tolist() == wanted


def test_what_is_hidden_is_hidden_with_a_known_place(reports):
    pools = ["", "930", "93", "none", "77777", "31318"]
    said = faults(frames.require_reports, reports.assign(pool=pools))
    assert said == [(4, said[0][1]), (5, said[0][1])]
    assert "places that are not known" in said[0][1]
