"""Numbers have digits enough to say what they say, and the same ones in every medium."""

import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hganalysis import (
    atlas,
    change,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    sources,
    words,
)
from hganalysis.build.own import write
from hganalysis.figures import classify
from hganalysis.indicators import Classes
from hganalysis.render import static
from hganalysis.slides import facts as gathered
from hganalysis.slides import uptake

NBSP = "\N{NO-BREAK SPACE}"
FACTOR = {
    "share": 100,
    "points": 1,
    "per_1000": 1000,
    "per_1000_change": 10,
    "per_1": 1,
    "ratio": 1,
}


def read(text):
    """Read a number back, whatever stands behind it."""
    found = re.match(r"[+−]?[\d.,]+", text)[0]
    if words.language() == "vi":
        found = found.replace(".", "").replace(",", ".")
    return float(found.replace("−", "-").replace(",", ""))


def decimals(text):
    point = "," if words.language() == "vi" else "."
    return len(re.match(r"[+−]?[\d.,]+", text)[0].partition(point)[2])


# --- one number ---


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "nulls"),
    [("share", (0, 1)), ("points", (0,)), ("per_1000", (0,)), ("ratio", (1,)), ("decimal", (0,))],
)
@given(away=st.floats(1e-6, 0.4))
def test_what_is_not_nothing_is_not_written_as_nothing(language, unit, nulls, away):
    with words.use(language):
        for null in nulls:
            amount = null - away if null == 1 else null + away
            shown = read(words.value(amount, unit))
            assert shown != FACTOR.get(unit, 1) * null
            assert math.isclose(shown, FACTOR.get(unit, 1) * amount, rel_tol=0.5, abs_tol=0.06)


@pytest.mark.parametrize("unit", [*FACTOR, "decimal"])
def test_a_rounding_error_is_nothing(unit):
    for null in (0.0, 1.0):
        assert words.value(null + 1e-15, unit) == words.value(null, unit)
        assert words.value(null - 1e-15, unit) == words.value(null, unit)


def test_usual_numbers_have_their_usual_digits():
    assert words.value(0.3724, "share") == f"37,2{NBSP}%"
    assert words.value(3.44, "points", bare=True) == "+3,4"
    assert words.value(0.00237, "per_1000", bare=True) == "2,4"
    assert words.value(1.0534, "ratio") == "1,05"
    assert words.value(5.3571, indicators.classes("members_per_1000")) == "5,36"


SCALES = [
    *(("share", 100), ("points", 1), ("per_1000", 1000), ("per_1000_change", 10), ("per_1", 1)),
    *(("per_1_change", 0.01), ("ratio", 1), ("decimal", 1), ("decimal_change", 1)),
]
# Steps from a border, as it is shown: rounding errors of a computer, digits, and far away.
NEAR = st.sampled_from([0, 1e-15, 1e-9, 4e-7, 6e-7, 1e-4, 0.02, 0.06]) | st.floats(0, 40)


@pytest.mark.parametrize(("unit", "factor"), SCALES)
@given(
    breaks=st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True).map(sorted),
    near=NEAR,
    above=st.booleans(),
    which=st.integers(0, 4),
)
def test_what_is_printed_lies_in_the_class_that_is_coloured(
    unit, factor, breaks, near, above, which
):
    """Of each medium, that it shows these: test_media."""
    edges = [one / 10 for one in breaks]
    classes = Classes("x", tuple(float(f"{edge / factor:.12g}") for edge in edges), unit)
    shown = edges[which % len(edges)] + (near if above else -near)
    if unit == "share":
        shown = min(max(shown, 0), 100)
    text = classify.value_text(shown / factor, classes)
    [number] = classes.index(pd.Series([shown / factor]))
    assert sum(read(text) >= edge for edge in edges) == number


def test_a_number_below_a_border_is_not_written_as_the_border():
    classes = indicators.classes("app_users")
    assert words.value(0.29979, classes) == f"29,98{NBSP}%"
    assert words.value(0.30021, classes) == f"30,0{NBSP}%"
    assert words.value(5.598, indicators.classes("members_per_1000")) == "5,598"


def test_classes_that_are_fine_give_numbers_that_are():
    fine = Classes("x", (0.00021, 0.00024, 0.00027), "per_1000")
    assert [words.value(one, fine, bare=True) for one in (0.000223, 0.000262)] == ["0,22", "0,26"]
    assert fine.labels[0].replace(NBSP, " ") == "dưới 0,21 ‰"
    small = Classes("x", (-0.1, -0.05, 0, 0.05, 0.1), "points", diverging=True)
    assert words.value(0.061, small, bare=True) == "+0,06"
    assert words.interval(-0.012, 0.134, small, bare=True) == "từ −0,01 đến +0,13"


def test_numbers_read_together_have_the_same_decimals():
    assert words.series([0.0018, 0.002, 0.0024], "per_1000", bare=True) == ["1,8", "2,0", "2,4"]
    assert words.series([0.15, 0.2], "share", bare=True) == ["15", "20"]
    assert words.series([0.00021, 0.0002], "per_1000", bare=True) == ["0,21", "0,20"]
    for name in (*indicators.names(), "members_per_1000"):
        texts = words.series(indicators.classes(name).breaks, indicators.classes(name), bare=True)
        assert len({decimals(text) for text in texts}) == 1
        assert len(set(texts)) == len(texts)


# --- intervals and ratios ---


@pytest.mark.parametrize("unit", list(FACTOR))
@given(low=st.floats(-0.3, 0.3), width=st.floats(1e-5, 0.3))
def test_an_interval_has_two_ends(unit, low, width):
    ends = (low, low + width) if unit in words.CHANGES else (abs(low), abs(low) + width)
    texts = re.findall(r"[+−]?[\d.,]*\d", words.interval(*ends, unit, bare=True))
    assert len(texts) == 2
    assert read(texts[0]) < read(texts[1])
    assert decimals(texts[0]) == decimals(texts[1])


@given(end=st.floats(2e-6, 0.4), width=st.floats(1e-4, 0.5))
def test_an_interval_without_nothing_does_not_seem_to_touch_it(end, width):
    for low, high in ((end, end + width), (-end - width, -end)):
        for unit in words.CHANGES:
            times = 100 if unit == "per_1_change" else 1  # is in hundredths, and shown for 1
            text = words.interval(times * low, times * high, unit, bare=True)
            assert all(read(one) * low > 0 for one in re.findall(r"[+−]?[\d.,]*\d", text))
    _, *ends = words.ratios(1 + end + width / 2, 1 + end, 1 + end + width)
    assert all(read(one) > 1 for one in ends)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((1.0534, 0.9912, 1.1190), ("1,05", "0,99", "1,12")),
        ((1.0012, 1.0003, 1.0021), ("1,0012", "1,0003", "1,0021")),
        ((1.0001, 0.9996, 1.0006), ("1,0001", "0,9996", "1,0006")),
        ((1.2342, 1.2341, 1.2343), ("1,2342", "1,2341", "1,2343")),
        ((1.24, 1.0031, 1.52), ("1,240", "1,003", "1,520")),
        ((1.002, 0.93, math.inf), ("1,00", "0,93", "∞")),
        ((1.0, 1.0, 1.0), ("1,00", "1,00", "1,00")),
        ((0.9998, 0.995, 1.002, 0.9988, 1.0002), ("1,000", "0,995", "1,002", "0,999", "1,000")),
        ((0.9988, math.nan, math.nan, 1.03), ("0,999", "–", "–", "1,030")),
    ],
)
def test_a_ratio_has_the_digits_that_its_interval_needs(found, said):
    assert words.ratios(*found) == said


def test_a_ratio_of_nearly_one_is_told_alike_in_tables_sentences_and_figures():
    row = pd.DataFrame(
        {"rung": [2], "rate_ratio": [1.0012], "low": [1.0003], "high": [1.0021]}
    ).assign(origin="reported")
    [cells] = (
        findings.table(row, columns=["rate_ratio", "rate_ratio_interval"]).reset_index().to_numpy()
    )
    assert list(cells) == ["1,0012", "từ 1,0003 đến 1,0021"]
    assert findings.common.ratios(1.0012, 1.0003, 1.0021) == {
        "rr": "1,0012",
        "low": "1,0003",
        "high": "1,0021",
    }
    assert figures.texts.ratio(1.0012, 1.0003, 1.0021) == "1,0012 (1,0003–1,0021)"


# --- small changes ---


def test_a_change_that_is_no_chance_is_not_told_as_nothing():
    """Before: "0.0 points ... in 3 of 8 the interval does not contain 0"."""
    codes = list(places.districts().index)
    table = pd.DataFrame({"code": codes, "change_pp": [0.03, 0.02, 0.04, *[0.001] * 5]}).assign(
        change_low_pp=lambda one: one["change_pp"] - 0.012,
        change_high_pp=lambda one: one["change_pp"] + 0.012,
        state="known",
        origin="reported",
    )
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    for told, rise in ((findings.change, "+0,03"), (findings.titles.change, "tăng 0,03")):
        said = told(table, table.head(1), before=before, after=after).replace(NBSP, " ")
        assert rise in said
        assert "0,0 " not in said
        assert re.search(r"3( trong |/)8", said), said
    cells = findings.table(table.assign(indicator="app_users"))
    assert cells.iloc[:, 0].tolist()[:4] == ["+0,03", "+0,02", "+0,04", "+0,001"]


# --- changes of a ratio ---


@pytest.fixture
def of_ratios(tmp_path):
    """Call the headline a ratio: the count may be more than what it is out of."""
    text = sources.text("indicators.toml")
    head, name, rest = text.partition("[indicators.app_users]")
    text = head + name + rest.replace('kind = "share"', 'kind = "ratio"', 1)
    with sources.use(write(tmp_path / "data", {"indicators.toml": text.encode()})):
        yield


POINTS = ("điểm", "percentage point", "points")


@pytest.mark.usefixtures("of_ratios")
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_change_of_a_ratio_is_for_1000_in_every_medium(language):
    reports = frames.reports().query("indicator == 'app_users'").reset_index(drop=True)
    before, after = (indicators.get("app_users", year=year) for year in (2022, 2023))
    pair = {"before": before, "after": after}
    rows = change.difference(reports, **pair)
    whole = change.difference(reports, **pair, by="province")
    parts = change.decompose(reports, **pair, by="province")
    with words.use(language):
        expected = {
            code: words.value(one, "per_1000_change", bare=True)
            for code, one in rows.set_index("code")["change_pp"].items()
        }
        some = next(iter(expected))
        assert math.isclose(
            read(expected[some]), 10 * rows.set_index("code")["change_pp"][some], abs_tol=0.06
        )
        said = [
            findings.change(rows, whole, **pair),
            findings.titles.change(rows, whole, **pair),
            findings.decomposition(parts),
        ]
        assert words.value(whole["change_pp"].iloc[0], "per_1000_change") in said[0]
        assert any(one in said[0] for one in expected.values())
        assert not any(word in one for one in said for word in POINTS), said
        table = findings.table(rows)
        assert table.iloc[:, 2].tolist() == list(expected.values())
        assert not any(word in head for head in table for word in POINTS), list(table)
        page = classify.prepare(
            maps.locate(rows, places.areas()),
            "change_pp",
            indicators.classes("app_users", of_change=True),
        )
        written = page.facts
        assert all(expected[code] in written.loc[code].iloc[0] for code in expected)
        assert page.table["text"].to_dict() == expected
        assert not any(word in text for text in written.to_numpy().ravel() for word in POINTS)
        assert not any(word in one for one in classify.intervals(page.classes) for word in POINTS)
        _, axes = maps.sheet(title="x", legend=False)
        static.draw(figures.slopes(rows, **pair), axes[0])
        texts = [one.get_text() for one in axes[0].findobj(lambda one: hasattr(one, "get_text"))]
        assert set(expected.values()) <= {text.strip() for text in texts}
        assert not any(word in text for text in texts for word in POINTS)
        slide = uptake.changed(gathered.gather(reports, None, places.areas()))
        assert not any(
            word in text for text in (slide.figure.title, slide.figure.subtitle) for word in POINTS
        )
        assert words.unit_text("per_1000_change") in slide.figure.subtitle
    shown = atlas.figures(atlas.page(reports))
    mine = shown[(shown["fact"] == "change") & (shown["level"] == "district")]
    mine = mine[mine["language"] == language].set_index("code")["text"]
    assert all(mine[code].startswith(expected[code]) for code in expected)


@pytest.mark.usefixtures("of_ratios")
def test_a_frame_of_both_kinds_says_in_each_cell_what_its_head_does_not():
    frame = pd.DataFrame(
        {"code": ["930", "931"], "change_pp": [1.0, 1.0], "origin": "reported"}
    ).assign(indicator=["app_users", "files_online"])
    cells = findings.table(frame, columns=["change_pp"]).iloc[:, 0].tolist()
    assert cells == ["+10,0 trên 1.000", "+1,0"]
    assert "điểm phần trăm" in findings.table(frame, columns=["change_pp"]).columns[0]
