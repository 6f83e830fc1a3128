"""Nothing hidden comes back: by subtraction, by arithmetic, or to one who knows the rule."""

import ast
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from refusal_texts import says

import hganalysis as hg
from hganalysis import frames, places, study, suppress, words
from hganalysis.frames import loading
from hganalysis.suppress.hide import is_safe

DISTRICT = places.units()["compared_code"]
CODES = list(DISTRICT.index)
RESIDENTS = places.units()["population"]
FILES = "files_online"
USERS = "app_users"
GUIDED = "ecommerce_guided"
LIMIT = 5


def province(*, count, out_of, indicator=USERS, period=2022):
    """Give reports of all communes in one measure and year: lists, or one number for all."""
    return pd.DataFrame(
        {
            "code": CODES,
            "period": period,
            "indicator": indicator,
            "count": count,
            "out_of": out_of,
            "origin": "reported",
        }
    )


def plant_counts(cells, *, count=100, out_of=1000, indicator=USERS, period=2022):
    """Give reports that are all alike but for some: by code, a count, or a count and its whole."""
    table = province(count=count, out_of=out_of, indicator=indicator, period=period)
    for code, cell in cells.items():
        pair = cell if isinstance(cell, tuple) else (cell, out_of)
        table.loc[table["code"] == code, ["count", "out_of"]] = pair
    return table


def whole_district(district, counts):
    """Give each commune of a district a count, over and over."""
    inside = [code for code in CODES if DISTRICT[code] == district]
    return {code: counts[position % len(counts)] for position, code in enumerate(inside)}


def hidden_codes(reports, fewer_than=suppress.FEWER_THAN):
    """List the communes that are hidden."""
    with suppress.use(fewer_than=fewer_than):
        rows = suppress.hide_counts(reports)
    return sorted(rows.loc[suppress.is_hidden(rows), "code"])


def add_up(reports_kept, area_codes):
    """Add up what may be known, as anybody would: what is hidden with another place is not."""
    pool = pd.Series("", index=reports_kept.index)
    if "pool" in reports_kept:
        pool = reports_kept["pool"]
    is_alone = pool == "none"
    is_in_whole = (pool == "93") & (area_codes != "93")
    flagged = reports_kept.assign(hidden=is_alone | is_in_whole)
    rows_by_area = flagged.groupby(area_codes.rename("code"))
    pairs = rows_by_area[["count", "out_of"]]
    sums = pairs.agg(lambda parts: parts.sum(skipna=False))
    has_hidden = rows_by_area["hidden"].any()
    state = has_hidden.map({True: "suppressed", False: "known"})
    return sums.mask(has_hidden).assign(state=state).reset_index()


def release_levels(reports):
    """Release all three levels: communes, districts and the whole."""
    safe_reports = suppress.hide_counts(reports)
    is_gone = suppress.is_hidden(safe_reports)
    states = is_gone.map({True: "suppressed", False: "known"})
    communes = safe_reports.assign(state=states)
    numbers = communes[["count", "out_of"]]
    communes[["count", "out_of"]] = numbers.astype(float).mask(is_gone)
    districts = safe_reports["code"].map(DISTRICT)
    whole = pd.Series(places.province()["code"], index=safe_reports.index)
    return communes, add_up(safe_reports, districts), add_up(safe_reports, whole)


def answer_tables(reports):
    """Give what the answers tell of reports: of each district, and of each commune."""
    answer = hg.uptake(reports, source="x")
    return answer.table.set_index("code"), answer.parts.set_index("code")


def smallest(district, *, but=()):
    """Name the commune of a district with fewest residents."""
    is_other = ~DISTRICT.index.isin(list(but))
    inside = RESIDENTS[(district == DISTRICT) & is_other]
    return inside.idxmin()


@st.composite
def provinces(draw):
    """Draw provinces with few or many small counts, on either side, some communes silent."""
    indicator = draw(st.sampled_from([FILES, USERS, GUIDED]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    fewest = draw(st.sampled_from([1, 10, 500]))
    out_of = rng.integers(fewest, 1500, len(CODES))
    scale = draw(st.sampled_from([0.0005, 0.002, 0.01, 0.3, 0.99, 1]))
    rates = scale * rng.lognormal(0, 1, len(CODES))
    count = rng.binomial(out_of, np.clip(rates, 0, 1))
    share_reported = draw(st.sampled_from([1, 1, 0.9]))
    reported = rng.random(len(CODES)) < share_reported
    table = province(count=count, out_of=out_of, indicator=indicator)
    return table[reported].reset_index(drop=True)


few_examples = settings(max_examples=8)


# What is hidden


@pytest.mark.parametrize("cell", [0, 1, 4, (996, 1000), (1000, 1000), (3, 4)])
@pytest.mark.parametrize("indicator", [USERS, FILES])
def test_both_sides_of_a_share_are_hidden_from_0_to_4(cell, indicator):
    reports = plant_counts({"31318": cell}, indicator=indicator)
    assert "31318" in hidden_codes(reports)


def test_a_ratio_leaves_nothing_over():
    all_use = plant_counts({"31318": 1000}, indicator=GUIDED)
    assert hidden_codes(all_use) == []
    few_use = plant_counts({"31318": 2}, indicator=GUIDED)
    assert "31318" in hidden_codes(few_use)
    near_whole = plant_counts({"31318": (998, 1000)}, indicator=GUIDED)
    assert suppress.refuse_small(near_whole) is near_whole


def test_one_more_is_hidden_the_one_with_fewest_residents():
    reports = plant_counts({"31318": 3})
    codes = hidden_codes(reports)
    partner = smallest("930", but=["31318"])
    assert codes == sorted(["31318", partner])


def test_which_one_more_does_not_hang_on_counts():
    lower = plant_counts({"31318": 3, "31333": 7, "31336": 50})
    alone = plant_counts({"31318": 3})
    assert hidden_codes(lower) == hidden_codes(alone)


EACH_RULE = [
    # 3 and 5 together are 8: one who knows that the second is no small one knows 0 to 3
    ({"31318": 3, smallest("930", but=["31318"]): 5}, 3),
    ({"31318": 3, smallest("930", but=["31318"]): 9}, 2),
    ({"31318": 4, "31321": 4}, 3),  # both are 4 at most, and their sum is 8
    ({"31318": 3, "31321": 2, "31324": 1}, 3),
]


@pytest.mark.parametrize(
    ("cells", "n_hidden"),
    EACH_RULE,
)
def test_more_are_hidden_where_the_rule_would_tell(cells, n_hidden):
    reports = plant_counts(cells)
    assert len(hidden_codes(reports)) == n_hidden


def test_a_district_is_hidden_with_another_where_it_is_small_as_a_whole():
    reports = plant_counts(whole_district("931", [0, 1]))
    safe_reports = suppress.hide_counts(reports)
    _, districts, whole = release_levels(safe_reports)
    districts = districts.set_index("code")["state"]
    residents = places.compared()["population"]
    partner = residents.drop("931").idxmin()
    suppressed = districts.index[districts == "suppressed"]
    assert sorted(suppressed) == sorted(["931", partner])
    assert whole["state"].iloc[0] != "suppressed"
    # the other one hides a commune, or its sum could be added up
    hidden_communes = safe_reports.loc[suppress.is_hidden(safe_reports), "code"]
    assert (DISTRICT[hidden_communes] == partner).any()
    pools = safe_reports.loc[suppress.is_hidden(safe_reports), "pool"]
    assert set(pools) == {"93"}


def test_a_district_that_hides_something_already_is_hidden_before_a_smaller_one():
    residents = places.compared()["population"]
    large = residents.drop("931").idxmax()
    small = DISTRICT.index[large == DISTRICT][0]
    cells = whole_district("931", [0, 1]) | {small: 3}
    safe_reports = suppress.hide_counts(plant_counts(cells))
    districts = release_levels(safe_reports)[1]
    districts = districts.set_index("code")["state"]
    assert sorted(districts.index[districts == "suppressed"]) == sorted(["931", large])


def test_a_small_total_of_a_hidden_district_is_hidden():
    """3 and 3 are 6: each of the two totals would be 2 at least, so a third one hides, too."""
    few = whole_district("931", [0, 1]) | whole_district("930", [1, 0, 0])
    reports = plant_counts(few)
    districts = release_levels(suppress.hide_counts(reports))[1]
    states = districts.set_index("code")["state"]
    suppressed = states.index[states == "suppressed"]
    assert {"930", "931"} < {*suppressed}


@pytest.mark.parametrize(("indicator", "are_residents_public"), [(USERS, True), (FILES, False)])
def test_where_all_are_small_nothing_is_shown_but_the_residents(indicator, are_residents_public):
    reports = province(count=0, out_of=3, indicator=indicator)
    safe_reports = suppress.hide_counts(reports)
    for table in answer_tables(safe_reports):
        numbers = table[["count", "share"]]
        assert numbers.isna().all(axis=None)
    assert set(safe_reports["pool"]) == {"none"}
    assert safe_reports["count"].isna().all()
    has_residents = safe_reports["out_of"].notna()
    assert has_residents.all() == has_residents.any() == are_residents_public


def test_all_may_be_hidden_and_the_district_be_shown():
    # 0 to 4 each, 14 together: each may be anything from 0 to 4
    reports = plant_counts(whole_district("931", [2, 3, 2]))
    safe_reports = suppress.hide_counts(reports)
    codes = hidden_codes(safe_reports)
    assert set(DISTRICT[codes]) == {"931"}
    assert len(hidden_codes(safe_reports)) == 6
    districts = release_levels(safe_reports)[1]
    assert set(districts["state"]) == {"known"}
    assert answer_tables(safe_reports)[0]["count"].notna().all()


def test_measures_and_periods_are_hidden_by_themselves():
    users = plant_counts({"31318": 3})
    files_later = plant_counts({"31324": 3}, indicator=FILES, period=2023)
    files = plant_counts({"31327": 3}, indicator=FILES)
    together = pd.concat([users, files_later, files])
    safe_reports = suppress.hide_counts(together)
    for (period, indicator), rows in safe_reports.groupby(["period", "indicator"]):
        by_key = {
            (2022, USERS): users,
            (2023, FILES): files_later,
            (2022, FILES): files,
        }
        same_alone = by_key[period, indicator]
        assert hidden_codes(rows) == hidden_codes(same_alone)


# Second routes


PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3)


@settings(max_examples=100)
@given(
    PAIRS,
    st.booleans(),
    st.integers(2, 4),
)
@example([(1, 9), (2, 9)], False, 4)  # each may be anything, but their sum is small itself
@example([(9, 1), (9, 2)], True, 4)
@example([(4, 3), (6, 2)], False, 3)  # what is as large as the limit is not small
@example([(5, 1), (3, 0), (6, 3)], False, 3)
def test_safe_is_what_counting_all_cases_says(pairs, is_public, limit):
    """Count every case that gives the same sums and the same rows small: does each stay open?"""
    pairs = [(a, b) for a, b in pairs if a + b > 0]
    table = pd.DataFrame(pairs, columns=["count", "complement"]).astype
    cells = table(float)
    sums = cells.sum().tolist()
    is_called_safe = is_safe(cells, limit=limit, is_public=is_public)
    if len(pairs) < 2 or min(sums) < limit:
        assert not is_called_safe
        return

    def kind(pair):
        return tuple(side < limit for side in pair)

    def is_small(entry):
        return any(kind(entry)) if is_public else entry < limit

    def add_side(entries):
        return sum(entry[0] for entry in entries) if is_public else sum(entries)

    def like(pair):
        if is_public:
            total = sum(pair)
            cases = [(a, total - a) for a in range(total + 1)]
            return [case for case in cases if kind(case) == kind(pair)]
        return [a for a in range(30) if (a < limit) == (pair < limit)]

    sides = [pairs] if is_public else list(zip(*pairs, strict=True))
    open_everywhere = True
    for side in sides:
        cases = [like(entry) for entry in side]
        total = add_side(side)
        fitting = [case for case in product(*cases) if add_side(case) == total]
        for position, entry in enumerate(side):
            seen = {case[position] for case in fitting}
            if is_small(entry):
                open_everywhere &= seen == set(cases[position])
    assert is_called_safe == open_everywhere


@pytest.mark.parametrize("indicator", [USERS, FILES, GUIDED])
@pytest.mark.parametrize("counts", [(3, 60), (0, 63), (4, 59)])
def test_the_parts_of_a_pool_hang_on_its_sum(indicator, counts):
    """Dealt out anew within their pool, hidden counts give the same numbers to the last digit."""
    inside = ["31318", smallest("930", but=["31318"])]
    safe = []
    for counts_of_parts in (counts, (2, 61)):
        cells = dict(zip(inside, counts_of_parts, strict=True))
        safe.append(suppress.hide_counts(plant_counts(cells, indicator=indicator)))
    in_pool = safe[0]["pool"] != ""
    assert in_pool.sum() == 2
    pd.testing.assert_frame_equal(*safe)


# Laws


@few_examples
@given(provinces())
def test_answers_tell_what_may_be_known_and_no_more(reports):
    communes, districts, _ = release_levels(reports)
    safe_reports = suppress.hide_counts(reports)
    ranking, parts = answer_tables(safe_reports)
    for answer_table, table in ((ranking, districts), (parts, communes)):
        by_code = table.set_index("code")
        expected = by_code.reindex(answer_table.index)
        is_suppressed = expected["state"] == "suppressed"
        hidden_numbers = answer_table.loc[is_suppressed, ["count", "share"]].isna().all(axis=None)
        assert hidden_numbers
        is_shown = answer_table["count"].notna()
        for column in ("count", "out_of"):
            numbers = answer_table.loc[is_shown, column]
            np.testing.assert_allclose(numbers, expected.loc[is_shown, column])


@few_examples
@given(provinces())
def test_hiding_twice_is_hiding_once(reports):
    once = suppress.hide_counts(reports)
    twice = suppress.hide_counts(once)
    pd.testing.assert_frame_equal(twice, once)
    for table in (once, *release_levels(reports)):
        suppress.refuse_small(table)


@few_examples
@given(provinces())
def test_a_higher_threshold_hides_all_that_is_small_for_a_lower_one(reports):
    for low, high in ((3, 5), (5, 10)):
        complement = reports["out_of"] - reports["count"]
        has_few = reports["count"] < low
        has_few_left = (reports["indicator"] != GUIDED) & (complement < low)
        codes = set(reports.loc[has_few | has_few_left, "code"])
        assert codes <= set(hidden_codes(reports, fewer_than=low))
        assert codes <= set(hidden_codes(reports, fewer_than=high))


@few_examples
@given(provinces(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(reports, random):
    order = list(reports.index)
    random.shuffle(order)
    safe_reports = suppress.hide_counts(reports)
    shuffled = suppress.hide_counts(reports.loc[order])
    pd.testing.assert_frame_equal(shuffled.sort_index(), safe_reports)


# What is passed on


def test_hidden_reports_have_the_rate_of_their_pool_and_public_residents():
    reports = plant_counts({"31318": (3, 600)})
    safe_reports = suppress.hide_counts(reports)
    is_gone = suppress.is_hidden(safe_reports)
    rows = safe_reports[is_gone].set_index("code")
    assert rows["pool"].unique().tolist() == ["930"]
    assert rows["count"].sum() == pytest.approx(103)
    assert (rows["count"] / rows["out_of"]).tolist() == pytest.approx([103 / 1600] * 2)
    assert rows.loc["31318", "out_of"] == 600


def test_a_share_beside_a_hidden_count_is_hidden_with_it_at_any_level():
    few = plant_counts({"31318": 3})
    of = few["code"].map(DISTRICT)
    pairs = few.groupby([of, "period", "indicator"], as_index=False)[["count", "out_of"]]
    districts = pairs.sum()
    districts.loc[0, "count"] = 3
    for table in (few, districts):
        share = table["count"] / table["out_of"]
        safe_reports = suppress.hide_counts(table.assign(share=share))
        is_gone = suppress.is_hidden(safe_reports)
        assert is_gone.sum() == 2
        assert (safe_reports["share"].isna() == is_gone).all()


@pytest.mark.parametrize("indicator", [USERS, FILES, GUIDED])
@pytest.mark.parametrize("seed", range(4))
def test_sums_that_are_known_are_whole_to_the_last_digit(indicator, seed):
    rng = np.random.default_rng(seed)
    out_of = rng.integers(10, 1500, len(CODES))
    few = [0.0005, 0.002, 0.01, 0.004 if indicator == GUIDED else 0.99][seed]
    rates = few * rng.lognormal(0, 1, len(CODES))
    count = rng.binomial(out_of, np.clip(rates, 0, 1))
    reports = province(count=count, out_of=out_of, indicator=indicator)
    safe_reports = suppress.hide_counts(reports)
    assert suppress.is_hidden(safe_reports).any()
    pools = ["93", *places.compared().index]
    pooled = safe_reports[safe_reports["pool"].isin(pools) & safe_reports["count"].notna()]
    shuffled = pooled.sample(frac=1, random_state=seed)
    raw_rows = reports.loc[pooled.index]
    raw_pairs = raw_rows.groupby(pooled["pool"])[["count", "out_of"]]
    raw = raw_pairs.sum()
    for rows in (pooled, shuffled, pooled.iloc[::-1]):
        pairs = rows.groupby("pool")[["count", "out_of"]]
        sums = pairs.sum()
        assert (sums == raw).all(axis=None)
    # 5 is 5, not 4.999999999999999, which would be refused as a small count
    for table in release_levels(reports)[1:]:
        safe_table = suppress.refuse_small(table)[["count", "out_of"]].dropna
        whole = safe_table()
        assert (whole % 1 == 0).all(axis=None)


def test_files_are_not_public_so_they_are_dealt_out_evenly():
    reports = plant_counts({"31318": (3, 600)}, indicator=FILES)
    safe_reports = suppress.hide_counts(reports)
    rows = safe_reports[suppress.is_hidden(safe_reports)]
    assert rows["out_of"].tolist() == [800, 800]
    assert rows["count"].tolist() == [51.5, 51.5]


def test_the_threshold_of_reports_cannot_be_raised_afterwards():
    reports = plant_counts({"31318": 3, "31324": 8})
    safe_reports = suppress.hide_counts(reports)
    reason = says("suppress_errors.small", number=1, limit=10, codes=31324)
    lower = says("suppress_errors.lower", limit=10, error="")
    refused = pytest.raises(ValueError, match=lower + reason)
    with suppress.use(fewer_than=10), refused:
        suppress.hide_counts(safe_reports)


def test_frames_hide_at_the_source(monkeypatch):
    monkeypatch.setattr(loading, "_reports", loading._reports.__wrapped__)  # read anew
    table = plant_counts({"31318": 3})
    monkeypatch.setattr(loading, "_read_table", lambda *_: table)
    assert len(hidden_codes(frames.reports())) == 2
    with suppress.use(fewer_than=0):
        assert "pool" not in frames.reports()


def test_a_change_of_what_is_hidden_is_not_told():
    cells = whole_district("931", [1, 0])
    later = plant_counts(cells, period=2023)
    earlier = plant_counts({"31318": 3})
    reports = pd.concat([earlier, later])
    safe_reports = suppress.hide_counts(reports)
    change = hg.compare(safe_reports, 2022, 2023, source="x")
    suppressed = set()
    for period in (2022, 2023):
        of_period = reports[reports["period"] == period]
        states = release_levels(of_period)[1]
        suppressed |= set(states.loc[states["state"] == "suppressed", "code"])
    assert "931" in suppressed
    assert len(suppressed) == 2
    table = change.table.set_index("code")
    components = ["change_pp", "within_pp", "between_pp"]
    changes = table.loc[sorted(suppressed), components]
    assert changes.isna().all(axis=None)
    parts = table.loc["930", "parts"]  # those of which both years are shown
    is_inside = safe_reports["code"].map(DISTRICT) == "930"
    is_clear = ~suppress.is_hidden(safe_reports) & is_inside
    is_shown = is_clear.groupby(safe_reports["code"])
    assert parts == is_shown.all().sum()


# What is refused


RAW = plant_counts({"31318": 3, "31324": (998, 1000)})
RATES = np.linspace(0, 1, len(CODES))


PICTURES = [
    lambda table: hg.keep(table, "x"),
    lambda table: hg.uptake(table, source="x"),
    lambda table: hg.map(table.assign(rate=RATES), "rate", source="x"),
    suppress.refuse_small,
]


@pytest.mark.parametrize(
    "show",
    PICTURES,
)
def test_a_frame_with_small_counts_that_nobody_hid_is_refused(show):
    with pytest.raises(
        ValueError, match=says("suppress_errors.small", number=2, rows=75, codes="31318, 31324")
    ):
        show(RAW)
    with suppress.use(fewer_than=0):
        show(RAW)
    show(suppress.hide_counts(RAW))


FEW_COLUMNS = [
    {"count": [2, 300], "out_of": [1000, 1000]},
    {"count": [2, 300]},
    {"count": ["3", "300"]},
    {"count": [998, 300], "out_of": [1000, 1000]},
    {"share": [0.002, 0.3], "out_of": [1000, 1000]},
    {"share": [0.998, 0.3], "out_of": [1000, 1000]},
]


@pytest.mark.parametrize(
    "frame",
    FEW_COLUMNS,
)
@pytest.mark.parametrize("origin", [None, "simulated"])
def test_small_counts_do_not_pass_in_fewer_columns(frame, origin):
    columns = {"code": ["930", "931"], **frame}
    table = pd.DataFrame(columns)
    table = table if origin is None else table.assign(origin=[origin, "published"])
    with pytest.raises(
        ValueError, match=says("suppress_errors.small", number=1, rows=2, limit=5, codes=930)
    ):
        suppress.refuse_small(table)
    with suppress.use(fewer_than=0):
        assert suppress.refuse_small(table) is table


@pytest.mark.parametrize("columns", [["pool"], ["state"], ["pool", "state"]])
def test_no_picture_shows_the_number_of_a_pool_as_that_of_a_place(columns):
    varied = dict(zip(CODES, range(100, 400, 4), strict=True))
    varied["31318"] = 3
    varied = dict(zip(CODES, range(100, 400, 4), strict=True))
    varied["31318"] = 3
    reports = plant_counts(varied)
    safe_reports = suppress.hide_counts(reports)
    is_gone = suppress.is_hidden(safe_reports)
    frame = safe_reports.assign(state=np.where(is_gone, "suppressed", "known"))
    frame = frame.drop(columns={"pool", "state"} - set(columns))
    codes = safe_reports.loc[is_gone, "code"]
    assert len(codes) == 2
    frame["share"] = frame["count"] / frame["out_of"]
    panel = hg.map(frame, "share", source="x").figure.panels[0]
    shown = panel.places
    assert shown.index[shown["text"].isna()].tolist() == sorted(codes)
    texts = hg.table(frame).texts
    numbers = texts.iloc[:, 1:]
    assert (numbers[is_gone] == "–").all(axis=None)
    assert (numbers[~is_gone] != "–").all(axis=None)
    # residents are known of all
    residents = RESIDENTS.reindex(frame["code"])
    people = frame.assign(population=residents.to_numpy())
    panel = hg.map(people, "population", source="x").figure.panels[0]
    assert panel.places["text"].notna().all()


def test_a_district_whose_pool_is_not_known_is_missing():
    """Without `pool`, the mean of two districts would stand for each of them."""
    eight_reports = plant_counts({}, count=300).iloc[:8]
    sums = eight_reports.assign(code=sorted(set(DISTRICT)))
    frame = sums.assign(state=["suppressed", "suppressed", *["known"] * 6])
    answer = hg.uptake(frame, source="x").table.set_index
    table = answer("code")
    suppressed = frame.loc[frame["state"] == "suppressed", "code"]
    numbers = table.loc[suppressed, ["count", "share"]].isna().all(axis=None)
    assert numbers
    assert table.drop(suppressed)["share"].notna().all()


def test_a_place_that_stands_twice_is_refused():
    """Women and men: their sum, which is shown, is no sum of other communes."""
    women = plant_counts({"31318": 3})
    twice = says("refusals.twice") + r" \(code=31318, period=2022.*\)"
    more = says("refusals.more", more=145)
    advice = says("suppress_errors.add_up")
    with pytest.raises(ValueError, match=rf"{twice}[\s\S]*\n{more}\n{advice}"):
        suppress.hide_counts(pd.concat([women, women], ignore_index=True))
    for beside in (women.assign(period=2023), women.assign(indicator=GUIDED)):
        suppress.hide_counts(pd.concat([women, beside], ignore_index=True))


@pytest.mark.parametrize(("cell", "is_small"), [(4, True), (5, False), (996, True), (995, False)])
def test_below_five_is_small_and_five_is_not(cell, is_small):
    """On both sides, and the same in what is hidden as in what is refused."""
    table = plant_counts({"31318": cell})
    codes = hidden_codes(table)
    assert ("31318" in codes) is is_small
    assert len(hidden_codes(table)) == (2 if is_small else 0)
    refusal = pytest.raises(ValueError, match=says("suppress_errors.small", number=1, rows=75))
    with refusal if is_small else nullcontext():
        suppress.refuse_small(table)


def test_the_refusal_does_not_tell_the_counts():
    reports = plant_counts({"31318": (3, 977)})
    with pytest.raises(ValueError, match="31318") as caught:
        suppress.refuse_small(reports)
    assert "977" not in str(caught.value)


def test_what_is_no_place_is_refused():
    reports = plant_counts({})
    with_strangers = reports.replace({"31318": "99999", "31321": "00001"})
    with pytest.raises(
        LookupError, match=says("suppress_errors.no_place", number=2, codes="00001, 99999")
    ):
        suppress.hide_counts(with_strangers)


@pytest.mark.parametrize("wrong", [-1, 2.5, True, "5"])
def test_a_threshold_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match=says("suppress_errors.threshold")):
        suppress.use(fewer_than=wrong)


def test_the_threshold_comes_from_the_environment_unless_it_was_set(monkeypatch):
    assert suppress.threshold() == 5
    monkeypatch.setenv(study.SUPPRESS, "10")
    assert suppress.threshold() == 10
    with suppress.use(fewer_than=3):
        assert suppress.threshold() == 3
        with suppress.use(fewer_than=None):
            assert suppress.threshold() == 10
        assert suppress.threshold() == 3
    for wrong in ("", "no", "-1", "٥"):
        monkeypatch.setenv(study.SUPPRESS, wrong)
        with pytest.raises(ValueError, match="HGANALYSIS_SUPPRESS"):
            suppress.threshold()


NAMES = ("A", "B", "C/1 d")
CELLS = [(place, measure) for measure in ("received", "online") for place in NAMES]


CHANGES = st.dictionaries(st.sampled_from(CELLS), st.booleans(), min_size=1)


@settings(max_examples=12)
@given(
    st.lists(st.booleans(), min_size=6, max_size=6),
    CHANGES,
)
def test_what_is_released_anew_hides_what_was_hidden_and_shows_what_was_shown(
    tmp_path_factory, was_hidden, changed
):
    folder = tmp_path_factory.mktemp("released")
    cells = pd.DataFrame(CELLS, columns=["place", "measure"]).assign
    first = cells(period="2022", hidden=was_hidden)
    first = first.assign(value=9.0, pool="")
    suppress.release(first, folder=folder, file="a.csv", source="1", grain="reports")
    pairs = zip(CELLS, was_hidden, strict=True)
    is_hidden_now = [changed.get(cell, flag_before) for cell, flag_before in pairs]
    second = first.assign(hidden=is_hidden_now)
    target = {
        "folder": folder,
        "file": "b.csv",
        "grain": "reports",
    }
    is_hidden_before = suppress.hidden_before(second, folder=folder, grain="reports")
    assert is_hidden_before.tolist() == was_hidden
    online = second[second["measure"] == "online"]
    without_a = second[second["place"] != "A"]
    for release in (second, online, without_a):
        before = first["hidden"][release.index]
        agrees = (release["hidden"] == before).all()
        refusal = pytest.raises(ValueError, match=r"a\.csv")
        with nullcontext() if agrees else refusal:
            suppress.require_release(release, **target)
    later = second.assign(period="2023")  # of another year nothing was said
    suppress.require_release(later, **target)


def messages_of(file):
    """Give the texts of a module that are no docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    docstrings = {node.value for node in statements}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [node.value for node in constants if node not in docstrings]


def test_no_message_advises_to_switch_hiding_off():
    all_texts = words.strings().values()
    texts = [text for translations in all_texts for text in translations.values()]
    folder = Path(hg.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        messages = messages_of(file)
        texts += [text for text in messages if isinstance(text, str)]
    advice = [text for text in texts if "no-suppress" in text or "fewer_than=0" in text]
    assert advice == ["--no-suppress"]  # the option itself
    assert not [text for text in texts if "to hide nothing" in text]
