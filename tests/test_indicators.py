"""Check the catalogue, its classes, and the gate between unlike measures."""

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, indicators, words
from hganalysis.indicators import Classes

MEASURES = indicators.names()
QUANTITIES = [
    "members_per_1000",
    "teams_per_1000_households",
    "population",
    "urban_share",
    "people_per_household",
]
TWO_YEARS = [name for name in MEASURES if len(indicators.years(name)) == 2]


def grey(colour):
    """Lightness as a greyscale print shows it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def every_classes():
    return [
        *map(indicators.classes, [*MEASURES, *QUANTITIES]),
        *(indicators.classes(name, of_change=True) for name in TWO_YEARS),
    ]


# The catalogue


def test_the_catalogue_holds_the_measures_of_both_campaigns():
    assert MEASURES == [
        "app_users",
        "ewallet_users",
        "online_service_users",
        "ecommerce_guided",
        "informed",
        "files_online",
    ]
    assert TWO_YEARS == ["app_users", "files_online"]


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_counts_in_both_languages(name):
    for year in indicators.years(name):
        texts = {}
        for language in words.LANGUAGES:
            with words.use(language):
                one = indicators.get(name, year=year)
                texts[language] = (one.label, one.counts, one.out_of, one.when)
                assert str(one) == f"{one.label} ({one.when})"
                assert str(year) in one.when
        assert all(vi != en for vi, en in zip(texts["vi"], texts["en"], strict=True))
        assert one.kind in {"share", "ratio"}
        assert (one.unit == one.denominator) == (one.denominator == "files")


@pytest.mark.parametrize("name", MEASURES)
def test_only_people_who_use_a_platform_are_users(name):
    one = indicators.get(name, year=2022)
    assert one.users == (name not in {"informed", "files_online"})
    # who uses or hands in is part of a whole; households among residents are not
    assert (one.kind == "share") == (one.unit in {"people", "files"})


def test_only_files_online_have_a_target_in_their_own_unit():
    # 80 % was set for households: it is no target for a count of people
    targets = {name: indicators.get(name, year=2022).target for name in MEASURES}
    assert {name: target for name, target in targets.items() if target} == {"files_online": 0.5}


def test_the_table_has_a_row_for_each_measure_and_year():
    table = indicators.catalogue()
    assert len(table) == 8
    assert not table.duplicated(["name", "year"]).any()
    with words.use("en"):
        assert indicators.catalogue()["label"][0] == "Users of a platform app"


def test_the_reports_hold_exactly_what_the_catalogue_describes():
    reported = frames.reports()[["indicator", "year"]].drop_duplicates()
    table = indicators.catalogue()
    assert set(reported.itertuples(index=False, name=None)) == set(
        zip(table["name"], table["year"], strict=True)
    )


def test_an_unknown_measure_or_year_is_refused_with_what_there_is():
    with pytest.raises(LookupError, match=r"'downloads' is not in the catalogue.*app_users"):
        indicators.get("downloads", year=2022)
    with pytest.raises(LookupError, match=r"ewallet_users was not taken in 2023.*it for 2022"):
        indicators.get("ewallet_users", year=2023)
    with pytest.raises(LookupError, match="'downloads'"):
        indicators.classes("downloads")
    with pytest.raises(LookupError, match="no change_breaks"):
        indicators.classes("ewallet_users", of_change=True)
    with pytest.raises(LookupError, match="'downloads'"):
        indicators.measure_label("downloads")


def test_labels_follow_the_language():
    assert indicators.measure_label("population") == "Dân số"
    with words.use("en"):
        assert indicators.measure_label("population") == "Residents"


# The gate


def test_one_measure_in_two_years_passes():
    for name in TWO_YEARS:
        before, after = (indicators.get(name, year=year) for year in (2022, 2023))
        assert indicators.require_comparable(before, after) is None


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "files_online"])
def test_unlike_measures_are_refused_with_both_names_and_the_substitutes(name):
    before = indicators.get(name, year=2022)
    after = indicators.get("files_online", year=2023)
    with pytest.raises(ValueError, match="different measures") as told:
        indicators.require_comparable(before, after)
    message = str(told.value)
    assert f"{name} 2022 and files_online 2023" in message
    with words.use("en"):
        assert repr(indicators.get(name, year=2022).counts) in message
    assert "out_of" in message
    assert "change.rank_shift()" in message
    assert "change.distance()" in message


def test_two_platforms_with_one_unit_are_still_two_measures():
    one, other = (indicators.get(name, year=2022) for name in ("app_users", "ewallet_users"))
    with pytest.raises(ValueError, match="app_users 2022 and ewallet_users 2022"):
        indicators.require_comparable(one, other)


def test_a_twin_under_another_name_is_another_measure(monkeypatch):
    # Two entries of one wording may still be two inquiries: the catalogue keeps them apart.
    groups = {**indicators._catalogue()}
    groups["indicators"] = {**groups["indicators"], "twin": groups["indicators"]["app_users"]}
    monkeypatch.setattr(indicators, "_catalogue", lambda: groups)
    before, after = indicators.get("app_users", year=2022), indicators.get("twin", year=2023)
    with pytest.raises(ValueError, match="app_users 2022 and twin 2023 are different measures"):
        indicators.require_comparable(before, after)


def test_the_gate_does_not_depend_on_the_language_that_was_in_use():
    with words.use("en"):
        before = indicators.get("app_users", year=2022)
    assert indicators.require_comparable(before, indicators.get("app_users", year=2023)) is None


@pytest.mark.parametrize(("before", "after"), [(2022, 2022), (2023, 2022)])
def test_a_change_goes_from_a_year_to_a_later_one(before, after):
    one, other = (indicators.get("app_users", year=year) for year in (before, after))
    with pytest.raises(ValueError, match=f"before is {before} and after is {after}"):
        indicators.require_comparable(one, other)


# Classes


@pytest.mark.parametrize("classes", every_classes(), ids=lambda c: f"{c.name}-{c.unit}")
def test_every_classes_is_well_formed(classes):
    count = len(classes.breaks) + 1
    assert len(classes.colours) == len(classes.labels) == len(set(classes.labels)) == count
    assert len(set(classes.colours)) == count
    if classes.diverging:
        falls, rises = classes.colours[: count // 2], classes.colours[count // 2 :]
        assert list(map(grey, falls)) == sorted(map(grey, falls))
        assert list(map(grey, rises)) == sorted(map(grey, rises), reverse=True)
        assert classes.breaks == tuple(-edge for edge in reversed(classes.breaks))
    else:
        # more is darker, also in a greyscale print, and by a step that can be seen
        steps = [light - dark for light, dark in pairwise(map(grey, classes.colours))]
        assert min(steps) > 10


def test_a_value_on_a_border_belongs_to_the_class_above():
    classes = Classes("x", (0.25, 0.5, 0.75), "share")
    # below by what can be written, and by a rounding error that cannot
    below, on = 0.5 - 1e-8, np.nextafter(0.5, 0)
    values = pd.Series([-1, 0, 0.25, below, on, 0.5, 0.75, 1, np.nan], index=list("abcdefghi"))
    index = classes.index(values)
    assert index.drop("i").tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert index.isna().tolist() == [False] * 8 + [True]
    assert index.dtype == "Int64"
    assert index.index.tolist() == values.index.tolist()


def test_whole_numbers_with_gaps_have_classes_too():
    values = pd.Series([1, None, 3], dtype="Int64")
    assert Classes("x", (2,), "count").index(values).fillna(-1).tolist() == [0, -1, 1]


def test_the_class_of_a_value_is_the_one_whose_label_says_so():
    classes = indicators.classes("files_online")
    reached = classes.index(pd.Series([0.4999, 0.5]))
    assert [classes.labels[number] for number in reached] == [
        "dưới 50\N{NO-BREAK SPACE}%",
        "từ 50\N{NO-BREAK SPACE}% đến dưới 60\N{NO-BREAK SPACE}%",
    ]


def test_labels_in_both_languages():
    classes = Classes("x", (0.05, 0.125), "share")
    plain = [label.replace("\N{NO-BREAK SPACE}", " ") for label in classes.labels]
    assert plain == ["dưới 5,0 %", "từ 5,0 % đến dưới 12,5 %", "từ 12,5 % trở lên"]
    with words.use("en"):
        assert classes.labels == ("below 5.0%", "5.0% to below 12.5%", "12.5% and above")


def test_changes_are_centred_on_zero():
    classes = indicators.classes("app_users", of_change=True)
    assert classes.diverging
    assert classes.unit == "points"
    middle = len(classes.colours) // 2
    assert classes.index(pd.Series([-0.001, 0, 0.001])).tolist() == [middle - 1, middle, middle]


def test_the_target_is_a_border():
    assert indicators.classes("files_online").target == 0.5
    assert 0.5 in indicators.classes("files_online").breaks
    assert indicators.classes("app_users").target is None


@pytest.mark.parametrize(
    ("breaks", "target", "diverging", "says"),
    [
        ((), None, False, "breaks must rise"),
        ((0.5, 0.5), None, False, "breaks must rise"),
        ((0.5, 0.25), None, False, "breaks must rise"),
        ((0.25, 0.75), 0.5, False, "the target 0.5 must be one of the breaks"),
        ((-2, 2), None, True, "must have 0 in their middle"),
        ((-2, 1, 2), None, True, "must have 0 in their middle"),
        ((), None, True, "must have 0 in their middle"),
    ],
)
def test_malformed_classes_are_refused(breaks, target, diverging, says):
    with pytest.raises(ValueError, match="classes of 'x'") as told:
        Classes("x", breaks, "share", target=target, diverging=diverging)
    assert says in str(told.value)


def test_every_fault_of_classes_is_listed():
    with pytest.raises(ValueError, match="breaks must rise; the target 3 must be"):
        Classes("x", (2, 1), "count", target=3)


def test_classes_cannot_be_edited_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        indicators.classes("app_users").breaks = (1, 2)


@pytest.mark.parametrize(("name", "year"), [(n, y) for n in MEASURES for y in indicators.years(n)])
def test_the_breaks_make_each_map_tell_something(name, year):
    shares = hg.uptake(name, year).table["share"]
    assert indicators.classes(name).index(shares).nunique() >= 3


def test_values_are_left_alone():
    values = pd.Series([0.1, np.nan, 0.9])
    before = values.copy()
    indicators.classes("app_users").index(values)
    pd.testing.assert_series_equal(values, before)


@pytest.mark.parametrize(("most", "unit"), [(0.99, "per_1000"), (1, "per_1"), (1.5, "per_1")])
def test_a_ratio_is_shown_for_one_from_one_up(monkeypatch, most, unit):
    acts = {**indicators._catalogue()["indicators"]["informed"], "breaks": [0.5, most]}
    catalogue = indicators._catalogue() | {"indicators": {"acts": acts}}
    monkeypatch.setattr(indicators, "_catalogue", lambda: catalogue)
    assert indicators.classes("acts").unit == unit
    assert indicators.change_unit("acts") == f"{unit}_change"


def test_a_ratio_above_one_is_not_shown_for_a_thousand(monkeypatch):
    many = {**indicators._catalogue()["indicators"]["informed"], "breaks": [2, 5, 10]}
    catalogue = indicators._catalogue() | {"indicators": {"acts": many}}
    monkeypatch.setattr(indicators, "_catalogue", lambda: catalogue)
    classes = indicators.classes("acts")
    for language, said in (("vi", "10,2"), ("en", "10.2")):
        with words.use(language):
            shown = words.value(10.2113, classes)
            assert shown.replace("\N{NO-BREAK SPACE}", " ") == said
            change = words.value(523.4, indicators.change_unit("acts"))
            assert change.replace(",", ".").startswith("+5.2")
            assert "1.000" not in change.replace(",", ".")
