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

import hganalysis as hg
from hganalysis import frames, places, study, suppress, words
from hganalysis.frames import loading
from hganalysis.suppress.hide import is_safe

DISTRICT = places.units()["compared_code"]
CODES = list(DISTRICT.index)
RESIDENTS = places.units()["population"]
FILES, USERS, GUIDED = "files_online", "app_users", "ecommerce_guided"
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


def planted(cells, *, count=100, out_of=1000, indicator=USERS, period=2022):
    """Give reports that are all alike but for some: by code, a count, or a count and its whole."""
    table = province(count=count, out_of=out_of, indicator=indicator, period=period)
    for code, cell in cells.items():
        pair = cell if isinstance(cell, tuple) else (cell, out_of)
        table.loc[table["code"] == code, ["count", "out_of"]] = pair
    return table


def whole_district(code, counts):
    """Give each commune of a district a count, over and over."""
    inside = [one for one in CODES if DISTRICT[one] == code]
    return {one: counts[at % len(counts)] for at, one in enumerate(inside)}


def hidden(reports, fewer_than=suppress.FEWER_THAN):
    """List the communes that are hidden."""
    with suppress.use(fewer_than=fewer_than):
        made = suppress.hide_counts(reports)
    return sorted(made.loc[suppress.is_hidden(made), "code"])


def added(kept, of):
    """Add up what may be known, as anybody would: what is hidden with another place is not."""
    pool = kept["pool"] if "pool" in kept else pd.Series("", index=kept.index)
    unknown = (pool == "none") | (pool == "93") & (of != "93")
    rows = kept.assign(hidden=unknown).groupby(of.rename("code"))
    sums = rows[["count", "out_of"]].agg(lambda parts: parts.sum(skipna=False))
    hidden = rows["hidden"].any()
    state = hidden.map({True: "suppressed", False: "known"})
    return sums.mask(hidden).assign(state=state).reset_index()


def released(reports):
    """Release all three levels: communes, districts and the whole."""
    kept = suppress.hide_counts(reports)
    gone = suppress.is_hidden(kept)
    communes = kept.assign(state=gone.map({True: "suppressed", False: "known"}))
    communes[["count", "out_of"]] = communes[["count", "out_of"]].astype(float).mask(gone)
    whole = pd.Series(places.province()["code"], index=kept.index)
    return communes, added(kept, kept["code"].map(DISTRICT)), added(kept, whole)


def told(reports):
    """Give what the answers tell of reports: of each district, and of each commune."""
    found = hg.uptake(reports, source="x")
    return found.table.set_index("code"), found.parts.set_index("code")


def smallest(district, *, but=()):
    """Name the commune of a district with fewest residents."""
    inside = RESIDENTS[(district == DISTRICT) & ~DISTRICT.index.isin(list(but))]
    return inside.idxmin()


@st.composite
def provinces(draw):
    """Draw provinces with few or many small counts, on either side, some communes silent."""
    indicator = draw(st.sampled_from([FILES, USERS, GUIDED]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    out_of = rng.integers(draw(st.sampled_from([1, 10, 500])), 1500, len(CODES))
    scale = draw(st.sampled_from([0.0005, 0.002, 0.01, 0.3, 0.99, 1]))
    count = rng.binomial(out_of, np.clip(scale * rng.lognormal(0, 1, len(CODES)), 0, 1))
    reported = rng.random(len(CODES)) < draw(st.sampled_from([1, 1, 0.9]))
    table = province(count=count, out_of=out_of, indicator=indicator)
    return table[reported].reset_index(drop=True)


many = settings(max_examples=8)


# What is hidden


@pytest.mark.parametrize("cell", [0, 1, 4, (996, 1000), (1000, 1000), (3, 4)])
@pytest.mark.parametrize("indicator", [USERS, FILES])
def test_both_sides_of_a_share_are_hidden_from_0_to_4(cell, indicator):
    assert "31318" in hidden(planted({"31318": cell}, indicator=indicator))


def test_a_ratio_leaves_nothing_over():
    assert hidden(planted({"31318": 1000}, indicator=GUIDED)) == []
    assert "31318" in hidden(planted({"31318": 2}, indicator=GUIDED))
    near = planted({"31318": (998, 1000)}, indicator=GUIDED)
    assert suppress.refuse_small(near) is near


def test_one_more_is_hidden_the_one_with_fewest_residents():
    found = hidden(planted({"31318": 3}))
    assert found == sorted(["31318", smallest("930", but=["31318"])])


def test_which_one_more_does_not_hang_on_counts():
    lower = planted({"31318": 3, "31333": 7, "31336": 50})
    assert hidden(lower) == hidden(planted({"31318": 3}))


@pytest.mark.parametrize(
    ("cells", "many"),
    [
        # 3 and 5 together are 8: one who knows that the second is no small one knows 0 to 3
        ({"31318": 3, smallest("930", but=["31318"]): 5}, 3),
        ({"31318": 3, smallest("930", but=["31318"]): 9}, 2),
        ({"31318": 4, "31321": 4}, 3),  # both are 4 at most, and their sum is 8
        ({"31318": 3, "31321": 2, "31324": 1}, 3),
    ],
)
def test_more_are_hidden_where_the_rule_would_tell(cells, many):
    assert len(hidden(planted(cells))) == many


def test_a_district_is_hidden_with_another_where_it_is_small_as_a_whole():
    kept = suppress.hide_counts(planted(whole_district("931", [0, 1])))
    _, districts, whole = released(kept)
    districts = districts.set_index("code")["state"]
    others = places.compared()["population"].drop("931").idxmin()
    assert sorted(districts.index[districts == "suppressed"]) == sorted(["931", others])
    assert whole["state"].iloc[0] != "suppressed"
    # the other one hides a commune, or its sum could be added up
    assert (DISTRICT[kept.loc[suppress.is_hidden(kept), "code"]] == others).any()
    assert set(kept.loc[suppress.is_hidden(kept), "pool"]) == {"93"}


def test_a_district_that_hides_something_already_is_hidden_before_a_smaller_one():
    large = places.compared()["population"].drop("931").idxmax()
    small = DISTRICT.index[large == DISTRICT][0]
    kept = suppress.hide_counts(planted(whole_district("931", [0, 1]) | {small: 3}))
    districts = released(kept)[1].set_index("code")["state"]
    assert sorted(districts.index[districts == "suppressed"]) == sorted(["931", large])


def test_a_small_total_of_a_hidden_district_is_hidden():
    """3 and 3 are 6: each of the two totals would be 2 at least, so a third one hides, too."""
    few = whole_district("931", [0, 1]) | whole_district("930", [1, 0, 0])
    states = released(suppress.hide_counts(planted(few)))[1].set_index("code")["state"]
    assert {"930", "931"} < {*states.index[states == "suppressed"]}


@pytest.mark.parametrize(("indicator", "known"), [(USERS, True), (FILES, False)])
def test_where_all_are_small_nothing_is_shown_but_the_residents(indicator, known):
    kept = suppress.hide_counts(province(count=0, out_of=3, indicator=indicator))
    for table in told(kept):
        assert table[["count", "share"]].isna().all(axis=None)
    assert set(kept["pool"]) == {"none"}
    assert kept["count"].isna().all()
    assert kept["out_of"].notna().all() == kept["out_of"].notna().any() == known


def test_all_may_be_hidden_and_the_district_be_shown():
    # 0 to 4 each, 14 together: each may be anything from 0 to 4
    kept = suppress.hide_counts(planted(whole_district("931", [2, 3, 2])))
    assert set(DISTRICT[hidden(kept)]) == {"931"}
    assert len(hidden(kept)) == 6
    assert set(released(kept)[1]["state"]) == {"known"}
    assert told(kept)[0]["count"].notna().all()


def test_measures_and_periods_are_hidden_by_themselves():
    one, other = planted({"31318": 3}), planted({"31324": 3}, indicator=FILES, period=2023)
    files = planted({"31327": 3}, indicator=FILES)
    kept = suppress.hide_counts(pd.concat([one, other, files]))
    for (period, indicator), rows in kept.groupby(["period", "indicator"]):
        alone = {(2022, USERS): one, (2023, FILES): other, (2022, FILES): files}[period, indicator]
        assert hidden(rows) == hidden(alone)


# Second routes


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3),
    st.booleans(),
    st.integers(2, 4),
)
@example([(1, 9), (2, 9)], False, 4)  # each may be anything, but their sum is small itself
@example([(9, 1), (9, 2)], True, 4)
@example([(4, 3), (6, 2)], False, 3)  # what is as large as the limit is not small
@example([(5, 1), (3, 0), (6, 3)], False, 3)
def test_safe_is_what_counting_all_cases_says(pairs, known, limit):
    """Count every case that gives the same sums and the same rows small: does each stay open?"""
    pairs = [(a, b) for a, b in pairs if a + b > 0]
    cells = pd.DataFrame(pairs, columns=["count", "complement"]).astype(float)
    sums = cells.sum().tolist()
    found = is_safe(cells, limit=limit, is_public=known)
    if len(pairs) < 2 or min(sums) < limit:
        assert not found
        return

    def kind(pair):
        return tuple(side < limit for side in pair)

    def like(pair):
        if known:
            cases = [(a, sum(pair) - a) for a in range(sum(pair) + 1)]
            return [case for case in cases if kind(case) == kind(pair)]
        return [a for a in range(30) if (a < limit) == (pair < limit)]

    sides = [pairs] if known else list(zip(*pairs, strict=True))
    open_everywhere = True
    for side in sides:
        total = sum(one[0] for one in side) if known else sum(side)
        cases = [like(one) for one in side]
        fitting = [
            case
            for case in product(*cases)
            if (sum(one[0] for one in case) if known else sum(case)) == total
        ]
        for at, one in enumerate(side):
            if any(kind(one)) if known else one < limit:
                open_everywhere &= {case[at] for case in fitting} == set(cases[at])
    assert found == open_everywhere


@pytest.mark.parametrize("indicator", [USERS, FILES, GUIDED])
@pytest.mark.parametrize("counts", [(3, 60), (0, 63), (4, 59)])
def test_the_parts_of_a_pool_hang_on_its_sum(indicator, counts):
    """Dealt out anew within their pool, hidden counts give the same numbers to the last digit."""
    inside = ["31318", smallest("930", but=["31318"])]
    one, other = (
        suppress.hide_counts(planted(dict(zip(inside, pair, strict=True)), indicator=indicator))
        for pair in (counts, (2, 61))
    )
    assert (one["pool"] != "").sum() == 2
    pd.testing.assert_frame_equal(one, other)


# Laws


@many
@given(provinces())
def test_answers_tell_what_may_be_known_and_no_more(reports):
    communes, districts, _ = released(reports)
    known, parts = told(suppress.hide_counts(reports))
    for found, table in ((known, districts), (parts, communes)):
        mine = table.set_index("code").reindex(found.index)
        hidden = mine["state"] == "suppressed"
        assert found.loc[hidden, ["count", "share"]].isna().all(axis=None)
        shown = found["count"].notna()
        np.testing.assert_allclose(found.loc[shown, "count"], mine.loc[shown, "count"])
        np.testing.assert_allclose(found.loc[shown, "out_of"], mine.loc[shown, "out_of"])


@many
@given(provinces())
def test_hiding_twice_is_hiding_once(reports):
    once = suppress.hide_counts(reports)
    pd.testing.assert_frame_equal(suppress.hide_counts(once), once)
    for table in (once, *released(reports)):
        suppress.refuse_small(table)


@many
@given(provinces())
def test_a_higher_threshold_hides_all_that_is_small_for_a_lower_one(reports):
    for low, high in ((3, 5), (5, 10)):
        small = (reports["count"] < low) | (
            (reports["indicator"] != GUIDED) & (reports["out_of"] - reports["count"] < low)
        )
        assert set(reports.loc[small, "code"]) <= set(hidden(reports, fewer_than=low))
        assert set(reports.loc[small, "code"]) <= set(hidden(reports, fewer_than=high))


@many
@given(provinces(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(reports, random):
    order = list(reports.index)
    random.shuffle(order)
    kept, shuffled = suppress.hide_counts(reports), suppress.hide_counts(reports.loc[order])
    pd.testing.assert_frame_equal(shuffled.sort_index(), kept)


# What is passed on


def test_hidden_reports_have_the_rate_of_their_pool_and_public_residents():
    kept = suppress.hide_counts(planted({"31318": (3, 600)}))
    rows = kept[suppress.is_hidden(kept)].set_index("code")
    assert rows["pool"].unique().tolist() == ["930"]
    assert rows["count"].sum() == pytest.approx(103)
    assert (rows["count"] / rows["out_of"]).tolist() == pytest.approx([103 / 1600] * 2)
    assert rows.loc["31318", "out_of"] == 600


def test_a_share_beside_a_hidden_count_is_hidden_with_it_at_any_level():
    few = planted({"31318": 3})
    of = few["code"].map(DISTRICT)
    districts = few.groupby([of, "period", "indicator"], as_index=False)[["count", "out_of"]].sum()
    districts.loc[0, "count"] = 3
    for table in (few, districts):
        kept = suppress.hide_counts(table.assign(share=table["count"] / table["out_of"]))
        assert suppress.is_hidden(kept).sum() == 2
        assert (kept["share"].isna() == suppress.is_hidden(kept)).all()


@pytest.mark.parametrize("indicator", [USERS, FILES, GUIDED])
@pytest.mark.parametrize("seed", range(4))
def test_sums_that_are_known_are_whole_to_the_last_digit(indicator, seed):
    rng = np.random.default_rng(seed)
    out_of = rng.integers(10, 1500, len(CODES))
    few = [0.0005, 0.002, 0.01, 0.004 if indicator == GUIDED else 0.99][seed]
    count = rng.binomial(out_of, np.clip(few * rng.lognormal(0, 1, len(CODES)), 0, 1))
    reports = province(count=count, out_of=out_of, indicator=indicator)
    kept = suppress.hide_counts(reports)
    assert suppress.is_hidden(kept).any()
    pooled = kept[kept["pool"].isin(["93", *places.compared().index]) & kept["count"].notna()]
    shuffled = pooled.sample(frac=1, random_state=seed)
    raw = reports.loc[pooled.index].groupby(pooled["pool"])[["count", "out_of"]].sum()
    for rows in (pooled, shuffled, pooled.iloc[::-1]):
        sums = rows.groupby("pool")[["count", "out_of"]].sum()
        assert (sums == raw).all(axis=None)
    # 5 is 5, not 4.999999999999999, which would be refused as a small count
    for table in released(reports)[1:]:
        whole = suppress.refuse_small(table)[["count", "out_of"]].dropna()
        assert (whole % 1 == 0).all(axis=None)


def test_files_are_not_public_so_they_are_dealt_out_evenly():
    kept = suppress.hide_counts(planted({"31318": (3, 600)}, indicator=FILES))
    rows = kept[suppress.is_hidden(kept)]
    assert rows["out_of"].tolist() == [800, 800]
    assert rows["count"].tolist() == [51.5, 51.5]


def test_the_threshold_of_reports_cannot_be_raised_afterwards():
    kept = suppress.hide_counts(planted({"31318": 3, "31324": 8}))
    refused = pytest.raises(ValueError, match=r"31324(?s:.*)frames.reports")
    with suppress.use(fewer_than=10), refused as caught:
        suppress.hide_counts(kept)
    assert "as they came in" in str(caught.value)


def test_frames_hide_at_the_source(monkeypatch):
    monkeypatch.setattr(loading, "_reports", loading._reports.__wrapped__)  # read anew
    monkeypatch.setattr(loading, "_read_table", lambda *_: planted({"31318": 3}))
    assert len(hidden(frames.reports())) == 2
    with suppress.use(fewer_than=0):
        assert "pool" not in frames.reports()


def test_a_change_of_what_is_hidden_is_not_told():
    cells = whole_district("931", [1, 0])
    reports = pd.concat([planted({"31318": 3}), planted(cells, period=2023)])
    kept = suppress.hide_counts(reports)
    change = hg.compare(kept, 2022, 2023, source="x")
    states = [released(reports[reports["period"] == period])[1] for period in (2022, 2023)]
    gone = {code for one in states for code in one.loc[one["state"] == "suppressed", "code"]}
    assert "931" in gone
    assert len(gone) == 2
    table = change.table.set_index("code")
    moved = ["change_pp", "within_pp", "between_pp"]
    assert table.loc[sorted(gone), moved].isna().all(axis=None)
    parts = table.loc["930", "parts"]  # those of which both years are shown
    shown = (~suppress.is_hidden(kept) & (kept["code"].map(DISTRICT) == "930")).groupby(
        kept["code"]
    )
    assert parts == shown.all().sum()


# What is refused


RAW = planted({"31318": 3, "31324": (998, 1000)})
RATES = np.linspace(0, 1, len(CODES))


@pytest.mark.parametrize(
    "show",
    [
        lambda table: hg.keep(table, "x"),
        lambda table: hg.uptake(table, source="x"),
        lambda table: hg.map(table.assign(rate=RATES), "rate", source="x"),
        suppress.refuse_small,
    ],
)
def test_a_frame_with_small_counts_that_nobody_hid_is_refused(show):
    named = r"2 of 75 rows(?s:.*)31318, 31324(?s:.*)suppress\.hide_counts"
    with pytest.raises(ValueError, match=named):
        show(RAW)
    with suppress.use(fewer_than=0):
        show(RAW)
    show(suppress.hide_counts(RAW))


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
@pytest.mark.parametrize("origin", [None, "simulated"])
def test_small_counts_do_not_pass_in_fewer_columns(frame, origin):
    table = pd.DataFrame({"code": ["930", "931"], **frame})
    table = table if origin is None else table.assign(origin=[origin, "published"])
    with pytest.raises(ValueError, match=r"1 of 2 rows have a count below 5(?s:.*)930"):
        suppress.refuse_small(table)
    with suppress.use(fewer_than=0):
        assert suppress.refuse_small(table) is table


@pytest.mark.parametrize("columns", [["pool"], ["state"], ["pool", "state"]])
def test_no_picture_shows_the_number_of_a_pool_as_that_of_a_place(columns):
    varied = dict(zip(CODES, range(100, 400, 4), strict=True)) | {"31318": 3}
    kept = suppress.hide_counts(planted(varied))
    gone = suppress.is_hidden(kept)
    frame = kept.assign(state=np.where(gone, "suppressed", "known"))
    frame = frame.drop(columns={"pool", "state"} - set(columns))
    codes = kept.loc[gone, "code"]
    assert len(codes) == 2
    frame["share"] = frame["count"] / frame["out_of"]
    shown = hg.map(frame, "share", source="x").figure.panels[0].places
    assert shown.index[shown["text"].isna()].tolist() == sorted(codes)
    numbers = hg.table(frame).texts.iloc[:, 1:]
    assert (numbers[gone] == "–").all(axis=None)
    assert (numbers[~gone] != "–").all(axis=None)
    # residents are known of all
    people = frame.assign(population=RESIDENTS.reindex(frame["code"]).to_numpy())
    assert hg.map(people, "population", source="x").figure.panels[0].places["text"].notna().all()


def test_a_district_whose_pool_is_not_known_is_missing():
    """Without `pool`, the mean of two districts would stand for each of them."""
    sums = planted({}, count=300).iloc[:8].assign(code=sorted(set(DISTRICT)))
    frame = sums.assign(state=["suppressed", "suppressed", *["known"] * 6])
    table = hg.uptake(frame, source="x").table.set_index("code")
    gone = frame.loc[frame["state"] == "suppressed", "code"]
    assert table.loc[gone, ["count", "share"]].isna().all(axis=None)
    assert table.drop(gone)["share"].notna().all()


def test_a_place_that_stands_twice_is_refused():
    """Women and men: their sum, which is shown, is no sum of other communes."""
    women = planted({"31318": 3})
    with pytest.raises(ValueError, match=r"(?s)code=31318, period=2022.*145 more.*women"):
        suppress.hide_counts(pd.concat([women, women], ignore_index=True))
    suppress.hide_counts(pd.concat([women, women.assign(period=2023)], ignore_index=True))
    suppress.hide_counts(pd.concat([women, women.assign(indicator=GUIDED)], ignore_index=True))


@pytest.mark.parametrize(("cell", "is_small"), [(4, True), (5, False), (996, True), (995, False)])
def test_below_five_is_small_and_five_is_not(cell, is_small):
    """On both sides, and the same in what is hidden as in what is refused."""
    table = planted({"31318": cell})
    assert ("31318" in hidden(table)) is is_small
    assert len(hidden(table)) == (2 if is_small else 0)
    with pytest.raises(ValueError, match="1 of 75 rows") if is_small else nullcontext():
        suppress.refuse_small(table)


def test_the_refusal_does_not_tell_the_counts():
    with pytest.raises(ValueError, match="31318") as caught:
        suppress.refuse_small(planted({"31318": (3, 977)}))
    assert "977" not in str(caught.value)


def test_what_is_no_place_is_refused():
    with pytest.raises(LookupError, match=r"2 codes .*: 00001, 99999"):
        suppress.hide_counts(planted({}).replace({"31318": "99999", "31321": "00001"}))


@pytest.mark.parametrize("wrong", [-1, 2.5, True, "5"])
def test_a_threshold_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="whole number"):
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


CELLS = [(place, measure) for measure in ("received", "online") for place in ("A", "B", "C/1 d")]


@settings(max_examples=12)
@given(
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from(CELLS), st.booleans(), min_size=1),
)
def test_what_is_released_anew_hides_what_was_hidden_and_shows_what_was_shown(
    tmp_path_factory, hidden, changed
):
    folder = tmp_path_factory.mktemp("released")
    first = pd.DataFrame(CELLS, columns=["place", "measure"]).assign(period="2022", hidden=hidden)
    first = first.assign(value=9.0, pool="")
    suppress.release(first, folder=folder, file="a.csv", source="1", grain="reports")
    now = [changed.get(cell, before) for cell, before in zip(CELLS, hidden, strict=True)]
    again = first.assign(hidden=now)
    told = {"folder": folder, "file": "b.csv", "grain": "reports"}
    assert suppress.hidden_before(again, folder=folder, grain="reports").tolist() == hidden
    for some in (again, again[again["measure"] == "online"], again[again["place"] != "A"]):
        same = (some["hidden"] == first["hidden"][some.index]).all()
        with nullcontext() if same else pytest.raises(ValueError, match=r"a\.csv"):
            suppress.require_release(some, **told)
    later = again.assign(period="2023")  # of another year nothing was said
    suppress.require_release(later, **told)


def messages_of(file):
    """Give the texts of a module that are no docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [node.value for node in constants if node not in docstrings]


def test_no_message_advises_to_switch_hiding_off():
    texts = [text for both in words.strings().values() for text in both.values()]
    for file in sorted(Path(hg.__file__).parent.rglob("*.py")):
        texts += [text for text in messages_of(file) if isinstance(text, str)]
    advice = [text for text in texts if "no-suppress" in text or "fewer_than=0" in text]
    assert advice == ["--no-suppress"]  # the option itself
    assert not [text for text in texts if "to hide nothing" in text]
