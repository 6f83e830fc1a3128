"""Years of one measure compared in one line: of the study in use, and of any frame."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shapely.geometry import box

import hganalysis as hg
from hganalysis import change, findings, frames, indicators, maps, places, rates, words

COUNTIES = ["Nairobi", "Kitui", "Lamu", "Meru", "Mombasa", "Kisumu", "Garissa"]
YEARS = (2021, 2022, 2023, 2024)
NAMES = {"place": "county", "year": "taken", "count": "letters", "out_of": "people"}
SAID = {"origin": "reported", "source": "a postal survey"}


def invented(years=YEARS, seed=1):
    rng = np.random.default_rng(seed)
    rows = [
        {
            "county": county,
            "taken": year,
            "letters": int(3000 + 300 * at + 200 * rng.normal() + 150 * (year - years[0])),
            "people": 10_000 + 100 * at,
            "geometry": box(36 + at % 3, -1 - at // 3, 36.9 + at % 3, -0.1 - at // 3),
        }
        for at, county in enumerate(COUNTIES)
        for year in years
    ]
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


FRAME = invented()


def compare(frame=FRAME, *years, **others):
    return hg.compare(frame, *(years or YEARS), **{**NAMES, **SAID, **others})


def texts(picture):
    found = [text.get_text() for text in picture.figure.texts]
    return found + [text.get_text() for ax in picture.figure.axes for text in ax.texts]


def banners(picture):
    drawn = [one.get_gid() for ax in picture.figure.axes for one in [*ax.patches, *ax.texts]]
    return drawn.count("banner")


# -- measures of the study in use


@pytest.fixture(scope="module")
def people():
    return hg.compare("app_users", 2022, 2023)


@pytest.fixture(scope="module")
def measures():
    return [indicators.get("app_users", year=year) for year in (2022, 2023)]


def test_a_measure_is_compared_as_change_does_it(people, measures):
    reports = frames.reports()
    pd.testing.assert_frame_equal(people.table, change.steps(reports, measures=measures))
    before, after = measures
    for language in words.LANGUAGES:
        with words.use(language):
            districts, whole = (
                change.difference(reports, before=before, after=after, by=level)
                for level in ("district", "province")
            )
            named = [indicators.get(one.name, year=one.year) for one in measures]
            said = findings.change(districts, whole, before=named[0], after=named[1])
            assert str(people) == repr(people) == said


def test_its_pictures_are_those_of_the_charts_and_maps(people, measures):
    before, after = measures
    difference = change.difference(frames.reports(), before=before, after=after)
    classes = indicators.classes("app_users", of_change=True)
    located = maps.locate(difference, places.areas("district"))
    assert people.map().digest == maps.digest(located, "change_pp", classes=classes)
    assert banners(people.map()) == 1
    assert all(one.when in people.map().composed.as_of for one in measures)
    said = texts(people.slopes())
    assert "SỐ LIỆU MÔ PHỎNG" in said
    for share in rates.pick(rates.to_districts(frames.reports()), after)["share"]:
        assert any(words.percent(share) in text for text in said)


def test_pictures_that_are_kept_and_shown_are_drawn_once(people, monkeypatch):
    drawn = []
    for name in ("map", "slopes"):
        monkeypatch.setattr(type(people), name, lambda _, name=name: drawn.append(name))
    found = dataclasses.replace(people)
    assert found._pictures() is found._pictures()
    assert drawn == ["map", "slopes"]


def test_a_pair_names_measure_and_year(people):
    again = hg.compare(("app_users", 2022), ("app_users", 2023))
    pd.testing.assert_frame_equal(again.table, people.table)
    pd.testing.assert_frame_equal(hg.compare(("app_users", 2022), 2023).table, people.table)


def test_unlike_measures_are_refused_and_what_can_be_compared_is_named():
    with pytest.raises(ValueError, match="are different measures") as refused:
        hg.compare(("app_users", 2022), ("files_online", 2023))
    said = str(refused.value)
    for part in (
        "counts: 'people who installed and use a platform app' in 2022",
        "change.rank_shift()",
        "change.distance()",
        "hg.compare('app_users', 2022, 2023)",
        "hg.compare('files_online', 2022, 2023)",
    ):
        assert part in said


def test_years_that_are_not_there_or_do_not_rise_are_refused():
    with pytest.raises(LookupError, match="was not taken in 1999"):
        hg.compare("app_users", 1999, 2023)
    with pytest.raises(LookupError, match="not in the catalogue"):
        hg.compare("stamps", 2022, 2023)
    with pytest.raises(ValueError, match="goes from one year to a") as refused:
        hg.compare("app_users", 2023, 2022)
    assert "hg.compare" not in str(refused.value)
    for few in ((), (2022,)):
        with pytest.raises(ValueError, match="say two years at least"):
            hg.compare("app_users", *few)


# -- a frame of one's own


def test_each_consecutive_step_is_given_with_the_shares_of_the_frame():
    table = compare().table
    pairs = table[["since", "year"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[2021, 2022], [2022, 2023], [2023, 2024]]
    plain = pd.DataFrame(FRAME).set_index(["county", "taken"])
    shares = plain["letters"] / plain["people"]
    for row in table.itertuples():
        before, after = (shares.loc[(row.code, year)] for year in (row.since, row.year))
        assert (row.share_before, row.share_after) == (before, after)
        assert row.change_pp == pytest.approx(100 * (after - before))
    assert table[["change_low_pp", "change_high_pp"]].isna().all(axis=None)
    assert len(compare(FRAME, 2021, 2024).table) == len(COUNTIES)


def test_the_change_of_all_is_the_paired_ratio_estimator():
    """By hand: what each place pulls in one year, less what it pulls in the other."""
    whole = compare(FRAME, 2022, 2023).whole.iloc[0]
    plain = pd.DataFrame(FRAME).set_index(["county", "taken"])[["letters", "people"]]
    pulls, ratios = {}, {}
    for year in (2022, 2023):
        counts, out_of = plain.xs(year, level="taken").to_numpy().T
        ratios[year] = counts.sum() / out_of.sum()
        pulls[year] = (counts - ratios[year] * out_of) / out_of.sum()
    moved = pulls[2023] - pulls[2022]
    size = len(COUNTIES)
    error = 100 * np.sqrt(size / (size - 1) * (moved**2).sum())
    reach = (whole["change_high_pp"] - whole["change_low_pp"]) / 2
    rise = 100 * (ratios[2023] - ratios[2022])
    assert whole["change_pp"] == pytest.approx(rise)
    assert whole["change_low_pp"] == pytest.approx(rise - reach)
    # the places of one size: the package weighs each by its own, the textbook does not
    assert reach == pytest.approx(stats.t.ppf(0.975, size - 1) * error, rel=0.02)


def test_names_of_columns_order_of_rows_and_kind_of_years_are_free():
    other = {"county": "place", "taken": "year", "letters": "count", "people": "out_of"}
    first = compare()
    shuffled = FRAME.sample(frac=1, random_state=2)
    for frame, names in (
        (FRAME.rename(columns=other), {}),
        (shuffled, NAMES),
        (FRAME.assign(taken=FRAME["taken"].astype(str)), NAMES),
        (FRAME.rename(columns={"letters": "share"}), {**NAMES, "count": "share"}),
        (FRAME.rename(columns={"letters": "{x} & <b>"}), {**NAMES, "count": "{x} & <b>"}),
    ):
        found = hg.compare(frame, *YEARS, **names, **SAID)
        for one in ("table", "whole"):
            pd.testing.assert_frame_equal(
                getattr(found, one).drop(columns="indicator"),
                getattr(first, one).drop(columns="indicator"),
            )
        assert "<b>" not in found._repr_html_()
        found.map()
        found.slopes()
    before = FRAME.copy()
    compare().map()
    pd.testing.assert_frame_equal(FRAME, before)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_it_speaks_of_the_places_and_columns_of_the_frame(language):
    found = compare(origin="simulated")
    with words.use(language):
        said = [str(found), found._repr_html_(), *texts(found.map()), *texts(found.slopes())]
        lines = str(found).splitlines()
    assert len(lines) == 3
    assert all("letters / people" in line for line in lines)
    wrong = ("district", "commune", "province", "huyện", "tỉnh", "Hậu Giang")
    assert [text for text in said if any(word in text for word in wrong)] == []
    assert ">county<" in said[1]
    assert {"Nairobi", "Kitui"} <= {word for text in said for word in text.split()}
    assert "app_users" in indicators.names()
    assert found.name not in indicators.names(), "the measure of a frame is of nobody else"


def test_simulated_rows_put_the_banner_on_every_picture():
    for origin, wanted in (("simulated", True), ("reported", False)):
        found = compare(FRAME, 2022, 2023, origin=origin)
        assert bool(banners(found.map())) == wanted
        assert ("SỐ LIỆU MÔ PHỎNG" in texts(found.slopes())) == wanted
        assert str(found).startswith("Số liệu mô phỏng.") == wanted
    one = FRAME.assign(origin=np.where(FRAME["county"] == "Lamu", "simulated", "reported"))
    found = compare(one, 2022, 2023, origin=None)
    assert found.table.set_index("code")["origin"].value_counts().to_dict() == {
        "reported": 6,
        "simulated": 1,
    }
    assert banners(found.map())


def test_a_picture_is_titled_by_what_changed_in_its_last_step_and_each_map_by_its_own():
    found = compare()
    told = found.map().composed
    assert told.names == ("2021–2022", "2022–2023", "2023–2024")
    assert len(told.findings) == len(told.panels)
    parts = [told.part(at) for at in range(len(told.panels))]
    for figure, years in (
        (told, [2023, 2024]),
        (found.slopes().composed, [2023, 2024]),
        *zip(parts, ([2021, 2022], [2022, 2023], [2023, 2024]), strict=True),
    ):
        assert [year for year in YEARS if str(year) in figure.title] == years
        # no interval of a place is known, so none is said to be more than chance
        assert not re.search(r"\d/\d", figure.title)
        assert "people" in figure.subtitle


def test_the_change_of_a_measure_is_a_finding_with_what_it_is_out_of():
    with words.use("en"):
        found = hg.compare("app_users", 2022, 2023)
        for picture in (found.map(), found.slopes()):
            told = picture.composed
            assert told.title == findings.titles.change(
                found.table,
                found.whole,
                before=indicators.get("app_users", year=2022),
                after=indicators.get("app_users", year=2023),
            )
            assert told.title.endswith("more than chance in 7 of 8 districts")
            assert "residents (census of 2019)" in told.subtitle


def test_a_change_that_may_be_chance_has_a_mark_of_its_own_on_the_map():
    found = hg.compare("app_users", 2022, 2023)
    [panel] = found.map().composed.panels
    low, high = (found.table.set_index("code")[f"change_{end}_pp"] for end in ("low", "high"))
    chance = set(low.index[(low <= 0) & (high >= 0)])
    assert set(panel.marks) == chance
    assert chance == {"933"}
    written = panel.written(panel.table)["text"]
    for code, text in panel.table["text"].items():
        assert written[code] == (f"○\N{NO-BREAK SPACE}{text}" if code in chance else text)
    assert words.term("maps.marked_change") in found.map().composed.left_out()
    for language in words.LANGUAGES:  # brackets are of intervals alone
        with words.use(language):
            assert words.term("maps.marked_change").startswith("○")
    assert not compare().map().composed.panels[0].marks


def test_grey_lines_do_not_claim_that_chance_is_known():
    with words.use("en"):
        said = texts(compare().slopes())
        shipped = texts(hg.compare("app_users", 2022, 2023).slopes())
    assert (
        "One count a place and year does not say whether a change is more than chance variation"
        in said
    )
    grey = "Grey line: a change no larger than chance variation"
    assert grey not in said
    assert grey in shipped
    years = [text for text in said if text in map(str, YEARS)]
    assert sorted(years) == sorted(map(str, YEARS))


def test_more_steps_than_a_page_holds_make_an_album():
    years = tuple(range(2018, 2025))
    found = hg.compare(invented(years), *years, **NAMES, **SAID)
    album = found.map()
    assert [len(page.composed.panels) for page in album.pictures] == [3, 3]
    classes = {panel.classes.breaks for page in album.pictures for panel in page.composed.panels}
    [breaks] = classes
    assert breaks[len(breaks) // 2] == 0
    assert [-one for one in reversed(breaks)] == list(breaks)


def test_places_of_the_list_in_use_are_drawn_on_its_outlines():
    named = places.districts()["name_vi"]
    rows = [
        {"place": name, "year": year, "count": 1000 + 10 * at + year % 5 * at, "out_of": 9000}
        for at, name in enumerate(named)
        for year in (2022, 2023)
    ]
    found = hg.compare(pd.DataFrame(rows), 2022, 2023, **SAID)
    [panel] = found.map().composed.panels
    assert panel.table["value"].notna().all()
    assert list(panel.table.index) == sorted(places.districts().index)
    unknown = pd.DataFrame(rows).replace({"place": {named.iloc[0]: "Nowhere"}})
    other = hg.compare(unknown, 2022, 2023, **SAID)
    assert "Nowhere" in texts(other.slopes())[-1] or any(
        "Nowhere" in text for text in texts(other.slopes())
    )
    with pytest.raises(ValueError, match="do not say which place is meant"):
        other.map()


def test_a_place_that_lacks_a_year_is_not_compared_and_all_have_no_change():
    holed = FRAME[~((FRAME["county"] == "Lamu") & (FRAME["taken"] == 2023))]
    found = compare(holed, 2022, 2023)
    row = found.table.set_index("code").loc["Lamu"]
    assert row["state"] == "no data"
    assert np.isnan(row["change_pp"])
    assert np.isnan(found.whole["change_pp"].iloc[0])
    with words.use("en"):
        assert "no change of all places is given" in str(found)
        assert "Not compared, since a count is missing: 1 of 7 places." in str(found)
        assert "No data: Lamu" in texts(found.slopes())
    empty = FRAME.assign(people=FRAME["people"].where(FRAME["county"] != "Lamu"))
    assert np.isnan(compare(empty, 2022, 2023).whole["change_pp"].iloc[0])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda f: f.assign(letters=f["letters"].where(f["county"] != "Lamu", -5.0)), "negative"),
        (lambda f: f.assign(letters=f["people"] + 1), "more than what it is a part of"),
        (lambda f: pd.concat([f, f.tail(1)]), "stand more than once"),
        (lambda f: f.assign(letters=f["letters"].astype(object).replace(3000, "x")), "no numbers"),
        (lambda f: f.assign(letters=f["letters"].where(f["county"] != "Lamu", 3)), "count below 5"),
        (lambda f: f.assign(indicator=f["taken"].map("measure {}".format)), "several measures"),
        (lambda f: f.assign(origin="hearsay"), "do not say where they come from"),
    ],
)
def test_what_can_be_no_comparison_is_refused(broken, message):
    frame = broken(FRAME.replace({"letters": {FRAME["letters"].iloc[0]: 3000}}))
    origin = None if "origin" in frame else "reported"
    with pytest.raises(ValueError, match=message):
        compare(frame, origin=origin)


def test_what_the_frame_does_not_say_is_asked_for():
    with pytest.raises(ValueError, match="nobody knows where 'letters' comes from"):
        compare(origin=None)
    with pytest.raises(ValueError, match="has to say who says so"):
        compare(source=None)
    with pytest.raises(LookupError, match=r"no such column: 'stamps'.*(?s:.)*count=\.\.\."):
        compare(count="stamps")
    with pytest.raises(LookupError, match="there is no row of 2030"):
        compare(FRAME, 2021, 2030)
    with pytest.raises(ValueError, match="from one year to a later one"):
        compare(FRAME, 2023, 2021)
    with pytest.raises(ValueError, match="say two years at least"):
        compare(FRAME, 2021)


def test_a_ratio_may_be_more_than_one_and_is_no_share():
    many = FRAME.assign(letters=FRAME["letters"] * 9)
    found = compare(many, 2022, 2023, kind="ratio")
    share = compare(FRAME, 2022, 2023)
    assert found.table["change_pp"].to_numpy() == pytest.approx(9 * share.table["change_pp"])
    with words.use("en"):
        assert "percentage points" not in str(found)
        assert "(chance variation" in str(found)
        found.map()
        found.slopes()
