"""A share is left out by the width of its interval, and for that reason; ranks go by it, too."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from trials.media import read_atlas

import hganalysis as hg
from hganalysis import frames, places, study, suppress, words
from hganalysis.publish import atlas
from hganalysis.ranking import levels
from hganalysis.ranking.measure import reported
from hganalysis.sheets import numbers, poster

MEASURE = "app_users"
PERIODS = [2022, 2023]
SHIPPED = ["kenya_2019", "santa_clara", "hau_giang_2025", "phu_tho_2026"]


@pytest.fixture
def share():
    return hg.uptake(MEASURE, 2023).measure


def rows_of(*pairs):
    return pd.DataFrame(pairs, columns=["count", "out_of"], dtype=float)


# --- the interval, and both sides of each threshold ---


def test_the_width_is_that_of_statsmodels():
    random = np.random.default_rng(1)
    out_of = random.integers(1, 2000, 300)
    count = np.minimum(random.integers(0, 400, 300), out_of)
    columns = {"count": [0, 50, *count], "out_of": [50, 50, *out_of]}
    rows = pd.DataFrame(columns)
    low, high = proportion_confint(rows["count"], rows["out_of"], method="beta")
    widths = levels.interval_widths(rows)
    np.testing.assert_allclose(widths, high - low, atol=1e-12)


PAIRS = [
    ((7, 41), True),  # wide beside the share
    ((5, 803), False),  # 0.6 %, an interval of 1.2 points
    ((29, 29), True),
    ((30, 30), False),
    ((20, 39), True),  # wider than .30
    ((25, 50), False),
    ((9, 120), True),  # .103 wide, more than 1.3 times .075
    ((10, 120), False),  # .107 wide, less than 1.3 times .083
    ((5, 300), False),  # .033 wide, more than 1.3 times the share, and narrow
    ((0, 71), True),
    ((0, 72), False),
]


@pytest.mark.parametrize(
    ("pair", "is_few"),
    PAIRS,
)
def test_a_share_is_left_out_by_the_width_of_its_interval(pair, is_few, share):
    [few] = levels.are_too_few(rows_of(pair), share)
    assert few == is_few
    low, high = proportion_confint(*pair, method="beta")
    width = high - low
    count, out_of = pair
    is_wide = width > 0.05 and width > 1.3 * count / out_of
    by_hand = out_of < 30 or width > 0.3 or is_wide
    assert by_hand == is_few


@pytest.mark.parametrize(("count", "is_few"), [(9, True), (10, False)])
def test_a_ratio_keeps_the_floor_of_events(count, is_few):
    codes = places.compared().index
    rows = pd.DataFrame({"code": codes, "period": 2023, "count": 400})
    rows = rows.assign(out_of=90_000, origin="reported")
    rows.loc[0, "count"] = count
    with words.use("en"):
        answer = hg.uptake(rows, source="us", kind="ratio")
        by_code = answer.table.set_index("code")
        first = by_code.loc[rows["code"][0]]
        assert (first["left_out"] == "few") == is_few
        assert pd.isna(first["share"]) == is_few
        assert pd.isna(first["count"]) == is_few  # of a ratio nothing more is said
        assert ("Too few to give a level" in answer.sentence) == is_few


# --- what ships ---


SHIPPED_COUNTS = [
    ("kenya_2019", "computer_users", 2019, 5, 4),
    ("kenya_2019", "internet_users", 2019, 3, 3),
    ("kenya_2019", "phone_owners", 2019, 0, 1),
    ("santa_clara", "fields_filled", "2022-W05", 0, 29),
    ("hau_giang_2025", "app_users", "2026-Q2", 0, 0),
    ("phu_tho_2026", "paid_online", "2026-Q3", 0, 1),
]


@pytest.mark.parametrize(
    ("name", "measure", "period", "n_few", "n_unranked"),
    SHIPPED_COUNTS,
)
def test_what_ships_leaves_out_and_ranks_so_many(name, measure, period, n_few, n_unranked):
    with study.Study.open(name).use():
        answer = hg.uptake(measure, period)
        rows = answer.parts if len(answer.parts) else answer.table
        assert rows["left_out"].eq("few").sum() == n_few
        is_unranked = rows["rank"].isna() & rows["share"].notna()
        assert is_unranked.sum() == n_unranked


def test_the_demo_loses_nothing_and_ranks_all():
    n_ranked = 0
    for name, periods in reported().items():
        for period in periods:
            answer = hg.uptake(name, period)
            for rows in (answer.table, answer.parts):
                if not answer.measure.is_ratio:
                    assert rows["left_out"].isna().all()
                    assert rows["rank"].notna().all()
                    n_ranked += len(rows)
    assert n_ranked > 400


def test_the_lowest_of_phu_tho_is_the_lowest_that_was_published():
    with study.Study.open("phu_tho_2026").use(language="en"):
        answer = hg.uptake("paid_online", "2026-Q3")
        last = answer.table.dropna(subset="rank").iloc[-1]
        assert (last["count"], last["out_of"]) == (5, 803)
        sentence = answer.sentence.replace("\N{NO-BREAK SPACE}", " ")
        assert "lowest: Huong Can Commune, 0.6% (5 of 803 counted)" in sentence


# --- ranks ---


def ranked_by_hand(rows):
    """Rank rows by the rule, written once more."""
    low, high = proportion_confint(rows["count"], rows["out_of"], method="beta")
    share = rows["count"] / rows["out_of"]
    middle = np.quantile(share, 0.9) - np.quantile(share, 0.1)
    is_ranked = high - low <= middle / 2
    if is_ranked.sum() >= len(rows) / 2:
        return is_ranked
    return np.zeros(len(rows), dtype=bool)


@pytest.mark.parametrize("seed", range(12))
def test_a_share_has_a_rank_if_its_interval_is_narrow_beside_the_middle_of_all(seed, share):
    random = np.random.default_rng(seed)
    out_of = random.integers(40, 3000, 40)
    spread = random.choice([0.01, 0.05, 0.15])
    rates = np.clip(random.normal(0.5, spread, 40), 0.35, 0.65)
    count = random.binomial(out_of, rates)
    is_hidden = pd.Series(data=False, index=range(40))
    rows = levels.add_levels(rows_of(*zip(count, out_of, strict=True)), share, is_hidden)
    shown = rows.dropna(subset="share")
    expected = ranked_by_hand(shown).tolist()
    assert shown["rank"].notna().tolist() == expected
    has_no_ranks = shown["rank"].isna().all()
    assert levels.are_alike(rows, share) == has_no_ranks


@pytest.mark.parametrize(("n_places", "has_rank"), [(9, True), (10, False)])
def test_with_fewer_than_ten_places_events_rank(n_places, has_rank, share):
    """Twenty-five of fifty has a wide interval; by its events it has a rank."""
    wide = [(400 + 20 * number, 1000) for number in range(n_places - 1)]
    rows = rows_of((25, 50), *wide)
    is_hidden = pd.Series(data=False, index=rows.index)
    rows = levels.add_levels(rows, share, is_hidden)
    assert bool(rows["rank"].notna()[0]) == has_rank


def test_places_that_are_alike_have_no_ranks_and_are_named_as_counted():
    with study.Study.open("santa_clara").use(language="en"):
        answer = hg.uptake("fields_filled", "2022-W05")
        shares = answer.table.set_index("name")["share"].astype(float)
        assert answer.sentence.startswith(f"Highest: {shares.idxmax()}, ")
        assert f"; lowest: {shares.idxmin()}, " in answer.sentence
        assert "There are no ranks" in answer.sentence
        ranks = answer.table[["rank", "rank_low", "rank_high"]]
        assert ranks.isna().all(axis=None)
        brief = hg.brief(answer.table["code"][0]).figures
        [sheet] = [compose() for compose in brief.values()]
        assert "ranked" not in str(sheet.panels)


def test_a_picture_of_places_that_are_alike_has_no_stars():
    units = places.units().index
    columns = {
        "code": units,
        "period": 2023,
        "out_of": 60,
        "origin": "reported",
    }
    rows = pd.DataFrame(columns)
    random = np.random.default_rng(3)
    rows["count"] = random.binomial(60, 0.5, len(units))
    with words.use("en"):
        figure = hg.uptake(rows, source="us").communes().figure
    assert "There are no ranks" in figure.source
    texts = figure.table.iloc[:, 2]
    assert not texts.str.contains(r"\*", regex=True).any()
    assert not figure.title.startswith("Highest of those ranked")


def test_an_atlas_with_a_place_of_nobody_is_written(monkeypatch, tmp_path):
    rows = frames.reports()
    rows = rows[rows["indicator"] == MEASURE].assign(origin="reported")
    rows = rows[rows["period"] == 2023]
    is_empty = rows["code"] == FEW
    rows.loc[is_empty, ["count", "out_of"]] = 0.0
    monkeypatch.setattr(frames, "reports", rows.copy)
    atlas.write(tmp_path / "atlas.html")
    page = read_atlas((tmp_path / "atlas.html").read_text("utf-8"))
    places_read = page["levels"][1]["places"]
    codes = [place["code"] for place in places_read]
    measure = next(measure for measure in page["measures"] if measure["id"] == MEASURE)
    cells = measure["values"]["2023"]["commune"]
    assert cells[codes.index(FEW)] == 2


# --- each place has its own reason, in every medium ---

FEW = "31318"
HIDDEN = "31321"
SILENT = "31324"


@pytest.fixture
def three_reasons(monkeypatch):
    """Use reports in which one commune has too few, one is hidden and one is silent."""
    rows = frames.reports()
    rows = rows[rows["indicator"] == MEASURE].assign(origin="reported")
    rows = rows.drop(columns="pool", errors="ignore")
    is_now = rows["period"] == 2023
    pairs = {
        FEW: [7, 41],
        HIDDEN: [3, 41],
        SILENT: [np.nan, np.nan],
    }
    for code, pair in pairs.items():
        rows.loc[is_now & (rows["code"] == code), ["count", "out_of"]] = pair
    safe_reports = suppress.hide_counts(rows)
    monkeypatch.setattr(frames, "reports", safe_reports.copy)
    with words.use("en"):
        yield safe_reports


@pytest.mark.usefixtures("three_reasons")
def test_each_part_has_its_own_reason_and_no_number_of_a_hidden_one():
    parts = hg.uptake(MEASURE, 2023).parts.set_index("code")
    reasons = parts["left_out"].reindex([FEW, HIDDEN, SILENT]).tolist()
    assert reasons == ["few", "hidden", "missing"]
    pair = parts.loc[FEW, ["count", "out_of"]].tolist()
    assert pair == [7, 41]
    numbers_hidden = parts.loc[[HIDDEN, SILENT], ["count", "out_of", "share"]]
    assert numbers_hidden.isna().all(axis=None)
    table = hg.uptake(MEASURE, 2023).communes().figure.table
    texts = table.iloc[:, 2]
    shown = texts.loc[[FEW, HIDDEN, SILENT]]
    assert shown.tolist() == ["too few to give a level", "hidden", "no report"]


def test_a_place_says_seven_of_forty_one_and_never_that_a_report_is_missing():
    codes = places.compared().index
    columns = {
        "code": codes,
        "period": 2023,
        "count": 400,
        "out_of": 900,
    }
    rows = pd.DataFrame(columns)
    earlier = rows.assign(period=2022, count=300)
    rows = pd.concat([rows, earlier]).assign(origin="reported")
    is_few = (rows["code"] == codes[0]) & (rows["period"] == 2023)
    rows.loc[is_few, ["count", "out_of"]] = [7, 41]
    silent = (rows["code"] == codes[1]) & (rows["period"] == 2023)
    with words.use("en"):
        name = places.label(codes[0])
        silent_name = places.label(codes[1])
        answer = hg.uptake(rows[~silent], 2023, source="us")
        assert f"Too few to give a level: {name} (7 of 41)." in answer.sentence
        assert f"a report is missing: {silent_name}." in answer.sentence
        assert answer.sentence.startswith("The same wherever it is shown")
        change = hg.compare(rows[~silent], 2022, 2023, source="us")
        sources = (change.map().figure.source, change.slopes().figure.source)
        for text in (change.sentence, *sources):
            assert f"numbers of one or both years are missing: {silent_name}." in text
            assert f"Too few to give a level: {name}." in text
        complete = hg.compare(rows, 2022, 2023, source="us")
        assert "are missing" not in complete.sentence
        assert complete.whole["change_pp"] > 0  # the whole is known, though one place is not said
        women = rows[rows["period"] == 2022].assign(sex="women", period=2023)
        men = rows[rows["period"] == 2023].assign(sex="men")
        gap = hg.gap(pd.concat([women, men]), by="sex", source="us")
        assert f"Too few to give a level: {name}." in gap.sentence
        assert "a report is missing" not in gap.sentence


@pytest.mark.parametrize("n_silent", [1, 2])
def test_a_place_without_a_report_of_each_part_says_how_many_reported(n_silent):
    rows = frames.reports().query("indicator == 'app_users' and period == 2023")
    rows = rows[["code", "period", "count", "out_of", "origin"]]
    home = places.parents(rows["code"], "district")
    parts = rows["code"][home == home.iloc[0]]
    silent = rows["code"].isin(parts[:n_silent])
    with words.use("en"):
        said = hg.uptake(rows[~silent], 2023, source="us").sentence
        reported = f"{len(parts) - n_silent} of {len(parts)} communes reported"
        assert f"a report is missing: {places.label(home.iloc[0])} ({reported})." in said


@pytest.mark.usefixtures("three_reasons")
def test_briefs_poster_and_atlas_give_the_same_reason(tmp_path):
    home = places.parents(pd.Series([FEW]), "district")[0]
    gathered = numbers.gather(MEASURE, 2023)
    sheet = poster.compose_poster(gathered)
    lists = pd.concat(panel for panel in sheet.panels[0].lists)
    listed = lists.set_index("name")["text"]
    assert listed[places.short(FEW)] == "too few"
    assert listed[places.short(HIDDEN)] == "not shown"
    assert listed[places.short(SILENT)] == "not shown"
    parts = gathered.parts_of(home).set_index("code")
    assert pd.isna(parts.loc[FEW, "not_reached"])
    atlas.write(tmp_path / "atlas.html")
    page = read_atlas((tmp_path / "atlas.html").read_text("utf-8"))
    places_read = page["levels"][1]["places"]
    codes = [place["code"] for place in places_read]
    measure = next(measure for measure in page["measures"] if measure["id"] == MEASURE)
    view = next(view for view in measure["views"] if view["id"] == "2023")
    row = view["rows"]["commune"]
    texts = view["texts"]["en"]["rows"]["commune"]
    numbers_of_places = [codes.index(code) for code in (SILENT, HIDDEN, FEW)]
    assert [row["why"][number] for number in numbers_of_places] == [0, 1, 2]
    assert [texts["counted"][number] for number in numbers_of_places] == ["", "", "7 of 41"]
    assert [row["value"][number] for number in numbers_of_places] == [None] * 3
    assert page["words"]["en"]["none2"] == "too few to give a level"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_highest_and_lowest_are_of_those_shown_where_one_is_not(language):
    codes = places.compared().index
    columns = {
        "code": codes,
        "period": 2023,
        "out_of": 900,
        "origin": "reported",
    }
    rows = pd.DataFrame(columns)
    rows["count"] = np.arange(8) * 50 + 200
    texts_of_shown = {"vi": "Cao nhất trong số nêu", "en": "Highest of those shown"}
    of_shown = texts_of_shown[language]
    with words.use(language):
        assert of_shown not in hg.uptake(rows, source="us").sentence
        without = hg.uptake(rows[1:], source="us")
        assert without.sentence.startswith(of_shown)
        assert without.map().figure.title.startswith(of_shown)
